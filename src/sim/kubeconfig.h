/*
 * The file that tells kubectl and others where the server is and what to show it.
 */
#pragma once

#include "llc/base/err.h"

struct kubeconfig {
        const char *server;           /* "https://127.0.0.1:6443" */
        const char *authority_base64; /* NULL = plain HTTP */
        const char *token;            /* NULL = none is asked for */
        const char *namespace_;
};

/* Replaces a file that was written by us; ERR_ALREADY_EXISTS for one that was not. Mode 0600. */
int kubeconfig_write(const char *path, const struct kubeconfig *config, struct err *err);
