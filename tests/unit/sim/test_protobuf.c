#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "asking.h"
#include "serve/protobuf.h"

enum { TEXT_MAX = 1 << 20, BODY_MAX = 512 };

#define NAMESPACES "POST /api/v1/namespaces\nContent-Type: application/vnd.kubernetes.protobuf"

/* kubectl create namespace x */
#define NAMESPACE                                                                                  \
        "6b387300 0a0f0a02763112094e616d657370616365 "                                             \
        "12190a110a017812001a0022002a0032003800420012001a020a00 1a002200"

static unsigned digit(char c) {
        return c <= '9' ? (unsigned)(c - '0') : (unsigned)(c - 'a' + 10);
}

/* Spaces do not count. */
static struct bytes unhex(const char *hex, struct arena *arena) {
        char *out = arena_alloc(arena, BODY_MAX);
        size_t n = 0;

        for (const char *at = hex; *at; at++) {
                if (*at == ' ')
                        continue;
                assert_true(n < BODY_MAX);
                out[n++] = (char)(digit(at[0]) << 4 | digit(at[1]));
                at++;
        }
        return (struct bytes){ out, n };
}

/* The JSON of a body, or why it has none. */
static const char *decoded(const char *hex, struct arena *arena) {
        struct strbuf out STRBUF_CLEANUP = STRBUF_INIT(TEXT_MAX);
        struct json *tree JSON_CLEANUP = NULL;
        struct protobuf_body body;
        struct err err;

        if (protobuf_open(unhex(hex, arena), arena, &body, &err) < 0)
                return arena_strdup(arena, err.msg);
        if (!protobuf_knows(&body))
                return arena_printf(arena, "no %s %s", body.api_version, body.kind);
        if (protobuf_object(&body, arena, &tree, &err) < 0)
                return arena_strdup(arena, err.msg);
        json_write(tree, &out);
        return arena_strdup(arena, strbuf_str(&out));
}

struct row {
        const char *hex, *json;
};

static void check(const struct row *rows, size_t n) {
        for (size_t i = 0; i < n; i++) {
                struct arena arena ARENA_CLEANUP = ARENA_INIT;

                assert_string_equal(decoded(rows[i].hex, &arena), rows[i].json);
        }
}

static void test_protobuf__reads_what_kubectl_sends(void **state) {
        static const struct row rows[] = {
                { NAMESPACE,
                  "{\"kind\":\"Namespace\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"x\"},"
                  "\"spec\":{},\"status\":{}}" },
                { "6b387300 0a0f0a0276311209436f6e6669674d6170 121c0a120a016312001a017822002a00320"
                  "03800420012060a01611201621a002200",
                  "{\"kind\":\"ConfigMap\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"c\","
                  "\"namespace\":\"x\"},\"data\":{\"a\":\"b\"}}" },
                { "6b387300 0a280a1861757468656e7469636174696f6e2e6b38732e696f2f7631120c546f6b656e"
                  "52657175657374 121a0a100a0012001a0022002a0032003800420012001a040a0012001a002200",
                  "{\"kind\":\"TokenRequest\",\"apiVersion\":\"authentication.k8s.io/v1\","
                  "\"metadata\":{},\"spec\":{},\"status\":{\"token\":\"\"}}" },
        };

        (void)state;
        check(rows, sizeof rows / sizeof rows[0]);
}

static void test_protobuf__answers_in_json(void **state) {
        struct asking *asking = *state;
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        const char *answer = ask_with(asking,
                                      NAMESPACES "\nAccept: "
                                                 "application/vnd.kubernetes.protobuf,application/"
                                                 "json",
                                      unhex(NAMESPACE, &arena));

        assert_ptr_equal(strstr(answer, "201 {\"kind\":\"Namespace\""), answer);
        assert_string_equal(asking->response.content_type, "application/json");
}

static int setup(void **state) {
        static struct asking asking;

        asking_init(&asking, false);
        *state = &asking;
        return 0;
}

static int teardown(void **state) {
        asking_deinit(*state);
        return 0;
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_protobuf__reads_what_kubectl_sends),
                cmocka_unit_test_setup_teardown(test_protobuf__answers_in_json, setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
