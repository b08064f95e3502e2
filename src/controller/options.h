/*
 * What the controller was asked to do: flags, over the configuration file, over defaults.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "llc/base/arena.h"
#include "llc/base/err.h"
#include "llc/sys/log.h"

enum { OPTIONS_NAMESPACES_MAX = 64 };

enum options_verdict {
        OPTIONS_RUN,
        OPTIONS_HELP,    /* --help: print options_usage and stop */
        OPTIONS_VERSION, /* --version */
};

struct options {
        const char *kubeconfig;        /* NULL = in the cluster, or $KUBECONFIG */
        const char *const *namespaces; /* none = all */
        size_t n_namespaces;
        enum log_format log_format;
        enum log_level log_level;
        int64_t consistency_ms;   /* between comparisons of caches and server; 0 = never */
        const char *http_address; /* /healthz, /readyz, /metrics; "" = no server */
};

/* Takes the text of --consistency-relist-interval, or of its key in the file. */
int options_set_consistency(struct options *options, const char *text, struct err *err);

/*
 * Reads argv and the file that --config names. Strings are in the arena. ERR_INVALID names the
 * flag, or the file, line and key.
 */
int options_parse(int argc, char *const *argv, struct arena *arena, struct options *ret_options,
                  enum options_verdict *ret_verdict, struct err *err);

extern const char options_usage[];
