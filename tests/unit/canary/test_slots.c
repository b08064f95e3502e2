#include "slots.h"

#include <stdio.h>
#include <string.h>

#include "fixture.h"

static const char *pod_name(struct fixture *f, int slot, int64_t incarnation) {
        return slot_pod_name(f->llc_meta.name, f->llc_meta.uid, slot, incarnation, &f->arena);
}

/* Pinned: a release that names pods otherwise would put a second pod beside each running one. */
static void test_slots__names_never_change(void **state) {
        struct fixture *f = *state;

        assert_string_equal(pod_name(f, 0, 0), "jdk21-0-q5962");
        assert_string_equal(pod_name(f, 0, 1), "jdk21-0-g9bmt");
        assert_string_equal(pod_name(f, 1, 0), "jdk21-1-bx6wt");
}

static void test_slots__names_depend_on_the_uid(void **state) {
        struct fixture *f = *state;
        const char *name = pod_name(f, 0, 0);

        f->llc_meta.uid = "c0ffee02";
        assert_string_not_equal(pod_name(f, 0, 0), name);
}

static void test_slots__longest_name_has_63_characters(void **state) {
        struct fixture *f = *state;
        char name[LLC_NAME_MAX + 1];

        memset(name, 'a', LLC_NAME_MAX);
        name[LLC_NAME_MAX] = '\0';
        f->llc_meta.name = name;
        assert_true(strlen(pod_name(f, LLC_REPLICAS_MAX - 1, 1LL << 40)) <= 63);
}

static void test_slots__neighbouring_incarnations_have_different_names(void **state) {
        struct fixture *f = *state;
        const char *before = "";

        for (int64_t i = 0; i < 5000; i++) {
                const char *name = pod_name(f, 3, i);

                assert_string_not_equal(name, before);
                assert_int_equal(slot_of_name(&f->llc, name), 3);
                before = name;
        }
}

static void test_slots__reads_the_slot_of_our_names_only(void **state) {
        static const struct {
                const char *name;
                int slot;
        } cases[] = {
                { "jdk21-0-q5962", 0 },
                { "jdk21-999-bcdfg", 999 },
                { "jdk21-1000-bcdfg", SLOT_NONE },
                { "jdk21-01-bcdfg", SLOT_NONE },
                { "jdk21--bcdfg", SLOT_NONE },
                { "jdk21-0-bcdf", SLOT_NONE },
                { "jdk21-0-bcdfgh", SLOT_NONE },
                { "jdk21-0-bcdfa", SLOT_NONE },
                { "jdk21-0-bcdfg-x", SLOT_NONE },
                { "jdk21-0", SLOT_NONE },
                { "jdk21-0-", SLOT_NONE },
                { "jdk21", SLOT_NONE },
                { "jdk2-0-bcdfg", SLOT_NONE },
                { "jdk21x-0-bcdfg", SLOT_NONE },
                { "", SLOT_NONE },
        };
        struct fixture *f = *state;

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_int_equal(slot_of_name(&f->llc, cases[i].name), cases[i].slot);
}

static void test_slots__absurd_reservations_are_read_as_none(void **state) {
        struct fixture *f = *state;
        int64_t incarnations[] = { -4, INT64_MAX, 7 };
        const struct plan *plan;

        f->status.incarnations = incarnations;
        f->status.n_incarnations = 3;
        plan = fixture_reconcile(f);
        assert_int_equal(plan->status.n_incarnations, 3);
        assert_int_equal(plan->status.incarnations[0], 0);
        assert_int_equal(plan->status.incarnations[1], 0);
        assert_int_equal(plan->status.incarnations[2], 7);
}

static void test_slots__more_reservations_than_slots_are_cut(void **state) {
        static int64_t incarnations[LLC_REPLICAS_MAX + 5];
        struct fixture *f = *state;

        for (size_t i = 0; i < LLC_REPLICAS_MAX + 5; i++)
                incarnations[i] = 1;
        f->status.incarnations = incarnations;
        f->status.n_incarnations = LLC_REPLICAS_MAX + 5;
        assert_int_equal(fixture_reconcile(f)->status.n_incarnations, LLC_REPLICAS_MAX);
}

static void test_slots__incarnations_are_written_as_they_differ(void **state) {
        struct fixture *f = *state;
        int64_t incarnations[] = { 0, 2 };

        f->status.incarnations = incarnations;
        f->status.n_incarnations = 2;
        fixture_add_pod(f, 0, 0);
        assert_false(fixture_reconcile(f)->reserves);
        fixture_add_pod(f, 1, 3)->meta.deletion_timestamp = 1;
        assert_true(fixture_reconcile(f)->reserves); /* the pod proves 3 */
        assert_int_equal(f->plan.status.incarnations[1], 3);
}

static void test_slots__no_status_is_no_reservation(void **state) {
        struct fixture *f = *state;

        f->llc.status = NULL;
        fixture_add_pod(f, 0, 2);
        assert_true(fixture_reconcile(f)->reserves);
        assert_int_equal(f->plan.status.n_incarnations, 1);
        assert_int_equal(f->plan.status.incarnations[0], 2);
}

#define FIXTURE_TEST(name)                                                                         \
        cmocka_unit_test_setup_teardown(test_slots__##name, fixture_setup, fixture_teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                FIXTURE_TEST(names_never_change),
                FIXTURE_TEST(names_depend_on_the_uid),
                FIXTURE_TEST(longest_name_has_63_characters),
                FIXTURE_TEST(neighbouring_incarnations_have_different_names),
                FIXTURE_TEST(reads_the_slot_of_our_names_only),
                FIXTURE_TEST(absurd_reservations_are_read_as_none),
                FIXTURE_TEST(more_reservations_than_slots_are_cut),
                FIXTURE_TEST(incarnations_are_written_as_they_differ),
                FIXTURE_TEST(no_status_is_no_reservation),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
