#include "exec_credential.h"

#include <stdlib.h>

#include "bearer.h"
#include "llc/base/json.h"
#include "llc/base/timestamp.h"

static const struct json_limits LIMITS = {
        .max_bytes = EXEC_CREDENTIAL_MAX_BYTES,
        .max_depth = 16,
        .max_nodes = 1000,
};

static void secret_deinit(struct strbuf *sb) {
        if (sb->data)
                explicit_bzero(sb->data, sb->cap);
        strbuf_deinit(sb);
}

void exec_credential_deinit(struct exec_credential *credential) {
        if (credential->token)
                explicit_bzero(credential->token, strlen(credential->token));
        free(credential->token);
        secret_deinit(&credential->certificate);
        secret_deinit(&credential->key);
        *credential = (struct exec_credential){ .token = NULL };
}

/* The member's text, without NUL; empty when absent, null or "". */
static int member_text(const struct json *status, const char *name, struct bytes *ret,
                       struct err *err) {
        const struct json *value = json_get(status, name);

        *ret = BYTES_NULL;
        if (!value)
                return 0;
        if (json_kind(value) != JSON_STRING)
                return err_set(err, ERR_PROTOCOL, "status.%s is no string", name);
        *ret = json_as_string(value);
        if (ret->len > 0 && memchr(ret->ptr, '\0', ret->len))
                return err_set(err, ERR_PROTOCOL, "status.%s contains NUL", name);
        return 0;
}

static int read_token(const struct json *status, struct exec_credential *out, struct err *err) {
        struct bytes token;

        if (member_text(status, "token", &token, err) < 0)
                return -1;
        if (token.len > 0 && !bearer_is_token(token))
                return err_set(err, ERR_PROTOCOL,
                               "status.token is not printable ASCII without spaces");
        out->token = token.len > 0 ? strndup(token.ptr, token.len) : NULL;
        return 0;
}

static int read_pem(const struct json *status, const char *name, const char *marker,
                    struct strbuf *out, struct err *err) {
        struct bytes pem;

        if (member_text(status, name, &pem, err) < 0)
                return -1;
        strbuf_append(out, pem);
        if (pem.len > 0 && !strstr(strbuf_str(out), marker))
                return err_set(err, ERR_PROTOCOL, "status.%s holds no PEM \"%s\"", name, marker);
        return 0;
}

static int read_status(const struct json *status, struct exec_credential *out, struct err *err) {
        struct bytes expires;
        struct err ignored;

        if (json_kind(status) != JSON_OBJECT)
                return err_set(err, ERR_PROTOCOL, "there is no status");
        if (read_token(status, out, err) < 0 ||
            read_pem(status, "clientCertificateData", "-----BEGIN CERTIFICATE-----",
                     &out->certificate, err) < 0 ||
            read_pem(status, "clientKeyData", "PRIVATE KEY-----", &out->key, err) < 0 ||
            member_text(status, "expirationTimestamp", &expires, err) < 0)
                return -1;
        if ((out->certificate.len > 0) != (out->key.len > 0))
                return err_set(err, ERR_PROTOCOL,
                               "of clientCertificateData and clientKeyData only one is there");
        if (!out->token && out->certificate.len == 0)
                return err_set(err, ERR_PROTOCOL, "there is neither a token nor a certificate");
        out->expires = expires.len > 0;
        if (out->expires && timestamp_parse(expires, &out->expires_ms, &ignored) < 0)
                return err_set(err, ERR_PROTOCOL, "status.expirationTimestamp is no RFC 3339 time");
        return 0;
}

int exec_credential_parse(struct bytes text, const char *api_version,
                          struct exec_credential *ret_credential, struct err *err) {
        JSON_CLEANUP struct json *json = NULL;
        struct exec_credential credential = {
                .certificate = STRBUF_INIT(EXEC_CREDENTIAL_MAX_BYTES),
                .key = STRBUF_INIT(EXEC_CREDENTIAL_MAX_BYTES),
        };
        struct err ignored;

        if (json_parse(text, &LIMITS, &json, &ignored) < 0)
                return err_set(err, ERR_PROTOCOL, "the output is no JSON (%s)", ignored.msg);
        if (strcmp(json_text_at(json, "kind"), "ExecCredential") != 0)
                return err_set(err, ERR_PROTOCOL, "the output is no ExecCredential");
        if (strcmp(json_text_at(json, "apiVersion"), api_version) != 0)
                return err_set(err, ERR_PROTOCOL, "the output is not of apiVersion %s",
                               api_version);
        if (read_status(json_get(json, "status"), &credential, err) < 0) {
                exec_credential_deinit(&credential);
                return -1;
        }
        *ret_credential = credential;
        return 0;
}
