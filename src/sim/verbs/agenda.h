/*
 * Clock, timers and randomness of the server, so that a test can have its own.
 *
 * Real: the machine's clock, random bytes of the kernel. Virtual: a time that only
 * agenda_advance moves, and random bytes from a seed, so that a run repeats exactly.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct agenda;
struct agenda_item;

struct agenda_options {
        bool is_virtual;
        int64_t start_ms; /* virtual: wall-clock time at the start */
        uint64_t seed;    /* virtual */
};

struct agenda *agenda_new(const struct agenda_options *options);
/* Its items must be freed before. */
void agenda_free(struct agenda *agenda);

/* Wall-clock milliseconds since 1970. */
int64_t agenda_now_ms(const struct agenda *agenda);
void agenda_random(struct agenda *agenda, void *bytes, size_t n);
/* A random UID (RFC 4122, version 4). */
void agenda_uid(struct agenda *agenda, char out[static 37]);
/* n characters as generateName appends them (bcdfghjklmnpqrstvwxz2456789), and a NUL. */
void agenda_name(struct agenda *agenda, char *out, size_t n);

/* A one-shot timer that may be set again and again; not armed yet. Free disarms; NULL is fine. */
struct agenda_item *agenda_item_new(struct agenda *agenda, void (*fn)(void *ctx), void *ctx);
void agenda_item_free(struct agenda_item *item);
/* Due in delay_ms; 0 = in the next run. Of items due together the one set first runs first. */
void agenda_set(struct agenda_item *item, int64_t delay_ms);
/* The same, unless it is armed already and due before. */
void agenda_set_sooner(struct agenda_item *item, int64_t delay_ms);
void agenda_clear(struct agenda_item *item);

/*
 * Runs what is due; returns in how many ms the next will be, -1 when nothing is planned. A real run
 * that takes long leaves the rest to the next one, and returns 0.
 */
int64_t agenda_run(struct agenda *agenda);
/* Called when an item set outside a run is now the next one, so that a loop can look again. */
void agenda_on_change(struct agenda *agenda, void (*fn)(void *ctx), void *ctx);
/* Virtual: moves the time to now + delta_ms, running everything due on the way at its time, also
 * what is set meanwhile; 0 runs until nothing is due now. */
void agenda_advance(struct agenda *agenda, int64_t delta_ms);
