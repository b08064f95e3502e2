#include <string.h>

#include "fingerprint.h"
#include "fixture.h"
#include "llc/api/resource.h"
#include "llc/canary/reconcile.h"

static const char *noted(struct fixture *f, const struct action *action, enum err_code code,
                         const char *message) {
        struct err err;

        fixture_reconcile(f);
        err_set(&err, code, "%s", message);
        plan_note_failure(&f->plan, &f->world, &f->arena, action, &err);
        return fixture_condition(&f->plan, "Ready")->reason;
}

static void test_failure__reasons(void **state) {
        static const struct {
                enum err_code code;
                const char *message, *reason;
        } cases[] = {
                { ERR_FORBIDDEN, "exceeded quota: pods", "QuotaExceeded" },
                { ERR_FORBIDDEN, "violates PodSecurity \"restricted\"", "PodSecurityViolation" },
                { ERR_FORBIDDEN, "admission webhook \"x\" denied the request: no",
                  "AdmissionDenied" },
                { ERR_FORBIDDEN, "User \"llc\" cannot create resource \"pods\"", "Forbidden" },
                { ERR_INVALID, "ValidatingAdmissionPolicy 'a' with binding 'b' denied request: no",
                  "AdmissionDenied" },
                { ERR_INVALID, "spec.x: Invalid value", "CreateRejected" },
                { ERR_ALREADY_EXISTS, "not ours", "PodNameTaken" },
                { ERR_TOO_LARGE, "body", "RequestFailed" },
                { ERR_PROTOCOL, "what", "RequestFailed" },
                { ERR_AMBIGUOUS, "Internal error occurred: failed calling webhook \"w\": refused",
                  "WebhookFailed" },
        };
        const struct action create = { .kind = ACTION_CREATE, .name = "p" };
        struct fixture *f = *state;

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                assert_string_equal(noted(f, &create, cases[i].code, cases[i].message),
                                    cases[i].reason);
                assert_string_equal(fixture_condition(&f->plan, "Reconciling")->reason,
                                    cases[i].reason);
                assert_int_equal(fixture_condition(&f->plan, "Reconciling")->status,
                                 CONDITION_TRUE);
                assert_string_equal(fixture_condition(&f->plan, "Ready")->message,
                                    cases[i].message);
                assert_true(f->plan.has_status);
        }
}

static void test_failure__rejections_name_the_verb(void **state) {
        static const struct {
                enum action_kind kind;
                const char *reason;
        } cases[] = {
                { ACTION_RELABEL, "PatchRejected" }, { ACTION_HOLD, "PatchRejected" },
                { ACTION_RELEASE, "PatchRejected" }, { ACTION_DELETE, "DeleteRejected" },
                { ACTION_CREATE, "CreateRejected" },
        };
        struct fixture *f = *state;

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                const struct action action = { .kind = cases[i].kind, .name = "p" };

                assert_string_equal(noted(f, &action, ERR_INVALID, "no"), cases[i].reason);
        }
        assert_string_equal(noted(f, NULL, ERR_INVALID, "no"), "ReadRejected");
}

static void test_failure__transient_ones_change_nothing(void **state) {
        static const enum err_code codes[] = { ERR_NOT_FOUND,  ERR_CONFLICT,     ERR_GONE,
                                               ERR_THROTTLED,  ERR_UNAVAILABLE,  ERR_TIMEOUT,
                                               ERR_AMBIGUOUS,  ERR_UNAUTHORIZED, ERR_TERMINATING,
                                               ERR_UNREACHABLE };
        const struct action create = { .kind = ACTION_CREATE, .name = "p" };
        struct fixture *f = *state;

        for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
                assert_string_equal(noted(f, &create, codes[i], "exceeded quota"), "CreatingPods");
}

static void test_failure__told_once(void **state) {
        const struct action create = { .kind = ACTION_CREATE, .name = "p" };
        struct fixture *f = *state;

        noted(f, &create, ERR_FORBIDDEN, "exceeded quota");
        f->status = f->plan.status;
        f->world.now += 60000;
        noted(f, &create, ERR_FORBIDDEN, "exceeded quota");
        assert_false(f->plan.has_status);
}

/* A try that got no answer knows no better than the one before. */
static void test_failure__no_answer_takes_nothing_back(void **state) {
        const struct action create = { .kind = ACTION_CREATE, .name = "p" };
        struct fixture *f = *state;

        noted(f, &create, ERR_FORBIDDEN, "exceeded quota");
        f->status = f->plan.status;
        assert_true(llc_tells_failure(&f->llc));
        assert_string_equal(noted(f, &create, ERR_THROTTLED, "later"), "QuotaExceeded");
        assert_false(f->plan.has_status);
        f->llc_meta.generation++;
        assert_false(llc_tells_failure(&f->llc));
        assert_string_equal(noted(f, &create, ERR_THROTTLED, "later"), "CreatingPods");
}

/* Without a Rollout read nothing is said; that it may not be read is. */
static void test_failure__unreadable_rollout_is_told(void **state) {
        struct fixture *f = *state;

        f->world.rollout_state = WORLD_ROLLOUT_UNKNOWN;
        assert_string_equal(noted(f, NULL, ERR_FORBIDDEN, "cannot get rollouts"), "Forbidden");
        assert_true(f->plan.has_status);
        assert_int_equal(fixture_condition(&f->plan, "RolloutFound")->status, CONDITION_UNKNOWN);
}

static void test_failure__deletion_is_not_talked_over(void **state) {
        const struct action relabel = { .kind = ACTION_RELABEL, .name = "p" };
        struct fixture *f = *state;

        f->llc_meta.deletion_timestamp = 1;
        assert_string_equal(noted(f, &relabel, ERR_FORBIDDEN, "no"), "Terminating");
        assert_int_equal(f->plan.status.phase, LLC_PHASE_TERMINATING);
}

/* What can't be done to it does not make of a quarantined canary one that is not. */
static void test_failure__phase_stays(void **state) {
        const struct action recount = { .kind = ACTION_RECOUNT, .name = "b" };
        struct llc_failure failure = { .reason = "CrashLooping", .message = "it crashed" };
        struct fixture *f = *state;
        struct fixture_pod *pod = fixture_add_pod(f, 0, 0);

        f->traffic.mode = LLC_TRAFFIC_NONE;
        fixture_pod_annotate(pod, ANNOTATION_HELD_LABELS, "{}");
        failure.spec = fingerprint_of(&f->llc, &f->arena);
        f->status.failure = &failure;
        noted(f, &recount, ERR_FORBIDDEN, "no");
        assert_int_equal(f->plan.status.phase, LLC_PHASE_QUARANTINED);
}

#define FIXTURE_TEST(name)                                                                         \
        cmocka_unit_test_setup_teardown(test_failure__##name, fixture_setup, fixture_teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                FIXTURE_TEST(reasons),
                FIXTURE_TEST(rejections_name_the_verb),
                FIXTURE_TEST(transient_ones_change_nothing),
                FIXTURE_TEST(told_once),
                FIXTURE_TEST(no_answer_takes_nothing_back),
                FIXTURE_TEST(unreadable_rollout_is_told),
                FIXTURE_TEST(deletion_is_not_talked_over),
                FIXTURE_TEST(phase_stays),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
