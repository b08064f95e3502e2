#include "schema_scene.h"

static const char *checked(struct scene *scene, const struct schema *schema, const char *value,
                           const char *before) {
        struct field_errors errors = { .arena = &scene->arena };

        read_values(scene, value, before);
        schema_validate(schema, scene->value, scene->before, &errors);
        schema_validate_rules(schema, scene->value, scene->before, &errors);
        return lines(scene, &errors);
}

static void test_rules__doubles_are_told_once(void **state) {
        struct scene scene SCENE_CLEANUP = SCENE_INIT;
        const struct schema *schema;

        (void)state;
        schema = compiled(&scene,
                          "{'type':'object','properties':{"
                          "'set':{'type':'array','x-kubernetes-list-type':'set','items':{}},"
                          "'one':{'type':'array','x-kubernetes-list-type':'map',"
                          "'x-kubernetes-list-map-keys':['k'],'items':{}},"
                          "'two':{'type':'array','x-kubernetes-list-type':'map',"
                          "'x-kubernetes-list-map-keys':['p','k'],'items':{}},"
                          "'deep':{'type':'object','additionalProperties':{'type':'array',"
                          "'x-kubernetes-list-type':'set','items':{'type':'integer'}}}}}",
                          NULL);
        assert_string_equal(checked(&scene, schema, "{'set':['a','b','a','a','b']}", NULL),
                            "FieldValueDuplicate set[2]: Duplicate value: \"a\"\n"
                            "FieldValueDuplicate set[4]: Duplicate value: \"b\"\n");
        assert_string_equal(checked(&scene, schema, "{'set':[1,1.0,'1',null]}", NULL), "");
        assert_string_equal(checked(&scene, schema, "{'one':[{'k':'a'},{'k':'b'},{'k':'a'}]}",
                                    NULL),
                            "FieldValueDuplicate one[2]: Duplicate value: {\"k\":\"a\"}\n");
        assert_string_equal(checked(&scene, schema, "{'one':[{},{}]}", NULL),
                            "FieldValueDuplicate one[1]: Duplicate value: {}\n");
        assert_string_equal(
                checked(&scene, schema, "{'one':[{'k':'a'},'b']}", NULL),
                "FieldValueInvalid one[1]: Invalid value: \"b\": must be an object for an "
                "array of list-type map\n");
        assert_string_equal(checked(&scene, schema,
                                    "{'two':[{'k':'a','p':1},{'k':'a','p':2},{'k':'a','p':1}]}",
                                    NULL),
                            "FieldValueDuplicate two[2]: Duplicate value: {\"k\":\"a\",\"p\":1}\n");
        assert_string_equal(checked(&scene, schema, "{'deep':{'a.b':[1,1]}}", NULL),
                            "FieldValueDuplicate deep[a.b][1]: Duplicate value: 1\n");
}

static void test_rules__doubles_from_before_may_stay(void **state) {
        struct scene scene SCENE_CLEANUP = SCENE_INIT;
        const struct schema *schema;

        (void)state;
        schema = compiled(&scene,
                          "{'type':'object','properties':{'set':{'type':'array',"
                          "'x-kubernetes-list-type':'set','items':{}}}}",
                          NULL);
        assert_string_equal(checked(&scene, schema, "{'set':['b','b']}", "{'set':['a','a']}"), "");
        assert_string_equal(checked(&scene, schema, "{'set':['b','b']}", "{'set':['a']}"),
                            "FieldValueDuplicate set[1]: Duplicate value: \"b\"\n");
}

static void test_rules__an_embedded_object_is_one(void **state) {
        struct scene scene SCENE_CLEANUP = SCENE_INIT;
        const struct schema *schema;

        (void)state;
        schema = compiled(&scene,
                          "{'type':'object','properties':{'list':{'type':'array','items':{"
                          "'type':'object','x-kubernetes-embedded-resource':true}}}}",
                          NULL);
        assert_string_equal(
                checked(&scene, schema,
                        "{'list':[{'apiVersion':'v1','kind':'Pod','metadata':{}},{},"
                        "{'apiVersion':1,'kind':''},{'apiVersion':'a/b/c','kind':'A_b',"
                        "'metadata':1}]}",
                        NULL),
                "FieldValueRequired list[1].apiVersion: Required value\n"
                "FieldValueRequired list[1].kind: Required value\n"
                "FieldValueInvalid list[2].apiVersion: Invalid value: 1: must be a string\n"
                "FieldValueInvalid list[2].kind: Invalid value: \"\": must not be empty\n"
                "FieldValueInvalid list[3].apiVersion: Invalid value: \"a/b/c\": unexpected "
                "GroupVersion string: a/b/c\n"
                "FieldValueInvalid list[3].kind: Invalid value: \"A_b\": may have mixed case, but "
                "should otherwise match: a DNS-1035 label must consist of lower case alphanumeric "
                "characters or '-', start with an alphabetic character, and end with an "
                "alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation "
                "is '[a-z]([-a-z0-9]*[a-z0-9])?')\n"
                "FieldValueInvalid list[3].metadata: Invalid value: 1: must be an object\n");
}

static void test_rules__are_found_wherever_they_are(void **state) {
        struct scene scene SCENE_CLEANUP = SCENE_INIT;
        const struct schema *schema;

        (void)state;
        schema = compiled(&scene,
                          "{'type':'object','x-kubernetes-validations':[{'rule':'has(self.spec)'}],"
                          "'properties':{'spec':{'type':'object','properties':{"
                          "'list':{'type':'array','items':{'type':'object',"
                          "'additionalProperties':{'type':'integer','x-kubernetes-validations':["
                          "{'rule':'self > 0','message':'from 1'}]}}}}}}}",
                          NULL);
        assert_string_equal(checked(&scene, schema, "{}", NULL),
                            "FieldValueInvalid <nil>: Invalid value: \"object\": failed rule: "
                            "has(self.spec)\n");
        assert_string_equal(
                checked(&scene, schema, "{'spec':{'list':[{'a':1},{'b':0}]}}", NULL),
                "FieldValueInvalid spec.list[1][b]: Invalid value: \"integer\": from 1\n");
        assert_string_equal(checked(&scene, schema, "{'spec':{'list':[{'b':0}]}}",
                                    "{'spec':{'list':[{'b':0}]}}"),
                            "");
        assert_string_equal(
                checked(&scene, schema, "{'spec':{'list':[{'b':0},{}]}}",
                        "{'spec':{'list':[{'b':0}]}}"),
                "FieldValueInvalid spec.list[0][b]: Invalid value: \"integer\": from 1\n");
}

static void test_rules__a_change_is_seen_by_key(void **state) {
        struct scene scene SCENE_CLEANUP = SCENE_INIT;
        const struct schema *schema;

        (void)state;
        schema = compiled(&scene,
                          "{'type':'object','properties':{'list':{'type':'array',"
                          "'x-kubernetes-list-type':'map','x-kubernetes-list-map-keys':['k'],"
                          "'items':{'type':'object','properties':{'k':{'type':'string'},"
                          "'n':{'type':'integer','x-kubernetes-validations':["
                          "{'rule':'self >= oldSelf','message':'only up'}]}}}}}}",
                          NULL);
        assert_string_equal(checked(&scene, schema, "{'list':[{'k':'b','n':1},{'k':'a','n':2}]}",
                                    "{'list':[{'k':'a','n':3}]}"),
                            "FieldValueInvalid list[1].n: Invalid value: \"integer\": only up\n");
        assert_string_equal(checked(&scene, schema, "{'list':[{'k':'a','n':2}]}", NULL), "");
}

static void test_rules__wait_for_what_is_grave(void **state) {
        static const char wait[] =
                "FieldValueInvalid <nil>: Invalid value: null: some validation rules were not "
                "checked because the object was invalid; correct the existing errors to complete "
                "validation\n";
        struct scene scene SCENE_CLEANUP = SCENE_INIT;
        const struct schema *schema;

        (void)state;
        schema = compiled(&scene,
                          "{'type':'object','required':['a'],'properties':{"
                          "'a':{'type':'integer','minimum':0},'b':{'type':'string',"
                          "'x-kubernetes-validations':[{'rule':'self != \\u0027\\u0027',"
                          "'message':'empty'}]}}}",
                          NULL);
        assert_string_equal(checked(&scene, schema, "{'b':''}", NULL),
                            arena_printf(&scene.arena, "FieldValueRequired a: Required value\n%s",
                                         wait));
        assert_string_equal(
                checked(&scene, schema, "{'a':-1,'b':''}", NULL),
                "FieldValueInvalid a: Invalid value: -1: a in body should be greater than "
                "or equal to 0\n"
                "FieldValueInvalid b: Invalid value: \"string\": empty\n");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_rules__doubles_are_told_once),
                cmocka_unit_test(test_rules__doubles_from_before_may_stay),
                cmocka_unit_test(test_rules__an_embedded_object_is_one),
                cmocka_unit_test(test_rules__are_found_wherever_they_are),
                cmocka_unit_test(test_rules__a_change_is_seen_by_key),
                cmocka_unit_test(test_rules__wait_for_what_is_grave),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
