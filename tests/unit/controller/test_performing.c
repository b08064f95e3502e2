/*
 * What is made of a plan, whatever it says: reads, actions, the status, and when to look again.
 */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

#include "decision.h"

#define BUDGETS "GET /apis/policy/v1/namespaces/n/poddisruptionbudgets?limit=100"
#define POD     "/api/v1/namespaces/n/pods/"
#define PATCH   "{\"metadata\":{\"uid\":\"p1\"}}"

#define OBSERVED ",\"status\":{\"observedGeneration\":1}"

#define BUDGET(name, selector)                                                                     \
        "{\"metadata\":{\"name\":\"" name "\",\"namespace\":\"n\",\"uid\":\"" name "\","           \
        "\"resourceVersion\":\"3\"},\"spec\":{\"selector\":" selector                              \
        "},\"status\":{\"expectedPods\":3}}"

static void start(struct fixture *f, decision_fn decide) {
        decision = (struct decision){ .decide = decide };
        answer_list(f, SERVICES, "");
        answer_list(f, LLCS, LLC_OF("5", "1", OBSERVED));
        answer_list(f, ROLLOUTS, ROLLOUT("6", "aaa"));
        answer_list(f, PODS, "");
        fake_loop_advance(f->loop, 0);
}

/* Nothing is open but watches and Events, and no pass is under way. */
static void expect_rest(struct fixture *f) {
        fake_loop_advance(f->loop, 0);
        assert_int_equal(map_count(&f->controller->passes), 0);
        for (struct client_call *call = fake_client_call(f->client); call;
             call = fake_call_next(call))
                assert_true(strstr(fake_call_target(call), "watch=") ||
                            strstr(fake_call_target(call), "/events"));
}

static void read_budgets(const struct world *world, struct arena *arena, struct plan *plan) {
        (void)arena;
        if (world->budgets_state == WORLD_BUDGETS_UNREAD)
                plan->read = PLAN_READ_BUDGETS;
}

static void test_performing__budgets_are_read_page_by_page(void **state) {
        struct fixture *f = *state;
        struct client_call *call;

        start(f, read_budgets);
        fake_call_end(expect_call(f, BUDGETS), ERR_NONE,
                      "{\"metadata\":{\"continue\":\"more\"},\"items\":[" BUDGET("a", "{}") "]}");
        assert_int_equal(decision.budgets_state, WORLD_BUDGETS_UNREAD);
        call = expect_call(f, BUDGETS "&continue=more");
        fake_call_end(call, ERR_NONE, "{\"metadata\":{},\"items\":[" BUDGET("b", "{}") "]}");
        assert_int_equal(decision.budgets_state, WORLD_BUDGETS_FOUND);
        assert_int_equal(decision.n_budgets, 2);
        expect_rest(f);
}

static void test_performing__a_budget_that_cannot_be_read_is_left_out(void **state) {
        struct fixture *f = *state;

        start(f, read_budgets);
        fake_call_end(expect_call(f, BUDGETS), ERR_NONE,
                      "{\"items\":[" BUDGET("a", "7") "," BUDGET("b", "{}") "]}");
        assert_int_equal(decision.budgets_state, WORLD_BUDGETS_FOUND);
        assert_int_equal(decision.n_budgets, 1);
}

static void test_performing__budgets_may_be_refused_or_unknown(void **state) {
        struct fixture *f = *state;

        start(f, read_budgets);
        fake_call_end(expect_call(f, BUDGETS), ERR_FORBIDDEN, "no");
        assert_int_equal(decision.budgets_state, WORLD_BUDGETS_REFUSED);
        expect_rest(f);
        send_event(f, LLCS, "MODIFIED", LLC_OF("8", "2", OBSERVED));
        fake_call_end(expect_call(f, BUDGETS), ERR_NO_KIND, "no such kind");
        assert_int_equal(decision.budgets_state, WORLD_BUDGETS_FOUND);
        assert_int_equal(decision.n_budgets, 0);
        expect_rest(f);
}

static void test_performing__budgets_that_were_not_answered_are_asked_for_later(void **state) {
        struct fixture *f = *state;

        start(f, read_budgets);
        fake_call_end(expect_call(f, BUDGETS), ERR_UNAVAILABLE, "no");
        assert_int_equal(decision.budgets_state, WORLD_BUDGETS_UNREAD);
        assert_int_equal(decision.noted, ERR_UNAVAILABLE);
        expect_rest(f);
        fake_loop_advance(f->loop, 200);
        fake_call_end(expect_call(f, BUDGETS), ERR_NONE, "{\"metadata\":{}}"); /* no items */
        assert_int_equal(decision.noted, ERR_PROTOCOL);
        expect_rest(f);
}

static void test_performing__pages_of_budgets_have_an_end(void **state) {
        struct fixture *f = *state;

        start(f, read_budgets);
        for (int i = 0; i < 100; i++)
                fake_call_end(expect_call(f, BUDGETS), ERR_NONE,
                              "{\"metadata\":{\"continue\":\"more\"},\"items\":[]}");
        assert_int_equal(decision.budgets_state, WORLD_BUDGETS_REFUSED);
        expect_rest(f);
}

static void read_all(const struct world *world, struct arena *arena, struct plan *plan) {
        (void)arena;
        plan->replicaset_name = "app-aaa";
        plan->read = world->template_state == WORLD_TEMPLATE_UNREAD ? PLAN_READ_REPLICASET
                                                                    : PLAN_READ_BUDGETS;
}

/* However often they are asked for. */
static void test_performing__each_thing_is_read_once(void **state) {
        struct fixture *f = *state;

        start(f, read_all);
        fake_call_end(expect_call(f, "/replicasets/app-aaa"), ERR_NONE, REPLICASET);
        fake_call_end(expect_call(f, BUDGETS), ERR_NONE, "{\"items\":[]}");
        expect_rest(f);
        fake_loop_advance(f->loop, 900);
        expect_rest(f);
        fake_loop_advance(f->loop, 100);
        expect_call(f, "/replicasets/app-aaa");
}

static void hold_and_tell(const struct world *world, struct arena *arena, struct plan *plan) {
        (void)world;
        decision_act(plan, arena, ACTION_HOLD, "jdk-0-x", PATCH);
        plan->has_status = true;
        plan->tell_now = true;
}

static void test_performing__what_must_not_be_lost_is_told_after_the_actions(void **state) {
        struct fixture *f = *state;
        struct client_call *call;

        start(f, hold_and_tell);
        call = expect_call(f, "PATCH " POD "jdk-0-x");
        assert_null(fake_client_find(f->client, "PATCH " LLCS));
        fake_call_end(call, ERR_NONE, ANSWER("20"));
        assert_null(fake_client_find(f->client, "PATCH " POD)); /* the cache is behind */
        fake_call_end(expect_call(f, "PATCH " LLCS), ERR_CONFLICT, "changed");
        expect_rest(f);
        send_event(f, PODS, "BOOKMARK", BOOKMARK("Pod", "20"));
        fake_loop_advance(f->loop, 1000);
        fake_call_end(expect_call(f, "PATCH " POD "jdk-0-x"), ERR_NOT_FOUND, "gone");
        fake_call_end(expect_call(f, "PATCH " LLCS), ERR_NONE, ANSWER("21"));
        expect_rest(f);
}

static void hold_only(const struct world *world, struct arena *arena, struct plan *plan) {
        hold_and_tell(world, arena, plan);
        plan->tell_now = false;
}

static void test_performing__all_else_is_told_when_the_cache_shows_it(void **state) {
        struct fixture *f = *state;

        start(f, hold_only);
        fake_call_end(expect_call(f, "PATCH " POD "jdk-0-x"), ERR_NONE, ANSWER("20"));
        expect_rest(f);
}

static void recount(const struct world *world, struct arena *arena, struct plan *plan) {
        if (world->budgets_state == WORLD_BUDGETS_UNREAD)
                plan->read = PLAN_READ_BUDGETS;
        else
                decision_act(plan, arena, ACTION_RECOUNT, "pdb", PATCH);
        plan->has_deadline = true;
        plan->deadline = world->now + 200;
}

/* What a budget's answer says is no version of a pod. */
static void test_performing__a_recount_is_looked_at_when_the_plan_says(void **state) {
        struct fixture *f = *state;

        start(f, recount);
        for (int i = 0; i < 2; i++) {
                struct client_call *call;

                fake_call_end(expect_call(f, BUDGETS), ERR_NONE, "{\"items\":[]}");
                call = expect_call(f,
                                   "PATCH /apis/policy/v1/namespaces/n/poddisruptionbudgets/pdb");
                assert_string_equal(fake_call_body(call).ptr, PATCH);
                fake_call_end(call, ERR_NONE, ANSWER("900"));
                expect_rest(f);
                fake_loop_advance(f->loop, 200);
        }
}

static void recount_once(const struct world *world, struct arena *arena, struct plan *plan) {
        (void)world;
        if (decision.n <= 2)
                decision_act(plan, arena, ACTION_RECOUNT, "pdb", PATCH);
}

static void test_performing__a_recount_without_a_time_is_looked_at_all_the_same(void **state) {
        struct fixture *f = *state;

        start(f, recount_once);
        fake_call_end(expect_call(f, "PATCH /apis/policy/"), ERR_NONE, ANSWER("900"));
        expect_rest(f);
        fake_loop_advance(f->loop, 1000);
        assert_int_equal(decision.n, 3);
        fake_loop_advance(f->loop, 60000);
        assert_int_equal(decision.n, 3);
}

static void test_performing__a_lost_answer_to_a_recount_is_not_looked_for(void **state) {
        struct fixture *f = *state;

        start(f, recount);
        fake_call_end(expect_call(f, BUDGETS), ERR_NONE, "{\"items\":[]}");
        fake_call_end(expect_call(f, "PATCH /apis/policy/"), ERR_AMBIGUOUS, "reset");
        assert_int_equal(decision.noted, ERR_AMBIGUOUS);
        expect_rest(f);
        fake_loop_advance(f->loop, 200); /* the back-off */
        fake_call_end(expect_call(f, BUDGETS), ERR_NONE, "{\"items\":[]}");
        fake_call_end(expect_call(f, "PATCH /apis/policy/"), ERR_FORBIDDEN, "no");
        assert_int_equal(decision.noted, ERR_FORBIDDEN);
        expect_rest(f);
}

static void relabel_and_create(const struct world *world, struct arena *arena, struct plan *plan) {
        decision_act(plan, arena, ACTION_RELABEL, "jdk-0-x", PATCH);
        plan->replicaset_name = "app-aaa";
        if (world->template_state == WORLD_TEMPLATE_UNREAD)
                plan->read = PLAN_READ_REPLICASET;
        else
                decision_act(plan, arena, ACTION_CREATE, "jdk-1-x", PATCH);
}

static void test_performing__a_pod_that_is_refused_holds_up_no_other(void **state) {
        struct fixture *f = *state;

        start(f, relabel_and_create);
        fake_call_end(expect_call(f, "PATCH " POD "jdk-0-x"), ERR_FORBIDDEN, "denied");
        assert_null(fake_client_find(f->client, "PATCH "));
        fake_call_end(expect_call(f, "/replicasets/app-aaa"), ERR_NONE, REPLICASET);
        fake_call_end(expect_call(f, "POST /api/v1/namespaces/n/pods"), ERR_NONE, ANSWER("20"));
        assert_int_equal(decision.noted, ERR_FORBIDDEN);
        expect_rest(f);
}

/* What a pass has done shows in the status before more is done. */
static void relabel_then_create(const struct world *world, struct arena *arena, struct plan *plan) {
        (void)world;
        decision_act(plan, arena, decision.n == 1 ? ACTION_RELABEL : ACTION_CREATE, "jdk-0-x",
                     PATCH);
}

static void tell(const struct world *world, struct arena *arena, struct plan *plan) {
        (void)world;
        (void)arena;
        plan->has_status = true;
}

/* Of what was told nothing new follows, but somebody may wait to see it. */
static void test_performing__who_waits_to_see_a_failure_told_hears_of_it(void **state) {
        struct fixture *f = *state;
        unsigned n;

        start(f, tell);
        decision.tells_failure = true;
        fake_call_end(expect_call(f, "PATCH " LLCS), ERR_NONE, ANSWER("30"));
        send_event(f, PODS, "ADDED",
                   "{\"metadata\":{\"name\":\"x\",\"namespace\":\"n\",\"uid\":\"x\","
                   "\"resourceVersion\":\"29\",\"labels\":{\"argo-canary.dev/name\":\"jdk\"}}}");
        expect_rest(f);
        n = decision.n;
        send_event(f, LLCS, "MODIFIED", LLC_OF("30", "1", OBSERVED));
        assert_true(decision.n > n);
}

static void test_performing__what_went_well_ends_the_pass(void **state) {
        struct fixture *f = *state;
        struct client_call *call;

        start(f, relabel_then_create);
        call = expect_call(f, "PATCH " POD "jdk-0-x");
        send_event(f, PODS, "BOOKMARK", BOOKMARK("Pod", "20")); /* the cache is not behind */
        fake_call_end(call, ERR_NONE, ANSWER("20"));
        assert_int_equal(map_count(&f->controller->passes), 0);
        expect_rest(f);
}

static void relabel_always(const struct world *world, struct arena *arena, struct plan *plan) {
        (void)world;
        decision_act(plan, arena, ACTION_RELABEL, "jdk-0-x", PATCH);
        plan->replicaset_name = "app-aaa";
        plan->read = PLAN_READ_REPLICASET;
}

static void test_performing__a_changed_rollout_is_worth_another_try(void **state) {
        struct fixture *f = *state;

        start(f, relabel_always);
        fake_call_end(expect_call(f, "PATCH " POD "jdk-0-x"), ERR_FORBIDDEN, "denied");
        expect_call(f, "/replicasets/app-aaa");
        send_event(f, ROLLOUTS, "MODIFIED", ROLLOUT("30", "bbb"));
        assert_null(fake_client_find(f->client, "/replicasets/app-aaa"));
        expect_call(f, "PATCH " POD "jdk-0-x");
}

/* The ready pods of the stable ReplicaSet, for one, are others by now. */
static void test_performing__what_was_read_before_a_change_is_forgotten(void **state) {
        struct fixture *f = *state;

        start(f, relabel_and_create);
        fake_call_end(expect_call(f, "PATCH " POD "jdk-0-x"), ERR_FORBIDDEN, "denied");
        fake_call_end(expect_call(f, "/replicasets/app-aaa"), ERR_NONE, REPLICASET);
        expect_call(f, "POST /api/v1/namespaces/n/pods");
        assert_int_equal(decision.template_state, WORLD_TEMPLATE_FOUND);
        send_event(f, ROLLOUTS, "MODIFIED", ROLLOUT("30", "aaa"));
        assert_int_equal(decision.template_state, WORLD_TEMPLATE_FOUND); /* nothing has changed */
        send_event(f, ROLLOUTS, "MODIFIED", ROLLOUT("31", "bbb"));
        send_event(f, ROLLOUTS, "MODIFIED", ROLLOUT("32", "aaa"));
        assert_int_equal(decision.template_state, WORLD_TEMPLATE_UNREAD);
}

static void leave_when_told(const struct world *world, struct arena *arena, struct plan *plan) {
        if (world->llc->meta->generation == 1) {
                decision_act(plan, arena, ACTION_CREATE, "jdk-1-x", PATCH);
                return;
        }
        plan->replicaset_name = "app-aaa";
        if (world->template_state == WORLD_TEMPLATE_UNREAD)
                plan->read = PLAN_READ_REPLICASET;
        else if (world->budgets_state == WORLD_BUDGETS_UNREAD)
                plan->read = PLAN_READ_BUDGETS;
        else
                decision_act(plan, arena, ACTION_HOLD, "jdk-0-x", PATCH);
}

/* The create may hang in a webhook; whoever wants the canary out of traffic does not wait for it. */
static void test_performing__what_is_asked_for_does_not_wait_for_a_create(void **state) {
        struct fixture *f = *state;

        start(f, leave_when_told);
        expect_call(f, "POST /api/v1/namespaces/n/pods");
        send_event(f, LLCS, "MODIFIED",
                   "{\"metadata\":{\"name\":\"jdk\",\"namespace\":\"n\",\"uid\":\"u1\","
                   "\"resourceVersion\":\"30\",\"generation\":2},"
                   "\"spec\":{\"rolloutRef\":{\"name\":\"app\"}}}");
        fake_call_end(expect_call(f, "/replicasets/app-aaa"), ERR_NONE, REPLICASET);
        fake_call_end(expect_call(f, BUDGETS), ERR_NONE, "{\"items\":[]}");
        expect_call(f, "PATCH " POD "jdk-0-x");
        expect_call(f, "POST /api/v1/namespaces/n/pods");
}

static void create_then_read(const struct world *world, struct arena *arena, struct plan *plan) {
        (void)world;
        decision_act(plan, arena, ACTION_CREATE, "jdk-1-x", PATCH);
        plan->replicaset_name = "app-aaa";
        plan->read = PLAN_READ_REPLICASET;
}

static void test_performing__beside_a_create_each_thing_is_read_once(void **state) {
        struct fixture *f = *state;

        start(f, create_then_read);
        expect_call(f, "POST /api/v1/namespaces/n/pods");
        assert_null(fake_client_find(f->client, "/replicasets/"));
        send_event(f, ROLLOUTS, "MODIFIED", ROLLOUT("30", "bbb"));
        fake_call_end(expect_call(f, "/replicasets/app-aaa"), ERR_NONE, REPLICASET);
        assert_null(fake_client_find(f->client, "/replicasets/"));
}

static void test_performing__at_its_end_a_pass_reads_no_more(void **state) {
        struct fixture *f = *state;

        start(f, NULL);
        decision.decide = relabel_always;
        freshness_wrote(f->controller->freshness, "n/jdk", FRESHNESS_CANARY, bytes_of("900"),
                        f->controller->informers[CACHE_LLCS][0]);
        send_event(f, LLCS, "MODIFIED", LLC_OF("8", "2", OBSERVED));
        fake_call_end(expect_call(f, "PATCH " POD "jdk-0-x"), ERR_NONE, ANSWER("20"));
        expect_rest(f);
}

/* What was read counts for the actions that it was read for, not for what comes after them. */
static void read_then_fail_then_delete(const struct world *world, struct arena *arena,
                                       struct plan *plan) {
        plan->replicaset_name = "app-aaa";
        if (world->template_state == WORLD_TEMPLATE_UNREAD)
                plan->read = PLAN_READ_REPLICASET;
        else
                decision_act(plan, arena, ACTION_CREATE, "jdk-1-x", PATCH);
        if (decision.noted == ERR_FORBIDDEN || decision.n > 2)
                decision_act(plan, arena, ACTION_DELETE, "jdk-0-x", NULL);
}

static void test_performing__what_was_read_is_not_acted_on_later(void **state) {
        struct fixture *f = *state;

        start(f, read_then_fail_then_delete);
        fake_call_end(expect_call(f, "/replicasets/app-aaa"), ERR_NONE, REPLICASET);
        fake_call_end(expect_call(f, "POST /api/v1/namespaces/n/pods"), ERR_FORBIDDEN, "denied");
        expect_rest(f);
}

static void strip(const struct world *world, struct arena *arena, struct plan *plan) {
        if (!world->llc && world->n_pods > 0 && meta_label(world->pods[0]->meta, "app"))
                decision_act(plan, arena, ACTION_STRIP, world->pods[0]->meta->name, PATCH);
}

#define ORPHAN(version, labels)                                                                    \
        "{\"metadata\":{\"name\":\"old-0-x\",\"namespace\":\"n\",\"uid\":\"p1\","                  \
        "\"resourceVersion\":\"" version "\",\"labels\":{" labels                                  \
        "\"argo-canary.dev/name\":\"old\"}}}"

static void test_performing__pods_without_a_canary_are_looked_at(void **state) {
        struct fixture *f = *state;

        start(f, strip);
        send_event(f, PODS, "ADDED", ORPHAN("11", "\"app\":\"app\","));
        assert_false(decision.has_llc);
        assert_int_equal(decision.n_pods, 1);
        fake_call_end(expect_call(f, "PATCH " POD "old-0-x"), ERR_NONE, ANSWER("20"));
        expect_rest(f);
        fake_loop_advance(f->loop, 5000);
        expect_rest(f); /* the cache does not show it yet */
        send_event(f, PODS, "MODIFIED", ORPHAN("20", ""));
        decision.n = 0;
        fake_loop_advance(f->loop, 60000);
        assert_int_equal(decision.n, 0);
        send_event(f, PODS, "DELETED", ORPHAN("21", ""));
        assert_int_equal(decision.n, 1);
        expect_rest(f);
}

static void test_performing__a_pod_without_a_canary_that_is_refused_is_tried_again(void **state) {
        struct fixture *f = *state;

        start(f, strip);
        send_event(f, PODS, "ADDED", ORPHAN("11", "\"app\":\"app\","));
        fake_call_end(expect_call(f, "PATCH " POD "old-0-x"), ERR_FORBIDDEN, "denied");
        expect_rest(f);
        fake_loop_advance(f->loop, 200);
        fake_call_end(expect_call(f, "PATCH " POD "old-0-x"), ERR_AMBIGUOUS, "reset");
        fake_call_end(expect_call(f, "GET " POD "old-0-x"), ERR_NONE, ANSWER("20"));
        expect_rest(f);
        fake_loop_advance(f->loop, 60000);
        expect_rest(f);
}

/* Also while it is not sure what the server has of the canary. */
static void test_performing__an_orphan_waits_for_no_status(void **state) {
        struct fixture *f = *state;

        start(f, NULL);
        freshness_wrote(f->controller->freshness, "n/old", FRESHNESS_CANARY, bytes_of("900"),
                        f->controller->informers[CACHE_LLCS][0]);
        decision.decide = strip;
        send_event(f, PODS, "ADDED", ORPHAN("11", "\"app\":\"app\","));
        expect_call(f, "PATCH " POD "old-0-x");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                FIXTURE_TEST(test_performing__budgets_are_read_page_by_page),
                FIXTURE_TEST(test_performing__a_budget_that_cannot_be_read_is_left_out),
                FIXTURE_TEST(test_performing__budgets_may_be_refused_or_unknown),
                FIXTURE_TEST(test_performing__budgets_that_were_not_answered_are_asked_for_later),
                FIXTURE_TEST(test_performing__pages_of_budgets_have_an_end),
                FIXTURE_TEST(test_performing__each_thing_is_read_once),
                FIXTURE_TEST(test_performing__what_must_not_be_lost_is_told_after_the_actions),
                FIXTURE_TEST(test_performing__all_else_is_told_when_the_cache_shows_it),
                FIXTURE_TEST(test_performing__a_recount_is_looked_at_when_the_plan_says),
                FIXTURE_TEST(test_performing__a_recount_without_a_time_is_looked_at_all_the_same),
                FIXTURE_TEST(test_performing__a_lost_answer_to_a_recount_is_not_looked_for),
                FIXTURE_TEST(test_performing__a_pod_that_is_refused_holds_up_no_other),
                FIXTURE_TEST(test_performing__who_waits_to_see_a_failure_told_hears_of_it),
                FIXTURE_TEST(test_performing__what_went_well_ends_the_pass),
                FIXTURE_TEST(test_performing__a_changed_rollout_is_worth_another_try),
                FIXTURE_TEST(test_performing__what_was_read_before_a_change_is_forgotten),
                FIXTURE_TEST(test_performing__what_is_asked_for_does_not_wait_for_a_create),
                FIXTURE_TEST(test_performing__beside_a_create_each_thing_is_read_once),
                FIXTURE_TEST(test_performing__at_its_end_a_pass_reads_no_more),
                FIXTURE_TEST(test_performing__what_was_read_is_not_acted_on_later),
                FIXTURE_TEST(test_performing__pods_without_a_canary_are_looked_at),
                FIXTURE_TEST(
                        test_performing__a_pod_without_a_canary_that_is_refused_is_tried_again),
                FIXTURE_TEST(test_performing__an_orphan_waits_for_no_status),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
