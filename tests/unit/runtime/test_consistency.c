/*
 * An informer with x (version 1) and y (version 2) in its store and a watch open from 10, compared
 * with the server every INTERVAL_MS.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "llc/runtime/informer.h"
#include "support/fake_client.h"
#include "support/fake_loop.h"
#include "thing.h"

enum { INTERVAL_MS = 100 * 1000, LOW_MS = 80 * 1000, HIGH_MS = 120 * 1000, SETTLE_MS = 2000 };

static const struct resource THINGS = { "test.dev", "v1", "things", "Thing" };
static const struct projection EVERYTHING = { .key = NULL };

struct fixture {
        struct loop *loop;
        struct client *client;
        struct store *store;
        struct informer_options options;
        struct informer *informer;
        struct strbuf told; /* "+x1 -y2 x1>x3 " */
        unsigned n_errors;
        struct err last_error;
};

static bool in_pages = true;

static void on_change(void *ctx, const struct informer_change *change) {
        struct fixture *fixture = ctx;

        if (change->old && change->new)
                strbuf_printf(&fixture->told, "%s%s>%s%s ", change->old->meta->name,
                              change->old->meta->resource_version, change->new->meta->name,
                              change->new->meta->resource_version);
        else if (change->new)
                strbuf_printf(&fixture->told, "+%s%s ", change->new->meta->name,
                              change->new->meta->resource_version);
        else
                strbuf_printf(&fixture->told, "-%s%s ", change->old->meta->name,
                              change->old->meta->resource_version);
}

static void on_error(void *ctx, const struct err *err) {
        struct fixture *fixture = ctx;

        fixture->n_errors++;
        fixture->last_error = *err;
}

static void told(struct fixture *fixture, const char *want) {
        assert_string_equal(strbuf_str(&fixture->told), want);
        strbuf_clear(&fixture->told);
}

/* A list of metadata looks like one of whole things, to us. */
static const char *list_text(const char *version, const char *continue_, const char *items) {
        static char text[4096];

        snprintf(text, sizeof(text),
                 "{\"metadata\":{\"resourceVersion\":\"%s\",\"continue\":\"%s\"},\"items\":[%s]}",
                 version, continue_, items);
        return text;
}

/* Many of "name uid version", of namespace a. */
static const char *things(const char *const *names, size_t n) {
        static char text[2048];
        size_t len = 0;

        text[0] = '\0';
        for (size_t i = 0; i < n; i++) {
                char name[16], uid[16], version[16];

                assert_int_equal(sscanf(names[i], "%15s %15s %15s", name, uid, version), 3);
                len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s", i ? "," : "",
                                        thing_text(name, uid, version, "red"));
        }
        return text;
}

#define THINGS(...)                                                                                \
        things((const char *const[]){ __VA_ARGS__ },                                               \
               sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *))
#define X "x ux 1"
#define Y "y uy 2"

/* The only list under way; the watch, if there is one, is another call. */
static struct client_call *list_call(struct fixture *fixture) {
        struct client_call *call = fake_client_find(fixture->client, "limit=500");

        assert_non_null(call);
        return call;
}

static struct client_call *watch_call(struct fixture *fixture) {
        struct client_call *call = fake_client_find(fixture->client, "watch=true");

        assert_non_null(call);
        return call;
}

static void send_event(struct fixture *fixture, const char *type, const char *name,
                       const char *version) {
        char text[512], uid[16];

        snprintf(uid, sizeof(uid), "u%s", name);
        snprintf(text, sizeof(text), "{\"type\":\"%s\",\"object\":%s}\n", type,
                 thing_text(name, uid, version, "red"));
        assert_true(fake_call_data(watch_call(fixture), text));
}

static void start(struct fixture *fixture) {
        informer_start(fixture->informer);
        fake_call_end(list_call(fixture), ERR_NONE, list_text("10", "", THINGS(X, Y)));
        assert_int_equal(informer_state(fixture->informer), INFORMER_WATCHING);
        strbuf_clear(&fixture->told);
}

/* Until the next comparison begins: within the interval and its spread. */
static void await_list(struct fixture *fixture) {
        int64_t waited = 0;

        while (!fake_client_find(fixture->client, "limit=500")) {
                int64_t next = fake_loop_next(fixture->loop);

                assert_true(next >= 0);
                fake_loop_advance(fixture->loop, next);
                waited += next;
        }
        assert_in_range(waited, LOW_MS, HIGH_MS);
}

/* Until a back-off is over. */
static void await_watch(struct fixture *fixture) {
        while (informer_state(fixture->informer) == INFORMER_WAITING)
                fake_loop_advance(fixture->loop, fake_loop_next(fixture->loop));
        watch_call(fixture);
}

/* A whole comparison, the server having these. */
static void compare(struct fixture *fixture, const char *items) {
        await_list(fixture);
        fake_call_end(list_call(fixture), ERR_NONE, list_text("40", "", items));
        fake_loop_advance(fixture->loop, SETTLE_MS);
}

static void in_step(struct fixture *fixture, uint64_t n_lists) {
        const struct informer_counters *counters = informer_counters(fixture->informer);

        assert_int_equal(counters->consistency_lists, n_lists);
        assert_int_equal(counters->drift, 0);
        assert_int_equal(counters->lists, 1);
        assert_int_equal(fake_client_open(fixture->client), 1); /* the watch */
        assert_int_equal(fixture->n_errors, 0);
}

/* So many objects differ: a list is under way that will tell, and the watch is closed. */
static void drifted(struct fixture *fixture, uint64_t n_objects) {
        const struct informer_counters *counters = informer_counters(fixture->informer);

        assert_int_equal(counters->consistency_lists, 1);
        assert_int_equal(counters->drift, n_objects);
        assert_int_equal(counters->relists[INFORMER_RELIST_DRIFT], 1);
        assert_int_equal(fixture->n_errors, 1);
        assert_int_equal(informer_state(fixture->informer), INFORMER_LISTING);
        assert_int_equal(fake_client_open(fixture->client), 1);
        told(fixture, "");
}

static void new_informer(struct fixture *fixture) {
        informer_free(fixture->informer);
        fixture->informer = informer_new(&fixture->options);
}

static int setup(void **state) {
        static struct fixture fixture;
        struct err err;

        fixture = (struct fixture){ .loop = loop_new(),
                                    .store = store_new(THING_SEED, NULL),
                                    .told = STRBUF_INIT(4096) };
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
                .ctx = &fixture,
                .seed = { 1, 2 },
                .no_streaming = &in_pages,
                .consistency_interval_ms = INTERVAL_MS,
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
        strbuf_deinit(&fixture->told);
        return 0;
}

static void test_consistency__what_is_in_step_is_left_alone(void **state) {
        struct fixture *fixture = *state;
        const struct client_call *watch;

        start(fixture);
        watch = watch_call(fixture);
        for (uint64_t i = 1; i <= 2; i++) { /* the watch of 300 s and more is still the same */
                compare(fixture, THINGS(X, Y));
                in_step(fixture, i);
        }
        assert_ptr_equal(watch_call(fixture), watch);
        told(fixture, "");
}

static void test_consistency__asks_for_a_consistent_list(void **state) {
        struct fixture *fixture = *state;

        start(fixture);
        await_list(fixture);
        assert_null(strstr(fake_call_target(list_call(fixture)), "resourceVersion"));
}

static void test_consistency__can_be_switched_off(void **state) {
        struct fixture *fixture = *state;

        fixture->options.consistency_interval_ms = 0;
        new_informer(fixture);
        start(fixture);
        fake_loop_advance(fixture->loop, 3 * INTERVAL_MS);
        assert_null(fake_client_find(fixture->client, "limit=500"));
}

static void test_consistency__comparisons_are_spread(void **state) {
        struct fixture *fixture = *state;
        int64_t low = INT64_MAX, high = 0;

        for (unsigned i = 0; i < 100; i++) {
                int64_t next;

                fixture->options.seed[0] = i;
                new_informer(fixture);
                start(fixture);
                next = fake_loop_next(fixture->loop);
                low = next < low ? next : low;
                high = next > high ? next : high;
        }
        assert_in_range(low, LOW_MS, LOW_MS + 2000);
        assert_in_range(high, HIGH_MS - 2000, HIGH_MS);
}

static void test_consistency__lost_events_heal(void **state) {
        static const struct {
                const char *what, *items[3], *told;
                size_t n;
                uint64_t drift;
        } CASES[] = {
                { "a creation", { X, Y, "z uz 15" }, "+z15 ", 3, 1 },
                { "a change", { X, "y uy 15" }, "y2>y15 ", 2, 1 },
                { "a deletion", { X }, "-y2 ", 1, 1 },
                { "a re-creation", { X, "y other 15" }, "-y2 +y15 ", 2, 1 },
                { "all of them", { "z uz 15", "y other 16" }, "-x1 +z15 -y2 +y16 ", 2, 3 },
        };

        for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
                struct fixture *fixture;

                setup(state);
                fixture = *state;
                start(fixture);
                compare(fixture, things(CASES[i].items, CASES[i].n));
                drifted(fixture, CASES[i].drift);
                assert_non_null(strstr(fixture->last_error.msg, "out of step"));
                fake_call_end(list_call(fixture), ERR_NONE,
                              list_text("41", "", things(CASES[i].items, CASES[i].n)));
                told(fixture, CASES[i].told);
                assert_non_null(
                        strstr(fake_call_target(watch_call(fixture)), "resourceVersion=41&"));
                teardown(state);
        }
}

static void test_consistency__what_is_on_its_way_is_not_lost(void **state) {
        struct fixture *fixture = *state;

        start(fixture);
        await_list(fixture);
        send_event(fixture, "DELETED", "x", "16"); /* before the list, which still has it */
        send_event(fixture, "ADDED", "w", "17");   /* … which does not have it yet */
        fake_call_end(list_call(fixture), ERR_NONE,
                      list_text("20", "", THINGS(X, "y uy 18", "z uz 19")));
        fake_loop_advance(fixture->loop, SETTLE_MS - 1);
        send_event(fixture, "MODIFIED", "y", "18");
        send_event(fixture, "ADDED", "z", "19");
        send_event(fixture, "DELETED", "z", "21");
        fake_loop_advance(fixture->loop, 1);
        in_step(fixture, 1);
        compare(fixture, THINGS("y uy 18", "w uw 17"));
        in_step(fixture, 2);
}

static void test_consistency__what_moved_during_one_check_is_seen_by_the_next(void **state) {
        struct fixture *fixture = *state;

        start(fixture);
        await_list(fixture);
        fake_call_end(list_call(fixture), ERR_NONE, list_text("20", "", THINGS(X, "y uy 18")));
        send_event(fixture, "MODIFIED", "y", "15"); /* 18 will never come */
        fake_loop_advance(fixture->loop, SETTLE_MS);
        in_step(fixture, 1);
        compare(fixture, THINGS(X, "y uy 18"));
        assert_int_equal(informer_counters(fixture->informer)->drift, 1);
}

static void test_consistency__compares_page_by_page(void **state) {
        struct fixture *fixture = *state;

        start(fixture);
        await_list(fixture);
        fake_call_end(list_call(fixture), ERR_NONE, list_text("20", "token", THINGS(X)));
        assert_non_null(strstr(fake_call_target(list_call(fixture)), "continue=token"));
        assert_int_equal(fake_client_open(fixture->client), 2);
        fake_call_end(list_call(fixture), ERR_NONE, list_text("20", "", THINGS(Y)));
        fake_loop_advance(fixture->loop, SETTLE_MS);
        in_step(fixture, 1);
        await_list(fixture);
        assert_null(strstr(fake_call_target(list_call(fixture)), "continue"));
}

static void test_consistency__half_a_list_says_nothing(void **state) {
        struct fixture *fixture = *state;

        start(fixture);
        await_list(fixture);
        fake_call_end(list_call(fixture), ERR_NONE, list_text("20", "token", ""));
        fake_call_end(list_call(fixture), ERR_GONE, "continue expired");
        assert_string_equal(fixture->last_error.msg, "compare things: continue expired");
        assert_int_equal(informer_counters(fixture->informer)->errors, 1);
        await_list(fixture); /* not before its time */
        fake_call_end(list_call(fixture), ERR_NONE, "{\"metadata\":{\"resourceVersion\":\"20\"");
        await_list(fixture);
        fake_call_end(list_call(fixture), ERR_NONE, "<html>login</html>");
        assert_int_equal(fixture->n_errors, 3);
        assert_int_equal(informer_counters(fixture->informer)->consistency_lists, 0);
        assert_int_equal(informer_state(fixture->informer), INFORMER_WATCHING);
        told(fixture, "");
}

static void test_consistency__retry_after_is_honoured(void **state) {
        struct fixture *fixture = *state;
        struct err err;

        start(fixture);
        await_list(fixture);
        err_set(&err, ERR_THROTTLED, "429");
        err.retry_after_ms = 150 * 1000;
        fake_call_fail(list_call(fixture), &err);
        fake_loop_advance(fixture->loop, 150 * 1000 - 1);
        assert_null(fake_client_find(fixture->client, "limit=500"));
        fake_loop_advance(fixture->loop, 1);
        list_call(fixture);
}

static void test_consistency__a_stale_list_says_nothing(void **state) {
        struct fixture *fixture = *state;

        start(fixture);
        await_list(fixture);
        fake_call_end(list_call(fixture), ERR_NONE, list_text("9", "", ""));
        assert_string_equal(fixture->last_error.msg,
                            "compare things: the list is older than the watch");
        fake_loop_advance(fixture->loop, SETTLE_MS);
        assert_int_equal(informer_counters(fixture->informer)->drift, 0);
        assert_int_equal(informer_state(fixture->informer), INFORMER_WATCHING);
}

/* The same broken object, as an event tells of it and as a list does. */
#define BROKEN                                                                                     \
        "{\"metadata\":{\"name\":\"x\",\"namespace\":\"a\",\"uid\":\"ux\","                        \
        "\"resourceVersion\":\"12\"},\"color\":5}"
#define WHOLE_Y                                                                                    \
        "{\"metadata\":{\"name\":\"y\",\"namespace\":\"a\",\"uid\":\"uy\","                        \
        "\"resourceVersion\":\"2\"},\"color\":\"red\"}"

static void test_consistency__a_broken_event_is_asked_about(void **state) {
        struct fixture *fixture = *state;

        start(fixture);
        assert_true(fake_call_data(watch_call(fixture),
                                   "{\"type\":\"MODIFIED\",\"object\":" BROKEN "}\n"));
        compare(fixture, THINGS("x ux 12", Y)); /* it may have been broken on its way */
        assert_int_equal(informer_counters(fixture->informer)->drift, 1);
        fake_call_end(list_call(fixture), ERR_NONE, list_text("41", "", THINGS("x ux 12", Y)));
        told(fixture, "x1>x12 ");
        assert_false(store_get(fixture->store, "a/x")->unreadable);
}

static void test_consistency__what_a_list_could_not_read_is_known(void **state) {
        struct fixture *fixture = *state;

        start(fixture);
        assert_true(fake_call_data(watch_call(fixture),
                                   "{\"type\":\"MODIFIED\",\"object\":" BROKEN "}\n"));
        compare(fixture, THINGS("x ux 12", Y));
        fake_call_end(list_call(fixture), ERR_NONE, list_text("41", "", BROKEN "," WHOLE_Y));
        assert_int_equal(informer_counters(fixture->informer)->drift, 1);
        for (int i = 0; i < 2; i++) {
                await_list(fixture);
                fake_call_end(list_call(fixture), ERR_NONE,
                              list_text("42", "", THINGS("x ux 12", Y)));
                fake_loop_advance(fixture->loop, SETTLE_MS);
        }
        assert_int_equal(informer_counters(fixture->informer)->drift, 1);
        await_list(fixture); /* another version: perhaps that one can */
        fake_call_end(list_call(fixture), ERR_NONE, list_text("43", "", THINGS("x ux 14", Y)));
        fake_loop_advance(fixture->loop, SETTLE_MS);
        assert_int_equal(informer_counters(fixture->informer)->drift, 2);
}

static void test_consistency__a_nameless_item_hides_what_is_missing(void **state) {
        struct fixture *fixture = *state;

        start(fixture);
        compare(fixture, "{\"metadata\":{\"resourceVersion\":\"7\"}}");
        in_step(fixture, 1);
        compare(fixture, THINGS(X)); /* blindness ends with its list */
        assert_int_equal(informer_counters(fixture->informer)->drift, 1);
}

static void test_consistency__waits_for_a_watch_before_it_judges(void **state) {
        struct fixture *fixture = *state;

        start(fixture);
        await_list(fixture);
        fake_call_end(watch_call(fixture), ERR_UNAVAILABLE, "reset");
        fake_call_end(list_call(fixture), ERR_NONE, list_text("20", "", THINGS(X, "y uy 18")));
        for (int i = 0; i < 4; i++) { /* for longer than it takes to settle */
                await_watch(fixture);
                fake_call_end(watch_call(fixture), ERR_UNAVAILABLE, "reset");
        }
        assert_int_equal(informer_counters(fixture->informer)->drift, 0);
        await_watch(fixture);
        send_event(fixture, "MODIFIED", "y", "18");
        fake_loop_advance(fixture->loop, SETTLE_MS);
        assert_int_equal(informer_counters(fixture->informer)->consistency_lists, 1);
        assert_int_equal(informer_counters(fixture->informer)->drift, 0);
        assert_int_equal(informer_counters(fixture->informer)->lists, 1);
}

static void test_consistency__a_list_that_tells_all_takes_its_place(void **state) {
        struct fixture *fixture = *state;

        start(fixture);
        await_list(fixture);
        fake_call_data(list_call(fixture),
                       "{\"metadata\":{\"resourceVersion\":\"20\"},\"items\":[");
        fake_call_end(watch_call(fixture), ERR_GONE, "410");
        assert_int_equal(informer_state(fixture->informer), INFORMER_LISTING);
        assert_int_equal(fake_client_open(fixture->client), 1);
        fake_loop_advance(fixture->loop, 2 * INTERVAL_MS); /* a slow one */
        assert_int_equal(fake_client_open(fixture->client), 1);
        fake_call_end(list_call(fixture), ERR_NONE, list_text("30", "", THINGS(X)));
        told(fixture, "-y2 ");
        compare(fixture, THINGS(X)); /* the interval begins anew */
        assert_int_equal(informer_counters(fixture->informer)->drift, 0);
}

static void test_consistency__other_namespaces_are_not_compared(void **state) {
        struct fixture *fixture = *state;
        struct object *other = thing_new("o", "uo", "5", "red");

        other->key = "b/o";
        ((struct meta *)(uintptr_t)other->meta)->namespace_ = "b";
        fixture->options.namespace_ = "a";
        new_informer(fixture);
        store_put(fixture->store, other);
        start(fixture);
        compare(fixture, THINGS(X, Y));
        in_step(fixture, 1);
}

static void test_consistency__free_in_every_state(void **state) {
        struct fixture *fixture = *state;

        start(fixture);
        await_list(fixture);
        fake_call_data(list_call(fixture),
                       "{\"metadata\":{\"resourceVersion\":\"20\"},\"items\":[");
        fake_call_data(list_call(fixture), THINGS("z uz 15"));
        new_informer(fixture); /* LISTING; a half list has left its marks */
        start(fixture);
        await_list(fixture);
        fake_call_end(list_call(fixture), ERR_NONE, list_text("20", "", THINGS("z uz 15")));
        new_informer(fixture); /* SETTLING */
        start(fixture);        /* teardown frees while RESTING */
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_consistency__##name, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(what_is_in_step_is_left_alone),
                TEST(asks_for_a_consistent_list),
                TEST(can_be_switched_off),
                TEST(comparisons_are_spread),
                cmocka_unit_test(test_consistency__lost_events_heal), /* a fixture a case */
                TEST(what_is_on_its_way_is_not_lost),
                TEST(what_moved_during_one_check_is_seen_by_the_next),
                TEST(compares_page_by_page),
                TEST(half_a_list_says_nothing),
                TEST(retry_after_is_honoured),
                TEST(a_stale_list_says_nothing),
                TEST(a_broken_event_is_asked_about),
                TEST(what_a_list_could_not_read_is_known),
                TEST(a_nameless_item_hides_what_is_missing),
                TEST(waits_for_a_watch_before_it_judges),
                TEST(a_list_that_tells_all_takes_its_place),
                TEST(other_namespaces_are_not_compared),
                TEST(free_in_every_state),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
