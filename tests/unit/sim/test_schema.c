#include "schema_scene.h"

static const char *defaulted(struct scene *scene, const struct schema *schema, const char *text) {
        json_free(scene->value);
        scene->value = parsed(text);
        schema_default(schema, scene->value);
        strbuf_clear(&scene->text);
        json_write(scene->value, &scene->text);
        return strbuf_str(&scene->text);
}

static const char *pruned(struct scene *scene, const struct schema *schema, const char *text,
                          struct strings *unknown) {
        json_free(scene->value);
        scene->value = parsed(text);
        schema_prune(schema, scene->value, unknown);
        strbuf_clear(&scene->text);
        json_write(scene->value, &scene->text);
        return strbuf_str(&scene->text);
}

static void test_schema__is_compiled_whole(void **state) {
        struct scene scene SCENE_CLEANUP = SCENE_INIT;
        const struct schema *schema, *list, *map;

        (void)state;
        schema = compiled(
                &scene,
                "{'type':'object','required':['list'],'properties':{"
                "'list':{'type':'array','x-kubernetes-list-type':'map',"
                "'x-kubernetes-list-map-keys':['port','protocol'],"
                "'x-kubernetes-patch-merge-key':'port',"
                "'x-kubernetes-patch-strategy':'merge,retainKeys','items':{'type':'object'}},"
                "'any':{'x-kubernetes-preserve-unknown-fields':true},"
                "'map':{'type':'object','nullable':true,'x-kubernetes-map-type':'atomic',"
                "'additionalProperties':{'x-kubernetes-int-or-string':true}}}}",
                NULL);
        assert_int_equal(schema->type, SCHEMA_OBJECT);
        assert_int_equal(schema->n_properties, 3);
        assert_string_equal(schema->properties[0].name, "any");
        assert_string_equal(schema->properties[1].name, "list");
        assert_true(schema->properties[1].required);
        assert_false(schema->properties[2].required);
        assert_true(schema_property(schema, "any")->preserve_unknown);
        assert_int_equal(schema_property(schema, "any")->type, SCHEMA_ANY);
        assert_null(schema_property(schema, "none"));

        list = schema_property(schema, "list");
        assert_int_equal(list->list, LIST_MAP);
        assert_int_equal(list->n_list_keys, 2);
        assert_string_equal(list->list_keys[1], "protocol");
        assert_string_equal(list->merge_key, "port");
        assert_true(list->merge && list->retain_keys);
        assert_int_equal(list->items->type, SCHEMA_OBJECT);

        map = schema_property(schema, "map");
        assert_true(map->nullable && map->map_atomic);
        assert_int_equal(schema_member(map, "a")->type, SCHEMA_INT_OR_STRING);
}

static void test_schema__refers_to_itself(void **state) {
        struct scene scene SCENE_CLEANUP = SCENE_INIT;
        const struct schema *schema, *not, *with_default;

        (void)state;
        schema = compiled(&scene,
                          "{'type':'object','properties':{'a':{'$ref':'#/Props'},"
                          "'b':{'$ref':'#/Props','default':{}}}}",
                          "{'Props':{'type':'object','properties':{'not':{'$ref':'#/Props'},"
                          "'title':{'type':'string','default':'none'}}}}");
        not = schema_property(schema_property(schema, "a"), "not");
        assert_ptr_equal(schema_property(not, "not"), not );
        assert_null(not ->dflt);
        with_default = schema_property(schema, "b");
        assert_non_null(with_default->dflt);
        assert_ptr_equal(schema_property(with_default, "not"), not );
        assert_ptr_equal(not ->source, json_get(scene.definitions, "Props"));
        assert_string_equal(defaulted(&scene, schema, "{'a':{'not':{}}}"),
                            "{\"a\":{\"not\":{\"title\":\"none\"},\"title\":\"none\"},"
                            "\"b\":{\"title\":\"none\"}}");
}

static void test_schema__names_the_place_of_a_mistake(void **state) {
        struct scene scene SCENE_CLEANUP = SCENE_INIT;

        (void)state;
        assert_string_equal(
                refused(&scene,
                        "{'properties':{'spec':{'items':{'properties':{'a':{'type':'text'}}}}}}",
                        NULL),
                "properties[spec].items.properties[a].type: Unsupported value: \"text\": supported "
                "values: \"array\", \"boolean\", \"integer\", \"number\", \"object\", \"string\"");
        assert_string_equal(refused(&scene, "{'properties':{'a':{'nullable':'yes'}}}", NULL),
                            "properties[a].nullable: must be a boolean");
        assert_string_equal(refused(&scene, "{'properties':{'a':[]}}", NULL),
                            "properties[a]: must be an object");
        assert_string_equal(refused(&scene, "{'required':['a',1]}", NULL),
                            "required: must be an array of strings");
        assert_string_equal(refused(&scene, "{'items':{'$ref':'#/None'}}", "{'Some':{}}"),
                            "items.$ref: no definition \"#/None\"");
        assert_string_equal(refused(&scene, "{'items':{'patternProperties':{}}}", NULL),
                            "items.patternProperties: is not supported");
        assert_string_equal(refused(&scene, "{'additionalProperties':false}", NULL),
                            "additionalProperties: false is not supported");
        assert_string_equal(refused(&scene, "{'x-kubernetes-list-type':'map'}", NULL),
                            "x-kubernetes-list-map-keys: Required value: must not be empty if "
                            "x-kubernetes-list-type is map");
}

static void test_schema__a_default_without_end_is_refused(void **state) {
        struct scene scene SCENE_CLEANUP = SCENE_INIT;

        (void)state;
        assert_string_equal(refused(&scene, "{'$ref':'#/A'}",
                                    "{'A':{'properties':{'a':{'$ref':'#/A','default':{}}}}}"),
                            "nested in more than 100 levels");
}

static void test_schema__sets_defaults_from_the_root_down(void **state) {
        struct scene scene SCENE_CLEANUP = SCENE_INIT;
        const struct schema *schema;

        (void)state;
        schema = compiled(&scene,
                          "{'type':'object','properties':{'spec':{'type':'object','default':{},"
                          "'properties':{'n':{'type':'integer','default':1},"
                          "'list':{'type':'array','items':{'type':'object','properties':{"
                          "'p':{'type':'string','default':'TCP'}}}},"
                          "'map':{'type':'object','additionalProperties':{'type':'object',"
                          "'properties':{'q':{'type':'boolean','default':false}}}}}}}}",
                          NULL);
        assert_string_equal(defaulted(&scene, schema, "{}"), "{\"spec\":{\"n\":1}}");
        assert_string_equal(defaulted(&scene, schema, "{'spec':{'n':0,'list':[{},{'p':'UDP'}]}}"),
                            "{\"spec\":{\"n\":0,\"list\":[{\"p\":\"TCP\"},{\"p\":\"UDP\"}]}}");
        assert_string_equal(defaulted(&scene, schema, "{'spec':{'n':2,'map':{'a':{}}}}"),
                            "{\"spec\":{\"n\":2,\"map\":{\"a\":{\"q\":false}}}}");
        assert_string_equal(defaulted(&scene, schema, "{'spec':'text'}"), "{\"spec\":\"text\"}");
}

static void test_schema__null_gives_way_where_it_is_not_allowed(void **state) {
        struct scene scene SCENE_CLEANUP = SCENE_INIT;
        const struct schema *schema;

        (void)state;
        schema = compiled(&scene,
                          "{'type':'object','properties':{'a':{'type':'integer','default':1},"
                          "'b':{'type':'string'},'c':{'type':'string','nullable':true},"
                          "'d':{'type':'string','nullable':true,'default':'x'},"
                          "'e':{'x-kubernetes-preserve-unknown-fields':true},"
                          "'list':{'type':'array','items':{'type':'string','default':'x'}},"
                          "'kept':{'type':'array','items':{'type':'string'}}}}",
                          NULL);
        assert_string_equal(
                defaulted(&scene, schema,
                          "{'a':null,'b':null,'c':null,'d':null,'e':{'f':null},'g':null}"),
                "{\"a\":1,\"c\":null,\"d\":null,\"e\":{\"f\":null},\"g\":null}");
        assert_string_equal(defaulted(&scene, schema, "{'list':[null,'y'],'kept':[null]}"),
                            "{\"list\":[\"x\",\"y\"],\"kept\":[null],\"a\":1,\"d\":\"x\"}");
}

static void test_schema__prunes_what_is_unknown(void **state) {
        struct scene scene SCENE_CLEANUP = SCENE_INIT;
        struct strings unknown = { .arena = &scene.arena };
        const struct schema *schema;

        (void)state;
        schema = compiled(&scene,
                          "{'type':'object','properties':{'metadata':{'type':'object'},"
                          "'spec':{'type':'object','properties':{'image':{'type':'string'},"
                          "'containers':{'type':'array','items':{'type':'object','properties':{"
                          "'name':{'type':'string'}}}},'plain':{'type':'array'},"
                          "'labels':{'type':'object','additionalProperties':{'type':'string'}}}}}}",
                          NULL);
        assert_string_equal(
                pruned(&scene, schema,
                       "{'apiVersion':'v1','kind':'A','metadata':{'name':'a'},'extra':1,'spec':{"
                       "'zoo':1,'image':'i','containers':[{'name':'a','bar':1},{'name':'b'}],"
                       "'plain':[{'a':1}],'labels':{'x':'y'},'bar':{'deep':[1]}}}",
                       &unknown),
                "{\"apiVersion\":\"v1\",\"kind\":\"A\",\"metadata\":{\"name\":\"a\"},\"spec\":{"
                "\"image\":\"i\",\"containers\":[{\"name\":\"a\"},{\"name\":\"b\"}],\"plain\":[{}],"
                "\"labels\":{\"x\":\"y\"}}}");
        assert_int_equal(unknown.n, 5);
        assert_string_equal(unknown.items[0], "extra");
        assert_string_equal(unknown.items[1], "spec.bar");
        assert_string_equal(unknown.items[2], "spec.containers[0].bar");
        assert_string_equal(unknown.items[3], "spec.plain[0].a");
        assert_string_equal(unknown.items[4], "spec.zoo");
        assert_string_equal(pruned(&scene, schema, "{'spec':{'bar':1}}", NULL), "{\"spec\":{}}");
}

static void test_schema__keeps_what_is_to_be_preserved(void **state) {
        struct scene scene SCENE_CLEANUP = SCENE_INIT;
        struct strings unknown = { .arena = &scene.arena };
        const struct schema *schema;

        (void)state;
        schema = compiled(&scene,
                          "{'type':'object','properties':{'free':{'type':'object',"
                          "'x-kubernetes-preserve-unknown-fields':true,'properties':{"
                          "'strict':{'type':'object'}}},"
                          "'list':{'type':'array','x-kubernetes-preserve-unknown-fields':true,"
                          "'items':{'type':'object'}},"
                          "'inner':{'type':'object','x-kubernetes-embedded-resource':true}}}",
                          NULL);
        assert_string_equal(
                pruned(&scene, schema,
                       "{'free':{'a':{'b':1},'strict':{'c':1}},'list':[{'a':1}],"
                       "'inner':{'apiVersion':'v1','kind':'A','metadata':{'name':'a'},'spec':{}}}",
                       &unknown),
                "{\"free\":{\"a\":{\"b\":1},\"strict\":{}},\"list\":[{\"a\":1}],"
                "\"inner\":{\"apiVersion\":\"v1\",\"kind\":\"A\",\"metadata\":{\"name\":\"a\"}}}");
        assert_int_equal(unknown.n, 2);
        assert_string_equal(unknown.items[0], "free.strict.c");
        assert_string_equal(unknown.items[1], "inner.spec");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_schema__is_compiled_whole),
                cmocka_unit_test(test_schema__refers_to_itself),
                cmocka_unit_test(test_schema__names_the_place_of_a_mistake),
                cmocka_unit_test(test_schema__a_default_without_end_is_refused),
                cmocka_unit_test(test_schema__sets_defaults_from_the_root_down),
                cmocka_unit_test(test_schema__null_gives_way_where_it_is_not_allowed),
                cmocka_unit_test(test_schema__prunes_what_is_unknown),
                cmocka_unit_test(test_schema__keeps_what_is_to_be_preserved),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
