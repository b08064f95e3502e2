#include <string.h>

#include "census.h"
#include "fixture.h"
#include "llc/api/resource.h"
#include "overrides.h"
#include "replicas.h"
#include "slots.h"

static const char *first_deleted(const struct plan *plan) {
        for (size_t i = 0; i < plan->n_actions; i++)
                if (plan->actions[i].kind == ACTION_DELETE)
                        return plan->actions[i].name;
        return NULL;
}

static void test_replicas__creates_come_in_batches(void **state) {
        struct fixture *f = *state;
        const struct plan *plan;

        f->spec.replicas = LLC_REPLICAS_MAX;
        plan = fixture_reconcile(f);
        assert_int_equal(fixture_count(plan, ACTION_CREATE), 16);
        assert_true(plan->has_deadline);
        assert_int_equal(plan->deadline, f->world.now + 1000);
}

static void test_replicas__full_batch_needs_no_second_look(void **state) {
        struct fixture *f = *state;

        f->spec.replicas = 16;
        assert_int_equal(fixture_count(fixture_reconcile(f), ACTION_CREATE), 16);
        assert_false(f->plan.has_deadline);
}

static void test_replicas__a_thousand_pods_all_go(void **state) {
        struct fixture *f = *state;

        for (int i = 0; i < LLC_REPLICAS_MAX; i++)
                fixture_add_pod(f, i, 0);
        f->spec.replicas = 0;
        assert_int_equal(fixture_count(fixture_reconcile(f), ACTION_DELETE), LLC_REPLICAS_MAX);
        assert_int_equal(f->plan.n_actions, LLC_REPLICAS_MAX);
}

static void test_replicas__cheaper_pod_goes_first(void **state) {
        struct fixture *f = *state;
        struct fixture_pod *cheap = fixture_add_pod(f, 0, 0);

        fixture_pod_annotate(cheap, "controller.kubernetes.io/pod-deletion-cost", "-5");
        fixture_add_pod(f, 1, 0);
        assert_string_equal(first_deleted(fixture_reconcile(f)), cheap->meta.name);
}

static void test_replicas__unready_counts_more_than_cost(void **state) {
        struct fixture *f = *state;
        struct fixture_pod *unready = fixture_add_pod(f, 0, 0);

        fixture_pod_annotate(unready, "controller.kubernetes.io/pod-deletion-cost", "100");
        unready->ready.status = "False";
        fixture_add_pod(f, 1, 0);
        assert_string_equal(first_deleted(fixture_reconcile(f)), unready->meta.name);
}

static void test_replicas__malformed_costs_count_as_zero(void **state) {
        static const char *const costs[] = { "", "x", "-5x", "99999999999999999999",
                                             "-2147483649" };
        struct fixture *f = *state;
        struct fixture_pod *low = fixture_add_pod(f, 0, 0);
        const char *high = fixture_add_pod(f, 1, 0)->meta.name;

        for (size_t i = 0; i < sizeof(costs) / sizeof(costs[0]); i++) {
                fixture_pod_annotate(low, "controller.kubernetes.io/pod-deletion-cost", costs[i]);
                assert_string_equal(first_deleted(fixture_reconcile(f)), high);
        }
}

static void test_replicas__stray_goes_before_pods_in_slots(void **state) {
        struct fixture *f = *state;
        struct fixture_pod *stray = fixture_add_pod(f, 0, 0);

        stray->meta.name = "aaa";
        fixture_add_pod(f, 1, 0);
        assert_string_equal(first_deleted(fixture_reconcile(f)), "aaa");
        assert_int_equal(fixture_count(&f->plan, ACTION_DELETE), 1);
}

static void test_replicas__never_two_below_by_replacement(void **state) {
        struct fixture *f = *state;

        f->spec.replicas = 5;
        for (int i = 0; i < 5; i++)
                fixture_add_pod(f, i, 0);
        f->spec.image = "registry/checkout:jdk22";
        assert_int_equal(fixture_count(fixture_reconcile(f), ACTION_DELETE), 1);
}

static void test_replicas__surplus_is_no_spare_for_replacement(void **state) {
        struct fixture *f = *state;

        f->spec.replicas = 2;
        for (int i = 0; i < 3; i++)
                fixture_add_pod(f, i, 0);
        f->spec.image = "registry/checkout:jdk22";
        assert_int_equal(fixture_count(fixture_reconcile(f), ACTION_DELETE), 2);
}

/* The unready new pod is surplus; the old one must not go in the same breath. */
static void test_replicas__last_ready_pod_outlives_the_surplus(void **state) {
        struct fixture *f = *state;
        struct fixture_pod *old = fixture_add_pod(f, 0, 0);
        struct fixture_pod *new = fixture_add_pod(f, 1, 0);

        fixture_pod_annotate(old, ANNOTATION_SPEC_HASH, "old");
        new->ready.status = "False";
        assert_string_equal(first_deleted(fixture_reconcile(f)), new->meta.name);
        assert_int_equal(f->plan.n_actions, 1);
}

static void test_replicas__not_yet_available_goes_before_cheap(void **state) {
        struct fixture *f = *state;
        struct fixture_pod *young = fixture_add_pod(f, 0, 0);
        struct fixture_pod *cheap = fixture_add_pod(f, 1, 0);

        f->spec.min_ready_seconds = 60;
        young->ready.last_transition_time = f->world.now - 59999;
        cheap->ready.last_transition_time = f->world.now - 60000;
        fixture_pod_annotate(cheap, ANNOTATION_DELETION_COST, "-5");
        assert_string_equal(first_deleted(fixture_reconcile(f)), young->meta.name);
        assert_int_equal(fixture_count(&f->plan, ACTION_DELETE), 1);
}

/* max_unavailable of five replicas, all outdated and available: how many go at once? */
static void test_replicas__max_unavailable(void **state) {
        static const struct {
                const char *max_unavailable;
                size_t n;
        } cases[] = {
                { "", 1 },    { "1", 1 },   { "2", 2 },   { "5", 5 },    { "9999999999", 5 },
                { "0", 1 },   { "0%", 1 },  { "1%", 1 },  { "20%", 1 },  { "21%", 2 },
                { "50%", 3 }, { "80%", 4 }, { "81%", 5 }, { "100%", 5 }, { "9999999999%", 5 },
                { "%", 1 },   { "3x", 1 },  { "3%%", 1 }, { "3 %", 1 },  { "99999999999", 1 },
                { "-3", 1 },  { "+3", 1 },  { " 3", 1 },  { "3.5", 1 },
        };
        struct fixture *f = *state;

        f->spec.replicas = 5;
        for (int i = 0; i < 5; i++)
                fixture_add_pod(f, i, 0);
        f->spec.image = "registry/checkout:jdk22";
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                f->update_policy.max_unavailable = cases[i].max_unavailable;
                assert_int_equal(fixture_count(fixture_reconcile(f), ACTION_DELETE), cases[i].n);
        }
}

static void test_replicas__missing_pods_use_max_unavailable_up(void **state) {
        struct fixture *f = *state;

        f->spec.replicas = 5;
        f->update_policy.max_unavailable = "2";
        for (int i = 0; i < 4; i++)
                fixture_add_pod(f, i, 0);
        f->spec.image = "registry/checkout:jdk22";
        assert_int_equal(fixture_count(fixture_reconcile(f), ACTION_DELETE), 1);
}

/* A dying pod is not there any more: nothing is taken in its place. */
static void test_replicas__dying_pods_use_max_unavailable_up(void **state) {
        struct fixture *f = *state;

        f->spec.replicas = 2;
        fixture_add_pod(f, 0, 0);
        fixture_add_pod(f, 1, 0)->meta.deletion_timestamp = 1;
        f->spec.image = "registry/checkout:jdk22";
        assert_int_equal(fixture_count(fixture_reconcile(f), ACTION_DELETE), 0);
}

/* Ready, but not for minReadySeconds: missing already. */
static void test_replicas__unavailable_costs_nothing(void **state) {
        struct fixture *f = *state;

        f->spec.replicas = 3;
        f->spec.min_ready_seconds = 60;
        for (int i = 0; i < 3; i++)
                fixture_add_pod(f, i, 0)->ready.last_transition_time = f->world.now - 1000;
        f->spec.image = "registry/checkout:jdk22";
        assert_int_equal(fixture_count(fixture_reconcile(f), ACTION_DELETE), 3);
}

static void test_replicas__on_delete_replaces_nothing(void **state) {
        struct fixture *f = *state;

        f->update_policy.type = LLC_UPDATE_ON_DELETE;
        fixture_add_pod(f, 0, 0)->ready.status = "False";
        f->spec.image = "registry/checkout:jdk22";
        f->world.template_state = WORLD_TEMPLATE_UNREAD;
        fixture_reconcile(f);
        assert_int_equal(f->plan.n_actions, 0);
        assert_int_equal(f->plan.read, PLAN_READ_NOTHING);
        f->spec.replicas = 2; /* now one is to be made */
        assert_int_equal(fixture_reconcile(f)->read, PLAN_READ_REPLICASET);
        f->world.template_state = WORLD_TEMPLATE_FOUND;
        assert_int_equal(fixture_count(fixture_reconcile(f), ACTION_DELETE), 0);
        assert_int_equal(fixture_count(&f->plan, ACTION_CREATE), 1);
}

static void test_replicas__recreate_replaces_drifted(void **state) {
        struct fixture *f = *state;
        struct fixture_pod *pod = fixture_add_pod(f, 0, 0);

        fixture_pod_annotate(pod, ANNOTATION_BASE_HASH, "77aa");
        assert_int_equal(fixture_reconcile(f)->n_actions, 0);
        f->update_policy.type = LLC_UPDATE_RECREATE;
        assert_int_equal(fixture_count(fixture_reconcile(f), ACTION_DELETE), 1);
        assert_string_equal(f->plan.actions[0].reason,
                            "built from another template than the stable one");
        f->spec.image = "registry/checkout:jdk22";
        assert_string_equal(fixture_reconcile(f)->actions[0].reason, "built with other overrides");
}

/* What would it be replaced with? */
static void test_replicas__recreate_waits_for_stable(void **state) {
        struct fixture *f = *state;

        f->update_policy.type = LLC_UPDATE_RECREATE;
        fixture_pod_annotate(fixture_add_pod(f, 0, 0), ANNOTATION_BASE_HASH, "77aa");
        f->rollout.stable_rs = NULL;
        assert_int_equal(fixture_count(fixture_reconcile(f), ACTION_DELETE), 0);
}

static void test_replicas__paused_changes_nothing(void **state) {
        struct fixture *f = *state;
        struct fixture_pod *failed;

        f->spec.replicas = 3;
        fixture_add_pod(f, 0, 0);
        failed = fixture_add_pod(f, 1, 0);
        failed->status.phase = "Failed";
        f->spec.image = "registry/checkout:jdk22";
        f->spec.paused = true;
        for (f->spec.replicas = 0; f->spec.replicas < 4; f->spec.replicas++) {
                fixture_reconcile(f);
                assert_int_equal(f->plan.n_actions, 0);
                assert_int_equal(f->plan.read, PLAN_READ_NOTHING);
                assert_false(f->plan.reserves);
                assert_false(f->plan.has_deadline);
        }
}

/* Only this room's part of the decision, with a failure that is not judged but given. */
static struct draft decide_replicas(struct fixture *f, const struct llc_failure *failure,
                                    bool terminates) {
        struct draft draft = {
                .world = &f->world,
                .arena = &f->arena,
                .plan = &f->plan,
                .stable = FIXTURE_STABLE,
                .spec_hash = overrides_hash(&f->spec, &f->arena),
                .replicas = f->spec.replicas,
                .failure = failure,
                .terminates = terminates,
        };

        plan_deinit(&f->plan);
        f->plan = (struct plan){ .read = PLAN_READ_NOTHING };
        census_take(&draft);
        slots_assign(&draft);
        census_count(&draft);
        for (size_t i = 0; i < draft.n_pods; i++)
                draft.pods[i].lapsed = meta_label(draft.pods[i].pod->meta, LABEL_QUARANTINED);
        draft.prototype = replicas_need_template(&draft) ? json_new_object() : NULL;
        replicas_decide(&draft);
        json_freep(&draft.prototype);
        return draft;
}

static const struct llc_failure FAILURE = { .reason = "CrashLooping", .message = "", .spec = "f" };

static void test_replicas__failure_keeps_what_is_there(void **state) {
        struct fixture *f = *state;
        struct fixture_pod *failed;

        f->spec.replicas = 4;
        fixture_add_pod(f, 0, 0);
        failed = fixture_add_pod(f, 1, 0);
        failed->status.phase = "Failed"; /* its successor is yet to be made */
        fixture_add_pod(f, 2, 0)->meta.deletion_timestamp = 1;
        f->spec.image = "registry/checkout:jdk22";
        decide_replicas(f, &FAILURE, false);
        assert_int_equal(f->plan.n_actions, 0);
        f->spec.on_failure = LLC_ON_FAILURE_TERMINATE; /* but it may not be terminated yet */
        decide_replicas(f, &FAILURE, false);
        assert_int_equal(f->plan.n_actions, 0);
        f->spec.on_failure = LLC_ON_FAILURE_KEEP; /* then it goes on as ever: slot 3 */
        decide_replicas(f, &FAILURE, false);
        assert_int_equal(fixture_count(&f->plan, ACTION_CREATE), 1);
}

static void test_replicas__failure_does_not_stop_scaling_down(void **state) {
        struct fixture *f = *state;

        fixture_add_pod(f, 0, 0);
        fixture_add_pod(f, 1, 0);
        fixture_add_pod(f, 2, 0)->status.phase = "Failed";
        decide_replicas(f, &FAILURE, false);
        assert_int_equal(f->plan.n_actions, 2);
        assert_string_equal(f->plan.actions[0].reason, "it has ended");
        assert_string_equal(f->plan.actions[1].reason, "more pods than replicas");
}

static void test_replicas__termination_takes_all(void **state) {
        struct fixture *f = *state;

        f->spec.replicas = 3;
        fixture_add_pod(f, 0, 0);
        fixture_add_pod(f, 1, 0)->status.phase = "Failed";
        fixture_add_pod(f, 2, 0)->meta.deletion_timestamp = 1;
        decide_replicas(f, NULL, true);
        assert_int_equal(f->plan.n_actions, 2);
        assert_string_equal(f->plan.actions[1].reason,
                            "onRolloutMissing is Terminate, and the Rollout is gone");
        f->spec.on_failure = LLC_ON_FAILURE_TERMINATE;
        decide_replicas(f, &FAILURE, true);
        assert_int_equal(f->plan.n_actions, 1); /* the dead one: it is not told yet */
        f->status.failure = &FAILURE;
        decide_replicas(f, &FAILURE, true);
        assert_string_equal(f->plan.actions[1].reason,
                            "onFailure is Terminate, and it has failed: CrashLooping");
        f->spec.on_failure = LLC_ON_FAILURE_KEEP;
        decide_replicas(f, &FAILURE, true);
        assert_string_equal(f->plan.actions[1].reason,
                            "onRolloutMissing is Terminate, and the Rollout is gone");
        f->spec.paused = true;
        decide_replicas(f, NULL, true);
        assert_int_equal(f->plan.n_actions, 0);
}

/* The unfit go whatever the policy, and use nothing of maxUnavailable up. */
static void test_replicas__lapsed_quarantine(void **state) {
        struct fixture *f = *state;
        struct fixture_pod *unready, *outdated, *fit;

        f->spec.replicas = 4;
        f->update_policy.type = LLC_UPDATE_ON_DELETE;
        fixture_add_pod(f, 0, 0);
        unready = fixture_add_pod(f, 1, 0);
        unready->ready.status = "False";
        outdated = fixture_add_pod(f, 2, 0);
        fixture_pod_annotate(outdated, ANNOTATION_SPEC_HASH, "old");
        fit = fixture_add_pod(f, 3, 0);
        fixture_pod_label(unready, LABEL_QUARANTINED, "f1");
        fixture_pod_label(outdated, LABEL_QUARANTINED, "f1");
        fixture_pod_label(fit, LABEL_QUARANTINED, "f1");
        decide_replicas(f, NULL, false);
        assert_int_equal(f->plan.n_actions, 2);
        assert_string_equal(f->plan.actions[0].reason,
                            "the failure that it was kept for has lapsed");
        decide_replicas(f, &FAILURE, false); /* they are part of the new failure then */
        assert_int_equal(f->plan.n_actions, 0);
}

static void test_replicas__quarantined_counts_as_unready(void **state) {
        struct fixture *f = *state;
        struct fixture_pod *quarantined = fixture_add_pod(f, 0, 0);
        struct draft draft;

        fixture_pod_label(quarantined, LABEL_QUARANTINED, "f1");
        fixture_pod_annotate(quarantined, ANNOTATION_DELETION_COST, "100");
        fixture_add_pod(f, 1, 0);
        draft = decide_replicas(f, NULL, false);
        assert_string_equal(first_deleted(draft.plan), quarantined->meta.name);
        f->spec.replicas = 2; /* with one in quarantine, none is to spare */
        fixture_pod_annotate(fixture_add_pod(f, 2, 0), ANNOTATION_SPEC_HASH, "old");
        f->spec.replicas = 3;
        decide_replicas(f, NULL, false);
        assert_int_equal(f->plan.n_actions, 0);
        f->update_policy.max_unavailable = "2";
        decide_replicas(f, NULL, false);
        assert_int_equal(f->plan.n_actions, 1);
}

/* When may the successor of a pod that ended be reserved? */
static void test_replicas__back_off_grows(void **state) {
        static const struct {
                const char *attempt;
                int64_t ms;
        } cases[] = {
                { NULL, 10000 },  { "0", 10000 },       { "1", 20000 },       { "2", 40000 },
                { "3", 80000 },   { "4", 160000 },      { "5", 300000 },      { "6", 300000 },
                { "64", 300000 }, { "999999", 300000 }, { "9999999", 10000 }, { "-1", 10000 },
                { "1x", 10000 },  { "", 10000 },
        };
        struct fixture *f = *state;
        struct fixture_pod *failed = fixture_add_pod(f, 0, 0);

        failed->status.phase = "Failed";
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                if (cases[i].attempt)
                        fixture_pod_annotate(failed, ANNOTATION_ATTEMPT, cases[i].attempt);
                failed->meta.creation_timestamp = f->world.now - cases[i].ms + 1;
                assert_false(fixture_reconcile(f)->reserves);
                assert_int_equal(f->plan.n_actions, 0);
                assert_true(f->plan.has_deadline);
                assert_int_equal(f->plan.deadline, f->world.now + 1);
                failed->meta.creation_timestamp = f->world.now - cases[i].ms;
                assert_true(fixture_reconcile(f)->reserves);
                assert_int_equal(f->plan.n_actions, 0); /* the ended pod stays */
                assert_false(f->plan.has_deadline);
        }
}

static void test_replicas__slow_clock_does_not_end_the_back_off(void **state) {
        struct fixture *f = *state;
        struct fixture_pod *failed = fixture_add_pod(f, 0, 0);

        failed->status.phase = "Failed";
        failed->meta.creation_timestamp = f->world.now + 9999;
        assert_false(fixture_reconcile(f)->reserves);
        assert_int_equal(f->plan.deadline, f->world.now + 19999);
        failed->meta.creation_timestamp = f->world.now + 10000;
        assert_true(fixture_reconcile(f)->reserves);
        failed->meta.creation_timestamp = f->world.now + 3600000;
        fixture_pod_annotate(failed, ANNOTATION_ATTEMPT, "4");
        assert_true(fixture_reconcile(f)->reserves);
        fixture_pod_annotate(failed, ANNOTATION_ATTEMPT, "5");
        assert_false(fixture_reconcile(f)->reserves);
        assert_int_equal(f->plan.deadline, f->world.now + 3900000);
}

static void test_replicas__other_overrides_do_not_wait(void **state) {
        struct fixture *f = *state;
        struct fixture_pod *failed = fixture_add_pod(f, 0, 0);

        failed->status.phase = "Failed";
        failed->meta.creation_timestamp = f->world.now;
        f->spec.image = "registry/checkout:jdk22";
        assert_true(fixture_reconcile(f)->reserves);
}

static void test_replicas__deleted_pod_is_replaced_at_once(void **state) {
        struct fixture *f = *state;
        struct fixture_pod *dying = fixture_add_pod(f, 0, 0);

        dying->status.phase = "Failed";
        dying->meta.creation_timestamp = f->world.now;
        dying->meta.deletion_timestamp = f->world.now;
        assert_true(fixture_reconcile(f)->reserves);
        assert_int_equal(f->plan.n_actions, 0);
}

/* The attempt that a pod is created with after this one; "" = none. */
static const char *attempt_after(struct fixture *f) {
        const struct plan *plan = fixture_reconcile(f);
        const struct json *attempt;

        assert_int_equal(plan->n_actions, 1);
        assert_int_equal(plan->actions[0].kind, ACTION_CREATE);
        attempt = json_get(json_get(json_get(plan->actions[0].body, "metadata"), "annotations"),
                           ANNOTATION_ATTEMPT);
        return attempt ? json_as_string(attempt).ptr : "";
}

static void test_replicas__successor_counts_on(void **state) {
        static const int64_t reserved = 8;
        struct fixture *f = *state;
        struct fixture_pod *failed = fixture_add_pod(f, 0, 7);

        f->status.incarnations = &reserved;
        f->status.n_incarnations = 1;
        failed->status.phase = "Failed";
        failed->meta.creation_timestamp = f->world.now - 599999;
        assert_string_equal(attempt_after(f), "1");
        fixture_pod_annotate(failed, ANNOTATION_ATTEMPT, "7");
        assert_string_equal(attempt_after(f), "8");
        failed->meta.creation_timestamp = f->world.now + 599999;
        assert_string_equal(attempt_after(f), "8");
        failed->meta.creation_timestamp = f->world.now - 600000;
        assert_string_equal(attempt_after(f), "");
        failed->meta.creation_timestamp = f->world.now;
        failed->meta.deletion_timestamp = f->world.now;
        assert_string_equal(attempt_after(f), "");
        failed->meta.deletion_timestamp = 0;
        fixture_pod_annotate(failed, ANNOTATION_SPEC_HASH, "old");
        assert_string_equal(attempt_after(f), "");
        f->world.n_pods = 0; /* taken away by the pod garbage collector */
        assert_string_equal(attempt_after(f), "");
}

static void test_replicas__ended_pod_goes_when_its_successor_is_there(void **state) {
        struct fixture *f = *state;
        const char *ended;
        struct fixture_pod *successor;

        fixture_add_pod(f, 0, 1)->status.phase = "Failed";
        ended = f->pods[0]->meta->name;
        successor = fixture_add_pod(f, 0, 2);
        successor->ready.status = "False";
        assert_int_equal(fixture_reconcile(f)->n_actions, 1);
        assert_string_equal(first_deleted(&f->plan), ended);
        successor->status.phase = "Failed"; /* the newest stays, for the next */
        assert_int_equal(fixture_reconcile(f)->n_actions, 1);
        assert_string_equal(first_deleted(&f->plan), ended);
        successor->meta.deletion_timestamp = 1;
        assert_int_equal(fixture_reconcile(f)->n_actions, 1);
        assert_string_equal(first_deleted(&f->plan), ended);
}

static void test_replicas__ended_pod_goes_when_its_slot_is_not_wanted(void **state) {
        struct fixture *f = *state;

        fixture_add_pod(f, 0, 0);
        fixture_add_pod(f, 1, 0)->status.phase = "Failed";
        assert_int_equal(fixture_reconcile(f)->n_actions, 1);
        assert_string_equal(first_deleted(&f->plan), f->pods[1]->meta->name);
        f->spec.replicas = 2;
        assert_int_equal(fixture_reconcile(f)->n_actions, 0);
}

static void test_replicas__ended_stray_goes(void **state) {
        struct fixture *f = *state;
        struct fixture_pod *stray = fixture_add_pod(f, 0, 0);

        stray->meta.name = "aaa";
        stray->status.phase = "Succeeded";
        stray->meta.creation_timestamp = f->world.now;
        assert_string_equal(first_deleted(fixture_reconcile(f)), "aaa");
        assert_int_equal(fixture_count(&f->plan, ACTION_CREATE), 1);
}

static void test_replicas__out_of_range_is_clamped(void **state) {
        struct fixture *f = *state;

        f->spec.replicas = -3;
        assert_int_equal(fixture_reconcile(f)->n_actions, 0);
        assert_string_equal(fixture_condition(&f->plan, "Ready")->reason, "ScaledToZero");
        f->spec.replicas = INT64_MAX;
        assert_string_equal(fixture_reconcile(f)->status.ready, "0/1000");
}

#define FIXTURE_TEST(name)                                                                         \
        cmocka_unit_test_setup_teardown(test_replicas__##name, fixture_setup, fixture_teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                FIXTURE_TEST(creates_come_in_batches),
                FIXTURE_TEST(full_batch_needs_no_second_look),
                FIXTURE_TEST(a_thousand_pods_all_go),
                FIXTURE_TEST(cheaper_pod_goes_first),
                FIXTURE_TEST(unready_counts_more_than_cost),
                FIXTURE_TEST(malformed_costs_count_as_zero),
                FIXTURE_TEST(stray_goes_before_pods_in_slots),
                FIXTURE_TEST(never_two_below_by_replacement),
                FIXTURE_TEST(surplus_is_no_spare_for_replacement),
                FIXTURE_TEST(last_ready_pod_outlives_the_surplus),
                FIXTURE_TEST(not_yet_available_goes_before_cheap),
                FIXTURE_TEST(max_unavailable),
                FIXTURE_TEST(missing_pods_use_max_unavailable_up),
                FIXTURE_TEST(dying_pods_use_max_unavailable_up),
                FIXTURE_TEST(unavailable_costs_nothing),
                FIXTURE_TEST(on_delete_replaces_nothing),
                FIXTURE_TEST(recreate_replaces_drifted),
                FIXTURE_TEST(recreate_waits_for_stable),
                FIXTURE_TEST(paused_changes_nothing),
                FIXTURE_TEST(failure_keeps_what_is_there),
                FIXTURE_TEST(failure_does_not_stop_scaling_down),
                FIXTURE_TEST(termination_takes_all),
                FIXTURE_TEST(lapsed_quarantine),
                FIXTURE_TEST(quarantined_counts_as_unready),
                FIXTURE_TEST(back_off_grows),
                FIXTURE_TEST(slow_clock_does_not_end_the_back_off),
                FIXTURE_TEST(other_overrides_do_not_wait),
                FIXTURE_TEST(deleted_pod_is_replaced_at_once),
                FIXTURE_TEST(successor_counts_on),
                FIXTURE_TEST(ended_pod_goes_when_its_successor_is_there),
                FIXTURE_TEST(ended_pod_goes_when_its_slot_is_not_wanted),
                FIXTURE_TEST(ended_stray_goes),
                FIXTURE_TEST(out_of_range_is_clamped),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
