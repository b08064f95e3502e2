#include <string.h>

#include "fixture.h"
#include "llc/api/resource.h"
#include "llc/base/timestamp.h"

struct scene {
        struct identity meta;
        struct str_pair selector[2];
        struct service_spec spec;
        struct service service;
        struct fixture_pod *pod;
};

/* A ready pod behind Service "active", which selects the app and the hash. */
static void scene_set(struct scene *s, struct fixture *f) {
        *s = (struct scene){ .meta = { .name = "active" },
                             .selector = { { "app", "checkout" }, { LABEL_HASH, FIXTURE_STABLE } },
                             .spec = { .selector = s->selector, .n_selector = 2 },
                             .service = { .meta = &s->meta, .spec = &s->spec } };
        f->rollout.active_service = "active";
        f->world.service_state = WORLD_SERVICE_FOUND;
        f->world.service = &s->service;
        s->pod = fixture_add_pod(f, 0, 0);
}

static void expect(struct fixture *f, enum condition_status status, const char *reason) {
        const struct condition *c = fixture_condition(fixture_reconcile(f), "TrafficAttached");

        assert_string_equal(c->reason, reason);
        assert_int_equal(c->status, status);
}

static void test_attachment__labels_beside_the_service(void **state) {
        struct fixture *f = *state;
        struct scene s;

        scene_set(&s, f);
        expect(f, CONDITION_TRUE, "Attached");
        assert_string_equal(f->plan.status.traffic->service, "active");
        assert_string_equal(f->plan.status.traffic->service_hash, FIXTURE_STABLE);
        assert_int_equal(f->plan.status.traffic->share_percent, 25); /* 1 of 1 + 3 */
        s.selector[0].value = "other";
        expect(f, CONDITION_FALSE, "SelectorMismatch");
        s.selector[0].value = "checkout";
        s.selector[1].value = "77aa";
        expect(f, CONDITION_FALSE, "ServiceSelectsAnother");
        s.spec.n_selector = 1;
        expect(f, CONDITION_TRUE, "Attached");
        assert_null(f->plan.status.traffic->service_hash);
        f->world.service_state = WORLD_SERVICE_MISSING;
        expect(f, CONDITION_FALSE, "ServiceNotFound");
        f->world.service_state = WORLD_SERVICE_UNKNOWN;
        expect(f, CONDITION_UNKNOWN, "ServiceUnknown");
        f->rollout.active_service = NULL;
        expect(f, CONDITION_TRUE, "NoServiceNamed");
        fixture_pod_label(s.pod, LABEL_HASH, "77aa");
        expect(f, CONDITION_FALSE, "JoiningTraffic");
        f->rollout.stable_rs = NULL;
        expect(f, CONDITION_UNKNOWN, "NoStable");
        fixture_clear(f);
        expect(f, CONDITION_FALSE, "NoPods");
}

static void test_attachment__share_counts_ready_pods_in_traffic(void **state) {
        struct fixture *f = *state;
        struct scene s;

        scene_set(&s, f);
        f->rollout.replicas = 0;
        s.pod->ready.status = "False";
        assert_int_equal(fixture_reconcile(f)->status.traffic->share_percent, 0);
        f->rollout.replicas = 3;
        assert_int_equal(fixture_reconcile(f)->status.traffic->share_percent, 0);
        f->world.rollout_state = WORLD_ROLLOUT_MISSING;
        assert_null(fixture_reconcile(f)->status.traffic);
}

/* With the canary strategy stable changes first and the Service follows: one status for both. */
static void test_attachment__waits_for_a_service_that_is_about_to_follow(void **state) {
        struct fixture *f = *state;
        char at[TIMESTAMP_SIZE];
        struct scene s;

        scene_set(&s, f);
        f->status = fixture_reconcile(f)->status;
        f->rollout.stable_rs = "77aa";
        fixture_pod_label(s.pod, LABEL_HASH, "77aa");
        fixture_pod_annotate(s.pod, ANNOTATION_RELABELLED_AT, timestamp_format(f->world.now, at));
        assert_false(fixture_reconcile(f)->has_status);
        assert_true(f->plan.has_deadline);
        assert_int_equal(f->plan.deadline, f->world.now + 5000);
        f->world.now += 5000;
        expect(f, CONDITION_FALSE, "ServiceSelectsAnother");
        assert_true(f->plan.has_status);
        f->world.now -= 4000;
        s.selector[1].value = "77aa";
        expect(f, CONDITION_TRUE, "Attached");
        assert_true(f->plan.has_status);
        assert_string_equal(f->plan.status.last_relabel->from, FIXTURE_STABLE);
        assert_string_equal(f->plan.status.last_relabel->to, "77aa");
        assert_int_equal(f->plan.status.last_relabel->observed_at, f->world.now - 1000);
        assert_int_equal(f->plan.status.last_relabel->completed_at, f->world.now);
}

/* The blue-green strategy moves the Service first: what it selects is not told at once. */
static void test_attachment__waits_for_stable_to_follow_the_service(void **state) {
        struct fixture *f = *state;
        struct scene s;

        scene_set(&s, f);
        f->status = fixture_reconcile(f)->status;
        s.selector[1].value = "77aa";
        f->world.service_changed_at = f->world.now - 14000;
        assert_false(fixture_reconcile(f)->has_status);
        assert_int_equal(f->plan.deadline, f->world.now + 1000);
        f->world.service_changed_at = f->world.now - 15000;
        expect(f, CONDITION_FALSE, "ServiceSelectsAnother");
        assert_true(f->plan.has_status);
        f->world.service_changed_at = 0;
        assert_true(fixture_reconcile(f)->has_status);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_attachment__labels_beside_the_service,
                                                fixture_setup, fixture_teardown),
                cmocka_unit_test_setup_teardown(test_attachment__share_counts_ready_pods_in_traffic,
                                                fixture_setup, fixture_teardown),
                cmocka_unit_test_setup_teardown(
                        test_attachment__waits_for_a_service_that_is_about_to_follow, fixture_setup,
                        fixture_teardown),
                cmocka_unit_test_setup_teardown(
                        test_attachment__waits_for_stable_to_follow_the_service, fixture_setup,
                        fixture_teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
