/*
 * What Go's TLS asks of certificates: a version 3 authority with CA:TRUE and its key's identifier,
 * a server certificate that names addresses as subjectAltName. OpenSSL fails here only when memory
 * or randomness does, which has no better answer than the end.
 */
#include "credentials.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "llc/base/arena.h"
#include "llc/base/strbuf.h"
#include "llc/sys/file.h"
#include "llc/sys/random.h"
#include "private_file.h"

enum {
        TOKEN_BYTES = 32,
        FILE_BYTES = 64 * 1024,
        DAY_S = 24 * 60 * 60,
        LIFE_S = 3650 * DAY_S,
};

static const char SERVER_NAMES[] =
        "IP:127.0.0.1,IP:::1,DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,"
        "DNS:kubernetes.default.svc";

struct certificate {
        X509 *x509;
        EVP_PKEY *key;
};

static void certificate_deinit(struct certificate *certificate) {
        X509_free(certificate->x509);
        EVP_PKEY_free(certificate->key);
}
#define CERTIFICATE_CLEANUP __attribute__((cleanup(certificate_deinit)))

static void require(bool ok) {
        if (!ok)
                abort();
}

static char *bio_text(BIO *bio) {
        char *data, *text;
        long len = BIO_get_mem_data(bio, &data);

        text = strndup(data, (size_t)len);
        BIO_free(bio);
        return text;
}

static void certificate_extend(struct certificate *certificate, X509 *issuer, int nid,
                               const char *value) {
        X509V3_CTX ctx;
        X509_EXTENSION *extension;

        X509V3_set_ctx(&ctx, issuer, certificate->x509, NULL, NULL, 0);
        extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
        require(extension && X509_add_ext(certificate->x509, extension, -1));
        X509_EXTENSION_free(extension);
}

/* Without extensions, not yet signed. */
static void certificate_begin(struct certificate *certificate, const char *name, int64_t now_ms) {
        time_t now_s = (time_t)(now_ms / 1000);
        unsigned char serial[16];
        BIGNUM *number;
        X509_NAME *subject;

        certificate->x509 = X509_new();
        certificate->key = EVP_EC_gen("P-256");
        require(certificate->x509 && certificate->key);
        random_fill(serial, sizeof(serial));
        serial[0] &= 0x7f; /* positive */
        number = BN_bin2bn(serial, sizeof(serial), NULL);
        require(number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate->x509)));
        BN_free(number);
        subject = X509_get_subject_name(certificate->x509);
        require(X509_set_version(certificate->x509, X509_VERSION_3) &&
                X509_time_adj(X509_getm_notBefore(certificate->x509), -DAY_S, &now_s) &&
                X509_time_adj(X509_getm_notAfter(certificate->x509), LIFE_S, &now_s) &&
                X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                                           (const unsigned char *)name, -1, -1, 0) &&
                X509_set_pubkey(certificate->x509, certificate->key));
}

static void certificate_sign(struct certificate *certificate, const struct certificate *issuer) {
        require(X509_set_issuer_name(certificate->x509, X509_get_subject_name(issuer->x509)));
        require(X509_sign(certificate->x509, issuer->key, EVP_sha256()) > 0);
}

static char *certificate_pem(const struct certificate *certificate) {
        BIO *bio = BIO_new(BIO_s_mem());

        require(bio && PEM_write_bio_X509(bio, certificate->x509));
        return bio_text(bio);
}

static char *key_pem(const struct certificate *certificate) {
        BIO *bio = BIO_new(BIO_s_mem());

        require(bio && PEM_write_bio_PrivateKey(bio, certificate->key, NULL, NULL, 0, NULL, NULL));
        return bio_text(bio);
}

static char *token_make(void) {
        unsigned char bytes[TOKEN_BYTES];
        char *token = calloc(2 * TOKEN_BYTES + 1, 1);

        random_fill(bytes, sizeof(bytes));
        for (size_t i = 0; i < TOKEN_BYTES; i++) {
                token[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
                token[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
        }
        return token;
}

static void credentials_make(struct credentials *credentials, int64_t now_ms) {
        CERTIFICATE_CLEANUP struct certificate authority = { NULL, NULL };
        CERTIFICATE_CLEANUP struct certificate server = { NULL, NULL };

        certificate_begin(&authority, "llc-sim", now_ms);
        certificate_extend(&authority, authority.x509, NID_basic_constraints, "critical,CA:TRUE");
        certificate_extend(&authority, authority.x509, NID_key_usage, "critical,keyCertSign");
        certificate_extend(&authority, authority.x509, NID_subject_key_identifier, "hash");
        certificate_sign(&authority, &authority);

        certificate_begin(&server, "llc-sim server", now_ms);
        certificate_extend(&server, authority.x509, NID_basic_constraints, "critical,CA:FALSE");
        certificate_extend(&server, authority.x509, NID_key_usage, "critical,digitalSignature");
        certificate_extend(&server, authority.x509, NID_ext_key_usage, "serverAuth");
        certificate_extend(&server, authority.x509, NID_authority_key_identifier, "keyid:always");
        certificate_extend(&server, authority.x509, NID_subject_alt_name, SERVER_NAMES);
        certificate_sign(&server, &authority);

        credentials->authority_pem = certificate_pem(&authority);
        credentials->certificate_pem = certificate_pem(&server);
        credentials->key_pem = key_pem(&server);
        credentials->token = token_make();
}

/* --- what is kept ----------------------------------------------------------------------------- */

struct kept {
        const char *name;
        size_t member;
};

static const struct kept KEPT[] = {
        { "ca.crt", offsetof(struct credentials, authority_pem) },
        { "server.crt", offsetof(struct credentials, certificate_pem) },
        { "server.key", offsetof(struct credentials, key_pem) },
        { "admin.token", offsetof(struct credentials, token) },
};
enum { N_KEPT = sizeof(KEPT) / sizeof(KEPT[0]) };

static char **kept_member(const struct kept *kept, struct credentials *credentials) {
        return (char **)(void *)((char *)credentials + kept->member);
}

static bool credentials_read(struct credentials *credentials, const char *folder) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;

        for (size_t i = 0; i < N_KEPT; i++) {
                STRBUF_CLEANUP struct strbuf text = STRBUF_INIT(FILE_BYTES);
                struct err err;

                if (file_read(arena_printf(&arena, "%s/%s", folder, KEPT[i].name), &text, &err) < 0)
                        return false;
                *kept_member(&KEPT[i], credentials) = strdup(strbuf_str(&text));
        }
        return true;
}

static int credentials_write(struct credentials *credentials, const char *folder, struct err *err) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;

        for (size_t i = 0; i < N_KEPT; i++)
                if (private_file_write(arena_printf(&arena, "%s/%s", folder, KEPT[i].name),
                                       bytes_of(*kept_member(&KEPT[i], credentials)), err) < 0)
                        return -1;
        return 0;
}

static X509 *x509_parse(const char *pem) {
        BIO *bio = BIO_new_mem_buf(pem, -1);
        X509 *x509 = PEM_read_bio_X509(bio, NULL, NULL, NULL);

        BIO_free(bio);
        return x509;
}

/* Belong together, and hold for a day at least. */
static bool credentials_fit(const struct credentials *credentials, int64_t now_ms) {
        CERTIFICATE_CLEANUP struct certificate authority = { x509_parse(credentials->authority_pem),
                                                             NULL };
        CERTIFICATE_CLEANUP struct certificate server = { x509_parse(credentials->certificate_pem),
                                                          NULL };
        BIO *bio = BIO_new_mem_buf(credentials->key_pem, -1);
        time_t tomorrow_s = (time_t)(now_ms / 1000) + DAY_S;

        server.key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
        BIO_free(bio);
        return authority.x509 && server.x509 && server.key &&
               X509_check_private_key(server.x509, server.key) == 1 &&
               X509_verify(server.x509, X509_get0_pubkey(authority.x509)) == 1 &&
               X509_cmp_time(X509_get0_notAfter(server.x509), &tomorrow_s) > 0 &&
               strlen(credentials->token) == (size_t)2 * TOKEN_BYTES &&
               strspn(credentials->token, "0123456789abcdef") == (size_t)2 * TOKEN_BYTES;
}

static char *base64(const char *text) {
        size_t len = strlen(text);
        char *encoded = calloc(len / 3 * 4 + 5, 1);

        EVP_EncodeBlock((unsigned char *)encoded, (const unsigned char *)text, (int)len);
        return encoded;
}

int credentials_load(const char *folder, int64_t now_ms, struct credentials **ret_credentials,
                     struct err *err) {
        struct credentials *credentials = calloc(1, sizeof(*credentials));

        if (!credentials_read(credentials, folder) || !credentials_fit(credentials, now_ms)) {
                credentials_free(credentials);
                credentials = calloc(1, sizeof(*credentials));
                credentials_make(credentials, now_ms);
                if (credentials_write(credentials, folder, err) < 0) {
                        credentials_free(credentials);
                        return -1;
                }
        }
        credentials->authority_base64 = base64(credentials->authority_pem);
        *ret_credentials = credentials;
        return 0;
}

void credentials_free(struct credentials *credentials) {
        if (!credentials)
                return;
        free(credentials->authority_pem);
        free(credentials->certificate_pem);
        free(credentials->authority_base64);
        if (credentials->key_pem)
                OPENSSL_cleanse(credentials->key_pem, strlen(credentials->key_pem));
        free(credentials->key_pem);
        if (credentials->token)
                OPENSSL_cleanse(credentials->token, strlen(credentials->token));
        free(credentials->token);
        free(credentials);
}
