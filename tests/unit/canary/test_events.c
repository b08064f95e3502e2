#include "fixture.h"
#include "llc/api/resource.h"
#include "llc/base/strbuf.h"
#include "llc/canary/reconcile.h"

enum { REASONS_MAX = 256 };

/* Decides, checks the reasons of the Events ("" = none), and stores the status. */
static void tell(struct fixture *f, const char *expected) {
        const struct plan *plan = fixture_reconcile(f);
        STRBUF_CLEANUP struct strbuf found = STRBUF_INIT(REASONS_MAX);

        for (size_t i = 0; i < plan->n_events; i++) {
                strbuf_printf(&found, "%s%s%s", i > 0 ? " " : "",
                              plan->events[i].warning ? "!" : "", plan->events[i].reason);
                assert_true(plan->events[i].note[0] != '\0');
        }
        assert_string_equal(strbuf_str(&found), expected);
        assert_true(plan->n_events == 0 || plan->has_status);
        f->status = plan->status;
}

static void make_unready(struct fixture_pod *pod) {
        pod->ready.status = "False";
}

static void test_events__a_life_in_order_each_once(void **state) {
        struct fixture *f = *state;
        struct fixture_pod *pod;

        tell(f, "");
        pod = fixture_add_pod(f, 0, 0);
        make_unready(pod);
        pod->meta.creation_timestamp = f->world.now;
        tell(f, "TrafficAttached");
        tell(f, "");
        pod->ready.status = "True";
        tell(f, "Ready");
        tell(f, "");
        f->rollout.stable_rs = "77aa";
        fixture_pod_label(pod, LABEL_HASH, "77aa");
        tell(f, "Relabelled TemplateDrifted");
        tell(f, "");
        f->spec.paused = true;
        tell(f, "Paused");
        f->spec.paused = false;
        tell(f, "Ready Unpaused");
        make_unready(pod);
        pod->ready.last_transition_time = f->world.now;
        tell(f, "NotReady");
        tell(f, "");
}

/* Why it is not ready, ordinary work, says nothing of traffic: both are told. */
static void test_events__leaving_traffic_on_request_is_told(void **state) {
        struct fixture *f = *state;

        fixture_add_pod(f, 0, 0);
        tell(f, "Ready TrafficAttached");
        f->traffic.mode = LLC_TRAFFIC_NONE;
        tell(f, "NotReady TrafficDetached");
        tell(f, "");
}

static void test_events__trouble_is_a_warning_by_its_reason(void **state) {
        struct fixture *f = *state;

        f->world.rollout_state = WORLD_ROLLOUT_MISSING;
        tell(f, "!RolloutNotFound");
        tell(f, "");
        f->world.rollout_state = WORLD_ROLLOUT_FOUND;
        f->rollout.stable_rs = NULL;
        tell(f, "WaitingForStable");
}

/* The server's words differ from try to try: the reason counts. */
static void test_events__a_failure_is_told_once(void **state) {
        static const struct action create = { .kind = ACTION_CREATE, .name = "p" };
        struct fixture *f = *state;
        struct err err;

        fixture_reconcile(f);
        err_set(&err, ERR_FORBIDDEN, "exceeded quota: a");
        plan_note_failure(&f->plan, &f->world, &f->arena, &create, &err);
        assert_int_equal(f->plan.n_events, 1);
        assert_string_equal(f->plan.events[0].reason, "QuotaExceeded");
        assert_true(f->plan.events[0].warning);
        f->status = f->plan.status;
        fixture_reconcile(f);
        err_set(&err, ERR_FORBIDDEN, "exceeded quota: b");
        plan_note_failure(&f->plan, &f->world, &f->arena, &create, &err);
        assert_true(f->plan.has_status);
        assert_int_equal(f->plan.n_events, 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_events__a_life_in_order_each_once,
                                                fixture_setup, fixture_teardown),
                cmocka_unit_test_setup_teardown(test_events__leaving_traffic_on_request_is_told,
                                                fixture_setup, fixture_teardown),
                cmocka_unit_test_setup_teardown(test_events__trouble_is_a_warning_by_its_reason,
                                                fixture_setup, fixture_teardown),
                cmocka_unit_test_setup_teardown(test_events__a_failure_is_told_once, fixture_setup,
                                                fixture_teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
