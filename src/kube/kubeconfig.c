/*
 * A kubeconfig is read member by member and not through a table: what is absent, what is refused
 * and what excludes each other matter more here than shapes, and no message may show a value.
 */
#include "kubeconfig.h"

#include <stdlib.h>

#include "llc/base/json.h"
#include "llc/kube/config.h"
#include "llc/sys/file.h"
#include "llc/sys/yaml.h"
#include "proxy.h"
#include "server_url.h"

enum { KUBECONFIG_MAX_BYTES = 1 << 20 };

static int read_tls_server_name(const struct section *s, struct kube_config *config,
                                struct err *err) {
        struct authority parsed;
        const char *name, *end;

        if (section_string(s, "tls-server-name", &name, err) < 0)
                return -1;
        if (!name)
                return 0;
        end = name;
        if (authority_read(&end, 0, &parsed, err) < 0 || !bytes_is(parsed.host, name))
                return section_fail(s, "tls-server-name", "must be a host name", err);
        config->tls_server_name = strdup(name);
        return 0;
}

static int read_proxy(const struct section *s, struct kube_config *config, struct err *err) {
        struct proxy proxy;
        const char *url;

        if (section_string(s, "proxy-url", &url, err) < 0)
                return -1;
        if (!url)
                return 0;
        if (!strstr(url, "://"))
                return section_fail(s, "proxy-url", "must be an http, https or socks5 URL", err);
        if (proxy_parse(url, &proxy, err) < 0)
                return section_wrap(s, "proxy-url", err);
        proxy_deinit(&proxy);
        config->proxy_url = strdup(url);
        return 0;
}

/* The cluster's authority, or nobody's: as client-go, not both. */
static int read_trust(const struct section *s, bool https, struct kube_config *config,
                      struct err *err) {
        if (section_bool(s, "insecure-skip-tls-verify", &config->insecure, err) < 0 ||
            section_pem(s, "certificate-authority", "-----BEGIN CERTIFICATE-----", &config->ca,
                        err) < 0)
                return -1;
        if (config->insecure && config->ca.len > 0)
                return section_fail(s, "insecure-skip-tls-verify",
                                    "must not be set beside a certificate-authority", err);
        if (https && config->ca.len == 0 && !config->insecure)
                return section_fail(s, "certificate-authority-data",
                                    "not set (the system's authorities are not trusted)", err);
        return 0;
}

static int read_cluster(const struct section *s, struct kube_config *config, struct err *err) {
        struct server_url url;
        const char *server;

        if (section_string(s, "server", &server, err) < 0)
                return -1;
        if (!server)
                return section_fail(s, "server", "not set", err);
        if (server_url_parse(server, &url, err) < 0)
                return section_wrap(s, "server", err);
        config->server = strdup(server);
        if (read_trust(s, url.https, config, err) < 0 || read_tls_server_name(s, config, err) < 0 ||
            read_proxy(s, config, err) < 0 ||
            section_bool(s, "disable-compression", &config->disable_compression, err) < 0)
                return -1;
        return 0;
}

static int read_context(const struct json *root, const char *directory, struct kube_config *config,
                        struct err *err) {
        struct section context = { .directory = directory }, cluster = context, user = context;
        const struct json *current = json_get(root, "current-context");
        const char *cluster_name, *user_name, *namespace_;

        if (!section_value_is_set(current))
                return err_set(err, ERR_INVALID, "current-context: not set");
        if (json_kind(current) != JSON_STRING)
                return err_set(err, ERR_INVALID, "current-context: must be a string");
        if (section_find(root, "contexts", "context", json_as_string(current), &context, err) < 0 ||
            section_string(&context, "cluster", &cluster_name, err) < 0 ||
            section_string(&context, "user", &user_name, err) < 0 ||
            section_string(&context, "namespace", &namespace_, err) < 0)
                return -1;
        config->namespace_ = namespace_ ? strdup(namespace_) : NULL;
        if (!cluster_name)
                return section_fail(&context, "cluster", "not set", err);
        if (section_find(root, "clusters", "cluster", bytes_of(cluster_name), &cluster, err) < 0 ||
            read_cluster(&cluster, config, err) < 0)
                return -1;
        if (!user_name) /* anonymous, as in client-go */
                return 0;
        if (section_find(root, "users", "user", bytes_of(user_name), &user, err) < 0)
                return -1;
        return kubeconfig_read_user(&user, &cluster, config, err);
}

static int config_parse(struct bytes yaml, const char *directory, struct kube_config **ret_config,
                        struct err *err) {
        KUBE_CONFIG_CLEANUP struct kube_config *config = kube_config_new();
        JSON_CLEANUP struct json *root = NULL;
        const struct json *kind;

        if (yaml.len > KUBECONFIG_MAX_BYTES)
                return err_set(err, ERR_TOO_LARGE, "larger than %d bytes", KUBECONFIG_MAX_BYTES);
        if (yaml_parse(yaml, &root, err) < 0)
                return -1;
        if (json_kind(root) != JSON_OBJECT)
                return err_set(err, ERR_INVALID, "must be an object, not %s",
                               json_kind_name(json_kind(root)));
        kind = json_get(root, "kind");
        if (kind && (json_kind(kind) != JSON_STRING || !bytes_is(json_as_string(kind), "Config")))
                return err_set(err, ERR_INVALID, "kind: must be Config");
        if (read_context(root, directory, config, err) < 0)
                return -1;
        *ret_config = config;
        config = NULL;
        return 0;
}

int kube_config_parse(struct bytes yaml, const char *directory, struct kube_config **ret_config,
                      struct err *err) {
        if (config_parse(yaml, directory, ret_config, err) < 0)
                return err_wrap(err, "kubeconfig");
        return 0;
}

int kube_config_load(const char *path, struct kube_config **ret_config, struct err *err) {
        struct strbuf text = STRBUF_INIT(KUBECONFIG_MAX_BYTES);
        const char *slash = strrchr(path, '/');
        char *directory = slash ? strndup(path, (size_t)(slash - path)) : strdup(".");
        int r;

        if (file_read(path, &text, err) < 0)
                r = err_wrap(err, "kubeconfig");
        else if ((r = config_parse(strbuf_bytes(&text), directory, ret_config, err)) < 0)
                err_wrap(err, "kubeconfig %s", path);
        else if ((r = proxy_from_environment(*ret_config, err)) < 0)
                kube_config_freep(ret_config);
        if (text.data)
                explicit_bzero(text.data, text.cap);
        strbuf_deinit(&text);
        free(directory);
        return r;
}
