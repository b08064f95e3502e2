#include "budgets.h"

#include <string.h>

#include "fixture.h"
#include "llc/api/resource.h"

#define SAVED "{\"app\":\"checkout\",\"" LABEL_HASH "\":\"" FIXTURE_STABLE "\"}"

enum { ROUNDS_MAX = 100 };

/* A PodDisruptionBudget over the app, as it stands on the server. */
struct pdb {
        struct str_pair app;
        struct label_selector selector;
        struct budget_spec spec;
        struct budget_status status;
        struct str_pair annotation;
        struct meta meta;
        struct budget budget;
        const struct budget *list[1];
        int touches;
};

static void pdb_init(struct pdb *pdb, struct fixture *f) {
        *pdb = (struct pdb){ .app = { "app", "checkout" }, .status = { .expected_pods = 5 } };
        pdb->selector = (struct label_selector){ .match_labels = &pdb->app, .n_match_labels = 1 };
        pdb->spec = (struct budget_spec){ .selector = &pdb->selector };
        pdb->annotation = (struct str_pair){ ANNOTATION_RECOUNT, "" };
        pdb->meta = (struct meta){
                .name = "checkout", .uid = "b1", .annotations = &pdb->annotation, .n_annotations = 1
        };
        pdb->budget =
                (struct budget){ .meta = &pdb->meta, .spec = &pdb->spec, .status = &pdb->status };
        pdb->list[0] = &pdb->budget;
        f->world.budgets = pdb->list;
        f->world.n_budgets = 1;
}

static struct fixture_pod *add_held_pod(struct fixture *f, int slot) {
        struct fixture_pod *pod = fixture_add_pod(f, slot, 0);

        pod->meta.n_labels = 0;
        fixture_pod_label(pod, LABEL_NAME, "jdk21");
        fixture_pod_annotate(pod, ANNOTATION_HELD_LABELS, SAVED);
        return pod;
}

/* What the server makes of the plan. */
static void pdb_apply(struct pdb *pdb, struct fixture *f, const struct plan *plan) {
        for (size_t i = 0; i < plan->n_actions; i++) {
                const struct json *meta = json_get(plan->actions[i].body, "metadata");
                const struct json *annotations = json_get(meta, "annotations");

                assert_int_equal(plan->actions[i].kind, ACTION_RECOUNT);
                assert_string_equal(plan->actions[i].uid, "b1");
                pdb->annotation.value =
                        arena_copy(&f->arena,
                                   json_as_string(json_get(annotations, ANNOTATION_RECOUNT)));
                pdb->touches++;
        }
        f->status.recounted = arena_strdup(&f->arena, plan->status.recounted);
}

/* One pass: reads when the plan says so, then performs it. */
static const struct plan *pass(struct fixture *f, struct pdb *pdb) {
        const struct plan *plan;

        f->world.budgets_state = WORLD_BUDGETS_UNREAD;
        plan = fixture_reconcile(f);
        if (plan->read == PLAN_READ_BUDGETS) {
                f->world.budgets_state = WORLD_BUDGETS_FOUND;
                plan = fixture_reconcile(f);
        }
        assert_int_equal(plan->read, PLAN_READ_NOTHING);
        pdb_apply(pdb, f, plan);
        return plan;
}

/* Until nothing is looked for any more; how long that took. */
static int64_t settle(struct fixture *f, struct pdb *pdb) {
        int64_t began = f->world.now;

        for (int i = 0; i < ROUNDS_MAX; i++) {
                const struct plan *plan = pass(f, pdb);

                if (!plan->has_deadline)
                        return f->world.now - began;
                f->world.now = plan->deadline;
        }
        fail_msg("it never ends");
        return 0;
}

static void fixture_take_out(struct fixture *f) {
        f->traffic.mode = LLC_TRAFFIC_NONE;
        f->spec.replicas = 2;
        add_held_pod(f, 0);
        add_held_pod(f, 1);
}

static void test_budgets__touched_until_it_counts_rightly(void **state) {
        struct fixture *f = *state;
        struct pdb pdb;

        pdb_init(&pdb, f);
        fixture_take_out(f);
        pass(f, &pdb);
        assert_int_equal(pdb.touches, 1);
        assert_null(f->status.recounted);
        pdb.status.expected_pods = 3;
        settle(f, &pdb);
        assert_int_equal(pdb.touches, 1);
        assert_non_null(f->status.recounted);
}

static void test_budgets__touched_four_times_at_most(void **state) {
        struct fixture *f = *state;
        struct pdb pdb;

        pdb_init(&pdb, f);
        fixture_take_out(f);
        assert_int_equal(settle(f, &pdb), 4200);
        assert_int_equal(pdb.touches, 4);
        assert_non_null(f->status.recounted);
}

/* Nothing is read, parsed into a token anew or looked for once it is done. */
static void test_budgets__done_is_done(void **state) {
        struct fixture *f = *state;
        struct pdb pdb;

        pdb_init(&pdb, f);
        fixture_take_out(f);
        settle(f, &pdb);
        f->world.budgets_state = WORLD_BUDGETS_UNREAD;
        f->world.now += 3600000;
        assert_int_equal(fixture_reconcile(f)->n_actions, 0);
        assert_int_equal(f->plan.read, PLAN_READ_NOTHING);
        assert_false(f->plan.has_deadline);
        add_held_pod(f, 2);
        assert_int_equal(fixture_reconcile(f)->read, PLAN_READ_BUDGETS);
}

/* Two canaries at once, neither of which sees expectedPods fall: both come to an end. */
static void test_budgets__two_canaries_do_not_undo_each_other(void **state) {
        static const char *const uids[] = { FIXTURE_UID, "c0ffee02" };
        bool done[2] = { false, false };
        struct fixture *f = *state;
        struct pdb pdb;
        int rounds = 0;

        pdb_init(&pdb, f);
        f->traffic.mode = LLC_TRAFFIC_NONE;
        for (; rounds < ROUNDS_MAX && !(done[0] && done[1]); rounds++) {
                for (int i = 0; i < 2; i++) {
                        f->world.n_pods = 0;
                        f->status.recounted = NULL;
                        f->llc_meta.uid = uids[i];
                        add_held_pod(f, 0)->owner.uid = uids[i];
                        if (!done[i])
                                pass(f, &pdb);
                        done[i] |= f->status.recounted != NULL;
                }
                f->world.now += 200;
        }
        assert_true(rounds < ROUNDS_MAX);
        assert_int_equal(pdb.touches, 8);
}

/* One that its controller has not seen yet counts rightly from the beginning. */
static void test_budgets__one_without_a_status_is_right(void **state) {
        struct fixture *f = *state;
        struct pdb pdb;

        pdb_init(&pdb, f);
        pdb.budget.status = NULL;
        fixture_take_out(f);
        pass(f, &pdb);
        assert_int_equal(pdb.touches, 0);
        assert_non_null(f->status.recounted);
}

/* Who has ended is counted by nobody: its end is no reason to begin anew. */
static void test_budgets__dead_pods_do_not_count(void **state) {
        struct fixture *f = *state;
        struct fixture_pod *pod;
        struct pdb pdb;

        pdb_init(&pdb, f);
        fixture_take_out(f);
        f->spec.replicas = 3;
        pod = add_held_pod(f, 2);
        pod->status.phase = "Failed";
        pod->meta.creation_timestamp = f->world.now;
        f->spec.paused = true;
        settle(f, &pdb);
        f->world.n_pods = 2;
        f->world.budgets_state = WORLD_BUDGETS_UNREAD;
        assert_int_equal(fixture_reconcile(f)->read, PLAN_READ_NOTHING);
}

/* Nor is the end of one that was counted, neither when it begins nor when it is over. */
static void test_budgets__who_dies_later_does_not_count(void **state) {
        struct fixture *f = *state;
        struct fixture_pod *pod;
        struct pdb pdb;

        pdb_init(&pdb, f);
        fixture_take_out(f);
        f->spec.paused = true;
        pod = add_held_pod(f, 2);
        settle(f, &pdb);
        pod->meta.deletion_timestamp = f->world.now;
        f->world.budgets_state = WORLD_BUDGETS_UNREAD;
        assert_int_equal(fixture_reconcile(f)->read, PLAN_READ_NOTHING);
        f->status.recounted = arena_strdup(&f->arena, f->plan.status.recounted);
        f->world.n_pods = 2;
        assert_int_equal(fixture_reconcile(f)->read, PLAN_READ_NOTHING);
        assert_string_equal(f->plan.status.recounted, f->status.recounted);
}

/* But who dies before it was counted does: nobody else notices. */
static void test_budgets__who_dies_at_once_counts(void **state) {
        struct fixture *f = *state;
        struct pdb pdb;

        pdb_init(&pdb, f);
        fixture_take_out(f);
        settle(f, &pdb);
        add_held_pod(f, 2)->meta.deletion_timestamp = f->world.now;
        f->spec.paused = true;
        f->world.budgets_state = WORLD_BUDGETS_UNREAD;
        assert_int_equal(fixture_reconcile(f)->read, PLAN_READ_BUDGETS);
}

/* A pod that came back and left again was counted in between. */
static void test_budgets__each_leaving_counts(void **state) {
        struct fixture *f = *state;
        struct fixture_pod *pod;
        struct pdb pdb;

        pdb_init(&pdb, f);
        f->traffic.mode = LLC_TRAFFIC_NONE;
        pod = add_held_pod(f, 0);
        fixture_pod_annotate(pod, ANNOTATION_HOLDS, "1");
        settle(f, &pdb);
        fixture_pod_annotate(pod, ANNOTATION_HOLDS, "2");
        f->world.budgets_state = WORLD_BUDGETS_UNREAD;
        assert_int_equal(fixture_reconcile(f)->read, PLAN_READ_BUDGETS);
}

/* Where pods return or go by themselves, and where nothing could be kept, nothing is touched. */
static void test_budgets__not_touched_for_nothing(void **state) {
        struct fixture *f = *state;

        add_held_pod(f, 0);
        f->status.recounted = "kept";
        assert_int_equal(fixture_count(fixture_reconcile(f), ACTION_RELEASE), 1);
        assert_int_equal(f->plan.read, PLAN_READ_NOTHING);
        assert_string_equal(f->plan.status.recounted, "kept");
        f->traffic.mode = LLC_TRAFFIC_NONE;
        assert_int_equal(fixture_reconcile(f)->read, PLAN_READ_BUDGETS);
        f->world.llc_unreadable = true;
        assert_int_equal(fixture_reconcile(f)->read, PLAN_READ_NOTHING);
        f->world.llc_unreadable = false;
        f->llc_meta.deletion_timestamp = 1;
        assert_int_equal(fixture_reconcile(f)->read, PLAN_READ_NOTHING);
}

static void test_budgets__a_scale_without_pod_events_touches_once(void **state) {
        struct fixture *f = *state;
        struct pdb pdb;

        pdb_init(&pdb, f);
        fixture_add_pod(f, 0, 0);
        f->status.has_observed_generation = true;
        f->status.observed_generation = 1;
        f->llc_meta.generation = 2;
        f->spec.replicas = 5;
        f->spec.paused = true;
        settle(f, &pdb);
        assert_int_equal(pdb.touches, 1);
        settle(f, &pdb); /* the status was not written */
        assert_int_equal(pdb.touches, 1);
        f->llc_meta.generation = 3;
        settle(f, &pdb);
        assert_int_equal(pdb.touches, 2);
        f->status.observed_generation = 3;
        f->world.budgets_state = WORLD_BUDGETS_UNREAD;
        assert_int_equal(fixture_reconcile(f)->read, PLAN_READ_NOTHING);
        f->status.observed_generation = 1;
        f->world.llc_unreadable = true; /* what is told of it would not be seen */
        assert_int_equal(fixture_reconcile(f)->read, PLAN_READ_NOTHING);
        f->world.llc_unreadable = false;
        f->llc_meta.deletion_timestamp = 1;
        assert_int_equal(fixture_reconcile(f)->read, PLAN_READ_NOTHING);
        f->llc_meta.deletion_timestamp = 0;
        f->world.n_pods = 0;
        assert_int_equal(fixture_reconcile(f)->read, PLAN_READ_NOTHING);
        fixture_add_pod(f, 0, 0);
        f->status.observed_generation = -1; /* never told of: no pods were counted before */
        assert_int_equal(fixture_reconcile(f)->read, PLAN_READ_NOTHING);
}

/* Creating and deleting pods is a pod event, and must not wait for a read. */
static void test_budgets__a_scale_with_pod_events_reads_nothing(void **state) {
        struct fixture *f = *state;

        fixture_add_pod(f, 0, 0);
        f->status.has_observed_generation = true;
        f->status.observed_generation = 1;
        f->llc_meta.generation = 2;
        f->spec.replicas = 2;
        assert_int_equal(fixture_count(fixture_reconcile(f), ACTION_CREATE), 1);
        assert_int_equal(f->plan.read, PLAN_READ_NOTHING);
        f->spec.replicas = 0;
        assert_int_equal(fixture_count(fixture_reconcile(f), ACTION_DELETE), 1);
        assert_int_equal(f->plan.read, PLAN_READ_NOTHING);
        f->world.budgets_state = WORLD_BUDGETS_REFUSED;
        f->spec.replicas = 1;
        assert_int_equal(fixture_reconcile(f)->read, PLAN_READ_NOTHING);
        assert_true(f->plan.has_status);
}

#define FIXTURE_TEST(name)                                                                         \
        cmocka_unit_test_setup_teardown(test_budgets__##name, fixture_setup, fixture_teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                FIXTURE_TEST(touched_until_it_counts_rightly),
                FIXTURE_TEST(touched_four_times_at_most),
                FIXTURE_TEST(done_is_done),
                FIXTURE_TEST(two_canaries_do_not_undo_each_other),
                FIXTURE_TEST(one_without_a_status_is_right),
                FIXTURE_TEST(dead_pods_do_not_count),
                FIXTURE_TEST(who_dies_later_does_not_count),
                FIXTURE_TEST(who_dies_at_once_counts),
                FIXTURE_TEST(each_leaving_counts),
                FIXTURE_TEST(not_touched_for_nothing),
                FIXTURE_TEST(a_scale_without_pod_events_touches_once),
                FIXTURE_TEST(a_scale_with_pod_events_reads_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
