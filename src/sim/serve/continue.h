/*
 * The continue token of a list in pages: at which revision, and after which object. Clients hand it
 * back as it is.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "llc/base/arena.h"
#include "llc/base/err.h"

struct continuation {
        int64_t revision; /* -1: whatever is there now */
        const char *namespace_, *name;
};

/* namespace_ "": the list is of one namespace, or of a kind without. In the arena. */
const char *continue_encode(const struct continuation *continuation, struct arena *arena);
/* key_has_namespace: the list is of all namespaces. ERR_INVALID in the API server's words. */
int continue_decode(const char *token, bool key_has_namespace, struct arena *arena,
                    struct continuation *ret_continuation, struct err *err);
