#include "actions.h"

#include <stdlib.h>
#include <string.h>

#include "apply.h"
#include "fate.h"
#include "llc/api/resource.h"
#include "llc/sys/clock.h"
#include "outcome.h"

/* Belongs to the pass, so that it goes with it when the process ends first. */
struct sent_action {
        struct actions *actions;
        struct sent_action *next;
        size_t index; /* in the order of the plans */
        unsigned round;
        bool answered;
        enum action_kind kind;
        char *name;
        char *uid;        /* NULL for a create */
        char *reason;     /* NULL = none */
        char *owner_uid;  /* of the LongLivedCanary it was decided for; NULL = there is none */
        bool lags;        /* a relabel because of a new stable hash */
        int64_t since_us; /* when that was seen */
};

void actions_deinit(struct actions *actions) {
        while (actions->newest) {
                struct sent_action *sent = actions->newest;

                actions->newest = sent->next;
                free(sent->owner_uid);
                free(sent->reason);
                free(sent->uid);
                free(sent->name);
                free(sent);
        }
}

bool failure_may_pass(const struct err *err) {
        return err->code != ERR_INVALID && err->code != ERR_TERMINATING &&
               err->code != ERR_TOO_LARGE;
}

static bool kind_is_urgent(enum action_kind kind) {
        switch (kind) {
        case ACTION_RELABEL:
        case ACTION_HOLD:
        case ACTION_RELEASE:
        case ACTION_STRIP:
                return true;
        case ACTION_RECOUNT:
        case ACTION_DELETE:
        case ACTION_CREATE:
                return false;
        }
        return false;
}

static void action_failed(const struct sent_action *sent, const struct err *err) {
        struct actions *actions = sent->actions;

        actions->may_pass |= failure_may_pass(err);
        actions->urgent_failed |= kind_is_urgent(sent->kind);
        if (actions->failed && actions->failed->index < sent->index)
                return;
        actions->error = *err;
        actions->failed = sent;
}

static void action_answered(struct sent_action *sent) {
        sent->answered = true;
        sent->actions->n_in_flight--;
        sent->actions->on_answered(sent->actions->ctx);
}

/* The pod is as the answer says: no decision from a cache that is older. */
static void action_wrote(const struct sent_action *sent, struct bytes body) {
        const struct actions *actions = sent->actions;
        const struct informer *pods =
                controller_informer(actions->controller, CACHE_PODS, actions->namespace_);
        struct outcome outcome;

        outcome_read(body, &outcome);
        freshness_wrote(actions->controller->freshness, actions->key, FRESHNESS_PODS,
                        bytes_of(outcome.resource_version), pods);
}

/* A pod has the name that we need: is it one that the cache will never show as ours? */
static bool action_is_taken(const struct sent_action *sent, const struct outcome *outcome,
                            struct err *ret_err) {
        const char *canary = strchr(sent->actions->key, '/');

        if (sent->kind != ACTION_CREATE)
                return false;
        if (strcmp(outcome->controller_uid, sent->owner_uid) != 0)
                err_set(ret_err, ERR_ALREADY_EXISTS,
                        "pod %s exists and is not ours: delete it, or wait until it is gone",
                        sent->name);
        else if (!canary || strcmp(outcome->name_label, canary + 1) != 0)
                err_set(ret_err, ERR_ALREADY_EXISTS,
                        "pod %s has lost its label " LABEL_NAME ": put it back, or delete the pod",
                        sent->name);
        else
                return false;
        return true;
}

/*
 * Pods come and go by what we do: that is told when it is known. body is the created pod; its UID
 * makes the Event this pod's own, since a name is given again when its pod is gone (see slots).
 */
static void action_tell(const struct sent_action *sent, struct bytes body) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        const char *canary = strchr(sent->actions->key, '/');
        bool created = sent->kind == ACTION_CREATE;
        const struct event_subject subject = {
                .namespace_ = sent->actions->namespace_,
                .name = canary ? canary + 1 : "",
                .uid = sent->owner_uid,
        };
        const struct plan_event event = {
                .reason = created ? "PodCreated" : "PodDeleted",
                .action = created ? "CreatePod" : "DeletePod",
                .note = created ? arena_printf(&arena, "Created pod %s", sent->name)
                                : arena_printf(&arena, "Deleted pod %s: %s", sent->name,
                                               sent->reason ? sent->reason : "not needed"),
        };

        struct outcome outcome = { .uid = "" };

        if (!sent->owner_uid || (!created && sent->kind != ACTION_DELETE))
                return;
        if (created)
                outcome_read(body, &outcome);
        events_send(sent->actions->controller->events, &subject, created ? outcome.uid : sent->uid,
                    &event);
}

/* What a live GET says about a write whose answer was lost, or a name that was taken. */
static void action_resolved(void *ctx, struct bytes body, const struct err *err) {
        struct sent_action *sent = ctx;
        struct outcome outcome;
        struct err taken;

        if (err) {
                if (err->code != ERR_NOT_FOUND)
                        action_failed(sent, err);
                else if (sent->kind == ACTION_DELETE)
                        action_tell(sent, body);
        } else {
                outcome_read(body, &outcome);
                if (action_is_taken(sent, &outcome, &taken)) {
                        action_failed(sent, &taken);
                } else {
                        action_wrote(sent, body);
                        if (sent->kind == ACTION_CREATE)
                                action_tell(sent, body);
                }
        }
        sent->actions->look_again = true;
        action_answered(sent);
}

static void action_resolve(struct sent_action *sent) {
        const struct request_object object = {
                .resource = &RESOURCE_POD,
                .namespace_ = sent->actions->namespace_,
                .name = sent->name,
        };
        struct request request;

        request_get(&object, &request);
        writes_send(sent->actions->controller->writes, WRITES_URGENT, &request, action_resolved,
                    sent);
}

static void action_count(const struct sent_action *sent) {
        struct controller_counters *counters = &sent->actions->controller->counters;

        counters->relabels += sent->kind == ACTION_RELABEL;
        if (sent->lags)
                histogram_observe(&counters->relabel_seconds,
                                  (double)(clock_monotonic_us() - sent->since_us) / 1e6);
}

static void action_done(void *ctx, struct bytes body, const struct err *err) {
        struct sent_action *sent = ctx;
        struct actions *actions = sent->actions;

        fate_log_action(actions->key, sent->kind, sent->name, err);
        if (!err) {
                if (sent->kind != ACTION_RECOUNT)
                        action_wrote(sent, body);
                action_count(sent);
                action_tell(sent, body);
        } else if (sent->kind != ACTION_RECOUNT &&
                   (err->code == ERR_AMBIGUOUS || err->code == ERR_ALREADY_EXISTS)) {
                /* A server that always fails is not pressed. */
                if (err->code == ERR_AMBIGUOUS)
                        action_failed(sent, err);
                action_resolve(sent);
                return;
        } else if (err->code == ERR_NOT_FOUND || err->code == ERR_CONFLICT) {
                actions->look_again = true; /* it is gone or another: the next look will tell */
        } else {
                action_failed(sent, err); /* a recount shows by itself whether it was done */
        }
        action_answered(sent);
}

bool action_is_urgent(const struct action *planned) {
        return kind_is_urgent(planned->kind);
}

void actions_send(struct actions *actions, const struct world *world,
                  const struct action *planned) {
        struct sent_action *sent = calloc(1, sizeof(*sent));
        struct request request = { .verb = REQUEST_GET };

        *sent = (struct sent_action){
                .actions = actions,
                .next = actions->newest,
                .index = actions->n_sent++,
                .round = actions->round,
                .kind = planned->kind,
                .name = strdup(planned->name),
                .uid = planned->uid ? strdup(planned->uid) : NULL,
                .reason = planned->reason ? strdup(planned->reason) : NULL,
                .owner_uid = world->llc ? strdup(world->llc->meta->uid) : NULL,
        };
        sent->lags = planned->kind == ACTION_RELABEL &&
                     lag_since(actions->controller->lag, actions->key, &sent->since_us);
        actions->newest = sent;
        actions->n_in_flight++;
        actions->on_pods |= planned->kind != ACTION_RECOUNT;
        apply_action_request(planned, actions->namespace_, &request);
        writes_send(actions->controller->writes,
                    action_is_urgent(planned) ? WRITES_URGENT : WRITES_NORMAL, &request,
                    action_done, sent);
}

bool actions_have(const struct actions *actions, const struct action *planned) {
        for (const struct sent_action *sent = actions->newest; sent; sent = sent->next)
                if ((sent->round == actions->round || !action_is_urgent(planned)) &&
                    sent->kind == planned->kind && strcmp(sent->name, planned->name) == 0)
                        return true;
        return false;
}

bool actions_wait_for(const struct actions *actions, const struct action *planned) {
        for (const struct sent_action *sent = actions->newest; sent; sent = sent->next)
                if (!sent->answered && strcmp(sent->name, planned->name) == 0)
                        return true;
        return false;
}

struct action actions_failed(const struct actions *actions) {
        return (struct action){ .kind = actions->failed->kind, .name = actions->failed->name };
}
