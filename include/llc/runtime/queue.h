/*
 * The work queue: keys of objects that need a pass. Time is an argument; nothing here is async.
 *
 * A key is in the queue at most once. Adding a key that is being processed makes it come again
 * after queue_done. Lower priority numbers go first; within one, first come first served.
 * Source of the rules: client-go util/workqueue, controller-runtime priorityqueue.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "llc/base/histogram.h"

enum queue_priority {
        QUEUE_RELABEL,    /* what decides on traffic: a Rollout's change, or a user's */
        QUEUE_CHANGE,     /* a pod's change */
        QUEUE_BACKGROUND, /* initial list, relists, retries */
        QUEUE_PRIORITIES,
};

struct queue_options {
        int64_t backoff_min_ms; /* first delay after a failure; doubles each time */
        int64_t backoff_max_ms;
        uint64_t seed[2]; /* for hashing and jitter */
};

struct queue;

struct queue *queue_new(const struct queue_options *options);
void queue_free(struct queue *queue);

/* Due now. Keeps the more urgent priority when the key already waits. */
void queue_add(struct queue *queue, const char *key, enum queue_priority priority, int64_t now_ms);
/* Due at due_ms unless it is added sooner; keeps the earlier time when the key already waits. */
void queue_add_at(struct queue *queue, const char *key, enum queue_priority priority,
                  int64_t due_ms);
/* Due after the key's next back-off delay (exponential, up to 25 % jitter). Returns the delay. */
int64_t queue_add_backoff(struct queue *queue, const char *key, enum queue_priority priority,
                          int64_t now_ms);
/* The same, but not sooner than after so long. */
int64_t queue_add_paced(struct queue *queue, const char *key, enum queue_priority priority,
                        int64_t now_ms, int64_t least_ms);
/* Forgets the key's failures. */
void queue_forget(struct queue *queue, const char *key);

/* The next due key, now being processed until queue_done; NULL when none is due. Borrowed. */
const char *queue_take(struct queue *queue, int64_t now_ms);
/* The same, but none that is less urgent than least. */
const char *queue_take_urgent(struct queue *queue, enum queue_priority least, int64_t now_ms);
void queue_done(struct queue *queue, const char *key, int64_t now_ms);

/* When the next key will be due, of those that were not when one was last taken; false: none. */
bool queue_next_due(const struct queue *queue, int64_t *ret_due_ms);
size_t queue_depth(const struct queue *queue); /* waiting, due or not */

/* What client-go counts as workqueue_…; milliseconds are the finest. */
struct queue_counters {
        uint64_t retries;                /* queue_add_backoff */
        struct histogram waited_seconds; /* from due to taken */
        struct histogram worked_seconds; /* from taken to done */
};

const struct queue_counters *queue_counters(const struct queue *queue);

/* At one moment; walks all keys. */
struct queue_survey {
        size_t due[QUEUE_PRIORITIES]; /* waiting, also for the end of their own pass */
        uint64_t adds;                /* how often a key became due, ever */
        double unfinished_seconds;    /* of all that is being processed */
        double longest_seconds;       /* of what is being processed longest */
};

void queue_survey(const struct queue *queue, int64_t now_ms, struct queue_survey *ret_survey);
