#include "case.h"

#include <string.h>

#include "llc/base/timestamp.h"
#include "llc/canary/reconcile.h"
#include "llc/sys/file.h"
#include "llc/sys/yaml.h"

enum { WORLD_FILE_MAX = 4 << 20 };

static const char *const MEMBERS[] = {
        "now",           "llc",     "rollout",      "rolloutState", "replicaSet",
        "templateState", "service", "serviceState", "budgets",      "budgetsState",
        "pods",          "failure", "unreadable",   "canaryState",
};

static const char *const CANARY_STATES[] = { "Unread", "Found" };

static const char *const ROLLOUT_STATES[] = {
        [WORLD_ROLLOUT_UNKNOWN] = "Unknown",
        [WORLD_ROLLOUT_FOUND] = "Found",
        [WORLD_ROLLOUT_MISSING] = "Missing",
        [WORLD_ROLLOUT_NO_KIND] = "NoKind",
};

static const char *const TEMPLATE_STATES[] = {
        [WORLD_TEMPLATE_UNREAD] = "Unread",
        [WORLD_TEMPLATE_FOUND] = "Found",
        [WORLD_TEMPLATE_MISSING] = "Missing",
};

static const char *const SERVICE_STATES[] = {
        [WORLD_SERVICE_UNKNOWN] = "Unknown",
        [WORLD_SERVICE_FOUND] = "Found",
        [WORLD_SERVICE_MISSING] = "Missing",
};

static const char *const BUDGETS_STATES[] = {
        [WORLD_BUDGETS_UNREAD] = "Unread",
        [WORLD_BUDGETS_FOUND] = "Found",
        [WORLD_BUDGETS_REFUSED] = "Refused",
};

/* A text's place in a list, or `absent` when the member is not there. */
static int member_choice(const struct json *tree, const char *key, const char *const *names,
                         size_t n, int absent, struct err *err) {
        const struct json *value = json_get(tree, key);

        if (!value)
                return absent;
        for (size_t i = 0; i < n; i++)
                if (json_kind(value) == JSON_STRING && bytes_is(json_as_string(value), names[i]))
                        return (int)i;
        return err_set(err, ERR_INVALID, "%s: not one of the allowed values", key);
}

static int check_members(const struct json *tree, struct err *err) {
        void *cursor = NULL;
        const struct json *value;
        const char *key;

        while (json_next(tree, &cursor, &key, &value)) {
                bool known = false;

                for (size_t i = 0; i < sizeof(MEMBERS) / sizeof(MEMBERS[0]); i++)
                        known |= strcmp(key, MEMBERS[i]) == 0;
                if (!known)
                        return err_set(err, ERR_INVALID, "%s: no such member", key);
        }
        return 0;
}

static int load_now(struct test_case *c, struct err *err) {
        const struct json *now = json_get(c->tree, "now");

        return timestamp_parse(now ? json_as_string(now) : bytes_of("2026-01-01T12:00:00Z"),
                               &c->world.now, err);
}

/* Without one only orphans are looked after. */
static int load_llc(struct test_case *c, struct err *err) {
        struct llc *llc = ARENA_NEW(&c->arena, struct llc);
        int state = member_choice(c->tree, "canaryState", CANARY_STATES, 2, 1, err);

        if (state < 0)
                return -1;
        if (!json_get(c->tree, "llc"))
                return 0;
        c->world.llc = llc;
        c->world.llc_is_live = state == 1;
        return desc_decode(&llc_type, json_get(c->tree, "llc"), &c->arena, llc, err);
}

static int load_rollout(struct test_case *c, struct err *err) {
        struct rollout *rollout = ARENA_NEW(&c->arena, struct rollout);
        int state = member_choice(c->tree, "rolloutState", ROLLOUT_STATES, 4,
                                  c->world.llc ? WORLD_ROLLOUT_FOUND : WORLD_ROLLOUT_UNKNOWN, err);

        if (state < 0)
                return -1;
        c->world.rollout_state = (enum world_rollout)state;
        if (c->world.rollout_state != WORLD_ROLLOUT_FOUND)
                return 0;
        c->world.rollout = rollout;
        return desc_decode_foreign(&rollout_type, json_get(c->tree, "rollout"), &c->arena, rollout,
                                   err);
}

static int load_replicaset(struct test_case *c, struct err *err) {
        const struct json *tree = json_get(c->tree, "replicaSet");
        struct replicaset *replicaset = ARENA_NEW(&c->arena, struct replicaset);
        int state = member_choice(c->tree, "templateState", TEMPLATE_STATES, 3,
                                  tree ? WORLD_TEMPLATE_FOUND : WORLD_TEMPLATE_UNREAD, err);

        if (state < 0)
                return -1;
        c->world.template_state = (enum world_template)state;
        if (c->world.template_state != WORLD_TEMPLATE_FOUND)
                return 0;
        c->world.replicaset = replicaset;
        return desc_decode_foreign(&replicaset_type, tree, &c->arena, replicaset, err);
}

static int load_service(struct test_case *c, struct err *err) {
        const struct json *tree = json_get(c->tree, "service");
        struct service *service = ARENA_NEW(&c->arena, struct service);
        int state = member_choice(c->tree, "serviceState", SERVICE_STATES, 3,
                                  tree ? WORLD_SERVICE_FOUND : WORLD_SERVICE_UNKNOWN, err);

        if (state < 0)
                return -1;
        c->world.service_state = (enum world_service)state;
        if (c->world.service_state != WORLD_SERVICE_FOUND)
                return 0;
        c->world.service = service;
        return desc_decode_foreign(&service_type, tree, &c->arena, service, err);
}

static int load_budgets(struct test_case *c, struct err *err) {
        const struct json *list = json_get(c->tree, "budgets");
        size_t n = json_length(list);
        const struct budget **budgets = ARENA_NEW_ARRAY(&c->arena, const struct budget *, n);
        int state = member_choice(c->tree, "budgetsState", BUDGETS_STATES, 3,
                                  list ? WORLD_BUDGETS_FOUND : WORLD_BUDGETS_UNREAD, err);

        if (state < 0)
                return -1;
        for (size_t i = 0; i < n; i++) {
                struct budget *budget = ARENA_NEW(&c->arena, struct budget);

                if (desc_decode_foreign(&budget_type, json_at(list, i), &c->arena, budget, err) < 0)
                        return err_wrap(err, "budgets[%zu]", i);
                budgets[i] = budget;
        }
        c->world.budgets_state = (enum world_budgets)state;
        c->world.budgets = budgets;
        c->world.n_budgets = n;
        return 0;
}

/* A list of "llc" and "rollout". */
static int load_unreadable(struct test_case *c, struct err *err) {
        const struct json *list = json_get(c->tree, "unreadable");

        for (size_t i = 0; i < json_length(list); i++) {
                const struct json *what = json_at(list, i);

                if (json_kind(what) == JSON_STRING && bytes_is(json_as_string(what), "llc"))
                        c->world.llc_unreadable = true;
                else if (json_kind(what) == JSON_STRING &&
                         bytes_is(json_as_string(what), "rollout"))
                        c->world.rollout_unreadable = true;
                else
                        return err_set(err, ERR_INVALID, "unreadable[%zu]: no such thing", i);
        }
        return 0;
}

static int load_pods(struct test_case *c, struct err *err) {
        const struct json *list = json_get(c->tree, "pods");
        size_t n = json_length(list);
        const struct pod **pods = ARENA_NEW_ARRAY(&c->arena, const struct pod *, n);

        for (size_t i = 0; i < n; i++) {
                struct pod *pod = ARENA_NEW(&c->arena, struct pod);

                if (desc_decode_foreign(&pod_type, json_at(list, i), &c->arena, pod, err) < 0)
                        return err_wrap(err, "pods[%zu]", i);
                pods[i] = pod;
        }
        c->world.pods = pods;
        c->world.n_pods = n;
        return 0;
}

static const char *member_text(struct test_case *c, const struct json *object, const char *key) {
        const struct json *value = json_get(object, key);

        return value ? arena_copy(&c->arena, json_as_string(value)) : "";
}

static int load_failure(struct test_case *c, struct err *err) {
        const struct json *failure = json_get(c->tree, "failure");
        const char *code;

        if (!failure)
                return 0;
        c->has_failure = true;
        if (json_has(failure, "pod"))
                c->failed_pod = member_text(c, failure, "pod");
        code = member_text(c, failure, "code");
        for (int i = ERR_NONE; i <= ERR_IO; i++) {
                if (strcmp(code, err_code_name((enum err_code)i)) != 0)
                        continue;
                err_set(&c->failure, (enum err_code)i, "%s", member_text(c, failure, "message"));
                return 0;
        }
        return err_set(err, ERR_INVALID, "failure.code: no such code");
}

static int test_case_decode(struct test_case *c, struct err *err) {
        if (check_members(c->tree, err) < 0)
                return -1;
        if (load_now(c, err) < 0 || load_llc(c, err) < 0 || load_rollout(c, err) < 0 ||
            load_replicaset(c, err) < 0 || load_service(c, err) < 0 || load_budgets(c, err) < 0 ||
            load_pods(c, err) < 0 || load_unreadable(c, err) < 0)
                return -1;
        return load_failure(c, err);
}

int test_case_of(struct json *tree, struct test_case *ret_case, struct err *err) {
        struct test_case c = { .arena = ARENA_INIT, .tree = tree };

        if (test_case_decode(&c, err) < 0) {
                test_case_deinit(&c);
                return -1;
        }
        *ret_case = c;
        return 0;
}

int test_case_load(const char *path, struct test_case *ret_case, struct err *err) {
        STRBUF_CLEANUP struct strbuf text = STRBUF_INIT(WORLD_FILE_MAX);
        struct json *tree;

        if (file_read(path, &text, err) < 0 || yaml_parse(strbuf_bytes(&text), &tree, err) < 0 ||
            test_case_of(tree, ret_case, err) < 0)
                return err_wrap(err, "%s", path);
        return 0;
}

void test_case_deinit(struct test_case *test_case) {
        json_freep(&test_case->tree);
        arena_deinit(&test_case->arena);
}

int test_case_decide(const struct test_case *test_case, const struct world *world,
                     struct arena *arena, struct plan *ret_plan, struct err *err) {
        reconcile(world, arena, ret_plan);
        if (!test_case->has_failure)
                return 0;
        if (!test_case->failed_pod) {
                plan_note_failure(ret_plan, world, arena, NULL, &test_case->failure);
                return 0;
        }
        for (size_t i = 0; i < ret_plan->n_actions; i++) {
                const struct action *action = &ret_plan->actions[i];

                if (strcmp(action->name, test_case->failed_pod) != 0)
                        continue;
                plan_note_failure(ret_plan, world, arena, action, &test_case->failure);
                return 0;
        }
        return err_set(err, ERR_INVALID, "failure.pod: the plan has no action on it");
}
