#include "support/identity.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

static void check(int ok) {
        if (!ok)
                abort();
}

static char *bio_take(BIO *bio) {
        char *data, *text;
        long len = BIO_get_mem_data(bio, &data);

        text = strndup(data, (size_t)len);
        BIO_free(bio);
        return text;
}

static void add_extension(X509 *certificate, X509 *issuer, int nid, const char *value) {
        X509V3_CTX ctx;
        X509_EXTENSION *extension;

        X509V3_set_ctx(&ctx, issuer, certificate, NULL, NULL, 0);
        extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
        check(extension != NULL);
        check(X509_add_ext(certificate, extension, -1));
        X509_EXTENSION_free(extension);
}

/* A certificate without extensions, not yet signed. */
static struct identity *identity_draft(const char *name) {
        static long serial = 1;
        struct identity *identity = calloc(1, sizeof(*identity));
        X509 *certificate = X509_new();
        X509_NAME *subject;

        check(certificate != NULL);
        identity->certificate = certificate;
        identity->key = EVP_EC_gen("P-256");
        check(identity->key != NULL);
        check(X509_set_version(certificate, X509_VERSION_3));
        check(ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++));
        check(X509_gmtime_adj(X509_getm_notBefore(certificate), -3600) != NULL);
        check(X509_gmtime_adj(X509_getm_notAfter(certificate), 86400) != NULL);
        subject = X509_get_subject_name(certificate);
        check(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const unsigned char *)name,
                                         -1, -1, 0));
        check(X509_set_pubkey(certificate, identity->key));
        return identity;
}

static void identity_sign(struct identity *identity, const struct identity *authority) {
        BIO *certificate = BIO_new(BIO_s_mem()), *key = BIO_new(BIO_s_mem());

        check(X509_sign(identity->certificate, authority->key, EVP_sha256()) > 0);
        check(PEM_write_bio_X509(certificate, identity->certificate));
        check(PEM_write_bio_PrivateKey(key, identity->key, NULL, NULL, 0, NULL, NULL));
        identity->certificate_pem = bio_take(certificate);
        identity->key_pem = bio_take(key);
}

struct identity *identity_new_authority(const char *name) {
        struct identity *identity = identity_draft(name);
        X509 *certificate = identity->certificate;

        check(X509_set_issuer_name(certificate, X509_get_subject_name(certificate)));
        add_extension(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE");
        add_extension(certificate, certificate, NID_key_usage, "critical,keyCertSign,cRLSign");
        identity_sign(identity, identity);
        return identity;
}

struct identity *identity_issue(const struct identity *authority, const char *name,
                                const char *names) {
        struct identity *identity = identity_draft(name);
        X509 *certificate = identity->certificate;

        check(X509_set_issuer_name(certificate, X509_get_subject_name(authority->certificate)));
        add_extension(certificate, authority->certificate, NID_ext_key_usage,
                      names ? "serverAuth" : "clientAuth");
        if (names)
                add_extension(certificate, authority->certificate, NID_subject_alt_name, names);
        identity_sign(identity, authority);
        return identity;
}

void identity_free(struct identity *identity) {
        if (!identity)
                return;
        X509_free(identity->certificate);
        EVP_PKEY_free(identity->key);
        free(identity->certificate_pem);
        free(identity->key_pem);
        free(identity);
}
