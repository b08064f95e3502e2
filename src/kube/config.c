#include "llc/kube/config.h"

#include <stdlib.h>

enum { PEM_MAX_BYTES = 1 << 20 };

static char *secret_free(char *s) {
        if (s)
                explicit_bzero(s, strlen(s));
        free(s);
        return NULL;
}

static void secret_deinit(struct strbuf *sb) {
        if (sb->data)
                explicit_bzero(sb->data, sb->cap);
        strbuf_deinit(sb);
}

static void pem_init(struct kube_config *config) {
        config->ca = STRBUF_INIT(PEM_MAX_BYTES);
        config->client_certificate = STRBUF_INIT(PEM_MAX_BYTES);
        config->client_key = STRBUF_INIT(PEM_MAX_BYTES);
}

struct kube_config *kube_config_new(void) {
        struct kube_config *config = calloc(1, sizeof(*config));

        pem_init(config);
        return config;
}

static void exec_deinit(struct kube_exec *exec) {
        free(exec->api_version);
        strlist_deinit(&exec->argv);
        strlist_deinit(&exec->env);
        free(exec->install_hint);
}

void kube_config_free(struct kube_config *config) {
        if (!config)
                return;
        free(config->server);
        free(config->namespace_);
        strbuf_deinit(&config->ca);
        strbuf_deinit(&config->client_certificate);
        secret_deinit(&config->client_key);
        config->token = secret_free(config->token);
        free(config->token_file);
        exec_deinit(&config->exec);
        free(config->tls_server_name);
        config->proxy_url = secret_free(config->proxy_url);
        strlist_deinit(&config->impersonation);
        free(config);
}

void kube_config_freep(struct kube_config **config) {
        kube_config_free(*config);
        *config = NULL;
}

static char *copy(const char *s) {
        return s ? strdup(s) : NULL;
}

struct kube_config *kube_config_clone(const struct kube_config *config) {
        struct kube_config *clone = kube_config_new();

        clone->server = copy(config->server);
        clone->namespace_ = copy(config->namespace_);
        strbuf_append(&clone->ca, strbuf_bytes(&config->ca));
        clone->insecure = config->insecure;
        strbuf_append(&clone->client_certificate, strbuf_bytes(&config->client_certificate));
        strbuf_append(&clone->client_key, strbuf_bytes(&config->client_key));
        clone->token = copy(config->token);
        clone->token_file = copy(config->token_file);
        clone->exec = (struct kube_exec){
                .api_version = copy(config->exec.api_version),
                .argv = strlist_clone(&config->exec.argv),
                .env = strlist_clone(&config->exec.env),
                .install_hint = copy(config->exec.install_hint),
        };
        clone->tls_server_name = copy(config->tls_server_name);
        clone->proxy_url = copy(config->proxy_url);
        clone->disable_compression = config->disable_compression;
        clone->impersonation = strlist_clone(&config->impersonation);
        return clone;
}
