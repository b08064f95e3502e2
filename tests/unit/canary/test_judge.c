#include "judge.h"

#include <string.h>

#include "fingerprint.h"
#include "fixture.h"
#include "llc/api/resource.h"

static const char *fingerprint(struct fixture *f) {
        return fingerprint_of(&f->llc, &f->arena);
}

/* Pinned: a release that hashes otherwise would end every quarantine. */
static void test_judge__fingerprints_never_change(void **state) {
        struct fixture *f = *state;
        struct str_pair resume = { ANNOTATION_RESUME, "2026-01-01" };

        assert_string_equal(fingerprint(f), "ffddfbf8b18dadb4");
        f->llc_meta.annotations = &resume;
        f->llc_meta.n_annotations = 1;
        assert_string_equal(fingerprint(f), "30109c81f0aaca5b");
        f->spec.on_failure = LLC_ON_FAILURE_KEEP;
        assert_string_equal(fingerprint(f), "c64063a3f378bbb9");
}

static void test_judge__what_no_failure_depends_on_does_not_end_it(void **state) {
        struct fixture *f = *state;
        const char *before = fingerprint(f);

        f->spec.replicas = 7;
        f->spec.paused = true;
        f->spec.owner = "team";
        f->spec.description = "text";
        assert_string_equal(fingerprint(f), before);
}

static void test_judge__any_other_change_of_the_spec_ends_it(void **state) {
        struct fixture *f = *state;
        const char *before = fingerprint(f);

        f->traffic.min_stable_ready = 2;
        assert_string_not_equal(fingerprint(f), before);
        f->traffic.min_stable_ready = 1;
        f->spec.image = "registry/checkout:other";
        assert_string_not_equal(fingerprint(f), before);
        f->spec.image = "registry/checkout:jdk21";
        f->validation.max_restarts = 6;
        assert_string_not_equal(fingerprint(f), before);
        f->validation.max_restarts = 5;
        f->spec.progress_deadline_seconds = 601;
        assert_string_not_equal(fingerprint(f), before);
        f->spec.progress_deadline_seconds = 600;
        assert_string_equal(fingerprint(f), before);
}

/* An object of the cluster has all defaults; one that says them is no other. */
static void test_judge__a_default_is_as_good_as_nothing(void **state) {
        struct fixture *f = *state;
        const char *before = fingerprint(f);

        f->spec.update_policy = NULL;
        f->spec.traffic = NULL;
        f->spec.validation = NULL;
        f->spec.on_failure = 0;
        assert_string_equal(fingerprint(f), before);
}

static void test_judge__each_resume_counts_even_an_empty_one(void **state) {
        static const char *const values[] = { "", " ", "1", "\"", "spec.image=\"x\"", "\n" };
        struct str_pair resume = { ANNOTATION_RESUME, NULL };
        const char *seen[8] = { fingerprint(*state) };
        struct fixture *f = *state;
        size_t n = 1;

        f->llc_meta.annotations = &resume;
        f->llc_meta.n_annotations = 1;
        for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
                resume.value = values[i];
                seen[n] = fingerprint(f);
                assert_int_equal(strlen(seen[n]), 16);
                for (size_t j = 0; j < n; j++)
                        assert_string_not_equal(seen[n], seen[j]);
                n++;
        }
}

static struct pod_container_status crashing(struct pod_container_state *state,
                                            const struct pod_waiting *waiting, int64_t restarts) {
        state->waiting = waiting;
        return (struct pod_container_status){ .name = "app",
                                              .restart_count = restarts,
                                              .state = state };
}

static void test_judge__a_pod_that_does_not_wait_has_not_failed(void **state) {
        static const struct pod_waiting waiting[] = { { .reason = "CrashLoopBackOff" },
                                                      { .reason = NULL },
                                                      { .reason = "ImagePullBackOff" } };
        struct pod_container_state container_state;
        struct pod_container_status container;
        struct fixture *f = *state;
        struct fixture_pod *pod = fixture_add_pod(f, 0, 0);

        pod->status.container_statuses = &container;
        pod->status.n_container_statuses = 1;
        for (size_t i = 1; i < 3; i++) {
                container = crashing(&container_state, &waiting[i], 100);
                assert_null(fixture_reconcile(f)->status.failure);
        }
        container = crashing(&container_state, NULL, 100);
        assert_null(fixture_reconcile(f)->status.failure);
        container.state = NULL;
        assert_null(fixture_reconcile(f)->status.failure);
        container = crashing(&container_state, &waiting[0], 6);
        assert_non_null(fixture_reconcile(f)->status.failure);
        assert_true(f->plan.tell_now);
        container.restart_count = 5;
        assert_null(fixture_reconcile(f)->status.failure);
        assert_false(f->plan.tell_now);
}

static void test_judge__the_deadline_is_waited_for_to_the_millisecond(void **state) {
        struct fixture *f = *state;
        struct fixture_pod *pod = fixture_add_pod(f, 0, 0);

        pod->ready.status = "False";
        pod->meta.creation_timestamp = f->world.now - 599999;
        assert_null(fixture_reconcile(f)->status.failure);
        assert_true(f->plan.has_deadline);
        assert_int_equal(f->plan.deadline, f->world.now + 1);
        f->world.now++;
        assert_non_null(fixture_reconcile(f)->status.failure);
        assert_string_equal(f->plan.status.failure->reason, "ProgressDeadlineExceeded");
        pod->ready.last_transition_time = f->world.now - 1000;
        assert_null(fixture_reconcile(f)->status.failure);
        assert_int_equal(f->plan.deadline, f->world.now + 599000);
}

/* One that stands keeps its words and its time, whatever the pods do. */
static void test_judge__a_failure_stands_as_it_was_told(void **state) {
        struct fixture *f = *state;
        struct llc_failure failure = { .reason = "CrashLooping",
                                       .message = "as told",
                                       .since = 1000,
                                       .spec = fingerprint(f) };
        struct fixture_pod *pod = fixture_add_pod(f, 0, 0);

        f->status.failure = &failure;
        f->world.budgets_state = WORLD_BUDGETS_FOUND;
        assert_string_equal(fixture_reconcile(f)->status.failure->message, "as told");
        assert_int_equal(f->plan.status.failure->since, 1000);
        assert_false(f->plan.tell_now);
        pod->ready.status = "False";
        pod->meta.creation_timestamp = 0;
        assert_string_equal(fixture_reconcile(f)->status.failure->message, "as told");
        failure.spec = "0000000000000000";
        assert_string_equal(fixture_reconcile(f)->status.failure->reason,
                            "ProgressDeadlineExceeded");
        assert_true(f->plan.tell_now);
        pod->ready.status = "True";
        assert_null(fixture_reconcile(f)->status.failure);
        assert_true(f->plan.tell_now);
}

/* A pod that nobody has reported on yet is young, or missed its deadline. */
static void test_judge__a_pod_without_a_status_has_a_deadline(void **state) {
        struct fixture *f = *state;
        struct fixture_pod *pod = fixture_add_pod(f, 0, 0);

        pod->pod.status = NULL;
        assert_string_equal(fixture_reconcile(f)->status.failure->reason,
                            "ProgressDeadlineExceeded");
        pod->meta.creation_timestamp = f->world.now;
        assert_null(fixture_reconcile(f)->status.failure);
}

/* No pod is made while one stands, whatever becomes of those that failed. */
static void test_judge__nothing_is_made_while_a_failure_stands(void **state) {
        struct fixture *f = *state;
        struct llc_failure *failure = ARENA_NEW(&f->arena, struct llc_failure);

        *failure = (struct llc_failure){ .reason = "CrashLooping", .message = "" };
        f->status.failure = failure;
        for (int on = LLC_ON_FAILURE_QUARANTINE; on <= LLC_ON_FAILURE_KEEP; on++) {
                f->spec.on_failure = on;
                failure->spec = fingerprint(f);
                assert_int_equal(fixture_count(fixture_reconcile(f), ACTION_CREATE),
                                 on == LLC_ON_FAILURE_KEEP);
                assert_int_equal(f->plan.read, PLAN_READ_NOTHING);
                assert_false(f->plan.has_deadline);
        }
}

static void test_judge__a_new_failure_is_dated_in_whole_seconds(void **state) {
        struct fixture *f = *state;
        struct fixture_pod *pod = fixture_add_pod(f, 0, 0);

        pod->ready.status = "False";
        f->world.now += 999;
        assert_int_equal(fixture_reconcile(f)->status.failure->since, f->world.now - 999);
}

#define FIXTURE_TEST(name)                                                                         \
        cmocka_unit_test_setup_teardown(test_judge__##name, fixture_setup, fixture_teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                FIXTURE_TEST(fingerprints_never_change),
                FIXTURE_TEST(what_no_failure_depends_on_does_not_end_it),
                FIXTURE_TEST(any_other_change_of_the_spec_ends_it),
                FIXTURE_TEST(a_default_is_as_good_as_nothing),
                FIXTURE_TEST(each_resume_counts_even_an_empty_one),
                FIXTURE_TEST(a_pod_that_does_not_wait_has_not_failed),
                FIXTURE_TEST(the_deadline_is_waited_for_to_the_millisecond),
                FIXTURE_TEST(a_failure_stands_as_it_was_told),
                FIXTURE_TEST(a_pod_without_a_status_has_a_deadline),
                FIXTURE_TEST(nothing_is_made_while_a_failure_stands),
                FIXTURE_TEST(a_new_failure_is_dated_in_whole_seconds),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
