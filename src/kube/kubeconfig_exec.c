/*
 * The exec plugin of a kubeconfig's user. What it is told never changes, so it is written here:
 * KUBERNETES_EXEC_INFO, without a terminal.
 * Source: https://kubernetes.io/docs/reference/config-api/client-authentication.v1/
 */
#include "kubeconfig.h"

#include <stdlib.h>
#include <string.h>

#include "base64.h"

enum { INFO_MAX_BYTES = 4 << 20 };

static const char V1[] = "client.authentication.k8s.io/v1";
static const char V1_BETA1[] = "client.authentication.k8s.io/v1beta1";

static int read_version(const struct section *exec, struct kube_exec *out, struct err *err) {
        const char *version;

        if (section_string(exec, "apiVersion", &version, err) < 0)
                return -1;
        if (!version || (strcmp(version, V1) != 0 && strcmp(version, V1_BETA1) != 0))
                return section_fail(exec, "apiVersion",
                                    "must be client.authentication.k8s.io/v1 or v1beta1", err);
        out->api_version = strdup(version);
        return 0;
}

/* Nobody sits before a controller. */
static int read_mode(const struct section *exec, const struct kube_exec *out, struct err *err) {
        const char *mode;

        if (section_string(exec, "interactiveMode", &mode, err) < 0)
                return -1;
        if (!mode && strcmp(out->api_version, V1) == 0)
                return section_fail(exec, "interactiveMode", "not set", err);
        if (!mode || strcmp(mode, "Never") == 0 || strcmp(mode, "IfAvailable") == 0)
                return 0;
        return section_fail(exec, "interactiveMode",
                            strcmp(mode, "Always") == 0 ? "Always: there is no terminal"
                                                        : "must be Never or IfAvailable",
                            err);
}

static int read_command(const struct section *exec, struct kube_exec *out, struct err *err) {
        const char *command, *hint;
        char *path;

        if (section_string(exec, "command", &command, err) < 0 ||
            section_string(exec, "installHint", &hint, err) < 0)
                return -1;
        if (!command)
                return section_fail(exec, "command", "not set", err);
        path = strchr(command, '/') ? section_path(exec, command) : strdup(command);
        strlist_add(&out->argv, path);
        free(path);
        out->install_hint = hint ? strdup(hint) : NULL;
        return section_strings(exec, "args", &out->argv, err);
}

static int read_env(const struct section *exec, struct kube_exec *out, struct err *err) {
        const struct json *env;

        if (section_json(exec, "env", JSON_ARRAY, &env, err) < 0)
                return -1;
        for (size_t i = 0; i < json_length(env); i++) {
                const struct section entry = { json_at(env, i), exec->list, "user.exec.env",
                                               exec->index, NULL };
                const char *name, *value;

                if (section_string(&entry, "name", &name, err) < 0 ||
                    section_string(&entry, "value", &value, err) < 0)
                        return -1;
                if (!name || strchr(name, '='))
                        return section_fail(exec, "env", "an entry has no usable name", err);
                strlist_addf(&out->env, "%s=%s", name, value ? value : "");
        }
        return 0;
}

/* The cluster's extension of this name, for the plugin's own use. */
static const struct json *cluster_extension(const struct section *cluster) {
        const struct json *list = json_get(cluster->json, "extensions");

        if (json_kind(list) != JSON_ARRAY)
                return NULL;
        for (size_t i = 0; i < json_length(list); i++)
                if (strcmp(json_text_at(json_at(list, i), "name"),
                           "client.authentication.k8s.io/exec") == 0)
                        return json_get(json_at(list, i), "extension");
        return NULL;
}

static void info_set_cluster(struct json *spec, const struct section *cluster,
                             const struct kube_config *config) {
        STRBUF_CLEANUP struct strbuf ca = STRBUF_INIT(INFO_MAX_BYTES);
        struct json *info = json_object_at(spec, "cluster");
        const struct json *extension = cluster_extension(cluster);

        json_set_str(info, "server", config->server);
        if (config->tls_server_name)
                json_set_str(info, "tls-server-name", config->tls_server_name);
        if (config->insecure)
                json_set_bool(info, "insecure-skip-tls-verify", true);
        base64_encode(strbuf_bytes(&config->ca), &ca);
        if (ca.len > 0)
                json_set_str(info, "certificate-authority-data", strbuf_str(&ca));
        if (config->proxy_url)
                json_set_str(info, "proxy-url", config->proxy_url);
        if (config->disable_compression)
                json_set_bool(info, "disable-compression", true);
        if (extension)
                json_set(info, "config", json_clone(extension));
}

static int add_info(const struct section *exec, const struct section *cluster,
                    struct kube_config *config, struct err *err) {
        STRBUF_CLEANUP struct strbuf text = STRBUF_INIT(INFO_MAX_BYTES);
        JSON_CLEANUP struct json *info = json_new_object();
        struct json *spec = json_object_at(info, "spec");
        bool with_cluster;

        if (section_bool(exec, "provideClusterInfo", &with_cluster, err) < 0)
                return -1;
        json_set_str(info, "kind", "ExecCredential");
        json_set_str(info, "apiVersion", config->exec.api_version);
        if (with_cluster)
                info_set_cluster(spec, cluster, config);
        json_set_bool(spec, "interactive", false);
        json_write(info, &text);
        strlist_addf(&config->exec.env, "KUBERNETES_EXEC_INFO=%s", strbuf_str(&text));
        return 0;
}

int kubeconfig_read_exec(const struct section *s, const struct section *cluster,
                         struct kube_config *config, struct err *err) {
        struct section exec = {
                .list = s->list, .member = "user.exec", .index = s->index, .directory = s->directory
        };
        struct kube_exec *out = &config->exec;

        if (section_json(s, "exec", JSON_OBJECT, &exec.json, err) < 0)
                return -1;
        if (!section_value_is_set(exec.json))
                return 0;
        if (read_version(&exec, out, err) < 0 || read_mode(&exec, out, err) < 0 ||
            read_command(&exec, out, err) < 0 || read_env(&exec, out, err) < 0)
                return -1;
        return add_info(&exec, cluster, config, err);
}
