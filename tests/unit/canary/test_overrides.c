#include "overrides.h"

#include <string.h>

#include "fixture.h"

/* Pinned: another hash would replace every canary pod on upgrade. */
static void test_overrides__hash_never_changes(void **state) {
        struct fixture *f = *state;

        assert_string_equal(overrides_hash(&f->spec, &f->arena), "e3ba96b86fa5d24d");
}

static void test_overrides__hash_knows_only_what_changes_the_pod(void **state) {
        struct fixture *f = *state;
        const char *hash = overrides_hash(&f->spec, &f->arena);

        f->spec.replicas = 7;
        f->rollout_ref.name = "other";
        assert_string_equal(overrides_hash(&f->spec, &f->arena), hash);
        f->spec.image = "registry/checkout:jdk22";
        assert_string_not_equal(overrides_hash(&f->spec, &f->arena), hash);
}

static void test_overrides__hash_ignores_the_order_of_containers(void **state) {
        const struct llc_container one[] = { { .name = "app", .image = "a:1" },
                                             { .name = "proxy", .image = "p:1" } };
        const struct llc_container two[] = { { .name = "proxy", .image = "p:1" },
                                             { .name = "app", .image = "a:1" } };
        struct fixture *f = *state;
        const char *hash;

        f->spec.image = NULL;
        f->spec.containers = one;
        f->spec.n_containers = 2;
        hash = overrides_hash(&f->spec, &f->arena);
        f->spec.containers = two;
        assert_string_equal(overrides_hash(&f->spec, &f->arena), hash);
        assert_string_equal(two[0].name, "proxy");
}

static void test_overrides__images_are_joined(void **state) {
        const struct llc_container containers[] = { { .name = "app", .image = "a:1" },
                                                    { .name = "x" },
                                                    { .name = "p", .image = "p:1" } };
        const struct llc_container one_letter[] = { { .image = "a" }, { .image = "b" } };
        struct fixture *f = *state;

        assert_string_equal(overrides_image(&f->spec, &f->arena), "registry/checkout:jdk21");
        f->spec.image = NULL;
        assert_null(overrides_image(&f->spec, &f->arena));
        f->spec.containers = containers;
        f->spec.n_containers = 3;
        assert_string_equal(overrides_image(&f->spec, &f->arena), "a:1,p:1");
        f->spec.containers = one_letter;
        f->spec.n_containers = 2;
        assert_string_equal(overrides_image(&f->spec, &f->arena), "a,b");
}

static struct json *pod_spec_with_containers(size_t n) {
        struct json *spec = json_new_object();
        struct json *containers = json_new_array();

        for (size_t i = 0; i < n; i++) {
                struct json *container = json_new_object();

                json_set_str(container, "name", "a-container-with-a-long-name-to-fill-messages");
                json_append(containers, container);
        }
        json_set(spec, "containers", containers);
        return spec;
}

static void test_overrides__long_lists_of_names_are_cut(void **state) {
        JSON_CLEANUP struct json *spec = pod_spec_with_containers(500);
        struct fixture *f = *state;
        struct err err;

        assert_int_equal(overrides_apply(&f->spec, spec, &err), -1);
        assert_int_equal(err.code, ERR_INVALID);
        assert_non_null(strstr(err.msg, "spec.image: the template has 500 containers"));
        assert_non_null(strstr(err.msg, "say which one under spec.containers"));
}

static void test_overrides__no_container_at_all_is_invalid(void **state) {
        JSON_CLEANUP struct json *spec = pod_spec_with_containers(0);
        struct fixture *f = *state;
        struct err err;

        assert_int_equal(overrides_apply(&f->spec, spec, &err), -1);
}

static void test_overrides__a_container_without_image_stays_as_it_is(void **state) {
        const struct llc_container container = {
                .name = "a-container-with-a-long-name-to-fill-messages"
        };
        JSON_CLEANUP struct json *spec = pod_spec_with_containers(1);
        struct fixture *f = *state;
        struct err err;

        f->spec.image = NULL;
        f->spec.containers = &container;
        f->spec.n_containers = 1;
        assert_int_equal(overrides_apply(&f->spec, spec, &err), 0);
        assert_false(json_has(json_at(json_get(spec, "containers"), 0), "image"));
}

static struct json *parsed(const char *text) {
        struct json *json = NULL;
        struct err err;

        if (json_parse(bytes_of(text), &JSON_LIMITS_OBJECT, &json, &err) < 0)
                fail_msg("%s: %s", text, err.msg);
        return json;
}

/* A spec that changes this: members of a JSON object, as a user writes them. */
static const struct llc_spec *spec_of(struct fixture *f, const char *members) {
        const char *text =
                arena_printf(&f->arena, "{\"rolloutRef\":{\"name\":\"checkout\"},%s}", members);
        JSON_CLEANUP struct json *json = parsed(text);
        struct llc_spec *spec = ARENA_NEW(&f->arena, struct llc_spec);
        struct err err;

        if (desc_decode(&llc_spec_type, json, &f->arena, spec, &err) < 0)
                fail_msg("%s: %s", text, err.msg);
        return spec;
}

static const char *hash_of(struct fixture *f, const char *members) {
        return overrides_hash(spec_of(f, members), &f->arena);
}

#define EVERYTHING                                                                                 \
        "\"podMetadata\":{\"labels\":{\"b\":\"2\",\"a\":\"1\"},\"annotations\":{\"n\":\"x\"}},"    \
        "\"containers\":[{\"resources\":{\"requests\":{\"cpu\":1},\"limits\":{\"memory\":\"1Gi\"}" \
        "},"                                                                                       \
        "\"envFrom\":[{\"secretRef\":{\"optional\":false,\"name\":\"s\"},\"prefix\":\"P_\"}],"     \
        "\"env\":[{\"value\":\"\",\"name\":\"A\"},{\"name\":\"B\",\"valueFrom\":{"                 \
        "\"configMapKeyRef\":"                                                                     \
        "{\"name\":\"m\",\"key\":\"k\"}}},{\"name\":\"C\",\"valueFrom\":{\"fieldRef\":"            \
        "{\"fieldPath\":\"f\"}}},{\"name\":\"D\",\"valueFrom\":{\"resourceFieldRef\":"             \
        "{\"resource\":\"r\",\"divisor\":1}}}],\"args\":[],\"command\":[\"java\",\"-v\"],"         \
        "\"imagePullPolicy\":\"Always\",\"image\":\"a:1\",\"name\":\"app\"}]"

/* Pinned too, however the tables of llc/api change. The second is what version 0.1 made of it. */
static void test_overrides__hash_of_everything_never_changes(void **state) {
        struct fixture *f = *state;

        assert_string_equal(hash_of(f, EVERYTHING), "969a7c89a1d5068b");
        assert_string_equal(hash_of(f, "\"containers\":[{\"image\":\"registry/migrate:jdk21\","
                                       "\"name\":\"migrate\"},"
                                       "{\"name\":\"app\",\"image\":\"registry/checkout:jdk21\"}]"),
                            "0813520e09b250e9");
}

#define APP(members) "\"containers\":[{\"name\":\"app\"," members "}]"

static void test_overrides__hash_covers_all_that_changes_the_pod(void **state) {
        static const char *const specs[] = {
                "\"image\":\"a:1\"",
                APP("\"image\":\"a:1\""),
                APP("\"imagePullPolicy\":\"Always\""),
                APP("\"command\":[]"),
                APP("\"command\":[\"a\"]"),
                APP("\"command\":[\"a\",\"b\"]"),
                APP("\"args\":[]"),
                APP("\"args\":[\"a\",\"b\"]"),
                APP("\"env\":[{\"name\":\"A\"}]"),
                APP("\"env\":[{\"name\":\"A\",\"value\":\"\"}]"),
                APP("\"env\":[{\"name\":\"A\"},{\"name\":\"B\"}]"),
                APP("\"env\":[{\"name\":\"B\"},{\"name\":\"A\"}]"), /* $(A) in B */
                APP("\"envFrom\":[]"),
                APP("\"envFrom\":[{\"secretRef\":{\"name\":\"a\"}}]"),
                APP("\"envFrom\":[{\"configMapRef\":{\"name\":\"a\"}}]"),
                APP("\"resources\":{\"limits\":{\"cpu\":1}}"),
                APP("\"resources\":{\"requests\":{\"cpu\":1}}"),
                "\"podMetadata\":{\"labels\":{\"a\":\"b\"}}",
                "\"podMetadata\":{\"annotations\":{\"a\":\"b\"}}",
                "\"replicas\":1",
        };
        enum { N = sizeof(specs) / sizeof(specs[0]) };
        struct fixture *f = *state;

        for (size_t i = 0; i < N; i++)
                for (size_t j = 0; j < i; j++)
                        assert_string_not_equal(hash_of(f, specs[i]), hash_of(f, specs[j]));
}

static void test_overrides__hash_ignores_what_says_nothing(void **state) {
        struct fixture *f = *state;
        const char *nothing = hash_of(f, "\"replicas\":1");
        const char *image = hash_of(f, APP("\"image\":\"a:1\""));

        assert_string_equal(hash_of(f, "\"containers\":[],\"podMetadata\":{}"), nothing);
        assert_string_equal(hash_of(f, "\"podMetadata\":{\"labels\":{}}"), nothing);
        assert_string_equal(hash_of(f, APP("\"resources\":{},\"env\":[]")), nothing);
        assert_string_equal(hash_of(f, APP("\"resources\":{},\"image\":\"a:1\"")), image);
        assert_string_equal(hash_of(f, "\"paused\":true,\"owner\":\"x\",\"description\":\"x\","
                                       "\"traffic\":{\"mode\":\"None\"},\"onFailure\":\"Keep\","
                                       "\"updatePolicy\":{\"type\":\"Recreate\"},"
                                       "\"minReadySeconds\":7"),
                            nothing);
        assert_string_equal(hash_of(f, APP("\"resources\":{\"limits\":{\"cpu\":1}}")),
                            hash_of(f, APP("\"resources\":{\"limits\":{\"cpu\":\"1\"}}")));
        assert_string_equal(hash_of(f, "\"podMetadata\":{\"labels\":{\"a\":\"1\",\"b\":\"2\"}}"),
                            hash_of(f, "\"podMetadata\":{\"labels\":{\"b\":\"2\",\"a\":\"1\"}}"));
}

static void assert_applied(struct fixture *f, const char *members, const char *before,
                           const char *after) {
        STRBUF_CLEANUP struct strbuf text = STRBUF_INIT(64 << 10);
        JSON_CLEANUP struct json *spec = parsed(before);
        JSON_CLEANUP struct json *want = parsed(after);
        struct err err;

        if (overrides_apply(spec_of(f, members), spec, &err) < 0)
                fail_msg("%s", err.msg);
        json_write(spec, &text);
        if (!json_equal(spec, want))
                fail_msg("%s, not %s", strbuf_str(&text), after);
}

#define CONTAINER(members) "{\"containers\":[{\"name\":\"app\"" members "}]}"

static void test_overrides__lists_are_replaced(void **state) {
        struct fixture *f = *state;
        const char *before = CONTAINER(",\"command\":[\"a\"],\"args\":[\"b\"],"
                                       "\"envFrom\":[{\"secretRef\":{\"name\":\"s\"}}]");

        assert_applied(f, APP("\"imagePullPolicy\":\"Never\""), CONTAINER(""),
                       CONTAINER(",\"imagePullPolicy\":\"Never\""));
        assert_applied(f, APP("\"image\":\"a:1\""), CONTAINER(",\"args\":[\"b\"]"),
                       CONTAINER(",\"args\":[\"b\"],\"image\":\"a:1\""));
        assert_applied(f, APP("\"command\":[],\"args\":[],\"envFrom\":[]"), before,
                       CONTAINER(",\"command\":[],\"args\":[],\"envFrom\":[]"));
        assert_applied(f,
                       APP("\"command\":[\"x\",\"y\"],\"args\":[\"z\"],"
                           "\"envFrom\":[{\"configMapRef\":{\"name\":\"m\"}}]"),
                       before,
                       CONTAINER(",\"command\":[\"x\",\"y\"],\"args\":[\"z\"],"
                                 "\"envFrom\":[{\"configMapRef\":{\"name\":\"m\"}}]"));
}

static void test_overrides__resources_are_merged_by_name(void **state) {
        struct fixture *f = *state;

        assert_applied(f, APP("\"resources\":{\"limits\":{\"cpu\":2,\"gpu\":\"1\"}}"),
                       CONTAINER(",\"resources\":{\"limits\":{\"cpu\":\"1\",\"memory\":\"1Gi\"},"
                                 "\"requests\":{\"cpu\":\"1\"},\"claims\":[]}"),
                       CONTAINER(",\"resources\":{\"limits\":{\"cpu\":\"2\",\"memory\":\"1Gi\","
                                 "\"gpu\":\"1\"},\"requests\":{\"cpu\":\"1\"},\"claims\":[]}"));
        assert_applied(f, APP("\"resources\":{\"requests\":{\"cpu\":\"1\"}}"), CONTAINER(""),
                       CONTAINER(",\"resources\":{\"requests\":{\"cpu\":\"1\"}}"));
        /* what no API server would give */
        assert_applied(f, APP("\"resources\":{\"requests\":{\"cpu\":\"1\"}}"),
                       CONTAINER(",\"resources\":7"),
                       CONTAINER(",\"resources\":{\"requests\":{\"cpu\":\"1\"}}"));
        assert_applied(f, APP("\"resources\":{\"requests\":{\"cpu\":\"1\"}}"),
                       CONTAINER(",\"resources\":{\"requests\":[]}"),
                       CONTAINER(",\"resources\":{\"requests\":{\"cpu\":\"1\"}}"));
}

static void assert_not_applied(struct fixture *f, const char *members, const char *before,
                               const char *message) {
        JSON_CLEANUP struct json *spec = parsed(before);
        struct err err;

        assert_int_equal(overrides_apply(spec_of(f, members), spec, &err), -1);
        assert_int_equal(err.code, ERR_INVALID);
        assert_string_equal(err.msg, message);
}

#define RESOURCES(requests, limits)                                                                \
        ",\"resources\":{\"requests\":{" requests "},\"limits\":{" limits "}}"

static void test_overrides__a_request_above_its_limit_is_refused(void **state) {
        struct fixture *f = *state;
        const char *before = CONTAINER(RESOURCES("\"cpu\":\"100m\",\"memory\":\"1Gi\"",
                                                 "\"cpu\":\"0.1\",\"memory\":\"1Gi\""));

        assert_applied(f, APP("\"resources\":{\"limits\":{\"cpu\":\"100m\",\"memory\":\"2Gi\"}}"),
                       before,
                       CONTAINER(RESOURCES("\"cpu\":\"100m\",\"memory\":\"1Gi\"",
                                           "\"cpu\":\"100m\",\"memory\":\"2Gi\"")));
        assert_not_applied(f, APP("\"resources\":{\"limits\":{\"memory\":\"512Mi\"}}"), before,
                           "spec.containers[0].resources.limits[\"memory\"]: 512Mi is below the "
                           "request of 1Gi");
        assert_not_applied(f, APP("\"resources\":{\"requests\":{\"cpu\":1}}"), before,
                           "spec.containers[0].resources.requests[\"cpu\"]: 1 is above the limit "
                           "of 0.1");
        /* templates have numbers too; what differs by less than the server rounds is the same */
        assert_not_applied(f, APP("\"resources\":{\"limits\":{\"cpu\":\"1500m\"}}"),
                           CONTAINER(RESOURCES("\"cpu\":2", "\"cpu\":2")),
                           "spec.containers[0].resources.limits[\"cpu\"]: 1500m is below the "
                           "request of 2");
        assert_not_applied(f, APP("\"resources\":{\"requests\":{\"cpu\":\"0.500000001\"}}"),
                           CONTAINER(RESOURCES("\"cpu\":0.1", "\"cpu\":0.5")),
                           "spec.containers[0].resources.requests[\"cpu\"]: 0.500000001 is above "
                           "the limit of 0.5");
        assert_applied(f, APP("\"resources\":{\"limits\":{\"cpu\":\"1.0000000001\"}}"),
                       CONTAINER(RESOURCES("\"cpu\":\"1.0000000009\"", "\"cpu\":2")),
                       CONTAINER(
                               RESOURCES("\"cpu\":\"1.0000000009\"", "\"cpu\":\"1.0000000001\"")));
        /* not by this override, or not to be judged here */
        assert_applied(f, APP("\"resources\":{\"limits\":{\"gpu\":\"1\"}}"),
                       CONTAINER(RESOURCES("\"cpu\":\"2\"", "\"cpu\":\"1\"")),
                       CONTAINER(RESOURCES("\"cpu\":\"2\"", "\"cpu\":\"1\",\"gpu\":\"1\"")));
        assert_applied(f, APP("\"resources\":{\"limits\":{\"cpu\":\"1\"}}"),
                       CONTAINER(RESOURCES("\"cpu\":\"two\",\"memory\":\"1\"", "\"memory\":0")),
                       CONTAINER(RESOURCES("\"cpu\":\"two\",\"memory\":\"1\"",
                                           "\"memory\":0,\"cpu\":\"1\"")));
}

static void test_overrides__containers_keep_their_order(void **state) {
        assert_applied(*state,
                       "\"containers\":[{\"name\":\"c\",\"image\":\"c:2\"},"
                       "{\"name\":\"i\",\"env\":[{\"name\":\"A\",\"value\":\"\"}]},"
                       "{\"name\":\"a\",\"image\":\"a:2\"}]",
                       "{\"initContainers\":[{\"name\":\"h\"},{\"name\":\"i\"}],"
                       "\"containers\":[{\"name\":\"a\"},{\"name\":\"b\"},{\"name\":\"c\"}]}",
                       "{\"initContainers\":[{\"name\":\"h\"},"
                       "{\"name\":\"i\",\"env\":[{\"name\":\"A\",\"value\":\"\"}]}],"
                       "\"containers\":[{\"name\":\"a\",\"image\":\"a:2\"},{\"name\":\"b\"},"
                       "{\"name\":\"c\",\"image\":\"c:2\"}]}");
}

static void test_overrides__an_unknown_container_is_named(void **state) {
        JSON_CLEANUP struct json *spec = parsed("{\"initContainers\":[{},{\"name\":\"i\"}],"
                                                "\"containers\":[{\"name\":\"a\"}]}");
        struct fixture *f = *state;
        struct err err;

        assert_int_equal(overrides_apply(spec_of(f, "\"containers\":[{\"name\":\"i\"},"
                                                    "{\"name\":\"x\"}]"),
                                         spec, &err),
                         -1);
        assert_int_equal(err.code, ERR_INVALID);
        assert_string_equal(err.msg, "spec.containers[1].name: the template has no container "
                                     "\"x\", only a, i");
}

static void test_overrides__metadata_is_merged_by_key(void **state) {
        JSON_CLEANUP struct json *meta = parsed("{\"labels\":{\"a\":\"1\",\"b\":\"2\"}}");
        JSON_CLEANUP struct json *want = parsed("{\"labels\":{\"a\":\"1\",\"b\":\"3\",\"c\":\"4\"},"
                                                "\"annotations\":{\"argo-canary.dev\":\"x\"}}");
        struct fixture *f = *state;
        struct err err;

        assert_int_equal(overrides_apply_metadata(spec_of(f, "\"replicas\":1"), meta, &err), 0);
        assert_int_equal(overrides_apply_metadata(
                                 spec_of(f, "\"podMetadata\":{\"labels\":{\"b\":\"3\",\"c\":\"4\"},"
                                            "\"annotations\":{\"argo-canary.dev\":\"x\"}}"),
                                 meta, &err),
                         0);
        assert_true(json_equal(meta, want));
}

static void assert_refused(struct fixture *f, const char *metadata, const char *message) {
        JSON_CLEANUP struct json *meta = json_new_object();
        struct err err;

        assert_int_equal(overrides_apply_metadata(spec_of(f, arena_printf(&f->arena,
                                                                          "\"podMetadata\":%s",
                                                                          metadata)),
                                                  meta, &err),
                         -1);
        assert_int_equal(err.code, ERR_INVALID);
        assert_string_equal(err.msg, message);
}

static void test_overrides__keys_of_others_are_refused(void **state) {
        assert_refused(*state, "{\"labels\":{\"rollouts-pod-template-hash\":\"6d8f\"}}",
                       "spec.podMetadata.labels[\"rollouts-pod-template-hash\"]: the hash is the "
                       "stable ReplicaSet's, it cannot be set");
        assert_refused(*state, "{\"labels\":{\"a\":\"b\",\"argo-canary.dev/name\":\"x\"}}",
                       "spec.podMetadata.labels[\"argo-canary.dev/name\"]: argo-canary.dev/ is the "
                       "controller's own prefix");
        assert_refused(*state, "{\"annotations\":{\"argo-canary.dev/held-labels\":\"{}\"}}",
                       "spec.podMetadata.annotations[\"argo-canary.dev/held-labels\"]: "
                       "argo-canary.dev/ is the controller's own prefix");
}

#define FIXTURE_TEST(name)                                                                         \
        cmocka_unit_test_setup_teardown(test_overrides__##name, fixture_setup, fixture_teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                FIXTURE_TEST(hash_never_changes),
                FIXTURE_TEST(hash_knows_only_what_changes_the_pod),
                FIXTURE_TEST(hash_ignores_the_order_of_containers),
                FIXTURE_TEST(images_are_joined),
                FIXTURE_TEST(long_lists_of_names_are_cut),
                FIXTURE_TEST(no_container_at_all_is_invalid),
                FIXTURE_TEST(a_container_without_image_stays_as_it_is),
                FIXTURE_TEST(hash_of_everything_never_changes),
                FIXTURE_TEST(hash_covers_all_that_changes_the_pod),
                FIXTURE_TEST(hash_ignores_what_says_nothing),
                FIXTURE_TEST(lists_are_replaced),
                FIXTURE_TEST(resources_are_merged_by_name),
                FIXTURE_TEST(a_request_above_its_limit_is_refused),
                FIXTURE_TEST(containers_keep_their_order),
                FIXTURE_TEST(an_unknown_container_is_named),
                FIXTURE_TEST(metadata_is_merged_by_key),
                FIXTURE_TEST(keys_of_others_are_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
