#include "writes.h"

#include <stdlib.h>

#include "llc/sys/clock.h"
#include "llc/sys/loop.h"

enum {
        SLOW_MS = 1000,
        SLOW_FACTOR = 8, /* so many times the places, when nobody answers */
        /* One in so many is kept for the urgent: creates may all hang in a slow admission webhook. */
        URGENT_SHARE = 4,
        BACKGROUND_SHARE = 4,
};

struct write {
        struct write *next, *prev; /* in a lane, or among those in flight */
        struct writes *writes;
        struct request request;
        struct client_call *call;
        enum writes_lane lane;
        int64_t started_ms; /* in flight */
        client_done_fn done;
        void *ctx;
};

/* A doubly linked list with a sentinel. */
struct write_list {
        struct write head;
};

struct writes {
        struct client *client;
        struct loop_timer *timer; /* the next write in flight is slow by then */
        /* In flight, of the lane and of those behind it: those that are not slow, and all. */
        unsigned max[WRITES_LANES], max_all[WRITES_LANES];
        size_t n_waiting, n_in_flight;
        struct write_list lanes[WRITES_LANES];
        struct write_list in_flight; /* oldest first */
};

static void writes_start(void *ctx);

static void list_init(struct write_list *list) {
        list->head.next = list->head.prev = &list->head;
}

static void list_push(struct write_list *list, struct write *write) {
        write->prev = list->head.prev;
        write->next = &list->head;
        write->prev->next = write;
        list->head.prev = write;
}

/* Takes the first one out; NULL when empty. */
static struct write *list_pop(struct write_list *list) {
        struct write *first = list->head.next;

        if (first == &list->head)
                return NULL;
        first->prev->next = first->next;
        first->next->prev = first->prev;
        return first;
}

static void write_free(struct write *write) {
        request_deinit(&write->request);
        free(write);
}

struct writes *writes_new(struct loop *loop, struct client *client, unsigned max_in_flight) {
        struct writes *writes = calloc(1, sizeof(*writes));

        writes->client = client;
        writes->timer = loop_timer_new(loop, writes_start, writes);
        writes->max[WRITES_URGENT] = max_in_flight;
        writes->max[WRITES_NORMAL] = max_in_flight - max_in_flight / URGENT_SHARE;
        writes->max[WRITES_BACKGROUND] = (max_in_flight + BACKGROUND_SHARE - 1) / BACKGROUND_SHARE;
        for (int lane = 0; lane < WRITES_LANES; lane++) {
                writes->max_all[lane] = writes->max[lane];
                if (lane != WRITES_BACKGROUND)
                        writes->max_all[lane] *= SLOW_FACTOR;
                list_init(&writes->lanes[lane]);
        }
        list_init(&writes->in_flight);
        return writes;
}

void writes_free(struct writes *writes) {
        struct write *write;

        if (!writes)
                return;
        for (int lane = 0; lane < WRITES_LANES; lane++)
                while ((write = list_pop(&writes->lanes[lane])))
                        write_free(write);
        while ((write = list_pop(&writes->in_flight))) {
                client_cancel(write->call);
                write_free(write);
        }
        loop_timer_free(writes->timer);
        free(writes);
}

static void write_done(void *ctx, struct bytes body, const struct err *err) {
        struct write *write = ctx;
        struct writes *writes = write->writes;

        write->prev->next = write->next;
        write->next->prev = write->prev;
        writes->n_in_flight--;
        write->done(write->ctx, body, err);
        write_free(write);
        writes_start(writes);
}

static bool writes_have_room(const struct writes *writes, enum writes_lane lane, int64_t now) {
        const struct write *head = &writes->in_flight.head;
        unsigned n = 0, n_slow = 0;

        for (const struct write *write = head->next; write != head; write = write->next) {
                if (write->lane < lane)
                        continue;
                n++;
                n_slow += now - write->started_ms >= SLOW_MS;
        }
        return n - n_slow < writes->max[lane] && n < writes->max_all[lane];
}

/* The next one that may start now, or NULL. */
static struct write *writes_next(struct writes *writes, int64_t now) {
        struct write *write = NULL;

        for (int lane = 0; lane < WRITES_LANES && !write; lane++) {
                if (!writes_have_room(writes, (enum writes_lane)lane, now))
                        return NULL; /* nor is there room for what is behind it */
                write = list_pop(&writes->lanes[lane]);
        }
        return write;
}

/* What waits may start when the first of those in flight that are not slow yet is. */
static void writes_wait(struct writes *writes, int64_t now) {
        const struct write *head = &writes->in_flight.head;

        for (const struct write *write = head->next; write != head; write = write->next)
                if (now - write->started_ms < SLOW_MS) {
                        loop_timer_set(writes->timer, write->started_ms + SLOW_MS - now);
                        return;
                }
}

static void writes_start(void *ctx) {
        struct writes *writes = ctx;
        int64_t now = clock_monotonic_ms();
        struct write *write;

        while ((write = writes_next(writes, now))) {
                writes->n_waiting--;
                writes->n_in_flight++;
                write->started_ms = now;
                list_push(&writes->in_flight, write);
                write->call = client_send(writes->client, &write->request, write_done, write);
        }
        if (writes->n_waiting > 0)
                writes_wait(writes, now);
}

void writes_send(struct writes *writes, enum writes_lane lane, struct request *request,
                 client_done_fn done, void *ctx) {
        struct write *write = calloc(1, sizeof(*write));

        *write = (struct write){
                .writes = writes,
                .request = *request,
                .lane = lane,
                .done = done,
                .ctx = ctx,
        };
        *request = (struct request){ .verb = request->verb };
        list_push(&writes->lanes[lane], write);
        writes->n_waiting++;
        writes_start(writes);
}

size_t writes_pending(const struct writes *writes) {
        return writes->n_waiting + writes->n_in_flight;
}
