#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "patch/patch.h"
#include "schema/schema.h"

/* In ' for ": JSON is then readable in C. */
static const char SCHEMA[] =
        "{'type':'object','properties':{"
        "'metadata':{'type':'object','properties':{"
        " 'labels':{'type':'object','additionalProperties':{'type':'string'}},"
        " 'finalizers':{'type':'array','items':{'type':'string'},"
        "  'x-kubernetes-patch-strategy':'merge'}}},"
        "'spec':{'type':'object','properties':{"
        " 'replicas':{'type':'integer'},"
        " 'args':{'type':'array','items':{'type':'string'}},"
        " 'odd':{'type':'array','items':{'type':'object'},'x-kubernetes-patch-strategy':'merge'},"
        " 'tables':{'type':'object','additionalProperties':"
        "  {'type':'object','additionalProperties':{'type':'string'}}},"
        " 'strategy':{'type':'object','x-kubernetes-patch-strategy':'retainKeys','properties':{"
        "  'type':{'type':'string'},'rollingUpdate':{'type':'object','properties':{"
        "   'maxSurge':{'x-kubernetes-int-or-string':true}}}}},"
        " 'containers':{'type':'array','x-kubernetes-patch-merge-key':'name',"
        "  'x-kubernetes-patch-strategy':'merge','items':{'type':'object','properties':{"
        "   'name':{'type':'string'},'image':{'type':'string'},"
        "   'args':{'type':'array','items':{'type':'string'}},"
        "   'ports':{'type':'array','x-kubernetes-patch-merge-key':'containerPort',"
        "    'x-kubernetes-patch-strategy':'merge','items':{'type':'object','properties':{"
        "     'containerPort':{'type':'integer'},'name':{'type':'string'},"
        "     'protocol':{'type':'string'}}}}}}}}}}}";

struct fixture {
        struct arena arena;
        struct json *source;
        const struct schema *schema;
};

static struct json *must_parse(const char *quoted) {
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        char *text = arena_strdup(&arena, quoted);
        struct json *json = NULL;
        struct err err = { .msg = "" };

        for (char *c = text; *c; c++)
                *c = *c == '\'' ? '"' : *c;
        if (json_parse(bytes_of(text), &JSON_LIMITS_OBJECT, &json, &err) < 0)
                fail_msg("%s: %s", quoted, err.msg);
        return json;
}

static int set_up(void **state) {
        struct fixture *fixture = test_calloc(1, sizeof(*fixture));
        struct err err = { .msg = "" };

        fixture->source = must_parse(SCHEMA);
        if (schema_compile(fixture->source, NULL, &fixture->arena, &fixture->schema, &err) < 0)
                fail_msg("%s", err.msg);
        *state = fixture;
        return 0;
}

static int tear_down(void **state) {
        struct fixture *fixture = *state;

        json_free(fixture->source);
        arena_deinit(&fixture->arena);
        test_free(fixture);
        return 0;
}

/* Patches a spec. */
static void assert_spec(void **state, const char *spec, const char *patch, const char *result) {
        struct fixture *fixture = *state;
        struct json *object JSON_CLEANUP = json_new_object(),
                            *tree JSON_CLEANUP = json_new_object(),
                            *expected JSON_CLEANUP = must_parse(result);
        struct strbuf found STRBUF_CLEANUP = STRBUF_INIT(1u << 20);
        struct strbuf wanted STRBUF_CLEANUP = STRBUF_INIT(1u << 20);
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        struct refusal refusal = { .arena = &arena };

        json_set(object, "spec", must_parse(spec));
        json_set(tree, "spec", must_parse(patch));
        if (patch_strategic(object, tree, fixture->schema, &refusal) < 0)
                fail_msg("%s: %d %s", patch, refusal.code, refusal.message);
        json_write(json_get(object, "spec"), &found);
        json_write(expected, &wanted);
        assert_string_equal(strbuf_str(&found), strbuf_str(&wanted));
}

static void test_strategic_patch__objects_merge_and_null_takes_away(void **state) {
        assert_spec(state, "{'replicas':1,'strategy':{'type':'a','rollingUpdate':{'maxSurge':1}}}",
                    "{'replicas':2,'strategy':{'rollingUpdate':{'maxSurge':'5%'},'type':null}}",
                    "{'replicas':2,'strategy':{'rollingUpdate':{'maxSurge':'5%'}}}");
        assert_spec(state, "{'replicas':1}", "{'replicas':null,'args':null}", "{}");
        assert_spec(state, "{}", "{'strategy':{'type':null,'rollingUpdate':{'maxSurge':1}}}",
                    "{'strategy':{'rollingUpdate':{'maxSurge':1}}}");
        assert_spec(state, "{'replicas':1}", "{'replicas':{'a':1}}", "{'replicas':{'a':1}}");
}

static void test_strategic_patch__maps_of_maps_merge(void **state) {
        assert_spec(state, "{'tables':{'a':{'x':'1','y':'2'},'b':{'z':'3'}}}",
                    "{'tables':{'a':{'x':'9','y':null},'b':null,'c':{'w':'4'}}}",
                    "{'tables':{'a':{'x':'9'},'c':{'w':'4'}}}");
        assert_spec(state, "{'tables':{'a':{'x':'1'},'b':{'z':'3'}}}",
                    "{'tables':{'a':{'$patch':'replace','y':'2'},'b':{'$patch':'delete'}}}",
                    "{'tables':{'a':{'y':'2'},'b':{}}}");
}

static void test_strategic_patch__lists_without_a_strategy_are_replaced(void **state) {
        assert_spec(state, "{'args':['a','b']}", "{'args':['c']}", "{'args':['c']}");
        assert_spec(state, "{'args':['a','b']}", "{'args':[]}", "{'args':[]}");
}

static void test_strategic_patch__lists_of_objects_merge_by_key(void **state) {
        assert_spec(state, "{'containers':[{'name':'a','image':'1'},{'name':'b','image':'1'}]}",
                    "{'containers':[{'name':'b','image':'2'}]}",
                    "{'containers':[{'name':'a','image':'1'},{'name':'b','image':'2'}]}");
        assert_spec(state,
                    "{'containers':[{'name':'a','ports':[{'containerPort':80,'name':'w'},"
                    "{'containerPort':81}]}]}",
                    "{'containers':[{'name':'a','ports':[{'containerPort':80,'protocol':'UDP'},"
                    "{'containerPort':82}]}]}",
                    "{'containers':[{'name':'a','ports':[{'containerPort':80,'name':'w',"
                    "'protocol':'UDP'},{'containerPort':82},{'containerPort':81}]}]}");
}

/* What is named stands in the order of the patch, the rest where it stood relative to that. */
static void test_strategic_patch__order_of_merged_lists(void **state) {
        assert_spec(state, "{'containers':[{'name':'a'},{'name':'b'},{'name':'c'}]}",
                    "{'containers':[{'name':'new'},{'name':'c'},{'name':'b'}]}",
                    "{'containers':[{'name':'new'},{'name':'a'},{'name':'c'},{'name':'b'}]}");
        assert_spec(state, "{'containers':[{'name':'a'},{'name':'b'},{'name':'c'}]}",
                    "{'$setElementOrder/containers':[{'name':'c'},{'name':'new'},{'name':'a'}],"
                    "'containers':[{'name':'new','image':'1'}]}",
                    "{'containers':[{'name':'b'},{'name':'c'},{'name':'new','image':'1'},"
                    "{'name':'a'}]}");
        assert_spec(state, "{'containers':[{'name':'a'},{'name':'b'}]}",
                    "{'$setElementOrder/containers':[{'name':'b'},{'name':'a'}]}",
                    "{'containers':[{'name':'b'},{'name':'a'}]}");
        assert_spec(state, "{}",
                    "{'$setElementOrder/containers':[{'name':'b'},{'name':'a'}],"
                    "'containers':[{'name':'a'},{'$patch':'delete','name':'x'}]}",
                    "{'containers':[{'name':'a'}]}");
        assert_spec(state, "{}", "{'$setElementOrder/containers':[{'name':'b'}]}", "{}");
}

static void test_strategic_patch__items_are_deleted_and_lists_replaced(void **state) {
        assert_spec(state, "{'containers':[{'name':'a'},{'name':'b'},{'name':'c'}]}",
                    "{'containers':[{'$patch':'delete','name':'b'},{'name':'c','image':'2'}]}",
                    "{'containers':[{'name':'a'},{'name':'c','image':'2'}]}");
        assert_spec(state, "{'containers':[{'name':'a'}]}",
                    "{'containers':[{'$patch':'delete','name':'zz'}]}",
                    "{'containers':[{'name':'a'}]}");
        assert_spec(state, "{'containers':[{'name':'a','image':'1'},{'name':'b'}]}",
                    "{'containers':[{'$patch':'replace'},{'name':'c'},{'name':'a'}]}",
                    "{'containers':[{'name':'c'},{'name':'a'}]}");
        assert_spec(state, "{}", "{'containers':[{'$patch':'delete','name':'b'},{'name':'c'}]}",
                    "{'containers':[{'name':'c'}]}");
}

/* As kubectl apply sends it when a container goes: the order comes with it. */
static void test_strategic_patch__deletion_with_an_order(void **state) {
        assert_spec(state, "{'containers':[{'name':'a'},{'name':'b'},{'name':'side'}]}",
                    "{'$setElementOrder/containers':[{'name':'b'}],"
                    "'containers':[{'$patch':'delete','name':'a'},{'name':'b','image':'2'}]}",
                    "{'containers':[{'name':'b','image':'2'},{'name':'side'}]}");
        assert_spec(state, "{'containers':[{'name':'a'},{'name':'b'}]}",
                    "{'$setElementOrder/containers':[{'name':'b'}],"
                    "'containers':[{'name':'b','image':'2'},{'$patch':'delete','name':'a'}]}",
                    "{'containers':[{'name':'b','image':'2'}]}");
}

/* As a real API server answers, whose list shifts under the order that it goes by. */
static void test_strategic_patch__deleted_and_new_with_an_order(void **state) {
        assert_spec(state, "{'containers':[{'name':'d'},{'name':'a'},{'name':'c'},{'name':'b'}]}",
                    "{'$setElementOrder/containers':[{'name':'e'},{'name':'a'},{'name':'c'}],"
                    "'containers':[{'name':'e'},{'$patch':'delete','name':'d'},"
                    "{'$patch':'delete','name':'c'},{'name':'a','image':'2'}]}",
                    "{'containers':[{'name':'b'},{'name':'e'},{'name':'a','image':'2'}]}");
}

/* What is not there cannot be merged with: the item stays as it came, for the decoder to judge. */
static void test_strategic_patch__directives_in_a_new_item_stay(void **state) {
        assert_spec(
                state, "{'containers':[]}",
                "{'containers':[{'name':'a','ports':[{'$patch':'delete','containerPort':1}]}]}",
                "{'containers':[{'name':'a','ports':[{'$patch':'delete','containerPort':1}]}]}");
        assert_spec(state, "{}",
                    "{'containers':[{'name':'a','ports':[{'$patch':'delete','containerPort':1}]}]}",
                    "{'containers':[{'name':'a','ports':[]}]}");
}

static void test_strategic_patch__retain_keys(void **state) {
        assert_spec(state, "{'strategy':{'type':'RollingUpdate','rollingUpdate':{'maxSurge':1}}}",
                    "{'strategy':{'$retainKeys':['type'],'type':'Recreate'}}",
                    "{'strategy':{'type':'Recreate'}}");
        assert_spec(state, "{'strategy':{'type':'a','rollingUpdate':{'maxSurge':1}}}",
                    "{'strategy':{'$retainKeys':['type'],'rollingUpdate':null}}",
                    "{'strategy':{'type':'a'}}");
}

static void assert_finalizers(void **state, const char *before, const char *patch,
                              const char *result) {
        struct fixture *fixture = *state;
        struct json *object JSON_CLEANUP = json_new_object(),
                            *tree JSON_CLEANUP = json_new_object(),
                            *expected JSON_CLEANUP = must_parse(result);
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        struct refusal refusal = { .arena = &arena };

        json_set(object, "metadata", must_parse(before));
        json_set(tree, "metadata", must_parse(patch));
        if (patch_strategic(object, tree, fixture->schema, &refusal) < 0)
                fail_msg("%s: %d %s", patch, refusal.code, refusal.message);
        if (!json_equal(json_get(object, "metadata"), expected))
                fail_msg("%s", patch);
}

static void test_strategic_patch__lists_of_texts(void **state) {
        assert_finalizers(state, "{'finalizers':['a','b']}", "{'finalizers':['c','b']}",
                          "{'finalizers':['c','a','b']}");
        assert_finalizers(state, "{'finalizers':['a','b']}", "{'finalizers':[]}",
                          "{'finalizers':['a','b']}");
        assert_finalizers(state, "{'finalizers':['a','b','c']}",
                          "{'$deleteFromPrimitiveList/finalizers':['b','x']}",
                          "{'finalizers':['a','c']}");
        assert_finalizers(state, "{}", "{'$deleteFromPrimitiveList/finalizers':['b']}", "{}");
        assert_finalizers(state, "{'finalizers':['a','b','c']}",
                          "{'$deleteFromPrimitiveList/finalizers':['b'],"
                          "'$setElementOrder/finalizers':['c','d'],'finalizers':['d']}",
                          "{'finalizers':['a','c','d']}");
        assert_finalizers(state, "{'finalizers':['a']}",
                          "{'$deleteFromPrimitiveList/finalizers':null}", "{}");
        assert_finalizers(state, "{'finalizers':['a']}",
                          "{'$deleteFromPrimitiveList/finalizers':'a'}", "{'finalizers':['a']}");
}

static void test_strategic_patch__the_whole_object_can_be_emptied(void **state) {
        struct fixture *fixture = *state;
        struct json *object JSON_CLEANUP = must_parse("{'kind':'A','spec':{'replicas':1}}");
        struct json *delete JSON_CLEANUP = must_parse("{'$patch':'delete'}");
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        struct refusal refusal = { .arena = &arena };

        assert_int_equal(patch_strategic(object, NULL, fixture->schema, &refusal), 0);
        assert_int_equal(json_length(object), 2);
        assert_int_equal(patch_strategic(object, delete, fixture->schema, &refusal), 0);
        assert_int_equal(json_length(object), 0);
}

static void test_strategic_patch__the_patch_stays_as_it_is(void **state) {
        struct fixture *fixture = *state;
        struct json *object JSON_CLEANUP = must_parse("{'spec':{'containers':[{'name':'a'}]}}");
        struct json *patch JSON_CLEANUP =
                must_parse("{'spec':{'$setElementOrder/containers':[{'name':'b'},{'name':'a'}],"
                           "'containers':[{'name':'b'},{'name':'a','image':null}]}}");
        struct json *before JSON_CLEANUP = json_clone(patch);
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        struct refusal refusal = { .arena = &arena };

        assert_int_equal(patch_strategic(object, patch, fixture->schema, &refusal), 0);
        assert_true(json_equal(patch, before));
}

/* The texts are those of Kubernetes 1.34. */
static void test_strategic_patch__bad_patches(void **state) {
        static const struct {
                const char *patch;
                int code;
                const char *reason, *message;
        } ROWS[] = {
                { "[1]", 400, "BadRequest",
                  "json: cannot unmarshal array into Go value of type map[string]interface {}" },
                { "{'spec':{'containers':[{'image':'x'}]}}", 500, "",
                  "map: map[image:x] does not contain declared merge key: name" },
                { "{'spec':{'containers':[{'$patch':'delete'}]}}", 500, "",
                  "map: map[$patch:delete] does not contain declared merge key: name" },
                { "{'spec':{'containers':[{'$patch':'merge','name':'c'}]}}", 500, "",
                  "merging lists cannot yet be specified in the patch" },
                { "{'spec':{'containers':[{'$patch':'zap','name':'c'}]}}", 500, "",
                  "unknown patch type: zap in map: map[$patch:zap name:c]" },
                { "{'spec':{'$patch':'merge'}}", 500, "",
                  "unknown patch type: merge in map: map[$patch:merge]" },
                { "{'spec':{'$patch':5,'replicas':3}}", 500, "",
                  "unknown patch type: %!s(int64=5) in map: map[$patch:5 replicas:3]" },
                { "{'metadata':{'$deleteFromPrimitiveList':['a']}}", 400, "BadRequest",
                  "invalid patch format of primitive list" },
                { "{'metadata':{'$retainKeys':'a'}}", 400, "BadRequest",
                  "invalid patch format of retainKeys" },
                { "{'spec':{'strategy':{'$retainKeys':['type'],'rollingUpdate':{'maxSurge':1}}}}",
                  400, "BadRequest", "invalid patch format of retainKeys" },
                { "{'metadata':{'$setElementOrder/finalizers':['a'],'finalizers':['b']}}", 500, "",
                  "The order in patch list:\n[b]\n doesn't match $setElementOrder list:\n[a]\n" },
                { "{'metadata':{'$setElementOrder/finalizers':'a'}}", 500, "",
                  "expected a []interface {}, but received a string" },
                { "{'metadata':{'$setElementOrder':['a']}}", 400, "BadRequest",
                  "invalid patch format of setElementOrder list" },
                { "{'metadata':{'finalizers':[1]}}", 500, "",
                  "list element types are not identical: [[ex.io/a] [1]]" },
                { "{'metadata':{'finalizers':[['a']]}}", 500, "",
                  "list element types are not identical: [[ex.io/a] [[a]]]" },
                { "{'spec':{'containers':['x']}}", 500, "",
                  "list element types are not identical: [[map[image:i name:c]] [x]]" },
                { "{'spec':{'containers':[null]}}", 500, "",
                  "list element types are not identical: [[map[image:i name:c]] [<nil>]]" },
                { "{'spec':{'$setElementOrder/containers':[{'name':'x'}],"
                  "'containers':[{'name':'c','image':'z'}]}}",
                  500, "",
                  "The order in patch list:\n[map[image:z name:c]]\n doesn't match "
                  "$setElementOrder list:\n[map[name:x]]\n" },
                { "{'spec':{'$setElementOrder/containers':['x'],"
                  "'containers':[{'name':'c','image':'z'}]}}",
                  500, "", "expected a map[string]interface {}, but received a string" },
                { "{'spec':{'odd':[{'a':1}]}}", 500, "",
                  "cannot merge lists without merge key for struct" },
                { "{'spec':{'$setElementOrder/args':[],'args':[['a']]}}", 422, "Invalid",
                  "the server rejected our request due to an error in our request" },
        };
        struct fixture *fixture = *state;

        for (size_t i = 0; i < sizeof(ROWS) / sizeof(*ROWS); i++) {
                struct json *object JSON_CLEANUP =
                        must_parse("{'metadata':{'finalizers':['ex.io/"
                                   "a']},'spec':{'odd':[{'a':2}],'strategy':{},"
                                   "'containers':[{'name':'c','image':'i'}]}}");
                struct json *patch JSON_CLEANUP = must_parse(ROWS[i].patch);
                struct arena arena ARENA_CLEANUP = ARENA_INIT;
                struct refusal refusal = { .arena = &arena };

                if (patch_strategic(object, patch, fixture->schema, &refusal) == 0)
                        fail_msg("%s", ROWS[i].patch);
                assert_string_equal(refusal.message, ROWS[i].message);
                assert_int_equal(refusal.code, ROWS[i].code);
                assert_string_equal(refusal.reason, ROWS[i].reason);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_strategic_patch__objects_merge_and_null_takes_away),
                cmocka_unit_test(test_strategic_patch__maps_of_maps_merge),
                cmocka_unit_test(test_strategic_patch__lists_without_a_strategy_are_replaced),
                cmocka_unit_test(test_strategic_patch__lists_of_objects_merge_by_key),
                cmocka_unit_test(test_strategic_patch__order_of_merged_lists),
                cmocka_unit_test(test_strategic_patch__items_are_deleted_and_lists_replaced),
                cmocka_unit_test(test_strategic_patch__deletion_with_an_order),
                cmocka_unit_test(test_strategic_patch__deleted_and_new_with_an_order),
                cmocka_unit_test(test_strategic_patch__directives_in_a_new_item_stay),
                cmocka_unit_test(test_strategic_patch__retain_keys),
                cmocka_unit_test(test_strategic_patch__lists_of_texts),
                cmocka_unit_test(test_strategic_patch__the_whole_object_can_be_emptied),
                cmocka_unit_test(test_strategic_patch__the_patch_stays_as_it_is),
                cmocka_unit_test(test_strategic_patch__bad_patches),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
