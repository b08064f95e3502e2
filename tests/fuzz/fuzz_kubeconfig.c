/* Whatever the file says, a configuration that is handed out is complete and safe to use. */
#include "fuzz.h"
#include "llc/kube/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        KUBE_CONFIG_CLEANUP struct kube_config *config = NULL;
        struct bytes text = fuzz_bytes(data, size);
        struct err err;

        if (fuzz_count(text, "/dev") > 0 || fuzz_count(text, "/proc") > 0)
                return 0; /* files that may block */
        if (kube_config_parse(text, "/nonexistent", &config, &err) < 0) {
                must(!config && err.code != ERR_NONE);
                return 0;
        }
        must(config->server && *config->server);
        must(strncmp(config->server, "https://", 8) == 0
                     ? config->ca.len > 0
                     : strncmp(config->server, "http://", 7) == 0);
        must((config->client_certificate.len > 0) == (config->client_key.len > 0));
        must(!config->token || *config->token);
        return 0;
}
