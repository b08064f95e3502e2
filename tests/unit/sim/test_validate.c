/* Each answer is what kube-openapi's validators say of the value, as the API server shows it. */
#include "schema_scene.h"

static const char *checked(struct scene *scene, const struct schema *schema, const char *value,
                           const char *before) {
        struct field_errors errors = { .arena = &scene->arena };

        read_values(scene, value, before);
        schema_validate(schema, scene->value, scene->before, &errors);
        return lines(scene, &errors);
}

static const char *status_checked(struct scene *scene, const struct schema *schema,
                                  const char *value, const char *before) {
        struct field_errors errors = { .arena = &scene->arena };

        read_values(scene, value, before);
        schema_validate_status(schema, scene->value, scene->before, &errors);
        return lines(scene, &errors);
}

static const struct {
        const char *schema, *value, *answer; /* of the member x */
} ANSWERS[] = {
        { "{'type':'string'}", "1",
          "FieldValueTypeInvalid x: Invalid value: \"integer\": x in body must be of type "
          "string: \"integer\"\n" },
        { "{'type':'string'}", "1.5",
          "FieldValueTypeInvalid x: Invalid value: \"number\": x in body must be of type "
          "string: \"number\"\n" },
        { "{'type':'string'}", "true",
          "FieldValueTypeInvalid x: Invalid value: \"boolean\": x in body must be of type "
          "string: \"boolean\"\n" },
        { "{'type':'string'}", "[]",
          "FieldValueTypeInvalid x: Invalid value: \"array\": x in body must be of type "
          "string: \"array\"\n" },
        { "{'type':'string'}", "{}",
          "FieldValueTypeInvalid x: Invalid value: \"object\": x in body must be of type "
          "string: \"object\"\n" },
        { "{'type':'string'}", "'a'", "" },
        { "{'type':'integer'}", "2.0", "" },
        { "{'type':'integer'}", "1.5",
          "FieldValueTypeInvalid x: Invalid value: \"number\": x in body must be of type "
          "integer: \"number\"\n" },
        { "{'type':'integer'}", "'1'",
          "FieldValueTypeInvalid x: Invalid value: \"string\": x in body must be of type "
          "integer: \"string\"\n" },
        { "{'type':'number'}", "1", "" },
        { "{'type':'number'}", "'1'",
          "FieldValueTypeInvalid x: Invalid value: \"string\": x in body must be of type "
          "number: \"string\"\n" },
        { "{'type':'boolean'}", "'true'",
          "FieldValueTypeInvalid x: Invalid value: \"string\": x in body must be of type "
          "boolean: \"string\"\n" },
        { "{'type':'object'}", "[]",
          "FieldValueTypeInvalid x: Invalid value: \"array\": x in body must be of type "
          "object: \"array\"\n" },
        { "{'type':'array'}", "{}",
          "FieldValueTypeInvalid x: Invalid value: \"object\": x in body must be of type "
          "array: \"object\"\n" },
        { "{'x-kubernetes-int-or-string':true,'anyOf':[{'type':'integer'},{'type':'string'}"
          "]}",
          "1", "" },
        { "{'x-kubernetes-int-or-string':true,'anyOf':[{'type':'integer'},{'type':'string'}"
          "]}",
          "'a'", "" },
        { "{'x-kubernetes-int-or-string':true,'anyOf':[{'type':'integer'},{'type':'string'}"
          "]}",
          "true",
          "FieldValueTypeInvalid x: Invalid value: \"boolean\": x in body must be of type "
          "integer,string: \"boolean\"\nFieldValueInvalid <nil>: Invalid value: \"\": "
          "\"x\" must validate at least one schema (anyOf)\nFieldValueTypeInvalid x: "
          "Invalid value: \"boolean\": x in body must be of type integer: \"boolean\"\n" },
        { "{'type':'array','items':{'type':'integer'}}", "[1,null]",
          "FieldValueTypeInvalid x[1]: Invalid value: \"null\": x[1] in body must be of "
          "type integer: \"null\"\n" },
        { "{'type':'string','nullable':true,'enum':['a','b']}", "'b'", "" },
        { "{'type':'string','nullable':true,'enum':['a','b']}", "'c'",
          "FieldValueNotSupported x: Unsupported value: \"c\": supported values: \"a\", "
          "\"b\"\n" },
        { "{'type':'string','nullable':true,'enum':['a','b']}", "null",
          "FieldValueNotSupported x: Unsupported value: null: supported values: \"a\", "
          "\"b\"\n" },
        { "{'type':'integer','enum':[1,2]}", "1", "" },
        { "{'type':'integer','enum':[1,2]}", "3",
          "FieldValueNotSupported x: Unsupported value: 3: supported values: \"1\", "
          "\"2\"\n" },
        { "{'type':'integer','minimum':1,'maximum':5}", "0",
          "FieldValueInvalid x: Invalid value: 0: x in body should be greater than or "
          "equal to 1\n" },
        { "{'type':'integer','minimum':1,'maximum':5}", "6",
          "FieldValueInvalid x: Invalid value: 6: x in body should be less than or equal "
          "to 5\n" },
        { "{'type':'integer','minimum':1,'maximum':5}", "3", "" },
        { "{'type':'number','minimum':1.5,'exclusiveMinimum':true,'maximum':1000000,'"
          "exclusiveMaximum':true}",
          "1.5",
          "FieldValueInvalid x: Invalid value: 1.5: x in body should be greater than "
          "1.5\n" },
        { "{'type':'number','minimum':1.5,'exclusiveMinimum':true,'maximum':1000000,'"
          "exclusiveMaximum':true}",
          "1000000",
          "FieldValueInvalid x: Invalid value: 1000000: x in body should be less than "
          "1000000\n" },
        { "{'type':'number','minimum':1.5,'exclusiveMinimum':true,'maximum':1000000,'"
          "exclusiveMaximum':true}",
          "0.25",
          "FieldValueInvalid x: Invalid value: 0.25: x in body should be greater than "
          "1.5\n" },
        { "{'type':'number','minimum':1.5,'exclusiveMinimum':true,'maximum':1000000,'"
          "exclusiveMaximum':true}",
          "2", "" },
        { "{'type':'integer','multipleOf':3}", "9", "" },
        { "{'type':'integer','multipleOf':3}", "4",
          "FieldValueInvalid x: Invalid value: 4: x in body should be a multiple of 3\n" },
        { "{'type':'number','multipleOf':0.5}", "1.5", "" },
        { "{'type':'number','multipleOf':0.5}", "1.3",
          "FieldValueInvalid x: Invalid value: 1.3: x in body should be a multiple of "
          "0.5\n" },
        { "{'type':'string','minLength':2,'maxLength':3,'pattern':'^a'}", "''",
          "FieldValueInvalid x: Invalid value: \"\": x in body should be at least 2 chars "
          "long\n" },
        { "{'type':'string','minLength':2,'maxLength':3,'pattern':'^a'}", "'äöü'",
          "FieldValueInvalid x: Invalid value: \"äöü\": x in body should match '^a'\n" },
        { "{'type':'string','minLength':2,'maxLength':3,'pattern':'^a'}", "'äöüä'",
          "FieldValueTooLong x: Too long: may not be more than 3 bytes\n" },
        { "{'type':'string','minLength':2,'maxLength':3,'pattern':'^a'}", "'bb'",
          "FieldValueInvalid x: Invalid value: \"bb\": x in body should match '^a'\n" },
        { "{'type':'string','minLength':2,'maxLength':3,'pattern':'^a'}", "'ab'", "" },
        { "{'type':'string','maxLength':1}", "'ab'",
          "FieldValueTooLong x: Too long: may not be more than 1 byte\n" },
        { "{'type':'array','minItems':2,'maxItems':3}", "[]",
          "FieldValueInvalid x: Invalid value: 0: x in body should have at least 2 "
          "items\n" },
        { "{'type':'array','minItems':2,'maxItems':3}", "[1,2,3,4]",
          "FieldValueTooMany x: Too many: 4: must have at most 3 items\n" },
        { "{'type':'array','minItems':2,'maxItems':3}", "[1,2]", "" },
        { "{'type':'array','maxItems':1}", "[1,2]",
          "FieldValueTooMany x: Too many: 2: must have at most 1 item\n" },
        { "{'type':'object','minProperties':1,'maxProperties':1,'additionalProperties':{'"
          "type':'string'}}",
          "{}",
          "FieldValueInvalid x: Invalid value: 0: x in body should have at least 1 "
          "properties\n" },
        { "{'type':'object','minProperties':1,'maxProperties':1,'additionalProperties':{'"
          "type':'string'}}",
          "{'a':1}",
          "FieldValueTypeInvalid x.a: Invalid value: \"integer\": x.a in body must be of "
          "type string: \"integer\"\n" },
        { "{'type':'object','minProperties':1,'maxProperties':1,'additionalProperties':{'"
          "type':'string'}}",
          "{'a':'b','c':'d'}", "FieldValueTooMany x: Too many: 2: must have at most 1 item\n" },
        { "{'type':'object','required':['a','b'],'properties':{'a':{'type':'string'}}}",
          "{'a':'x'}", "FieldValueRequired x.b: Required value\n" },
        { "{'type':'object','required':['a','b'],'properties':{'a':{'type':'string'}}}", "{}",
          "FieldValueRequired x.a: Required value\nFieldValueRequired x.b: Required "
          "value\n" },
        { "{'type':'object','properties':{'a':{'type':'string'},'b':{'type':'integer'}},'"
          "oneOf':[{'required':['a']},{'required':['b']}]}",
          "{}",
          "FieldValueInvalid <nil>: Invalid value: \"\": \"x\" must validate one and only "
          "one schema (oneOf). Found none valid\nFieldValueRequired x.a: Required "
          "value\n" },
        { "{'type':'object','properties':{'a':{'type':'string'},'b':{'type':'integer'}},'"
          "oneOf':[{'required':['a']},{'required':['b']}]}",
          "{'a':'x'}", "" },
        { "{'type':'object','properties':{'a':{'type':'string'},'b':{'type':'integer'}},'"
          "oneOf':[{'required':['a']},{'required':['b']}]}",
          "{'a':'x','b':1}",
          "FieldValueInvalid <nil>: Invalid value: \"\": \"x\" must validate one and only "
          "one schema (oneOf). Found 2 valid alternatives\n" },
        { "{'type':'object','properties':{'a':{'type':'string'},'b':{'type':'integer'}},'"
          "anyOf':[{'required':['a']},{'required':['b']}]}",
          "{}",
          "FieldValueInvalid <nil>: Invalid value: \"\": \"x\" must validate at least one "
          "schema (anyOf)\nFieldValueRequired x.a: Required value\n" },
        { "{'type':'object','properties':{'a':{'type':'string'},'b':{'type':'integer'}},'"
          "anyOf':[{'required':['a']},{'required':['b']}]}",
          "{'a':'x'}", "" },
        { "{'type':'object','properties':{'a':{'type':'string'},'b':{'type':'integer'}},'"
          "anyOf':[{'required':['a']},{'required':['b']}]}",
          "{'a':'x','b':1}", "" },
        { "{'type':'object','properties':{'a':{'type':'string'},'b':{'type':'integer'}},'"
          "allOf':[{'required':['a']},{'required':['b']}]}",
          "{}",
          "FieldValueRequired x.a: Required value\nFieldValueRequired x.b: Required "
          "value\nFieldValueInvalid <nil>: Invalid value: \"\": \"x\" must validate all "
          "the schemas (allOf). None validated\n" },
        { "{'type':'object','properties':{'a':{'type':'string'},'b':{'type':'integer'}},'"
          "allOf':[{'required':['a']},{'required':['b']}]}",
          "{'a':'x'}",
          "FieldValueRequired x.b: Required value\nFieldValueInvalid <nil>: Invalid value: "
          "\"\": \"x\" must validate all the schemas (allOf)\n" },
        { "{'type':'object','properties':{'a':{'type':'string'},'b':{'type':'integer'}},'"
          "allOf':[{'required':['a']},{'required':['b']}]}",
          "{'a':'x','b':1}", "" },
        { "{'type':'object','properties':{'a':{'type':'string'},'b':{'type':'integer'}},'"
          "not':{'required':['a']}}",
          "{'a':'x'}",
          "FieldValueInvalid <nil>: Invalid value: \"\": \"x\" must not validate the "
          "schema (not)\n" },
        { "{'type':'object','properties':{'a':{'type':'string'},'b':{'type':'integer'}},'"
          "not':{'required':['a']}}",
          "{}", "" },
        { "{'type':'object','properties':{'a':{'type':'string'},'b':{'type':'integer'}},'"
          "anyOf':[{'properties':{'a':{'enum':['p']}}},{'properties':{'a':{'enum':['q']},'"
          "b':{'minimum':4}},'required':['b']}]}",
          "{'a':'q','b':1}",
          "FieldValueInvalid <nil>: Invalid value: \"\": \"x\" must validate at least one "
          "schema (anyOf)\nFieldValueInvalid x.b: Invalid value: 1: x.b in body should be "
          "greater than or equal to 4\n" },
        { "{'type':'string','format':'date-time'}", "'2014-12-15T19:30:20Z'", "" },
        { "{'type':'string','format':'date-time'}", "'today'",
          "FieldValueTypeInvalid x: Invalid value: \"today\": x in body must be of type "
          "date-time: \"today\"\n" },
        { "{'type':'string','format':'date-time'}", "5",
          "FieldValueTypeInvalid x: Invalid value: \"int64\": x in body must be of type "
          "date-time: \"int64\"\n" },
        { "{'type':'string','format':'date-time'}", "true",
          "FieldValueTypeInvalid x: Invalid value: \"\": x in body must be of type "
          "date-time: \"\"\n" },
        { "{'type':'string','format':'date-time'}", "['x']", "" },
        { "{'type':'string','format':'int32'}", "'a'", "" },
        { "{'type':'string','format':'int32'}", "5",
          "FieldValueTypeInvalid x: Invalid value: \"integer\": x in body must be of type "
          "string: \"integer\"\n" },
};

static void test_validate__answers_as_the_api_server(void **state) {
        (void)state;
        for (size_t i = 0; i < sizeof(ANSWERS) / sizeof(ANSWERS[0]); i++) {
                struct scene scene SCENE_CLEANUP = SCENE_INIT;
                const struct schema *schema;
                const char *value, *found;

                schema = compiled(&scene,
                                  arena_printf(&scene.arena,
                                               "{'type':'object','properties':{'x':%s}}",
                                               ANSWERS[i].schema),
                                  NULL);
                value = arena_printf(&scene.arena, "{'x':%s}", ANSWERS[i].value);
                found = checked(&scene, schema, value, NULL);
                if (strcmp(found, ANSWERS[i].answer) != 0)
                        fail_msg("%s of %s:\n%swanted\n%s", ANSWERS[i].value, ANSWERS[i].schema,
                                 found, ANSWERS[i].answer);
        }
}

static void test_validate__says_the_whole_path(void **state) {
        struct scene scene SCENE_CLEANUP = SCENE_INIT;
        const struct schema *schema;

        (void)state;
        schema =
                compiled(&scene,
                         "{'type':'object','maxProperties':1,'properties':{'spec':{'type':'object',"
                         "'properties':{'list':{'type':'array','items':{'type':'object',"
                         "'additionalProperties':{'type':'integer','minimum':1}}}}}}}",
                         NULL);
        assert_string_equal(
                checked(&scene, schema, "{'spec':{'list':[{},{'a.b':0}]}}", NULL),
                "FieldValueInvalid spec.list[1].a.b: Invalid value: 0: spec.list[1].a.b "
                "in body should be greater than or equal to 1\n");
        assert_string_equal(checked(&scene, schema, "{'spec':{},'kind':'A'}", NULL),
                            "FieldValueTooMany <nil>: Too many: 2: must have at most 1 item\n");
}

static void test_validate__what_was_wrong_before_may_stay(void **state) {
        struct scene scene SCENE_CLEANUP = SCENE_INIT;
        const struct schema *schema;

        (void)state;
        schema = compiled(&scene,
                          "{'type':'object','properties':{'a':{'type':'integer','maximum':1},"
                          "'b':{'type':'integer','maximum':1},"
                          "'list':{'type':'array','items':{'type':'integer','maximum':1}},"
                          "'map':{'type':'array','x-kubernetes-list-type':'map',"
                          "'x-kubernetes-list-map-keys':['k'],'items':{'type':'object',"
                          "'properties':{'k':{'type':'string'},'n':{'type':'integer','maximum':1},"
                          "'m':{'type':'integer'}}}},"
                          "'any':{'type':'object','properties':{'n':{'type':'integer'}},"
                          "'anyOf':[{'properties':{'n':{'maximum':1}}}]}}}",
                          NULL);
        assert_string_equal(
                checked(&scene, schema, "{'a':5,'b':7}", "{'a':5,'b':6}"),
                "FieldValueInvalid b: Invalid value: 7: b in body should be less than or "
                "equal to 1\n");
        assert_string_equal(checked(&scene, schema, "{'list':[5]}", "{'list':[5]}"), "");
        assert_string_equal(
                checked(&scene, schema, "{'list':[5,1]}", "{'list':[5]}"),
                "FieldValueInvalid list[0]: Invalid value: 5: list[0] in body should be "
                "less than or equal to 1\n");
        assert_string_equal(checked(&scene, schema,
                                    "{'map':[{'k':'b','n':0},{'k':'a','n':5,'m':1}]}",
                                    "{'map':[{'k':'a','n':5}]}"),
                            "");
        assert_string_equal(
                checked(&scene, schema, "{'map':[{'k':'b','n':5}]}", "{'map':[{'k':'a','n':5}]}"),
                "FieldValueInvalid map[0].n: Invalid value: 5: map[0].n in body should be "
                "less than or equal to 1\n");
        assert_string_equal(checked(&scene, schema, "{'map':[{'k':'b','n':5},{'k':'a'}]}",
                                    "{'map':[{'k':'a'},{'k':'b','n':5}]}"),
                            "");
        assert_string_equal(checked(&scene, schema, "{'any':{'n':5},'a':1}", "{'any':{'n':5}}"),
                            "");
}

static void test_validate__status_is_looked_at_alone(void **state) {
        struct scene scene SCENE_CLEANUP = SCENE_INIT;
        const struct schema *schema;

        (void)state;
        schema = compiled(&scene,
                          "{'type':'object','required':['spec'],'properties':{'status':{"
                          "'type':'object','properties':{'n':{'type':'integer','minimum':0},"
                          "'q':{'anyOf':[{'type':'integer'}]}},'maxProperties':2}}}",
                          NULL);
        assert_string_equal(status_checked(&scene, schema, "{'status':{'n':-1}}", NULL),
                            "FieldValueInvalid status.n: Invalid value: -1: n in body should be "
                            "greater than or equal to 0\n");
        assert_string_equal(status_checked(&scene, schema, "{'status':{'q':'a'}}", NULL),
                            "FieldValueInvalid status: Invalid value: \"\": \"q\" must validate at "
                            "least one schema (anyOf)\n"
                            "FieldValueTypeInvalid status.q: Invalid value: \"string\": q in body "
                            "must be of type integer: \"string\"\n");
        assert_string_equal(status_checked(&scene, schema, "{'status':{'n':1,'a':1,'b':1}}", NULL),
                            "FieldValueTooMany status: Too many: 3: must have at most 2 items\n");
        assert_string_equal(status_checked(&scene, schema, "{'status':{'n':-1}}",
                                           "{'status':{'n':-1}}"),
                            "");
        assert_string_equal(status_checked(&scene, schema, "{}", NULL), "");
}

static void test_validate__bounds_are_checked_when_compiled(void **state) {
        struct scene scene SCENE_CLEANUP = SCENE_INIT;

        (void)state;
        assert_string_equal(refused(&scene, "{'properties':{'a':{'maxLength':'5'}}}", NULL),
                            "properties[a].maxLength: must be an integer from 0");
        assert_string_equal(refused(&scene, "{'items':{'minimum':'5'}}", NULL),
                            "items.minimum: must be a number");
        assert_string_equal(refused(&scene, "{'enum':'a'}", NULL), "enum: must be an array");
        assert_string_equal(refused(&scene, "{'uniqueItems':true}", NULL),
                            "uniqueItems: true is not supported");
        assert_string_equal(refused(&scene, "{'anyOf':[{},{'type':1}]}", NULL),
                            "anyOf[1].type: must be a string");
        assert_string_equal(refused(&scene, "{'format':'isbn'}", NULL),
                            "format: llc-sim does not check the format \"isbn\"");
        assert_string_equal(refused(&scene, "{'properties':{'a':{'pattern':'[a'}}}", NULL),
                            "properties[a].pattern: Invalid value: \"[a\": must be a valid regular "
                            "expression, but isn't: error parsing regexp: missing closing ]: `[a`");
        assert_non_null(strstr(refused(&scene,
                                       "{'properties':{'a':{'x-kubernetes-validations':["
                                       "{'rule':'self +'}]}}}",
                                       NULL),
                               "properties[a].x-kubernetes-validations: "));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_validate__answers_as_the_api_server),
                cmocka_unit_test(test_validate__says_the_whole_path),
                cmocka_unit_test(test_validate__what_was_wrong_before_may_stay),
                cmocka_unit_test(test_validate__status_is_looked_at_alone),
                cmocka_unit_test(test_validate__bounds_are_checked_when_compiled),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
