#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "patch/ownership.h"
#include "schema/schema.h"

/* In ' for ": JSON is then readable in C. */
static const char SCHEMA[] =
        "{'type':'object','properties':{"
        "'spec':{'type':'object','properties':{"
        " 'replicas':{'type':'integer'},'paused':{'type':'boolean'},"
        " 'surge':{'x-kubernetes-int-or-string':true},"
        " 'selector':{'type':'object','x-kubernetes-map-type':'atomic',"
        "  'additionalProperties':{'type':'string'}},"
        " 'options':{'type':'object','additionalProperties':{'type':'string'}},"
        " 'anything':{'type':'object','x-kubernetes-preserve-unknown-fields':true},"
        " 'args':{'type':'array','items':{'type':'string'}},"
        " 'hosts':{'type':'array','items':{'type':'string'},'x-kubernetes-list-type':'set'},"
        " 'containers':{'type':'array','x-kubernetes-patch-merge-key':'name',"
        "  'x-kubernetes-patch-strategy':'merge','items':{'type':'object','properties':{"
        "   'name':{'type':'string'},'image':{'type':'string'},"
        "   'ports':{'type':'array','x-kubernetes-list-type':'map',"
        "    'x-kubernetes-list-map-keys':['containerPort','protocol'],"
        "    'items':{'type':'object','properties':{'containerPort':{'type':'integer'},"
        "     'name':{'type':'string'},'protocol':{'type':'string','default':'TCP'}}}}}}}}},"
        "'status':{'type':'object','properties':{'ready':{'type':'integer'}}}}}";

struct fixture {
        struct arena arena;
        struct json *source;
        const struct schema *schema;
        struct json *object;
        struct refusal refusal;
        const char *subresource;
        int64_t now_s;
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
        fixture->subresource = "";
        if (schema_compile(fixture->source, NULL, &fixture->arena, &fixture->schema, &err) < 0)
                fail_msg("%s", err.msg);
        fixture->refusal.arena = &fixture->arena;
        *state = fixture;
        return 0;
}

static int tear_down(void **state) {
        struct fixture *fixture = *state;

        refusal_deinit(&fixture->refusal);
        json_free(fixture->object);
        json_free(fixture->source);
        arena_deinit(&fixture->arena);
        test_free(fixture);
        return 0;
}

/* Each write is a second later than the one before. */
static struct ownership_of of(struct fixture *fixture, const char *manager) {
        return (struct ownership_of){
                .schema = fixture->schema,
                .api_version = "apps/v1",
                .kind = "Thing",
                .manager = manager,
                .subresource = fixture->subresource,
                .has_status = true,
                .now_ms = ++fixture->now_s * 1000,
        };
}

/* members: those beside apiVersion, kind and metadata.name. */
static struct json *object_of(const char *members) {
        struct arena arena ARENA_CLEANUP = ARENA_INIT;

        return must_parse(
                arena_printf(&arena,
                             "{'apiVersion':'apps/v1','kind':'Thing','metadata':{'name':'a'}%s%s}",
                             *members ? "," : "", members));
}

static int apply_tree(struct fixture *fixture, const char *manager, struct json *config,
                      bool force) {
        struct ownership_of by = of(fixture, manager);
        struct json *object = json_clone(fixture->object);
        int result;

        refusal_deinit(&fixture->refusal);
        result = ownership_apply(&by, &object, config, force, &fixture->refusal);
        if (result == 0) {
                json_free(fixture->object);
                fixture->object = object;
        } else {
                assert_null(object);
        }
        return result;
}

static int try_apply(struct fixture *fixture, const char *manager, const char *members) {
        struct json *config JSON_CLEANUP = object_of(members);

        return apply_tree(fixture, manager, config, false);
}

static void apply(struct fixture *fixture, const char *manager, const char *members) {
        if (try_apply(fixture, manager, members) < 0)
                fail_msg("%s", fixture->refusal.message);
}

static void force(struct fixture *fixture, const char *manager, const char *members) {
        struct json *config JSON_CLEANUP = object_of(members);

        assert_int_equal(apply_tree(fixture, manager, config, true), 0);
}

/* The object is there, and was never applied. */
static void have(struct fixture *fixture, const char *members) {
        json_free(fixture->object);
        fixture->object = object_of(members);
}

/* Another write: the member of the object is replaced (null: taken away). */
static void update(struct fixture *fixture, const char *manager, const char *member,
                   const char *value) {
        struct ownership_of by = of(fixture, manager);
        struct json *after = json_clone(fixture->object);
        struct json *tree = must_parse(value);

        if (tree)
                json_set(after, member, tree);
        else
                json_remove(after, member);
        ownership_update(&by, fixture->object, after);
        json_free(fixture->object);
        fixture->object = after;
}

static void assert_json(const struct json *found, const char *expected) {
        struct json *tree JSON_CLEANUP = must_parse(expected);
        struct strbuf a STRBUF_CLEANUP = STRBUF_INIT(1u << 20);
        struct strbuf b STRBUF_CLEANUP = STRBUF_INIT(1u << 20);

        json_write(found, &a);
        json_write(tree, &b);
        assert_string_equal(strbuf_str(&a), strbuf_str(&b));
}

static void assert_spec(const struct fixture *fixture, const char *expected) {
        assert_json(json_get(fixture->object, "spec"), expected);
}

/* The fields of a manager, "" when it has none. operation: 'A' or 'U'. */
static void assert_owns(const struct fixture *fixture, const char *manager, char operation,
                        const char *fields) {
        const struct json *all = json_get(json_get(fixture->object, "metadata"), "managedFields");

        for (size_t i = 0; i < json_length(all); i++) {
                const struct json *entry = json_at(all, i);

                if (strcmp(json_text_at(entry, "manager"), manager) != 0 ||
                    strcmp(json_text_at(entry, "subresource"), fixture->subresource) != 0 ||
                    json_text_at(entry, "operation")[0] != operation)
                        continue;
                if (*fields == '\0')
                        fail_msg("%s owns something", manager);
                assert_json(json_get(entry, "fieldsV1"), fields);
                return;
        }
        if (*fields != '\0')
                fail_msg("%s owns nothing", manager);
}

static const char *time_of(const struct fixture *fixture, const char *manager) {
        const struct json *all = json_get(json_get(fixture->object, "metadata"), "managedFields");

        for (size_t i = 0; i < json_length(all); i++)
                if (strcmp(json_text_at(json_at(all, i), "manager"), manager) == 0)
                        return json_text_at(json_at(all, i), "time");
        return NULL;
}

static void assert_conflict(const struct fixture *fixture, const char *message) {
        assert_int_equal(fixture->refusal.code, 409);
        assert_string_equal(fixture->refusal.reason, "Conflict");
        assert_string_equal(fixture->refusal.message, message);
}

static void test_ownership__first_apply_creates(void **state) {
        struct fixture *fixture = *state;

        apply(fixture, "me",
              "'spec':{'replicas':1,'options':{'a':'1'},'args':['x'],'selector':{'a':'b'},"
              "'hosts':['h'],'containers':[{'name':'c','ports':[{'containerPort':80}]}]}");
        assert_json(json_get(json_get(fixture->object, "metadata"), "managedFields"),
                    "[{'manager':'me','operation':'Apply','apiVersion':'apps/v1',"
                    "'time':'1970-01-01T00:00:01Z','fieldsType':'FieldsV1','fieldsV1':{'f:spec':{"
                    "'f:args':{},'f:containers':{'k:{\\'name\\':\\'c\\'}':{'.':{},'f:name':{},"
                    "'f:ports':{'k:{\\'containerPort\\':80,\\'protocol\\':\\'TCP\\'}':{'.':{},"
                    "'f:containerPort':{}}}}},'f:hosts':{'v:\\'h\\'':{}},'f:options':{'f:a':{}},"
                    "'f:replicas':{},'f:selector':{}}}}]");
}

static void test_ownership__what_the_applier_gives_up_goes(void **state) {
        struct fixture *fixture = *state;

        apply(fixture, "me", "'spec':{'replicas':1,'paused':true,'options':{'a':'1','b':'2'}}");
        apply(fixture, "me", "'spec':{'replicas':1,'options':{'b':'2'}}");
        assert_spec(fixture, "{'replicas':1,'options':{'b':'2'}}");
        assert_owns(fixture, "me", 'A', "{'f:spec':{'f:options':{'f:b':{}},'f:replicas':{}}}");
        apply(fixture, "me", "'spec':{'replicas':1}");
        assert_spec(fixture, "{'replicas':1}");
}

static void test_ownership__shared_fields_stay_until_the_last_gives_up(void **state) {
        struct fixture *fixture = *state;

        apply(fixture, "me", "'spec':{'replicas':1,'paused':true}");
        apply(fixture, "you", "'spec':{'paused':true}");
        apply(fixture, "me", "'spec':{'replicas':1}");
        assert_spec(fixture, "{'replicas':1,'paused':true}");
        assert_owns(fixture, "you", 'A', "{'f:spec':{'f:paused':{}}}");
        apply(fixture, "you", "'spec':{}");
        assert_spec(fixture, "{'replicas':1}");
        assert_owns(fixture, "you", 'A', "{'f:spec':{}}");
}

static void test_ownership__conflicts_name_manager_and_field(void **state) {
        struct fixture *fixture = *state;

        apply(fixture, "me", "'spec':{'replicas':1}");
        assert_int_equal(try_apply(fixture, "you", "'spec':{'replicas':2}"), -1);
        assert_conflict(fixture, "Apply failed with 1 conflict: conflict with \"me\": "
                                 ".spec.replicas");
        assert_json(fixture->refusal.causes,
                    "[{'reason':'FieldManagerConflict','message':'conflict with \\'me\\'',"
                    "'field':'.spec.replicas'}]");
        assert_null(fixture->refusal.kind);
        assert_null(fixture->refusal.name);

        update(fixture, "kubectl-edit", "spec", "{'replicas':3}");
        assert_int_equal(try_apply(fixture, "me", "'spec':{'replicas':1}"), -1);
        assert_conflict(fixture, "Apply failed with 1 conflict: conflict with \"kubectl-edit\" "
                                 "using apps/v1: .spec.replicas");
}

static void test_ownership__several_conflicts_are_listed_by_manager(void **state) {
        struct fixture *fixture = *state;

        have(fixture, "'spec':{'containers':[{'name':'c','image':'1','ports':[{'containerPort':80,"
                      "'protocol':'TCP','name':'w'}]}],'replicas':1}");
        apply(fixture, "a", "'spec':{'paused':true}");
        assert_int_equal(try_apply(fixture, "b",
                                   "'spec':{'paused':false,'replicas':2,'containers':[{"
                                   "'name':'c','image':'2','ports':[{'containerPort':80,"
                                   "'name':'x'}]}]}"),
                         -1);
        assert_conflict(
                fixture,
                "Apply failed with 4 conflicts: conflicts with \"a\":\n- .spec.paused\n"
                "conflicts with \"before-first-apply\" using apps/v1:\n- .spec.replicas\n"
                "- .spec.containers[name=\"c\"].image\n"
                "- .spec.containers[name=\"c\"].ports[containerPort=80,protocol=\"TCP\"].name");
        assert_int_equal(json_length(fixture->refusal.causes), 4);
}

static void test_ownership__force_takes_over(void **state) {
        struct fixture *fixture = *state;

        apply(fixture, "me", "'spec':{'replicas':1,'paused':true}");
        force(fixture, "you", "'spec':{'replicas':2}");
        assert_spec(fixture, "{'replicas':2,'paused':true}");
        assert_owns(fixture, "me", 'A', "{'f:spec':{'f:paused':{}}}");
        assert_owns(fixture, "you", 'A', "{'f:spec':{'f:replicas':{}}}");
        force(fixture, "third", "'spec':{'paused':false}");
        assert_owns(fixture, "me", 'A', "");
}

static void test_ownership__the_same_value_is_no_conflict(void **state) {
        struct fixture *fixture = *state;

        apply(fixture, "me", "'spec':{'replicas':1,'args':['a','b']}");
        apply(fixture, "you", "'spec':{'replicas':1,'args':['a','b']}");
        assert_int_equal(try_apply(fixture, "you", "'spec':{'args':['b','a']}"), -1);
        assert_conflict(fixture, "Apply failed with 1 conflict: conflict with \"me\": .spec.args");
}

static void test_ownership__writes_before_the_first_apply_have_one_owner(void **state) {
        struct fixture *fixture = *state;

        have(fixture, "'spec':{'replicas':1,'options':{'a':'1'}},'status':{'ready':1}");
        apply(fixture, "me", "'spec':{'options':{'b':'2'}}");
        assert_owns(fixture, "before-first-apply", 'U',
                    "{'f:spec':{'.':{},'f:options':{'.':{},'f:a':{}},'f:replicas':{}}}");
        assert_string_equal(time_of(fixture, "before-first-apply"), "1970-01-01T00:00:01Z");
        assert_spec(fixture, "{'replicas':1,'options':{'a':'1','b':'2'}}");
}

static void test_ownership__before_an_apply_nothing_is_kept(void **state) {
        struct fixture *fixture = *state;

        have(fixture, "'spec':{'replicas':1}");
        update(fixture, "kubectl-edit", "spec", "{'replicas':2}");
        assert_false(json_has(json_get(fixture->object, "metadata"), "managedFields"));
}

static void test_ownership__a_write_moves_fields_to_its_writer(void **state) {
        struct fixture *fixture = *state;

        apply(fixture, "me", "'spec':{'replicas':1,'paused':true,'options':{'a':'1'}}");
        update(fixture, "kubectl-scale", "spec",
               "{'replicas':5,'options':{'a':'1','n':'2'},'surge':'5%'}");
        assert_owns(fixture, "me", 'A', "{'f:spec':{'f:options':{'f:a':{}}}}");
        assert_owns(fixture, "kubectl-scale", 'U',
                    "{'f:spec':{'f:options':{'f:n':{}},'f:replicas':{},'f:surge':{}}}");
        assert_string_equal(time_of(fixture, "kubectl-scale"), "1970-01-01T00:00:02Z");
        assert_string_equal(time_of(fixture, "me"), "1970-01-01T00:00:01Z");
        update(fixture, "other", "spec", "{'replicas':5,'options':{'a':'1'},'surge':'6%'}");
        assert_owns(fixture, "kubectl-scale", 'U', "{'f:spec':{'f:replicas':{}}}");
        update(fixture, "", "spec", "null");
        assert_owns(fixture, "kubectl-scale", 'U', "");
        assert_owns(fixture, "me", 'A', "");
        assert_false(json_has(json_get(fixture->object, "metadata"), "managedFields"));
}

static void test_ownership__a_write_without_change_leaves_times(void **state) {
        struct fixture *fixture = *state;

        apply(fixture, "me", "'spec':{'replicas':1,'paused':true}");
        update(fixture, "you", "spec", "{'replicas':2,'paused':true}");
        update(fixture, "you", "spec", "{'replicas':2,'paused':true}");
        assert_string_equal(time_of(fixture, "you"), "1970-01-01T00:00:02Z");
        update(fixture, "third", "spec", "{'replicas':2,'paused':true}");
        assert_null(time_of(fixture, "third"));
        force(fixture, "me", "'spec':{'replicas':2,'paused':true}");
        assert_string_equal(time_of(fixture, "me"), "1970-01-01T00:00:01Z");
        /* One who applies what is there already never changed anything: it has no time. */
        apply(fixture, "new", "'spec':{'replicas':2}");
        assert_string_equal(time_of(fixture, "new"), "");
}

static void test_ownership__writer_and_applier_of_one_name_are_two(void **state) {
        struct fixture *fixture = *state;

        apply(fixture, "me", "'spec':{'replicas':1,'paused':true}");
        update(fixture, "me", "spec", "{'replicas':2,'paused':true}");
        assert_owns(fixture, "me", 'A', "{'f:spec':{'f:paused':{}}}");
        assert_owns(fixture, "me", 'U', "{'f:spec':{'f:replicas':{}}}");
        assert_int_equal(try_apply(fixture, "me", "'spec':{'replicas':1,'paused':true}"), -1);
        assert_conflict(fixture, "Apply failed with 1 conflict: conflict with \"me\" using "
                                 "apps/v1: .spec.replicas");
}

static void test_ownership__items_of_lists_have_owners(void **state) {
        struct fixture *fixture = *state;

        apply(fixture, "me",
              "'spec':{'containers':[{'name':'a','image':'1'},{'name':'b','image':'1'}]}");
        apply(fixture, "you", "'spec':{'containers':[{'name':'b'},{'name':'c','image':'3'}]}");
        assert_spec(fixture, "{'containers':[{'name':'a','image':'1'},{'name':'b','image':'1'},"
                             "{'name':'c','image':'3'}]}");
        apply(fixture, "me", "'spec':{'containers':[{'name':'a','image':'1'}]}");
        assert_spec(fixture, "{'containers':[{'name':'a','image':'1'},{'name':'b'},"
                             "{'name':'c','image':'3'}]}");
        apply(fixture, "you", "'spec':{}");
        assert_spec(fixture, "{'containers':[{'name':'a','image':'1'}]}");
}

/* The item was the applier's, but a field in it never was: it goes with it. */
static void test_ownership__what_is_below_a_given_up_item(void **state) {
        struct fixture *fixture = *state;

        apply(fixture, "me", "'spec':{'containers':[{'name':'a'}]}");
        update(fixture, "defaults", "spec", "{'containers':[{'name':'a','image':'default'}]}");
        apply(fixture, "me", "'spec':{'containers':[{'name':'b'}]}");
        assert_spec(fixture, "{'containers':[{'name':'b'}]}");
        assert_owns(fixture, "defaults", 'U', "");
}

static void test_ownership__merged_lists_follow_the_configuration(void **state) {
        struct fixture *fixture = *state;

        have(fixture, "'spec':{'hosts':['a','b','c','d']}");
        apply(fixture, "me", "'spec':{'hosts':['d','x','b']}");
        assert_spec(fixture, "{'hosts':['a','c','d','x','b']}");
        apply(fixture, "me", "'spec':{'hosts':['x']}");
        assert_spec(fixture, "{'hosts':['a','c','d','x','b']}");
        assert_owns(fixture, "me", 'A', "{'f:spec':{'f:hosts':{'v:\\'x\\'':{}}}}");
        apply(fixture, "me", "'spec':{'hosts':[]}");
        assert_spec(fixture, "{'hosts':['a','c','d','b']}");
}

static void test_ownership__status_and_the_rest_are_apart(void **state) {
        struct fixture *fixture = *state;

        apply(fixture, "me", "'spec':{'replicas':1},'status':{'ready':7}");
        assert_owns(fixture, "me", 'A', "{'f:spec':{'f:replicas':{}}}");
        fixture->subresource = "status";
        update(fixture, "controller", "status", "{'ready':3}");
        assert_owns(fixture, "controller", 'U', "{'f:status':{'f:ready':{}}}");
        assert_int_equal(try_apply(fixture, "you", "'status':{'ready':4}"), -1);
        assert_conflict(fixture, "Apply failed with 1 conflict: conflict with \"controller\" with "
                                 "subresource \"status\" using apps/v1: .status.ready");
        fixture->subresource = "";
        update(fixture, "controller", "spec", "{'replicas':2}");
        assert_owns(fixture, "controller", 'U', "{'f:spec':{'f:replicas':{}}}");
}

static void test_ownership__where_the_schema_is_silent(void **state) {
        struct fixture *fixture = *state;

        apply(fixture, "me", "'spec':{'anything':{'a':{'b':1},'l':[1,{'x':2}],'e':{},'n':null}}");
        assert_owns(fixture, "me", 'A',
                    "{'f:spec':{'f:anything':{'f:a':{'.':{},'f:b':{}},'f:e':{},'f:l':{},"
                    "'f:n':{}}}}");
        apply(fixture, "you", "'spec':{'anything':{'a':{'c':2}}}");
        assert_int_equal(try_apply(fixture, "you", "'spec':{'anything':{'a':'text','l':[1]}}"), -1);
        assert_conflict(fixture, "Apply failed with 2 conflicts: conflicts with \"me\":\n"
                                 "- .spec.anything.a\n- .spec.anything.l");
}

static void test_ownership__metadata_needs_no_schema(void **state) {
        struct fixture *fixture = *state;
        struct json *config JSON_CLEANUP = must_parse(
                "{'apiVersion':'apps/v1','kind':'Thing','metadata':{'name':'a','uid':'u',"
                "'labels':{'x':'1'},'finalizers':['f/a'],'ownerReferences':[{'uid':'1',"
                "'name':'o'}]}}");

        assert_int_equal(apply_tree(fixture, "me", config, false), 0);
        assert_owns(fixture, "me", 'A',
                    "{'f:metadata':{'f:finalizers':{'v:\\'f/a\\'':{}},'f:labels':{'f:x':{}},"
                    "'f:ownerReferences':{'k:{\\'uid\\':\\'1\\'}':{}}}}");
}

static void assert_refused(struct fixture *fixture, const char *config, int code,
                           const char *message) {
        struct json *tree JSON_CLEANUP = must_parse(config);

        assert_int_equal(apply_tree(fixture, "me", tree, true), -1);
        assert_string_equal(fixture->refusal.message, message);
        assert_int_equal(fixture->refusal.code, code);
}

#define HEAD "{'apiVersion':'apps/v1','kind':'Thing','metadata':{'name':'a'},'spec':"
#define FAIL "failed to create typed patch object (/a; apps/v1, Kind=Thing): "

/* The texts are those of Kubernetes 1.34. */
static void test_ownership__configurations_that_do_not_fit(void **state) {
        struct fixture *fixture = *state;

        assert_refused(fixture, "[1]", 400,
                       "error decoding YAML: error unmarshaling JSON: while decoding JSON: json: "
                       "cannot unmarshal array into Go value of type map[string]interface {}");
        assert_refused(fixture, "{'apiVersion':'v2','kind':'Thing'}", 400,
                       "invalid object type: /v2, Kind=Thing");
        assert_refused(fixture, "{'kind':'Thing'}", 400, "invalid object type: /, Kind=Thing");
        assert_refused(fixture, "{'apiVersion':'apps/v1','kind':'Foo'}", 400,
                       "invalid object type: apps/v1, Kind=Foo");
        assert_refused(fixture,
                       "{'apiVersion':'apps/v1','kind':'Thing','metadata':{'managedFields':[]}}",
                       400, "metadata.managedFields must be nil");
        assert_refused(fixture, HEAD "{'foo':1}}", 500,
                       FAIL ".spec.foo: field not declared in schema");
        assert_refused(fixture, HEAD "5}", 500, FAIL ".spec: expected map, got &{5}");
        assert_refused(fixture, HEAD "{'replicas':'x'}}", 500,
                       FAIL ".spec.replicas: expected numeric (int or float), got string");
        assert_refused(fixture, HEAD "{'args':[1]}}", 500,
                       FAIL ".spec.args[0]: expected string, got "
                            "&value.valueUnstructured{Value:1}");
        assert_refused(fixture, HEAD "{'paused':'x'}}", 500,
                       FAIL ".spec.paused: expected boolean, got &{x}");
        assert_refused(fixture, HEAD "{'surge':{'a':'b'}}}", 500,
                       FAIL ".spec.surge: expected any scalar, got &{map[a:b]}");
        assert_refused(fixture, HEAD "{'containers':{'image':'c'}}}", 500,
                       FAIL ".spec.containers: expected list, got &{map[image:c]}");
        assert_refused(fixture, HEAD "{'containers':[{'name':'c'},{'name':'c'}]}}", 500,
                       FAIL ".spec.containers: duplicate entries for key [name=\"c\"]");
        assert_refused(fixture, HEAD "{'containers':[{'name':'a'},{'image':'c'}]}}", 500,
                       FAIL ".spec.containers: element 1: associative list with keys has an "
                            "element that omits all key fields [\"name\"] (and doesn't have "
                            "default values for any key fields)");
        assert_refused(fixture, HEAD "{'hosts':['a',null]}}", 500,
                       FAIL ".spec.hosts: element 1: associative list without keys has an element "
                            "that's an explicit null");
        assert_refused(fixture, HEAD "{'replicas':'x','paused':1}}", 500,
                       FAIL "errors:\n  .spec.replicas: expected numeric (int or float), got "
                            "string\n  .spec.paused: expected boolean, got &{1}");
}

static const char LAST[] = "kubectl.kubernetes.io/last-applied-configuration";

/* What client-side apply wrote is kubectl's as long as nobody changed it since. */
static void test_ownership__kubectl_goes_over_from_client_side_apply(void **state) {
        struct fixture *fixture = *state;
        struct json *annotations = json_new_object();

        have(fixture, "'spec':{'replicas':5,'paused':true}");
        json_set_str(annotations, LAST,
                     "{\"apiVersion\":\"apps/v1\",\"kind\":\"Thing\",\"metadata\":{\"name\":\"a\"},"
                     "\"spec\":{\"replicas\":1,\"paused\":true}}");
        json_set(json_get_mut(fixture->object, "metadata"), "annotations", annotations);

        assert_int_equal(try_apply(fixture, "me", "'spec':{'paused':false}"), -1);
        assert_int_equal(try_apply(fixture, "kubectl", "'spec':{'replicas':2,'paused':false}"), -1);
        assert_conflict(fixture, "Apply failed with 1 conflict: conflict with "
                                 "\"before-first-apply\" using apps/v1: .spec.replicas");
        apply(fixture, "kubectl", "'spec':{'paused':false}");
        assert_spec(fixture, "{'replicas':5,'paused':false}");
        assert_string_equal(
                json_text_at(json_get(json_get(fixture->object, "metadata"), "annotations"), LAST),
                "{\"apiVersion\":\"apps/v1\",\"kind\":\"Thing\",\"metadata\":{\"name\":\"a\"},"
                "\"spec\":{\"paused\":false}}\n");
}

static void write_managers(struct fixture *fixture, const char *managed_fields) {
        struct ownership_of by = of(fixture, "editor");
        struct json *after = json_clone(fixture->object);

        json_set(json_get_mut(after, "metadata"), "managedFields", must_parse(managed_fields));
        ownership_update(&by, fixture->object, after);
        json_free(fixture->object);
        fixture->object = after;
}

static void test_ownership__managers_can_be_written(void **state) {
        struct fixture *fixture = *state;

        apply(fixture, "me", "'spec':{'replicas':1}");
        write_managers(fixture,
                       "[{'manager':'you','operation':'Apply','apiVersion':'apps/v1',"
                       "'fieldsType':'FieldsV1','fieldsV1':{'f:spec':{'f:replicas':{}}}}]");
        assert_owns(fixture, "me", 'A', "");
        assert_owns(fixture, "you", 'A', "{'f:spec':{'f:replicas':{}}}");
        write_managers(fixture, "[{'manager':'third','operation':'Nothing'}]");
        assert_owns(fixture, "you", 'A', "{'f:spec':{'f:replicas':{}}}");
        write_managers(fixture, "[{}]");
        assert_false(json_has(json_get(fixture->object, "metadata"), "managedFields"));
        apply(fixture, "me", "'spec':{'paused':true}");
        write_managers(fixture, "[]");
        assert_false(json_has(json_get(fixture->object, "metadata"), "managedFields"));
}

static void test_ownership__old_writers_become_one(void **state) {
        struct fixture *fixture = *state;
        struct arena arena ARENA_CLEANUP = ARENA_INIT;

        apply(fixture, "me", "'spec':{}");
        for (int i = 0; i < 12; i++) {
                struct json *after = json_clone(fixture->object);
                struct ownership_of by = of(fixture, arena_printf(&arena, "w%02d", i));

                json_set_str(json_object_at(json_get_mut(after, "spec"), "options"),
                             arena_printf(&arena, "o%02d", i), "x");
                ownership_update(&by, fixture->object, after);
                json_free(fixture->object);
                fixture->object = after;
        }
        assert_owns(fixture, "ancient-changes", 'U',
                    "{'f:spec':{'f:options':{'.':{},'f:o00':{},'f:o01':{},'f:o02':{}}}}");
        assert_owns(fixture, "w02", 'U', "");
        assert_owns(fixture, "w03", 'U', "{'f:spec':{'f:options':{'f:o03':{}}}}");
        assert_int_equal(json_length(
                                 json_get(json_get(fixture->object, "metadata"), "managedFields")),
                         11);
}

static void test_ownership__doubled_items_count_as_one_field(void **state) {
        struct fixture *fixture = *state;

        have(fixture, "'spec':{'containers':[{'name':'a','image':'1'},{'name':'a','image':'2'},"
                      "{'name':'b'}]}");
        apply(fixture, "me", "'spec':{'paused':true}");
        assert_owns(fixture, "before-first-apply", 'U',
                    "{'f:spec':{'.':{},'f:containers':{'.':{},'k:{\\'name\\':\\'a\\'}':{},"
                    "'k:{\\'name\\':\\'b\\'}':{'.':{},'f:name':{}}}}}");
        force(fixture, "me", "'spec':{'containers':[{'name':'a','image':'3'}]}");
        assert_spec(fixture, "{'containers':[{'name':'a','image':'3'},{'name':'b'}]}");
}

static void test_ownership__only_times_are_no_change(void **state) {
        struct json *before JSON_CLEANUP =
                must_parse("{'metadata':{'managedFields':[{'manager':'a','time':'1'}]},'x':1}");
        struct json *after JSON_CLEANUP =
                must_parse("{'metadata':{'managedFields':[{'manager':'a','time':'2'}]},'x':1}");
        struct json *more JSON_CLEANUP =
                must_parse("{'metadata':{'managedFields':[{'manager':'a','time':'2'}]},'x':2}");

        (void)state;
        ownership_keep_times(before, after);
        assert_true(json_equal(before, after));
        ownership_keep_times(before, more);
        assert_json(more, "{'metadata':{'managedFields':[{'manager':'a','time':'2'}]},'x':2}");
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_ownership__##name, set_up, tear_down)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(first_apply_creates),
                TEST(what_the_applier_gives_up_goes),
                TEST(shared_fields_stay_until_the_last_gives_up),
                TEST(conflicts_name_manager_and_field),
                TEST(several_conflicts_are_listed_by_manager),
                TEST(force_takes_over),
                TEST(the_same_value_is_no_conflict),
                TEST(writes_before_the_first_apply_have_one_owner),
                TEST(before_an_apply_nothing_is_kept),
                TEST(a_write_moves_fields_to_its_writer),
                TEST(a_write_without_change_leaves_times),
                TEST(writer_and_applier_of_one_name_are_two),
                TEST(items_of_lists_have_owners),
                TEST(what_is_below_a_given_up_item),
                TEST(merged_lists_follow_the_configuration),
                TEST(status_and_the_rest_are_apart),
                TEST(where_the_schema_is_silent),
                TEST(metadata_needs_no_schema),
                TEST(configurations_that_do_not_fit),
                TEST(kubectl_goes_over_from_client_side_apply),
                TEST(managers_can_be_written),
                TEST(old_writers_become_one),
                TEST(doubled_items_count_as_one_field),
                TEST(only_times_are_no_change),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
