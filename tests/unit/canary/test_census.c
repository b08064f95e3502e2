#include "census.h"

#include "fixture.h"
#include "llc/api/resource.h"
#include "slots.h"

static struct draft take_census(struct fixture *f) {
        struct draft draft = {
                .world = &f->world,
                .arena = &f->arena,
                .plan = &f->plan,
                .stable = f->rollout.stable_rs,
                .replicas = f->spec.replicas,
        };

        plan_deinit(&f->plan);
        f->plan = (struct plan){ .read = PLAN_READ_NOTHING };
        census_take(&draft);
        slots_assign(&draft);
        census_count(&draft);
        return draft;
}

static void test_census__available_after_min_ready_seconds(void **state) {
        struct fixture *f = *state;
        struct fixture_pod *pod = fixture_add_pod(f, 0, 0);
        struct draft draft;

        f->spec.min_ready_seconds = 60;
        pod->ready.last_transition_time = f->world.now - 59999;
        draft = take_census(f);
        assert_int_equal(draft.n_available, 0);
        assert_int_equal(draft.pods[0].available_at, f->world.now + 1);
        assert_true(f->plan.has_deadline);
        assert_int_equal(f->plan.deadline, f->world.now + 1);
        pod->ready.last_transition_time--;
        draft = take_census(f);
        assert_int_equal(draft.n_available, 1);
        assert_int_equal(draft.pods[0].available_at, f->world.now);
        assert_false(f->plan.has_deadline);
}

static void test_census__absurd_min_ready_seconds_are_clamped(void **state) {
        struct fixture *f = *state;
        struct fixture_pod *pod = fixture_add_pod(f, 0, 0);
        struct draft draft;

        pod->ready.last_transition_time = f->world.now + 5000; /* its node's clock is ahead */
        f->spec.min_ready_seconds = -60;
        draft = take_census(f);
        assert_int_equal(draft.n_available, 1);
        assert_int_equal(draft.pods[0].available_at, f->world.now + 5000);
        assert_false(f->plan.has_deadline);
        f->spec.min_ready_seconds = INT64_MAX;
        draft = take_census(f);
        assert_int_equal(draft.n_available, 0);
        assert_int_equal(f->plan.deadline, f->world.now + 5000 + 1000 * (int64_t)INT32_MAX);
}

static void test_census__what_is_not_ready_is_not_available(void **state) {
        struct fixture *f = *state;
        struct fixture_pod *pod = fixture_add_pod(f, 0, 0);
        struct draft draft;

        pod->ready.status = "False";
        pod->ready.last_transition_time = f->world.now - 1000;
        f->spec.min_ready_seconds = 60;
        draft = take_census(f);
        assert_int_equal(draft.n_available, 0);
        assert_int_equal(draft.pods[0].available_at, 0);
        assert_false(f->plan.has_deadline);
        pod->ready.status = "True";
        pod->meta.deletion_timestamp = 1;
        draft = take_census(f);
        assert_int_equal(draft.n_available, 0);
        assert_false(f->plan.has_deadline);
}

/* Nobody knows since when: never, unless there is nothing to wait for. */
static void test_census__ready_since_unknown(void **state) {
        struct fixture *f = *state;

        fixture_add_pod(f, 0, 0);
        assert_int_equal(take_census(f).n_available, 1);
        f->spec.min_ready_seconds = 1;
        assert_int_equal(take_census(f).n_available, 0);
        assert_false(f->plan.has_deadline);
}

static void test_census__drift_is_from_what_is_stable(void **state) {
        struct fixture *f = *state;

        fixture_add_pod(f, 0, 0);
        fixture_pod_annotate(fixture_add_pod(f, 1, 0), ANNOTATION_BASE_HASH, "77aa");
        fixture_pod_annotate(fixture_add_pod(f, 2, 0), ANNOTATION_BASE_HASH, NULL);
        assert_int_equal(take_census(f).n_drifted, 2);
        f->rollout.stable_rs = NULL;
        assert_int_equal(take_census(f).n_drifted, 0);
}

#define FIXTURE_TEST(name)                                                                         \
        cmocka_unit_test_setup_teardown(test_census__##name, fixture_setup, fixture_teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                FIXTURE_TEST(available_after_min_ready_seconds),
                FIXTURE_TEST(absurd_min_ready_seconds_are_clamped),
                FIXTURE_TEST(what_is_not_ready_is_not_available),
                FIXTURE_TEST(ready_since_unknown),
                FIXTURE_TEST(drift_is_from_what_is_stable),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
