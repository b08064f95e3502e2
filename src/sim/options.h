/*
 * What llc-sim was asked for on its command line.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "llc/base/err.h"

enum { OPTIONS_ACTORS_MAX = 16 };

enum options_verdict {
        OPTIONS_RUN,
        OPTIONS_HELP,    /* --help: print options_usage and stop */
        OPTIONS_VERSION, /* --version */
};

struct options {
        const char *listen;     /* 127.0.0.1:PORT or [::1]:PORT */
        bool plain;             /* HTTP, and no access control */
        const char *folder;     /* of what is kept; NULL = by the environment */
        const char *kubeconfig; /* NULL = in the folder */
        const char *namespace_; /* of the kubeconfig */
        const char *token_file; /* NULL = none */
        const char *audit_log;  /* NULL = none */
        size_t history;         /* most changes kept; 0 = the default */
        bool is_virtual;
        int64_t start_ms;
        uint64_t seed;
        const char *no_actors[OPTIONS_ACTORS_MAX];
        size_t n_no_actors;
};

/* Strings are argv's. ERR_INVALID names the flag. */
int options_parse(int argc, char *const *argv, struct options *ret_options,
                  enum options_verdict *ret_verdict, struct err *err);

extern const char options_usage[];
