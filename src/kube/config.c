/*
 * A kubeconfig is read member by member and not through a table: what is absent, what is refused
 * and what excludes each other matter more here than shapes, and no message may show a value.
 */
#include "llc/kube/config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base64.h"
#include "bearer.h"
#include "llc/base/json.h"
#include "llc/sys/file.h"
#include "llc/sys/yaml.h"
#include "server_url.h"

enum {
        KUBECONFIG_MAX_BYTES = 1 << 20,
        PEM_MAX_BYTES = 1 << 20,
};

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
        free(config->tls_server_name);
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
        strbuf_append(&clone->client_certificate, strbuf_bytes(&config->client_certificate));
        strbuf_append(&clone->client_key, strbuf_bytes(&config->client_key));
        clone->token = copy(config->token);
        clone->token_file = copy(config->token_file);
        clone->tls_server_name = copy(config->tls_server_name);
        return clone;
}

/* One named entry of a list: clusters[2].cluster. */
struct section {
        const struct json *json; /* NULL = empty */
        const char *list, *member;
        size_t index;
        const char *directory; /* of relative paths */
};

/* Puts "clusters[2].cluster.field" before the message. */
static int section_wrap(const struct section *s, const char *field, struct err *err) {
        return err_wrap(err, "%s[%zu].%s.%s", s->list, s->index, s->member, field);
}

/* The field as a string, borrowed; NULL when absent, null or "". */
static int section_string(const struct section *s, const char *field, const char **ret,
                          struct err *err) {
        const struct json *value = json_get(s->json, field);
        struct bytes text;

        *ret = NULL;
        if (!value)
                return 0;
        if (json_kind(value) != JSON_STRING) {
                err_set(err, ERR_INVALID, "must be a string, not %s",
                        json_kind_name(json_kind(value)));
                return section_wrap(s, field, err);
        }
        text = json_as_string(value);
        if (memchr(text.ptr, '\0', text.len)) {
                err_set(err, ERR_INVALID, "must not contain NUL");
                return section_wrap(s, field, err);
        }
        if (text.len > 0)
                *ret = text.ptr;
        return 0;
}

/* null, "", false, {} and [] say the same as nothing. */
static bool is_set(const struct json *value) {
        switch (json_kind(value)) {
        case JSON_NULL:
                return false;
        case JSON_BOOL:
                return json_as_bool(value);
        case JSON_STRING:
                return json_as_string(value).len > 0;
        case JSON_ARRAY:
        case JSON_OBJECT:
                return json_length(value) > 0;
        case JSON_INT:
        case JSON_DOUBLE:
                return true;
        }
        return true;
}

/* Ignoring one of these would connect as somebody else, or elsewhere, than the user said. */
static int section_refuse(const struct section *s, const char *const *fields, struct err *err) {
        for (; *fields; fields++)
                if (is_set(json_get(s->json, *fields))) {
                        err_set(err, ERR_INVALID, "not supported yet");
                        return section_wrap(s, *fields, err);
                }
        return 0;
}

/* A path as the kubeconfig means it; the caller frees it. */
static char *section_path(const struct section *s, const char *path) {
        STRBUF_CLEANUP struct strbuf full = STRBUF_INIT(KUBECONFIG_MAX_BYTES + 4096);

        if (path[0] != '/') {
                strbuf_puts(&full, s->directory);
                strbuf_append_char(&full, '/');
        }
        strbuf_puts(&full, path);
        return strdup(strbuf_str(&full));
}

static int section_file(const struct section *s, const char *field, const char *path,
                        struct strbuf *out, struct err *err) {
        char *full = section_path(s, path);
        int r = file_read(full, out, err);

        free(full);
        return r < 0 ? section_wrap(s, field, err) : 0;
}

/* PEM that is given inline as "<field>-data" in base64, or as the path of a file as "<field>". */
static int section_pem(const struct section *s, const char *field, const char *marker,
                       struct strbuf *out, struct err *err) {
        char data_field[64];
        const char *path, *data, *given;

        snprintf(data_field, sizeof(data_field), "%s-data", field);
        if (section_string(s, field, &path, err) < 0 ||
            section_string(s, data_field, &data, err) < 0)
                return -1;
        if (!path && !data)
                return 0;
        given = data ? data_field : field;
        if (path && data) {
                err_set(err, ERR_INVALID, "%s is set as well", field);
                return section_wrap(s, given, err);
        }
        if (path && section_file(s, field, path, out, err) < 0)
                return -1;
        if (data && !base64_decode(bytes_of(data), out)) {
                err_set(err, ERR_INVALID, "is not base64");
                return section_wrap(s, given, err);
        }
        if (!strstr(strbuf_str(out), marker)) {
                err_set(err, ERR_INVALID, "holds no PEM \"%s\"", marker);
                return section_wrap(s, given, err);
        }
        return 0;
}

/* Finds the one entry of a list with this name. */
static int section_find(const struct json *root, const char *list, const char *member,
                        struct bytes name, struct section *ret, struct err *err) {
        const struct json *entries = json_get(root, list);
        bool found = false;

        if (entries && json_kind(entries) != JSON_ARRAY)
                return err_set(err, ERR_INVALID, "%s: must be a list, not %s", list,
                               json_kind_name(json_kind(entries)));
        for (size_t i = 0; i < json_length(entries); i++) {
                const struct json *entry = json_at(entries, i), *entry_name;

                entry_name = json_get(entry, "name");
                if (json_kind(entry_name) != JSON_STRING ||
                    !bytes_equal(json_as_string(entry_name), name))
                        continue;
                if (found)
                        return err_set(err, ERR_INVALID, "%s[%zu].name: \"%.*s\" is there twice",
                                       list, i, (int)name.len, name.ptr);
                found = true;
                ret->json = json_get(entry, member);
                ret->list = list;
                ret->member = member;
                ret->index = i;
        }
        if (!found)
                return err_set(err, ERR_INVALID, "%s: no entry is named \"%.*s\"", list,
                               (int)name.len, name.ptr);
        if (ret->json && json_kind(ret->json) != JSON_OBJECT)
                return err_set(err, ERR_INVALID, "%s[%zu].%s: must be an object, not %s", list,
                               ret->index, member, json_kind_name(json_kind(ret->json)));
        return 0;
}

static int read_tls_server_name(const struct section *s, struct kube_config *config,
                                struct err *err) {
        STRBUF_CLEANUP struct strbuf url = STRBUF_INIT(KUBECONFIG_MAX_BYTES + 16);
        struct server_url parsed;
        const char *name;

        if (section_string(s, "tls-server-name", &name, err) < 0)
                return -1;
        if (!name)
                return 0;
        strbuf_printf(&url, "https://%s", name);
        if (server_url_parse(strbuf_str(&url), &parsed, err) < 0 || !bytes_is(parsed.host, name)) {
                err_set(err, ERR_INVALID, "must be a host name");
                return section_wrap(s, "tls-server-name", err);
        }
        config->tls_server_name = strdup(name);
        return 0;
}

static int read_cluster(const struct section *s, struct kube_config *config, struct err *err) {
        static const char *const refused[] = { "proxy-url", NULL };
        struct server_url url;
        const char *server;

        if (section_string(s, "server", &server, err) < 0)
                return -1;
        if (!server) {
                err_set(err, ERR_INVALID, "not set");
                return section_wrap(s, "server", err);
        }
        if (server_url_parse(server, &url, err) < 0)
                return section_wrap(s, "server", err);
        config->server = strdup(server);
        if (is_set(json_get(s->json, "insecure-skip-tls-verify"))) {
                err_set(err, ERR_INVALID, "a server that anybody can pose as is not supported");
                return section_wrap(s, "insecure-skip-tls-verify", err);
        }
        if (section_refuse(s, refused, err) < 0 || read_tls_server_name(s, config, err) < 0 ||
            section_pem(s, "certificate-authority", "-----BEGIN CERTIFICATE-----", &config->ca,
                        err) < 0)
                return -1;
        if (url.https && config->ca.len == 0) {
                err_set(err, ERR_INVALID, "not set (the system's authorities are not trusted)");
                return section_wrap(s, "certificate-authority-data", err);
        }
        return 0;
}

static int read_token(const struct section *s, struct kube_config *config, struct err *err) {
        const char *token, *path;

        if (section_string(s, "token", &token, err) < 0 ||
            section_string(s, "tokenFile", &path, err) < 0)
                return -1;
        if (token && !bearer_is_token(bytes_of(token))) {
                err_set(err, ERR_INVALID, "must be printable ASCII without spaces");
                return section_wrap(s, "token", err);
        }
        config->token = copy(token);
        if (path) {
                config->token_file = section_path(s, path);
                if (bearer_check_file(config->token_file, err) < 0)
                        return section_wrap(s, "tokenFile", err);
        }
        return 0;
}

static int read_user(const struct section *s, struct kube_config *config, struct err *err) {
        static const char *const refused[] = {
                "exec",   "auth-provider", "username",      "password", "as",
                "as-uid", "as-groups",     "as-user-extra", NULL,
        };

        if (section_refuse(s, refused, err) < 0 ||
            section_pem(s, "client-certificate", "-----BEGIN CERTIFICATE-----",
                        &config->client_certificate, err) < 0 ||
            section_pem(s, "client-key", "PRIVATE KEY-----", &config->client_key, err) < 0 ||
            read_token(s, config, err) < 0)
                return -1;
        if (config->client_certificate.len > 0 && config->client_key.len == 0) {
                err_set(err, ERR_INVALID, "not set, but a client-certificate is");
                return section_wrap(s, "client-key-data", err);
        }
        if (config->client_key.len > 0 && config->client_certificate.len == 0) {
                err_set(err, ERR_INVALID, "not set, but a client-key is");
                return section_wrap(s, "client-certificate-data", err);
        }
        return 0;
}

static int read_context(const struct json *root, const char *directory, struct kube_config *config,
                        struct err *err) {
        struct section context = { .directory = directory }, cluster = context, user = context;
        const struct json *current = json_get(root, "current-context");
        const char *cluster_name, *user_name, *namespace_;

        if (!is_set(current))
                return err_set(err, ERR_INVALID, "current-context: not set");
        if (json_kind(current) != JSON_STRING)
                return err_set(err, ERR_INVALID, "current-context: must be a string");
        if (section_find(root, "contexts", "context", json_as_string(current), &context, err) < 0 ||
            section_string(&context, "cluster", &cluster_name, err) < 0 ||
            section_string(&context, "user", &user_name, err) < 0 ||
            section_string(&context, "namespace", &namespace_, err) < 0)
                return -1;
        config->namespace_ = copy(namespace_);
        if (!cluster_name) {
                err_set(err, ERR_INVALID, "not set");
                return section_wrap(&context, "cluster", err);
        }
        if (section_find(root, "clusters", "cluster", bytes_of(cluster_name), &cluster, err) < 0 ||
            read_cluster(&cluster, config, err) < 0)
                return -1;
        if (!user_name) /* anonymous, as in client-go */
                return 0;
        if (section_find(root, "users", "user", bytes_of(user_name), &user, err) < 0)
                return -1;
        return read_user(&user, config, err);
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
        secret_deinit(&text);
        free(directory);
        return r;
}
