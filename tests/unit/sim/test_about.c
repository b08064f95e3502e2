#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "llc/sys/yaml.h"
#include "serve/serve.h"
#include "verbs/agenda.h"

/* A server with one definition, as if just started. */
struct started {
        struct sim sim;
        struct server server;
        struct arena arena;
};

static void start(struct started *started, const char *description) {
        struct json *definition JSON_CLEANUP = NULL;
        const char *text;
        struct err err;

        *started = (struct started){ .server = { .sim = &started->sim } };
        started->sim.storage = storage_new(&STORAGE_LIMITS_DEFAULT);
        started->sim.agenda = agenda_new(&(struct agenda_options){ .is_virtual = true });
        assert_int_equal(kinds_new(started->sim.storage, &started->sim.kinds, &err), 0);
        text = arena_printf(&started->arena,
                            "{metadata: {name: widgets.example.com}, spec: {group: example.com,"
                            " scope: Cluster, names: {plural: widgets, singular: widget,"
                            " kind: Widget, listKind: WidgetList}, versions: [{name: v1,"
                            " served: true, storage: true, schema: {openAPIV3Schema:"
                            " {type: object, description: %s}}}]}}",
                            description);
        assert_int_equal(yaml_parse(bytes_of(text), &definition, &err), 0);
        assert_int_equal(kinds_define(started->sim.kinds, definition, &err), 0);
}

static void stop(struct started *started) {
        kinds_free(started->sim.kinds);
        storage_free(started->sim.storage);
        agenda_free(started->sim.agenda);
        arena_deinit(&started->arena);
}

/* The answer's ETag, in the server's arena. */
static const char *asked(struct started *started, const char *target, const char *known,
                         int expected) {
        struct http_request request = { .method = "GET", .target = target, .if_none_match = known };
        struct http_response response = { .arena = &started->arena };
        const char *tag = NULL;

        serve(&started->server, &request, &response);
        assert_int_equal(response.status, expected);
        assert_int_equal(response.body.len == 0, expected == 304);
        for (size_t i = 0; i < response.n_headers; i++)
                if (strcmp(response.headers[i].name, "ETag") == 0)
                        tag = arena_strdup(&started->arena, response.headers[i].value);
        http_response_deinit(&response);
        assert_non_null(tag);
        return tag;
}

static void test_about__is_not_said_twice(void **state) {
        static const char *const targets[] = { "/api", "/apis", "/api/v1", "/openapi/v3",
                                               "/openapi/v3/apis/example.com/v1" };
        struct started started;

        (void)state;
        start(&started, "Round.");
        for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
                const char *tag = asked(&started, targets[i], NULL, 200);

                assert_string_equal(asked(&started, targets[i], tag, 304), tag);
                asked(&started, targets[i], "\"0\"", 200);
        }
        stop(&started);
}

/* kubectl keeps what it was told on disk, and the next server may have the same address. */
static void test_about__another_servers_answer_is_not_this_ones(void **state) {
        static const char target[] = "/openapi/v3/apis/example.com/v1";
        struct started one, other;
        const char *tag;

        (void)state;
        start(&one, "Round.");
        start(&other, "Square.");
        tag = asked(&one, target, NULL, 200);
        assert_string_not_equal(asked(&other, target, tag, 200), tag);
        assert_string_not_equal(asked(&other, "/openapi/v3", asked(&one, "/openapi/v3", NULL, 200),
                                      200),
                                tag);
        assert_string_equal(asked(&one, "/apis", NULL, 200), asked(&other, "/apis", NULL, 200));
        stop(&one);
        stop(&other);
}

/* Which is what kubectl asks for when version 3 does not tell of a kind. */
static void test_about__tells_of_no_kind_in_openapi_2(void **state) {
        static const char protobuf[] = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";
        struct http_request request = { .method = "GET", .target = "/openapi/v2" };
        struct http_response response;
        struct started started;

        (void)state;
        start(&started, "Round.");
        response = (struct http_response){ .arena = &started.arena };
        serve(&started.server, &request, &response);
        assert_int_equal(response.status, 200);
        assert_non_null(strstr(strbuf_str(&response.body), "\"definitions\":{}"));
        http_response_deinit(&response);

        request.accept = protobuf;
        response = (struct http_response){ .arena = &started.arena };
        serve(&started.server, &request, &response);
        assert_int_equal(response.status, 200);
        assert_string_equal(response.content_type, protobuf);
        assert_true(bytes_is(strbuf_bytes(&response.body), "\n\0032.0"));
        http_response_deinit(&response);
        stop(&started);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_about__is_not_said_twice),
                cmocka_unit_test(test_about__tells_of_no_kind_in_openapi_2),
                cmocka_unit_test(test_about__another_servers_answer_is_not_this_ones),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
