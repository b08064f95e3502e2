#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kinds/discovery.h"
#include "llc/sys/yaml.h"

static const char WIDGETS[] =
        "metadata: {name: widgets.shop.example.com}\n"
        "spec:\n"
        "  group: shop.example.com\n"
        "  scope: Namespaced\n"
        "  names: {plural: widgets, singular: widget, kind: Widget, listKind: WidgetList}\n"
        "  versions:\n"
        "  - name: v1\n"
        "    served: true\n"
        "    storage: true\n"
        "    subresources: {status: {}}\n"
        "    schema:\n"
        "      openAPIV3Schema:\n"
        "        type: object\n"
        "        description: A widget.\n"
        "        required: [spec]\n"
        "        properties:\n"
        "          spec:\n"
        "            type: object\n"
        "            description: What is wanted.\n"
        "            properties:\n"
        "              size: {type: integer, format: int32, minimum: 1, description: %s}\n"
        "              port: {x-kubernetes-int-or-string: true}\n"
        "              colours: {type: array, items: {type: string, enum: [red]}}\n"
        "              texts: {type: object, additionalProperties: {type: string}}\n";

struct server {
        struct arena arena;
        struct storage *storage;
        struct kinds *kinds;
};

static void define(struct server *server, const char *description) {
        struct json *definition JSON_CLEANUP = NULL;
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(8192);
        const char *mark = strstr(WIDGETS, "%s");
        struct err err;

        strbuf_append(&text, (struct bytes){ WIDGETS, (size_t)(mark - WIDGETS) });
        strbuf_puts(&text, description);
        strbuf_puts(&text, mark + 2);
        if (yaml_parse(strbuf_bytes(&text), &definition, &err) < 0 ||
            kinds_define(server->kinds, definition, &err) < 0)
                fail_msg("%s", err.msg);
}

static int setup(void **state) {
        struct server *server = test_calloc(1, sizeof(*server));
        struct err err;

        server->storage = storage_new(&STORAGE_LIMITS_DEFAULT);
        assert_int_equal(kinds_new(server->storage, &server->kinds, &err), 0);
        define(server, "How large.");
        *state = server;
        return 0;
}

static int teardown(void **state) {
        struct server *server = *state;

        kinds_free(server->kinds);
        storage_free(server->storage);
        arena_deinit(&server->arena);
        test_free(server);
        return 0;
}

static const char *shown(struct server *server, const struct json *json) {
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(1u << 20);

        json_write(json, &text);
        return arena_copy(&server->arena, strbuf_bytes(&text));
}

static const struct json *component(const struct json *document, const char *name) {
        return json_get(json_get(json_get(document, "components"), "schemas"), name);
}

static const struct json *operation(const struct json *document, const char *path,
                                    const char *method) {
        return json_get(json_get(json_get(document, "paths"), path), method);
}

static bool has_parameter(const struct json *of, const char *name) {
        const struct json *parameters = json_get(of, "parameters");

        for (size_t i = 0; i < json_length(parameters); i++)
                if (bytes_is(json_as_string(json_get(json_at(parameters, i), "name")), name))
                        return true;
        return false;
}

static void test_openapi__shows_a_definition_as_written(void **state) {
        struct server *server = *state;
        struct json *document JSON_CLEANUP =
                openapi_document(server->kinds, "shop.example.com", "v1");
        const struct json *widget = component(document, "com.example.shop.v1.Widget");

        assert_string_equal(json_as_string(json_get(document, "openapi")).ptr, "3.0.0");
        assert_string_equal(json_as_string(json_get(widget, "description")).ptr, "A widget.");
        assert_string_equal(shown(server, json_get(widget, "required")), "[\"spec\"]");
        assert_string_equal(shown(server, json_get(widget, "x-kubernetes-group-version-kind")),
                            "[{\"group\":\"shop.example.com\",\"version\":\"v1\","
                            "\"kind\":\"Widget\"}]");
        assert_string_equal(
                shown(server, json_get(json_get(widget, "properties"), "spec")),
                "{\"type\":\"object\",\"description\":\"What is wanted.\",\"properties\":{"
                "\"size\":{\"type\":\"integer\",\"format\":\"int32\",\"minimum\":1,"
                "\"description\":\"How large.\"},"
                "\"port\":{\"x-kubernetes-int-or-string\":true,"
                "\"anyOf\":[{\"type\":\"integer\"},{\"type\":\"string\"}]},"
                "\"colours\":{\"type\":\"array\",\"items\":{\"type\":\"string\","
                "\"enum\":[\"red\"]}},"
                "\"texts\":{\"type\":\"object\",\"additionalProperties\":{\"type\":\"string\"}}}}");
}

/* What every object has is shown also where a definition does not say it. */
static void test_openapi__completes_a_definition(void **state) {
        struct server *server = *state;
        struct json *document JSON_CLEANUP =
                openapi_document(server->kinds, "shop.example.com", "v1");
        const struct json *properties =
                json_get(component(document, "com.example.shop.v1.Widget"), "properties");
        const struct json *meta =
                component(document, "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta");

        assert_true(json_has(properties, "apiVersion"));
        assert_true(json_has(properties, "kind"));
        assert_string_equal(shown(server, json_get(json_get(properties, "metadata"), "allOf")),
                            "[{\"$ref\":\"#/components/schemas/"
                            "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta\"}]");
        assert_true(json_has(json_get(meta, "properties"), "labels"));
        assert_string_equal(shown(server, json_get(json_get(json_get(meta, "properties"),
                                                            "creationTimestamp"),
                                                   "type")),
                            "\"string\"");
}

static void assert_references_resolve(struct server *server, const struct json *document,
                                      const struct json *json) {
        static const char prefix[] = "#/components/schemas/";
        const struct json *member;
        void *cursor = NULL;
        const char *key;

        if (json_kind(json) == JSON_ARRAY)
                for (size_t i = 0; i < json_length(json); i++)
                        assert_references_resolve(server, document, json_at(json, i));
        if (json_kind(json) != JSON_OBJECT)
                return;
        while (json_next(json, &cursor, &key, &member)) {
                assert_int_not_equal(strncmp(key, "x-llc-", 6), 0);
                if (strcmp(key, "$ref") != 0 || json_kind(member) != JSON_STRING) {
                        assert_references_resolve(server, document, member);
                        continue;
                }
                assert_int_equal(strncmp(json_as_string(member).ptr, prefix, strlen(prefix)), 0);
                if (json_length(component(document, json_as_string(member).ptr + strlen(prefix))) ==
                    0)
                        fail_msg("%s", json_as_string(member).ptr);
        }
}

static void test_openapi__all_documents_are_whole(void **state) {
        struct server *server = *state;
        const struct kind *kind;
        size_t cursor = 0;

        while (kinds_next(server->kinds, &cursor, &kind)) {
                struct json *document JSON_CLEANUP =
                        openapi_document(server->kinds, kind->group, kind->version);

                assert_references_resolve(server, document, document);
        }
}

static void test_openapi__names_the_parts_of_a_pod(void **state) {
        struct server *server = *state;
        struct json *document JSON_CLEANUP = openapi_document(server->kinds, "", "v1");
        const struct json *pod = component(document, "io.k8s.api.core.v1.Pod");
        const struct json *spec = component(document, "io.k8s.api.core.v1.PodSpec");
        const struct json *containers = json_get(json_get(spec, "properties"), "containers");

        assert_string_equal(shown(server,
                                  json_get(json_get(json_get(pod, "properties"), "spec"), "allOf")),
                            "[{\"$ref\":\"#/components/schemas/io.k8s.api.core.v1.PodSpec\"}]");
        /* kubectl makes its strategic patches by these */
        assert_string_equal(shown(server, json_get(containers, "x-kubernetes-patch-merge-key")),
                            "\"name\"");
        assert_string_equal(shown(server, json_get(containers, "x-kubernetes-patch-strategy")),
                            "\"merge\"");
}

/* What kubectl looks for: the kind of a path, and what a patch may be and take. */
static void test_openapi__paths_say_what_kubectl_asks(void **state) {
        static const char widgets[] =
                "/apis/shop.example.com/v1/namespaces/{namespace}/widgets/{name}";
        static const char pods[] = "/api/v1/namespaces/{namespace}/pods/{name}";
        static const char strategic[] = "application/strategic-merge-patch+json";
        struct server *server = *state;
        struct json *custom JSON_CLEANUP =
                openapi_document(server->kinds, "shop.example.com", "v1");
        struct json *core JSON_CLEANUP = openapi_document(server->kinds, "", "v1");
        const struct json *patch = operation(custom, widgets, "patch");

        assert_string_equal(
                shown(server,
                      json_get(operation(custom, "/apis/shop.example.com/v1/widgets", "get"),
                               "x-kubernetes-group-version-kind")),
                "{\"group\":\"shop.example.com\",\"version\":\"v1\",\"kind\":\"Widget\"}");
        assert_string_equal(shown(server, json_get(patch, "x-kubernetes-action")), "\"patch\"");
        assert_true(has_parameter(patch, "fieldValidation"));
        assert_true(has_parameter(patch, "force"));
        assert_true(has_parameter(operation(custom, widgets, "put"), "fieldValidation"));
        assert_false(has_parameter(operation(custom, widgets, "put"), "force"));
        assert_false(has_parameter(operation(custom, widgets, "get"), "fieldValidation"));
        assert_false(json_has(json_get(json_get(patch, "requestBody"), "content"), strategic));
        patch = operation(core, pods, "patch");
        assert_true(json_has(json_get(json_get(patch, "requestBody"), "content"), strategic));
        assert_non_null(operation(core, "/api/v1/namespaces/{name}", "get"));
        assert_non_null(
                operation(core, "/api/v1/namespaces/{namespace}/pods/{name}/status", "put"));
        assert_null(operation(core, "/api/v1/namespaces/{namespace}/pods/{name}/scale", "get"));
}

static const char *address(struct server *server, const struct json *index, const char *path) {
        return arena_copy(&server->arena,
                          json_as_string(json_get(json_get(json_get(index, "paths"), path),
                                                  "serverRelativeURL")));
}

static void test_openapi__a_new_schema_has_a_new_address(void **state) {
        struct server *server = *state;
        struct json *before JSON_CLEANUP = openapi_index(server->kinds);
        struct json *again JSON_CLEANUP = openapi_index(server->kinds);
        struct json *after JSON_CLEANUP = NULL;
        const char *custom = "apis/shop.example.com/v1";

        assert_true(json_equal(before, again));
        assert_memory_equal(address(server, before, custom),
                            "/openapi/v3/apis/shop.example.com/v1?hash=", 42);
        define(server, "How wide.");
        after = openapi_index(server->kinds);
        assert_string_equal(address(server, before, "api/v1"), address(server, after, "api/v1"));
        assert_string_not_equal(address(server, before, custom), address(server, after, custom));
}

static void test_openapi__knows_what_is_not_there(void **state) {
        struct server *server = *state;

        assert_null(openapi_document(server->kinds, "none.example.com", "v1"));
        assert_null(openapi_document(server->kinds, "shop.example.com", "v2"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_openapi__shows_a_definition_as_written, setup,
                                                teardown),
                cmocka_unit_test_setup_teardown(test_openapi__completes_a_definition, setup,
                                                teardown),
                cmocka_unit_test_setup_teardown(test_openapi__all_documents_are_whole, setup,
                                                teardown),
                cmocka_unit_test_setup_teardown(test_openapi__names_the_parts_of_a_pod, setup,
                                                teardown),
                cmocka_unit_test_setup_teardown(test_openapi__paths_say_what_kubectl_asks, setup,
                                                teardown),
                cmocka_unit_test_setup_teardown(test_openapi__a_new_schema_has_a_new_address, setup,
                                                teardown),
                cmocka_unit_test_setup_teardown(test_openapi__knows_what_is_not_there, setup,
                                                teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
