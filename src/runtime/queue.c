/*
 * Two heaps of the same items: `later` by due time, and `ready` by priority, to which items move
 * when they are due. An item that is being processed is in neither; when it is added meanwhile it
 * waits with its due time and priority until it is done.
 */
#include "llc/runtime/queue.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "jitter.h"
#include "llc/base/map.h"

enum { BACKOFF_SPREAD_PERCENT = 25 };

/* client-go's, from the clock's resolution on. */
static const double SECONDS_BOUNDS[] = { 0.001, 0.01, 0.1, 1, 10, 100, 1000 };

struct item {
        int64_t due_ms;
        int64_t taken_ms;  /* while processing */
        uint64_t seq;      /* breaks ties: first come, first served */
        struct heap *heap; /* NULL = in none */
        size_t index;      /* in heap */
        enum queue_priority priority;
        unsigned failures;
        bool waiting; /* due_ms and priority count */
        bool processing;
        char key[];
};

struct heap {
        struct item **items;
        size_t n, cap;
        bool (*before)(const struct item *a, const struct item *b);
};

struct queue {
        struct map items; /* key → struct item */
        struct heap ready, later;
        struct jitter_backoff backoff;
        struct jitter jitter;
        uint64_t seq;
        struct queue_counters counters;
};

static bool item_is_due_before(const struct item *a, const struct item *b) {
        return a->due_ms != b->due_ms ? a->due_ms < b->due_ms : a->seq < b->seq;
}

static bool item_is_more_urgent(const struct item *a, const struct item *b) {
        return a->priority != b->priority ? a->priority < b->priority : item_is_due_before(a, b);
}

static void heap_place(struct heap *heap, size_t index, struct item *item) {
        heap->items[index] = item;
        item->index = index;
}

static void heap_up(struct heap *heap, struct item *item) {
        size_t i = item->index;

        while (i > 0 && heap->before(item, heap->items[(i - 1) / 2])) {
                heap_place(heap, i, heap->items[(i - 1) / 2]);
                i = (i - 1) / 2;
        }
        heap_place(heap, i, item);
}

static void heap_down(struct heap *heap, struct item *item) {
        size_t i = item->index, child;

        while ((child = 2 * i + 1) < heap->n) {
                if (child + 1 < heap->n && heap->before(heap->items[child + 1], heap->items[child]))
                        child++;
                if (!heap->before(heap->items[child], item))
                        break;
                heap_place(heap, i, heap->items[child]);
                i = child;
        }
        heap_place(heap, i, item);
}

static void heap_push(struct heap *heap, struct item *item) {
        if (heap->n == heap->cap) {
                heap->cap = heap->cap ? heap->cap * 2 : 16;
                heap->items = realloc(heap->items, heap->cap * sizeof(struct item *));
        }
        item->heap = heap;
        heap_place(heap, heap->n++, item);
        heap_up(heap, item);
}

static void heap_remove(struct item *item) {
        struct heap *heap = item->heap;
        struct item *last;

        if (!heap)
                return;
        last = heap->items[--heap->n];
        item->heap = NULL;
        if (last == item)
                return;
        heap_place(heap, item->index, last);
        heap_up(heap, last);
        heap_down(heap, last);
}

struct queue *queue_new(const struct queue_options *options) {
        struct queue *queue = calloc(1, sizeof(*queue));

        assert(options->backoff_min_ms > 0 && options->backoff_max_ms >= options->backoff_min_ms);
        map_init(&queue->items, options->seed);
        queue->ready.before = item_is_more_urgent;
        queue->later.before = item_is_due_before;
        queue->backoff = (struct jitter_backoff){ .min_ms = options->backoff_min_ms,
                                                  .max_ms = options->backoff_max_ms,
                                                  .spread_percent = BACKOFF_SPREAD_PERCENT };
        queue->jitter = (struct jitter){ .seed = { options->seed[0], options->seed[1] } };
        queue->counters.waited_seconds = HISTOGRAM_INIT(SECONDS_BOUNDS);
        queue->counters.worked_seconds = HISTOGRAM_INIT(SECONDS_BOUNDS);
        return queue;
}

void queue_free(struct queue *queue) {
        size_t cursor = 0;
        const char *key;
        void *item;

        if (!queue)
                return;
        while (map_next(&queue->items, &cursor, &key, &item))
                free(item);
        map_deinit(&queue->items);
        free(queue->ready.items);
        free(queue->later.items);
        free(queue);
}

static struct item *queue_item(struct queue *queue, const char *key) {
        struct item *item = map_get(&queue->items, key);
        size_t size = strlen(key) + 1;

        if (!item) {
                item = calloc(1, sizeof(*item) + size);
                memcpy(item->key, key, size);
                map_put(&queue->items, item->key, item);
        }
        return item;
}

/* Frees an item that nothing is known about any more. */
static void queue_settle(struct queue *queue, struct item *item) {
        if (item->waiting || item->processing || item->failures > 0)
                return;
        map_remove(&queue->items, item->key);
        free(item);
}

void queue_add_at(struct queue *queue, const char *key, enum queue_priority priority,
                  int64_t due_ms) {
        struct item *item = queue_item(queue, key);
        struct heap *heap = item->heap ? item->heap : &queue->later;

        if (item->waiting && item->due_ms <= due_ms && item->priority <= priority)
                return;
        heap_remove(item);
        if (!item->waiting || due_ms < item->due_ms) {
                item->due_ms = due_ms;
                item->seq = queue->seq++;
        }
        if (!item->waiting || priority < item->priority)
                item->priority = priority;
        item->waiting = true;
        if (!item->processing)
                heap_push(heap, item);
}

void queue_add(struct queue *queue, const char *key, enum queue_priority priority, int64_t now_ms) {
        queue_add_at(queue, key, priority, now_ms);
}

int64_t queue_add_backoff(struct queue *queue, const char *key, enum queue_priority priority,
                          int64_t now_ms) {
        return queue_add_paced(queue, key, priority, now_ms, 0);
}

int64_t queue_add_paced(struct queue *queue, const char *key, enum queue_priority priority,
                        int64_t now_ms, int64_t least_ms) {
        struct item *item = queue_item(queue, key);
        int64_t delay_ms = jitter_delay(&queue->jitter, &queue->backoff, item->failures);

        if (delay_ms < least_ms)
                delay_ms = least_ms;
        item->failures++;
        queue->counters.retries++;
        queue_add_at(queue, key, priority, now_ms + delay_ms);
        return delay_ms;
}

void queue_forget(struct queue *queue, const char *key) {
        struct item *item = map_get(&queue->items, key);

        if (!item)
                return;
        item->failures = 0;
        queue_settle(queue, item);
}

static double seconds_between(int64_t from_ms, int64_t to_ms) {
        return (double)(to_ms - from_ms) / 1000;
}

/* Moves what is due from later to ready. */
static void queue_ripen(struct queue *queue, int64_t now_ms) {
        while (queue->later.n > 0 && queue->later.items[0]->due_ms <= now_ms) {
                struct item *item = queue->later.items[0];

                heap_remove(item);
                heap_push(&queue->ready, item);
        }
}

const char *queue_take(struct queue *queue, int64_t now_ms) {
        return queue_take_urgent(queue, QUEUE_BACKGROUND, now_ms);
}

const char *queue_take_urgent(struct queue *queue, enum queue_priority least, int64_t now_ms) {
        struct item *item;

        queue_ripen(queue, now_ms);
        if (queue->ready.n == 0 || queue->ready.items[0]->priority > least)
                return NULL;
        item = queue->ready.items[0];
        heap_remove(item);
        item->waiting = false;
        item->processing = true;
        item->taken_ms = now_ms;
        histogram_observe(&queue->counters.waited_seconds, seconds_between(item->due_ms, now_ms));
        return item->key;
}

void queue_done(struct queue *queue, const char *key, int64_t now_ms) {
        struct item *item = map_get(&queue->items, key);

        assert(item && item->processing);
        item->processing = false;
        histogram_observe(&queue->counters.worked_seconds, seconds_between(item->taken_ms, now_ms));
        if (item->waiting)
                heap_push(item->due_ms <= now_ms ? &queue->ready : &queue->later, item);
        queue_settle(queue, item);
}

bool queue_next_due(const struct queue *queue, int64_t *ret_due_ms) {
        if (queue->later.n == 0)
                return false;
        *ret_due_ms = queue->later.items[0]->due_ms;
        return true;
}

size_t queue_depth(const struct queue *queue) {
        return queue->ready.n + queue->later.n;
}

const struct queue_counters *queue_counters(const struct queue *queue) {
        return &queue->counters;
}

void queue_survey(const struct queue *queue, int64_t now_ms, struct queue_survey *ret_survey) {
        /* What became due was taken or still is: a count that never needs to be kept. */
        struct queue_survey survey = { .adds = queue->counters.waited_seconds.count };
        size_t cursor = 0;
        const char *key;
        void *value;

        while (map_next(&queue->items, &cursor, &key, &value)) {
                const struct item *item = value;
                double seconds = item->processing ? seconds_between(item->taken_ms, now_ms) : 0;

                if (item->waiting && item->due_ms <= now_ms) {
                        survey.due[item->priority]++;
                        survey.adds++;
                }
                survey.unfinished_seconds += seconds;
                if (seconds > survey.longest_seconds)
                        survey.longest_seconds = seconds;
        }
        *ret_survey = survey;
}
