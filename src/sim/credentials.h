/*
 * Who the server is, and how its administrator shows who they are: an authority of its own, the
 * server's certificate (EC P-256) and a token. Kept in a folder, so that a kubeconfig that was
 * written stays good; made anew together when one is missing, unfit or about to expire.
 *
 * The authority's key is not kept: it signs once.
 */
#pragma once

#include "llc/base/err.h"

struct credentials {
        char *authority_pem, *certificate_pem, *key_pem;
        char *authority_base64; /* as a kubeconfig carries it */
        char *token;            /* 64 hexadecimal digits */
};

/* The folder is there: ca.crt, server.crt, server.key, admin.token. now_ms: today, on the clock of
 * those who check certificates. */
int credentials_load(const char *folder, int64_t now_ms, struct credentials **ret_credentials,
                     struct err *err);
void credentials_free(struct credentials *credentials);
