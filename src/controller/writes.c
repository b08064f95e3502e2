#include "writes.h"

#include <stdlib.h>

enum {
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
        client_done_fn done;
        void *ctx;
};

/* A doubly linked list with a sentinel. */
struct write_list {
        struct write head;
};

struct writes {
        struct client *client;
        unsigned max[WRITES_LANES]; /* in flight: of the lane and of those behind it */
        unsigned n[WRITES_LANES];   /* in flight: of the lane */
        size_t n_waiting;
        struct write_list lanes[WRITES_LANES];
        struct write_list in_flight;
};

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

struct writes *writes_new(struct client *client, unsigned max_in_flight) {
        struct writes *writes = calloc(1, sizeof(*writes));

        writes->client = client;
        writes->max[WRITES_URGENT] = max_in_flight;
        writes->max[WRITES_NORMAL] = max_in_flight - max_in_flight / URGENT_SHARE;
        writes->max[WRITES_BACKGROUND] = (max_in_flight + BACKGROUND_SHARE - 1) / BACKGROUND_SHARE;
        for (int lane = 0; lane < WRITES_LANES; lane++)
                list_init(&writes->lanes[lane]);
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
        free(writes);
}

static void writes_start(struct writes *writes);

static void write_done(void *ctx, struct bytes body, const struct err *err) {
        struct write *write = ctx;
        struct writes *writes = write->writes;

        write->prev->next = write->next;
        write->next->prev = write->prev;
        writes->n[write->lane]--;
        write->done(write->ctx, body, err);
        write_free(write);
        writes_start(writes);
}

static unsigned writes_in_flight(const struct writes *writes, int first_lane) {
        unsigned n = 0;

        for (int lane = first_lane; lane < WRITES_LANES; lane++)
                n += writes->n[lane];
        return n;
}

/* The next one that may start now, or NULL. */
static struct write *writes_next(struct writes *writes) {
        struct write *write = NULL;

        for (int lane = 0; lane < WRITES_LANES && !write; lane++) {
                if (writes_in_flight(writes, lane) >= writes->max[lane])
                        return NULL; /* nor is there room for what is behind it */
                write = list_pop(&writes->lanes[lane]);
        }
        return write;
}

static void writes_start(struct writes *writes) {
        struct write *write;

        while ((write = writes_next(writes))) {
                writes->n_waiting--;
                writes->n[write->lane]++;
                list_push(&writes->in_flight, write);
                write->call = client_send(writes->client, &write->request, write_done, write);
        }
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
        return writes->n_waiting + writes_in_flight(writes, 0);
}
