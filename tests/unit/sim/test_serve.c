#include "asking.h"

#include <stdio.h>
#include <string.h>

#define CONFIGMAPS "/api/v1/namespaces/default/configmaps"
#define THINGS     "/apis/example.dev/v1/namespaces/default/things"
#define STATUS(code, reason, message, details)                                                     \
        "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Failure\","       \
        "\"message\":\"" message "\",\"reason\":\"" reason "\"," details "\"code\":" #code "}"
#define NO_RESOURCE                                                                                \
        "404 " STATUS(404, "NotFound", "the server could not find the requested resource",         \
                      "\"details\":{},")
#define NO_METHOD                                                                                  \
        "405 " STATUS(405, "MethodNotAllowed",                                                     \
                      "the server does not allow this method on the requested resource",           \
                      "\"details\":{},")
#define NO_PAGE "404 404 page not found\n"

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

static void test_serve__knows_its_paths(void **state) {
        static const struct {
                const char *request, *answer;
        } rows[] = {
                { "GET /nosuch", NO_PAGE },
                { "GET //api/v1/pods", NO_PAGE },
                { "GET /apis/nosuch", NO_PAGE },
                { "GET /apis/nosuch/v1", NO_PAGE },
                { "GET /apis/nosuch/v1/foos", NO_PAGE },
                { "GET /apis/example.dev/v1/nosuch", NO_PAGE },
                { "GET /apis/example.dev/v2/things", NO_PAGE },
                { "GET /apis/example.dev/v1/things/a", NO_PAGE },
                { "POST /nosuch", NO_PAGE },
                { "GET /api/v2/pods", NO_RESOURCE },
                { "GET /api/v2", NO_RESOURCE },
                { "GET /apis/apps/v2", NO_RESOURCE },
                { "GET /api/v1/nosuch", NO_RESOURCE },
                { "GET /api/v1/pods/a", NO_RESOURCE },
                { "GET /api/v1/namespaces/default/namespaces", NO_RESOURCE },
                { "GET /api/v1/namespaces/default/pods/a/nosuch", NO_RESOURCE },
                { "GET /api/v1/namespaces/default/pods/a/b/c", NO_RESOURCE },
                { "GET /api/v1/namespaces/default/nosuch", NO_RESOURCE },
                { "PUT " CONFIGMAPS, NO_METHOD },
                { "PATCH " CONFIGMAPS, NO_METHOD },
                { "FOO " CONFIGMAPS, NO_METHOD },
                { "POST /api/v1/configmaps", NO_METHOD },
                { "DELETE /api/v1/configmaps", NO_METHOD },
                { "DELETE /api/v1/namespaces", NO_METHOD },
                { "POST " CONFIGMAPS "/a", NO_METHOD },
                { "FOO " CONFIGMAPS "/a", NO_METHOD },
                { "DELETE " THINGS "/a/scale", NO_METHOD },
                { "GET /api/v1/namespaces/default/pods/a/eviction", NO_METHOD },
                { "GET /api/v1/namespaces/default/finalize", NO_METHOD },
                { "HEAD " CONFIGMAPS "/a", NO_METHOD },
                { "POST /version", NO_METHOD },
                { "POST /apis", NO_METHOD },
                { "GET " CONFIGMAPS "/a%zz", "400 400 Bad Request" },
                { "GET " CONFIGMAPS "/x",
                  "404 " STATUS(404, "NotFound", "configmaps \\\"x\\\" not found",
                                "\"details\":{\"name\":\"x\",\"kind\":\"configmaps\"},") },
                { "GET " THINGS "/x/nosuch",
                  "404 " STATUS(404, "NotFound", "things.example.dev \\\"x\\\" not found",
                                "\"details\":{\"name\":\"x\",\"group\":\"example.dev\","
                                "\"kind\":\"things\"},") },
                { "PUT " THINGS, "400 " STATUS(400, "BadRequest", "name must be provided", "") },
        };

        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
                const char *answer = ask(*state, rows[i].request);

                if (strcmp(answer, rows[i].answer) != 0)
                        fail_msg("%s: %s", rows[i].request, answer);
        }
}

static void test_serve__refuses_what_it_leaves_out(void **state) {
        static const char *const requests[] = {
                "GET /api/v1/namespaces/default/pods/a/log",
                "POST /api/v1/namespaces/default/pods/a/exec",
                "GET /api/v1/namespaces/default/services/a/proxy/x/y",
                "GET /metrics",
                "GET " CONFIGMAPS "\nAccept: application/vnd.kubernetes.protobuf",
                "GET " CONFIGMAPS "\nImpersonate-User: a",
        };

        for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
                const char *answer = ask(*state, requests[i]);

                if (strncmp(answer, "501 ", 4) != 0 || !strstr(answer, "NotImplemented"))
                        fail_msg("%s: %s", requests[i], answer);
        }
}

#define A                                                                                          \
        "{\"kind\":\"ConfigMap\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"a\","              \
        "\"namespace\":\"default\",\"uid\":\"<uid>\",\"resourceVersion\":\"%s\","                  \
        "\"creationTimestamp\":\"2026-03-01T12:00:00Z\"}%s}"

/* Members may come in any order. */
static void assert_object(struct asking *asking, const char *request, int status,
                          const char *expected) {
        const char *answer = ask(asking, request);
        struct json *got JSON_CLEANUP = NULL, *wanted JSON_CLEANUP = NULL;
        struct err err;

        assert_int_equal(asking->response.status, status);
        assert_int_equal(json_parse(bytes_of(answer + 4), &JSON_LIMITS_OBJECT, &got, &err), 0);
        assert_int_equal(json_parse(bytes_of(expected), &JSON_LIMITS_OBJECT, &wanted, &err), 0);
        if (!json_equal(got, wanted))
                fail_msg("%s: %s", request, answer);
}

static const char *a(struct asking *asking, int64_t revision, const char *rest) {
        return arena_printf(&asking->fixture.arena, A,
                            arena_printf(&asking->fixture.arena, "%lld", (long long)revision),
                            rest);
}

static void test_serve__creates_reads_and_writes(void **state) {
        struct asking *asking = *state;
        int64_t r = storage_revision(asking->fixture.storage);

        assert_object(asking, "POST " CONFIGMAPS "\n\n{\"metadata\":{\"name\":\"a\"}}", 201,
                      a(asking, r + 1, ""));
        assert_string_equal(asking->response.content_type, "application/json");
        assert_int_equal(strlen(asking_header(asking, "Audit-Id")), 36);
        assert_object(asking, "GET " CONFIGMAPS "/a", 200, a(asking, r + 1, ""));
        assert_object(asking, "GET " CONFIGMAPS "/%61?resourceVersion=0", 200,
                      a(asking, r + 1, ""));
        assert_object(asking,
                      "PUT " CONFIGMAPS "/a\nContent-Type: application/yaml\n\n"
                      "{metadata: {name: a}, data: {k: v}}",
                      200, a(asking, r + 2, ",\"data\":{\"k\":\"v\"}"));
        assert_object(asking,
                      "PATCH " CONFIGMAPS "/a\nContent-Type: application/merge-patch+json; "
                      "charset=utf-8\n\n{\"data\":{\"k\":\"w\"}}",
                      200, a(asking, r + 3, ",\"data\":{\"k\":\"w\"}"));
        assert_object(asking,
                      "PATCH " CONFIGMAPS "/a?dryRun=All\nContent-Type: "
                      "application/json-patch+json\n\n[{\"op\":\"remove\",\"path\":\"/data\"}]",
                      200, a(asking, r + 3, ""));
        assert_object(asking, "GET " CONFIGMAPS "/a", 200,
                      a(asking, r + 3, ",\"data\":{\"k\":\"w\"}"));
        assert_answer(asking, "DELETE " CONFIGMAPS "/a?dryRun=All",
                      "200 {\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},"
                      "\"status\":\"Success\",\"details\":{\"name\":\"a\",\"kind\":\"configmaps\","
                      "\"uid\":\"<uid>\"}}");
        ask(asking,
            "DELETE " CONFIGMAPS "/a\n\n{\"kind\":\"DeleteOptions\",\"apiVersion\":\"v1\"}");
        assert_int_equal(asking->response.status, 200);
        ask(asking, "GET " CONFIGMAPS "/a");
        assert_int_equal(asking->response.status, 404);
}

static void test_serve__answers_a_deletion_with_what_waits(void **state) {
        struct asking *asking = *state;

        ask(asking,
            "POST " CONFIGMAPS "\n\n{\"metadata\":{\"name\":\"a\",\"finalizers\":[\"a/b\"]}}");
        assert_int_equal(asking->response.status, 201);
        assert_non_null(strstr(ask(asking, "DELETE " CONFIGMAPS "/a"), "\"deletionTimestamp\""));
        /* And these with the object in any case. */
        ask(asking,
            "POST /api/v1/namespaces/default/serviceaccounts\n\n{\"metadata\":{\"name\":\"a\"}}");
        assert_non_null(strstr(ask(asking, "DELETE /api/v1/namespaces/default/serviceaccounts/a"),
                               "\"kind\":\"ServiceAccount\""));
}

static void test_serve__wants_a_body_it_can_read(void **state) {
        static char big[(3 << 20) + 200];
        struct asking *asking = *state;

        assert_refused(asking, "POST " CONFIGMAPS "\n\n{", 400,
                       "the object provided is unrecognized (must be of type ConfigMap): couldn't "
                       "get version/kind; json parse error: unexpected end of JSON input ({)");
        assert_refused(
                asking, "POST " CONFIGMAPS, 400,
                "the object provided is unrecognized (must be of type ConfigMap): couldn't "
                "get version/kind; json parse error: unexpected end of JSON input (<empty>)");
        assert_refused(asking, "POST " CONFIGMAPS "\nContent-Type: text/plain\n\n{}", 415,
                       "the body of the request was in an unknown format - accepted media types "
                       "include: application/json, application/yaml, "
                       "application/vnd.kubernetes.protobuf");
        assert_refused(asking,
                       "POST " THINGS "\n\n{\"metadata\": {\"name\": \"a\", \"labels\": {}}}", 400,
                       "the object provided is unrecognized (must be of type Thing): Object 'Kind' "
                       "is missing in '{\"metadata\": {\"name\": \"a\", \"labels\": {}}}' "
                       "({\"metadata\": {\"name\": \"a\", \"la ...)");
        assert_refused(asking, "PATCH " CONFIGMAPS "/a\nContent-Type: application/json\n\n{}", 415,
                       "415: Unsupported Media Type");
        assert_refused(asking,
                       "PATCH " THINGS
                       "/a\nContent-Type: application/strategic-merge-patch+json\n\n{}",
                       415,
                       "the body of the request was in an unknown format - accepted media types "
                       "include: application/json-patch+json, application/merge-patch+json, "
                       "application/apply-patch+yaml");
        assert_refused(asking,
                       "PATCH " CONFIGMAPS "/a\nContent-Type: application/merge-patch+json\n\n{",
                       404, "configmaps \"a\" not found");
        ask(asking, "POST " CONFIGMAPS "\n\n{\"metadata\":{\"name\":\"a\"}}");
        assert_refused(asking,
                       "PATCH " CONFIGMAPS "/a\nContent-Type: application/merge-patch+json\n\n{",
                       400, "error decoding patch: unexpected end of JSON input");
        assert_refused(asking,
                       "PATCH " CONFIGMAPS
                       "/a\nContent-Type: application/strategic-merge-patch+json\n\n{",
                       400, "unexpected end of JSON input");
        assert_refused(asking, "DELETE " CONFIGMAPS "/a\n\n{", 500,
                       "couldn't get version/kind; json parse error: unexpected end of JSON input");
        assert_refused(asking,
                       "DELETE " CONFIGMAPS "/a\n\n{\"kind\":\"Foo\",\"apiVersion\":\"v1\"}", 500,
                       "no kind \"Foo\" is registered for version \"v1\" in scheme "
                       "\"pkg/runtime/scheme.go:110\"");
        snprintf(big, sizeof big, "%s", "POST " CONFIGMAPS "\n\n");
        memset(big + strlen(big), 'a', sizeof big - strlen(big) - 1);
        assert_refused(asking, big, 413, "Request entity too large: limit is 3145728");
}

static void test_serve__checks_options(void **state) {
        struct asking *asking = *state;

        assert_refused(asking, "POST " CONFIGMAPS "?dryRun=Foo\n\n{}", 422,
                       "CreateOptions.meta.k8s.io \"\" is invalid: dryRun: Unsupported value: "
                       "[\"Foo\"]: supported values: \"All\"");
        assert_refused(asking, "PUT " CONFIGMAPS "/a?fieldValidation=Foo\n\n{}", 422,
                       "UpdateOptions.meta.k8s.io \"\" is invalid: fieldValidation: Unsupported "
                       "value: \"Foo\": supported values: \"\", \"Ignore\", \"Strict\", \"Warn\"");
        assert_refused(asking,
                       "PATCH " CONFIGMAPS
                       "/a?force=true\nContent-Type: application/merge-patch+json\n\n{}",
                       422,
                       "PatchOptions.meta.k8s.io \"\" is invalid: force: Forbidden: may not be "
                       "specified for non-apply patch");
        assert_refused(asking,
                       "PATCH " CONFIGMAPS "/a\nContent-Type: application/apply-patch+yaml\n\n{}",
                       422,
                       "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is "
                       "required for apply patch");
        assert_refused(asking, "DELETE " CONFIGMAPS "/a?propagationPolicy=Foo", 422,
                       "DeleteOptions.meta.k8s.io \"\" is invalid: propagationPolicy: Unsupported "
                       "value: \"Foo\": supported values: \"Foreground\", \"Background\", "
                       "\"Orphan\", \"nil\"");
        assert_refused(
                asking,
                "DELETE " CONFIGMAPS "/a?propagationPolicy=Background&orphanDependents=true", 422,
                "DeleteOptions.meta.k8s.io \"\" is invalid: propagationPolicy: Invalid value: "
                "\"Background\": orphanDependents and deletionPropagation cannot be both set");
        assert_refused(asking, "DELETE " CONFIGMAPS "/a?gracePeriodSeconds=abc", 400,
                       "strconv.ParseInt: parsing \"abc\": invalid syntax");
        assert_refused(asking, "DELETE " CONFIGMAPS "/a\n\n{\"gracePeriodSeconds\":\"a\"}", 500,
                       "json: cannot unmarshal string into Go struct field "
                       "DeleteOptions.gracePeriodSeconds of type int64");
        assert_refused(
                asking, "GET " CONFIGMAPS "/a?resourceVersion=abc", 500,
                "resourceVersion: Invalid value: \"abc\": strconv.ParseUint: parsing \"abc\": "
                "invalid syntax");
        ask(asking, "GET " CONFIGMAPS "/a?resourceVersion=1000000");
        assert_int_equal(asking->response.status, 504);
        assert_string_equal(asking_header(asking, "Retry-After"), "1");
}

static void test_serve__takes_the_manager_from_the_agent(void **state) {
        struct asking *asking = *state;
        const char *answer;

        ask(asking, "PATCH " CONFIGMAPS "/a?fieldManager=me\nContent-Type: "
                    "application/apply-patch+yaml\n\n"
                    "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {k: v}}");
        assert_int_equal(asking->response.status, 201);
        answer = ask(asking, "PATCH " CONFIGMAPS "/a\nUser-Agent: you/v1 (x)\nContent-Type: "
                             "application/merge-patch+json\n\n{\"data\":{\"l\":\"w\"}}");
        assert_non_null(strstr(answer, "\"manager\":\"me\""));
        assert_non_null(strstr(answer, "\"manager\":\"you\""));
}

static void test_serve__warns_in_headers(void **state) {
        struct asking *asking = *state;

        ask(asking, "POST " CONFIGMAPS "\n\n{\"metadata\":{\"name\":\"a\"},\"foo\":1}");
        assert_int_equal(asking->response.status, 201);
        assert_string_equal(asking_header(asking, "Warning"),
                            "299 - \"unknown field \\\"foo\\\"\"");
        assert_refused(asking,
                       "POST " CONFIGMAPS
                       "?fieldValidation=Strict\n\n{\"metadata\":{\"name\":\"b\"},\"foo\":1}",
                       400,
                       "ConfigMap in version \"v1\" cannot be handled as a ConfigMap: strict "
                       "decoding error: unknown field \"foo\"");
}

static void test_serve__shows_other_forms(void **state) {
        struct asking *asking = *state;

        ask(asking, "POST " THINGS "\nContent-Type: application/yaml\n\n"
                    "{apiVersion: example.dev/v1, kind: Thing, metadata: {name: a}, "
                    "spec: {replicas: 2}}");
        assert_int_equal(asking->response.status, 201);
        assert_non_null(strstr(ask(asking, "GET " THINGS "/a\nAccept: application/yaml"),
                               "\nkind: Thing\n"));
        assert_string_equal(asking->response.content_type, "application/yaml");
        assert_non_null(
                strstr(ask(asking, "GET " THINGS
                                   "/a\nAccept: application/json;as=Table;v=v1;g=meta.k8s.io"),
                       "\"rows\":[{\"cells\":[\"a\",\"0s\"],\"object\":{\"kind\":"
                       "\"PartialObjectMetadata\","
                       "\"apiVersion\":\"meta.k8s.io/v1\",\"metadata\":{"));
        assert_non_null(
                strstr(ask(asking, "GET " THINGS "/a\nAccept: "
                                   "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"),
                       "200 {\"kind\":\"PartialObjectMetadata\",\"apiVersion\":\"meta.k8s.io/v1\","
                       "\"metadata\":{"));
        assert_refused(asking,
                       "GET " THINGS "/a\nAccept: "
                       "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
                       406,
                       "you requested PartialObjectMetadataList, but the requested object is not a "
                       "list (*unstructured.Unstructured)");
        assert_refused(asking,
                       "GET " THINGS "/a?includeObject=Foo\nAccept: "
                       "application/json;as=Table;v=v1;g=meta.k8s.io",
                       400,
                       "Unable to convert to Table as requested: includeObject: Invalid value: "
                       "\"Foo\": must be 'Metadata', 'Object', 'None', or empty");
}

static void test_serve__scales(void **state) {
        struct asking *asking = *state;
        const char *answer;

        ask(asking, "POST " THINGS "\nContent-Type: application/yaml\n\n"
                    "{apiVersion: example.dev/v1, kind: Thing, metadata: {name: a}, "
                    "spec: {replicas: 2}}");
        answer = ask(asking, "GET " THINGS "/a/scale");
        assert_non_null(strstr(answer, "\"kind\":\"Scale\""));
        assert_non_null(strstr(answer, "\"spec\":{\"replicas\":2}"));
        answer = ask(asking, "PATCH " THINGS "/a/scale\nContent-Type: application/merge-patch+json"
                             "\n\n{\"spec\":{\"replicas\":5}}");
        assert_non_null(strstr(answer, "\"kind\":\"Scale\""));
        assert_non_null(strstr(answer, "\"spec\":{\"replicas\":5}"));
        answer = ask(asking, "GET " THINGS
                             "/a/scale\nAccept: application/json;as=Table;v=v1;g=meta.k8s.io");
        assert_non_null(strstr(answer, "\"cells\":[\"a\",5,0,\"0s\"]"));
        assert_non_null(strstr(ask(asking, "GET " THINGS "/a"), "\"replicas\":5"));
}

static void test_serve__evicts(void **state) {
        struct asking *asking = *state;

        ask(asking, "POST /api/v1/namespaces/default/pods\nContent-Type: application/yaml\n\n"
                    "{metadata: {name: p}, spec: {containers: [{name: c, image: i}]}}");
        assert_int_equal(asking->response.status, 201);
        assert_refused(asking, "POST /api/v1/namespaces/default/pods/p/eviction\n\n{}", 400,
                       "name in URL does not match name in Eviction object");
        assert_answer(asking,
                      "POST /api/v1/namespaces/default/pods/p/eviction\n\n"
                      "{\"metadata\":{\"name\":\"p\"},\"deleteOptions\":{\"dryRun\":[\"All\"]}}",
                      "201 {\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},"
                      "\"status\":\"Success\",\"code\":201}");
        ask(asking, "GET /api/v1/namespaces/default/pods/p");
        assert_int_equal(asking->response.status, 200);
        ask(asking, "POST /api/v1/namespaces/default/pods/p/eviction\n\n"
                    "{\"metadata\":{\"name\":\"p\"}}");
        assert_int_equal(asking->response.status, 201);
        ask(asking, "GET /api/v1/namespaces/default/pods/p");
        assert_int_equal(asking->response.status, 404);
}

static void test_serve__says_that_it_is_well(void **state) {
        struct asking *asking = *state;

        assert_answer(asking, "GET /healthz", "200 ok");
        assert_answer(asking, "GET /livez/ping", "200 ok");
        assert_answer(asking, "GET /readyz?verbose", "200 [+]ping ok\nreadyz check passed\n");
        assert_answer(asking, "GET /healthz/nosuch", NO_PAGE);
        assert_string_equal(asking->response.content_type, "text/plain; charset=utf-8");
}

static void test_serve__says_what_there_is_once(void **state) {
        struct asking *asking = *state;
        const char *tag;

        assert_non_null(strstr(ask(asking, "GET /api"), "\"versions\":[\"v1\"]"));
        assert_non_null(strstr(ask(asking, "GET /apis"), "\"example.dev\""));
        assert_non_null(strstr(ask(asking, "GET /apis/example.dev/v1"), "\"things/scale\""));
        assert_non_null(strstr(ask(asking, "GET /api/v1/"), "\"pods/eviction\""));
        assert_non_null(strstr(ask(asking, "GET /version"), "\"gitVersion\""));
        assert_non_null(strstr(ask(asking, "GET /openapi/v3"), "apis/example.dev/v1"));
        assert_non_null(
                strstr(ask(asking, "GET /openapi/v3/apis/example.dev/v1?hash=x"), "\"openapi\""));
        assert_answer(asking, "GET /openapi/v3/apis/nosuch/v1", "404 ");
        assert_non_null(strstr(ask(asking, "GET /"), "\"/apis/example.dev/v1\""));

        ask(asking, "GET /apis\nAccept: application/json;g=apidiscovery.k8s.io;v=v2;"
                    "as=APIGroupDiscoveryList,application/json");
        assert_string_equal(asking->response.content_type,
                            "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList");
        tag = arena_strdup(&asking->fixture.arena, asking_header(asking, "ETag"));
        assert_answer(asking,
                      arena_printf(&asking->fixture.arena,
                                   "GET /apis\nAccept: application/json;g=apidiscovery.k8s.io;v=v2;"
                                   "as=APIGroupDiscoveryList,application/json\nIf-None-Match: %s",
                                   tag),
                      "304 ");
        ask(asking, arena_printf(&asking->fixture.arena, "GET /apis\nIf-None-Match: %s", tag));
        assert_int_equal(asking->response.status, 200);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_serve__knows_its_paths),
                TEST(test_serve__refuses_what_it_leaves_out),
                TEST(test_serve__creates_reads_and_writes),
                TEST(test_serve__answers_a_deletion_with_what_waits),
                TEST(test_serve__wants_a_body_it_can_read),
                TEST(test_serve__checks_options),
                TEST(test_serve__takes_the_manager_from_the_agent),
                TEST(test_serve__warns_in_headers),
                TEST(test_serve__shows_other_forms),
                TEST(test_serve__scales),
                TEST(test_serve__evicts),
                TEST(test_serve__says_that_it_is_well),
                TEST(test_serve__says_what_there_is_once),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
