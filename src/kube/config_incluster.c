#include <stdlib.h>

#include "bearer.h"
#include "llc/kube/config.h"
#include "llc/sys/file.h"
#include "proxy.h"
#include "server_url.h"

enum { NAMESPACE_MAX_BYTES = 253 };

/* "https://host:port" of the variables that the kubelet sets in every container. */
static int server_from_environment(char **ret_server, struct err *err) {
        STRBUF_CLEANUP struct strbuf server = STRBUF_INIT(1024);
        const char *host = getenv("KUBERNETES_SERVICE_HOST");
        const char *port = getenv("KUBERNETES_SERVICE_PORT");
        struct server_url url;

        if (!host || !*host)
                return err_set(err, ERR_INVALID, "KUBERNETES_SERVICE_HOST: not set");
        if (!port || !*port)
                return err_set(err, ERR_INVALID, "KUBERNETES_SERVICE_PORT: not set");
        strbuf_printf(&server, strchr(host, ':') ? "https://[%s]:%s" : "https://%s:%s", host, port);
        if (!strbuf_ok(&server))
                return err_set(err, ERR_TOO_LARGE, "KUBERNETES_SERVICE_HOST: too long");
        if (server_url_parse(strbuf_str(&server), &url, err) < 0)
                return err_wrap(err, "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT");
        *ret_server = strdup(strbuf_str(&server));
        return 0;
}

static char *path_in(const char *root, const char *name) {
        STRBUF_CLEANUP struct strbuf path = STRBUF_INIT(8192);

        strbuf_printf(&path, "%s/%s", root, name);
        return strdup(strbuf_str(&path));
}

static int read_ca(const char *root, struct kube_config *config, struct err *err) {
        char *path = path_in(root, "ca.crt");
        int r = file_read(path, &config->ca, err);

        if (r == 0 && !strstr(strbuf_str(&config->ca), "-----BEGIN CERTIFICATE-----"))
                r = err_set(err, ERR_INVALID, "%s: holds no PEM certificate", path);
        free(path);
        return r;
}

/* The file is optional. */
static void read_namespace(const char *root, struct kube_config *config) {
        STRBUF_CLEANUP struct strbuf text = STRBUF_INIT(NAMESPACE_MAX_BYTES);
        char *path = path_in(root, "namespace");
        struct err ignored;

        if (file_read(path, &text, &ignored) == 0 && text.len > 0) {
                text.data[strcspn(text.data, " \t\r\n")] = '\0';
                if (*text.data)
                        config->namespace_ = strdup(text.data);
        }
        free(path);
}

int kube_config_in_cluster(const char *root, struct kube_config **ret_config, struct err *err) {
        KUBE_CONFIG_CLEANUP struct kube_config *config = kube_config_new();

        config->token_file = path_in(root, "token");
        if (server_from_environment(&config->server, err) < 0 || read_ca(root, config, err) < 0 ||
            bearer_check_file(config->token_file, err) < 0 ||
            proxy_from_environment(config, err) < 0)
                return err_wrap(err, "in-cluster configuration");
        read_namespace(root, config);
        *ret_config = config;
        config = NULL;
        return 0;
}
