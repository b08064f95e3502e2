#include <string.h>

#include "fixture.h"
#include "llc/api/resource.h"

static const char *first_deleted(const struct plan *plan) {
        for (size_t i = 0; i < plan->n_actions; i++)
                if (plan->actions[i].kind == ACTION_DELETE)
                        return plan->actions[i].name;
        return NULL;
}

static void test_replicas__creates_come_in_batches(void **state) {
        struct fixture *f = *state;
        const struct plan *plan;

        f->spec.replicas = LLC_REPLICAS_MAX;
        plan = fixture_reconcile(f);
        assert_int_equal(fixture_count(plan, ACTION_CREATE), 16);
        assert_true(plan->has_deadline);
        assert_int_equal(plan->deadline, f->world.now + 1000);
}

static void test_replicas__full_batch_needs_no_second_look(void **state) {
        struct fixture *f = *state;

        f->spec.replicas = 16;
        assert_int_equal(fixture_count(fixture_reconcile(f), ACTION_CREATE), 16);
        assert_false(f->plan.has_deadline);
}

static void test_replicas__a_thousand_pods_all_go(void **state) {
        struct fixture *f = *state;

        for (int i = 0; i < LLC_REPLICAS_MAX; i++)
                fixture_add_pod(f, i, 0);
        f->spec.replicas = 0;
        assert_int_equal(fixture_count(fixture_reconcile(f), ACTION_DELETE), LLC_REPLICAS_MAX);
        assert_int_equal(f->plan.n_actions, LLC_REPLICAS_MAX);
}

static void test_replicas__cheaper_pod_goes_first(void **state) {
        struct fixture *f = *state;
        struct fixture_pod *cheap = fixture_add_pod(f, 0, 0);

        fixture_pod_annotate(cheap, "controller.kubernetes.io/pod-deletion-cost", "-5");
        fixture_add_pod(f, 1, 0);
        assert_string_equal(first_deleted(fixture_reconcile(f)), cheap->meta.name);
}

static void test_replicas__unready_counts_more_than_cost(void **state) {
        struct fixture *f = *state;
        struct fixture_pod *unready = fixture_add_pod(f, 0, 0);

        fixture_pod_annotate(unready, "controller.kubernetes.io/pod-deletion-cost", "100");
        unready->ready.status = "False";
        fixture_add_pod(f, 1, 0);
        assert_string_equal(first_deleted(fixture_reconcile(f)), unready->meta.name);
}

static void test_replicas__malformed_costs_count_as_zero(void **state) {
        static const char *const costs[] = { "", "x", "-5x", "99999999999999999999",
                                             "-2147483649" };
        struct fixture *f = *state;
        struct fixture_pod *low = fixture_add_pod(f, 0, 0);
        const char *high = fixture_add_pod(f, 1, 0)->meta.name;

        for (size_t i = 0; i < sizeof(costs) / sizeof(costs[0]); i++) {
                fixture_pod_annotate(low, "controller.kubernetes.io/pod-deletion-cost", costs[i]);
                assert_string_equal(first_deleted(fixture_reconcile(f)), high);
        }
}

static void test_replicas__stray_goes_before_pods_in_slots(void **state) {
        struct fixture *f = *state;
        struct fixture_pod *stray = fixture_add_pod(f, 0, 0);

        stray->meta.name = "aaa";
        fixture_add_pod(f, 1, 0);
        assert_string_equal(first_deleted(fixture_reconcile(f)), "aaa");
        assert_int_equal(fixture_count(&f->plan, ACTION_DELETE), 1);
}

static void test_replicas__never_two_below_by_replacement(void **state) {
        struct fixture *f = *state;

        f->spec.replicas = 5;
        for (int i = 0; i < 5; i++)
                fixture_add_pod(f, i, 0);
        f->spec.image = "registry/checkout:jdk22";
        assert_int_equal(fixture_count(fixture_reconcile(f), ACTION_DELETE), 1);
}

static void test_replicas__surplus_is_no_spare_for_replacement(void **state) {
        struct fixture *f = *state;

        f->spec.replicas = 2;
        for (int i = 0; i < 3; i++)
                fixture_add_pod(f, i, 0);
        f->spec.image = "registry/checkout:jdk22";
        assert_int_equal(fixture_count(fixture_reconcile(f), ACTION_DELETE), 2);
}

/* The unready new pod is surplus; the old one must not go in the same breath. */
static void test_replicas__last_ready_pod_outlives_the_surplus(void **state) {
        struct fixture *f = *state;
        struct fixture_pod *old = fixture_add_pod(f, 0, 0);
        struct fixture_pod *new = fixture_add_pod(f, 1, 0);

        fixture_pod_annotate(old, ANNOTATION_SPEC_HASH, "old");
        new->ready.status = "False";
        assert_string_equal(first_deleted(fixture_reconcile(f)), new->meta.name);
        assert_int_equal(f->plan.n_actions, 1);
}

static void test_replicas__clock_skew_does_not_keep_failed_pods(void **state) {
        struct fixture *f = *state;
        struct fixture_pod *failed = fixture_add_pod(f, 0, 0);

        failed->status.phase = "Failed";
        failed->meta.creation_timestamp = f->world.now + 3600000;
        assert_int_equal(fixture_count(fixture_reconcile(f), ACTION_DELETE), 1);
        failed->meta.creation_timestamp = f->world.now - 9999;
        assert_int_equal(fixture_count(fixture_reconcile(f), ACTION_DELETE), 0);
        assert_int_equal(f->plan.deadline, f->world.now + 1);
        assert_false(f->plan.reserves);
        failed->meta.creation_timestamp = f->world.now - 10000;
        assert_int_equal(fixture_count(fixture_reconcile(f), ACTION_DELETE), 1);
}

static void test_replicas__out_of_range_is_clamped(void **state) {
        struct fixture *f = *state;

        f->spec.replicas = -3;
        assert_int_equal(fixture_reconcile(f)->n_actions, 0);
        assert_string_equal(fixture_condition(&f->plan, "Ready")->reason, "ScaledToZero");
        f->spec.replicas = INT64_MAX;
        assert_string_equal(fixture_reconcile(f)->status.ready, "0/1000");
}

#define FIXTURE_TEST(name)                                                                         \
        cmocka_unit_test_setup_teardown(test_replicas__##name, fixture_setup, fixture_teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                FIXTURE_TEST(creates_come_in_batches),
                FIXTURE_TEST(full_batch_needs_no_second_look),
                FIXTURE_TEST(a_thousand_pods_all_go),
                FIXTURE_TEST(cheaper_pod_goes_first),
                FIXTURE_TEST(unready_counts_more_than_cost),
                FIXTURE_TEST(malformed_costs_count_as_zero),
                FIXTURE_TEST(stray_goes_before_pods_in_slots),
                FIXTURE_TEST(never_two_below_by_replacement),
                FIXTURE_TEST(surplus_is_no_spare_for_replacement),
                FIXTURE_TEST(last_ready_pod_outlives_the_surplus),
                FIXTURE_TEST(clock_skew_does_not_keep_failed_pods),
                FIXTURE_TEST(out_of_range_is_clamped),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
