#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "llc/api/resource.h"

static void test_traffic__labels_too_large_to_save_mean_deletion(void **state) {
        struct fixture *f = *state;
        struct fixture_pod *pod = fixture_add_pod(f, 0, 0);
        size_t len = 300 << 10;
        char *value = calloc(1, len + 1);
        const struct plan *plan;

        memset(value, 'x', len);
        fixture_pod_label(pod, "big", value);
        f->world.rollout_state = WORLD_ROLLOUT_MISSING;
        plan = fixture_reconcile(f);
        assert_int_equal(plan->n_actions, 1);
        assert_int_equal(plan->actions[0].kind, ACTION_DELETE);
        free(value);
}

static void test_traffic__unreadable_saved_labels_mean_deletion(void **state) {
        static const char *const texts[] = {
                "", "{", "null", "[]", "\"x\"", "{\"a\":1}", "{\"a\":null}", "{\"a\":{}}", "{} {}",
        };
        struct fixture *f = *state;
        struct fixture_pod *pod = fixture_add_pod(f, 0, 0);

        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
                fixture_pod_annotate(pod, ANNOTATION_HELD_LABELS, texts[i]);
                assert_int_equal(fixture_count(fixture_reconcile(f), ACTION_DELETE), 1);
                assert_int_equal(f->plan.n_actions, 1);
        }
        fixture_pod_annotate(pod, ANNOTATION_HELD_LABELS, "{}");
        assert_int_equal(fixture_count(fixture_reconcile(f), ACTION_RELEASE), 1);
}

/* What hold took off and saved, release puts back. */
static void test_traffic__release_undoes_hold(void **state) {
        struct fixture *f = *state;
        struct fixture_pod *pod = fixture_add_pod(f, 0, 0);
        const struct json *labels, *annotations;
        const struct plan *plan;

        fixture_pod_label(pod, "odd", "quote\" back\\slash");
        f->world.rollout_state = WORLD_ROLLOUT_MISSING;
        plan = fixture_reconcile(f);
        assert_int_equal(plan->actions[0].kind, ACTION_HOLD);
        annotations = json_get(json_get(plan->actions[0].body, "metadata"), "annotations");
        fixture_pod_annotate(pod, ANNOTATION_HELD_LABELS,
                             arena_copy(&f->arena,
                                        json_as_string(
                                                json_get(annotations, ANNOTATION_HELD_LABELS))));
        f->world.rollout_state = WORLD_ROLLOUT_FOUND;
        plan = fixture_reconcile(f);
        assert_int_equal(plan->actions[0].kind, ACTION_RELEASE);
        labels = json_get(json_get(plan->actions[0].body, "metadata"), "labels");
        assert_int_equal(json_length(labels), 3);
        assert_true(bytes_is(json_as_string(json_get(labels, "app")), "checkout"));
        assert_true(bytes_is(json_as_string(json_get(labels, "odd")), "quote\" back\\slash"));
        assert_true(bytes_is(json_as_string(json_get(labels, LABEL_HASH)), FIXTURE_STABLE));
}

static void test_traffic__only_letters_and_digits_are_a_hash(void **state) {
        static const char too_long[] =
                "0123456789012345678901234567890123456789012345678901234567890123";
        static const char *const hashes[] = { "a-b", "a/b", " a", "..", "\xc3\xa4", too_long };
        struct fixture *f = *state;

        fixture_add_pod(f, 0, 0);
        for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++) {
                f->rollout.stable_rs = hashes[i];
                assert_int_equal(fixture_reconcile(f)->n_actions, 0);
                assert_string_equal(fixture_condition(&f->plan, "Ready")->reason,
                                    "WaitingForStable");
        }
        f->rollout.stable_rs = "7B4c";
        assert_int_equal(fixture_count(fixture_reconcile(f), ACTION_RELABEL), 1);
}

static void test_traffic__a_thousand_relabels_need_no_template(void **state) {
        struct fixture *f = *state;

        for (int i = 0; i < LLC_REPLICAS_MAX; i++)
                fixture_add_pod(f, i, 0);
        f->spec.replicas = LLC_REPLICAS_MAX;
        f->rollout.stable_rs = "7b4c";
        f->world.template_state = WORLD_TEMPLATE_UNREAD;
        assert_int_equal(fixture_count(fixture_reconcile(f), ACTION_RELABEL), LLC_REPLICAS_MAX);
        assert_int_equal(f->plan.read, PLAN_READ_NOTHING);
}

#define FIXTURE_TEST(name)                                                                         \
        cmocka_unit_test_setup_teardown(test_traffic__##name, fixture_setup, fixture_teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                FIXTURE_TEST(labels_too_large_to_save_mean_deletion),
                FIXTURE_TEST(unreadable_saved_labels_mean_deletion),
                FIXTURE_TEST(release_undoes_hold),
                FIXTURE_TEST(only_letters_and_digits_are_a_hash),
                FIXTURE_TEST(a_thousand_relabels_need_no_template),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
