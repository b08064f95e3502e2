#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "llc/base/strbuf.h"
#include "llc/sys/file.h"
#include "llc/sys/yaml.h"
#include "schema/cel.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static struct json *parsed(const char *text) {
        struct json *json;
        struct err err;

        if (yaml_parse(bytes_of(text), &json, &err) < 0)
                fail_msg("%s: %s", text, err.msg);
        return json;
}

/* schema with its rules, in YAML; before NULL = none. The errors at "spec", as one text. */
static const char *checked(struct arena *arena, const char *schema_text, const char *value_text,
                           const char *before_text) {
        struct json *source JSON_CLEANUP = parsed(schema_text);
        struct json *value JSON_CLEANUP = parsed(value_text);
        struct json *before JSON_CLEANUP = before_text ? parsed(before_text) : NULL;
        struct field_errors errors = { .arena = arena };
        const struct schema *schema;
        const struct cel_rule *rules;
        struct err err;
        size_t n;

        if (schema_compile(source, NULL, arena, &schema, &err) < 0 ||
            cel_rules_compile(json_get(source, "x-kubernetes-validations"), arena, &rules, &n,
                              &err) < 0)
                fail_msg("%s: %s", schema_text, err.msg);
        cel_rules_check(rules, n, schema, value, before, "spec", &errors);
        return errors.n > 0 ? field_errors_text(&errors) : "";
}

/* The rule's other members, and what the API server says when it fails. */
static void test_cel__messages_as_the_api_servers(void **state) {
        static const struct {
                const char *rest, *says;
        } cases[] = {
                { "", "spec: Invalid value: \"object\": failed rule: self.a == 'y'" },
                { ", message: ' said so '", "spec: Invalid value: \"object\": said so" },
                { ", message: said so, fieldPath: .a",
                  "spec.a: Invalid value: \"object\": said so" },
                { ", message: said so, fieldPath: .b.c",
                  "spec.b.c: Invalid value: \"object\": said so" },
                { ", message: said so, fieldPath: \".m['k.x']\"",
                  "spec.m[k.x]: Invalid value: \"object\": said so" },
                { ", message: said so, reason: FieldValueInvalid",
                  "spec: Invalid value: \"object\": said so" },
                { ", message: said so, reason: FieldValueForbidden", "spec: Forbidden: said so" },
                { ", message: said so, reason: FieldValueRequired",
                  "spec: Required value: said so" },
                { ", message: said so, reason: FieldValueDuplicate",
                  "spec: Duplicate value: \"object\"" },
                { ", messageExpression: \"'not ' + self.a\", message: said so",
                  "spec: Invalid value: \"object\": not x" },
                { ", messageExpression: \"''\", message: said so",
                  "spec: Invalid value: \"object\": said so" },
                { ", messageExpression: \"'a\\\\nb'\", message: said so",
                  "spec: Invalid value: \"object\": said so" },
                { ", messageExpression: string(1/0)",
                  "spec: Invalid value: \"object\": failed rule: self.a == 'y'" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct arena arena ARENA_CLEANUP = ARENA_INIT;
                const char *schema =
                        arena_printf(&arena,
                                     "{type: object, properties: {a: {type: string}},"
                                     " x-kubernetes-validations: [{rule: \"self.a == 'y'\"%s}]}",
                                     cases[i].rest);

                assert_string_equal(checked(&arena, schema, "{a: x}", NULL), cases[i].says);
        }
}

static void test_cel__shows_the_schemas_type(void **state) {
        static const struct {
                const char *schema, *value, *shown;
        } cases[] = {
                { "type: string", "v", "string" },
                { "type: integer", "1", "integer" },
                { "type: number", "1.5", "number" },
                { "type: boolean", "true", "boolean" },
                { "type: array, items: {type: string}", "[v]", "array" },
                { "type: object, additionalProperties: {type: string}", "{a: b}", "object" },
                { "x-kubernetes-int-or-string: true", "5", "" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct arena arena ARENA_CLEANUP = ARENA_INIT;
                const char *schema = arena_printf(
                        &arena, "{%s, x-kubernetes-validations: [{rule: 'false', message: never}]}",
                        cases[i].schema);

                assert_string_equal(checked(&arena, schema, cases[i].value, NULL),
                                    arena_printf(&arena, "spec: Invalid value: \"%s\": never",
                                                 cases[i].shown));
        }
}

static void test_cel__errors_are_failures(void **state) {
        static const struct {
                const char *rule, *says;
        } cases[] = {
                { "self.no == 1", "no such key: no evaluating rule: said so" },
                { "self.a > 1", "'no such overload': call arguments did not match a supported "
                                "operator, function or macro signature for rule: said so" },
                { "self.l.all(a, self.l.all(b, self.l.all(c, self.l.all(d, self.l.all(e, a + b + c "
                  "+ d + e >= 0)))))",
                  "'operation cancelled: actual cost limit exceeded': no further validation rules "
                  "will be run due to call cost exceeds limit for rule: said so" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct arena arena ARENA_CLEANUP = ARENA_INIT;
                const char *schema =
                        arena_printf(&arena,
                                     "{type: object, x-kubernetes-preserve-unknown-fields: true,"
                                     " x-kubernetes-validations: [{rule: '%s', message: said so, "
                                     "fieldPath: .a}]}",
                                     cases[i].rule);

                assert_string_equal(
                        checked(&arena, schema,
                                "{a: x, l: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]}", NULL),
                        arena_printf(&arena, "spec: Invalid value: \"object\": %s", cases[i].says));
        }
}

static const char *changed(struct arena *arena, const char *rule, const char *value,
                           const char *before) {
        return checked(arena,
                       arena_printf(arena,
                                    "{type: object, properties: {a: {type: integer}},"
                                    " x-kubernetes-validations: [{rule: '%s', message: never}]}",
                                    rule),
                       value, before);
}

static void test_cel__rules_on_a_change_need_one(void **state) {
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        const char *no = "spec: Invalid value: \"object\": never";

        (void)state;
        assert_string_equal(changed(&arena, "self == oldSelf", "{a: 1}", NULL), "");
        assert_string_equal(changed(&arena, "self == oldSelf", "{a: 1}", "{a: 1}"), "");
        assert_string_equal(changed(&arena, "self == oldSelf", "{a: 1}", "{a: 2}"), no);
        /* not ratcheted */
        assert_string_equal(changed(&arena, "self != oldSelf", "{a: 1}", "{a: 1}"), no);
}

static void test_cel__what_was_wrong_before_may_stay(void **state) {
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        const char *no = "spec: Invalid value: \"object\": never";

        (void)state;
        assert_string_equal(changed(&arena, "self.a > 9", "{a: 1}", NULL), no);
        assert_string_equal(changed(&arena, "self.a > 9", "{a: 1}", "{a: 2}"), no);
        assert_string_equal(changed(&arena, "self.a > 9", "{a: 1}", "{a: 1}"), "");
}

static void test_cel__old_self_may_be_optional(void **state) {
        static const struct {
                const char *rule;
                bool on_creation, on_change;
        } cases[] = {
                { "oldSelf.hasValue()", false, true },
                { "!oldSelf.hasValue()", true, false },
                { "oldSelf.orValue(self) == self", true, false },
                { "!oldSelf.hasValue() || oldSelf.value().a < self.a", true, true },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct arena arena ARENA_CLEANUP = ARENA_INIT;
                const char *schema = arena_printf(
                        &arena,
                        "{type: object, properties: {a: {type: integer}},"
                        " x-kubernetes-validations: [{rule: '%s', optionalOldSelf: true}]}",
                        cases[i].rule);

                assert_int_equal(checked(&arena, schema, "{a: 2}", NULL)[0] == '\0',
                                 cases[i].on_creation);
                assert_int_equal(checked(&arena, schema, "{a: 2}", "{a: 1}")[0] == '\0',
                                 cases[i].on_change);
        }
}

static void test_cel__the_root_has_no_path(void **state) {
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        struct json *source JSON_CLEANUP =
                parsed("{type: object, x-kubernetes-validations: [{rule: 'false', message: never},"
                       " {rule: 'false', message: never, fieldPath: .spec}]}");
        struct field_errors errors = { .arena = &arena };
        const struct schema *schema;
        const struct cel_rule *rules;
        struct err err;
        size_t n;

        (void)state;
        assert_int_equal(schema_compile(source, NULL, &arena, &schema, &err), 0);
        assert_int_equal(cel_rules_compile(json_get(source, "x-kubernetes-validations"), &arena,
                                           &rules, &n, &err),
                         0);
        cel_rules_check(rules, n, schema, source, NULL, "", &errors);
        assert_string_equal(field_errors_text(&errors),
                            "[<nil>: Invalid value: \"object\": never, spec: Invalid value: "
                            "\"object\": never]");
}

static void test_cel__refuses_what_it_does_not_know(void **state) {
        static const struct {
                const char *rule, *message;
        } cases[] = {
                { "self.a.find('x') == ''",
                  "llc-sim does not know the function find with 1 arguments" },
                { "quantity(self.a).isInteger()",
                  "llc-sim does not know the function quantity with 1 arguments" },
                { "self.?a.orValue('') == ''", "llc-sim does not know optional fields" },
                { "self[?'a'].orValue('') == ''", "llc-sim does not know optional fields" },
                { "[?self.a] == []", "syntax error at \"[?\"" },
                { "self.all(k, true, true)", "llc-sim does not know a macro with 3 arguments" },
                { "self.a == b''", "llc-sim does not know literals of bytes" },
                { "self.a == 5u", "llc-sim does not know unsigned integers" },
                { "params.a == 5", "undeclared reference to 'params'" },
                { "has(self)", "invalid argument to has() macro" },
                { "self.a ==", "syntax error at the end" },
                { "self.a 5", "syntax error at a literal" },
                { "self.a == 'x", "a text without its closing quote" },
                { "self.a == '\\q'", "invalid escape sequence in a text" },
                { "self.a = 5", "syntax error at \"=\"" },
                { "9223372036854775808 > 0", "invalid int literal" },
                { "self.a.matches('[a')", "error parsing regexp: missing closing ]: `[a`" },
                { "", "there is no rule" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct arena arena ARENA_CLEANUP = ARENA_INIT;
                struct json *rules_json JSON_CLEANUP = json_new_array();
                struct json *rule = json_new_object();
                const struct cel_rule *rules;
                struct err err;
                size_t n;

                json_set_str(rule, "rule", cases[i].rule);
                json_append(rules_json, rule);
                assert_int_equal(cel_rules_compile(rules_json, &arena, &rules, &n, &err), -1);
                assert_int_equal(err.code, ERR_INVALID);
                assert_string_equal(err.msg, arena_printf(&arena, "rule %s: %s", cases[i].rule,
                                                          cases[i].message));
        }
}

static void test_cel__wants_a_list_of_rules(void **state) {
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        struct json *word JSON_CLEANUP = parsed("word");
        struct json *words JSON_CLEANUP = parsed("[word]");
        const struct cel_rule *rules;
        struct err err;
        size_t n = 1;

        (void)state;
        assert_int_equal(cel_rules_compile(word, &arena, &rules, &n, &err), -1);
        assert_int_equal(cel_rules_compile(words, &arena, &rules, &n, &err), -1);
        assert_int_equal(cel_rules_compile(NULL, &arena, &rules, &n, &err), 0);
        assert_int_equal(n, 0);
}

/* Depth is capped, so that a rule cannot use up the stack. */
static void test_cel__caps_its_depth(void **state) {
        static const char *const parts[] = { "(", "[", "!", "-", "self.all(x,", "true ? true : " };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
                struct arena arena ARENA_CLEANUP = ARENA_INIT;
                struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(16384);
                const struct cel_rule *rules;
                struct json *list JSON_CLEANUP = json_new_array();
                struct err err;
                size_t n;

                for (int j = 0; j < 1000; j++)
                        strbuf_puts(&text, parts[i]);
                json_append(list, json_new_object());
                json_set_str(json_at_mut(list, 0), "rule", strbuf_str(&text));
                assert_int_equal(cel_rules_compile(list, &arena, &rules, &n, &err), -1);
                assert_non_null(strstr(err.msg, "too deeply"));
        }
}

/* Compiles every rule below json; returns how many there are. */
static size_t rules_below(const struct json *json, struct arena *arena) {
        const struct json *member;
        const struct cel_rule *rules;
        size_t found = 0, n;
        const char *key;
        struct err err;

        if (json_kind(json) == JSON_ARRAY)
                for (size_t i = 0; i < json_length(json); i++)
                        found += rules_below(json_at(json, i), arena);
        if (json_kind(json) != JSON_OBJECT)
                return found;
        for (void *cursor = NULL; json_next(json, &cursor, &key, &member);) {
                if (strcmp(key, "x-kubernetes-validations") != 0) {
                        found += rules_below(member, arena);
                        continue;
                }
                if (cel_rules_compile(member, arena, &rules, &n, &err) < 0)
                        fail_msg("%s", err.msg);
                found += n;
        }
        return found;
}

static void test_cel__knows_all_rules_of_our_definition(void **state) {
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        struct json *definition JSON_CLEANUP = NULL;
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(1u << 20);
        struct err err;

        (void)state;
        assert_int_equal(file_read(LLC_SOURCE_DIR "/crds/longlivedcanaries.argo-canary.dev.yaml",
                                   &text, &err),
                         0);
        assert_int_equal(yaml_parse(strbuf_bytes(&text), &definition, &err), 0);
        assert_int_equal(rules_below(definition, &arena), 23);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_cel__messages_as_the_api_servers),
                cmocka_unit_test(test_cel__shows_the_schemas_type),
                cmocka_unit_test(test_cel__errors_are_failures),
                cmocka_unit_test(test_cel__rules_on_a_change_need_one),
                cmocka_unit_test(test_cel__what_was_wrong_before_may_stay),
                cmocka_unit_test(test_cel__old_self_may_be_optional),
                cmocka_unit_test(test_cel__the_root_has_no_path),
                cmocka_unit_test(test_cel__refuses_what_it_does_not_know),
                cmocka_unit_test(test_cel__wants_a_list_of_rules),
                cmocka_unit_test(test_cel__caps_its_depth),
                cmocka_unit_test(test_cel__knows_all_rules_of_our_definition),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
