/*
 * A pass performs what is decided, reads what the decision lacks, and writes at most one status:
 *
 *   decide ─┬─ actions ── all answered ─┬─ one failed: what else can be done is, see below
 *           │                           ├─ something must be told now: decide again, report
 *           │                           └─ look again when the cache shows our writes
 *           ├─ a live read ── decide again
 *           └─ status ── events ── done
 *
 * What decides whether a pod takes traffic waits for none of this: when the Rollout changes, or what
 * is asked for, a read under way is dropped and the pass decides anew, or relabels, holds and
 * releases go out beside the writes that are not answered yet (pass_hurry), or of what the cache
 * does not show yet of the canary itself.
 *
 * Between two steps the loop turns, the caches may change and borrowed pointers die, so each
 * step observes and decides anew; the decision is pure and costs microseconds. What survives a
 * turn is only what is in struct pass.
 *
 * A pass ends: no action is sent twice and nothing is read twice, but for a change that hurries it.
 */
#include "pass.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "actions.h"
#include "apply.h"
#include "fate.h"
#include "llc/canary/reconcile.h"
#include "llc/sys/clock.h"
#include "observe.h"
#include "outcome.h"

struct pass {
        struct controller *controller;
        char *key;
        char *namespace_;
        int64_t started_us;
        struct actions actions;
        struct live_read live;
        struct client_call *read_call;
        enum plan_read reading; /* what read_call asks for */
        bool acted_on_read;     /* what was read is older than what was done since */
        bool look_again;
        bool asked;              /* something was read, or a status sent */
        bool only_urgent;        /* from here on, or all along: what can't wait is done */
        bool is_blind;           /* for that the cache was too old */
        bool reported;           /* or is not to be; nothing is read any more but the Rollout */
        bool reporting;          /* the status is on its way */
        struct event_batch told; /* by it; Events that go out once it is written */
        struct err error;        /* of a read, or of the status */
        bool has_deadline;
        int64_t deadline; /* wall clock, ms */
};

static void pass_decide(struct pass *pass);
static void pass_act_urgently(struct pass *pass);

void pass_free(struct pass *pass) {
        client_cancel(pass->read_call);
        live_read_deinit(&pass->live);
        actions_deinit(&pass->actions);
        event_batch_deinit(&pass->told);
        free(pass->namespace_);
        free(pass->key);
        free(pass);
}

static const struct informer *pass_informer(const struct pass *pass, enum controller_cache cache) {
        return controller_informer(pass->controller, cache, pass->namespace_);
}

static bool pass_is_writing(const struct pass *pass) {
        return pass->actions.n_in_flight > 0 || pass->reporting;
}

/* NULL = all went well so far. */
static const struct err *pass_error(const struct pass *pass) {
        if (pass->actions.failed)
                return &pass->actions.error;
        return pass->error.code != ERR_NONE ? &pass->error : NULL;
}

static void pass_end(struct pass *pass) {
        static const struct err none = { .code = ERR_NONE };
        struct controller *controller = pass->controller;
        const struct err *error = pass_error(pass);
        bool look_again = pass->look_again || pass->actions.look_again;
        struct fate fate = {
                .key = pass->key,
                .error = error ? error : &none,
                .may_pass = pass->actions.may_pass ||
                            (pass->error.code != ERR_NONE && failure_may_pass(&pass->error)),
                .look_again = look_again,
                .tried = pass->actions.n_sent > 0 || (look_again && pass->asked),
                .urgent = pass->is_blind || pass->actions.urgent_failed,
                .has_deadline = pass->has_deadline,
                .deadline = pass->deadline,
        };

        histogram_observe(&controller->counters.pass_seconds,
                          (double)(clock_monotonic_us() - pass->started_us) / 1e6);
        fate_decide(controller, &fate);
        controller_pass_ended(controller, pass->key);
        pass_free(pass);
}

static void pass_fail(struct pass *pass, const struct err *err) {
        if (pass->error.code == ERR_NONE)
                pass->error = *err;
}

/* All actions are answered: report at once when something must be told now. */
static void pass_action_answered(void *ctx) {
        struct pass *pass = ctx;

        if (!pass_is_writing(pass) && !pass->read_call)
                pass_decide(pass);
}

static void pass_read(struct pass *pass, enum plan_read what, const char *name);

static void pass_read_done(void *ctx, struct bytes body, const struct err *err) {
        struct pass *pass = ctx;
        struct err failure;

        pass->read_call = NULL;
        if (live_read_answer(&pass->live, pass->reading, body, err, &failure) < 0)
                pass_fail(pass, &failure);
        else if (pass->live.next_page)
                pass_read(pass, pass->reading, NULL);
        else if (pass_is_writing(pass) || pass->only_urgent)
                pass_act_urgently(pass);
        if (!pass_is_writing(pass) && !pass->read_call)
                pass_decide(pass);
}

static void pass_read(struct pass *pass, enum plan_read what, const char *name) {
        const struct live_question question = {
                .what = what,
                .namespace_ = pass->namespace_,
                .name = name,
        };
        REQUEST_CLEANUP struct request request = { .verb = REQUEST_GET };

        pass->asked = true;
        live_read_request(&pass->live, &question, &request);
        pass->reading = what;
        pass->read_call = client_send(pass->controller->client, &request, pass_read_done, pass);
}

static void pass_read_planned(struct pass *pass, const struct world *world,
                              const struct plan *plan) {
        switch (plan->read) {
        case PLAN_READ_NOTHING:
                break;
        case PLAN_READ_CANARY:
                pass_read(pass, plan->read, world->llc->meta->name);
                break;
        case PLAN_READ_ROLLOUT:
                pass_read(pass, plan->read, world->llc->spec->rollout_ref->name);
                break;
        case PLAN_READ_REPLICASET:
                pass_read(pass, plan->read, plan->replicaset_name);
                break;
        case PLAN_READ_BUDGETS:
                pass_read(pass, plan->read, NULL);
                break;
        }
}

static bool pass_sees_own_pods(const struct pass *pass) {
        return freshness_caught_up(pass->controller->freshness, pass->key, FRESHNESS_PODS,
                                   pass_informer(pass, CACHE_PODS));
}

/*
 * Is an answer worth the wait? Without its Rollout nothing can be decided; all else can wait if the
 * pass is at its end, or was given a place for what decides on traffic and there is no such thing.
 */
static bool pass_may_read(const struct pass *pass, const struct world *world, enum plan_read what) {
        if (pass->read_call || live_read_was_asked(&pass->live, what))
                return false;
        if (what == PLAN_READ_ROLLOUT || !pass->only_urgent)
                return true;
        return !pass->reported && pass->actions.n_sent == 0 && world->n_pods > 0;
}

/* Beside the writes that are under way, what can't wait for their answers. */
static void pass_act_urgently(struct pass *pass) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        PLAN_CLEANUP struct plan plan = { .n_actions = 0 };
        struct world world;

        pass->is_blind = !pass_sees_own_pods(pass);
        if (pass->is_blind)
                return;
        observe(pass->controller, pass->key, &pass->live, &arena, &world);
        reconcile(&world, &arena, &plan);
        for (size_t i = 0; i < plan.n_actions; i++)
                if (action_is_urgent(&plan.actions[i]) &&
                    !actions_wait_for(&pass->actions, &plan.actions[i]))
                        actions_send(&pass->actions, &world, &plan.actions[i]);
        if (pass_may_read(pass, &world, plan.read))
                pass_read_planned(pass, &world, &plan);
}

void pass_hurry(struct pass *pass) {
        client_cancel(pass->read_call); /* older than the change, like what was read before */
        pass->read_call = NULL;
        live_read_forget(&pass->live);
        pass->acted_on_read = false;
        pass->actions.round++;
        if (pass_is_writing(pass))
                pass_act_urgently(pass);
        else
                pass_decide(pass);
}

void pass_see(struct pass *pass) {
        if (pass->is_blind && pass_is_writing(pass))
                pass_act_urgently(pass);
}

static void pass_status_written(void *ctx, struct bytes body, const struct err *err) {
        struct pass *pass = ctx;
        struct outcome outcome;

        pass->reporting = false;
        /*
         * When it is unknown whether it was written, what is told may be told again: that makes no
         * second Event. Not to tell it would be for ever if the next pass finds it written.
         */
        if (!err || err->code == ERR_AMBIGUOUS)
                events_send_batch(pass->controller->events, &pass->told);
        if (!err) {
                outcome_read(body, &outcome);
                freshness_wrote(pass->controller->freshness, pass->key, FRESHNESS_CANARY,
                                bytes_of(outcome.resource_version),
                                pass_informer(pass, CACHE_LLCS));
        } else if (err->code == ERR_NOT_FOUND || err->code == ERR_CONFLICT) {
                pass->look_again = true; /* gone or changed: the cache will tell */
        } else {
                pass_fail(pass, err); /* also when it is unknown: the next pass finds out */
        }
        if (!pass_is_writing(pass) && !pass->read_call)
                pass_end(pass);
}

static void pass_report(struct pass *pass, const struct world *world, const struct plan *plan) {
        struct request request = { .verb = REQUEST_GET };
        const struct meta *meta = world->llc->meta;
        const struct event_subject subject = {
                .namespace_ = meta->namespace_,
                .name = meta->name,
                .uid = meta->uid,
                .resource_version = meta->resource_version,
        };

        pass->only_urgent = pass->reported = pass->reporting = pass->asked = true;
        event_batch_init(&pass->told, pass->controller->events, &subject, plan->events,
                         plan->n_events);
        apply_status_request(world, plan, &request);
        writes_send(pass->controller->writes, WRITES_NORMAL, &request, pass_status_written, pass);
}

/*
 * After actions the cache will soon show their effect and call for another pass, which writes the
 * status once for all of it. Told now is only a failure, a generation that nobody has answered, and
 * what the plan says must not be lost.
 */
static bool pass_must_report_now(const struct pass *pass, const struct world *world,
                                 const struct plan *plan) {
        const struct llc_status *status = world->llc->status;

        return pass->actions.n_sent == 0 || pass_error(pass) || plan->tell_now || !status ||
               !status->has_observed_generation ||
               status->observed_generation != world->llc->meta->generation;
}

/*
 * An action that fails holds up neither the others nor what must be read for them; but nothing is
 * done on a cache that is older than what was.
 */
static bool pass_may_go_on(const struct pass *pass) {
        if (pass->only_urgent || pass->acted_on_read)
                return false;
        return pass->actions.n_sent == 0 || (pass->actions.failed && pass_sees_own_pods(pass));
}

/* Returns whether there was anything that this pass has not tried yet. */
static bool pass_act(struct pass *pass, const struct world *world, const struct plan *plan) {
        bool acted = false;

        for (size_t i = 0; i < plan->n_actions; i++) {
                if (actions_have(&pass->actions, &plan->actions[i]))
                        continue;
                actions_send(&pass->actions, world, &plan->actions[i]);
                acted = true;
        }
        pass->acted_on_read = acted && pass->live.asked != 0;
        return acted;
}

static void pass_follow(struct pass *pass, const struct world *world, const struct plan *plan) {
        pass->has_deadline = plan->has_deadline;
        pass->deadline = plan->deadline;
        if (pass_may_go_on(pass)) {
                if (pass_act(pass, world, plan))
                        return;
                if (plan->read != PLAN_READ_NOTHING &&
                    !live_read_was_asked(&pass->live, plan->read)) {
                        pass_read_planned(pass, world, plan);
                        return;
                }
                /* What was read is stale already. */
                pass->look_again |= plan->read != PLAN_READ_NOTHING;
        }
        if (plan->has_status && !pass->only_urgent && pass_must_report_now(pass, world, plan)) {
                pass_report(pass, world, plan);
                return;
        }
        /* The cache will show what was done to pods; of budgets the plan says when to look. */
        pass->look_again |=
                pass->actions.on_pods || (pass->actions.n_sent > 0 && !plan->has_deadline);
        pass_end(pass);
}

static bool plan_relabels(const struct plan *plan) {
        for (size_t i = 0; i < plan->n_actions; i++)
                if (plan->actions[i].kind == ACTION_RELABEL)
                        return true;
        return false;
}

static void pass_decide(struct pass *pass) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        PLAN_CLEANUP struct plan plan = { .n_actions = 0 };
        struct world world;

        observe(pass->controller, pass->key, &pass->live, &arena, &world);
        reconcile(&world, &arena, &plan);
        assert(world.llc || (!plan.has_status && plan.read == PLAN_READ_NOTHING));
        if (!world.llc && plan.n_actions == 0)
                freshness_forget(pass->controller->freshness, pass->key);
        if (pass->actions.n_sent == 0 && !plan_relabels(&plan))
                lag_end(pass->controller->lag, pass->key);
        if (world.llc && pass_error(pass)) {
                const struct action failed = pass->actions.failed ? actions_failed(&pass->actions)
                                                                  : (struct action){ .name = NULL };

                plan_note_failure(&plan, &world, &arena, pass->actions.failed ? &failed : NULL,
                                  pass_error(pass));
        }
        pass_follow(pass, &world, &plan);
}

static struct pass *pass_new(struct controller *controller, const char *key) {
        struct pass *pass = calloc(1, sizeof(*pass));
        const char *slash = strchr(key, '/');

        pass->controller = controller;
        pass->key = strdup(key);
        pass->namespace_ = strndup(key, slash ? (size_t)(slash - key) : 0);
        pass->started_us = clock_monotonic_us();
        pass->actions = (struct actions){
                .controller = controller,
                .key = pass->key,
                .namespace_ = pass->namespace_,
                .on_answered = pass_action_answered,
                .ctx = pass,
        };
        return pass;
}

static bool pass_sees_own_status(const struct pass *pass) {
        return freshness_caught_up(pass->controller->freshness, pass->key, FRESHNESS_CANARY,
                                   pass_informer(pass, CACHE_LLCS));
}

void pass_start(struct controller *controller, const char *key, bool only_urgent) {
        struct pass *pass = pass_new(controller, key);

        map_put(&controller->passes, pass->key, pass);
        /* The events we wait for add the key again. */
        pass->reported = !pass_sees_own_pods(pass) || !pass_sees_own_status(pass);
        if (!only_urgent && !pass->reported) {
                pass_decide(pass);
                return;
        }
        pass->only_urgent = pass->look_again = true;
        pass_act_urgently(pass);
        if (!pass_is_writing(pass) && !pass->read_call)
                pass_end(pass);
}
