#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kinds/discovery.h"
#include "llc/sys/file.h"
#include "llc/sys/yaml.h"

struct server {
        struct storage *storage;
        struct kinds *kinds;
        struct strbuf text; /* of what was shown last */
};

static void define(struct server *server, const char *yaml) {
        struct json *definition JSON_CLEANUP = NULL;
        struct err err;

        if (yaml_parse(bytes_of(yaml), &definition, &err) < 0 ||
            kinds_define(server->kinds, definition, &err) < 0)
                fail_msg("%s", err.msg);
}

static int setup(void **state) {
        struct server *server = test_calloc(1, sizeof(*server));
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(1u << 20);
        struct err err;

        server->text = STRBUF_INIT(1u << 20);
        server->storage = storage_new(&STORAGE_LIMITS_DEFAULT);
        assert_int_equal(kinds_new(server->storage, &server->kinds, &err), 0);
        assert_int_equal(file_read(LLC_SOURCE_DIR "/crds/longlivedcanaries.argo-canary.dev.yaml",
                                   &text, &err),
                         0);
        define(server, strbuf_str(&text));
        *state = server;
        return 0;
}

static int teardown(void **state) {
        struct server *server = *state;

        kinds_free(server->kinds);
        storage_free(server->storage);
        strbuf_deinit(&server->text);
        test_free(server);
        return 0;
}

static const char *shown(struct server *server, const struct json *json) {
        strbuf_clear(&server->text);
        json_write(json, &server->text);
        return strbuf_str(&server->text);
}

/* The item of a list whose member is value; NULL = none. */
static const struct json *item(const struct json *list, const char *member, const char *value) {
        for (size_t i = 0; i < json_length(list); i++) {
                const struct json *name = json_get(json_at(list, i), member);

                if (name && bytes_is(json_as_string(name), value))
                        return json_at(list, i);
        }
        return NULL;
}

/* Byte for byte what Kubernetes 1.34 answers. */
static void test_discovery__resources_as_the_api_servers(void **state) {
        static const char *const resources[] = {
                "{\"name\":\"pods\",\"singularName\":\"pod\",\"namespaced\":true,\"kind\":\"Pod\","
                "\"verbs\":[\"create\",\"delete\",\"deletecollection\",\"get\",\"list\",\"patch\","
                "\"update\",\"watch\"],\"shortNames\":[\"po\"],\"categories\":[\"all\"],"
                "\"storageVersionHash\":\"xPOwRZ+Yhw8=\"}",
                "{\"name\":\"pods/eviction\",\"singularName\":\"\",\"namespaced\":true,"
                "\"group\":\"policy\",\"version\":\"v1\",\"kind\":\"Eviction\",\"verbs\":["
                "\"create\"]}",
                "{\"name\":\"pods/binding\",\"singularName\":\"\",\"namespaced\":true,"
                "\"kind\":\"Binding\",\"verbs\":[\"create\"]}",
                "{\"name\":\"pods/status\",\"singularName\":\"\",\"namespaced\":true,"
                "\"kind\":\"Pod\",\"verbs\":[\"get\",\"patch\",\"update\"]}",
                "{\"name\":\"namespaces\",\"singularName\":\"namespace\",\"namespaced\":false,"
                "\"kind\":\"Namespace\",\"verbs\":[\"create\",\"delete\",\"get\",\"list\","
                "\"patch\",\"update\",\"watch\"],\"shortNames\":[\"ns\"],"
                "\"storageVersionHash\":\"Q3oi5N2YM8M=\"}",
                "{\"name\":\"namespaces/finalize\",\"singularName\":\"\",\"namespaced\":false,"
                "\"kind\":\"Namespace\",\"verbs\":[\"update\"]}",
        };
        static const char *const names[] = {
                "pods",        "pods/eviction", "pods/binding",
                "pods/status", "namespaces",    "namespaces/finalize"
        };
        struct server *server = *state;
        struct json *list JSON_CLEANUP = discovery_resources(server->kinds, "", "v1");

        assert_string_equal(json_as_string(json_get(list, "groupVersion")).ptr, "v1");
        assert_false(json_has(list, "apiVersion")); /* the core's has none */
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
                assert_string_equal(shown(server,
                                          item(json_get(list, "resources"), "name", names[i])),
                                    resources[i]);
}

static void test_discovery__definitions_as_the_api_servers(void **state) {
        struct server *server = *state;
        struct json *list JSON_CLEANUP =
                discovery_resources(server->kinds, "argo-canary.dev", "v1alpha1");

        assert_string_equal(
                shown(server, list),
                "{\"kind\":\"APIResourceList\",\"apiVersion\":\"v1\","
                "\"groupVersion\":\"argo-canary.dev/v1alpha1\",\"resources\":["
                "{\"name\":\"longlivedcanaries\",\"singularName\":\"longlivedcanary\","
                "\"namespaced\":true,\"kind\":\"LongLivedCanary\",\"verbs\":[\"delete\","
                "\"deletecollection\",\"get\",\"list\",\"patch\",\"create\",\"update\",\"watch\"],"
                "\"shortNames\":[\"llc\"],\"categories\":[\"all\"],"
                "\"storageVersionHash\":\"B84TnQq+xQQ=\"},"
                "{\"name\":\"longlivedcanaries/status\",\"singularName\":\"\",\"namespaced\":true,"
                "\"kind\":\"LongLivedCanary\",\"verbs\":[\"get\",\"patch\",\"update\"]},"
                "{\"name\":\"longlivedcanaries/scale\",\"singularName\":\"\",\"namespaced\":true,"
                "\"group\":\"autoscaling\",\"version\":\"v1\",\"kind\":\"Scale\","
                "\"verbs\":[\"get\",\"patch\",\"update\"]}]}");
}

static void test_discovery__groups(void **state) {
        struct server *server = *state;
        struct json *versions JSON_CLEANUP = discovery_versions();
        struct json *all JSON_CLEANUP = discovery_groups(server->kinds);
        struct json *one JSON_CLEANUP = discovery_group(server->kinds, "argo-canary.dev");
        const struct json *groups = json_get(all, "groups");

        assert_string_equal(shown(server, versions),
                            "{\"kind\":\"APIVersions\",\"versions\":[\"v1\"],"
                            "\"serverAddressByClientCIDRs\":[]}");
        assert_string_equal(shown(server, one),
                            "{\"kind\":\"APIGroup\",\"apiVersion\":\"v1\","
                            "\"name\":\"argo-canary.dev\",\"versions\":[{\"groupVersion\":"
                            "\"argo-canary.dev/v1alpha1\",\"version\":\"v1alpha1\"}],"
                            "\"preferredVersion\":{\"groupVersion\":\"argo-canary.dev/v1alpha1\","
                            "\"version\":\"v1alpha1\"}}");
        assert_null(item(groups, "name", "")); /* the core has a list of its own */
        assert_non_null(item(groups, "name", "authorization.k8s.io"));
        /* Definitions come last, in the order of their groups. */
        assert_ptr_equal(item(groups, "name", "argo-canary.dev"),
                         json_at(groups, json_length(groups) - 2));
        assert_ptr_equal(item(groups, "name", "argoproj.io"),
                         json_at(groups, json_length(groups) - 1));
}

static void test_discovery__knows_what_is_not_there(void **state) {
        struct server *server = *state;

        assert_null(discovery_group(server->kinds, ""));
        assert_null(discovery_group(server->kinds, "none.example.com"));
        assert_null(discovery_resources(server->kinds, "", "v2"));
        assert_null(discovery_resources(server->kinds, "argo-canary.dev", "v1"));
        kinds_undefine(server->kinds, "longlivedcanaries.argo-canary.dev");
        assert_null(discovery_group(server->kinds, "argo-canary.dev"));
}

static void test_discovery__aggregated_as_the_api_servers(void **state) {
        struct server *server = *state;
        struct json *core JSON_CLEANUP = discovery_aggregated(server->kinds, true);
        struct json *others JSON_CLEANUP = discovery_aggregated(server->kinds, false);
        const struct json *group = json_at(json_get(core, "items"), 0), *version;

        assert_string_equal(json_as_string(json_get(core, "apiVersion")).ptr,
                            "apidiscovery.k8s.io/v2");
        assert_int_equal(json_length(json_get(core, "items")), 1);
        assert_string_equal(shown(server, json_get(group, "metadata")), "{}");
        version = json_at(json_get(group, "versions"), 0);
        assert_string_equal(
                shown(server, item(json_get(version, "resources"), "resource", "pods")),
                "{\"resource\":\"pods\",\"responseKind\":{\"group\":\"\",\"version\":\"\","
                "\"kind\":\"Pod\"},\"scope\":\"Namespaced\",\"singularResource\":\"pod\","
                "\"verbs\":[\"create\",\"delete\",\"deletecollection\",\"get\",\"list\",\"patch\","
                "\"update\",\"watch\"],\"shortNames\":[\"po\"],\"categories\":[\"all\"],"
                "\"subresources\":[{\"subresource\":\"binding\",\"responseKind\":{\"group\":"
                "\"\",\"version\":\"\",\"kind\":\"Binding\"},\"verbs\":[\"create\"]},"
                "{\"subresource\":\"eviction\",\"responseKind\":{\"group\":"
                "\"policy\",\"version\":\"v1\",\"kind\":\"Eviction\"},\"verbs\":[\"create\"]},"
                "{\"subresource\":\"status\",\"responseKind\":{\"group\":\"\",\"version\":\"\","
                "\"kind\":\"Pod\"},\"verbs\":[\"get\",\"patch\",\"update\"]}]}");
        group = json_at(json_get(others, "items"), json_length(json_get(others, "items")) - 2);
        assert_string_equal(
                shown(server, group),
                "{\"metadata\":{\"name\":\"argo-canary.dev\"},\"versions\":[{\"version\":"
                "\"v1alpha1\",\"resources\":[{\"resource\":\"longlivedcanaries\",\"responseKind\":"
                "{\"group\":\"argo-canary.dev\",\"version\":\"v1alpha1\",\"kind\":"
                "\"LongLivedCanary\"},\"scope\":\"Namespaced\",\"singularResource\":"
                "\"longlivedcanary\",\"verbs\":[\"delete\",\"deletecollection\",\"get\",\"list\","
                "\"patch\",\"create\",\"update\",\"watch\"],\"shortNames\":[\"llc\"],"
                "\"categories\":[\"all\"],\"subresources\":[{\"subresource\":\"status\","
                "\"responseKind\":{\"group\":\"argo-canary.dev\",\"version\":\"v1alpha1\","
                "\"kind\":\"LongLivedCanary\"},\"verbs\":[\"get\",\"patch\",\"update\"]},"
                "{\"subresource\":\"scale\",\"responseKind\":{\"group\":\"autoscaling\","
                "\"version\":\"v1\",\"kind\":\"Scale\"},\"verbs\":[\"get\",\"patch\",\"update\"]}]}"
                "],"
                "\"freshness\":\"Current\"}]}");
}

static void test_discovery__shows_what_can_only_be_asked(void **state) {
        struct server *server = *state;
        struct json *list JSON_CLEANUP =
                discovery_resources(server->kinds, "authorization.k8s.io", "v1");

        assert_string_equal(shown(server, item(json_get(list, "resources"), "name",
                                               "selfsubjectaccessreviews")),
                            "{\"name\":\"selfsubjectaccessreviews\",\"singularName\":"
                            "\"selfsubjectaccessreview\",\"namespaced\":false,\"kind\":"
                            "\"SelfSubjectAccessReview\",\"verbs\":[\"create\"]}");
}

static void test_discovery__version(void **state) {
        struct json *version JSON_CLEANUP = discovery_version();

        (void)state;
        assert_string_equal(json_as_string(json_get(version, "major")).ptr, "1");
        assert_string_equal(json_as_string(json_get(version, "minor")).ptr, "34");
        assert_string_equal(json_as_string(json_get(version, "gitVersion")).ptr, "v1.34.4+llc-sim");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_discovery__resources_as_the_api_servers, setup,
                                                teardown),
                cmocka_unit_test_setup_teardown(test_discovery__definitions_as_the_api_servers,
                                                setup, teardown),
                cmocka_unit_test_setup_teardown(test_discovery__groups, setup, teardown),
                cmocka_unit_test_setup_teardown(test_discovery__knows_what_is_not_there, setup,
                                                teardown),
                cmocka_unit_test_setup_teardown(test_discovery__aggregated_as_the_api_servers,
                                                setup, teardown),
                cmocka_unit_test_setup_teardown(test_discovery__shows_what_can_only_be_asked, setup,
                                                teardown),
                cmocka_unit_test(test_discovery__version),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
