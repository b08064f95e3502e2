/*
 * Whatever the server answers to one kind of request, it is not pressed.
 */
#include "server.h"

#include <stdio.h>
#include <string.h>

enum {
        ILL_MS = 60000,
        /* Of one kind, for one object: the back-off ends at 8 s. */
        ILL_MAX = 16,
        /* With what belongs to each try, and for two pods. */
        REQUESTS_MAX = 100,
        MENDED_MS = 60000, /* budgets are touched four times, each time after 8 s or more */
        REST_MS = 20000,
        REST_MAX = 6, /* somebody may wait for something, and ask every few seconds */
};

struct incident {
        const char *name;
        void (*happens)(struct server *server);
};

static void promotion(struct server *server) {
        server_change(server, SERVED_ROLLOUTS, "{\"status\":{\"stableRS\":\"bbb\"}}");
}

static void scaled_to_zero(struct server *server) {
        server_change(server, SERVED_ROLLOUTS,
                      "{\"metadata\":{\"generation\":2},\"spec\":{\"replicas\":0}}");
}

static void rollout_gone(struct server *server) {
        server_remove(server, SERVED_ROLLOUTS);
}

static void crash_loop(struct server *server) {
        server_change(server, SERVED_PODS,
                      "{\"status\":{\"conditions\":[{\"type\":\"Ready\",\"status\":\"False\"}],"
                      "\"containerStatuses\":[{\"name\":\"c\",\"restartCount\":99,\"state\":"
                      "{\"waiting\":{\"reason\":\"CrashLoopBackOff\"}}}]}}");
}

static void traffic_mode_none(struct server *server) {
        server_change(
                server, SERVED_LLCS,
                "{\"metadata\":{\"generation\":2},\"spec\":{\"traffic\":{\"mode\":\"None\"}}}");
}

static void more_replicas(struct server *server) {
        server_change(server, SERVED_LLCS,
                      "{\"metadata\":{\"generation\":2},\"spec\":{\"replicas\":3}}");
}

static void no_replicas(struct server *server) {
        server_change(server, SERVED_LLCS,
                      "{\"metadata\":{\"generation\":2},\"spec\":{\"replicas\":0}}");
}

static void another_image(struct server *server) {
        server_change(server, SERVED_LLCS,
                      "{\"metadata\":{\"generation\":2},\"spec\":{\"image\":\"i:3\"}}");
}

static void orphaned(struct server *server) {
        server_remove(server, SERVED_LLCS);
        server_change(server, SERVED_PODS, "{\"metadata\":{\"ownerReferences\":[]}}");
}

static void pod_evicted(struct server *server) {
        server_change(server, SERVED_PODS, "{\"status\":{\"phase\":\"Failed\"}}");
}

static const struct incident incidents[] = {
        { "promotion", promotion },
        { "scaled_to_zero", scaled_to_zero },
        { "rollout_gone", rollout_gone },
        { "crash_loop", crash_loop },
        { "traffic_mode_none", traffic_mode_none },
        { "more_replicas", more_replicas },
        { "no_replicas", no_replicas },
        { "another_image", another_image },
        { "orphaned", orphaned },
        { "pod_evicted", pod_evicted },
};

static const char *const requests[] = {
        "POST /api/v1/namespaces/n/pods",
        "PATCH /api/v1/namespaces/n/pods/",
        "DELETE /api/v1/namespaces/n/pods/",
        "GET /api/v1/namespaces/n/pods/",
        "PATCH " LLCS,
        "GET /apis/apps/v1/namespaces/n/replicasets/",
        "GET " ROLLOUTS "namespaces/n/rollouts/",
        "GET /apis/policy/v1/namespaces/n/poddisruptionbudgets",
        "PATCH /apis/policy/v1/namespaces/n/poddisruptionbudgets",
        "POST /apis/events.k8s.io/v1/namespaces/n/events",
};

static const enum err_code codes[] = {
        ERR_NOT_FOUND, ERR_NO_KIND,   ERR_ALREADY_EXISTS, ERR_CONFLICT,  ERR_INVALID,
        ERR_FORBIDDEN, ERR_THROTTLED, ERR_UNAVAILABLE,    ERR_AMBIGUOUS, ERR_TERMINATING,
};

static void get_well(struct server *server, const char *incident) {
        const char *request = server->ill_at;
        unsigned n_requests;

        server->ill_at = NULL;
        server_run(server, MENDED_MS);
        n_requests = server->n_requests;
        server_run(server, REST_MS);
        if (server->n_requests - n_requests > REST_MAX)
                fail_msg("%s: %u requests long after \"%s\" was %s", incident,
                         server->n_requests - n_requests, request,
                         err_code_name(server->error.code));
}

static void fall_ill(const struct incident *incident, const char *request,
                     enum server_illness illness, enum err_code code) {
        struct server server;
        struct fixture *f;
        unsigned n_requests;
        void *state;

        fixture_setup(&state);
        f = state;
        server_start(&server, f);
        assert_int_equal(json_length(server.objects[SERVED_PODS]), 1);
        server.ill_at = request;
        server.illness = illness;
        err_set(&server.error, code, "no");
        n_requests = server.n_requests;
        incident->happens(&server);
        server_run(&server, ILL_MS);
        n_requests = server.n_requests - n_requests;
        if (server.n_ill > 2 * ILL_MAX || n_requests > REQUESTS_MAX)
                fail_msg("%s: %u requests, of them %u \"%s\", answered %s", incident->name,
                         n_requests, server.n_ill, request, err_code_name(code));
        if (server.n_ill > 0)
                get_well(&server, incident->name);
        server_stop(&server);
        fixture_teardown(&state);
}

static void test_pace__what_fails_is_tried_ever_more_slowly(void **state) {
        (void)state;
        for (size_t i = 0; i < sizeof(incidents) / sizeof(incidents[0]); i++)
                for (size_t r = 0; r < sizeof(requests) / sizeof(requests[0]); r++)
                        for (size_t c = 0; c < sizeof(codes) / sizeof(codes[0]); c++)
                                fall_ill(&incidents[i], requests[r], ILL_FAILS, codes[c]);
}

static void test_pace__what_has_no_effect_is_tried_ever_more_slowly(void **state) {
        (void)state;
        for (size_t i = 0; i < sizeof(incidents) / sizeof(incidents[0]); i++)
                for (size_t r = 0; r < sizeof(requests) / sizeof(requests[0]); r++) {
                        fall_ill(&incidents[i], requests[r], ILL_LIES, ERR_NONE);
                        fall_ill(&incidents[i], requests[r], ILL_RAVES, ERR_NONE);
                }
}

static void test_pace__a_budget_whose_annotation_does_not_stay_is_no_hot_loop(void **state) {
        (void)state;
        for (size_t i = 0; i < sizeof(incidents) / sizeof(incidents[0]); i++)
                fall_ill(&incidents[i], "PATCH /apis/policy/v1/", ILL_FORGETS, ERR_NONE);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_pace__what_fails_is_tried_ever_more_slowly),
                cmocka_unit_test(test_pace__what_has_no_effect_is_tried_ever_more_slowly),
                cmocka_unit_test(test_pace__a_budget_whose_annotation_does_not_stay_is_no_hot_loop),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
