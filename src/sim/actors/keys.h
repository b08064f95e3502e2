/*
 * The work of an actor: a set of keys, each looked at once however often it was noted, from the
 * agenda. A key may be noted for later (a back-off, a timer); the earliest time counts.
 */
#pragma once

#include <stdint.h>

#include "verbs/agenda.h"

struct keys;

/* fn is called with each due key; it may note keys, the same one too. Its names are borrowed for the
 * call. A namespace has no "/"; "" = not in one. */
struct keys *keys_new(struct agenda *agenda,
                      void (*fn)(void *ctx, const char *namespace_, const char *name), void *ctx);
/* NULL is fine. Not from within fn. */
void keys_free(struct keys *keys);
void keys_add(struct keys *keys, const char *namespace_, const char *name, int64_t delay_ms);
