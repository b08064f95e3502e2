#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "llc/runtime/informer.h"
#include "support/fake_client.h"
#include "support/fake_loop.h"
#include "thing.h"

static const struct resource THINGS = { "test.dev", "v1", "things", "Thing" };
static const struct projection EVERYTHING = { .key = NULL };

struct fixture {
        struct loop *loop;
        struct client *client;
        struct store *store;
        struct informer_options options;
        struct informer *informer;
        bool no_streaming; /* true: what lists in pages do */
        unsigned n_changes, n_errors, n_synced;
        struct err last_error;
};

static void on_change(void *ctx, const struct informer_change *change) {
        struct fixture *fixture = ctx;

        (void)change;
        fixture->n_changes++;
}

static void on_error(void *ctx, const struct err *err) {
        struct fixture *fixture = ctx;

        fixture->n_errors++;
        fixture->last_error = *err;
}

static void on_synced(void *ctx) {
        struct fixture *fixture = ctx;

        fixture->n_synced++;
        assert_true(informer_has_synced(fixture->informer));
}

static int setup(void **state) {
        static struct fixture fixture;
        struct err err;

        fixture = (struct fixture){ .loop = loop_new(),
                                    .store = store_new(THING_SEED, NULL),
                                    .no_streaming = true };
        client_new(NULL, &fixture.client, &err);
        fixture.options = (struct informer_options){
                .loop = fixture.loop,
                .client = fixture.client,
                .resource = &THINGS,
                .projection = &EVERYTHING,
                .decode = thing_decode,
                .store = fixture.store,
                .on_change = on_change,
                .on_error = on_error,
                .on_synced = on_synced,
                .ctx = &fixture,
                .seed = { 1, 2 },
                .no_streaming = &fixture.no_streaming,
        };
        fixture.informer = informer_new(&fixture.options);
        *state = &fixture;
        return 0;
}

static int teardown(void **state) {
        struct fixture *fixture = *state;

        informer_free(fixture->informer);
        assert_int_equal(fake_client_open(fixture->client), 0);
        client_free(fixture->client);
        loop_free(fixture->loop);
        store_free(fixture->store);
        return 0;
}

/* The one call under way; its target must contain all of these. */
static struct client_call *call(struct fixture *fixture, const char *a, const char *b) {
        struct client_call *open = fake_client_call(fixture->client);

        assert_int_equal(fake_client_open(fixture->client), 1);
        if (!strstr(fake_call_target(open), a) || !strstr(fake_call_target(open), b))
                fail_msg("%s: want %s and %s", fake_call_target(open), a, b);
        return open;
}

static struct client_call *list_call(struct fixture *fixture) {
        assert_int_equal(informer_state(fixture->informer), INFORMER_LISTING);
        return call(fixture, "GET /apis/test.dev/v1/things", "limit=500");
}

static struct client_call *watch_call(struct fixture *fixture, const char *version) {
        char query[64];

        assert_int_equal(informer_state(fixture->informer), INFORMER_WATCHING);
        snprintf(query, sizeof(query), "&resourceVersion=%s&", version);
        return call(fixture, "watch=true&allowWatchBookmarks=true", query);
}

static const char *list_text(const char *version, const char *continue_, const char *items) {
        static char text[4096];

        snprintf(text, sizeof(text),
                 "{\"kind\":\"ThingList\",\"apiVersion\":\"test.dev/v1\",\"metadata\":{"
                 "\"resourceVersion\":\"%s\",\"continue\":\"%s\"},\"items\":[%s]}",
                 version, continue_, items);
        return text;
}

static const char *event_text(const char *type, const char *name, const char *version) {
        static char text[2048];

        snprintf(text, sizeof(text), "{\"type\":\"%s\",\"object\":%s}\n", type,
                 thing_text(name, "u", version, "red"));
        return text;
}

static const char *status_text(int code, const char *reason) {
        static char text[512];

        snprintf(text, sizeof(text),
                 "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"apiVersion\":\"v1\","
                 "\"status\":\"Failure\",\"message\":\"said so\",\"reason\":\"%s\","
                 "\"code\":%d}}\n",
                 reason, code);
        return text;
}

static const char *bookmark_text(const char *version) {
        static char text[256];

        snprintf(text, sizeof(text),
                 "{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"%s\"}}}\n",
                 version);
        return text;
}

/* Ends with a watch from 10 and x (version 1) in the store. */
static void start(struct fixture *fixture) {
        informer_start(fixture->informer);
        fake_call_end(list_call(fixture), ERR_NONE,
                      list_text("10", "", thing_text("x", "ux", "1", "red")));
        watch_call(fixture, "10");
}

/* Waiting; returns the delay and lets it pass. */
static int64_t wait(struct fixture *fixture) {
        int64_t delay = fake_loop_next(fixture->loop);

        assert_int_equal(informer_state(fixture->informer), INFORMER_WAITING);
        assert_int_equal(fake_client_open(fixture->client), 0);
        fake_loop_advance(fixture->loop, delay - 1);
        assert_int_equal(informer_state(fixture->informer), INFORMER_WAITING);
        fake_loop_advance(fixture->loop, 1);
        return delay;
}

static void test_informer__lists_then_watches(void **state) {
        struct fixture *fixture = *state;

        assert_int_equal(informer_state(fixture->informer), INFORMER_STOPPED);
        assert_null(informer_resource_version(fixture->informer));
        informer_start(fixture->informer);
        assert_false(informer_has_synced(fixture->informer));
        assert_null(strstr(fake_call_target(list_call(fixture)), "resourceVersion"));
        fake_call_end(list_call(fixture), ERR_NONE,
                      list_text("10", "", thing_text("x", "ux", "1", "red")));
        assert_true(informer_has_synced(fixture->informer));
        assert_int_equal(fixture->n_synced, 1);
        assert_int_equal(store_count(fixture->store), 1);
        assert_string_equal(informer_resource_version(fixture->informer), "10");
        watch_call(fixture, "10");
        assert_int_equal(informer_counters(fixture->informer)->lists, 1);
        assert_int_equal(informer_counters(fixture->informer)->watches, 1);
        assert_int_equal(fixture->n_errors, 0);
}

static void test_informer__namespace_and_selector(void **state) {
        struct fixture *fixture = *state;
        char namespace_[] = "a", selector[] = "app=x";

        informer_free(fixture->informer);
        fixture->options.namespace_ = namespace_;
        fixture->options.label_selector = selector;
        fixture->informer = informer_new(&fixture->options);
        namespace_[0] = selector[0] = 'z'; /* they were copied */
        informer_start(fixture->informer);
        fake_call_end(call(fixture, "/namespaces/a/things?", "labelSelector=app%3Dx"), ERR_NONE,
                      list_text("10", "", ""));
        call(fixture, "/namespaces/a/things?watch", "labelSelector=app%3Dx");
}

static void test_informer__pages(void **state) {
        struct fixture *fixture = *state;

        informer_start(fixture->informer);
        fake_call_end(list_call(fixture), ERR_NONE,
                      list_text("10", "token1", thing_text("x", "u", "1", "red")));
        assert_false(informer_has_synced(fixture->informer));
        assert_int_equal(fixture->n_changes, 0);
        assert_non_null(strstr(fake_call_target(list_call(fixture)), "continue=token1"));
        fake_call_end(list_call(fixture), ERR_NONE,
                      list_text("10", "token2", thing_text("y", "u", "2", "red")));
        assert_non_null(strstr(fake_call_target(list_call(fixture)), "continue=token2"));
        fake_call_end(list_call(fixture), ERR_NONE,
                      list_text("10", "", thing_text("z", "u", "3", "red")));
        assert_int_equal(store_count(fixture->store), 3);
        watch_call(fixture, "10");
        assert_int_equal(informer_counters(fixture->informer)->lists, 1);
}

static void test_informer__expired_token_lists_in_one_page(void **state) {
        struct fixture *fixture = *state;
        struct client_call *full;

        informer_start(fixture->informer);
        fake_call_end(list_call(fixture), ERR_NONE,
                      list_text("10", "token1", thing_text("x", "u", "1", "red")));
        fake_call_end(list_call(fixture), ERR_GONE, "continue expired");
        full = call(fixture, "/things", "");
        assert_null(strstr(fake_call_target(full), "limit"));
        assert_null(strstr(fake_call_target(full), "continue"));
        assert_int_equal(informer_counters(fixture->informer)->relists[INFORMER_RELIST_EXPIRED], 1);
        fake_call_end(full, ERR_NONE, list_text("20", "", thing_text("y", "u", "2", "red")));
        assert_int_equal(store_count(fixture->store), 1); /* nothing of the half list */
        assert_non_null(store_get(fixture->store, "a/y"));
        fake_call_end(watch_call(fixture, "20"), ERR_TIMEOUT, "504");
        wait(fixture);
        list_call(fixture); /* in pages again */
}

static void test_informer__a_failed_full_list_is_followed_by_pages(void **state) {
        struct fixture *fixture = *state;

        informer_start(fixture->informer);
        fake_call_end(list_call(fixture), ERR_NONE, list_text("10", "token1", ""));
        fake_call_end(list_call(fixture), ERR_GONE, "continue expired");
        fake_call_end(call(fixture, "/things", ""), ERR_UNAVAILABLE, "reset");
        wait(fixture);
        fake_call_end(list_call(fixture), ERR_NONE, list_text("10", "token2", ""));
        fake_call_end(list_call(fixture), ERR_GONE, "continue expired");
        /* A server that pages although it was not asked to must not make us spin. */
        fake_call_end(call(fixture, "/things", ""), ERR_NONE, list_text("10", "token3", ""));
        fake_call_end(call(fixture, "continue=token3", ""), ERR_GONE, "continue expired");
        wait(fixture);
        list_call(fixture);
}

static void test_informer__gone_without_paging_backs_off(void **state) {
        struct fixture *fixture = *state;

        informer_start(fixture->informer);
        fake_call_end(list_call(fixture), ERR_GONE, "odd");
        assert_in_range(wait(fixture), 800, 1600);
        list_call(fixture);
}

static void test_informer__list_in_circles_is_refused(void **state) {
        struct fixture *fixture = *state;

        informer_start(fixture->informer);
        fake_call_end(list_call(fixture), ERR_NONE, list_text("10", "same", ""));
        fake_call_end(list_call(fixture), ERR_NONE, list_text("10", "same", ""));
        assert_int_equal(fixture->last_error.code, ERR_PROTOCOL);
        wait(fixture);
        assert_null(strstr(fake_call_target(list_call(fixture)), "continue"));
}

static void test_informer__list_without_version_is_refused(void **state) {
        struct fixture *fixture = *state;

        informer_start(fixture->informer);
        fake_call_end(list_call(fixture), ERR_NONE, list_text("", "", ""));
        assert_int_equal(fixture->last_error.code, ERR_PROTOCOL);
        assert_false(informer_has_synced(fixture->informer));
        wait(fixture);
        list_call(fixture);
}

static void test_informer__half_a_list_changes_nothing(void **state) {
        struct fixture *fixture = *state;

        start(fixture);
        fake_call_end(watch_call(fixture, "10"), ERR_FORBIDDEN, "403");
        wait(fixture);
        fake_call_data(list_call(fixture),
                       "{\"metadata\":{\"resourceVersion\":\"20\"},\"items\":[");
        fake_call_end(list_call(fixture), ERR_NONE, NULL); /* a proxy cut it, politely */
        assert_int_equal(informer_state(fixture->informer), INFORMER_WAITING);
        assert_int_equal(store_count(fixture->store), 1);
        assert_int_equal(fixture->n_changes, 1);
        wait(fixture);
        fake_call_end(list_call(fixture), ERR_NONE, "<html>login</html>");
        assert_int_equal(informer_state(fixture->informer), INFORMER_WAITING);
        assert_int_equal(store_count(fixture->store), 1);
}

static void test_informer__back_off_doubles_then_heals(void **state) {
        struct fixture *fixture = *state;
        int64_t base = 800;

        informer_start(fixture->informer);
        for (int i = 0; i < 9; i++) {
                fake_call_end(list_call(fixture), ERR_UNAVAILABLE, "503");
                assert_in_range(wait(fixture), base, 2 * base);
                base = base * 2 > 30000 ? 30000 : base * 2;
        }
        assert_int_equal(fixture->n_errors, 9);
        assert_string_equal(fixture->last_error.msg, "list things: 503");
        fake_call_end(list_call(fixture), ERR_NONE, list_text("10", "", ""));
        fake_loop_advance(fixture->loop, 9 * 1000); /* not healthy long enough */
        fake_call_end(watch_call(fixture, "10"), ERR_UNAVAILABLE, "reset");
        assert_in_range(wait(fixture), 30000, 60000);
        fake_loop_advance(fixture->loop, 11 * 1000);
        fake_call_end(watch_call(fixture, "10"), ERR_UNAVAILABLE, "reset");
        assert_in_range(wait(fixture), 800, 1600);
}

static void test_informer__a_watch_that_has_worked_waits_little(void **state) {
        static const char *const versions[] = { "10", "11", "12", "13", "14" };
        struct fixture *fixture = *state;

        informer_start(fixture->informer);
        fake_call_end(list_call(fixture), ERR_NONE, list_text("10", "", ""));
        for (int i = 0; i < 4; i++) {
                fake_call_data(watch_call(fixture, versions[i]), bookmark_text(versions[i + 1]));
                fake_call_end(watch_call(fixture, versions[i]), ERR_UNAVAILABLE, "reset");
                assert_in_range(wait(fixture), 800, 1600);
        }
        fake_call_end(watch_call(fixture, "14"), ERR_UNAVAILABLE, "reset");
        assert_in_range(wait(fixture), 1600, 3200);
}

static void test_informer__who_is_not_there_is_asked_often(void **state) {
        struct fixture *fixture = *state;
        int64_t base = 800;

        informer_start(fixture->informer);
        fake_call_end(list_call(fixture), ERR_NONE, list_text("10", "", ""));
        for (int i = 0; i < 20; i++) {
                fake_call_end(watch_call(fixture, "10"), ERR_UNREACHABLE, "refused");
                assert_in_range(wait(fixture), base, 2 * base);
                base = base * 2 > 4000 ? 4000 : base * 2;
        }
        fake_call_end(watch_call(fixture, "10"), ERR_THROTTLED, "storage is initializing");
        assert_in_range(wait(fixture), 800, 1600);
        fake_call_end(watch_call(fixture, "10"), ERR_THROTTLED, "storage is initializing");
        assert_in_range(wait(fixture), 1600, 3200);
        fake_call_end(watch_call(fixture, "10"), ERR_UNREACHABLE, "refused");
        assert_in_range(wait(fixture), 800, 1600);
        watch_call(fixture, "10"); /* nothing says that the past is gone: no list */
}

static void test_informer__retry_after_is_honoured(void **state) {
        struct fixture *fixture = *state;
        struct err err;

        informer_start(fixture->informer);
        err_set(&err, ERR_THROTTLED, "429");
        err.retry_after_ms = 1000;
        for (int i = 0; i < 9; i++) { /* the server knows: it does not grow */
                fake_call_fail(list_call(fixture), &err);
                assert_in_range(wait(fixture), 1000, 1250);
        }
        err.retry_after_ms = INT64_MAX; /* within reason */
        fake_call_fail(list_call(fixture), &err);
        assert_in_range(wait(fixture), 60000, 75000);
}

static void test_informer__events_move_the_version(void **state) {
        struct fixture *fixture = *state;
        struct client_call *watch;

        start(fixture);
        watch = watch_call(fixture, "10");
        fake_call_data(watch, event_text("ADDED", "y", "11"));
        assert_string_equal(informer_resource_version(fixture->informer), "11");
        fake_call_data(watch, event_text("DELETED", "y", "12"));
        assert_string_equal(informer_resource_version(fixture->informer), "12");
        fake_call_data(watch, bookmark_text("20"));
        assert_string_equal(informer_resource_version(fixture->informer), "20");
        /* Can't be decoded, but its version was found. */
        fake_call_data(watch, "{\"type\":\"MODIFIED\",\"object\":{\"metadata\":{\"name\":\"x\","
                              "\"namespace\":\"a\",\"resourceVersion\":\"21\"},\"color\":5}}\n");
        assert_string_equal(informer_resource_version(fixture->informer), "21");
        assert_int_equal(informer_counters(fixture->informer)->unreadable, 1);
        assert_int_equal(informer_counters(fixture->informer)->bookmarks, 1);
        assert_int_equal(informer_counters(fixture->informer)->events, 3);
        assert_true(store_get(fixture->store, "a/x")->unreadable);
        fake_call_end(watch, ERR_NONE, NULL);
        watch_call(fixture, "21"); /* at once: that is how watches end */
        assert_int_equal(fixture->n_errors, 0);
}

/* Or whoever waits for its own writes to be seen would wait for ever. */
static void test_informer__old_events_do_not_move_it_back(void **state) {
        struct fixture *fixture = *state;
        struct client_call *watch;

        start(fixture);
        watch = watch_call(fixture, "10");
        fake_call_data(watch, event_text("ADDED", "y", "11"));
        fake_call_data(watch, event_text("DELETED", "y", "12"));
        fake_call_data(watch, event_text("ADDED", "y", "11"));
        assert_string_equal(informer_resource_version(fixture->informer), "12");
        assert_null(store_get(fixture->store, "a/y"));
        fake_call_data(watch, bookmark_text("9"));
        assert_string_equal(informer_resource_version(fixture->informer), "12");
        fake_call_end(watch, ERR_NONE, NULL);
        watch_call(fixture, "12");
}

static void test_informer__timeouts_are_spread(void **state) {
        struct fixture *fixture = *state;
        unsigned long low = ULONG_MAX, high = 0;
        char version[16];

        start(fixture);
        for (int i = 11; i < 211; i++) {
                const char *query = strstr(fake_call_target(fake_client_call(fixture->client)),
                                           "timeoutSeconds=");
                unsigned long seconds = strtoul(query + strlen("timeoutSeconds="), NULL, 10);

                low = seconds < low ? seconds : low;
                high = seconds > high ? seconds : high;
                snprintf(version, sizeof(version), "%d", i);
                fake_call_end(fake_client_call(fixture->client), ERR_NONE, bookmark_text(version));
        }
        assert_in_range(low, 300, 310);
        assert_in_range(high, 590, 600);
}

static void test_informer__short_watches_do_not_spin(void **state) {
        struct fixture *fixture = *state;

        start(fixture);
        fake_loop_advance(fixture->loop, 999);
        fake_call_end(watch_call(fixture, "10"), ERR_NONE, NULL);
        assert_in_range(wait(fixture), 800, 1600);
        fake_call_end(watch_call(fixture, "10"), ERR_NONE, bookmark_text("10")); /* no news */
        assert_in_range(wait(fixture), 1600, 3200);
        fake_loop_advance(fixture->loop, 1000);
        fake_call_end(watch_call(fixture, "10"), ERR_NONE, NULL);
        watch_call(fixture, "10");
        assert_int_equal(informer_counters(fixture->informer)->rewatches_failed, 2);
        assert_int_equal(informer_counters(fixture->informer)->rewatches_ended, 1);
}

static void test_informer__broken_watch_goes_on_from_its_version(void **state) {
        struct fixture *fixture = *state;

        start(fixture);
        fake_call_data(watch_call(fixture, "10"), event_text("ADDED", "y", "11"));
        fake_call_data(watch_call(fixture, "10"), "{\"type\":\"ADDED\",\"obj");
        fake_call_end(watch_call(fixture, "10"), ERR_UNAVAILABLE, "reset");
        assert_string_equal(fixture->last_error.msg, "watch things: reset");
        wait(fixture);
        watch_call(fixture, "11");
        fake_call_end(watch_call(fixture, "11"), ERR_NONE, "not JSON at all");
        wait(fixture);
        watch_call(fixture, "11");
}

/* How many there were of each cause. */
static void check_relists(const struct fixture *fixture, const uint64_t want[INFORMER_RELISTS]) {
        const struct informer_counters *counters = informer_counters(fixture->informer);

        for (int cause = 0; cause < INFORMER_RELISTS; cause++)
                if (counters->relists[cause] != want[cause])
                        fail_msg("%s: %d relists, want %d",
                                 informer_relist_name((enum informer_relist)cause),
                                 (int)counters->relists[cause], (int)want[cause]);
}

/* So many times a watch fails and is tried again. */
static void fail_watches(struct fixture *fixture, const char *version, int n) {
        for (int i = 0; i < n; i++) {
                fake_call_end(watch_call(fixture, version), ERR_UNAVAILABLE, "500");
                wait(fixture);
        }
}

static void test_informer__a_watch_that_never_works_ends_in_a_list(void **state) {
        struct fixture *fixture = *state;

        start(fixture);
        fail_watches(fixture, "10", 5);
        fake_call_data(watch_call(fixture, "10"), bookmark_text("11")); /* it works: count anew */
        fake_call_end(watch_call(fixture, "10"), ERR_UNAVAILABLE, "500");
        wait(fixture);
        fail_watches(fixture, "11", 4);
        fake_call_end(watch_call(fixture, "11"), ERR_UNAVAILABLE, "500");
        wait(fixture);
        fake_call_end(list_call(fixture), ERR_NONE, list_text("11", "", ""));
        fail_watches(fixture, "11", 5);
        watch_call(fixture, "11");
        check_relists(fixture, (uint64_t[INFORMER_RELISTS]){ [INFORMER_RELIST_UNAVAILABLE] = 1 });
        assert_int_equal(informer_counters(fixture->informer)->rewatches_failed, 5 + 5 + 5);
        assert_int_equal(informer_counters(fixture->informer)->rewatches_ended, 0);
}

static void test_informer__gone_lists_at_once(void **state) {
        struct fixture *fixture = *state;

        start(fixture);
        fake_loop_advance(fixture->loop, 60 * 1000);
        assert_false(fake_call_data(watch_call(fixture, "10"), status_text(410, "Expired")));
        assert_int_equal(informer_counters(fixture->informer)->relists[INFORMER_RELIST_EXPIRED], 1);
        assert_null(strstr(fake_call_target(list_call(fixture)), "resourceVersion"));
        assert_int_equal(fake_loop_next(fixture->loop), -1); /* a list is not watched for silence */
        fake_call_end(list_call(fixture), ERR_NONE, list_text("30", "", ""));
        assert_int_equal(store_count(fixture->store), 0);
        /* Right after a list it would spin. */
        fake_call_end(watch_call(fixture, "30"), ERR_GONE, "410");
        wait(fixture);
        list_call(fixture);
        assert_int_equal(informer_counters(fixture->informer)->relists[INFORMER_RELIST_EXPIRED], 2);
}

static void test_informer__error_events(void **state) {
        static const struct {
                int code;
                const char *reason;
                bool list;
        } CASES[] = {
                { 429, "TooManyRequests", false }, { 503, "ServiceUnavailable", false },
                { 500, "InternalError", false },   { 504, "Timeout", true },
                { 403, "Forbidden", true },        { 401, "Unauthorized", true },
                { 400, "BadRequest", true },
        };
        struct fixture *fixture = *state;

        start(fixture);
        for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
                assert_false(fake_call_data(watch_call(fixture, "10"),
                                            status_text(CASES[i].code, CASES[i].reason)));
                wait(fixture);
                if (CASES[i].list)
                        fake_call_end(list_call(fixture), ERR_NONE, list_text("10", "", ""));
                watch_call(fixture, "10");
        }
        assert_non_null(strstr(fixture->last_error.msg, "said so"));
        check_relists(fixture, (uint64_t[INFORMER_RELISTS]){ [INFORMER_RELIST_REFUSED] = 2,
                                                             [INFORMER_RELIST_INVALID] = 1,
                                                             [INFORMER_RELIST_UNAVAILABLE] = 1 });
        assert_int_equal(informer_counters(fixture->informer)->rewatches_failed, 3);
}

static void test_informer__nothing_counts_after_an_error_event(void **state) {
        struct fixture *fixture = *state;
        STRBUF_CLEANUP struct strbuf text = STRBUF_INIT(4096);

        start(fixture);
        strbuf_puts(&text, status_text(503, "ServiceUnavailable"));
        strbuf_puts(&text, event_text("ADDED", "y", "11"));
        assert_false(fake_call_data(watch_call(fixture, "10"), strbuf_str(&text)));
        assert_int_equal(store_count(fixture->store), 1);
        assert_string_equal(informer_resource_version(fixture->informer), "10");
}

static void test_informer__nameless_deletion_lists(void **state) {
        struct fixture *fixture = *state;

        start(fixture);
        assert_false(fake_call_data(watch_call(fixture, "10"),
                                    "{\"type\":\"DELETED\",\"object\":{\"metadata\":{"
                                    "\"resourceVersion\":\"11\"}}}\n"));
        wait(fixture);
        list_call(fixture);
}

/* Anything may hide in it: an addition, a change, the end of an object that is then kept for ever. */
static void test_informer__an_event_about_nobody_lists(void **state) {
        struct fixture *fixture = *state;

        start(fixture);
        assert_false(fake_call_data(watch_call(fixture, "10"),
                                    "{\"ty\n{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{"
                                    "\"resourceVersion\":\"12\"}}}\n"));
        assert_string_equal(informer_resource_version(fixture->informer), "10");
        wait(fixture);
        fake_call_end(list_call(fixture), ERR_NONE, list_text("12", "", ""));
        assert_int_equal(store_count(fixture->store), 0);
        watch_call(fixture, "12");
}

static void test_informer__silence_ends_a_watch(void **state) {
        struct fixture *fixture = *state;

        start(fixture);
        /* Without bookmarks the server's own timeout must pass first. */
        fake_loop_advance(fixture->loop, 300 * 1000);
        fake_call_data(watch_call(fixture, "10"), bookmark_text("11"));
        fake_loop_advance(fixture->loop, 60 * 1000);
        fake_call_end(watch_call(fixture, "10"), ERR_NONE, NULL);
        /* With bookmarks, two that did not come are enough. */
        fake_loop_advance(fixture->loop, 149 * 1000);
        fake_call_data(watch_call(fixture, "11"), bookmark_text("12"));
        fake_loop_advance(fixture->loop, 150 * 1000 - 1);
        watch_call(fixture, "11");
        assert_int_equal(fixture->n_errors, 0);
        fake_loop_advance(fixture->loop, 1);
        assert_int_equal(fixture->n_errors, 1);
        assert_string_equal(fixture->last_error.msg, "watch things: silent for 150 s");
        wait(fixture);
        watch_call(fixture, "12");
}

static void test_informer__silence_without_bookmarks(void **state) {
        struct fixture *fixture = *state;

        start(fixture);
        assert_in_range(fake_loop_next(fixture->loop), 330 * 1000, 630 * 1000);
        fake_loop_advance(fixture->loop, fake_loop_next(fixture->loop));
        assert_int_equal(fixture->n_errors, 1);
        wait(fixture);
        watch_call(fixture, "10");
}

static void test_informer__missing_kind_is_an_answer(void **state) {
        struct fixture *fixture = *state;

        informer_start(fixture->informer);
        fake_call_end(list_call(fixture), ERR_NO_KIND, "404 page not found");
        assert_true(informer_no_kind(fixture->informer));
        assert_true(informer_has_synced(fixture->informer));
        assert_int_equal(fixture->n_synced, 1);
        for (int i = 0; i < 20; i++) { /* said once, tried often */
                assert_in_range(wait(fixture), 800, 10000);
                fake_call_end(list_call(fixture), ERR_NO_KIND, "404 page not found");
        }
        assert_int_equal(fixture->n_errors, 1);
        assert_int_equal(fixture->n_synced, 1);
        wait(fixture);
        fake_call_end(list_call(fixture), ERR_NONE, list_text("10", "", ""));
        assert_false(informer_no_kind(fixture->informer));
        assert_int_equal(fixture->n_synced, 2);
        watch_call(fixture, "10");
}

static void test_informer__kind_gone_missing_removes_nothing(void **state) {
        struct fixture *fixture = *state;

        start(fixture);
        fake_call_end(watch_call(fixture, "10"), ERR_NO_KIND, "404 page not found");
        wait(fixture);
        fake_call_end(list_call(fixture), ERR_NO_KIND, "404 page not found");
        assert_true(informer_no_kind(fixture->informer));
        assert_int_equal(fixture->n_synced, 2);
        assert_int_equal(store_count(fixture->store), 1);
        wait(fixture);
        fake_call_end(list_call(fixture), ERR_UNAVAILABLE, "reset");
        assert_true(informer_no_kind(fixture->informer)); /* nothing new is known */
        check_relists(fixture,
                      (uint64_t[INFORMER_RELISTS]){
                              [INFORMER_RELIST_NO_KIND] = 2, [INFORMER_RELIST_UNAVAILABLE] = 1 });
}

static void test_informer__forbidden_is_not_synced(void **state) {
        struct fixture *fixture = *state;

        informer_start(fixture->informer);
        fake_call_end(list_call(fixture), ERR_FORBIDDEN, "RBAC");
        assert_false(informer_has_synced(fixture->informer));
        assert_int_equal(fixture->n_synced, 0);
        assert_int_equal(fixture->last_error.code, ERR_FORBIDDEN);
        wait(fixture);
        list_call(fixture);
        check_relists(fixture, (uint64_t[INFORMER_RELISTS]){ [INFORMER_RELIST_REFUSED] = 1 });
}

static void test_informer__free_in_every_state(void **state) {
        struct fixture *fixture = *state;

        informer_free(fixture->informer); /* STOPPED */
        informer_free(NULL);
        fixture->informer = informer_new(&fixture->options);
        informer_start(fixture->informer);
        fake_call_data(list_call(fixture), "{\"metadata\":{\"resourceVersion\":\"1\"},\"items\":[");
        fake_call_data(list_call(fixture), thing_text("x", "u", "1", "red"));
        informer_free(fixture->informer); /* LISTING */
        fixture->informer = informer_new(&fixture->options);
        informer_start(fixture->informer);
        fake_call_end(list_call(fixture), ERR_UNAVAILABLE, "down");
        informer_free(fixture->informer); /* WAITING; teardown frees while WATCHING */
        fixture->informer = informer_new(&fixture->options);
        start(fixture);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_informer__##name, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(lists_then_watches),
                TEST(namespace_and_selector),
                TEST(pages),
                TEST(expired_token_lists_in_one_page),
                TEST(a_failed_full_list_is_followed_by_pages),
                TEST(gone_without_paging_backs_off),
                TEST(list_in_circles_is_refused),
                TEST(list_without_version_is_refused),
                TEST(half_a_list_changes_nothing),
                TEST(back_off_doubles_then_heals),
                TEST(a_watch_that_has_worked_waits_little),
                TEST(who_is_not_there_is_asked_often),
                TEST(retry_after_is_honoured),
                TEST(events_move_the_version),
                TEST(old_events_do_not_move_it_back),
                TEST(timeouts_are_spread),
                TEST(short_watches_do_not_spin),
                TEST(broken_watch_goes_on_from_its_version),
                TEST(a_watch_that_never_works_ends_in_a_list),
                TEST(gone_lists_at_once),
                TEST(error_events),
                TEST(nothing_counts_after_an_error_event),
                TEST(nameless_deletion_lists),
                TEST(an_event_about_nobody_lists),
                TEST(silence_ends_a_watch),
                TEST(silence_without_bookmarks),
                TEST(missing_kind_is_an_answer),
                TEST(kind_gone_missing_removes_nothing),
                TEST(forbidden_is_not_synced),
                TEST(free_in_every_state),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
