#include "asking.h"

#include <string.h>

#define THINGS "/apis/example.dev/v1/namespaces/default/things"
#define ALL    "/apis/example.dev/v1/things"

static int setup(void **state) {
        static struct asking asking;

        asking_init(&asking, false);
        fixture_things(&asking.fixture);
        *state = &asking;
        return 0;
}

static int teardown(void **state) {
        asking_deinit(*state);
        return 0;
}

static const struct kind *things(struct asking *asking) {
        return fixture_kind(&asking->fixture, "example.dev/v1", "Thing");
}

static void add(struct asking *asking, const char *name, const char *labels) {
        assert_non_null(fixture_create(&asking->fixture, things(asking),
                                       arena_printf(&asking->fixture.arena,
                                                    "{apiVersion: example.dev/v1, kind: Thing, "
                                                    "metadata: {name: %s, labels: {%s}}}",
                                                    name, labels)));
}

static void relabel(struct asking *asking, const char *name, const char *labels) {
        assert_non_null(fixture_patch(&asking->fixture, things(asking), name, PATCH_MERGE,
                                      arena_printf(&asking->fixture.arena,
                                                   "{metadata: {labels: {%s}}}", labels)));
}

static void drop(struct asking *asking, const char *name) {
        bool gone;

        assert_non_null(
                fixture_delete(&asking->fixture, things(asking), name, &FIXTURE_DELETE, &gone));
}

static void start(struct asking *asking, const char *request) {
        const char *answer = ask(asking, request);

        if (!asking->response.watch)
                fail_msg("%s: %s", request, answer);
        assert_int_equal(asking->response.status, 200);
}

/* "ADDED a=…, BOOKMARK": type, name and version of each event; and whether it has ended. */
static const char *says(struct asking *asking, size_t max) {
        struct strbuf out STRBUF_CLEANUP = STRBUF_INIT(1 << 20);
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(1 << 16);
        bool ended = watch_take(asking->response.watch, max, &out) == WATCH_ENDED;
        const char *at = strbuf_str(&out);

        while (*at) {
                size_t n = strcspn(at, "\n");
                struct json *event JSON_CLEANUP = NULL;
                const struct json *metadata;
                struct err err;

                assert_int_equal(at[n], '\n');
                assert_int_equal(json_parse((struct bytes){ at, n }, &JSON_LIMITS_OBJECT, &event,
                                            &err),
                                 0);
                metadata = json_get(json_get(event, "object"), "metadata");
                strbuf_printf(&text, "%s%s %s", text.len ? ", " : "", json_text_at(event, "type"),
                              json_text_at(metadata, "name"));
                at += n + 1;
        }
        if (ended)
                strbuf_puts(&text, text.len ? ", end" : "end");
        return arena_strdup(&asking->fixture.arena, strbuf_str(&text));
}

static const char *all(struct asking *asking) {
        return says(asking, SIZE_MAX / 2);
}

static void count(void *ctx) {
        (*(int *)ctx)++;
}

static void test_watch__begins_with_what_is_there(void **state) {
        struct asking *asking = *state;
        int calls = 0;

        add(asking, "b", "");
        add(asking, "a", "");
        start(asking, "GET " THINGS "?watch=true");
        watch_on_ready(asking->response.watch, count, &calls);
        assert_string_equal(all(asking), "ADDED a, ADDED b");
        assert_string_equal(all(asking), "");
        assert_int_equal(calls, 0);
        add(asking, "c", "");
        relabel(asking, "a", "x: v");
        drop(asking, "b");
        assert_int_equal(calls, 3);
        assert_string_equal(all(asking), "ADDED c, MODIFIED a, DELETED b");

        start(asking, "GET " ALL "?watch=true&resourceVersion=0");
        assert_string_equal(all(asking), "ADDED a, ADDED c");
        start(asking, "GET /apis/example.dev/v1/watch/namespaces/default/things/c");
        assert_string_equal(all(asking), "ADDED c");
}

static void test_watch__begins_at_a_revision(void **state) {
        struct asking *asking = *state;
        const char *request;

        add(asking, "a", "");
        request =
                arena_printf(&asking->fixture.arena, "GET " THINGS "?watch=1&resourceVersion=%lld",
                             (long long)storage_revision(asking->fixture.storage));
        add(asking, "b", "");
        drop(asking, "a");
        start(asking, request);
        assert_string_equal(all(asking), "ADDED b, DELETED a");
        /* One that is yet to come is waited for. */
        start(asking,
              arena_printf(&asking->fixture.arena, "GET " THINGS "?watch=1&resourceVersion=%lld",
                           (long long)storage_revision(asking->fixture.storage) + 1));
        add(asking, "c", "");
        assert_string_equal(all(asking), "");
        add(asking, "d", "");
        assert_string_equal(all(asking), "ADDED d");
}

static void test_watch__sees_what_enters_and_leaves_its_selection(void **state) {
        struct asking *asking = *state;
        const char *text;

        add(asking, "a", "");
        start(asking, "GET " THINGS "?watch=1&labelSelector=x%3Dv");
        assert_string_equal(all(asking), "");
        relabel(asking, "a", "x: v");
        relabel(asking, "a", "z: z");
        relabel(asking, "a", "x: w");
        relabel(asking, "a", "z: w");
        add(asking, "b", "x: v");
        drop(asking, "b");
        drop(asking, "a");
        assert_string_equal(all(asking), "ADDED a, MODIFIED a, DELETED a, ADDED b, DELETED b");

        add(asking, "c", "x: v");
        asking_take(asking);
        relabel(asking, "c", "x: null");
        text = asking_take(asking);
        /* As it was, at the revision of the change. */
        assert_non_null(strstr(text, "\"labels\":{\"x\":\"v\"}"));
        assert_non_null(
                strstr(text, arena_printf(&asking->fixture.arena, "\"resourceVersion\":\"%lld\"",
                                          (long long)storage_revision(asking->fixture.storage))));

        start(asking, "GET " THINGS "?watch=1&fieldSelector=metadata.name%3Dd");
        add(asking, "d", "");
        add(asking, "e", "");
        drop(asking, "d");
        assert_string_equal(all(asking), "ADDED d, DELETED d");
}

static void test_watch__has_bookmarks(void **state) {
        struct asking *asking = *state;
        int calls = 0;

        add(asking, "a", "");
        start(asking,
              "GET " THINGS "?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&"
              "allowWatchBookmarks=true&timeoutSeconds=90");
        watch_on_ready(asking->response.watch, count, &calls);
        assert_string_equal(
                strstr(asking_take(asking), "{\"type\":\"BOOKMARK\""),
                arena_printf(
                        &asking->fixture.arena,
                        "{\"type\":\"BOOKMARK\",\"object\":{\"kind\":\"Thing\","
                        "\"apiVersion\":\"example.dev/v1\",\"metadata\":{\"resourceVersion\":"
                        "\"%lld\",\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}}}}\n",
                        (long long)storage_revision(asking->fixture.storage)));
        agenda_advance(asking->fixture.agenda, 59 * 1000);
        assert_string_equal(all(asking), "");
        agenda_advance(asking->fixture.agenda, 1000);
        assert_int_equal(calls, 1);
        assert_string_equal(all(asking), "BOOKMARK ");
        /* Two seconds before the end, and then the end. */
        agenda_advance(asking->fixture.agenda, 28 * 1000);
        assert_string_equal(all(asking), "BOOKMARK ");
        agenda_advance(asking->fixture.agenda, 2000);
        assert_int_equal(calls, 3);
        assert_string_equal(all(asking), "end");
        assert_string_equal(all(asking), "end");

        /* Not asked for, there are none. */
        start(asking,
              "GET " THINGS "?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan");
        assert_string_equal(all(asking), "ADDED a");
        start(asking,
              "GET " THINGS "?watch=1&sendInitialEvents=false&resourceVersionMatch=NotOlderThan");
        assert_string_equal(all(asking), "");
}

static void test_watch__ends_by_itself_within_the_hour(void **state) {
        struct asking *asking = *state;

        start(asking, "GET " THINGS "?watch=1");
        agenda_advance(asking->fixture.agenda, 1799 * 1000);
        assert_string_equal(all(asking), "");
        agenda_advance(asking->fixture.agenda, 1802 * 1000);
        assert_string_equal(all(asking), "end");
}

static void test_watch__goes_at_the_readers_pace(void **state) {
        struct asking *asking = *state;

        add(asking, "a", "");
        add(asking, "b", "");
        start(asking, "GET " THINGS "?watch=1");
        assert_string_equal(says(asking, 1), "ADDED a");
        add(asking, "c", "");
        drop(asking, "b");
        assert_string_equal(says(asking, 1), "ADDED b");
        assert_string_equal(says(asking, 1), "ADDED c");
        assert_string_equal(says(asking, 1), "DELETED b");
        assert_string_equal(says(asking, 1), "");
}

static void test_watch__is_told_what_it_lost(void **state) {
        struct asking *asking = *state;
        struct storage *storage = asking->fixture.storage;
        const char *old;

        add(asking, "a", "");
        old = arena_printf(&asking->fixture.arena, "GET " THINGS "?watch=1&resourceVersion=%lld",
                           (long long)storage_revision(storage) - 1);
        start(asking, "GET " THINGS "?watch=1");
        all(asking);
        /* What is not its concern may be forgotten. */
        fixture_create(&asking->fixture, fixture_kind(&asking->fixture, "v1", "Namespace"),
                       "{metadata: {name: other}}");
        storage_compact(storage, storage_revision(storage));
        add(asking, "b", "");
        assert_string_equal(all(asking), "ADDED b");
        add(asking, "c", "");
        storage_compact(storage, storage_revision(storage));
        assert_string_equal(all(asking), "ERROR , end");
        assert_string_equal(all(asking), "end");

        start(asking, old);
        assert_string_equal(
                asking_take(asking),
                arena_printf(
                        &asking->fixture.arena,
                        "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"apiVersion\":"
                        "\"v1\",\"metadata\":{},\"status\":\"Failure\",\"message\":\"too old "
                        "resource version: %lld (%lld)\",\"reason\":\"Expired\",\"code\":410}}\n",
                        (long long)storage_revision(storage) - 4,
                        (long long)storage_revision(storage)));
}

static void test_watch__has_other_forms(void **state) {
        struct asking *asking = *state;
        const char *text;

        add(asking, "a", "");
        add(asking, "b", "");
        start(asking,
              "GET " THINGS "?watch=1\nAccept: application/json;as=Table;v=v1;g=meta.k8s.io");
        text = asking_take(asking);
        assert_non_null(strstr(text, "{\"type\":\"ADDED\",\"object\":{\"kind\":\"Table\","
                                     "\"apiVersion\":\"meta.k8s.io/v1\",\"metadata\":"
                                     "{\"resourceVersion\":"));
        assert_non_null(strstr(text, "\"columnDefinitions\":[{"));
        assert_non_null(strstr(strchr(text, '\n'),
                               "\"columnDefinitions\":null,\"rows\":[{\"cells\":"
                               "[\"b\","));
        start(asking,
              "GET " THINGS
              "?watch=1\nAccept: application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io");
        assert_non_null(
                strstr(asking_take(asking),
                       "{\"type\":\"ADDED\",\"object\":{\"kind\":\"PartialObjectMetadata\","));
        ask(asking, "GET " THINGS "?watch=1\nAccept: application/yaml");
        assert_int_equal(asking->response.status, 501);
}

static void test_watch__checks_options(void **state) {
        struct asking *asking = *state;

        assert_refused(asking, "GET " THINGS "?watch=1&sendInitialEvents=true", 422,
                       "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: "
                       "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
        assert_refused(asking, "GET " THINGS "?watch=1&resourceVersionMatch=NotOlderThan", 422,
                       "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: "
                       "resourceVersionMatch is forbidden for watch unless sendInitialEvents is "
                       "provided");
        assert_refused(asking, "GET " THINGS "?watch=1&timeoutSeconds=abc", 400,
                       "strconv.ParseInt: parsing \"abc\": invalid syntax");
        assert_refused(
                asking, "GET " THINGS "?watch=1&resourceVersion=abc", 500,
                "resourceVersion: Invalid value: \"abc\": strconv.ParseUint: parsing \"abc\": "
                "invalid syntax");
        assert_refused(asking, "GET " THINGS "?watch=1&fieldSelector=spec.foo=1", 400,
                       "field label not supported: spec.foo");
}

static void test_watch__ends_with_its_kind(void **state) {
        struct asking *asking = *state;
        const struct kind *definitions = fixture_kind(&asking->fixture, "apiextensions.k8s.io/v1",
                                                      "CustomResourceDefinition");
        int calls = 0;
        bool gone;

        start(asking, "GET " THINGS "?watch=1");
        watch_on_ready(asking->response.watch, count, &calls);
        assert_non_null(fixture_delete(&asking->fixture, definitions, "things.example.dev",
                                       &FIXTURE_DELETE, &gone));
        assert_string_equal(all(asking), "");
        /* It waits for its objects to go; there are none. */
        assert_false(gone);
        assert_non_null(fixture_patch(&asking->fixture, definitions, "things.example.dev",
                                      PATCH_MERGE, "{metadata: {finalizers: null}}"));
        assert_int_equal(calls, 1);
        assert_string_equal(all(asking), "end");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_watch__begins_with_what_is_there),
                TEST(test_watch__begins_at_a_revision),
                TEST(test_watch__sees_what_enters_and_leaves_its_selection),
                TEST(test_watch__has_bookmarks),
                TEST(test_watch__ends_by_itself_within_the_hour),
                TEST(test_watch__goes_at_the_readers_pace),
                TEST(test_watch__is_told_what_it_lost),
                TEST(test_watch__has_other_forms),
                TEST(test_watch__checks_options),
                TEST(test_watch__ends_with_its_kind),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
