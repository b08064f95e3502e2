#include "fixture.h"

#include <string.h>

static void pod(struct fixture *f, const char *name, const char *phase, const char *ready) {
        const struct kind *pods = fixture_kind(f, "v1", "Pod");

        assert_non_null(
                fixture_create(f, pods,
                               arena_printf(&f->arena,
                                            "{metadata: {name: %s, labels: {app: a}}, spec: "
                                            "{nodeName: n1, containers: [{name: c, image: "
                                            "i}]}}",
                                            name)));
        f->options.part = PART_STATUS;
        assert_non_null(
                fixture_patch(f, pods, name, PATCH_MERGE,
                              arena_printf(&f->arena,
                                           "{status: {phase: %s, conditions: [{type: Ready, "
                                           "status: '%s'}]}}",
                                           phase, ready)));
        f->options.part = PART_OBJECT;
}

static const struct kind *budget(struct fixture *f, const char *name, const char *spec,
                                 const char *status) {
        const struct kind *budgets = fixture_kind(f, "policy/v1", "PodDisruptionBudget");

        assert_non_null(fixture_create(
                f, budgets,
                arena_printf(&f->arena,
                             "{metadata: {name: %s}, spec: {%s selector: {matchLabels: {app: a}}}}",
                             name, spec)));
        f->options.part = PART_STATUS;
        if (!fixture_patch(f, budgets, name, PATCH_MERGE,
                           arena_printf(&f->arena, "{status: {expectedPods: 1, %s}}", status)))
                fail_msg("%s", f->refusal.message);
        f->options.part = PART_OBJECT;
        return budgets;
}

static int evict(struct fixture *f, const char *name) {
        return verb_evict(&f->sim, "default", name, &FIXTURE_DELETE, &f->refusal);
}

static void assert_cause(const struct fixture *f, const char *message) {
        const struct json *cause = json_at(f->refusal.causes, 0);

        assert_int_equal(json_length(f->refusal.causes), 1);
        assert_string_equal(json_as_string(json_get(cause, "reason")).ptr, "DisruptionBudget");
        assert_string_equal(json_as_string(json_get(cause, "message")).ptr, message);
}

static const char REFUSED[] = "Cannot evict pod as it would violate the pod's disruption budget.";

static void test_evict__without_a_budget_is_a_deletion(void **state) {
        struct fixture f;
        struct record *record;

        (void)state;
        fixture_init(&f);
        pod(&f, "p", "Running", "True");
        assert_int_equal(evict(&f, "p"), 0);
        record = fixture_get(&f, fixture_kind(&f, "v1", "Pod"), "p");
        assert_true(record->deleting);
        assert_non_null(strstr(record->text, "\"reason\":\"EvictionByEvictionAPI\""));
        assert_int_equal(evict(&f, "nope"), -1);
        assert_string_equal(f.refusal.message, "pods \"nope\" not found");
        fixture_deinit(&f);
}

static void test_evict__budget_without_room_refuses(void **state) {
        struct fixture f;

        (void)state;
        fixture_init(&f);
        pod(&f, "p", "Running", "True");
        budget(&f, "b", "minAvailable: 1,",
               "observedGeneration: 1, disruptionsAllowed: 0, currentHealthy: 1, desiredHealthy: "
               "1");
        assert_int_equal(evict(&f, "p"), -1);
        assert_int_equal(f.refusal.code, 429);
        assert_string_equal(f.refusal.reason, "TooManyRequests");
        assert_string_equal(f.refusal.message, REFUSED);
        assert_int_equal(f.refusal.retry_after_s, 0);
        assert_cause(&f, "The disruption budget b needs 1 healthy pods and has 1 currently");
        assert_false(fixture_get(&f, fixture_kind(&f, "v1", "Pod"), "p")->deleting);
        fixture_deinit(&f);
}

static void test_evict__budget_is_used_up(void **state) {
        struct fixture f;
        const struct kind *budgets;
        struct record *record;

        (void)state;
        fixture_init(&f);
        pod(&f, "p", "Running", "True");
        pod(&f, "q", "Running", "True");
        budgets = budget(&f, "b", "minAvailable: 1,",
                         "observedGeneration: 1, disruptionsAllowed: 1, currentHealthy: 2, "
                         "desiredHealthy: 1");
        assert_int_equal(evict(&f, "p"), 0);
        record = fixture_get(&f, budgets, "b");
        fixture_assert_value(&f, record, "status.disruptionsAllowed", "0");
        fixture_assert_value(&f, record, "status.disruptedPods",
                             "{\"p\":\"2026-03-01T12:00:00Z\"}");
        assert_non_null(strstr(record->text, "\"reason\":\"InsufficientPods\""));
        assert_int_equal(evict(&f, "q"), -1);
        assert_string_equal(f.refusal.message, REFUSED);
        fixture_deinit(&f);
}

static void test_evict__budget_that_is_behind_is_waited_for(void **state) {
        struct fixture f;

        (void)state;
        fixture_init(&f);
        pod(&f, "p", "Running", "True");
        budget(&f, "b", "minAvailable: 1,",
               "observedGeneration: 0, disruptionsAllowed: 1, currentHealthy: 2, desiredHealthy: "
               "1");
        assert_int_equal(evict(&f, "p"), -1);
        assert_int_equal(f.refusal.retry_after_s, 10);
        assert_cause(&f, "The disruption budget b is still being processed by the server.");
        fixture_deinit(&f);
}

static void test_evict__pod_that_does_not_count_goes(void **state) {
        struct fixture f;

        (void)state;
        fixture_init(&f);
        pod(&f, "p", "Pending", "False");
        pod(&f, "q", "Running", "False");
        pod(&f, "r", "Failed", "False");
        budget(&f, "b", "minAvailable: 1,",
               "observedGeneration: 1, disruptionsAllowed: 0, currentHealthy: 1, desiredHealthy: "
               "1");
        assert_int_equal(evict(&f, "p"), 0);
        assert_int_equal(evict(&f, "q"), 0); /* not ready, and the budget holds without it */
        assert_int_equal(evict(&f, "r"), 0);
        fixture_deinit(&f);
}

static void test_evict__unready_pod_counts_while_the_budget_is_short(void **state) {
        struct fixture f;
        const struct kind *budgets;

        (void)state;
        fixture_init(&f);
        pod(&f, "p", "Running", "False");
        budgets = budget(&f, "b", "minAvailable: 1,",
                         "observedGeneration: 1, disruptionsAllowed: 0, currentHealthy: 0, "
                         "desiredHealthy: 1");
        assert_int_equal(evict(&f, "p"), -1);
        assert_non_null(fixture_patch(&f, budgets, "b", PATCH_MERGE,
                                      "{spec: {unhealthyPodEvictionPolicy: AlwaysAllow}}"));
        assert_int_equal(evict(&f, "p"), 0);
        fixture_deinit(&f);
}

static void test_evict__two_budgets_are_too_many(void **state) {
        static const char STATUS[] = "observedGeneration: 1, disruptionsAllowed: 1, "
                                     "currentHealthy: 1, desiredHealthy: 0";
        struct fixture f;

        (void)state;
        fixture_init(&f);
        pod(&f, "p", "Running", "True");
        budget(&f, "b", "", STATUS);
        budget(&f, "c", "", STATUS);
        assert_int_equal(evict(&f, "p"), -1);
        assert_int_equal(f.refusal.code, 500);
        assert_string_equal(f.refusal.message,
                            "This pod has more than one PodDisruptionBudget, which the eviction "
                            "subresource does not support.");
        fixture_deinit(&f);
}

static void test_evict__asks_for_the_pod_it_means(void **state) {
        struct fixture f;
        struct delete_options options = FIXTURE_DELETE;
        const struct kind *pods;
        int64_t revision;

        (void)state;
        fixture_init(&f);
        pods = fixture_kind(&f, "v1", "Pod");
        pod(&f, "p", "Running", "True");
        options.uid = "wrong";
        assert_int_equal(verb_evict(&f.sim, "default", "p", &options, &f.refusal), -1);
        assert_int_equal(f.refusal.code, 409);

        options.uid = NULL;
        options.dry_run = true;
        revision = storage_revision(f.storage);
        assert_int_equal(verb_evict(&f.sim, "default", "p", &options, &f.refusal), 0);
        assert_int_equal(storage_revision(f.storage), revision);

        /* The condition that an eviction sets is not a change that its own precondition minds. */
        options.dry_run = false;
        options.resource_version =
                arena_printf(&f.arena, "%lld", (long long)fixture_get(&f, pods, "p")->revision);
        assert_int_equal(verb_evict(&f.sim, "default", "p", &options, &f.refusal), 0);
        fixture_deinit(&f);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_evict__without_a_budget_is_a_deletion),
                cmocka_unit_test(test_evict__budget_without_room_refuses),
                cmocka_unit_test(test_evict__budget_is_used_up),
                cmocka_unit_test(test_evict__budget_that_is_behind_is_waited_for),
                cmocka_unit_test(test_evict__pod_that_does_not_count_goes),
                cmocka_unit_test(test_evict__unready_pod_counts_while_the_budget_is_short),
                cmocka_unit_test(test_evict__two_budgets_are_too_many),
                cmocka_unit_test(test_evict__asks_for_the_pod_it_means),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
