#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fixture.h"
#include "llc/api/llc.h"
#include "llc/api/resource.h"

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

static void test_llc__bounds_of_what_is_optional(void **state) {
        static const struct {
                const char *spec, *msg;
        } cases[] = {
                { "\"containers\":[{\"name\":\"\"}]",
                  "spec.containers[0].name: 0 characters, at least 1 needed" },
                { "\"containers\":[{}]", "spec.containers[0].name: required, but missing" },
                { "\"containers\":[{\"name\":\"a\",\"imagePullPolicy\":\"Sometimes\"}]",
                  "spec.containers[0].imagePullPolicy: \"Sometimes\" is none of: Always, "
                  "IfNotPresent, Never" },
                { "\"containers\":[{\"name\":\"a\",\"command\":\"run\"}]",
                  "spec.containers[0].command: expected array, found string" },
                { "\"containers\":[{\"name\":\"a\",\"env\":[{\"name\":\"E\"},{\"name\":\"E\"}]}]",
                  "spec.containers[0].env[1].name: \"E\" is there twice" },
                { "\"containers\":[{\"name\":\"a\",\"env\":[{\"name\":\"E\",\"value\":1}]}]",
                  "spec.containers[0].env[0].value: expected string, found int" },
                { "\"containers\":[{\"name\":\"a\",\"env\":[{\"name\":\"E\",\"valueFrom\":"
                  "{\"secretKeyRef\":{\"name\":\"s\"}}}]}]",
                  "spec.containers[0].env[0].valueFrom.secretKeyRef.key: required, but missing" },
                { "\"containers\":[{\"name\":\"a\",\"env\":[{\"name\":\"E\",\"valueFrom\":"
                  "{\"configMapKeyRef\":{\"key\":\"k\"}}}]}]",
                  "spec.containers[0].env[0].valueFrom.configMapKeyRef.name: required, but "
                  "missing" },
                { "\"containers\":[{\"name\":\"a\",\"env\":[{\"name\":\"E\",\"valueFrom\":"
                  "{\"fieldRef\":{}}}]}]",
                  "spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: required, but missing" },
                { "\"containers\":[{\"name\":\"a\",\"env\":[{\"name\":\"E\",\"valueFrom\":"
                  "{\"resourceFieldRef\":{\"divisor\":-1}}}]}]",
                  "spec.containers[0].env[0].valueFrom.resourceFieldRef.resource: required, but "
                  "missing" },
                { "\"containers\":[{\"name\":\"a\",\"envFrom\":[{\"secretRef\":{}}]}]",
                  "spec.containers[0].envFrom[0].secretRef.name: required, but missing" },
                { "\"containers\":[{\"name\":\"a\",\"resources\":{\"limits\":{\"cpu\":-1}}}]",
                  "spec.containers[0].resources.limits[\"cpu\"]: -1 is less than 0" },
                { "\"containers\":[{\"name\":\"a\",\"resources\":{\"requests\":{\"cpu\":0.5}}}]",
                  "spec.containers[0].resources.requests[\"cpu\"]: expected string, found double" },
                { "\"podMetadata\":{\"labels\":{\"a\":"
                  "\"0123456789012345678901234567890123456789012345678901234567890123\"}}",
                  "spec.podMetadata.labels[\"a\"]: 64 characters, at most 63 allowed" },
                { "\"updatePolicy\":{\"type\":\"Rolling\"}",
                  "spec.updatePolicy.type: \"Rolling\" is none of: Relabel, Recreate, OnDelete" },
                { "\"updatePolicy\":{\"maxUnavailable\":-1}",
                  "spec.updatePolicy.maxUnavailable: -1 is less than 0" },
                { "\"minReadySeconds\":-1", "spec.minReadySeconds: -1 is less than 0" },
                { "\"progressDeadlineSeconds\":0",
                  "spec.progressDeadlineSeconds: 0 is less than 1" },
                { "\"paused\":\"yes\"", "spec.paused: expected bool, found string" },
                { "\"traffic\":{\"mode\":\"Off\"}",
                  "spec.traffic.mode: \"Off\" is none of: Service, None" },
                { "\"traffic\":{\"minStableReady\":1001}",
                  "spec.traffic.minStableReady: 1001 is more than 1000" },
                { "\"validation\":{\"maxRestarts\":1001}",
                  "spec.validation.maxRestarts: 1001 is more than 1000" },
                { "\"onFailure\":\"Delete\"",
                  "spec.onFailure: \"Delete\" is none of: Quarantine, Terminate, Keep" },
                { "\"onRolloutMissing\":\"Delete\"",
                  "spec.onRolloutMissing: \"Delete\" is none of: Quarantine, Terminate, Keep" },
                { "\"owner\":1", "spec.owner: expected string, found int" },
        };
        struct fixture *f = *state;

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                const char *text =
                        arena_printf(&f->arena, "{" META ",\"spec\":{" REF ",%s}}", cases[i].spec);

                assert_int_equal(decode(f, text), -1);
                assert_string_equal(f->err.msg, cases[i].msg);
        }
}

/* Every member of the spec, at another value than its default. */
static const char full_spec[] =
        "{\"rolloutRef\":{\"apiVersion\":\"argoproj.io/v1alpha1\",\"kind\":\"Rollout\","
        "\"name\":\"r\"},\"image\":\"i\",\"containers\":[{\"name\":\"app\",\"image\":\"j\","
        "\"imagePullPolicy\":\"Always\",\"command\":[],\"args\":[\"-v\",\"\"],"
        "\"env\":[{\"name\":\"A\",\"value\":\"\"},"
        "{\"name\":\"B\",\"valueFrom\":{\"configMapKeyRef\":{\"name\":\"c\",\"key\":\"k\","
        "\"optional\":false}}},"
        "{\"name\":\"C\",\"valueFrom\":{\"secretKeyRef\":{\"name\":\"s\",\"key\":\"k\","
        "\"optional\":true}}},"
        "{\"name\":\"D\",\"valueFrom\":{\"fieldRef\":{\"apiVersion\":\"v1\","
        "\"fieldPath\":\"metadata.name\"}}},"
        "{\"name\":\"E\",\"valueFrom\":{\"resourceFieldRef\":{\"containerName\":\"app\","
        "\"resource\":\"limits.cpu\",\"divisor\":\"1m\"}}}],"
        "\"envFrom\":[{\"configMapRef\":{\"name\":\"c\",\"optional\":true}},"
        "{\"prefix\":\"DB_\",\"secretRef\":{\"name\":\"s\"}}],"
        "\"resources\":{\"limits\":{\"cpu\":\"1\"},\"requests\":{\"cpu\":\"10m\"}}},"
        "{\"name\":\"init\",\"args\":[],\"envFrom\":[]}],"
        "\"podMetadata\":{\"labels\":{\"v\":\"1\"},\"annotations\":{\"a\":\"b\"}},"
        "\"replicas\":2,\"updatePolicy\":{\"type\":\"OnDelete\",\"maxUnavailable\":\"25%\"},"
        "\"minReadySeconds\":5,\"progressDeadlineSeconds\":60,\"paused\":true,"
        "\"traffic\":{\"mode\":\"None\",\"minStableReady\":0},"
        "\"validation\":{\"maxRestarts\":0},\"onFailure\":\"Keep\","
        "\"onRolloutMissing\":\"Terminate\",\"owner\":\"o\",\"description\":\"d\"}";

static void test_llc__the_whole_spec_round_trips(void **state) {
        struct fixture *f = *state;
        JSON_CLEANUP struct json *json = json_read(full_spec);
        JSON_CLEANUP struct json *back = NULL;
        struct llc_spec spec;
        int r = desc_decode(&llc_spec_type, json, &f->arena, &spec, &f->err);

        if (r < 0)
                fail_msg("%s", f->err.msg);
        back = desc_encode(&llc_spec_type, &spec);
        assert_json(back, full_spec);
}

static void test_llc__the_whole_spec_is_read(void **state) {
        struct fixture *f = *state;
        JSON_CLEANUP struct json *json = json_read(full_spec);
        struct llc_spec spec;
        const struct llc_container *app, *init;

        assert_int_equal(desc_decode(&llc_spec_type, json, &f->arena, &spec, &f->err), 0);
        assert_int_equal(spec.n_containers, 2);
        app = &spec.containers[0], init = &spec.containers[1];
        assert_non_null(app->command);
        assert_int_equal(app->n_command, 0);
        assert_string_equal(app->args[0], "-v");
        assert_null(init->command);
        assert_non_null(init->args);
        assert_non_null(init->env_from);
        assert_null(init->image);
        assert_string_equal(app->env[0].value, "");
        assert_null(app->env[1].value);
        assert_false(app->env[1].value_from->config_map_key_ref->optional);
        assert_true(app->env[2].value_from->secret_key_ref->optional);
        assert_string_equal(app->env[4].value_from->resource_field_ref->divisor, "1m");
        assert_string_equal(app->env_from[1].secret_ref->name, "s");
        assert_false(app->env_from[1].secret_ref->has_optional);
        assert_string_equal(app->resources->limits[0].value, "1");
        assert_int_equal(spec.update_policy->type, LLC_UPDATE_ON_DELETE);
        assert_int_equal(spec.traffic->mode, LLC_TRAFFIC_NONE);
        assert_int_equal(spec.on_failure, LLC_ON_FAILURE_KEEP);
        assert_int_equal(spec.on_rollout_missing, LLC_ON_ROLLOUT_MISSING_TERMINATE);
}

static void test_llc__defaults_inside_what_is_set_in_part(void **state) {
        struct fixture *f = *state;

        assert_int_equal(decode(f, "{" META ",\"spec\":{" REF ",\"updatePolicy\":{\"type\":"
                                   "\"Recreate\"},\"traffic\":{\"mode\":\"None\"},"
                                   "\"validation\":{},\"containers\":[{\"name\":\"a\","
                                   "\"resources\":{\"limits\":{\"cpu\":1}}}]}}"),
                         0);
        assert_string_equal(f->llc.spec->update_policy->max_unavailable, "1");
        assert_int_equal(f->llc.spec->traffic->min_stable_ready, 1);
        assert_int_equal(f->llc.spec->validation->max_restarts, 5);
        assert_string_equal(f->llc.spec->containers[0].resources->limits[0].value, "1");
}

static void test_llc__reads_the_resume_annotation_only(void **state) {
        struct fixture *f = *state;

        assert_int_equal(decode(f, "{\"metadata\":{\"name\":\"n\",\"uid\":\"u\",\"annotations\":{"
                                   "\"argo-canary.dev/resume\":\"2\",\"other\":\"x\"}},"
                                   "\"spec\":{" REF "}}"),
                         0);
        assert_int_equal(f->llc.meta->n_annotations, 1);
        assert_string_equal(meta_annotation(f->llc.meta, ANNOTATION_RESUME), "2");
}

static void test_llc__status_round_trips(void **state) {
        static const char text[] =
                "{\"observedGeneration\":2,\"phase\":\"Progressing\",\"replicas\":2,"
                "\"ready\":\"1/2\",\"readyReplicas\":1,\"availableReplicas\":1,"
                "\"updatedReplicas\":0,\"selector\":\"argo-canary.dev/name=jdk21\","
                "\"image\":\"a,b\",\"podTemplateHash\":\"5f9c\",\"incarnations\":[3,0],"
                "\"lastRelabel\":{\"from\":\"4e8b\",\"to\":\"5f9c\","
                "\"observedAt\":\"2024-01-01T00:00:00Z\","
                "\"completedAt\":\"2024-01-01T00:00:01Z\"},"
                "\"traffic\":{\"service\":\"web\",\"serviceHash\":\"5f9c\",\"sharePercent\":25},"
                "\"failure\":{\"reason\":\"CrashLooping\",\"message\":\"m\","
                "\"since\":\"2024-01-01T00:00:00Z\",\"spec\":\"f1\"},\"recounted\":\"r1\","
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
        assert_int_equal(status.last_relabel->completed_at, 1704067201000);
        assert_int_equal(status.traffic->share_percent, 25);
        assert_string_equal(status.failure->spec, "f1");
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
                TEST(bounds_of_what_is_optional),
                TEST(the_whole_spec_round_trips),
                TEST(the_whole_spec_is_read),
                TEST(defaults_inside_what_is_set_in_part),
                TEST(reads_the_resume_annotation_only),
                TEST(status_round_trips),
                TEST(an_empty_status_still_counts),
                TEST(phase_names),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
