/*
 * A pass goes through at most one round of actions, one live read and one status write:
 *
 *   decide ─┬─ actions ── all answered ─┬─ a failure, or a new generation: decide again, report
 *           │                           └─ look again when the cache shows our writes
 *           ├─ a live read ── decide again
 *           └─ status ── done
 *
 * What decides whether a pod takes traffic waits for none of this: when the Rollout changes, a read
 * under way is dropped and the pass decides anew, or relabels, holds and releases go out beside
 * the writes that are not answered yet (pass_hurry), or of what the cache does not show yet of the
 * canary itself.
 *
 * Between two steps the loop turns, the caches may change and borrowed pointers die, so each
 * step observes and decides anew; the decision is pure and costs microseconds. What survives a
 * turn is only what is in struct pass.
 */
#include "pass.h"

#include <stdlib.h>
#include <string.h>

#include "apply.h"
#include "fate.h"
#include "llc/api/resource.h"
#include "llc/canary/reconcile.h"
#include "llc/sys/clock.h"
#include "observe.h"
#include "outcome.h"

struct pass {
        struct controller *controller;
        char *key;
        char *namespace_;
        int64_t started_us;
        struct live_read live;
        struct client_call *read_call;
        struct pass_action *actions; /* newest first */
        size_t n_actions, n_in_flight;
        bool acted, look_again;
        bool reported;  /* from here on only what is urgent is done */
        bool reporting; /* the status is on its way */
        /* What is told: of the actions that failed the first of the plan, whoever answered first. */
        const struct pass_action *failed; /* NULL = no action: a read, or the status */
        struct err error;                 /* ERR_NONE = all went well */
        bool may_pass; /* one of the failures, told or not, may be gone at the next try */
        bool has_deadline;
        int64_t deadline; /* wall clock, ms */
};

/* One action; belongs to the pass, so that it goes with it when the process ends first. */
struct pass_action {
        struct pass *pass;
        struct pass_action *next;
        size_t index; /* in the order of the plan */
        bool answered;
        enum action_kind kind;
        char *pod;
        char *owner_uid; /* of the LongLivedCanary it was decided for */
};

static void pass_decide(struct pass *pass);
static void pass_act_urgently(struct pass *pass);

void pass_free(struct pass *pass) {
        client_cancel(pass->read_call);
        live_read_deinit(&pass->live);
        while (pass->actions) {
                struct pass_action *action = pass->actions;

                pass->actions = action->next;
                free(action->owner_uid);
                free(action->pod);
                free(action);
        }
        free(pass->namespace_);
        free(pass->key);
        free(pass);
}

static const struct informer *pass_informer(const struct pass *pass, enum controller_cache cache) {
        return controller_informer(pass->controller, cache, pass->namespace_);
}

static void pass_end(struct pass *pass) {
        struct controller *controller = pass->controller;
        struct fate fate = {
                .key = pass->key,
                .error = &pass->error,
                .may_pass = pass->may_pass,
                .look_again = pass->look_again,
                .has_deadline = pass->has_deadline,
                .deadline = pass->deadline,
        };

        histogram_observe(&controller->counters.pass_seconds,
                          (double)(clock_monotonic_us() - pass->started_us) / 1e6);
        fate_decide(controller, &fate);
        controller_pass_ended(controller, pass->key);
        pass_free(pass);
}

static void pass_fail(struct pass *pass, const struct pass_action *action, const struct err *err) {
        pass->may_pass |= err->code != ERR_INVALID && err->code != ERR_TOO_LARGE;
        if (pass->error.code != ERR_NONE &&
            !(action && pass->failed && action->index <= pass->failed->index))
                return;
        pass->error = *err;
        pass->failed = action;
}

/* All actions are answered: report at once when something must be told now. */
static void pass_action_ended(struct pass_action *action) {
        struct pass *pass = action->pass;

        action->answered = true;
        if (--pass->n_in_flight == 0 && !pass->read_call && !pass->reporting)
                pass_decide(pass);
}

static void pass_wrote(struct pass *pass, enum freshness_of of, struct bytes body) {
        struct outcome outcome;

        outcome_read(body, &outcome);
        freshness_wrote(pass->controller->freshness, pass->key, of,
                        bytes_of(outcome.resource_version),
                        pass_informer(pass, of == FRESHNESS_PODS ? CACHE_PODS : CACHE_LLCS));
}

/* A pod has the name that we need: is it one that the cache will never show as ours? */
static bool pass_action_taken(const struct pass_action *action, const struct outcome *outcome,
                              struct err *ret_err) {
        const char *canary = strchr(action->pass->key, '/');

        if (strcmp(outcome->controller_uid, action->owner_uid) != 0)
                err_set(ret_err, ERR_ALREADY_EXISTS,
                        "pod %s exists and is not ours: delete it, or wait until it is gone",
                        action->pod);
        else if (!canary || strcmp(outcome->name_label, canary + 1) != 0)
                err_set(ret_err, ERR_ALREADY_EXISTS,
                        "pod %s has lost its label " LABEL_NAME ": put it back, or delete the pod",
                        action->pod);
        else
                return false;
        return true;
}

/* What a live GET says about a write whose answer was lost, or a name that was taken. */
static void pass_action_resolved(void *ctx, struct bytes body, const struct err *err) {
        struct pass_action *action = ctx;
        struct outcome outcome;
        struct err taken;

        if (err) {
                if (err->code != ERR_NOT_FOUND)
                        pass_fail(action->pass, action, err);
        } else {
                outcome_read(body, &outcome);
                if (pass_action_taken(action, &outcome, &taken))
                        pass_fail(action->pass, action, &taken);
                else
                        pass_wrote(action->pass, FRESHNESS_PODS, body);
        }
        action->pass->look_again = true;
        pass_action_ended(action);
}

static void pass_action_resolve(struct pass_action *action) {
        const struct request_object object = {
                .resource = &RESOURCE_POD,
                .namespace_ = action->pass->namespace_,
                .name = action->pod,
        };
        struct request request;

        request_get(&object, &request);
        writes_send(action->pass->controller->writes, WRITES_URGENT, &request, pass_action_resolved,
                    action);
}

static void pass_action_done(void *ctx, struct bytes body, const struct err *err) {
        struct pass_action *action = ctx;
        struct pass *pass = action->pass;

        fate_log_action(pass->key, action->kind, action->pod, err);
        if (!err) {
                pass_wrote(pass, FRESHNESS_PODS, body);
                pass->controller->counters.relabels += action->kind == ACTION_RELABEL;
        } else if (err->code == ERR_AMBIGUOUS || err->code == ERR_ALREADY_EXISTS) {
                /* A server that always fails is not pressed. */
                if (err->code == ERR_AMBIGUOUS)
                        pass_fail(pass, action, err);
                pass_action_resolve(action);
                return;
        } else if (err->code == ERR_NOT_FOUND || err->code == ERR_CONFLICT) {
                pass->look_again = true; /* the pod is gone or another: the cache will tell */
        } else {
                pass_fail(pass, action, err);
        }
        pass_action_ended(action);
}

static bool is_urgent(const struct action *planned) {
        return planned->kind == ACTION_RELABEL || planned->kind == ACTION_HOLD ||
               planned->kind == ACTION_RELEASE;
}

static void pass_send(struct pass *pass, const struct world *world, const struct action *planned) {
        struct pass_action *action = calloc(1, sizeof(*action));
        struct request request = { .verb = REQUEST_GET };

        *action = (struct pass_action){
                .pass = pass,
                .next = pass->actions,
                .index = pass->n_actions++,
                .kind = planned->kind,
                .pod = strdup(planned->name),
                .owner_uid = strdup(world->llc->meta->uid),
        };
        pass->actions = action;
        pass->n_in_flight++;
        pass->acted = true;
        apply_action_request(planned, pass->namespace_, &request);
        writes_send(pass->controller->writes, is_urgent(planned) ? WRITES_URGENT : WRITES_NORMAL,
                    &request, pass_action_done, action);
}

static void pass_act(struct pass *pass, const struct world *world, const struct plan *plan) {
        for (size_t i = 0; i < plan->n_actions; i++)
                pass_send(pass, world, &plan->actions[i]);
}

static bool pass_is_writing(const struct pass *pass) {
        return pass->n_in_flight > 0 || pass->reporting;
}

/* Is an action on this pod on its way? */
static bool pass_is_acting_on(const struct pass *pass, const char *pod) {
        for (const struct pass_action *action = pass->actions; action; action = action->next)
                if (!action->answered && strcmp(action->pod, pod) == 0)
                        return true;
        return false;
}

static void pass_rollout_read(void *ctx, struct bytes body, const struct err *err) {
        struct pass *pass = ctx;
        struct err failure;

        pass->read_call = NULL;
        if (outcome_rollout(body, err, &pass->live, &failure) < 0)
                pass_fail(pass, NULL, &failure);
        else if (pass_is_writing(pass) || pass->reported)
                pass_act_urgently(pass);
        if (!pass_is_writing(pass))
                pass_decide(pass);
}

static void pass_replicaset_read(void *ctx, struct bytes body, const struct err *err) {
        struct pass *pass = ctx;
        struct err failure;

        pass->read_call = NULL;
        if (outcome_replicaset(body, err, &pass->live, &failure) < 0)
                pass_fail(pass, NULL, &failure);
        pass_decide(pass);
}

static void pass_read(struct pass *pass, const struct world *world, const struct plan *plan) {
        bool rollout = plan->read == PLAN_READ_ROLLOUT;
        const struct request_object object = {
                .resource = rollout ? &RESOURCE_ROLLOUT : &RESOURCE_REPLICASET,
                .namespace_ = pass->namespace_,
                .name = rollout ? world->llc->spec->rollout_ref->name : plan->replicaset_name,
        };
        REQUEST_CLEANUP struct request request = { .verb = REQUEST_GET };

        if (!rollout) {
                free(pass->live.replicaset_name);
                pass->live.replicaset_name = strdup(plan->replicaset_name);
        }
        request_get(&object, &request);
        pass->read_call = client_send(pass->controller->client, &request,
                                      rollout ? pass_rollout_read : pass_replicaset_read, pass);
}

/* Beside the writes that are under way, what can't wait for their answers. */
static void pass_act_urgently(struct pass *pass) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        PLAN_CLEANUP struct plan plan = { .n_actions = 0 };
        struct world world;

        if (!observe(pass->controller, pass->key, &pass->live, &arena, &world) ||
            !freshness_caught_up(pass->controller->freshness, pass->key, FRESHNESS_PODS,
                                 pass_informer(pass, CACHE_PODS)))
                return;
        reconcile(&world, &arena, &plan);
        for (size_t i = 0; i < plan.n_actions; i++)
                if (is_urgent(&plan.actions[i]) && !pass_is_acting_on(pass, plan.actions[i].name))
                        pass_send(pass, &world, &plan.actions[i]);
        if (plan.read == PLAN_READ_ROLLOUT && !pass->read_call)
                pass_read(pass, &world, &plan);
}

void pass_hurry(struct pass *pass) {
        client_cancel(pass->read_call); /* older than the change, like what was read before */
        pass->read_call = NULL;
        pass->live.rollout_read = false;
        if (pass_is_writing(pass))
                pass_act_urgently(pass);
        else
                pass_decide(pass);
}

static void pass_status_written(void *ctx, struct bytes body, const struct err *err) {
        struct pass *pass = ctx;

        pass->reporting = false;
        if (!err) {
                pass_wrote(pass, FRESHNESS_CANARY, body);
        } else if (err->code == ERR_NOT_FOUND || err->code == ERR_CONFLICT) {
                pass->look_again = true; /* gone or changed: the cache will tell */
        } else {
                pass_fail(pass, NULL, err); /* also when it is unknown: the next pass finds out */
        }
        if (!pass_is_writing(pass) && !pass->read_call)
                pass_end(pass);
}

static void pass_report(struct pass *pass, const struct world *world, const struct plan *plan) {
        struct request request = { .verb = REQUEST_GET };

        pass->reported = pass->reporting = true;
        apply_status_request(world, plan, &request);
        writes_send(pass->controller->writes, WRITES_NORMAL, &request, pass_status_written, pass);
}

/*
 * After actions the cache will soon show their effect and call for another pass, which writes the
 * status once for all of it. Only a failure, or a generation that nobody has answered, is told now.
 */
static bool pass_must_report_now(const struct pass *pass, const struct world *world) {
        const struct llc_status *status = world->llc->status;

        return !pass->acted || pass->error.code != ERR_NONE || !status ||
               !status->has_observed_generation ||
               status->observed_generation != world->llc->meta->generation;
}

static void pass_follow(struct pass *pass, const struct world *world, struct plan *plan) {
        bool has_read = plan->read == PLAN_READ_ROLLOUT ? pass->live.rollout_read
                                                        : pass->live.replicaset_read;
        bool may_go_on = !pass->acted && !pass->reported && pass->error.code == ERR_NONE;

        pass->has_deadline = plan->has_deadline;
        pass->deadline = plan->deadline;
        if (may_go_on && plan->n_actions > 0) {
                pass_act(pass, world, plan);
                return;
        }
        if (may_go_on && plan->read != PLAN_READ_NOTHING) {
                if (!has_read) {
                        pass_read(pass, world, plan);
                        return;
                }
                pass->look_again = true; /* what was read is stale already */
        }
        if (plan->has_status && !pass->reported && pass_must_report_now(pass, world)) {
                pass_report(pass, world, plan);
                return;
        }
        pass->look_again |= pass->acted;
        pass_end(pass);
}

static void pass_decide(struct pass *pass) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        PLAN_CLEANUP struct plan plan = { .n_actions = 0 };
        struct world world;

        if (!observe(pass->controller, pass->key, &pass->live, &arena, &world)) {
                freshness_forget(pass->controller->freshness, pass->key);
                pass_end(pass);
                return;
        }
        reconcile(&world, &arena, &plan);
        if (pass->error.code != ERR_NONE) {
                const struct pass_action *failed = pass->failed;
                const struct action action = {
                        .kind = failed ? failed->kind : ACTION_CREATE,
                        .name = failed ? failed->pod : NULL,
                };

                plan_note_failure(&plan, &world, &arena, failed ? &action : NULL, &pass->error);
        }
        pass_follow(pass, &world, &plan);
}

void pass_start(struct controller *controller, const char *key) {
        struct pass *pass = calloc(1, sizeof(*pass));
        const char *slash = strchr(key, '/');

        pass->controller = controller;
        pass->key = strdup(key);
        pass->namespace_ = strndup(key, slash ? (size_t)(slash - key) : 0);
        pass->started_us = clock_monotonic_us();
        map_put(&controller->passes, pass->key, pass);
        if (!freshness_caught_up(controller->freshness, key, FRESHNESS_PODS,
                                 pass_informer(pass, CACHE_PODS)) ||
            !freshness_caught_up(controller->freshness, key, FRESHNESS_CANARY,
                                 pass_informer(pass, CACHE_LLCS))) {
                pass->look_again = true; /* the event we wait for adds the key again */
                pass->reported = true;
                pass_act_urgently(pass);
                if (!pass_is_writing(pass) && !pass->read_call)
                        pass_end(pass);
                return;
        }
        pass_decide(pass);
}
