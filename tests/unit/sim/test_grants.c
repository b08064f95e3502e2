#include "asking.h"

#include <string.h>

#include "serve/roles.h"

#define RBAC  "/apis/rbac.authorization.k8s.io/v1"
#define ROLES RBAC "/namespaces/default/roles"

static const char TOKENS[] = "root-token,root,1,\"system:masters\"\n"
                             "jane-token,jane,2\n";

static const char LACKS[] =
        "user \"jane\" (groups=[\"system:authenticated\"]) is attempting to grant RBAC permissions "
        "not currently held:\n";

static void as(struct asking *asking, const char *authorization) {
        asking->authorization = authorization;
}

static void put(struct asking *asking, const char *request) {
        const char *answer = ask(asking, request);

        if (asking->response.status != 201)
                fail_msg("%s: %s", request, answer);
}

/* Jane may write roles in the namespace default, and read pods. */
static int setup(void **state) {
        static struct asking asking;
        struct err err;

        asking_init(&asking, true);
        assert_int_equal(roles_create(&asking.fixture.sim, &err), 0);
        assert_int_equal(access_read_tokens(asking.server.access, bytes_of(TOKENS), &err), 0);
        as(&asking, "Bearer root-token");
        put(&asking, "POST " ROLES "\n\n"
                     "{\"metadata\": {\"name\": \"author\"}, \"rules\": ["
                     "{\"apiGroups\": [\"rbac.authorization.k8s.io\"], \"resources\": [\"*\"],"
                     " \"verbs\": [\"create\", \"update\", \"patch\"]},"
                     "{\"apiGroups\": [\"\"], \"resources\": [\"pods\"], \"verbs\": [\"get\"]}]}");
        put(&asking, "POST " RBAC "/namespaces/default/rolebindings\n\n"
                     "{\"metadata\": {\"name\": \"author\"},"
                     " \"roleRef\": {\"apiGroup\": \"rbac.authorization.k8s.io\","
                     " \"kind\": \"Role\", \"name\": \"author\"},"
                     " \"subjects\": [{\"kind\": \"User\", \"name\": \"jane\"}]}");
        put(&asking, "POST " ROLES "\n\n"
                     "{\"metadata\": {\"name\": \"theirs\", \"finalizers\": [\"a.b/c\"]}, "
                     "\"rules\": [{\"apiGroups\": [\"\"], \"resources\": [\"nodes\"], "
                     "\"verbs\": [\"get\"]}]}");
        as(&asking, "Bearer jane-token");
        *state = &asking;
        return 0;
}

static int teardown(void **state) {
        asking_deinit(*state);
        return 0;
}

static void test_grants__what_is_held(void **state) {
        struct asking *asking = *state;

        put(asking, "POST " ROLES "\n\n{\"metadata\": {\"name\": \"a\"}, \"rules\": "
                    "[{\"apiGroups\": [\"\"], \"resources\": [\"pods\"], \"verbs\": [\"get\"]}]}");
        assert_refused(asking,
                       "POST " ROLES "\n\n{\"metadata\": {\"name\": \"b\"}, \"rules\": "
                       "[{\"apiGroups\": [\"\"], \"resources\": [\"pods\"], \"verbs\": "
                       "[\"get\", \"list\"]}]}",
                       403,
                       arena_printf(&asking->fixture.arena,
                                    "roles.rbac.authorization.k8s.io \"b\" is forbidden: %s"
                                    "{APIGroups:[\"\"], Resources:[\"pods\"], Verbs:[\"list\"]}",
                                    LACKS));
}

/* What a finalizer's owner writes is not looked at, a label is. */
static void test_grants__lets_finalizers_go(void **state) {
        struct asking *asking = *state;

        ask(asking, "PATCH " ROLES "/theirs\nContent-Type: application/merge-patch+json\n\n"
                    "{\"metadata\": {\"labels\": {\"a\": \"b\"}}}");
        assert_int_equal(asking->response.status, 403);
        ask(asking, "PATCH " ROLES "/theirs\nContent-Type: application/merge-patch+json\n\n"
                    "{\"metadata\": {\"finalizers\": null}}");
        assert_int_equal(asking->response.status, 200);
}

/* A wrong type is no way round: it is refused, as ever. */
static void test_grants__wrong_types(void **state) {
        static const char *const rules[] = {
                "[7]",
                "[{\"apiGroups\": 7, \"resources\": [\"nodes\"], \"verbs\": [\"get\"]}]",
                "[{\"apiGroups\": [\"\"], \"resources\": [7], \"verbs\": [null, \"get\"]}]",
                "{\"a\": \"b\"}",
        };
        struct asking *asking = *state;

        for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
                ask(asking, arena_printf(&asking->fixture.arena,
                                         "POST " ROLES
                                         "\n\n{\"metadata\": {\"name\": \"a\"}, \"rules\": %s}",
                                         rules[i]));
                assert_in_range(asking->response.status, 400, 422);
        }
}

/* A small role can hold very many rights. */
static void test_grants__has_a_limit(void **state) {
        struct asking *asking = *state;
        struct strbuf many STRBUF_CLEANUP = STRBUF_INIT(1 << 16),
                           words STRBUF_CLEANUP = STRBUF_INIT(1 << 14);

        for (int i = 0; i < 1000; i++)
                strbuf_printf(&words, "%s\"w%d\"", i > 0 ? "," : "", i);
        strbuf_printf(&many,
                      "POST " ROLES "\n\n{\"metadata\": {\"name\": \"a\"}, \"rules\": "
                      "[{\"apiGroups\": [%s], \"resources\": [%s], \"verbs\": [%s]}]}",
                      strbuf_str(&words), strbuf_str(&words), strbuf_str(&words));
        assert_refused(asking, strbuf_str(&many), 501,
                       "llc-sim looks at no more than 100000 rights of a role");
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        const struct CMUnitTest tests[] = {
                TEST(test_grants__what_is_held),
                TEST(test_grants__lets_finalizers_go),
                TEST(test_grants__wrong_types),
                TEST(test_grants__has_a_limit),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
