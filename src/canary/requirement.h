/*
 * What a label selector asks for, piece by piece: to say which piece some labels do not meet.
 */
#pragma once

#include <stdbool.h>

#include "llc/api/selector.h"
#include "llc/base/arena.h"
#include "llc/base/json.h"

struct requirement {
        const char *key;
        const char *text; /* as `kubectl get -l` takes it: "app=checkout", "tier in (a,b)" */
};

/*
 * Finds the first one that the labels (an object of strings) do not meet. The hash label's are not
 * looked at: that changes with every promotion. Is there one?
 */
bool requirement_find_unmet(const struct label_selector *selector, const struct json *labels,
                            struct arena *arena, struct requirement *ret_unmet);
