/* runtime/informer beside a Reflector: the same script of answers, what is asked then and when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "llc/kube/apierror.h"
#include "llc/runtime/informer.h"
#include "llc/runtime/queue.h"
#include "support/fake_client.h"
#include "support/fake_loop.h"
#include "unit/runtime/thing.h"
#include "vectors.h"

enum { WATCH_MIN_S = 300, WATCH_MAX_S = 600, LAST_DELAY_MS = 1000000 };

static const struct resource THINGS = { "test.dev", "v1", "things", "Thing" };
static const struct projection EVERYTHING = { .key = NULL };

struct play {
        struct loop *loop;
        struct client *client;
        struct informer *informer;
        const struct json *answers;
        struct json *requests; /* what we asked: [waited ms, {query}] */
};

/* "GET /apis/…?limit=500&continue=c1" → {"limit":"500","continue":"c1"} */
static struct json *query_of(const char *target) {
        struct json *query = json_new_object();
        const char *at = strchr(target, '?');

        while (at && *at) {
                const char *key = at + 1, *value = strchr(key, '=') + 1;
                size_t key_len = (size_t)(value - key) - 1, len = strcspn(value, "&");
                char name[64], text[256];

                assert_true(key_len < sizeof(name) && len < sizeof(text));
                snprintf(name, sizeof(name), "%.*s", (int)key_len, key);
                snprintf(text, sizeof(text), "%.*s", (int)len, value);
                if (strcmp(name, "timeoutSeconds") == 0) {
                        long seconds = strtol(text, NULL, 10);

                        assert_in_range(seconds, WATCH_MIN_S, WATCH_MAX_S);
                        snprintf(text, sizeof(text), "%d to %d", WATCH_MIN_S, WATCH_MAX_S);
                }
                json_set_str(query, name, text);
                at = value + len;
        }
        return query;
}

static void answer_error(struct client_call *call, const char *name) {
        if (strcmp(name, "refused") == 0)
                fake_call_end(call, ERR_UNREACHABLE, name);
        else
                fake_call_end(call, strcmp(name, "timeout") == 0 ? ERR_TIMEOUT : ERR_UNAVAILABLE,
                              name);
}

/* As client.c makes an error of it. */
static void answer_refusal(struct client_call *call, const struct json *answer) {
        const struct apierror_input input = {
                .http_status = (int)json_int_at(answer, "status", 0),
                .body = bytes_of(json_text_at(answer, "body")),
                .retry_after_ms = 1000 * strtol(json_text_at(answer, "retryAfter"), NULL, 10),
        };
        struct err err;

        apierror_decode(&input, &err);
        fake_call_fail(call, &err);
}

static void answer_body(struct play *play, struct client_call *call, const struct json *answer) {
        if (!fake_call_data(call, json_text_at(answer, "body")) || json_is_true_at(answer, "open"))
                return;
        fake_loop_advance(play->loop, json_int_at(answer, "livesMs", 0));
        if (fake_client_call(play->client) != call)
                return;
        if (json_is_true_at(answer, "cut"))
                fake_call_end(call, ERR_UNAVAILABLE, "cut");
        else
                fake_call_end(call, ERR_NONE, NULL);
}

static void play_answer(struct play *play, const struct json *answer) {
        struct client_call *call = fake_client_call(play->client);

        if (*json_text_at(answer, "error"))
                answer_error(call, json_text_at(answer, "error"));
        else if (json_int_at(answer, "status", 0) != 200)
                answer_refusal(call, answer);
        else
                answer_body(play, call, answer);
}

/* Waits for a request and writes it down. */
static void play_request(struct play *play) {
        struct json *request = json_new_array();
        int64_t waited_ms = 0;

        while (!fake_client_call(play->client)) {
                int64_t ms = fake_loop_next(play->loop);

                assert_true(ms >= 0);
                waited_ms += ms;
                fake_loop_advance(play->loop, ms);
        }
        json_append(request, json_new_int(waited_ms));
        json_append(request, query_of(fake_call_target(fake_client_call(play->client))));
        json_append(play->requests, request);
}

/* Ends also when a watch goes on that should have ended. */
static void play_all(struct play *play) {
        for (size_t i = 0; i < json_length(play->answers); i++) {
                const struct json *answer = json_at(play->answers, i);
                struct client_call *call;

                play_request(play);
                call = fake_client_call(play->client);
                play_answer(play, answer);
                if (json_is_true_at(answer, "open") && fake_client_call(play->client) == call)
                        return;
        }
        play_request(play);
}

/* Each play draws other delays and timeouts, the same in every run. */
static struct json *asked(const struct json *answers) {
        static const uint64_t seed[2] = { 1, 2 };
        static uint64_t n_plays;
        bool no_streaming = true; /* as the scripts have it */
        struct play play = { .loop = loop_new(), .answers = answers, .requests = json_new_array() };
        struct store *store = store_new(seed, NULL);
        struct err err;

        client_new(NULL, &play.client, &err);
        play.informer = informer_new(&(struct informer_options){ .loop = play.loop,
                                                                 .client = play.client,
                                                                 .resource = &THINGS,
                                                                 .projection = &EVERYTHING,
                                                                 .decode = thing_decode,
                                                                 .store = store,
                                                                 .no_streaming = &no_streaming,
                                                                 .seed = { 3, n_plays++ } });
        informer_start(play.informer);
        play_all(&play);
        informer_free(play.informer);
        client_free(play.client);
        store_free(store);
        loop_free(play.loop);
        return play.requests;
}

/*
 * What they ask, as we would: every list is a consistent read in pages, so that it names no version;
 * theirs has no pages where it names one.
 */
static struct json *as_ours(const struct json *query) {
        struct json *expected = json_clone(query);
        const char *version = json_text_at(query, "resourceVersion");

        if (json_has(query, "watch") || !*version)
                return expected;
        if (strcmp(version, "0") != 0)
                json_set_str(expected, "limit", "500");
        json_remove(expected, "resourceVersion");
        return expected;
}

static bool request_agrees(const struct json *theirs, const struct json *ours) {
        JSON_CLEANUP struct json *expected = as_ours(json_get(theirs, "query"));
        const struct json *wait = json_get(theirs, "wait");
        int64_t least = json_as_int(json_at(wait, 0)), most = json_as_int(json_at(wait, 1));
        int64_t waited = json_as_int(json_at(ours, 0));

        return json_equal(expected, json_at(ours, 1)) && waited >= least &&
               (waited < most || waited == least);
}

static bool relist_agrees(const struct json *row, struct strbuf *text) {
        JSON_CLEANUP struct json *ours = asked(json_at(row, 1));
        const struct json *theirs = json_at(row, 2);
        bool same = json_length(theirs) == json_length(ours);

        json_write(ours, text);
        for (size_t i = 0; same && i < json_length(ours); i++)
                same = request_agrees(json_at(theirs, i), json_at(ours, i));
        return same;
}

static bool is_watch_list(const struct json *row) {
        static const char prefix[] = "watch-list-";

        return strncmp(json_as_string(json_at(row, 0)).ptr, prefix, strlen(prefix)) == 0;
}

static const struct difference RELIST_DIFFERENCES[] = {
        { "watch-list", is_watch_list, NULL },
        { "list-expired", NULL,
          "list-410 list-410-gone list-504-too-large list-status list-page-410-full-410 "
          "watch-410-then-list-410 watch-410-then-list-too-large" },
        { "list-broken", NULL, "list-reset list-eof watch-reset watch-eof" },
        { "unreachable", NULL, "list-refused-9 watch-refused-9" },
        { "retry-after-of-any", NULL,
          "list-403-retry-after watch-403-retry-after watch-error-429-retry-after" },
        { "retry-after-spread", NULL,
          "list-429-retry-after list-500-retry-after list-503-retry-after list-429-twice "
          "watch-429-retry-after watch-500-retry-after watch-503-retry-after watch-429-twice" },
        { "watch-failed", NULL,
          "watch-error-500 watch-error-503 watch-error-no-status watch-500 watch-503 "
          "watch-500-plain watch-500-thrice watch-503-9" },
        { "watch-short", NULL, "watch-end-after-999ms watch-cut-at-once watch-short-thrice" },
        { "watch-cut", NULL,
          "watch-cut-after-event watch-cut-within-event watch-cut-without-event" },
        { "watch-timeout", NULL, "watch-timeout" },
        { "event-unreadable", NULL, "watch-other-kind watch-unknown-type" },
        { "event-of-nothing", NULL, "watch-status-as-object" },
        { NULL, NULL, NULL },
};

static void test_informer__asks_as_a_reflector(void **state) {
        (void)state;
        vectors_compare(&(struct vectors){
                .name = "relists", .agrees = relist_agrees, .differences = RELIST_DIFFERENCES });
}

static bool delay_agrees(const struct json *row, struct strbuf *text) {
        struct queue *queue = queue_new(&(struct queue_options){
                .backoff_min_ms = 5, .backoff_max_ms = LAST_DELAY_MS, .seed = { 5, 6 } });
        int64_t failures = json_as_int(json_at(row, 0)), theirs = json_as_int(json_at(row, 1));
        int64_t ours = 0;

        for (int64_t i = 0; i <= failures; i++)
                ours = queue_add_paced(queue, "key", QUEUE_BACKGROUND, 0, 0);
        queue_free(queue);
        strbuf_printf(text, "%" PRId64, ours);
        return ours >= theirs && ours < theirs + theirs / 4 + 1; /* and our spread */
}

static void test_queue__delays_as_a_workqueue(void **state) {
        (void)state;
        vectors_compare(&(struct vectors){ .name = "queue-delays", .agrees = delay_agrees });
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_informer__asks_as_a_reflector),
                cmocka_unit_test(test_queue__delays_as_a_workqueue),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
