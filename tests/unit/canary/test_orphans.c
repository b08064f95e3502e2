#include "orphans.h"

#include <string.h>

#include "fixture.h"
#include "llc/api/resource.h"

static struct fixture_pod *add_orphan(struct fixture *f, int slot) {
        struct fixture_pod *pod = fixture_add_pod(f, slot, 0);

        fixture_pod_annotate(pod, ANNOTATION_UID, FIXTURE_UID);
        fixture_pod_annotate(pod, ANNOTATION_SLOT, arena_printf(&f->arena, "%d", slot));
        pod->meta.n_owner_references = 0;
        return pod;
}

static size_t strips(struct fixture *f) {
        return fixture_count(fixture_reconcile(f), ACTION_STRIP);
}

/* Whether it has an owner by now or the name has another LongLivedCanary: what counts is the proof. */
static void test_orphans__stripped_whoever_holds_them(void **state) {
        static const struct owner_reference owners[] = {
                { .api_version = "apps/v1", .kind = "ReplicaSet", .uid = "s1", .controller = true },
                { .api_version = "other.dev/v1",
                  .kind = LLC_KIND,
                  .uid = "o1",
                  .controller = true },
                { .api_version = LLC_API_VERSION, .kind = LLC_KIND, .uid = FIXTURE_UID },
        };
        struct fixture *f = *state;
        struct fixture_pod *pod = add_orphan(f, 0);

        assert_int_equal(strips(f), 1);
        for (size_t i = 0; i < sizeof(owners) / sizeof(owners[0]); i++) {
                pod->owner = owners[i];
                pod->meta.n_owner_references = 1;
                assert_int_equal(strips(f), 1);
        }
        f->llc_meta.uid = "c0ffee02";
        assert_int_equal(strips(f), 1);
        f->world.llc = NULL;
        assert_int_equal(strips(f), 1);
        assert_false(f->plan.has_status);
        assert_int_equal(f->plan.read, PLAN_READ_NOTHING);
}

/* Another version of our API owns as well as this one does. */
static void test_orphans__who_has_a_canary_is_none(void **state) {
        struct fixture *f = *state;
        struct fixture_pod *pod = add_orphan(f, 0);

        pod->owner = (struct owner_reference){ .api_version = "argo-canary.dev/v1",
                                               .kind = LLC_KIND,
                                               .uid = "c0ffee02",
                                               .controller = true };
        pod->meta.n_owner_references = 1;
        assert_int_equal(strips(f), 0);
        pod->owner.api_version = "argo-canary.devil/v1";
        assert_int_equal(strips(f), 1);
}

static void test_orphans__one_that_is_stripped_is_left_alone(void **state) {
        struct fixture *f = *state;
        struct fixture_pod *pod = add_orphan(f, 0);

        pod->meta.n_labels = 0;
        fixture_pod_label(pod, LABEL_NAME, "jdk21");
        fixture_pod_label(pod, LABEL_QUARANTINED, "x");
        f->world.llc = NULL;
        assert_int_equal(fixture_reconcile(f)->n_actions, 0);
        fixture_pod_label(pod, "a", "b");
        assert_int_equal(strips(f), 1);
        pod->meta.deletion_timestamp = 1;
        assert_int_equal(strips(f), 0);
}

static void test_orphans__proof_must_be_exact(void **state) {
        static const char *const slots[] = { "",   "-0",   "+0",
                                             " 0", "0 ",   "0x0",
                                             "1",  "1000", "18446744073709551616" };
        struct fixture *f = *state;
        struct fixture_pod *pod = add_orphan(f, 0);

        f->world.llc = NULL;
        for (size_t i = 0; i < sizeof(slots) / sizeof(slots[0]); i++) {
                fixture_pod_annotate(pod, ANNOTATION_SLOT, slots[i]);
                assert_int_equal(strips(f), 0);
        }
        fixture_pod_annotate(pod, ANNOTATION_SLOT, "0");
        assert_int_equal(strips(f), 1);
        fixture_pod_annotate(pod, ANNOTATION_UID, "c0ffee02");
        assert_int_equal(strips(f), 0);
        fixture_pod_annotate(pod, ANNOTATION_UID, FIXTURE_UID);
        fixture_pod_annotate(pod, ANNOTATION_INCARNATION, "1");
        assert_int_equal(strips(f), 0);
        fixture_pod_annotate(pod, ANNOTATION_INCARNATION, "0");
        fixture_pod_label(pod, LABEL_NAME, "jdk2");
        assert_int_equal(strips(f), 0);
}

/* It stands in nobody's slot: the canary makes its own pods beside it. */
static void test_orphans__the_canary_goes_on_without_them(void **state) {
        struct fixture *f = *state;

        add_orphan(f, 0);
        fixture_add_pod(f, 1, 0);
        f->spec.replicas = 2;
        assert_int_equal(strips(f), 1);
        assert_int_equal(fixture_count(&f->plan, ACTION_CREATE), 1);
        assert_int_equal(f->plan.status.replicas, 1);
}

#define FIXTURE_TEST(name)                                                                         \
        cmocka_unit_test_setup_teardown(test_orphans__##name, fixture_setup, fixture_teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                FIXTURE_TEST(stripped_whoever_holds_them),
                FIXTURE_TEST(who_has_a_canary_is_none),
                FIXTURE_TEST(one_that_is_stripped_is_left_alone),
                FIXTURE_TEST(proof_must_be_exact),
                FIXTURE_TEST(the_canary_goes_on_without_them),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
