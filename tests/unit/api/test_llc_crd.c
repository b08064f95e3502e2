#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "fixture.h"
#include "llc/api/llc.h"

static const struct json *crd_version(const struct json *crd) {
        return json_at(json_get(json_get(crd, "spec"), "versions"), 0);
}

static const struct json *crd_schema(const struct json *crd) {
        return json_get(json_get(crd_version(crd), "schema"), "openAPIV3Schema");
}

/* The schema at "spec.containers[].name". */
static const struct json *schema_at(const struct json *schema, const char *path) {
        char part[64];

        while (*path) {
                size_t n = strcspn(path, ".[");

                assert_true(n < sizeof(part));
                memcpy(part, path, n);
                part[n] = '\0';
                path += n;
                schema = json_get(json_get(schema, "properties"), part);
                if (strncmp(path, "[]", 2) == 0) {
                        schema = json_get(schema, "items");
                        path += 2;
                }
                path += *path == '.';
        }
        return schema;
}

static bool schema_is(const struct json *schema, const char *type) {
        const struct json *said = json_get(schema, "type");

        if (json_has(schema, "x-kubernetes-int-or-string"))
                return strcmp(type, "string") == 0 || strcmp(type, "integer") == 0;
        return bytes_is(json_as_string(said), type);
}

static void assert_bounded(const struct json *schema, const char *path) {
        static const struct {
                const char *type, *bound;
        } bounds[] = {
                { "array", "maxItems" },
                { "integer", "minimum" },
        };

        for (size_t i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++)
                if (schema_is(schema, bounds[i].type) && !json_has(schema, bounds[i].bound))
                        fail_msg("%s has no %s", path, bounds[i].bound);
        if (schema_is(schema, "string") && !json_has(schema, "maxLength") &&
            !json_has(schema, "enum") && !json_has(schema, "format"))
                fail_msg("%s has no bound", path);
        if (schema_is(schema, "object") && !json_has(schema, "properties") &&
            !json_has(schema, "maxProperties"))
                fail_msg("%s has neither properties nor a bound", path);
        if (json_has(schema, "additionalProperties"))
                assert_bounded(json_get(schema, "additionalProperties"), path);
}

/* Every field below is described and bounded; counts them. */
static size_t walk(const struct json *schema, const char *path, struct arena *arena) {
        const struct json *property;
        const char *key;
        void *cursor = NULL;
        size_t n = 0;

        if (json_has(schema, "items"))
                assert_bounded(json_get(schema, "items"), path);
        if (json_has(schema, "items"))
                return walk(json_get(schema, "items"), arena_printf(arena, "%s[]", path), arena);
        while (json_next(json_get(schema, "properties"), &cursor, &key, &property)) {
                const char *below = arena_printf(arena, "%s.%s", path, key);

                if (!json_get(property, "description"))
                        fail_msg("%s has no description", below);
                assert_bounded(property, below);
                n += 1 + walk(property, below, arena);
        }
        return n;
}

static void test_llc_crd__every_field_is_described_and_bounded(void **state) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        JSON_CLEANUP struct json *crd = llc_crd();

        (void)state;
        assert_true(json_has(crd_schema(crd), "description"));
        assert_int_equal(walk(schema_at(crd_schema(crd), "spec"), "spec", &arena), 60);
        assert_int_equal(walk(schema_at(crd_schema(crd), "status"), "status", &arena), 33);
        assert_true(json_has(schema_at(crd_schema(crd), "spec"), "description"));
        assert_true(json_has(schema_at(crd_schema(crd), "status"), "description"));
}

static void assert_default(const struct json *schema, const char *path, const char *want) {
        assert_json(json_get(schema_at(schema, path), "default"), want);
}

static void test_llc_crd__defaults(void **state) {
        JSON_CLEANUP struct json *crd = llc_crd();
        const struct json *schema = crd_schema(crd);

        (void)state;
        assert_default(schema, "spec.replicas", "1");
        assert_default(schema, "spec.rolloutRef.apiVersion", "\"argoproj.io/v1alpha1\"");
        assert_default(schema, "spec.rolloutRef.kind", "\"Rollout\"");
        assert_default(schema, "spec.updatePolicy", "{}");
        assert_default(schema, "spec.updatePolicy.type", "\"Relabel\"");
        assert_default(schema, "spec.updatePolicy.maxUnavailable", "1");
        assert_default(schema, "spec.minReadySeconds", "0");
        assert_default(schema, "spec.progressDeadlineSeconds", "600");
        assert_default(schema, "spec.paused", "false");
        assert_default(schema, "spec.traffic", "{}");
        assert_default(schema, "spec.traffic.mode", "\"Service\"");
        assert_default(schema, "spec.traffic.minStableReady", "1");
        assert_default(schema, "spec.validation", "{}");
        assert_default(schema, "spec.validation.maxRestarts", "5");
        assert_default(schema, "spec.onFailure", "\"Quarantine\"");
        assert_default(schema, "spec.onRolloutMissing", "\"Quarantine\"");
        assert_default(schema, "status", "{\"observedGeneration\":-1}");
}

static void test_llc_crd__lists_merge_by_their_keys(void **state) {
        static const char *const paths[] = { "spec.containers", "spec.containers[].env",
                                             "status.conditions" };
        static const char *const keys[] = { "[\"name\"]", "[\"name\"]", "[\"type\"]" };
        JSON_CLEANUP struct json *crd = llc_crd();

        (void)state;
        for (size_t i = 0; i < 3; i++) {
                const struct json *list = schema_at(crd_schema(crd), paths[i]);

                assert_json(json_get(list, "x-kubernetes-list-type"), "\"map\"");
                assert_json(json_get(list, "x-kubernetes-list-map-keys"), keys[i]);
        }
}

/* What the rules mean is asked of the API server itself, in tests/e2e. */
static size_t check_rules(const struct json *schema, const char *path) {
        const struct json *rules = json_get(schema, "x-kubernetes-validations");
        size_t n = json_length(rules);

        for (size_t i = 0; i < n; i++) {
                const struct json *rule = json_at(rules, i);
                const struct json *below = json_get(rule, "fieldPath");

                if (!json_has(rule, "message"))
                        fail_msg("a rule of %s has no message", path);
                if (below && !schema_at(schema, json_as_string(below).ptr + 1))
                        fail_msg("a rule of %s names a field that is not there", path);
        }
        return n;
}

static void test_llc_crd__rules(void **state) {
        static const struct {
                const char *path;
                size_t n;
        } wanted[] = {
                { "spec", 3 },
                { "spec.rolloutRef", 1 },
                { "spec.podMetadata", 1 },
                { "spec.podMetadata.labels", 3 },
                { "spec.podMetadata.annotations", 3 },
                { "spec.updatePolicy.maxUnavailable", 1 },
                { "spec.containers[]", 1 },
                { "spec.containers[].env[]", 1 },
                { "spec.containers[].env[].name", 1 },
                { "spec.containers[].envFrom[].prefix", 1 },
                { "spec.containers[].env[].valueFrom", 1 },
                { "spec.containers[].envFrom[]", 1 },
                { "spec.containers[].resources", 1 },
        };
        JSON_CLEANUP struct json *crd = llc_crd();

        (void)state;
        for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
                assert_int_equal(check_rules(schema_at(crd_schema(crd), wanted[i].path),
                                             wanted[i].path),
                                 wanted[i].n);
}

static void test_llc_crd__names_and_metadata(void **state) {
        JSON_CLEANUP struct json *crd = llc_crd();

        (void)state;
        assert_json(json_get(crd, "metadata"), "{\"name\":\"longlivedcanaries.argo-canary.dev\"}");
        assert_json(json_get(json_get(crd, "spec"), "names"),
                    "{\"kind\":\"LongLivedCanary\",\"listKind\":\"LongLivedCanaryList\","
                    "\"plural\":\"longlivedcanaries\",\"singular\":\"longlivedcanary\","
                    "\"shortNames\":[\"llc\"],\"categories\":[\"all\"]}");
        assert_json(json_get(schema_at(crd_schema(crd), "metadata.name"), "maxLength"), "52");
        assert_json(json_get(crd_schema(crd), "required"), "[\"spec\"]");
}

static void test_llc_crd__scale_has_no_selector(void **state) {
        JSON_CLEANUP struct json *crd = llc_crd();

        (void)state;
        assert_json(json_get(crd_version(crd), "subresources"),
                    "{\"status\":{},\"scale\":{\"specReplicasPath\":\".spec.replicas\","
                    "\"statusReplicasPath\":\".status.replicas\"}}");
}

static void test_llc_crd__columns(void **state) {
        static const struct {
                const char *name, *path;
        } wanted[] = {
                { "\"Rollout\"", "\".spec.rolloutRef.name\"" },
                { "\"Phase\"", "\".status.phase\"" },
                { "\"Ready\"", "\".status.ready\"" },
                { "\"Hash\"", "\".status.podTemplateHash\"" },
                { "\"Age\"", "\".metadata.creationTimestamp\"" },
                { "\"Image\"", "\".status.image\"" },
                { "\"Share\"", "\".status.traffic.sharePercent\"" },
                { "\"Owner\"", "\".spec.owner\"" },
                { "\"Reason\"", "\".status.conditions[?(@.type==\\\"Ready\\\")].reason\"" },
        };
        JSON_CLEANUP struct json *crd = llc_crd();
        const struct json *columns = json_get(crd_version(crd), "additionalPrinterColumns");

        (void)state;
        assert_int_equal(json_length(columns), 9);
        for (size_t i = 0; i < 9; i++) {
                const struct json *column = json_at(columns, i);

                assert_json(json_get(column, "name"), wanted[i].name);
                assert_json(json_get(column, "jsonPath"), wanted[i].path);
                assert_true(json_has(column, "priority") == (i >= 5));
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_llc_crd__every_field_is_described_and_bounded),
                cmocka_unit_test(test_llc_crd__defaults),
                cmocka_unit_test(test_llc_crd__lists_merge_by_their_keys),
                cmocka_unit_test(test_llc_crd__rules),
                cmocka_unit_test(test_llc_crd__names_and_metadata),
                cmocka_unit_test(test_llc_crd__scale_has_no_selector),
                cmocka_unit_test(test_llc_crd__columns),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
