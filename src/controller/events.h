/*
 * Events (events.k8s.io/v1): what `kubectl describe` shows of what has happened to a canary.
 *
 * Fire and forget, behind all other writes: none is waited for, tried again or missed by a
 * decision. None is made twice: its name follows from what it is about, and "already exists" is
 * as good as done.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "llc/canary/plan.h"
#include "writes.h"

enum { EVENTS_PENDING_MAX = 256 }; /* what comes on top is dropped */

struct events;

struct events_counters {
        uint64_t sent;    /* the server has taken them */
        uint64_t dropped; /* too many, refused, or not answered */
};

/* instance: who reports, as the host is called; copied. writes is borrowed. */
struct events *events_new(struct writes *writes, const char *instance);
/* After writes_free: what waits there calls back. */
void events_free(struct events *events);
const struct events_counters *events_counters(const struct events *events);

/* The LongLivedCanary that an Event is about. */
struct event_subject {
        const char *namespace_, *name, *uid;
        const char *resource_version; /* that was looked at; NULL = does not matter */
};

/* One Event, now. id: with subject and reason it makes the Event one. */
void events_send(struct events *events, const struct event_subject *subject, const char *id,
                 const struct plan_event *event);

/* What is to be told when something else has been written. */
struct event_batch {
        struct request *requests;
        size_t n;
};

/* Borrows nothing. id is the subject's resourceVersion: what was seen can change only once. */
void event_batch_init(struct event_batch *batch, const struct events *events,
                      const struct event_subject *subject, const struct plan_event *told, size_t n);
void event_batch_deinit(struct event_batch *batch);
/* Leaves the batch empty. */
void events_send_batch(struct events *events, struct event_batch *batch);
