/* What parses is written as text that parses to the same, and is then written the same. */
#include "fuzz.h"
#include "llc/base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        STRBUF_CLEANUP struct strbuf text = STRBUF_INIT(64u << 20), again = STRBUF_INIT(64u << 20);
        JSON_CLEANUP struct json *json = NULL, *back = NULL;
        struct err err;

        if (json_parse(fuzz_bytes(data, size), &JSON_LIMITS_OBJECT, &json, &err) < 0) {
                must(err.code == ERR_INVALID || err.code == ERR_TOO_LARGE);
                return 0;
        }
        json_write(json, &text);
        must(strbuf_ok(&text));
        must(json_parse(strbuf_bytes(&text), &JSON_LIMITS_OBJECT, &back, &err) == 0);
        must(json_equal(json, back));
        json_write(back, &again);
        must(bytes_equal(strbuf_bytes(&text), strbuf_bytes(&again)));
        return 0;
}
