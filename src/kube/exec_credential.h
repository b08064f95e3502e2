/*
 * What an exec plugin prints: an ExecCredential. Pure.
 * Source: https://kubernetes.io/docs/reference/config-api/client-authentication.v1/
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "llc/base/bytes.h"
#include "llc/base/err.h"
#include "llc/base/strbuf.h"

enum { EXEC_CREDENTIAL_MAX_BYTES = 256 << 10 };

/* A token, a certificate with its key, or both. */
struct exec_credential {
        char *token;                    /* NULL = none */
        struct strbuf certificate, key; /* PEM */
        bool expires;
        int64_t expires_ms; /* wall clock */
};

/* ERR_PROTOCOL; no message shows a value. */
int exec_credential_parse(struct bytes text, const char *api_version,
                          struct exec_credential *ret_credential, struct err *err);
/* Wipes it. */
void exec_credential_deinit(struct exec_credential *credential);
