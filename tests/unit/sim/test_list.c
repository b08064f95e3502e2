#include "asking.h"

#include <string.h>

#define THINGS "/apis/example.dev/v1/namespaces/default/things"
#define ALL    "/apis/example.dev/v1/things"
#define MAPS   "/api/v1/namespaces/default/configmaps"

enum { TEXT_MAX = 1 << 16 };

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

static void add(struct asking *asking, const char *name, const char *labels) {
        ask(asking, arena_printf(&asking->fixture.arena,
                                 "POST " THINGS "\nContent-Type: application/yaml\n\n"
                                 "{apiVersion: example.dev/v1, kind: Thing, metadata: {name: %s, "
                                 "labels: {%s}}}",
                                 name, labels));
        assert_int_equal(asking->response.status, 201);
}

static void add_five(struct asking *asking) {
        static const char *const names[] = { "c", "a", "e", "b", "d" };

        for (size_t i = 0; i < 5; i++)
                add(asking, names[i], i % 2 ? "odd: \"true\"" : "even: \"true\"");
}

/* "a,b continue=… left=N at=N" of a list. */
static const char *says(struct asking *asking, const char *request, const char **ret_continue) {
        const char *answer = ask(asking, request);
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(TEXT_MAX);
        struct json *tree JSON_CLEANUP = NULL;
        const struct json *metadata;
        struct err err;

        if (asking->response.status != 200)
                return answer;
        assert_int_equal(json_parse(bytes_of(answer + 4), &JSON_LIMITS_OBJECT, &tree, &err), 0);
        for (size_t i = 0; i < json_length(json_get(tree, "items")); i++) {
                metadata = json_get(json_at(json_get(tree, "items"), i), "metadata");
                strbuf_printf(&text, "%s%s", i ? "," : "", json_text_at(metadata, "name"));
        }
        metadata = json_get(tree, "metadata");
        if (ret_continue)
                *ret_continue =
                        arena_strdup(&asking->fixture.arena, json_text_at(metadata, "continue"));
        if (json_text_at(metadata, "continue")[0])
                strbuf_puts(&text, " more");
        if (json_has(metadata, "remainingItemCount"))
                strbuf_printf(&text, " left=%d",
                              (int)json_int_at(metadata, "remainingItemCount", 0));
        return arena_strdup(&asking->fixture.arena, strbuf_str(&text));
}

static void test_list__comes_in_pages(void **state) {
        struct asking *asking = *state;
        const char *token;

        add_five(asking);
        assert_string_equal(says(asking, "GET " THINGS, NULL), "a,b,c,d,e");
        assert_string_equal(says(asking, "GET " THINGS "?limit=2", &token), "a,b more left=3");
        /* What happens meanwhile does not show. */
        ask(asking, "DELETE " THINGS "/c");
        add(asking, "f", "");
        assert_string_equal(says(asking,
                                 arena_printf(&asking->fixture.arena,
                                              "GET " THINGS "?limit=2&continue=%s", token),
                                 &token),
                            "c,d more left=1");
        assert_string_equal(says(asking,
                                 arena_printf(&asking->fixture.arena,
                                              "GET " THINGS "?limit=2&continue=%s", token),
                                 &token),
                            "e");
        assert_string_equal(says(asking, "GET " THINGS, NULL), "a,b,d,e,f");
        assert_string_equal(says(asking, "GET " ALL "?limit=4", &token), "a,b,d,e more left=1");
        assert_string_equal(
                says(asking, arena_printf(&asking->fixture.arena, "GET " ALL "?continue=%s", token),
                     NULL),
                "f");
        assert_string_equal(says(asking, "GET " THINGS "?limit=2&resourceVersion=0", NULL),
                            "a,b,d,e,f");
        assert_string_equal(says(asking, "GET " THINGS "?limit=-1", NULL), "a,b,d,e,f");
}

static void test_list__selects(void **state) {
        struct asking *asking = *state;

        add_five(asking);
        assert_string_equal(says(asking, "GET " THINGS "?labelSelector=odd", NULL), "a,b");
        assert_string_equal(says(asking, "GET " THINGS "?labelSelector=!odd", NULL), "c,d,e");
        assert_string_equal(says(asking, "GET " THINGS "?labelSelector=even%3Dtrue&limit=2", NULL),
                            "c,d more");
        assert_string_equal(says(asking, "GET " THINGS "?fieldSelector=metadata.name%3Db", NULL),
                            "b");
        assert_string_equal(says(asking,
                                 "GET " THINGS
                                 "?fieldSelector=metadata.name!=b,metadata.namespace=default",
                                 NULL),
                            "a,c,d,e");
        assert_refused(asking, "GET " THINGS "?fieldSelector=spec.foo=1", 400,
                       "field label not supported: spec.foo");
        assert_refused(asking, "GET " MAPS "?fieldSelector=spec.foo=1", 400,
                       "\"spec.foo\" is not a known field selector: only \"metadata.name\", "
                       "\"metadata.namespace\"");
        assert_refused(asking, "GET " MAPS "?fieldSelector=foo", 400,
                       "invalid selector: 'foo'; can't understand 'foo'");
        assert_refused(
                asking, "GET " MAPS "?labelSelector=a+b", 400,
                "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, "
                "lt");
}

static void test_list__selects_on_fields_of_the_kind(void **state) {
        struct asking *asking = *state;

        ask(asking, "POST /api/v1/namespaces/default/pods\nContent-Type: application/yaml\n\n"
                    "{metadata: {name: p}, spec: {containers: [{name: c, image: i}]}}");
        ask(asking, "POST /api/v1/namespaces/default/pods/p/binding\n\n"
                    "{\"target\":{\"kind\":\"Node\",\"name\":\"n\"}}");
        assert_int_equal(asking->response.status, 201);
        ask(asking, "POST /api/v1/namespaces/default/pods\nContent-Type: application/yaml\n\n"
                    "{metadata: {name: q}, spec: {containers: [{name: c, image: i}]}}");
        assert_string_equal(says(asking, "GET /api/v1/pods?fieldSelector=spec.nodeName%3Dn", NULL),
                            "p");
        assert_string_equal(says(asking, "GET /api/v1/pods?fieldSelector=spec.nodeName%3D", NULL),
                            "q");
        assert_string_equal(
                says(asking, "GET /api/v1/pods?fieldSelector=status.phase!=Pending,spec.nodeName=n",
                     NULL),
                "");
        assert_string_equal(says(asking, "GET /api/v1/pods?fieldSelector=spec.hostNetwork%3Dfalse",
                                 NULL),
                            "p,q");

        ask(asking,
            "POST /api/v1/namespaces/default/events\nContent-Type: application/yaml\n\n"
            "{metadata: {name: e}, involvedObject: {kind: Pod, name: p, namespace: default}, "
            "reason: R, message: M, type: Normal, source: {component: me}}");
        assert_int_equal(asking->response.status, 201);
        assert_string_equal(says(asking,
                                 "GET /api/v1/events?fieldSelector=involvedObject.name=p,source=me",
                                 NULL),
                            "e");
        assert_string_equal(says(asking,
                                 "GET /apis/events.k8s.io/v1/events?fieldSelector=regarding.name=p",
                                 NULL),
                            "e");
        assert_string_equal(says(asking,
                                 "GET /apis/events.k8s.io/v1/events?fieldSelector=regarding.name=q",
                                 NULL),
                            "");
}

static void test_list__is_of_a_revision(void **state) {
        struct asking *asking = *state;
        const char *exact;

        add_five(asking);
        exact = arena_printf(&asking->fixture.arena,
                             "GET " THINGS "?resourceVersion=%lld&resourceVersionMatch=Exact",
                             (long long)storage_revision(asking->fixture.storage) - 2);
        assert_string_equal(says(asking, exact, NULL), "a,c,e");
        storage_compact(asking->fixture.storage, storage_revision(asking->fixture.storage));
        assert_refused(asking, exact, 410, "The resourceVersion for the provided list is too old.");
        assert_refused(asking, "GET " THINGS "?resourceVersion=abc", 400,
                       "invalid resource version: resourceVersion: Invalid value: \"abc\": "
                       "strconv.ParseUint: parsing \"abc\": invalid syntax");
        assert_refused(asking, "GET " THINGS "?resourceVersion=1000000", 504,
                       arena_printf(&asking->fixture.arena,
                                    "Timeout: Too large resource version: 1000000, current: %lld",
                                    (long long)storage_revision(asking->fixture.storage)));
        assert_refused(asking, "GET " THINGS "?resourceVersionMatch=Exact", 422,
                       "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: "
                       "resourceVersionMatch is forbidden unless resourceVersion is provided");
        assert_refused(asking, "GET " THINGS "?resourceVersion=5&resourceVersionMatch=Foo", 422,
                       "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Unsupported "
                       "value: \"Foo\": supported values: \"Exact\", \"NotOlderThan\", \"\"");
        assert_refused(asking, "GET " THINGS "?sendInitialEvents=true", 422,
                       "ListOptions.meta.k8s.io \"\" is invalid: sendInitialEvents: Forbidden: "
                       "sendInitialEvents is forbidden for list");
}

static void test_list__expires_and_goes_on(void **state) {
        struct asking *asking = *state;
        const char *token, *answer, *anew;
        struct json *status JSON_CLEANUP = NULL;
        struct err err;

        add_five(asking);
        says(asking, "GET " THINGS "?limit=2", &token);
        add(asking, "cc", "");
        storage_compact(asking->fixture.storage, storage_revision(asking->fixture.storage));
        answer = ask(asking, arena_printf(&asking->fixture.arena,
                                          "GET " THINGS "?limit=2&continue=%s", token));
        assert_int_equal(asking->response.status, 410);
        assert_int_equal(json_parse(bytes_of(answer + 4), &JSON_LIMITS_OBJECT, &status, &err), 0);
        assert_string_equal(json_text_at(status, "reason"), "Expired");
        anew = json_text_at(json_get(status, "metadata"), "continue");
        assert_string_equal(says(asking,
                                 arena_printf(&asking->fixture.arena,
                                              "GET " THINGS "?limit=9&continue=%s", anew),
                                 NULL),
                            "c,cc,d,e");
        assert_refused(asking,
                       arena_printf(&asking->fixture.arena,
                                    "GET " THINGS "?resourceVersion=5&continue=%s", token),
                       400, "specifying resource version is not allowed when using continue");
        assert_refused(asking, "GET " THINGS "?continue=xx", 400,
                       "invalid continue token: continue key is not valid: JSON byte 0: expected a "
                       "value");
}

static void test_list__items_are_as_in_the_real_one(void **state) {
        struct asking *asking = *state;

        add(asking, "a", "");
        assert_answer(asking, "GET /api/v1/namespaces/none/configmaps",
                      arena_printf(&asking->fixture.arena,
                                   "200 {\"kind\":\"ConfigMapList\",\"apiVersion\":\"v1\","
                                   "\"metadata\":{\"resourceVersion\":\"%lld\"},\"items\":[]}",
                                   (long long)storage_revision(asking->fixture.storage)));
        /* Custom resources say what they are, in each item; others do not. */
        assert_non_null(strstr(ask(asking, "GET " THINGS), "\"kind\":\"Thing\""));
        assert_non_null(strstr(ask(asking, "GET " THINGS), "\"continue\":\"\""));
        assert_null(strstr(ask(asking, "GET /api/v1/namespaces"), "\"kind\":\"Namespace\""));
        assert_non_null(strstr(ask(asking, "GET " THINGS "\nAccept: application/yaml"),
                               "200 kind: ThingList\n"));
}

static void test_list__may_be_a_table(void **state) {
        struct asking *asking = *state;
        const char *answer;

        add(asking, "a", "");
        agenda_advance(asking->fixture.agenda, 200 * 1000);
        answer = ask(asking,
                     "GET " THINGS
                     "\nAccept: application/json;as=Table;v=v1;g=meta.k8s.io,application/json");
        assert_non_null(
                strstr(answer, "200 {\"kind\":\"Table\",\"apiVersion\":\"meta.k8s.io/v1\","));
        assert_non_null(strstr(answer,
                               "\"columnDefinitions\":[{\"name\":\"Name\",\"type\":\"string\","
                               "\"format\":\"name\","));
        assert_non_null(strstr(answer, "\"cells\":[\"a\",\"3m20s\"],\"object\":{\"kind\":"
                                       "\"PartialObjectMetadata\""));
        answer = ask(asking, "GET " THINGS "?includeObject=None\nAccept: "
                             "application/json;as=Table;v=v1;g=meta.k8s.io");
        assert_non_null(strstr(answer, "\"cells\":[\"a\",\"3m20s\"],\"object\":null}"));
        answer = ask(asking, "GET " THINGS "?includeObject=Object\nAccept: "
                             "application/json;as=Table;v=v1;g=meta.k8s.io");
        assert_non_null(strstr(answer, "\"kind\":\"Thing\""));
        answer =
                ask(asking, "GET " THINGS "\nAccept: application/json;as=PartialObjectMetadataList;"
                            "v=v1;g=meta.k8s.io");
        assert_non_null(strstr(answer, "200 {\"kind\":\"PartialObjectMetadataList\","));
        assert_non_null(strstr(answer, "\"items\":[{\"kind\":\"PartialObjectMetadata\","));
        assert_refused(asking,
                       "GET " MAPS
                       "\nAccept: application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io",
                       406,
                       "you requested PartialObjectMetadata, but the requested object is a list "
                       "(*core.ConfigMapList)");
}

static void test_list__may_be_deleted(void **state) {
        struct asking *asking = *state;

        add_five(asking);
        assert_string_equal(says(asking, "DELETE " THINGS "?labelSelector=odd&dryRun=All", NULL),
                            "a,b");
        assert_string_equal(says(asking, "DELETE " THINGS "?labelSelector=odd", NULL), "a,b");
        assert_string_equal(says(asking, "GET " THINGS, NULL), "c,d,e");
        assert_string_equal(says(asking,
                                 "DELETE " THINGS "\n\n{\"propagationPolicy\":\"Background\"}",
                                 NULL),
                            "c,d,e");
        assert_string_equal(says(asking, "GET " THINGS, NULL), "");
        assert_answer(asking, "DELETE " ALL, "404 404 page not found\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_list__comes_in_pages),
                TEST(test_list__selects),
                TEST(test_list__selects_on_fields_of_the_kind),
                TEST(test_list__is_of_a_revision),
                TEST(test_list__expires_and_goes_on),
                TEST(test_list__items_are_as_in_the_real_one),
                TEST(test_list__may_be_a_table),
                TEST(test_list__may_be_deleted),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
