#include "pod_template.h"

#include <string.h>

#include "fixture.h"
#include "llc/api/resource.h"

static struct pod_source source_of(const struct fixture *f) {
        return (struct pod_source){
                .llc = &f->llc,
                .rollout = &f->rollout,
                .replicaset = &f->replicaset,
                .stable = FIXTURE_STABLE,
                .spec_hash = "0123456789abcdef",
        };
}

static struct json *built(const struct fixture *f) {
        const struct pod_source source = source_of(f);
        struct json *pod = NULL;
        struct err err;

        if (pod_template_build(&source, &pod, &err) < 0)
                fail_msg("%s", err.msg);
        return pod;
}

static struct json *labels_of(struct json *pod) {
        return json_object_at(json_object_at(pod, "metadata"), "labels");
}

static const struct json *annotations_of(const struct json *pod) {
        return json_get(json_get(pod, "metadata"), "annotations");
}

static void assert_str(const struct json *object, const char *key, const char *want) {
        const struct json *value = json_get(object, key);

        if (!want) {
                assert_false(json_has(object, key));
                return;
        }
        assert_true(json_kind(value) == JSON_STRING);
        assert_string_equal(json_as_string(value).ptr, want);
}

static bool is_usable(struct fixture *f, const char *template_text) {
        const struct pod_source source = source_of(f);
        JSON_CLEANUP struct json *template_ = NULL;
        bool usable;
        struct err err;

        assert_int_equal(json_parse(bytes_of(template_text), &JSON_LIMITS_OBJECT, &template_, &err),
                         0);
        f->replicaset_spec.template_ = template_;
        usable = pod_template_is_usable(&source);
        f->replicaset_spec.template_ = f->template_;
        return usable;
}

#define TEMPLATE(hash, spec)                                                                       \
        "{\"metadata\":{\"labels\":{\"" LABEL_HASH "\":" hash "}},\"spec\":" spec "}"

static void test_pod_template__only_what_is_shaped_like_one_is_used(void **state) {
        struct fixture *f = *state;

        assert_true(is_usable(f, TEMPLATE("\"6d8f\"", "{\"containers\":[{}]}")));
        assert_true(is_usable(f, TEMPLATE("\"6d8f\"",
                                          "{\"containers\":[{}],\"initContainers\":[{}]}")));
        assert_false(is_usable(f, TEMPLATE("\"5c7b\"", "{\"containers\":[{}]}")));
        assert_false(is_usable(f, TEMPLATE("7", "{\"containers\":[{}]}")));
        assert_false(is_usable(f, TEMPLATE("null", "{\"containers\":[{}]}")));
        assert_false(is_usable(f, TEMPLATE("\"6d8f\"", "{}")));
        assert_false(is_usable(f, TEMPLATE("\"6d8f\"", "{\"containers\":{}}")));
        assert_false(is_usable(f, TEMPLATE("\"6d8f\"", "{\"containers\":[{},7]}")));
        assert_false(is_usable(f, TEMPLATE("\"6d8f\"",
                                           "{\"containers\":[{}],\"initContainers\":[[]]}")));
        assert_false(is_usable(f, TEMPLATE("\"6d8f\"", "7")));
        assert_false(is_usable(f, "7"));
        f->replicaset.spec = NULL;
        assert_false(is_usable(f, TEMPLATE("\"6d8f\"", "{\"containers\":[{}]}")));
}

static const char *selector_error(const struct fixture *f, struct err *ret_err) {
        const struct pod_source source = source_of(f);
        JSON_CLEANUP struct json *pod = built(f);

        return pod_template_check_selector(&source, pod, ret_err) < 0 ? ret_err->msg : NULL;
}

static void test_pod_template__the_selector_is_the_replicasets(void **state) {
        struct str_pair app = { "app", "checkout" };
        const struct selector_expression tier = { .key = "tier", .operator_ = SELECTOR_EXISTS };
        struct label_selector selector = { .match_labels = &app, .n_match_labels = 1 };
        struct fixture *f = *state;
        struct err err;

        assert_null(selector_error(f, &err));
        f->replicaset_spec.selector = &selector;
        assert_null(selector_error(f, &err));
        app.value = "basket";
        assert_string_equal(selector_error(f, &err), "the Rollout selects app=basket, but the pod "
                                                     "would have app=checkout");
        assert_int_equal(err.code, ERR_INVALID);
        selector = (struct label_selector){ .match_expressions = &tier, .n_match_expressions = 1 };
        assert_string_equal(selector_error(f, &err),
                            "the Rollout selects tier, but the pod would have no such label");
}

/* What is wrong besides, in the template, is not told as the override's. */
static void test_pod_template__an_added_label_is_blamed_for_its_own_key_only(void **state) {
        const struct str_pair want[] = { { "app", "checkout" }, { "tier", "web" } };
        struct str_pair add = { "tier", "web" };
        const struct llc_pod_metadata metadata = { .labels = &add, .n_labels = 1 };
        const struct label_selector selector = { .match_labels = want, .n_match_labels = 2 };
        struct fixture *f = *state;
        const struct pod_source source = source_of(f);
        struct json *pod = NULL;
        struct err err;

        f->replicaset_spec.selector = &selector;
        assert_non_null(selector_error(f, &err)); /* the template has no tier */
        f->spec.pod_metadata = &metadata;
        assert_null(selector_error(f, &err)); /* which the override mends */
        add.value = "batch";
        assert_int_equal(pod_template_build(&source, &pod, &err), -1);
        assert_null(pod);
        assert_string_equal(err.msg,
                            "spec.podMetadata.labels[\"tier\"]: the Rollout selects tier=web");
        add.key = "other";
        assert_non_null(selector_error(f, &err));
}

static void test_pod_template__held_pods_have_no_label_but_ours(void **state) {
        struct fixture *f = *state;
        JSON_CLEANUP struct json *pod = built(f);
        struct err err;

        json_set_str(labels_of(pod), "tier", "x");
        json_set_str(labels_of(pod), "a", "b");
        assert_int_equal(pod_template_hold(pod, &f->arena, &err), 0);
        assert_int_equal(json_length(labels_of(pod)), 2);
        assert_str(labels_of(pod), LABEL_NAME, "jdk21");
        assert_str(labels_of(pod), LABEL_ROLE, "canary");
        assert_str(annotations_of(pod), ANNOTATION_HELD_LABELS,
                   "{\"a\":\"b\",\"app\":\"checkout\",\"tier\":\"x\"}");
}

static void test_pod_template__labels_too_large_to_hold_stay(void **state) {
        static char value[300 << 10];
        struct fixture *f = *state;
        JSON_CLEANUP struct json *pod = built(f);
        struct err err;

        memset(value, 'x', sizeof(value) - 1);
        json_set_str(labels_of(pod), "large", value);
        assert_int_equal(pod_template_hold(pod, &f->arena, &err), -1);
        assert_int_equal(err.code, ERR_INVALID);
        assert_str(labels_of(pod), "app", "checkout");
        assert_str(labels_of(pod), LABEL_HASH, FIXTURE_STABLE);
        assert_false(json_has(annotations_of(pod), ANNOTATION_HELD_LABELS));
}

static void test_pod_template__each_instance_is_its_own(void **state) {
        struct fixture *f = *state;
        JSON_CLEANUP struct json *pod = built(f);
        const struct pod_identity first = { .name = "a", .slot = 3, .incarnation = 5 };
        const struct pod_identity later = { "b", 4, 7, .attempt = 2 };
        JSON_CLEANUP struct json *one = pod_template_instance(pod, &first, &f->arena);
        JSON_CLEANUP struct json *two = pod_template_instance(pod, &later, &f->arena);

        assert_str(json_get(one, "metadata"), "name", "a");
        assert_str(annotations_of(one), ANNOTATION_SLOT, "3");
        assert_str(annotations_of(one), ANNOTATION_INCARNATION, "5");
        assert_str(annotations_of(one), ANNOTATION_ATTEMPT, NULL);
        assert_str(json_get(two, "metadata"), "name", "b");
        assert_str(annotations_of(two), ANNOTATION_ATTEMPT, "2");
        assert_false(json_has(annotations_of(pod), ANNOTATION_SLOT));
}

#define FIXTURE_TEST(name)                                                                         \
        cmocka_unit_test_setup_teardown(test_pod_template__##name, fixture_setup, fixture_teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                FIXTURE_TEST(only_what_is_shaped_like_one_is_used),
                FIXTURE_TEST(the_selector_is_the_replicasets),
                FIXTURE_TEST(an_added_label_is_blamed_for_its_own_key_only),
                FIXTURE_TEST(held_pods_have_no_label_but_ours),
                FIXTURE_TEST(labels_too_large_to_hold_stay),
                FIXTURE_TEST(each_instance_is_its_own),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
