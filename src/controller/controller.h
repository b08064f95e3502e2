/*
 * The controller: informers fill the caches, changes become keys, a key becomes a pass.
 *
 * Everything runs on one loop. A pass looks at the caches anew at each of its steps and keeps
 * nothing borrowed over a turn of the loop.
 */
#pragma once

#include "events.h"
#include "freshness.h"
#include "lag.h"
#include "llc/base/histogram.h"
#include "llc/base/map.h"
#include "llc/kube/client.h"
#include "llc/runtime/informer.h"
#include "llc/runtime/queue.h"
#include "llc/runtime/store.h"
#include "llc/sys/log_quota.h"
#include "options.h"
#include "writes.h"

enum {
        /*
         * Each may hold a template. So many wait for slow answers; as many again do nothing but
         * what decides whether pods take traffic.
         */
        CONTROLLER_MAX_PASSES = 64,
        CONTROLLER_MAX_PASSES_RELABEL = 128,
};

enum controller_cache {
        CACHE_LLCS,     /* struct llc, by "namespace/rollout" */
        CACHE_ROLLOUTS, /* struct rollout */
        CACHE_PODS,     /* struct pod with our name label, by "namespace/canary" */
        CACHE_SERVICES, /* struct service; no decision waits for it */
        CACHES,
};

enum pass_result { /* controller_runtime_reconcile_total{result} */
                   RESULT_SUCCESS,
                   RESULT_REQUEUE,
                   RESULT_REQUEUE_AFTER,
                   RESULT_ERROR,
                   RESULTS,
};

struct controller_counters {
        uint64_t results[RESULTS];
        uint64_t relabels;
        /* From a Rollout's new stable hash, as first seen, to the answer that a pod has it. */
        struct histogram relabel_seconds;
        struct histogram pass_seconds;
};

struct controller {
        struct loop *loop;
        struct client *client;
        struct arena arena; /* lives as long as the controller: projections, names */
        uint64_t seed[2];

        struct store *stores[CACHES];
        bool no_streaming[CACHES];           /* of lists; found out by the informers */
        struct informer **informers[CACHES]; /* one for each scope */
        const char *const *scopes;           /* namespaces; one NULL = all */
        size_t n_scopes;
        int64_t consistency_ms;   /* of the informers */
        struct log_quota skipped; /* lines about objects that can't be read */

        struct queue *queue;
        struct writes *writes;
        struct events *events;
        struct freshness *freshness;
        struct lag *lag;
        struct lag *service_changes; /* since when Services select what they do, by their keys */
        struct loop_timer *work_timer;
        struct map passes; /* running, by key */
        bool draining;
        void (*on_drained)(void *ctx);
        void *on_drained_ctx;

        struct controller_counters counters;
        int64_t started_ms; /* wall clock */
};

struct controller_options {
        struct loop *loop;
        struct client *client; /* borrowed */
        const char *const *namespaces;
        size_t n_namespaces;    /* 0 = all */
        int64_t consistency_ms; /* between comparisons of caches and server; 0 = never */
        const char *hostname;   /* who reports Events */
};

struct controller *controller_new(const struct controller_options *options);
void controller_free(struct controller *controller);

void controller_start(struct controller *controller);
/* All caches that decisions need are filled: decisions are being made. */
bool controller_is_ready(const struct controller *controller);
/* Starts no more passes; calls on_drained (perhaps at once) when no write is in flight. */
void controller_drain(struct controller *controller, void (*on_drained)(void *ctx), void *ctx);

/* For the passes. The informer that looks after a namespace. */
const struct informer *controller_informer(const struct controller *controller,
                                           enum controller_cache cache, const char *namespace_);
/* Something may be due: look at the queue in the next turn of the loop. */
void controller_wake(struct controller *controller);
/* The pass of key is over and freed. */
void controller_pass_ended(struct controller *controller, const char *key);
