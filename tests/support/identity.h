/*
 * Certificates for tests, made in memory: authorities and what they issue (EC P-256, one day).
 * Aborts when OpenSSL fails.
 */
#pragma once

#include <openssl/types.h>

struct identity {
        X509 *certificate;
        EVP_PKEY *key;
        char *certificate_pem, *key_pem;
};

struct identity *identity_new_authority(const char *name);

/* names as subjectAltName has them, "DNS:localhost,IP:127.0.0.1"; NULL = none (a client). */
struct identity *identity_issue(const struct identity *authority, const char *name,
                                const char *names);

void identity_free(struct identity *identity);
