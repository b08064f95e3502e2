#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kinds/jsonpath.h"
#include "llc/sys/yaml.h"

static const char OBJECT[] =
        "{spec: {replicas: 3, half: 0.5, paused: false, none: null, names: [a, b, c]},"
        " metadata: {labels: {app.io/x: why, plain: p}},"
        " status: {conditions: ["
        "  {type: Ready, status: \"True\", age: 5},"
        "  {type: Available, status: \"False\", age: 7, message: m}]}}";

static struct json *object(void) {
        struct json *json;
        struct err err;

        assert_int_equal(yaml_parse(bytes_of(OBJECT), &json, &err), 0);
        return json;
}

/* What a column of type string shows. */
static void test_jsonpath__finds_as_a_column_shows(void **state) {
        static const struct {
                const char *path, *text; /* NULL: nothing */
        } cases[] = {
                { ".spec.replicas", "3" },
                { ".spec.half", "0.5" },
                { ".spec.paused", "false" },
                { ".spec.none", "<no value>" },
                { ".spec.absent", NULL },
                { ".spec.replicas.absent", NULL },
                { ".spec.names", "[\"a\",\"b\",\"c\"]" },
                { ".spec.names[0]", "a" },
                { ".spec.names[-1]", "c" },
                { ".spec.names[-1:]", "c" },
                { ".spec.names[1:2]", "b" },
                { ".spec.names[:1]", "a" },
                { ".spec.names[3]", NULL },
                { ".spec.names[-4]", NULL },
                { ".spec.names[1:1]", NULL },
                { ".spec.names[*]", "a" },
                { ".spec.replicas[0]", NULL },
                { ".status.conditions[*].type", "Ready" },
                { ".status.conditions[*].message", "m" },
                { ".metadata.labels.plain", "p" },
                { ".metadata.labels.app\\.io/x", "why" },
                { ".metadata.labels['app\\.io/x']", "why" },
                { ".metadata.labels['app.io/x']", NULL },
                { "['metadata.labels.plain']", "p" },
                { ".metadata['labels'].plain", "p" },
                { ".status.conditions[?(@.type==\"Ready\")].status", "True" },
                { ".status.conditions[?(@.type == 'Available')].status", "False" },
                { ".status.conditions[?( @.type != 'Ready' )].status", "False" },
                { ".status.conditions[?(@.type=='No')].status", NULL },
                { ".status.conditions[?(@.age > 5)].type", "Available" },
                { ".status.conditions[?(@.age >= 5)].type", "Ready" },
                { ".status.conditions[?(@.age < 7)].type", "Ready" },
                { ".status.conditions[?(@.age <= 4)].type", NULL },
                { ".status.conditions[?(@.message)].type", "Available" },
                { ".status.conditions[?(@.message=='m')].type", "Available" },
                { ".status.conditions[?(@.age=='5')].type", NULL },
                { ".spec[?(@.x=='y')]", NULL },
        };
        struct json *json JSON_CLEANUP = object();

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(4096);
                bool found = jsonpath_text(json, cases[i].path, &text);

                if (found != (cases[i].text != NULL) ||
                    (found && !text_equal(strbuf_str(&text), cases[i].text)))
                        fail_msg("%s: %s", cases[i].path, found ? strbuf_str(&text) : "nothing");
                assert_true(jsonpath_valid(cases[i].path));
        }
}

static void test_jsonpath__gives_the_value_itself(void **state) {
        struct json *json JSON_CLEANUP = object();

        (void)state;
        assert_ptr_equal(jsonpath_first(json, ".spec.replicas"),
                         json_get(json_get(json, "spec"), "replicas"));
        assert_null(jsonpath_first(json, ".spec.none"));
        assert_null(jsonpath_first(json, ".spec.absent"));
        assert_null(jsonpath_first(json, "..replicas"));
        assert_null(jsonpath_first(NULL, ".spec"));
}

static void test_jsonpath__knows_what_it_cannot_read(void **state) {
        static const char *const paths[] = {
                "",
                "spec",
                ".",
                "..spec",
                ".spec.",
                ".a[",
                ".a[\"b\"]",
                ".a[]",
                ".a['x'",
                ".a['x','y']",
                ".a[0,1]",
                ".a[x]",
                ".a[?(@.b==)]",
                ".a[?(b=='c')]",
                ".a[?(@.b=='c']",
                ".a b",
                ".a[0:1:2]",
        };

        (void)state;
        for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
                if (jsonpath_valid(paths[i]))
                        fail_msg("%s", paths[i]);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_jsonpath__finds_as_a_column_shows),
                cmocka_unit_test(test_jsonpath__gives_the_value_itself),
                cmocka_unit_test(test_jsonpath__knows_what_it_cannot_read),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
