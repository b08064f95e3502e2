/*
 * Answers and events in any order, true or not: no pass is lost, none ends twice, nothing leaks.
 */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "llc/api/resource.h"

enum { STORMS = 150, STEPS = 300 };

#define BUDGETS                                                                                    \
        "{\"metadata\":{\"resourceVersion\":\"9\"},\"items\":[{\"metadata\":{\"name\":\"app\","    \
        "\"namespace\":\"n\",\"uid\":\"b\",\"resourceVersion\":\"9\"},\"spec\":{\"selector\":{"    \
        "\"matchLabels\":{\"app\":\"app\"}}},\"status\":{\"expectedPods\":3}}]}"

static unsigned draw(uint64_t *random, unsigned bound) {
        *random ^= *random << 13;
        *random ^= *random >> 7;
        *random ^= *random << 17;
        return (unsigned)((*random >> 32) % bound);
}

static bool is_watch(const struct client_call *call) {
        return strstr(fake_call_target(call), "watch=") != NULL;
}

/* The nth call that is no watch, or NULL. */
static struct client_call *nth_call(struct fixture *f, unsigned n) {
        struct client_call *call = fake_client_call(f->client);

        for (; call; call = fake_call_next(call))
                if (!is_watch(call) && n-- == 0)
                        return call;
        return NULL;
}

static void answer(struct fixture *f, struct client_call *call, uint64_t *random) {
        static const enum err_code codes[] = {
                ERR_NOT_FOUND, ERR_NO_KIND,   ERR_ALREADY_EXISTS, ERR_CONFLICT, ERR_INVALID,
                ERR_FORBIDDEN, ERR_THROTTLED, ERR_UNAVAILABLE,    ERR_TIMEOUT,  ERR_AMBIGUOUS,
        };
        const char *target = fake_call_target(call);
        char text[256];

        if (draw(random, 3) == 0) {
                fake_call_end(call, codes[draw(random, sizeof(codes) / sizeof(codes[0]))], "no");
                return;
        }
        if (strstr(target, "POST /api/v1/")) {
                snprintf(text, sizeof(text), "%u", ++f->version);
                store_pod(f, call, text, "aaa");
                fake_call_end(call, ERR_NONE, f->pod);
        } else if (strstr(target, "/replicasets/")) {
                fake_call_end(call, ERR_NONE, REPLICASET);
        } else if (strstr(target, "/poddisruptionbudgets?")) {
                fake_call_end(call, ERR_NONE, BUDGETS);
        } else if (strncmp(target, "GET " ROLLOUTS, sizeof("GET " ROLLOUTS) - 1) == 0) {
                fake_call_end(call, ERR_NONE, ROLLOUT("9", "aaa"));
        } else {
                snprintf(text, sizeof(text), ANSWER("%u"), ++f->version);
                fake_call_end(call, ERR_NONE, text);
        }
}

static void crash(struct fixture *f) {
        static const char containers[] =
                "[{\"name\":\"c\",\"restartCount\":99,\"state\":{\"waiting\":{\"reason\":"
                "\"CrashLoopBackOff\"}}}]";
        STRBUF_CLEANUP struct strbuf text = STRBUF_INIT(sizeof(f->pod));
        JSON_CLEANUP struct json *pod = NULL;
        struct json *list = NULL;
        char version[16];
        struct err err;

        assert_int_equal(json_parse(bytes_of(f->pod), &JSON_LIMITS_OBJECT, &pod, &err), 0);
        assert_int_equal(json_parse(bytes_of(containers), &JSON_LIMITS_OBJECT, &list, &err), 0);
        snprintf(version, sizeof(version), "%u", f->version);
        json_set_str(json_object_at(pod, "metadata"), "resourceVersion", version);
        json_set(json_object_at(pod, "status"), "containerStatuses", list);
        json_write(pod, &text);
        send_event(f, "GET " PODS, "MODIFIED", strbuf_str(&text));
}

static void happen(struct fixture *f, uint64_t *random) {
        static const char *const hashes[] = { "aaa", "bbb" };
        char text[8192];

        f->version++;
        switch (draw(random, 10)) {
        case 0:
                snprintf(text, sizeof(text), LLC_OF("%u", "%u", ""), f->version, draw(random, 4));
                send_event(f, LLCS, "MODIFIED", text);
                break;
        case 1:
                snprintf(text, sizeof(text), LLC_OF("%u", "1", ""), f->version);
                send_event(f, LLCS, draw(random, 4) ? "MODIFIED" : "DELETED", text);
                break;
        case 2:
                snprintf(text, sizeof(text), ROLLOUT("%u", "%s"), f->version,
                         hashes[draw(random, 2)]);
                send_event(f, ROLLOUTS, draw(random, 3) ? "MODIFIED" : "DELETED", text);
                break;
        case 3:
                snprintf(text, sizeof(text), BOOKMARK("LongLivedCanary", "%u"), f->version);
                send_event(f, LLCS, "BOOKMARK", text);
                break;
        case 4:
                snprintf(text, sizeof(text), BOOKMARK("Pod", "%u"), f->version);
                send_event(f, PODS, "BOOKMARK", text);
                break;
        case 5:
                snprintf(text, sizeof(text),
                         "{\"metadata\":{\"name\":\"live\",\"namespace\":\"n\",\"uid\":\"v\","
                         "\"resourceVersion\":\"%u\"},\"spec\":{\"selector\":{\"a\":\"%u\"}}}",
                         f->version, draw(random, 2));
                send_event(f, SERVICES, draw(random, 3) ? "MODIFIED" : "DELETED", text);
                break;
        case 6: /* of a canary that is not there */
                snprintf(text, sizeof(text),
                         "{\"metadata\":{\"name\":\"old-0-x\",\"namespace\":\"n\",\"uid\":\"o\","
                         "\"resourceVersion\":\"%u\",\"labels\":{\"argo-canary.dev/name\":"
                         "\"old\"}}}",
                         f->version);
                send_event(f, PODS, draw(random, 3) ? "MODIFIED" : "DELETED", text);
                break;
        case 7: /* out of traffic */
                snprintf(text, sizeof(text),
                         "{\"metadata\":{\"name\":\"app\",\"namespace\":\"n\",\"uid\":\"r1\","
                         "\"resourceVersion\":\"%u\",\"generation\":2},\"spec\":{\"replicas\":0},"
                         "\"status\":{\"stableRS\":\"aaa\"}}",
                         f->version);
                send_event(f, ROLLOUTS, "MODIFIED", text);
                break;
        case 8:
                if (f->pod[0])
                        crash(f);
                break;
        default:
                if (f->pod[0])
                        send_event(f, PODS, draw(random, 3) ? "MODIFIED" : "DELETED", f->pod);
                break;
        }
}

static void on_drained(void *ctx) {
        struct fixture *f = ctx;

        assert_false(f->drained);
        f->drained = true;
}

/* All that is open is refused: whatever a pass was about, it ends. */
static void settle(struct fixture *f) {
        struct client_call *call;

        controller_drain(f->controller, on_drained, f);
        while ((call = nth_call(f, 0)))
                fake_call_end(call, ERR_FORBIDDEN, "no");
        assert_int_equal(map_count(&f->controller->passes), 0);
        assert_true(f->drained);
}

static void storm(uint64_t seed) {
        uint64_t random = seed * 0x9e3779b97f4a7c15;
        struct client_call *call;
        struct fixture *f;
        void *state;

        fixture_setup(&state);
        f = state;
        f->version = 100;
        answer_list(f, SERVICES, "");
        answer_list(f, LLCS, LLC);
        answer_list(f, ROLLOUTS, ROLLOUT("6", "aaa"));
        answer_list(f, PODS, "");
        for (int i = 0; i < STEPS; i++) {
                switch (draw(&random, 4)) {
                case 0:
                        happen(f, &random);
                        break;
                case 1:
                        fake_loop_advance(f->loop, draw(&random, 2000));
                        break;
                default:
                        fake_loop_advance(f->loop, 0);
                        call = nth_call(f, draw(&random, 3));
                        if (call)
                                answer(f, call, &random);
                        break;
                }
        }
        if (seed % 2 == 0)
                settle(f); /* the others are freed in the middle of it */
        fixture_teardown(&state);
}

static void test_storm__every_pass_ends(void **state) {
        (void)state;
        for (uint64_t seed = 1; seed <= STORMS; seed++)
                storm(seed);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_storm__every_pass_ends),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
