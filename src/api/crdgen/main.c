/* Writes the CustomResourceDefinition to standard output: crdgen >crds/….yaml */
#include <stdio.h>

#include "llc/api/llc.h"
#include "llc/sys/yaml.h"

enum { CRD_MAX_BYTES = 1 << 20 };

int main(void) {
        STRBUF_CLEANUP struct strbuf out = STRBUF_INIT(CRD_MAX_BYTES);
        JSON_CLEANUP struct json *crd = llc_crd();

        strbuf_puts(&out, "# generated from src/api, do not edit\n");
        yaml_write(crd, &out);
        if (!strbuf_ok(&out) || fwrite(out.data, 1, out.len, stdout) != out.len ||
            fflush(stdout) != 0) {
                fputs("crdgen: cannot write the CRD\n", stderr);
                return 1;
        }
        return 0;
}
