/*
 * Who we are: the credentials of a kubeconfig's user, and as whom it wants to act.
 */
#include "kubeconfig.h"

#include <stdlib.h>
#include <string.h>

#include "bearer.h"

static int read_token(const struct section *s, struct kube_config *config, struct err *err) {
        const char *token, *path;

        if (section_string(s, "token", &token, err) < 0 ||
            section_string(s, "tokenFile", &path, err) < 0)
                return -1;
        if (token && !bearer_is_token(bytes_of(token)))
                return section_fail(s, "token", "must be printable ASCII without spaces", err);
        config->token = token ? strdup(token) : NULL;
        if (path) {
                config->token_file = section_path(s, path);
                if (bearer_check_file(config->token_file, err) < 0)
                        return section_wrap(s, "tokenFile", err);
        }
        return 0;
}

static int read_certificate(const struct section *s, struct kube_config *config, struct err *err) {
        if (section_pem(s, "client-certificate", "-----BEGIN CERTIFICATE-----",
                        &config->client_certificate, err) < 0 ||
            section_pem(s, "client-key", "PRIVATE KEY-----", &config->client_key, err) < 0)
                return -1;
        if (config->client_certificate.len > 0 && config->client_key.len == 0)
                return section_fail(s, "client-key-data", "not set, but a client-certificate is",
                                    err);
        if (config->client_key.len > 0 && config->client_certificate.len == 0)
                return section_fail(s, "client-certificate-data", "not set, but a client-key is",
                                    err);
        return 0;
}

/* No control characters, and not blank: libcurl would leave the header out. */
static bool is_header_text(const char *text) {
        bool blank = true;

        for (; *text; text++) {
                if ((unsigned char)*text < ' ' || *text == 0x7f)
                        return false;
                blank = blank && *text == ' ';
        }
        return !blank;
}

static bool is_header_name(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               strchr("!#$&'*+-.^_`|~", c);
}

static int add_header(const struct section *s, const char *field, const char *name,
                      const char *value, struct kube_config *config, struct err *err) {
        if (!is_header_text(value))
                return section_fail(s, field, "is no text that a header can bear", err);
        strlist_addf(&config->impersonation, "%s: %s", name, value);
        return 0;
}

/* The server undoes the escapes: a key of an extra may hold what no header's name may. */
static void extra_header_name(const char *key, struct strbuf *out) {
        strbuf_puts(out, "Impersonate-Extra-");
        for (; *key; key++)
                if (is_header_name(*key))
                        strbuf_append_char(out, *key);
                else
                        strbuf_printf(out, "%%%02X", (unsigned)(unsigned char)*key);
}

static int read_extra(const struct section *s, struct kube_config *config, struct err *err) {
        static const char field[] = "as-user-extra";
        const struct json *extra, *values;
        void *cursor = NULL;
        const char *key;

        if (section_json(s, field, JSON_OBJECT, &extra, err) < 0)
                return -1;
        while (json_next(extra, &cursor, &key, &values)) {
                STRBUF_CLEANUP struct strbuf name = STRBUF_INIT(8192);
                const struct section inner = { extra, s->list, "user.as-user-extra", s->index,
                                               NULL };
                struct strlist list = { .n = 0 };
                int r = section_strings(&inner, key, &list, err);

                extra_header_name(key, &name);
                if (r == 0 && !strbuf_ok(&name))
                        r = section_fail(s, field, "a key is too long", err);
                for (size_t i = 0; r == 0 && i < list.n; i++)
                        r = add_header(s, field, strbuf_str(&name), list.items[i], config, err);
                strlist_deinit(&list);
                if (r < 0)
                        return -1;
        }
        return 0;
}

/* Source: https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation */
static int read_impersonation(const struct section *s, struct kube_config *config,
                              struct err *err) {
        struct strlist groups = { .n = 0 };
        const char *user, *uid;
        int r = 0;

        if (section_string(s, "as", &user, err) < 0 || section_string(s, "as-uid", &uid, err) < 0)
                return -1;
        if (user)
                r = add_header(s, "as", "Impersonate-User", user, config, err);
        if (r == 0 && uid)
                r = add_header(s, "as-uid", "Impersonate-Uid", uid, config, err);
        if (r == 0)
                r = section_strings(s, "as-groups", &groups, err);
        for (size_t i = 0; r == 0 && i < groups.n; i++)
                r = add_header(s, "as-groups", "Impersonate-Group", groups.items[i], config, err);
        strlist_deinit(&groups);
        if (r < 0 || read_extra(s, config, err) < 0)
                return -1;
        if (!user && config->impersonation.n > 0)
                return section_fail(s, "as", "not set, but as-uid, as-groups or as-user-extra is",
                                    err);
        return 0;
}

int kubeconfig_read_user(const struct section *s, const struct section *cluster,
                         struct kube_config *config, struct err *err) {
        static const char *const refused[] = { "auth-provider", "username", "password", NULL };

        if (section_refuse(s, refused, err) < 0 || read_certificate(s, config, err) < 0 ||
            read_token(s, config, err) < 0 || read_impersonation(s, config, err) < 0)
                return -1;
        return kubeconfig_read_exec(s, cluster, config, err);
}
