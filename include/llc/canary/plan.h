/*
 * What one pass decided, as a value: it can be performed, printed and compared.
 *
 * Actions stand in the order in which they are to be started; those of one kind are independent
 * of each other, and one that fails never holds up the rest. The status is written last.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "llc/api/llc.h"
#include "llc/base/arena.h"
#include "llc/base/json.h"
#include "llc/base/strbuf.h"

enum action_kind {
        ACTION_RELABEL, /* merge patch: the hash label */
        ACTION_HOLD,    /* merge patch: take the template labels off, save them in an annotation */
        ACTION_RELEASE, /* merge patch: put saved labels back, with the present hash */
        ACTION_STRIP,   /* merge patch: take the template labels off an orphan */
        ACTION_RECOUNT, /* merge patch of a PodDisruptionBudget's annotation: count again */
        ACTION_DELETE,  /* delete with a UID precondition */
        ACTION_CREATE,  /* create from body */
};

struct action {
        enum action_kind kind;
        const char *name; /* of the pod or, of a recount, the PodDisruptionBudget */
        const char *uid;  /* precondition; NULL for a create */
        struct json *
                body; /* the pod, or the merge patch (it carries metadata.uid); NULL for a delete */
        const char *reason; /* short, for logs: "stable changed from a to b" */
};

/* What must be read live before this plan is complete: perform its actions, read, decide again. */
enum plan_read {
        PLAN_READ_NOTHING,
        PLAN_READ_CANARY,     /* pods are missing: is it gone itself, and they with it? */
        PLAN_READ_ROLLOUT,    /* not in the cache: is it really gone? */
        PLAN_READ_REPLICASET, /* plan.replicaset_name: its template or its ready pods are needed */
        PLAN_READ_BUDGETS,    /* pods have lost labels that PodDisruptionBudgets may select on */
};

/* A transition worth an Event of the LongLivedCanary. Sent once the status that says so is written. */
struct plan_event {
        bool warning;
        const char *reason; /* CamelCase */
        const char *action; /* CamelCase: what the controller did or tries to do */
        const char *note;
};

struct plan {
        struct action *actions; /* in the arena; bodies are owned by the plan */
        size_t n_actions;
        enum plan_read read;
        const char *replicaset_name;
        bool has_status;          /* the status must be written */
        struct llc_status status; /* the status that is true now, whether written or not */
        bool reserves;            /* incarnations differ: write with the resourceVersion */
        bool tell_now; /* write it in this pass, even after actions: it must not be lost */
        struct plan_event *events; /* what the status says that the stored one does not */
        size_t n_events;
        bool has_deadline;
        int64_t deadline; /* ms: look again then, even if nothing happens */
};

/* Frees what the arena does not own. */
void plan_deinit(struct plan *plan);
#define PLAN_CLEANUP __attribute__((cleanup(plan_deinit)))

const char *action_kind_name(enum action_kind kind);

/* A readable, stable text of the whole plan: what golden cases compare. */
void plan_print(const struct plan *plan, struct strbuf *out);
