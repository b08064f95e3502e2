/*
 * What the API server's own evaluation (Kubernetes 1.34) says of each rule.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "llc/base/strbuf.h"
#include "schema/cel_eval.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define FAILS             "false"

struct verdict {
        const char *rule;
        const char *says; /* NULL: it holds; FAILS; or the error */
};

static const char PLAIN_SCHEMA[] =
        "{\"type\":\"object\",\"properties\":{\"s\":{\"type\":\"string\"},\"i\":{\"type\":"
        "\"integer\"},"
        "\"n\":{\"type\":\"number\"},\"b\":{\"type\":\"boolean\"},"
        "\"l\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},"
        "\"il\":{\"type\":\"array\",\"items\":{\"type\":\"integer\"}},"
        "\"m\":{\"type\":\"object\",\"additionalProperties\":{\"type\":\"string\"}},"
        "\"o\":{\"type\":\"object\",\"properties\":{\"x\":{\"type\":\"string\"}}},"
        "\"x\":{\"x-kubernetes-int-or-string\":true},\"y\":{\"x-kubernetes-int-or-string\":true}}}";

static struct json *parsed(const char *text) {
        struct json *json;
        struct err err;

        if (json_parse(bytes_of(text), &JSON_LIMITS_OBJECT, &json, &err) < 0)
                fail_msg("%s: %s", text, err.msg);
        return json;
}

static const char *said(struct cel_run *run, const char *rule, const struct schema *schema,
                        const struct json *self) {
        struct cel_value none = { .type = CEL_ERROR }, value, result;
        const struct cel_node *root;
        bool uses_old_self;
        struct err err;

        if (cel_parse(bytes_of(rule), run->arena, &root, &uses_old_self, &err) < 0)
                fail_msg("%s: %s", rule, err.msg);
        value = cel_of_json(run, self, schema);
        result = cel_evaluate(run, root, &value, &none);
        if (result.type == CEL_BOOL)
                return result.truth ? NULL : FAILS;
        assert_int_equal(result.type, CEL_ERROR);
        return arena_copy(run->arena, result.text);
}

static void assert_verdicts(const char *schema_text, const char *value_text,
                            const struct verdict *verdicts, size_t n) {
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        struct json *source JSON_CLEANUP = parsed(schema_text);
        struct json *value JSON_CLEANUP = parsed(value_text);
        const struct schema *schema;
        struct err err;

        assert_int_equal(schema_compile(source, NULL, &arena, &schema, &err), 0);
        for (size_t i = 0; i < n; i++) {
                struct cel_run run = { .arena = &arena, .cost_left = CEL_COST_MAX };
                const char *says = said(&run, verdicts[i].rule, schema, value);

                if (!text_equal(says, verdicts[i].says) && (says || verdicts[i].says))
                        fail_msg("%s: %s", verdicts[i].rule, says ? says : "holds");
        }
}

static const struct verdict PLAIN_VALUES[] = {
        { "self.i == 7", NULL },
        { "self.i != 7", FAILS },
        { "self.i + 1 == 8 && self.i - 1 == 6 && self.i * 2 == 14 && self.i / 2 == 3 && self.i % 4 "
          "== 3",
          NULL },
        { "-self.i == -7", NULL },
        { "self.i / 0 == 1", "division by zero" },
        { "self.i % 0 == 1", "modulus by zero" },
        { "self.i + 9223372036854775807 > 0", "integer overflow" },
        { "-(-9223372036854775808) > 0", "integer overflow" },
        { "-9223372036854775808 < 0", NULL },
        { "-7 / 2 == -3 && -7 % 2 == -1", NULL },
        { "self.n * 2.0 == 5.0", NULL },
        { "self.n > 2", NULL },
        { "2 < self.n && self.n < 3", NULL },
        { "self.n == 2.5", NULL },
        { "1.0 / 0.0 > 1e300", NULL },
        { "dyn(self.i) == 7.0", NULL },
        { "0x1F == 31 && 1e3 == 1000.0 && .5 == 0.5", NULL },
        { "self.x == 3", NULL },
        { "self.x > 2", NULL },
        { "self.y > 2", "no such overload" },
        { "self.y == 3", FAILS },
        { "self.x + 1 == 4", NULL },
        { "self.y + 1 == 4", "no such overload" },
        { "'a' < 'b' && 'a' < 'aa' && 'B' < 'a'", NULL },
        { "self.s + '!' == 'h\\u00e9llo!'", NULL },
        { "false < true", NULL },
        { "self.b", NULL },
        { "!self.b", FAILS },
        { "self.b ? self.i == 7 : self.i / 0 == 1", NULL },
        { "!self.b ? self.i / 0 == 1 : true", NULL },
        { "self.i / 0 == 1 || true", NULL },
        { "true || self.i / 0 == 1", NULL },
        { "self.i / 0 == 1 && false", FAILS },
        { "self.i / 0 == 1 || false", "division by zero" },
        { "self.i / 0 == 1 && true", "division by zero" },
        { "self.y > 1 || self.i == 7", NULL },
        { "self.y > 1 && self.i == 7", "no such overload" },
        { "self.l.all(x, x == 'a' || 1/0 == 1)", "division by zero" },
        { "self.l.exists(x, x == 'b' || 1/0 == 1)", NULL },
        { "self.l.exists(x, 1/0 == 1)", "division by zero" },
        { "has(self.s)", NULL },
        { "has(self.o.x) && !has(self.o.x) || true", NULL },
        { "self.o.x == '1'", NULL },
        { "self.m.k == 'v'", NULL },
        { "self.m['a.b'] == 'c'", NULL },
        { "self.m['no'] == 'c'", "no such key: no" },
        { "self.m.no == 'c'", "no such key: no" },
        { "has(self.m.no)", FAILS },
        { "'k' in self.m && !('no' in self.m)", NULL },
        { "self.l[0] == 'a'", NULL },
        { "self.l[3] == 'a'", "index out of bounds: 3" },
        { "self.l[-1] == 'a'", "index out of bounds: -1" },
        { "'b' in self.l", NULL },
        { "self.i in [1, 7]", NULL },
        { "self.i in [1, 2]", FAILS },
        { "'a' in {'a': 1}", NULL },
        { "{'a': 1}.a == 1", NULL },
        { "{'a': 1, 'b': 2} == {'b': 2, 'a': 1}", NULL },
        { "[1, 2] == [2, 1]", FAILS },
        { "[1, 2] + [3] == [1, 2, 3]", NULL },
        { "self.il == [1, 2, 3]", NULL },
        { "self.l != ['a', 'b']", NULL },
        { "self.m == {'k': 'v', 'a.b': 'c'}", NULL },
        { "[[1]] == [[1]]", NULL },
        { "{'a': {'b': [1]}} == {'a': {'b': [1]}}", NULL },
        { "size(self.s) == 5", NULL },
        { "self.s.size() == 5", NULL },
        { "size(self.l) == 3 && size(self.m) == 2 && self.l.size() == 3 && size([]) == 0 && "
          "size({}) == 0",
          NULL },
        { "size('😀') == 1", NULL },
        { "self.s.startsWith('h') && self.s.endsWith('llo') && self.s.contains('ll')", NULL },
        { "self.s.startsWith('') && self.s.endsWith('') && self.s.contains('')", NULL },
        { "self.s.startsWith('héllo!')", FAILS },
        { "self.s.matches('^h.llo$')", NULL },
        { "self.s.matches('l{2}')", NULL },
        { "matches(self.s, 'l')", NULL },
        { "self.s.matches('x')", FAILS },
        { "self.s.matches(self.m.k)", FAILS },
        { "self.s.matches('(' + self.m.k)", "error parsing regexp: missing closing ): `(v`" },
        { "type(self.i) == int && type(self.s) == string && type(self.n) == double && type(self.b) "
          "== bool && type(self.l) == list && type(self.m) == map && type(null) == null_type && "
          "type(int) == type",
          NULL },
        { "type(self.x) == int", NULL },
        { "type(self.y) == int", FAILS },
        { "type(self.x) == int ? self.x >= 1 : self.y.matches('^([1-9][0-9]?|100)%$')", NULL },
        { "int('12') == 12 && int(2.9) == 2 && int(-2.9) == -2 && double(3) == 3.0 && "
          "double('1.5') == 1.5 && string(12) == '12' && string(true) == 'true' && string(1.5) == "
          "'1.5'",
          NULL },
        { "int('+1') == 1", NULL },
        { "string(1e21) == '1e+21'", NULL },
        { "string(1000000.0) == '1e+06'", NULL },
        { "string(123456789.0) == '1.23456789e+08'", NULL },
        { "string(0.0001) == '0.0001'", NULL },
        { "string(0.00001) == '1e-05'", NULL },
        { "string(100.0) == '100'", NULL },
        { "string(-2.50) == '-2.5'", NULL },
        { "bool('true') && !bool('false')", NULL },
        { "dyn(self.i) == 7", NULL },
        { "string(self.s) == self.s", NULL },
        { "self.l.all(x, x == 'a')", FAILS },
        { "self.l.all(x, x == 'a' || x == 'b')", NULL },
        { "self.l.exists(x, x == 'b')", NULL },
        { "self.l.exists(x, x == 'z')", FAILS },
        { "self.l.exists_one(x, x == 'b')", NULL },
        { "self.l.exists_one(x, x == 'a')", FAILS },
        { "self.il.map(x, x * 2) == [2, 4, 6]", NULL },
        { "self.il.map(x, x > 1, x * 2) == [4, 6]", NULL },
        { "self.il.filter(x, x > 1) == [2, 3]", NULL },
        { "self.m.all(k, self.m[k] != '')", NULL },
        { "self.m.all(k, k != 'k')", FAILS },
        { "self.m.exists(k, k == 'a.b')", NULL },
        { "self.l.all(x, self.l.exists_one(y, y == x))", FAILS },
        { "self.il.all(x, self.il.all(y, x <= y || y < x))", NULL },
        { "[true, false].exists_one(there, there)", NULL },
        { "self.il.map(x, {'a': x}).all(y, y.a < 4)", NULL },
        { "[].all(x, false)", NULL },
        { "[].exists(x, true)", FAILS },
        { "self.il.filter(x, x > 1).map(x, string(x)) == ['2', '3']", NULL },
        { "self.il.exists_one(x, 1/0 == x)", "division by zero" },
        { "'it\\'s' == \"it's\"", NULL },
        { "'''a'b''' == \"a'b\"", NULL },
        { "r'\\d' == '\\\\d'", NULL },
        { "'\\x41\\101\\u0041' == 'AAA'", NULL },
        { "'\\n\\t\\\\' == \"\\n\\t\\\\\"", NULL },
        { "\"\"\"a\nb\"\"\" == 'a\\nb'", NULL },
        { "null == null", NULL },
        { "self.i == 7 // comment\n && true", NULL },
        { "(self.i == 7)", NULL },
        { "!(!true)", NULL },
        { "!!true", NULL },
        { "--1 == 1", NULL },
        { "1 - -1 == 2", NULL },
        { "2 + 3 * 4 == 14 && (2 + 3) * 4 == 20 && 2 * 3 + 4 == 10 && 10 - 3 - 2 == 5", NULL },
        { "1 < 2 == true", NULL },
        { "true ? false : true ? true : false", FAILS },
        { "'a' in ['a'] && 1 in [1]", NULL },
        { "self.l.exists_one(x, 1/0 == 1)", "division by zero" },
        { "self.m.map(k, k).size() == 2", NULL },
        { "self.m.filter(k, k == 'k') == ['k']", NULL },
        { "self.m.exists_one(k, k == 'k')", NULL },
        { "self.x in [3]", NULL },
        { "self.y in ['50%']", NULL },
        { "self.n + 1.5 == 4.0 && self.n / 2.0 == 1.25 && self.n - 0.5 == 2.0", NULL },
        { "string(100000.0) == '100000'", NULL },
        { "string(1e300) == '1e+300'", NULL },
        { "size(self.x) == 1", "no such overload: size" },
        { "self.y.size() == 3", NULL },
        { "self.x.startsWith('a')", "no such overload" },
        { "'a' + 'b' == 'ab'", NULL },
        { "self.l + self.l == ['a','b','a','a','b','a']", NULL },
        { "has(self.o.x) && self.o.x != ''", NULL },
        { "self.s > 'a' ? true : 1/0 == 1", NULL },
        { "[self.x, self.y].exists(v, v == 3)", NULL },
        { "int(self.y) == 1", "type conversion error from 'string' to 'int'" },
        { "double(self.i) == 7.0", NULL },
        { "self.l[self.il[0]] == 'b'", NULL },
        { "self.m[self.o.x] == 'c'", "no such key: 1" },
        { "1.0 == 1.0 && 1.5 != 1.0", NULL },
        { "9007199254740993 > dyn(9007199254740992.0)", FAILS },
        { "dyn(1) == dyn(1.0) && dyn(1) in [1.0]", NULL },
};

static void test_cel_eval__plain_values(void **state) {
        (void)state;
        assert_verdicts(
                PLAIN_SCHEMA,
                "{\"s\":\"héllo\",\"i\":7,\"n\":2.5,\"b\":true,\"l\":[\"a\",\"b\",\"a\"],\"il\":[1,"
                "2,3],\"m\":{\"k\":\"v\",\"a.b\":\"c\"},\"o\":{\"x\":\"1\"},\"x\":3,\"y\":\"50%\"}",
                PLAIN_VALUES, ARRAY_SIZE(PLAIN_VALUES));
}

static const struct verdict ABSENT_FIELDS[] = {
        { "self.s == 'x'", "no such key: s" },
        { "has(self.s)", FAILS },
        { "!has(self.s)", NULL },
        { "has(self.o.x)", "no such key: o" },
        { "size(self.l) == 0", "no such key: l" },
};

static void test_cel_eval__absent_fields(void **state) {
        (void)state;
        assert_verdicts(PLAIN_SCHEMA, "{\"i\":1}", ABSENT_FIELDS, ARRAY_SIZE(ABSENT_FIELDS));
}

static const struct verdict TIMES[] = {
        { "self.d == duration('90m')", NULL },
        { "duration(self.u) > duration('1h')", NULL },
        { "self.d + duration('30m') == duration('2h')", NULL },
        { "self.t > timestamp('2024-01-01T00:00:00Z')", NULL },
        { "self.t + duration('1h') == timestamp('2024-01-02T04:04:05Z')", NULL },
        { "self.t - timestamp('2024-01-02T03:04:00Z') == duration('5s')", NULL },
        { "string(self.d) == '5400s'", NULL },
        { "string(self.t) == '2024-01-02T03:04:05Z'", NULL },
        { "int(self.t) == 1704164645", NULL },
        { "duration('1.5s') == duration('1500ms')", NULL },
        { "string(duration('1500ms')) == '1.5s'", NULL },
        { "duration('-1m') < duration('0s')", NULL },
        { "string(duration('-500ms')) == '-0.5s'", NULL },
};

static void test_cel_eval__times(void **state) {
        (void)state;
        assert_verdicts("{\"type\":\"object\",\"properties\":{\"t\":{\"type\":\"string\","
                        "\"format\":\"date-time\"},\"d\":{\"type\":\"string\",\"format\":"
                        "\"duration\"},\"u\":{\"type\":\"string\"}}}",
                        "{\"t\":\"2024-01-02T03:04:05Z\",\"d\":\"1h30m\",\"u\":\"90m\"}", TIMES,
                        ARRAY_SIZE(TIMES));
}

static const struct verdict SETS[] = {
        { "self.l == ['b', 'a']", NULL },
        { "self.l + ['b', 'c'] == ['a', 'b', 'c']", NULL },
};

static void test_cel_eval__sets(void **state) {
        (void)state;
        assert_verdicts("{\"type\":\"object\",\"properties\":{\"l\":{\"type\":\"array\",\"items\":{"
                        "\"type\":\"string\"},\"x-kubernetes-list-type\":\"set\"}}}",
                        "{\"l\":[\"a\",\"b\"]}", SETS, ARRAY_SIZE(SETS));
}

static const struct verdict LISTS_WITH_KEYS[] = {
        { "(self.l.filter(x, x.k == 'b') + self.l).map(x, x.v) == ['2', '1']", FAILS },
};

static void test_cel_eval__lists_with_keys(void **state) {
        (void)state;
        assert_verdicts(
                "{\"type\":\"object\",\"properties\":{\"l\":{\"type\":\"array\",\"items\":{"
                "\"type\":\"object\",\"properties\":{\"k\":{\"type\":\"string\"},\"v\":{\"type\":"
                "\"string\"}}},\"x-kubernetes-list-type\":\"map\",\"x-kubernetes-list-map-keys\":["
                "\"k\"]},\"o\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{"
                "\"k\":{\"type\":\"string\"},\"v\":{\"type\":\"string\"}}}}}}",
                "{\"l\":[{\"k\":\"a\",\"v\":\"1\"},{\"k\":\"b\",\"v\":\"2\"}],\"o\":[{\"k\":\"a\","
                "\"v\":\"9\"},{\"k\":\"c\",\"v\":\"3\"}]}",
                LISTS_WITH_KEYS, ARRAY_SIZE(LISTS_WITH_KEYS));
}

static const struct verdict ESCAPED_NAMES[] = {
        { "self.a__dash__b == '1'", NULL },        { "self.a__dot__b == '2'", NULL },
        { "self.a__slash__b == '3'", NULL },       { "self.__namespace__ == '4'", NULL },
        { "self.a__underscores__b == '5'", NULL }, { "self.__in__ == '6'", NULL },
        { "has(self.a__dash__b)", NULL },
};

static void test_cel_eval__escaped_names(void **state) {
        (void)state;
        assert_verdicts("{\"type\":\"object\",\"properties\":{\"a-b\":{\"type\":\"string\"},\"a."
                        "b\":{\"type\":\"string\"},\"a/"
                        "b\":{\"type\":\"string\"},\"namespace\":{\"type\":\"string\"},\"a__b\":{"
                        "\"type\":\"string\"},\"in\":{\"type\":\"string\"}}}",
                        "{\"a-b\":\"1\",\"a.b\":\"2\",\"a/"
                        "b\":\"3\",\"namespace\":\"4\",\"a__b\":\"5\",\"in\":\"6\"}",
                        ESCAPED_NAMES, ARRAY_SIZE(ESCAPED_NAMES));
}

static const struct verdict NULL_FIELD[] = {
        { "self.n == ''", "no such key: n" },
        { "has(self.n)", FAILS },
};

static void test_cel_eval__null_field(void **state) {
        (void)state;
        assert_verdicts("{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"string\","
                        "\"nullable\":true}}}",
                        "{\"n\":null}", NULL_FIELD, ARRAY_SIZE(NULL_FIELD));
}

static const struct verdict NUMBER_WITHOUT_FRACTION[] = {
        { "self.n == 5.0", NULL },
        { "type(self.n) == double", NULL },
};

static void test_cel_eval__number_without_fraction(void **state) {
        (void)state;
        assert_verdicts("{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"number\"}}}",
                        "{\"n\":5}", NUMBER_WITHOUT_FRACTION, ARRAY_SIZE(NUMBER_WITHOUT_FRACTION));
}

static const struct verdict NULL_IN_A_MAP[] = {
        { "'k' in self.m", NULL },
        { "self.m['k'] == ''", FAILS },
        { "self.m.all(k, self.m[k] == '')", FAILS },
        { "size(self.m) == 1", NULL },
};

static void test_cel_eval__null_in_a_map(void **state) {
        (void)state;
        assert_verdicts("{\"type\":\"object\",\"properties\":{\"m\":{\"type\":\"object\","
                        "\"additionalProperties\":{\"type\":\"string\",\"nullable\":true}}}}",
                        "{\"m\":{\"k\":null}}", NULL_IN_A_MAP, ARRAY_SIZE(NULL_IN_A_MAP));
}

static const struct verdict NULL_IN_A_LIST[] = {
        { "self.l[0] == ''", FAILS },
        { "size(self.l[0]) == 0", "no such overload: size" },
};

static void test_cel_eval__null_in_a_list(void **state) {
        (void)state;
        assert_verdicts("{\"type\":\"object\",\"properties\":{\"l\":{\"type\":\"array\",\"items\":{"
                        "\"type\":\"string\",\"nullable\":true}}}}",
                        "{\"l\":[null]}", NULL_IN_A_LIST, ARRAY_SIZE(NULL_IN_A_LIST));
}

static const struct verdict COST[] = {
        { "self.l.all(a, self.l.all(b, self.l.all(c, self.l.all(d, a+b+c+d >= 0))))",
          "operation cancelled: actual cost limit exceeded" },
};

static void test_cel_eval__cost(void **state) {
        (void)state;
        assert_verdicts("{\"type\":\"object\",\"properties\":{\"l\":{\"type\":\"array\",\"items\":{"
                        "\"type\":\"integer\"}}}}",
                        "{\"l\":[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,"
                        "25,26,27,28,29,30,31,32,33,34,35,36,37,38,39,40,41,42,43,44,45,46,47,48,"
                        "49,50,51,52,53,54,55,56,57,58,59]}",
                        COST, ARRAY_SIZE(COST));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_cel_eval__plain_values),
                cmocka_unit_test(test_cel_eval__absent_fields),
                cmocka_unit_test(test_cel_eval__times),
                cmocka_unit_test(test_cel_eval__sets),
                cmocka_unit_test(test_cel_eval__lists_with_keys),
                cmocka_unit_test(test_cel_eval__escaped_names),
                cmocka_unit_test(test_cel_eval__null_field),
                cmocka_unit_test(test_cel_eval__number_without_fraction),
                cmocka_unit_test(test_cel_eval__null_in_a_map),
                cmocka_unit_test(test_cel_eval__null_in_a_list),
                cmocka_unit_test(test_cel_eval__cost),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
