#include "credentials.h"

#include "llc/sys/clock.h"

void credentials_init(struct credentials *credentials, struct loop *loop,
                      const struct kube_config *config, void (*on_change)(void *ctx), void *ctx) {
        bool other = config->token || config->token_file || config->client_certificate.len > 0;

        bearer_init(&credentials->bearer, config->token, config->token_file);
        credentials->plugin = config->exec.api_version && !other
                                      ? exec_plugin_new(loop, &config->exec, on_change, ctx)
                                      : NULL;
}

void credentials_deinit(struct credentials *credentials) {
        bearer_deinit(&credentials->bearer);
        exec_plugin_free(credentials->plugin);
        credentials->plugin = NULL;
}

static enum credentials_answer get_from_plugin(struct exec_plugin *plugin,
                                               struct credential *ret_credential, struct err *err) {
        const struct exec_credential *credential;

        switch (exec_plugin_get(plugin, &credential, err)) {
        case EXEC_PLUGIN_READY:
                *ret_credential = (struct credential){
                        .token = credential->token,
                        .exec = credential,
                        .generation = exec_plugin_generation(plugin),
                };
                return CREDENTIALS_READY;
        case EXEC_PLUGIN_PENDING:
                return CREDENTIALS_PENDING;
        case EXEC_PLUGIN_FAILED:
                return CREDENTIALS_FAILED;
        }
        return CREDENTIALS_FAILED;
}

enum credentials_answer credentials_get(struct credentials *credentials,
                                        struct credential *ret_credential, struct err *err) {
        struct bearer *bearer = &credentials->bearer;
        struct credential credential = { .token = NULL };

        if (credentials->plugin)
                return get_from_plugin(credentials->plugin, ret_credential, err);
        if (bearer_get(bearer, clock_monotonic_ms(), &credential.token, err) < 0)
                return CREDENTIALS_FAILED;
        credential.generation = bearer->generation;
        *ret_credential = credential;
        return CREDENTIALS_READY;
}

bool credentials_refused(struct credentials *credentials, uint64_t generation) {
        struct bearer *bearer = &credentials->bearer;
        const char *token;
        struct err ignored;

        if (credentials->plugin)
                return exec_plugin_generation(credentials->plugin) != generation ||
                       exec_plugin_refused(credentials->plugin);
        if (bearer->generation == generation) {
                bearer_refused(bearer);
                bearer_get(bearer, clock_monotonic_ms(), &token, &ignored);
        }
        return bearer->generation != generation;
}
