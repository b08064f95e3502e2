/*
 * A patch that is JSON of the wrong type: refused in the words of Go's decoder. Private to
 * sim/patch.
 */
#pragma once

#include "verbs/refusal.h"

/* "BEFOREjson: cannot unmarshal number into Go WANTED": 400; returns -1. */
int body_refuse(struct refusal *refusal, const char *before, const struct json *found,
                const char *wanted);
