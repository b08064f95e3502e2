/* The whole server, by its requests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "llc/base/arena.h"
#include "simulator.h"

static const int64_t START_MS = INT64_C(978307200000); /* 2001-01-01T00:00:00Z */

static const char TOKENS[] = "admin,root,,system:masters\nbare,nobody,7\n";

static struct simulator *simulator_start(const struct simulator_options *options) {
        struct simulator *simulator;
        struct err err;

        if (simulator_new(options, &simulator, &err) < 0)
                fail_msg("%s", err.msg);
        if (!options->open)
                assert_int_equal(simulator_add_tokens(simulator, bytes_of(TOKENS), &err), 0);
        return simulator;
}

static struct simulator *simulator_virtual(void) {
        const struct simulator_options options = {
                .clock = { .is_virtual = true, .start_ms = START_MS, .seed = 1 },
        };

        return simulator_start(&options);
}

struct asked {
        struct arena arena;
        struct http_response response;
};

static void asked_deinit(struct asked *asked) {
        http_response_deinit(&asked->response);
        arena_deinit(&asked->arena);
}
#define ASKED_CLEANUP __attribute__((cleanup(asked_deinit)))

static void ask(struct simulator *simulator, struct asked *asked, const char *token,
                const char *method, const char *target, const char *body) {
        const struct http_request request = {
                .method = method,
                .target = target,
                .authorization = arena_printf(&asked->arena, "Bearer %s", token),
                .content_type = "application/json",
                .body = bytes_of(body),
        };

        asked->response.arena = &asked->arena;
        simulator_serve(simulator, &request, &asked->response);
}

static void assert_answer(struct simulator *simulator, const char *token, const char *method,
                          const char *target, int status, const char *text) {
        ASKED_CLEANUP struct asked asked = { .arena = ARENA_INIT };

        ask(simulator, &asked, token, method, target, "");
        if (asked.response.status != status || !strstr(strbuf_str(&asked.response.body), text))
                fail_msg("%s %s: %d %s", method, target, asked.response.status,
                         strbuf_str(&asked.response.body));
}

static void assert_created(struct simulator *simulator, const char *target, const char *body) {
        ASKED_CLEANUP struct asked asked = { .arena = ARENA_INIT };

        ask(simulator, &asked, "admin", "POST", target, body);
        if (asked.response.status != 201)
                fail_msg("%s", strbuf_str(&asked.response.body));
}

static void test_simulator__begins_with_a_cluster(void **state) {
        struct simulator *simulator = simulator_virtual();

        (void)state;
        assert_answer(simulator, "admin", "GET", "/api/v1/namespaces/default", 200, "\"Active\"");
        assert_answer(simulator, "admin", "GET", "/api/v1/namespaces/kube-system", 200, "");
        assert_answer(simulator, "admin", "GET",
                      "/apis/argoproj.io/v1alpha1/namespaces/default/rollouts", 200, "RolloutList");
        assert_answer(simulator, "admin", "GET",
                      "/apis/rbac.authorization.k8s.io/v1/clusterroles/cluster-admin", 200, "");
        assert_answer(simulator, "bare", "GET", "/api/v1/namespaces", 403, "User \\\"nobody\\\"");
        assert_answer(simulator, "none", "GET", "/api/v1/namespaces", 401, "Unauthorized");
        simulator_free(simulator);
}

static void test_simulator__virtual_time_is_moved(void **state) {
        struct simulator *simulator = simulator_virtual();

        (void)state;
        assert_int_equal(simulator_run(simulator), -1);
        assert_created(simulator, "/api/v1/namespaces/default/pods",
                       "{\"metadata\": {\"name\": \"a\", \"annotations\": "
                       "{\"llc-sim/start-after-ms\": \"5000\"}}, \"spec\": {\"containers\": "
                       "[{\"name\": \"c\", \"image\": \"i\"}]}}");
        simulator_run(simulator);
        assert_answer(simulator, "admin", "GET", "/api/v1/namespaces/default/pods/a", 200,
                      "\"phase\":\"Pending\"");
        assert_answer(simulator, "admin", "POST", "/llc-sim/advance?ms=60000", 200,
                      "{\"now\":\"2001-01-01T00:01:00Z\"}");
        assert_answer(simulator, "admin", "GET", "/api/v1/namespaces/default/pods/a", 200,
                      "\"phase\":\"Running\"");
        simulator_free(simulator);
}

static void test_simulator__advance_is_for_administrators(void **state) {
        struct simulator *simulator = simulator_virtual();

        (void)state;
        assert_answer(simulator, "bare", "POST", "/llc-sim/advance?ms=1", 403, "Forbidden");
        assert_answer(simulator, "none", "POST", "/llc-sim/advance?ms=1", 401, "Unauthorized");
        assert_answer(simulator, "admin", "GET", "/llc-sim/advance?ms=1", 405, "POST");
        assert_answer(simulator, "admin", "POST", "/llc-sim/advance", 400, "?ms=");
        assert_answer(simulator, "admin", "POST", "/llc-sim/advance?ms=", 400, "milliseconds");
        assert_answer(simulator, "admin", "POST", "/llc-sim/advance?ms=-1", 400, "milliseconds");
        assert_answer(simulator, "admin", "POST", "/llc-sim/advance?ms=99999999999999999999", 400,
                      "milliseconds");
        assert_answer(simulator, "admin", "POST", "/llc-sim/advance?ms=0", 200,
                      "2001-01-01T00:00:00Z");
        simulator_free(simulator);
}

static void test_simulator__the_real_clock_is_nobodys(void **state) {
        const struct simulator_options options = { .open = true };
        struct simulator *simulator = simulator_start(&options);

        (void)state;
        assert_answer(simulator, "", "POST", "/llc-sim/advance?ms=1", 404, "");
        assert_answer(simulator, "", "GET", "/api/v1/namespaces", 200, "NamespaceList");
        simulator_free(simulator);
}

/* What a run with the same seed and requests answers is the same, byte for byte. */
static void test_simulator__a_seed_repeats(void **state) {
        static const char POD[] = "{\"metadata\": {\"generateName\": \"p-\"}, \"spec\": "
                                  "{\"containers\": [{\"name\": \"c\", \"image\": \"i\"}]}}";
        struct asked runs[2] = { { .arena = ARENA_INIT }, { .arena = ARENA_INIT } };

        (void)state;
        for (size_t i = 0; i < 2; i++) {
                struct simulator *simulator = simulator_virtual();

                assert_created(simulator, "/api/v1/namespaces/default/pods", POD);
                assert_answer(simulator, "admin", "POST", "/llc-sim/advance?ms=1000", 200, "");
                ask(simulator, &runs[i], "admin", "GET", "/api/v1/pods", "");
                simulator_free(simulator);
        }
        assert_string_equal(strbuf_str(&runs[0].response.body), strbuf_str(&runs[1].response.body));
        asked_deinit(&runs[0]);
        asked_deinit(&runs[1]);
}

static void test_simulator__actors_are_left_out_by_name(void **state) {
        static const char *const NAMES[] = { "kubelet" }, *const WRONG[] = { "kubelets" };
        struct simulator_options options = {
                .clock = { .is_virtual = true, .start_ms = START_MS },
                .open = true,
                .no_actors = NAMES,
                .n_no_actors = 1,
        };
        struct simulator *simulator = simulator_start(&options);
        struct err err;

        (void)state;
        assert_created(simulator, "/api/v1/namespaces/default/pods",
                       "{\"metadata\": {\"name\": \"a\"}, \"spec\": {\"containers\": "
                       "[{\"name\": \"c\", \"image\": \"i\"}]}}");
        assert_answer(simulator, "", "POST", "/llc-sim/advance?ms=60000", 200, "");
        assert_answer(simulator, "", "GET", "/api/v1/namespaces/default/pods/a", 200,
                      "\"phase\":\"Pending\"");
        simulator_free(simulator);
        options.no_actors = WRONG;
        assert_int_equal(simulator_new(&options, &simulator, &err), -1);
        assert_int_equal(err.code, ERR_NOT_FOUND);
        assert_non_null(strstr(err.msg, "kubelet,"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_simulator__begins_with_a_cluster),
                cmocka_unit_test(test_simulator__virtual_time_is_moved),
                cmocka_unit_test(test_simulator__advance_is_for_administrators),
                cmocka_unit_test(test_simulator__the_real_clock_is_nobodys),
                cmocka_unit_test(test_simulator__a_seed_repeats),
                cmocka_unit_test(test_simulator__actors_are_left_out_by_name),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
