#include "server.h"

#include <string.h>

#include "case.h"
#include "laws.h"
#include "llc/api/resource.h"
#include "llc/base/timestamp.h"
#include "llc/canary/reconcile.h"

enum {
        STEP_MS = 50,
        DECISIONS_MAX = 12,
        DYING_TURNS = 4, /* it takes a moment until a pod is gone */
};

/* What a pass has read live, and what it was refused. */
struct view {
        bool canary, rollout, budgets;
        const char *replicaset_name; /* or NULL */
        struct action refused;       /* the first; NULL name: none was */
        bool acted;
};

static const char *text_of(const struct json *json, struct arena *arena) {
        return json_kind(json) == JSON_STRING ? arena_copy(arena, json_as_string(json)) : "";
}

static bool text_is(const struct json *json, const char *text) {
        return json_kind(json) == JSON_STRING && bytes_is(json_as_string(json), text);
}

static void set_time(struct json *object, const char *key, int64_t ms) {
        char text[TIMESTAMP_SIZE];

        json_set_str(object, key, timestamp_format(ms, text));
}

struct json *server_list(struct server *server, const char *member) {
        if (json_kind(json_get(server->tree, member)) != JSON_ARRAY)
                json_set(server->tree, member, json_new_array());
        return json_get_mut(server->tree, member);
}

void server_merge(struct json *object, const struct json *patch) {
        const struct json *value;
        void *cursor = NULL;
        const char *key;

        while (json_next(patch, &cursor, &key, &value)) {
                if (!value)
                        json_remove(object, key);
                else if (json_kind(value) == JSON_OBJECT) {
                        if (json_kind(json_get(object, key)) != JSON_OBJECT)
                                json_set(object, key, json_new_object());
                        server_merge(json_get_mut(object, key), value);
                } else
                        json_set(object, key, json_clone(value));
        }
}

static bool is_live(const struct json *pod) {
        const struct json *phase = json_get(json_get(pod, "status"), "phase");

        return !json_has(json_get(pod, "metadata"), "deletionTimestamp") &&
               !text_is(phase, "Failed") && !text_is(phase, "Succeeded");
}

static bool is_selected(const struct json *budget, const struct json *pod) {
        const struct json *selector = json_get(json_get(budget, "spec"), "selector");
        const struct json *labels = json_get(json_get(pod, "metadata"), "labels");
        const struct json *value;
        void *cursor = NULL;
        const char *key;

        while (json_next(json_get(selector, "matchLabels"), &cursor, &key, &value))
                if (!json_equal(json_get(labels, key), value))
                        return false;
        return selector != NULL;
}

/* base: production's pods, which the world does not show. */
static void count_budget(struct server *server, struct json *budget) {
        const struct json *pods = server_list(server, "pods");
        struct json *status = json_object_at(budget, "status");
        int64_t n = json_has(budget, "base") ? json_as_int(json_get(budget, "base")) : 0;

        for (size_t i = 0; i < json_length(pods); i++)
                n += is_live(json_at(pods, i)) && is_selected(budget, json_at(pods, i));
        json_set_int(status, "expectedPods", n);
}

void server_recount(struct server *server, const struct json *pod) {
        struct json *budgets = server_list(server, "budgets");

        for (size_t i = 0; i < json_length(budgets); i++)
                if (is_selected(json_at(budgets, i), pod))
                        count_budget(server, json_at_mut(budgets, i));
}

void server_init(struct server *server, const struct json *tree, int64_t now) {
        *server = (struct server){
                .tree = json_clone(tree),
                .now = now,
                .stable_ready = 3,
                .writes_left = -1,
        };
        json_remove(server->tree, "failure");
        json_remove(server->tree, "now");
}

void server_deinit(struct server *server) {
        json_freep(&server->tree);
}

void server_bump_generation(struct server *server) {
        struct json *meta = json_get_mut(json_get_mut(server->tree, "llc"), "metadata");
        const struct json *generation = json_get(meta, "generation");

        json_set_int(meta, "generation", generation ? json_as_int(generation) + 1 : 1);
}

/* As Argo Rollouts would have it. */
static struct json *make_replicaset(const struct server *server, const char *name) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        const struct json *rollout = json_get(server->tree, "rollout");
        const char *hash = strrchr(name, '-') ? strrchr(name, '-') + 1 : "";
        const char *uid = text_of(json_get(json_get(rollout, "metadata"), "uid"), &arena);
        const char *text;
        struct json *replicaset;
        struct err err;

        text = arena_printf(
                &arena,
                "{\"metadata\":{\"name\":\"%s\",\"uid\":\"rs\",\"labels\":{\"%s\":\"%s\"},"
                "\"ownerReferences\":[{\"apiVersion\":\"argoproj.io/"
                "v1alpha1\",\"kind\":\"Rollout\","
                "\"name\":\"-\",\"uid\":\"%s\",\"controller\":true}]},"
                "\"spec\":{\"template\":{\"metadata\":{\"labels\":{\"app\":\"checkout\",\"%s\":"
                "\"%s\"}},\"spec\":{\"containers\":[{\"name\":\"app\",\"image\":\"v1\"}]}}},"
                "\"status\":{\"readyReplicas\":%lld}}",
                name, LABEL_HASH, hash, uid, LABEL_HASH, hash, (long long)server->stable_ready);
        return json_parse(bytes_of(text), &JSON_LIMITS_OBJECT, &replicaset, &err) < 0
                       ? json_new_object()
                       : replicaset;
}

static void show_replicaset(const struct server *server, const struct view *view,
                            struct json *tree) {
        const struct json *known = json_get(tree, "replicaSet");
        bool missing = text_is(json_get(tree, "templateState"), "Missing");

        json_remove(tree, "templateState");
        if (!view->replicaset_name) {
                json_remove(tree, "replicaSet");
        } else if (missing) {
                json_remove(tree, "replicaSet");
                json_set_str(tree, "templateState", "Missing");
        } else if (!text_is(json_get(json_get(known, "metadata"), "name"), view->replicaset_name)) {
                json_set(tree, "replicaSet", make_replicaset(server, view->replicaset_name));
        }
}

/* The world as a pass sees it that has read so much. */
static int look(const struct server *server, const struct view *view, struct test_case *ret_case,
                struct err *err) {
        struct json *tree = json_clone(server->tree);

        if (!view->rollout && text_is(json_get(tree, "rolloutState"), "Missing"))
                json_set_str(tree, "rolloutState", "Unknown");
        json_set_str(tree, "canaryState", view->canary ? "Found" : "Unread");
        show_replicaset(server, view, tree);
        if (!view->budgets)
                json_set_str(tree, "budgetsState", "Unread");
        else if (!text_is(json_get(tree, "budgetsState"), "Refused"))
                json_set_str(tree, "budgetsState", "Found");
        if (test_case_of(tree, ret_case, err) < 0)
                return err_wrap(err, "what was written can't be read");
        ret_case->world.now = server->now;
        return 0;
}

/* Whether the controller still lives. */
static bool may_write(struct server *server, struct passage *passage) {
        if (server->writes_left == 0) {
                passage->died = true;
                return false;
        }
        if (server->writes_left > 0)
                server->writes_left--;
        passage->n_writes++;
        return true;
}

static struct json *find(struct json *list, const char *uid) {
        for (size_t i = 0; i < json_length(list); i++)
                if (text_is(json_get(json_get(json_at(list, i), "metadata"), "uid"), uid))
                        return json_at_mut(list, i);
        return NULL;
}

static void create(struct server *server, const struct json *body) {
        struct json *pod = json_clone(body);
        struct json *meta = json_get_mut(pod, "metadata");
        ARENA_CLEANUP struct arena arena = ARENA_INIT;

        json_set_str(meta, "uid", arena_printf(&arena, "made-%d", server->n_made++));
        set_time(meta, "creationTimestamp", server->now);
        json_append(server_list(server, "pods"), pod);
        server_recount(server, pod);
}

static void perform(struct server *server, const struct action *action) {
        struct json *object;

        switch (action->kind) {
        case ACTION_RELABEL:
        case ACTION_HOLD:
        case ACTION_RELEASE:
        case ACTION_STRIP:
                object = find(server_list(server, "pods"), action->uid);
                server_merge(object, action->body);
                server_recount(server, object);
                break;
        case ACTION_RECOUNT:
                object = find(server_list(server, "budgets"), action->uid);
                server_merge(object, action->body);
                count_budget(server, object);
                break;
        case ACTION_DELETE:
                object = find(server_list(server, "pods"), action->uid);
                set_time(json_get_mut(object, "metadata"), "deletionTimestamp", server->now);
                server_recount(server, object);
                break;
        case ACTION_CREATE:
                create(server, action->body);
                break;
        }
}

static bool is_refused(const struct server *server, const struct action *action) {
        return server->refused & (1u << action->kind);
}

/* Does what may be done. What is refused once is not tried again in this pass. */
static void act(struct server *server, struct view *view, const struct plan *plan,
                struct arena *arena, struct passage *passage) {
        for (size_t i = 0; i < plan->n_actions; i++) {
                const struct action *action = &plan->actions[i];

                if (is_refused(server, action)) {
                        if (!view->refused.name)
                                view->refused = (struct action){
                                        .kind = action->kind,
                                        .name = arena_strdup(arena, action->name),
                                };
                        continue;
                }
                if (!may_write(server, passage))
                        return;
                view->acted = true;
                perform(server, action);
                passage->n_creates += action->kind == ACTION_CREATE;
        }
}

/* Is there anything that is not refused? */
static bool may_act(const struct server *server, const struct plan *plan) {
        for (size_t i = 0; i < plan->n_actions; i++)
                if (!is_refused(server, &plan->actions[i]))
                        return true;
        return false;
}

static void report(struct server *server, const struct plan *plan, struct passage *passage) {
        if (may_write(server, passage))
                json_set(json_get_mut(server->tree, "llc"), "status",
                         desc_encode(&llc_status_type, &plan->status));
}

static bool must_report_now(const struct world *world, const struct plan *plan) {
        const struct llc_status *status = world->llc->status;

        return plan->tell_now || !status || !status->has_observed_generation ||
               status->observed_generation != world->llc->meta->generation;
}

/* Returns whether there is a read that has not been made. */
static bool read_live(struct view *view, const struct plan *plan, struct arena *arena) {
        bool again;

        switch (plan->read) {
        case PLAN_READ_NOTHING:
                break;
        case PLAN_READ_CANARY:
                again = !view->canary;
                view->canary = true;
                return again;
        case PLAN_READ_ROLLOUT:
                again = !view->rollout;
                view->rollout = true;
                return again;
        case PLAN_READ_REPLICASET:
                again = !view->replicaset_name;
                view->replicaset_name = arena_strdup(arena, plan->replicaset_name);
                return again;
        case PLAN_READ_BUDGETS:
                again = !view->budgets;
                view->budgets = true;
                return again;
        }
        return false;
}

static int check(const struct world *world, const struct plan *plan, struct err *err) {
        const char *broken = laws_broken(world, plan);

        return broken ? err_set(err, ERR_INVALID, "a law is broken: %s", broken) : 0;
}

static void note_refusal(const struct world *world, struct arena *arena, struct plan *plan,
                         const struct action *action) {
        struct err failure;

        err_set(&failure, ERR_FORBIDDEN, "may not");
        plan_note_failure(plan, world, arena, action, &failure);
}

/* What was done and could not be is told, the latter at once. */
static void finish(struct server *server, const struct view *view, const struct world *world,
                   struct arena *arena, struct plan *plan, struct passage *passage) {
        if (!world->llc || passage->died)
                return;
        if (view->refused.name)
                note_refusal(world, arena, plan, &view->refused);
        else if (!view->acted && plan->read == PLAN_READ_ROLLOUT)
                note_refusal(world, arena, plan, NULL); /* for it has been read */
        if (plan->has_status &&
            (!view->acted || view->refused.name || must_report_now(world, plan)))
                report(server, plan, passage);
}

/* Decides on what is seen now, and tells of it what is to be told. */
static int finish_anew(struct server *server, const struct view *view, struct passage *passage,
                       struct err *err) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        PLAN_CLEANUP struct plan plan = { .n_actions = 0 };
        struct test_case seen;
        int result;

        if (look(server, view, &seen, err) < 0)
                return -1;
        reconcile(&seen.world, &arena, &plan);
        result = check(&seen.world, &plan, err);
        if (result == 0)
                finish(server, view, &seen.world, &arena, &plan, passage);
        test_case_deinit(&seen);
        return result;
}

/* One decision: reads what it lacks, or does it. */
static int step(struct server *server, struct view *view, struct arena *arena,
                struct passage *passage, bool *ret_again, struct err *err) {
        ARENA_CLEANUP struct arena own = ARENA_INIT;
        PLAN_CLEANUP struct plan plan = { .n_actions = 0 };
        struct test_case seen;
        int result;

        if (look(server, view, &seen, err) < 0)
                return -1;
        reconcile(&seen.world, &own, &plan);
        result = check(&seen.world, &plan, err);
        passage->has_deadline = plan.has_deadline;
        passage->deadline = plan.deadline;
        *ret_again = result == 0 && !may_act(server, &plan) && read_live(view, &plan, arena);
        if (result == 0 && !*ret_again) {
                act(server, view, &plan, arena, passage);
                if (view->acted && !server->cache_lags)
                        result = finish_anew(server, view, passage, err);
                else
                        finish(server, view, &seen.world, &own, &plan, passage);
        }
        test_case_deinit(&seen);
        return result;
}

int server_pass(struct server *server, struct passage *ret_passage, struct err *err) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        struct passage passage = { .n_writes = 0 };
        struct view view = { .rollout = false };
        bool again = true;

        for (int i = 0; again; i++) {
                if (i == DECISIONS_MAX)
                        return err_set(err, ERR_INVALID, "a pass does not end");
                if (step(server, &view, &arena, &passage, &again, err) < 0)
                        return -1;
        }
        server->now += STEP_MS;
        *ret_passage = passage;
        return 0;
}

static void become_ready(struct server *server, struct json *pod) {
        struct json *status = json_object_at(pod, "status");
        struct json *conditions = json_new_array();
        struct json *ready = json_new_object();

        json_set_str(ready, "type", "Ready");
        json_set_str(ready, "status", "True");
        set_time(ready, "lastTransitionTime", server->now);
        json_append(conditions, ready);
        json_set_str(status, "phase", "Running");
        json_set(status, "conditions", conditions);
        server_recount(server, pod);
}

/* Whether its time is up. */
static bool dies(struct json *pod) {
        int64_t turns = json_has(pod, "dying") ? json_as_int(json_get(pod, "dying")) : 0;

        json_set_int(pod, "dying", turns + 1);
        return turns + 1 >= DYING_TURNS;
}

void server_turn(struct server *server) {
        struct json *pods = server_list(server, "pods");

        for (size_t i = json_length(pods); i > 0; i--) {
                struct json *pod = json_at_mut(pods, i - 1);

                if (json_has(json_get(pod, "metadata"), "deletionTimestamp")) {
                        if (dies(pod))
                                json_remove_at(pods, i - 1);
                } else if (server->pods_ready && !json_has(pod, "status")) {
                        become_ready(server, pod);
                }
        }
}
