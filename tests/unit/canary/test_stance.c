#include "stance.h"

#include <string.h>

#include "fingerprint.h"
#include "fixture.h"
#include "llc/api/resource.h"

#define SAVED "{\"app\":\"checkout\",\"" LABEL_HASH "\":\"" FIXTURE_STABLE "\"}"

static struct fixture_pod *add_held_pod(struct fixture *f, int slot) {
        struct fixture_pod *pod = fixture_add_pod(f, slot, 0);

        pod->meta.n_labels = 0;
        fixture_pod_label(pod, LABEL_NAME, "jdk21");
        fixture_pod_annotate(pod, ANNOTATION_HELD_LABELS, SAVED);
        return pod;
}

/* What is settled is left alone: no action, no read, no look at the clock. */
static void assert_quiet(struct fixture *f) {
        const struct plan *plan = fixture_reconcile(f);

        assert_int_equal(plan->n_actions, 0);
        assert_int_equal(plan->read, PLAN_READ_NOTHING);
        assert_false(plan->has_deadline);
}

static void test_stance__a_settled_canary_is_left_alone(void **state) {
        struct fixture *f = *state;

        fixture_add_pod(f, 0, 0);
        f->world.template_state = WORLD_TEMPLATE_UNREAD;
        f->status =
                (struct llc_status){ .has_observed_generation = true, .observed_generation = 1 };
        assert_quiet(f);
        f->spec.paused = true;
        assert_quiet(f);
}

static void test_stance__a_thousand_follow_without_a_read(void **state) {
        struct fixture *f = *state;

        for (int i = 0; i < LLC_REPLICAS_MAX; i++)
                fixture_add_pod(f, i, 0);
        f->spec.replicas = LLC_REPLICAS_MAX;
        f->rollout.stable_rs = "7b4c";
        f->world.template_state = WORLD_TEMPLATE_UNREAD;
        assert_int_equal(fixture_count(fixture_reconcile(f), ACTION_RELABEL), LLC_REPLICAS_MAX);
        assert_int_equal(f->plan.read, PLAN_READ_NOTHING);
}

/* Each is known to be over: whatever else is asked for, the pods leave at once, unread. */
static void test_stance__what_is_over_needs_no_reading(void **state) {
        struct fixture *f = *state;

        fixture_add_pod(f, 0, 0);
        f->world.template_state = WORLD_TEMPLATE_UNREAD;
        for (int mode = LLC_TRAFFIC_SERVICE; mode <= LLC_TRAFFIC_NONE; mode++) {
                f->traffic.mode = mode;
                f->rollout.replicas = 0;
                assert_int_equal(fixture_count(fixture_reconcile(f), ACTION_HOLD), 1);
                assert_int_equal(f->plan.read, PLAN_READ_NOTHING);
                f->rollout.replicas = 3;
                f->rollout_meta.deletion_timestamp = 1;
                assert_int_equal(fixture_count(fixture_reconcile(f), ACTION_HOLD), 1);
                assert_int_equal(f->plan.read, PLAN_READ_NOTHING);
                f->rollout_meta.deletion_timestamp = 0;
        }
}

/* Only as many ready pods as asked for, of the stable ReplicaSet and of no other. */
static void test_stance__joins_when_stable_is_ready(void **state) {
        struct fixture *f = *state;

        add_held_pod(f, 0);
        for (int64_t wanted = 1; wanted <= 4; wanted++) {
                f->traffic.min_stable_ready = wanted;
                assert_int_equal(fixture_count(fixture_reconcile(f), ACTION_RELEASE), wanted <= 3);
        }
        f->traffic.min_stable_ready = 3;
        f->replicaset_owner.uid = "r2";
        assert_int_equal(fixture_count(fixture_reconcile(f), ACTION_RELEASE), 0);
        assert_string_equal(fixture_condition(&f->plan, "Ready")->reason, "StableNotReady");
        f->replicaset_owner.uid = "r1";
        f->replicaset.status = NULL;
        assert_int_equal(fixture_count(fixture_reconcile(f), ACTION_RELEASE), 0);
        f->replicaset_meta.name = "checkout-other";
        assert_int_equal(fixture_reconcile(f)->read, PLAN_READ_REPLICASET);
        assert_string_equal(f->plan.replicaset_name, "checkout-" FIXTURE_STABLE);
}

/* No pods and none wanted: nobody joins, so nobody asks. */
static void test_stance__nobody_to_join_needs_no_reading(void **state) {
        struct fixture *f = *state;

        f->world.template_state = WORLD_TEMPLATE_UNREAD;
        f->spec.replicas = 0;
        f->status =
                (struct llc_status){ .has_observed_generation = true, .observed_generation = 1 };
        assert_quiet(f);
        f->spec.replicas = 1;
        f->spec.paused = true;
        assert_quiet(f);
}

static void test_stance__the_last_endpoint_stays(void **state) {
        struct fixture *f = *state;
        struct fixture_pod *pod = fixture_add_pod(f, 0, 0);

        f->traffic.mode = LLC_TRAFFIC_NONE;
        f->replicaset_status.ready_replicas = 0;
        assert_int_equal(fixture_reconcile(f)->n_actions, 0);
        assert_int_equal(f->plan.deadline, f->world.now + 5000);
        f->replicaset_status.ready_replicas = 1;
        assert_int_equal(fixture_count(fixture_reconcile(f), ACTION_HOLD), 1);
        f->replicaset_status.ready_replicas = 0;
        pod->ready.status = "False";
        pod->meta.creation_timestamp = f->world.now;
        assert_int_equal(fixture_count(fixture_reconcile(f), ACTION_HOLD), 1);
        f->rollout.stable_rs = "";
        assert_int_equal(fixture_count(fixture_reconcile(f), ACTION_HOLD), 1);
        pod->ready.status = "True";
        assert_int_equal(fixture_reconcile(f)->n_actions, 0);
}

/* A Rollout that was not read yet says nothing, not even to a canary that failed. */
static void test_stance__unknown_is_not_gone(void **state) {
        struct fixture *f = *state;
        struct llc_failure failure = { .reason = "CrashLooping",
                                       .message = "",
                                       .spec = fingerprint_of(&f->llc, &f->arena) };

        fixture_add_pod(f, 0, 0);
        f->world.rollout_state = WORLD_ROLLOUT_UNKNOWN;
        f->world.rollout = NULL;
        f->world.budgets_state = WORLD_BUDGETS_FOUND;
        assert_int_equal(fixture_reconcile(f)->n_actions, 0);
        f->status.failure = &failure;
        assert_int_equal(fixture_reconcile(f)->n_actions, 0);
        assert_int_equal(f->plan.read, PLAN_READ_ROLLOUT);
}

#define FIXTURE_TEST(name)                                                                         \
        cmocka_unit_test_setup_teardown(test_stance__##name, fixture_setup, fixture_teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                FIXTURE_TEST(a_settled_canary_is_left_alone),
                FIXTURE_TEST(a_thousand_follow_without_a_read),
                FIXTURE_TEST(what_is_over_needs_no_reading),
                FIXTURE_TEST(joins_when_stable_is_ready),
                FIXTURE_TEST(nobody_to_join_needs_no_reading),
                FIXTURE_TEST(the_last_endpoint_stays),
                FIXTURE_TEST(unknown_is_not_gone),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
