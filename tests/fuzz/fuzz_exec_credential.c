/* Whatever a plugin prints, a credential that is handed out can be used. */
#include "exec_credential.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        struct exec_credential credential = { .token = NULL };
        struct err err = { .code = ERR_NONE };

        if (exec_credential_parse(fuzz_bytes(data, size), "client.authentication.k8s.io/v1",
                                  &credential, &err) < 0) {
                must(err.code == ERR_PROTOCOL && !credential.token && !credential.key.data);
                return 0;
        }
        must(credential.token || credential.certificate.len > 0);
        must((credential.certificate.len > 0) == (credential.key.len > 0));
        must(!credential.token || *credential.token);
        exec_credential_deinit(&credential);
        must(!credential.token && !credential.key.data);
        return 0;
}
