/*
 * Which objects of a kind a list or a watch is about: the namespace and name of the path, and the
 * options labelSelector and fieldSelector.
 */
#pragma once

#include <stdbool.h>

#include "kinds/kind.h"
#include "serve/target.h"
#include "storage/selector.h"
#include "verbs/refusal.h"

struct filter {
        const char *namespace_;        /* "" = all */
        const char *name;              /* "" = all; of the path */
        const struct selector *labels; /* NULL = all */
        struct field_selector fields;
        bool selects; /* one of the two selects something: what is left over is not counted */
};

/* In the arena. 400 in the API server's words. */
int filter_parse(const struct kind *kind, const struct target *target, struct arena *arena,
                 struct filter *ret_filter, struct refusal *refusal);
/* Is it in the namespace, and of the name? */
bool filter_covers(const struct filter *filter, const struct record *record);
/* Does it match in all? */
bool filter_matches(const struct filter *filter, const struct record *record);
