#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

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
        bool no_streaming;
        char changes[256]; /* "+x -y ~z " */
        unsigned n_errors, n_synced;
        struct err last_error;
};

static void on_change(void *ctx, const struct informer_change *change) {
        struct fixture *f = ctx;
        size_t len = strlen(f->changes);
        char what = change->old ? change->new ? '~' : '-' : '+';
        const struct object *object = change->new ? change->new : change->old;

        snprintf(f->changes + len, sizeof(f->changes) - len, "%c%s ", what, object->meta->name);
}

static void on_error(void *ctx, const struct err *err) {
        struct fixture *f = ctx;

        f->n_errors++;
        f->last_error = *err;
}

static void on_synced(void *ctx) {
        struct fixture *f = ctx;

        f->n_synced++;
}

static int setup(void **state) {
        static struct fixture f;
        struct err err;

        f = (struct fixture){ .loop = loop_new(), .store = store_new(THING_SEED, NULL) };
        client_new(NULL, &f.client, &err);
        f.options = (struct informer_options){
                .loop = f.loop,
                .client = f.client,
                .resource = &THINGS,
                .projection = &EVERYTHING,
                .decode = thing_decode,
                .store = f.store,
                .on_change = on_change,
                .on_error = on_error,
                .on_synced = on_synced,
                .ctx = &f,
                .seed = { 1, 2 },
                .no_streaming = &f.no_streaming,
        };
        f.informer = informer_new(&f.options);
        *state = &f;
        return 0;
}

static int teardown(void **state) {
        struct fixture *f = *state;

        informer_free(f->informer);
        assert_int_equal(fake_client_open(f->client), 0);
        client_free(f->client);
        loop_free(f->loop);
        store_free(f->store);
        return 0;
}

/* The one call under way. */
static struct client_call *call(struct fixture *f, enum informer_state state, const char *part) {
        struct client_call *open = fake_client_call(f->client);

        assert_int_equal(informer_state(f->informer), state);
        assert_int_equal(fake_client_open(f->client), 1);
        if (!strstr(fake_call_target(open), part))
                fail_msg("%s: want %s", fake_call_target(open), part);
        return open;
}

static struct client_call *stream_call(struct fixture *f) {
        struct client_call *open = call(f, INFORMER_STREAMING,
                                        "GET /apis/test.dev/v1/things?watch=true"
                                        "&allowWatchBookmarks=true&sendInitialEvents=true"
                                        "&resourceVersionMatch=NotOlderThan&timeoutSeconds=");

        assert_null(strstr(fake_call_target(open), "resourceVersion="));
        return open;
}

static struct client_call *list_call(struct fixture *f) {
        return call(f, INFORMER_LISTING, "GET /apis/test.dev/v1/things?limit=500");
}

static struct client_call *watch_call(struct fixture *f, const char *query) {
        struct client_call *open = call(f, INFORMER_WATCHING, query);

        assert_null(strstr(fake_call_target(open), "sendInitialEvents"));
        return open;
}

static bool event(struct client_call *open, const char *type, const char *name, const char *uid,
                  const char *version) {
        char text[2048];

        snprintf(text, sizeof(text), "{\"type\":\"%s\",\"object\":%s}\n", type,
                 thing_text(name, uid, version, "red"));
        return fake_call_data(open, text);
}

static bool bookmark(struct client_call *open, const char *version, bool end) {
        char text[256];

        snprintf(text, sizeof(text),
                 "{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"%s\"%s}}}"
                 "\n",
                 version, end ? ",\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}" : "");
        return fake_call_data(open, text);
}

static const char *list_text(const char *items) {
        static char text[4096];

        snprintf(text, sizeof(text), "{\"metadata\":{\"resourceVersion\":\"30\"},\"items\":[%s]}",
                 items);
        return text;
}

static int64_t wait(struct fixture *f) {
        int64_t delay = fake_loop_next(f->loop);

        assert_int_equal(informer_state(f->informer), INFORMER_WAITING);
        fake_loop_advance(f->loop, delay);
        return delay;
}

/* Ends with a watch, and x and y in the store, as of version 10. */
static void start(struct fixture *f) {
        informer_start(f->informer);
        assert_true(event(stream_call(f), "ADDED", "x", "ux", "1"));
        assert_true(event(stream_call(f), "ADDED", "y", "uy", "2"));
        assert_true(bookmark(stream_call(f), "10", true));
        assert_string_equal(f->changes, "+x +y ");
        f->changes[0] = '\0';
}

static void test_informer_stream__goes_on_as_the_watch(void **state) {
        struct fixture *f = *state;
        const struct informer_counters *counters = informer_counters(f->informer);

        informer_start(f->informer);
        assert_true(informer_is_listing(f->informer));
        assert_true(event(stream_call(f), "ADDED", "x", "ux", "1"));
        assert_string_equal(f->changes, ""); /* nothing before it is whole */
        assert_false(informer_has_synced(f->informer));
        assert_null(informer_resource_version(f->informer));
        assert_true(bookmark(stream_call(f), "10", true));
        assert_string_equal(f->changes, "+x ");
        assert_int_equal(f->n_synced, 1);
        assert_string_equal(informer_resource_version(f->informer), "10");
        assert_int_equal(counters->lists, 1);
        assert_int_equal(counters->streams, 1);
        assert_int_equal(counters->watches, 1);
        assert_int_equal(counters->events, 0);

        assert_int_equal(informer_state(f->informer), INFORMER_WATCHING);
        assert_true(event(fake_client_call(f->client), "ADDED", "z", "uz", "11"));
        assert_true(event(fake_client_call(f->client), "DELETED", "x", "ux", "12"));
        assert_string_equal(f->changes, "+x +z -x ");
        assert_int_equal(counters->events, 2);
        fake_call_end(fake_client_call(f->client), ERR_NONE, NULL);
        watch_call(f, "&resourceVersion=12&"); /* not the objects again */
        assert_int_equal(f->n_errors, 0);
}

static void test_informer_stream__scope(void **state) {
        struct fixture *f = *state;

        informer_free(f->informer);
        f->options.namespace_ = "a";
        f->options.label_selector = "app=x";
        f->options.field_selector = "metadata.name=y";
        f->informer = informer_new(&f->options);
        informer_start(f->informer);
        call(f, INFORMER_STREAMING,
             "/namespaces/a/things?watch=true&allowWatchBookmarks=true&labelSelector=app%3Dx"
             "&fieldSelector=metadata.name%3Dy&sendInitialEvents=true");
        fake_call_end(fake_client_call(f->client), ERR_INVALID, "422");
        call(f, INFORMER_LISTING,
             "/namespaces/a/things?labelSelector=app%3Dx&fieldSelector=metadata.name%3Dy&limit");
}

/* All of it in one piece: what follows the end of the list is of the watch. */
static void test_informer_stream__one_chunk(void **state) {
        static const char text[] =
                "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"x\",\"namespace\":\"a\","
                "\"uid\":\"u\",\"resourceVersion\":\"1\"}}}\n"
                "{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"10\","
                "\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}}}}\n"
                "{\"type\":\"DELETED\",\"object\":{\"metadata\":{\"name\":\"x\","
                "\"namespace\":\"a\",\"uid\":\"u\",\"resourceVersion\":\"11\"}}}\n";
        struct fixture *f = *state;

        informer_start(f->informer);
        assert_true(fake_call_data(stream_call(f), text));
        assert_string_equal(f->changes, "+x -x ");
        assert_string_equal(informer_resource_version(f->informer), "11");
}

static void test_informer_stream__what_changes_meanwhile(void **state) {
        struct fixture *f = *state;

        informer_start(f->informer);
        event(stream_call(f), "ADDED", "x", "ux", "1");
        event(stream_call(f), "ADDED", "y", "uy", "2");
        event(stream_call(f), "ADDED", "z", "uz", "3");
        event(stream_call(f), "MODIFIED", "x", "ux", "4");
        event(stream_call(f), "DELETED", "y", "uy", "5");
        event(stream_call(f), "DELETED", "z", "uz", "6");
        event(stream_call(f), "ADDED", "z", "new", "7");
        bookmark(stream_call(f), "10", true);
        assert_string_equal(f->changes, "+x +z ");
        assert_string_equal(store_get(f->store, "a/x")->meta->resource_version, "4");
        assert_string_equal(store_get(f->store, "a/z")->meta->uid, "new");
        assert_int_equal(store_count(f->store), 2);
}

/* Deletions first, then what is new; what is the same is no news. */
static void test_informer_stream__replaces_what_was_there(void **state) {
        struct fixture *f = *state;

        start(f);
        fake_call_end(fake_client_call(f->client), ERR_GONE, "410");
        wait(f);
        event(stream_call(f), "ADDED", "v", "uv", "20");
        event(stream_call(f), "ADDED", "x", "another", "21");
        assert_string_equal(f->changes, "");
        bookmark(stream_call(f), "30", true);
        assert_string_equal(f->changes, "-y +v -x +x ");
        f->changes[0] = '\0';
        fake_loop_advance(f->loop, 20 * 1000);
        fake_call_end(fake_client_call(f->client), ERR_GONE, "410");
        event(stream_call(f), "ADDED", "v", "uv", "20");
        event(stream_call(f), "ADDED", "x", "another", "21");
        event(stream_call(f), "DELETED", "x", "another", "31");
        bookmark(stream_call(f), "40", true);
        assert_string_equal(f->changes, "-x ");
}

static void test_informer_stream__half_of_it_changes_nothing(void **state) {
        struct fixture *f = *state;

        start(f);
        fake_call_end(fake_client_call(f->client), ERR_FORBIDDEN, "403");
        wait(f);
        event(stream_call(f), "ADDED", "v", "uv", "20");
        fake_call_end(stream_call(f), ERR_NONE, NULL);
        assert_string_equal(f->last_error.msg, "list things: ended before all objects were there");
        assert_in_range(wait(f), 800, 6400);
        bookmark(stream_call(f), "40", true); /* v was of the one before */
        assert_string_equal(f->changes, "-x -y ");
        assert_int_equal(informer_counters(f->informer)->relists[INFORMER_RELIST_UNAVAILABLE], 1);
}

static void test_informer_stream__what_can_not_be_read_stays(void **state) {
        struct fixture *f = *state;

        start(f);
        fake_call_end(fake_client_call(f->client), ERR_GONE, "410");
        wait(f);
        event(stream_call(f), "ADDED", "y", "uy", "2");
        fake_call_data(stream_call(f), "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":"
                                       "\"x\",\"namespace\":\"a\",\"resourceVersion\":\"21\"},"
                                       "\"color\":5}}\n");
        bookmark(stream_call(f), "30", true);
        assert_string_equal(f->changes, "");
        assert_true(store_get(f->store, "a/x")->unreadable);
        assert_string_equal(store_get(f->store, "a/x")->meta->resource_version, "1");
        assert_int_equal(informer_counters(f->informer)->unreadable, 1);
}

static void test_informer_stream__refused_is_remembered(void **state) {
        struct fixture *f = *state;

        informer_start(f->informer);
        fake_call_end(stream_call(f), ERR_INVALID, "sendInitialEvents is forbidden");
        fake_call_end(list_call(f), ERR_NONE, list_text(thing_text("x", "u", "1", "red")));
        assert_string_equal(f->changes, "+x ");
        watch_call(f, "&resourceVersion=30&");
        assert_int_equal(f->n_errors, 0); /* nothing is wrong */
        assert_int_equal(informer_counters(f->informer)->streams, 0);
        assert_true(f->no_streaming);
        fake_call_end(fake_client_call(f->client), ERR_FORBIDDEN, "403");
        wait(f);
        list_call(f);
}

/* A server that has never heard of it sends what it has, and then what happens, without an end. */
static void test_informer_stream__no_end_in_time(void **state) {
        struct fixture *f = *state;

        informer_start(f->informer);
        event(stream_call(f), "ADDED", "x", "ux", "1");
        fake_loop_advance(f->loop, 9000);
        event(stream_call(f), "ADDED", "y", "uy", "2");
        fake_loop_advance(f->loop, 9999);
        stream_call(f);
        fake_loop_advance(f->loop, 1);
        assert_string_equal(f->last_error.msg, "stream things: no end of the objects in time");
        assert_int_equal(f->n_errors, 1);
        assert_false(f->no_streaming); /* perhaps nothing works */
        fake_call_end(list_call(f), ERR_NONE, list_text(thing_text("x", "ux", "1", "red")));
        assert_string_equal(f->changes, "+x ");
        assert_true(f->no_streaming);
}

static void test_informer_stream__busy_without_end(void **state) {
        struct fixture *f = *state;
        int64_t began_ms = 0;

        informer_start(f->informer);
        while (informer_state(f->informer) == INFORMER_STREAMING) {
                event(stream_call(f), "MODIFIED", "x", "ux", "1");
                fake_loop_advance(f->loop, 5000);
                began_ms += 5000;
        }
        assert_int_equal(began_ms, 120 * 1000);
        list_call(f);
}

/* An ordinary bookmark: the one that ends the list was lost on the way. */
static void test_informer_stream__another_bookmark_instead(void **state) {
        struct fixture *f = *state;

        informer_start(f->informer);
        event(stream_call(f), "ADDED", "x", "ux", "1");
        assert_false(bookmark(stream_call(f), "10", false));
        assert_string_equal(f->last_error.msg, "stream things: the server does not tell its end");
        list_call(f);
        assert_string_equal(f->changes, "");
}

static void test_informer_stream__where_lists_fail_too_streams_are_tried_again(void **state) {
        struct fixture *f = *state;

        informer_start(f->informer);
        fake_loop_advance(f->loop, 10 * 1000); /* a server that hangs */
        fake_call_end(list_call(f), ERR_TIMEOUT, "hangs");
        wait(f);
        bookmark(stream_call(f), "10", true);
        assert_false(f->no_streaming);
        assert_true(informer_has_synced(f->informer));
}

static void test_informer_stream__cut_again_and_again(void **state) {
        struct fixture *f = *state;

        informer_start(f->informer);
        for (int i = 0; i < 3; i++) {
                event(stream_call(f), "ADDED", "x", "ux", "1");
                fake_call_end(stream_call(f), ERR_UNAVAILABLE, "reset");
                wait(f);
        }
        fake_call_end(list_call(f), ERR_NONE, list_text(""));
        assert_true(f->no_streaming);
}

static void test_informer_stream__failures_are_those_of_a_list(void **state) {
        struct fixture *f = *state;
        struct err err;

        informer_start(f->informer);
        fake_call_end(stream_call(f), ERR_NO_KIND, "404 page not found");
        assert_true(informer_no_kind(f->informer));
        assert_int_equal(f->n_synced, 1);
        wait(f);
        err_set(&err, ERR_THROTTLED, "429");
        err.retry_after_ms = 17000;
        fake_call_fail(stream_call(f), &err);
        assert_in_range(wait(f), 17000, 17000 + 17000 / 4);
        assert_false(
                fake_call_data(stream_call(f),
                               "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\","
                               "\"code\":410,\"reason\":\"Expired\",\"message\":\"gone\"}}\n"));
        assert_string_equal(f->last_error.msg, "list things: gone");
        wait(f);
        fake_call_end(list_call(f), ERR_NONE, list_text("")); /* the third in a row */
        assert_false(informer_no_kind(f->informer));
        assert_int_equal(f->n_synced, 2);
}

/* Bookmarks have been seen to come: two that do not are enough. */
static void test_informer_stream__silence_after_its_end(void **state) {
        struct fixture *f = *state;

        start(f);
        fake_loop_advance(f->loop, 150 * 1000 - 1);
        assert_int_equal(informer_state(f->informer), INFORMER_WATCHING);
        fake_loop_advance(f->loop, 1);
        assert_string_equal(f->last_error.msg, "watch things: silent for 150 s");
        wait(f);
        watch_call(f, "&resourceVersion=10&");
}

/* Whoever keeps a watch busy for ever, with whatever, does not keep it. */
static void test_informer_stream__ends_when_it_should(void **state) {
        struct fixture *f = *state;
        int64_t lasted_ms = 0;

        start(f);
        while (informer_state(f->informer) == INFORMER_WATCHING) {
                fake_call_data(fake_client_call(f->client), " ");
                fake_loop_advance(f->loop, 1000);
                lasted_ms += 1000;
        }
        assert_in_range(lasted_ms, 330 * 1000, 631 * 1000);
        assert_string_equal(f->last_error.msg, "watch things: open for longer than was asked for");
}

static void test_informer_stream__free_while_it_comes(void **state) {
        struct fixture *f = *state;

        informer_start(f->informer);
        event(stream_call(f), "ADDED", "x", "ux", "1");
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_informer_stream__##name, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(goes_on_as_the_watch),
                TEST(scope),
                TEST(one_chunk),
                TEST(what_changes_meanwhile),
                TEST(replaces_what_was_there),
                TEST(half_of_it_changes_nothing),
                TEST(what_can_not_be_read_stays),
                TEST(refused_is_remembered),
                TEST(no_end_in_time),
                TEST(busy_without_end),
                TEST(another_bookmark_instead),
                TEST(where_lists_fail_too_streams_are_tried_again),
                TEST(cut_again_and_again),
                TEST(failures_are_those_of_a_list),
                TEST(silence_after_its_end),
                TEST(ends_when_it_should),
                TEST(free_while_it_comes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
