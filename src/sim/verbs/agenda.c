/*
 * A heap by due time, then by the order of setting. Delays are measured on a clock that only grows,
 * so that a changed wall clock neither hastens nor delays what is planned.
 */
#include "verbs/agenda.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "llc/sys/clock.h"
#include "llc/sys/random.h"

enum {
        RUN_MS = 20, /* a real run gives way to the requests after this time */
        MIN_PLACES = 64,
};

struct agenda_item {
        struct agenda *agenda;
        void (*fn)(void *ctx);
        void *ctx;
        int64_t due_ms;
        uint64_t turn;
        size_t place; /* in the heap, from 1; 0 = not armed */
};

struct agenda {
        struct agenda_options options;
        int64_t elapsed_ms; /* virtual */
        uint64_t random;    /* virtual: the generator's state */
        struct agenda_item **heap;
        size_t n, cap;
        size_t n_items; /* armed or not */
        uint64_t turns; /* how often an item was set */
        bool running;
        void (*on_change)(void *ctx);
        void *on_change_ctx;
};

struct agenda *agenda_new(const struct agenda_options *options) {
        struct agenda *agenda = calloc(1, sizeof(*agenda));

        if (!agenda)
                abort();
        agenda->options = *options;
        agenda->random = options->seed;
        return agenda;
}

void agenda_free(struct agenda *agenda) {
        if (!agenda)
                return;
        assert(agenda->n_items == 0);
        free(agenda->heap);
        free(agenda);
}

/* What delays are measured on. */
static int64_t agenda_clock_ms(const struct agenda *agenda) {
        return agenda->options.is_virtual ? agenda->elapsed_ms : clock_monotonic_ms();
}

int64_t agenda_now_ms(const struct agenda *agenda) {
        return agenda->options.is_virtual ? agenda->options.start_ms + agenda->elapsed_ms
                                          : clock_wall_ms();
}

/* splitmix64: any seed is a good one. */
static uint64_t agenda_next_random(struct agenda *agenda) {
        uint64_t z = agenda->random += 0x9e3779b97f4a7c15u;

        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
}

void agenda_random(struct agenda *agenda, void *bytes, size_t n) {
        unsigned char *out = bytes;

        if (!agenda->options.is_virtual) {
                random_fill(bytes, n);
                return;
        }
        for (size_t i = 0; i < n; i += 8) {
                uint64_t number = agenda_next_random(agenda);

                for (size_t k = 0; k < 8 && i + k < n; k++)
                        out[i + k] = (unsigned char)(number >> (8 * k));
        }
}

void agenda_uid(struct agenda *agenda, char out[static 37]) {
        unsigned char b[16];

        agenda_random(agenda, b, sizeof(b));
        b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
        b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
        snprintf(out, 37, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
                 b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12],
                 b[13], b[14], b[15]);
}

void agenda_name(struct agenda *agenda, char *out, size_t n) {
        static const char letters[] = "bcdfghjklmnpqrstvwxz2456789";
        size_t i = 0;

        while (i < n) {
                unsigned char byte;

                agenda_random(agenda, &byte, 1);
                byte &= 31;
                if (byte < sizeof(letters) - 1) /* the rest would favour some letters */
                        out[i++] = letters[byte];
        }
        out[n] = '\0';
}

static bool item_before(const struct agenda_item *a, const struct agenda_item *b) {
        return a->due_ms != b->due_ms ? a->due_ms < b->due_ms : a->turn < b->turn;
}

static struct agenda_item *heap_at(const struct agenda *agenda, size_t place) {
        return agenda->heap[place - 1];
}

static void heap_set(struct agenda *agenda, size_t place, struct agenda_item *item) {
        agenda->heap[place - 1] = item;
        item->place = place;
}

/* Moves the item at a place up or down to where it belongs. */
static void heap_settle(struct agenda *agenda, size_t place) {
        struct agenda_item *item = heap_at(agenda, place);

        while (place > 1 && item_before(item, heap_at(agenda, place / 2))) {
                heap_set(agenda, place, heap_at(agenda, place / 2));
                place /= 2;
        }
        for (;;) {
                size_t child = 2 * place;

                if (child < agenda->n &&
                    item_before(heap_at(agenda, child + 1), heap_at(agenda, child)))
                        child++;
                if (child > agenda->n || item_before(item, heap_at(agenda, child)))
                        break;
                heap_set(agenda, place, heap_at(agenda, child));
                place = child;
        }
        heap_set(agenda, place, item);
}

struct agenda_item *agenda_item_new(struct agenda *agenda, void (*fn)(void *ctx), void *ctx) {
        struct agenda_item *item = malloc(sizeof(*item));

        if (!item)
                abort();
        *item = (struct agenda_item){ .agenda = agenda, .fn = fn, .ctx = ctx };
        agenda->n_items++;
        return item;
}

void agenda_item_free(struct agenda_item *item) {
        if (!item)
                return;
        agenda_clear(item);
        item->agenda->n_items--;
        free(item);
}

void agenda_clear(struct agenda_item *item) {
        struct agenda *agenda = item->agenda;
        struct agenda_item *last;
        size_t place = item->place;

        if (place == 0)
                return;
        last = agenda->heap[--agenda->n];
        item->place = 0;
        if (last != item) {
                heap_set(agenda, place, last);
                heap_settle(agenda, place);
        }
}

void agenda_set(struct agenda_item *item, int64_t delay_ms) {
        struct agenda *agenda = item->agenda;

        agenda_clear(item);
        if (agenda->n == agenda->cap) {
                size_t cap = agenda->cap ? 2 * agenda->cap : MIN_PLACES;
                struct agenda_item **heap =
                        realloc(agenda->heap, cap * sizeof(struct agenda_item *));

                if (!heap)
                        abort();
                agenda->heap = heap;
                agenda->cap = cap;
        }
        item->due_ms = agenda_clock_ms(agenda) + (delay_ms > 0 ? delay_ms : 0);
        item->turn = agenda->turns++;
        agenda->n++;
        heap_set(agenda, agenda->n, item);
        heap_settle(agenda, agenda->n);
        if (!agenda->running && agenda->on_change && item->place == 1)
                agenda->on_change(agenda->on_change_ctx);
}

void agenda_set_sooner(struct agenda_item *item, int64_t delay_ms) {
        if (item->place == 0 || agenda_clock_ms(item->agenda) + delay_ms < item->due_ms)
                agenda_set(item, delay_ms);
}

static void agenda_run_first(struct agenda *agenda) {
        struct agenda_item *item = heap_at(agenda, 1);

        agenda_clear(item);
        agenda->running = true;
        item->fn(item->ctx);
        agenda->running = false;
}

int64_t agenda_run(struct agenda *agenda) {
        uint64_t turns = agenda->turns;
        int64_t start = agenda_clock_ms(agenda), left;

        /* What is set from here on comes behind all that was due at the start. */
        while (agenda->n > 0 && heap_at(agenda, 1)->due_ms <= start &&
               heap_at(agenda, 1)->turn < turns) {
                agenda_run_first(agenda);
                if (!agenda->options.is_virtual && clock_monotonic_ms() - start >= RUN_MS)
                        break;
        }
        if (agenda->n == 0)
                return -1;
        left = heap_at(agenda, 1)->due_ms - agenda_clock_ms(agenda);
        return left > 0 ? left : 0;
}

void agenda_on_change(struct agenda *agenda, void (*fn)(void *ctx), void *ctx) {
        agenda->on_change = fn;
        agenda->on_change_ctx = ctx;
}

void agenda_advance(struct agenda *agenda, int64_t delta_ms) {
        int64_t end = agenda->elapsed_ms + delta_ms;

        assert(agenda->options.is_virtual && delta_ms >= 0);
        while (agenda->n > 0 && heap_at(agenda, 1)->due_ms <= end) {
                if (heap_at(agenda, 1)->due_ms > agenda->elapsed_ms)
                        agenda->elapsed_ms = heap_at(agenda, 1)->due_ms;
                agenda_run_first(agenda);
        }
        agenda->elapsed_ms = end;
}
