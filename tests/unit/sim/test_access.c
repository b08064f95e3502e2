#include "asking.h"

#include <string.h>

#include "serve/roles.h"

#define RBAC "/apis/rbac.authorization.k8s.io/v1"
#define PODS "/api/v1/namespaces/default/pods"

static const char TOKENS[] = "# who is who\n"
                             "root-token,root,1,\"system:masters\"\r\n"
                             "\n"
                             "jane-token,jane,2,\"dev,\"\n"
                             "joe-token,\"joe \"\"x\"\"\",3\n";

static int setup(void **state) {
        static struct asking asking;
        struct err err;

        asking_init(&asking, true);
        assert_int_equal(roles_create(&asking.fixture.sim, &err), 0);
        assert_int_equal(access_read_tokens(asking.server.access, bytes_of(TOKENS), &err), 0);
        *state = &asking;
        return 0;
}

static int teardown(void **state) {
        asking_deinit(*state);
        return 0;
}

static void as(struct asking *asking, const char *authorization) {
        asking->authorization = authorization;
}

/* As root. */
static void put(struct asking *asking, const char *path, const char *yaml) {
        const char *before = asking->authorization, *answer;

        as(asking, "Bearer root-token");
        answer = ask(asking,
                     arena_printf(&asking->fixture.arena,
                                  "POST %s\nContent-Type: application/yaml\n\n%s", path, yaml));
        if (asking->response.status != 201)
                fail_msg("%s", answer);
        as(asking, before);
}

static void may(struct asking *asking, bool yes, const char *request) {
        const char *answer = ask(asking, request);

        if ((asking->response.status != 403) != yes)
                fail_msg("%s: %s", request, answer);
}

static void test_access__knows_who_asks(void **state) {
        struct asking *asking = *state;

        as(asking, "Bearer nonsense");
        assert_answer(asking, "GET /api/v1/pods",
                      "401 {\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},"
                      "\"status\":\"Failure\",\"message\":\"Unauthorized\","
                      "\"reason\":\"Unauthorized\",\"code\":401}");
        as(asking, NULL);
        assert_refused(asking, "GET /", 403,
                       "forbidden: User \"system:anonymous\" cannot get path \"/\"");
        may(asking, true, "GET /version");
        may(asking, true, "GET /healthz");
        may(asking, false, "GET /api");
        as(asking, "bearer  jane-token");
        may(asking, true, "GET /api/v1");
        assert_non_null(
                strstr(ask(asking, "POST /apis/authentication.k8s.io/v1/"
                                   "selfsubjectreviews\n\n{}"),
                       "\"userInfo\":{\"username\":\"jane\",\"uid\":\"2\",\"groups\":[\"dev\","
                       "\"system:authenticated\"]}"));
        as(asking, "Bearer joe-token");
        assert_refused(
                asking, "GET /api/v1/nodes", 403,
                "nodes is forbidden: User \"joe \"x\"\" cannot list resource \"nodes\" in API "
                "group \"\" at the cluster scope");
        as(asking, "Bearer root-token");
        may(asking, true, "GET /api/v1/pods");
}

static void test_access__reads_tokens(void **state) {
        static const char *const bad[] = { "a,b", "a,,c", ",b,c", "a,b,c,d,e" };
        struct asking *asking = *state;
        struct err err;

        for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
                assert_int_equal(access_read_tokens(asking->server.access, bytes_of(bad[i]), &err),
                                 -1);
                assert_string_equal(err.msg, "line 1: not token,user,uid or "
                                             "token,user,uid,\"group1,group2\"");
        }
}

static void test_access__says_what_is_forbidden(void **state) {
        static const char *const rows[][2] = {
                { "GET " PODS,
                  "pods is forbidden: User \"jane\" cannot list resource \"pods\" in API "
                  "group \"\" in the namespace \"default\"" },
                { "GET " PODS "?watch=1", "pods is forbidden: User \"jane\" cannot watch resource "
                                          "\"pods\" in API group \"\" in "
                                          "the namespace \"default\"" },
                { "GET /api/v1/pods",
                  "pods is forbidden: User \"jane\" cannot list resource \"pods\" in "
                  "API group \"\" at the cluster scope" },
                { "GET " PODS "?fieldSelector=metadata.name=x",
                  "pods \"x\" is forbidden: User \"jane\" cannot list resource \"pods\" in API "
                  "group "
                  "\"\" in the namespace \"default\"" },
                { "DELETE " PODS,
                  "pods is forbidden: User \"jane\" cannot deletecollection resource "
                  "\"pods\" in API group \"\" in the namespace \"default\"" },
                { "POST " PODS "/x/eviction", "pods \"x\" is forbidden: User \"jane\" cannot "
                                              "create resource \"pods/eviction\" in "
                                              "API group \"\" in the namespace \"default\"" },
                { "PATCH /apis/apps/v1/namespaces/y/deployments/x/scale",
                  "deployments.apps \"x\" is forbidden: User \"jane\" cannot patch resource "
                  "\"deployments/scale\" in API group \"apps\" in the namespace \"y\"" },
                { "PUT /api/v1/namespaces/default",
                  "namespaces \"default\" is forbidden: User \"jane\" cannot update resource "
                  "\"namespaces\" in API group \"\" in the namespace \"default\"" },
                { "GET /api/v1/nosuch", "nosuch is forbidden: User \"jane\" cannot list resource "
                                        "\"nosuch\" in API group \"\" at the cluster scope" },
                { "POST /nosuch", "forbidden: User \"jane\" cannot post path \"/nosuch\"" },
        };
        struct asking *asking = *state;

        as(asking, "Bearer jane-token");
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
                assert_refused(asking, rows[i][0], 403, rows[i][1]);
        assert_answer(
                asking, "GET /apis/apps/v1/namespaces/y/deployments/x",
                "403 {\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},"
                "\"status\":\"Failure\",\"message\":\"deployments.apps \\\"x\\\" is forbidden: "
                "User \\\"jane\\\" cannot get resource \\\"deployments\\\" in API group "
                "\\\"apps\\\" in the namespace \\\"y\\\"\",\"reason\":\"Forbidden\","
                "\"details\":{\"name\":\"x\",\"group\":\"apps\",\"kind\":\"deployments\"},"
                "\"code\":403}");
}

static void test_access__follows_roles_and_bindings(void **state) {
        struct asking *asking = *state;

        as(asking, "Bearer jane-token");
        put(asking, RBAC "/namespaces/default/roles",
            "{metadata: {name: r}, rules: ["
            "{apiGroups: [''], resources: [pods], verbs: [get, list]}, "
            "{apiGroups: [''], resources: [pods/eviction], verbs: ['*']}, "
            "{apiGroups: ['apps'], resources: ['*/scale'], verbs: [patch]}, "
            "{apiGroups: [''], resources: [configmaps], resourceNames: [a], verbs: ['*']}]}");
        may(asking, false, "GET " PODS);
        put(asking, RBAC "/namespaces/default/rolebindings",
            "{metadata: {name: b}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, "
            "name: r}, subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: dev}]}");
        may(asking, true, "GET " PODS);
        may(asking, true, "GET " PODS "/x");
        may(asking, false, "GET " PODS "?watch=1");
        may(asking, false, "GET /api/v1/pods");
        may(asking, false, "GET /api/v1/namespaces/other/pods");
        may(asking, false, "GET " PODS "/x/status");
        may(asking, true, "POST " PODS "/x/eviction");
        may(asking, true, "PATCH /apis/apps/v1/namespaces/default/deployments/x/scale");
        may(asking, false, "PATCH /apis/apps/v1/namespaces/default/deployments/x");
        may(asking, true, "GET /api/v1/namespaces/default/configmaps/a");
        may(asking, false, "GET /api/v1/namespaces/default/configmaps/b");
        may(asking, false, "GET /api/v1/namespaces/default/configmaps");
        may(asking, true,
            "GET /api/v1/namespaces/default/configmaps?fieldSelector=metadata.name%3Da");
        as(asking, "Bearer joe-token");
        may(asking, false, "GET " PODS);

        as(asking, "Bearer root-token");
        ask(asking, "DELETE " RBAC "/namespaces/default/rolebindings/b");
        as(asking, "Bearer jane-token");
        may(asking, false, "GET " PODS);
}

static void test_access__holds_everywhere_by_a_cluster_binding(void **state) {
        struct asking *asking = *state;

        as(asking, "Bearer jane-token");
        put(asking, RBAC "/clusterroles",
            "{metadata: {name: r}, rules: [{apiGroups: ['*'], resources: ['*'], verbs: [list]}, "
            "{nonResourceURLs: [/x/*], verbs: [get]}]}");
        put(asking, RBAC "/clusterrolebindings",
            "{metadata: {name: b}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: "
            "ClusterRole, "
            "name: r}, subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: jane}]}");
        may(asking, true, "GET /api/v1/pods");
        may(asking, true, "GET /apis/apps/v1/namespaces/y/deployments");
        may(asking, true, "GET /x/y/z");
        may(asking, false, "GET /x");
        may(asking, false, "POST /x/y");
        /* In one namespace only, by a binding of its own. */
        as(asking, "Bearer joe-token");
        put(asking, RBAC "/namespaces/default/rolebindings",
            "{metadata: {name: b}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: "
            "ClusterRole, "
            "name: view}, subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, "
            "name: 'joe \"x\"'}]}");
        may(asking, true, "GET " PODS "?watch=1");
        may(asking, false, "GET /api/v1/namespaces/default/secrets");
        may(asking, false, "GET /api/v1/pods");
        may(asking, false, "GET /x/y");
}

static void test_access__aggregates_roles(void **state) {
        struct asking *asking = *state;

        as(asking, "Bearer jane-token");
        put(asking, RBAC "/namespaces/default/rolebindings",
            "{metadata: {name: b}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: "
            "ClusterRole, "
            "name: admin}, subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: "
            "jane}]}");
        may(asking, true, "GET " PODS);
        may(asking, true, "DELETE " PODS "/x");
        may(asking, true, "GET " RBAC "/namespaces/default/roles");
        may(asking, false, "GET /apis/example.dev/v1/namespaces/default/things");
        put(asking, RBAC "/clusterroles",
            "{metadata: {name: things, labels: {rbac.authorization.k8s.io/aggregate-to-view: "
            "'true'}}, "
            "rules: [{apiGroups: [example.dev], resources: [things], verbs: [list]}]}");
        may(asking, true, "GET /apis/example.dev/v1/namespaces/default/things");
}

static void test_access__says_which_roles_are_missing(void **state) {
        struct asking *asking = *state;

        as(asking, "Bearer jane-token");
        put(asking, RBAC "/namespaces/default/rolebindings",
            "{metadata: {name: b}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, "
            "name: nosuch}, subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: "
            "jane}]}");
        assert_refused(
                asking, "GET " PODS, 403,
                "pods is forbidden: User \"jane\" cannot list resource \"pods\" in API group "
                "\"\" in the namespace \"default\": RBAC: role.rbac.authorization.k8s.io "
                "\"nosuch\" not found");
        put(asking, RBAC "/clusterrolebindings",
            "{metadata: {name: b}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: "
            "ClusterRole, "
            "name: nosuch}, subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: "
            "jane}]}");
        assert_refused(
                asking, "GET " PODS, 403,
                "pods is forbidden: User \"jane\" cannot list resource \"pods\" in API group "
                "\"\" in the namespace \"default\": RBAC: "
                "[clusterrole.rbac.authorization.k8s.io \"nosuch\" not found, "
                "role.rbac.authorization.k8s.io \"nosuch\" not found]");
        assert_refused(asking, "GET /nosuch", 403,
                       "forbidden: User \"jane\" cannot get path \"/nosuch\": RBAC: "
                       "clusterrole.rbac.authorization.k8s.io \"nosuch\" not found");
}

#define SELF "POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews\n\n"

static void test_access__reviews(void **state) {
        struct asking *asking = *state;

        as(asking, "Bearer jane-token");
        assert_non_null(
                strstr(ask(asking, SELF "{\"spec\":{\"resourceAttributes\":{\"namespace\":"
                                        "\"default\",\"verb\":\"get\",\"resource\":\"pods\"}}}"),
                       "\"status\":{\"allowed\":false}"));
        assert_int_equal(asking->response.status, 201);
        assert_non_null(strstr(
                ask(asking, SELF "{\"spec\":{\"nonResourceAttributes\":{\"path\":\"/version\","
                                 "\"verb\":\"get\"}}}"),
                "\"status\":{\"allowed\":true,\"reason\":\"RBAC: allowed by ClusterRoleBinding "
                "\\\"system:"));
        assert_refused(
                asking, SELF "{\"spec\":{}}", 422,
                ".authorization.k8s.io \"\" is invalid: spec.resourceAttributes: Invalid value: "
                "null: exactly one of nonResourceAttributes or resourceAttributes must be "
                "specified");
        assert_refused(
                asking, "POST /apis/authorization.k8s.io/v1/subjectaccessreviews\n\n{}", 403,
                "subjectaccessreviews.authorization.k8s.io is forbidden: User \"jane\" cannot "
                "create resource \"subjectaccessreviews\" in API group "
                "\"authorization.k8s.io\" at the cluster scope");
        assert_non_null(strstr(ask(asking, "POST /apis/authorization.k8s.io/v1/"
                                           "selfsubjectrulesreviews\n\n"
                                           "{\"spec\":{\"namespace\":\"default\"}}"),
                               "\"resources\":[\"selfsubjectaccessreviews\","
                               "\"selfsubjectrulesreviews\"]"));
        as(asking, "Bearer root-token");
        assert_non_null(
                strstr(ask(asking,
                           "POST /apis/authorization.k8s.io/v1/subjectaccessreviews\n\n"
                           "{\"spec\":{\"user\":\"x\",\"groups\":[\"system:masters\"],"
                           "\"resourceAttributes\":{\"verb\":\"get\",\"resource\":\"pods\"}}}"),
                       "\"status\":{\"allowed\":true}"));
        assert_non_null(
                strstr(ask(asking, "POST /apis/authentication.k8s.io/v1/tokenreviews\n\n"
                                   "{\"spec\":{\"token\":\"jane-token\"}}"),
                       "\"status\":{\"authenticated\":true,\"user\":{\"username\":\"jane\""));
        assert_non_null(strstr(ask(asking, "POST /apis/authentication.k8s.io/v1/tokenreviews\n\n"
                                           "{\"spec\":{\"token\":\"x\"}}"),
                               "\"status\":{\"user\":{},\"error\":\"invalid bearer token\"}"));
        ask(asking, "GET /apis/authorization.k8s.io/v1/selfsubjectaccessreviews");
        assert_int_equal(asking->response.status, 405);
        ask(asking, "GET /apis/authorization.k8s.io/v1/selfsubjectaccessreviews/x");
        assert_int_equal(asking->response.status, 404);
}

#define ACCOUNTS "/api/v1/namespaces/default/serviceaccounts"

static void test_access__gives_tokens_to_accounts(void **state) {
        struct asking *asking = *state;
        struct json *request JSON_CLEANUP = NULL;
        const char *answer;
        struct err err;

        put(asking, ACCOUNTS, "{metadata: {name: sa}}");
        put(asking, RBAC "/namespaces/default/rolebindings",
            "{metadata: {name: b}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: "
            "ClusterRole, "
            "name: view}, subjects: [{kind: ServiceAccount, name: sa, namespace: default}]}");
        as(asking, "Bearer root-token");
        assert_refused(asking, "POST " ACCOUNTS "/none/token\n\n{}", 404,
                       "serviceaccounts \"none\" not found");
        assert_refused(
                asking, "POST " ACCOUNTS "/sa/token\n\n{\"spec\":{\"expirationSeconds\":5}}", 422,
                "TokenRequest.authentication.k8s.io \"\" is invalid: spec.expirationSeconds: "
                "Invalid value: 5: may not specify a duration less than 10 minutes");
        answer =
                ask(asking, "POST " ACCOUNTS "/sa/token\n\n{\"spec\":{\"expirationSeconds\":600}}");
        assert_int_equal(asking->response.status, 201);
        assert_non_null(strstr(answer, "\"expirationTimestamp\":\"2026-03-01T12:10:00Z\""));
        assert_int_equal(json_parse(bytes_of(answer + 4), &JSON_LIMITS_OBJECT, &request, &err), 0);
        as(asking, arena_printf(&asking->fixture.arena, "Bearer %s",
                                json_text_at(json_get(request, "status"), "token")));

        may(asking, true, "GET " PODS);
        assert_refused(asking, "GET /api/v1/pods", 403,
                       "pods is forbidden: User \"system:serviceaccount:default:sa\" cannot list "
                       "resource \"pods\" in API group \"\" at the cluster scope");
        assert_non_null(strstr(ask(asking, "POST /apis/authentication.k8s.io/v1/"
                                           "selfsubjectreviews\n\n{}"),
                               "\"groups\":[\"system:serviceaccounts\","
                               "\"system:serviceaccounts:default\",\"system:authenticated\"]"));
        agenda_advance(asking->fixture.agenda, 600 * 1000 - 1);
        may(asking, true, "GET " PODS);
        agenda_advance(asking->fixture.agenda, 1);
        assert_refused(asking, "GET " PODS, 401, "Unauthorized");
}

static void test_access__takes_tokens_back_with_their_account(void **state) {
        struct asking *asking = *state;
        struct json *request JSON_CLEANUP = NULL;
        const char *answer, *authorization;
        struct err err;

        put(asking, ACCOUNTS, "{metadata: {name: sa}}");
        as(asking, "Bearer root-token");
        answer = ask(asking, "POST " ACCOUNTS "/sa/token\n\n{}");
        assert_int_equal(json_parse(bytes_of(answer + 4), &JSON_LIMITS_OBJECT, &request, &err), 0);
        authorization = arena_printf(&asking->fixture.arena, "Bearer %s",
                                     json_text_at(json_get(request, "status"), "token"));
        as(asking, authorization);
        ask(asking, "GET /api");
        assert_int_equal(asking->response.status, 200);
        as(asking, "Bearer root-token");
        ask(asking, "DELETE " ACCOUNTS "/sa");
        put(asking, ACCOUNTS, "{metadata: {name: sa}}");
        as(asking, authorization);
        assert_refused(asking, "GET /api", 401, "Unauthorized");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_access__knows_who_asks),
                TEST(test_access__reads_tokens),
                TEST(test_access__says_what_is_forbidden),
                TEST(test_access__follows_roles_and_bindings),
                TEST(test_access__holds_everywhere_by_a_cluster_binding),
                TEST(test_access__aggregates_roles),
                TEST(test_access__says_which_roles_are_missing),
                TEST(test_access__reviews),
                TEST(test_access__gives_tokens_to_accounts),
                TEST(test_access__takes_tokens_back_with_their_account),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
