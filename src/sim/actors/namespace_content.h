/*
 * What is left in a namespace that ends, and what its status says of that
 * (k8s.io/kubernetes/pkg/controller/namespace/deletion).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "kinds/kind.h"
#include "schema/field_error.h"

struct finalizer_count {
        const char *name;
        size_t n;
};

struct namespace_content {
        struct arena *arena;      /* set by the caller, as the arenas of the lists */
        struct strings remaining; /* "pods. has 2 resource instances" */
        struct strings errors;
        struct finalizer_count *finalizers;
        size_t n_finalizers;
        int64_t estimate_s; /* how long what remains may take; 0 = no idea */
};

void namespace_content_init(struct namespace_content *content, struct arena *arena);
/*
 * Counts the objects of a kind after their deletion; how many there are. waited_s: for how long the
 * namespace has been ending.
 */
size_t namespace_content_count(struct namespace_content *content, const struct kind *kind,
                               const char *namespace_, int64_t waited_s);

/*
 * The conditions as they should be, a new array; NULL when they are so already. totals: whether to
 * say what remains (while there are pods, the real one does not).
 */
struct json *namespace_content_conditions(const struct namespace_content *content,
                                          const struct json *before, bool totals, int64_t now_ms);
