#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fixture.h"
#include "llc/api/llc.h"

#define META "\"metadata\":{\"name\":\"jdk21\",\"namespace\":\"shop\",\"uid\":\"u\"}"

struct fixture {
        struct arena arena;
        struct llc llc;
        struct err err;
};

static int setup(void **state) {
        static struct fixture fixture;

        fixture = (struct fixture){ .arena = ARENA_INIT };
        *state = &fixture;
        return 0;
}

static int teardown(void **state) {
        struct fixture *f = *state;

        arena_deinit(&f->arena);
        return 0;
}

static int decode(struct fixture *f, const char *text) {
        JSON_CLEANUP struct json *json = json_read(text);

        return desc_decode(&llc_type, json, &f->arena, &f->llc, &f->err);
}

static void test_llc__the_common_case_and_its_defaults(void **state) {
        struct fixture *f = *state;
        int r = decode(f, "{" META ",\"spec\":{\"rolloutRef\":{\"name\":\"checkout\"},"
                          "\"image\":\"registry/checkout:jdk21\"}}");

        if (r < 0)
                fail_msg("%s", f->err.msg);
        assert_string_equal(f->llc.meta->name, "jdk21");
        assert_string_equal(f->llc.spec->rollout_ref->api_version, "argoproj.io/v1alpha1");
        assert_string_equal(f->llc.spec->rollout_ref->kind, "Rollout");
        assert_string_equal(f->llc.spec->rollout_ref->name, "checkout");
        assert_string_equal(f->llc.spec->image, "registry/checkout:jdk21");
        assert_int_equal(f->llc.spec->n_containers, 0);
        assert_int_equal(f->llc.spec->replicas, 1);
        assert_int_equal(f->llc.spec->update_policy->type, LLC_UPDATE_RELABEL);
        assert_string_equal(f->llc.spec->update_policy->max_unavailable, "1");
        assert_int_equal(f->llc.spec->min_ready_seconds, 0);
        assert_int_equal(f->llc.spec->progress_deadline_seconds, 600);
        assert_false(f->llc.spec->paused);
        assert_int_equal(f->llc.spec->traffic->mode, LLC_TRAFFIC_SERVICE);
        assert_int_equal(f->llc.spec->traffic->min_stable_ready, 1);
        assert_int_equal(f->llc.spec->validation->max_restarts, 5);
        assert_int_equal(f->llc.spec->on_failure, LLC_ON_FAILURE_QUARANTINE);
        assert_int_equal(f->llc.spec->on_rollout_missing, LLC_ON_ROLLOUT_MISSING_QUARANTINE);
        assert_null(f->llc.spec->pod_metadata);
        assert_null(f->llc.spec->owner);
        assert_null(f->llc.spec->description);
        assert_true(f->llc.status->has_observed_generation);
        assert_int_equal(f->llc.status->observed_generation, -1);
        assert_int_equal(f->llc.status->phase, 0);
}

static void test_llc__replicas_may_be_zero(void **state) {
        struct fixture *f = *state;

        assert_int_equal(decode(f, "{" META ",\"spec\":{\"rolloutRef\":{\"name\":\"r\"},"
                                   "\"replicas\":0,\"containers\":[{\"name\":\"app\","
                                   "\"image\":\"i\"}]}}"),
                         0);
        assert_int_equal(f->llc.spec->replicas, 0);
        assert_null(f->llc.spec->image);
        assert_string_equal(f->llc.spec->containers[0].name, "app");
        assert_string_equal(f->llc.spec->containers[0].image, "i");
}

#define REF "\"rolloutRef\":{\"name\":\"r\"}"

static void test_llc__what_is_refused(void **state) {
        static const struct {
                const char *text, *msg;
        } cases[] = {
                { "{" META "}", "spec: required, but missing" },
                { "{\"spec\":{" REF "}}", "metadata: required, but missing" },
                { "{" META ",\"spec\":{\"image\":\"i\"}}",
                  "spec.rolloutRef: required, but missing" },
                { "{" META ",\"spec\":{\"rolloutRef\":{}}}",
                  "spec.rolloutRef.name: required, but missing" },
                { "{" META ",\"spec\":{\"rolloutRef\":{\"name\":\"r\",\"kind\":\"Deployment\"}}}",
                  "spec.rolloutRef.kind: \"Deployment\" is none of: Rollout" },
                { "{" META ",\"spec\":{" REF ",\"replicas\":1001}}",
                  "spec.replicas: 1001 is more than 1000" },
                { "{" META ",\"spec\":{" REF ",\"replicas\":\"1\"}}",
                  "spec.replicas: expected int, found string" },
                { "{" META ",\"spec\":{" REF ",\"image\":\"\"}}",
                  "spec.image: 0 characters, at least 1 needed" },
                { "{" META ",\"spec\":{" REF ",\"containers\":[{\"name\":\"a\",\"image\":\"i\"},"
                  "{\"name\":\"b\",\"image\":7}]}}",
                  "spec.containers[1].image: expected string, found int" },
                { "{" META ",\"spec\":{" REF ",\"containers\":[{\"name\":\"a\",\"image\":\"i\"},"
                  "{\"name\":\"a\",\"image\":\"j\"}]}}",
                  "spec.containers[1].name: \"a\" is there twice" },
                { "{" META ",\"spec\":{" REF "},\"status\":{\"incarnations\":[1,-1]}}",
                  "status.incarnations[1]: -1 is less than 0" },
        };

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct fixture *f = *state;

                assert_int_equal(decode(f, cases[i].text), -1);
                assert_int_equal(f->err.code, ERR_INVALID);
                assert_string_equal(f->err.msg, cases[i].msg);
        }
}

static void test_llc__status_round_trips(void **state) {
        static const char text[] =
                "{\"observedGeneration\":2,\"phase\":\"Progressing\",\"replicas\":2,"
                "\"ready\":\"1/2\",\"readyReplicas\":1,\"availableReplicas\":1,"
                "\"updatedReplicas\":0,\"selector\":\"argo-canary.dev/name=jdk21\","
                "\"image\":\"a,b\",\"podTemplateHash\":\"5f9c\",\"incarnations\":[3,0],"
                "\"conditions\":[{\"type\":\"Ready\",\"status\":\"False\",\"reason\":\"R\","
                "\"message\":\"m\",\"observedGeneration\":2,"
                "\"lastTransitionTime\":\"2024-01-01T00:00:00Z\"}]}";
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        JSON_CLEANUP struct json *json = json_read(text);
        JSON_CLEANUP struct json *back = NULL;
        struct llc_status status;
        struct err err;

        (void)state;
        assert_int_equal(desc_decode(&llc_status_type, json, &arena, &status, &err), 0);
        assert_int_equal(status.phase, LLC_PHASE_PROGRESSING);
        back = desc_encode(&llc_status_type, &status);
        assert_json(back, text);
}

static void test_llc__an_empty_status_still_counts(void **state) {
        static const struct llc_status status = { .has_observed_generation = true,
                                                  .phase = LLC_PHASE_PENDING };
        JSON_CLEANUP struct json *json = desc_encode(&llc_status_type, &status);

        (void)state;
        assert_json(json, "{\"observedGeneration\":0,\"phase\":\"Pending\",\"replicas\":0,"
                          "\"readyReplicas\":0,\"availableReplicas\":0,\"updatedReplicas\":0}");
}

static void test_llc__phase_names(void **state) {
        (void)state;
        assert_string_equal(llc_phase_name(LLC_PHASE_PENDING), "Pending");
        assert_string_equal(llc_phase_name(LLC_PHASE_PROGRESSING), "Progressing");
        assert_string_equal(llc_phase_name(LLC_PHASE_RUNNING), "Running");
        assert_string_equal(llc_phase_name(LLC_PHASE_HELD), "Held");
        assert_string_equal(llc_phase_name(LLC_PHASE_QUARANTINED), "Quarantined");
        assert_string_equal(llc_phase_name(LLC_PHASE_FAILED), "Failed");
        assert_string_equal(llc_phase_name(LLC_PHASE_PAUSED), "Paused");
        assert_string_equal(llc_phase_name(LLC_PHASE_TERMINATING), "Terminating");
        assert_string_equal(llc_phase_name(0), "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_llc__##name, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(the_common_case_and_its_defaults),
                TEST(replicas_may_be_zero),
                TEST(what_is_refused),
                TEST(status_round_trips),
                TEST(an_empty_status_still_counts),
                TEST(phase_names),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
