#include "leftovers.h"

#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "llc/api/resource.h"

static struct json *parsed(const char *text) {
        struct json *json = NULL;
        struct err err;

        if (json_parse(bytes_of(text), &JSON_LIMITS_OBJECT, &json, &err) < 0)
                fail_msg("%s: %s", text, err.msg);
        return json;
}

static void assert_left(const struct fixture *f, const char *pod_text, const char *want_text) {
        STRBUF_CLEANUP struct strbuf text = STRBUF_INIT(64 << 10);
        JSON_CLEANUP struct json *pod = parsed(pod_text);
        JSON_CLEANUP struct json *want = parsed(want_text);

        leftovers_drop(&f->replicaset, pod);
        json_write(pod, &text);
        if (!json_equal(pod, want))
                fail_msg("%s, not %s", strbuf_str(&text), want_text);
}

static void test_leftovers__marks_of_tools_go(void **state) {
        struct fixture *f = *state;

        assert_left(
                f,
                "{\"metadata\":{\"labels\":{\"a\":\"b\",\"rollouts-pod-template-hash\":\"6d8f\","
                "\"argo-canary.dev/name\":\"x\",\"argo-canary.dev/quarantined\":\"x\"},"
                "\"annotations\":{\"keep\":\"me\",\"argocd.argoproj.io/tracking-id\":\"x\","
                "\"kubectl.kubernetes.io/last-applied-configuration\":\"x\","
                "\"kubectl.kubernetes.io/restartedAt\":\"x\","
                "\"kustomize.toolkit.fluxcd.io/x\":\"x\",\"helm.toolkit.fluxcd.io/x\":\"x\","
                "\"meta.helm.sh/release-name\":\"x\",\"argo-canary.dev/held-labels\":\"{}\"}},"
                "\"spec\":{}}",
                "{\"metadata\":{\"labels\":{\"a\":\"b\"},\"annotations\":{\"keep\":\"me\","
                "\"kubectl.kubernetes.io/restartedAt\":\"x\"}},\"spec\":{}}");
}

static void annotate_replicaset(struct fixture *f, const char *ephemeral) {
        f->replicaset_annotations[0] = (struct str_pair){ ANNOTATION_EPHEMERAL, ephemeral };
        f->replicaset_meta.annotations = f->replicaset_annotations;
        f->replicaset_meta.n_annotations = 1;
}

#define LABELLED                                                                                   \
        "{\"metadata\":{\"labels\":{\"app\":\"checkout\",\"tier\":\"web\",\"role\":\"active\"},"   \
        "\"annotations\":{\"role\":\"active\",\"note\":\"x\"}},\"spec\":{}}"
#define WITHOUT_ROLE                                                                               \
        "{\"metadata\":{\"labels\":{\"app\":\"checkout\",\"tier\":\"web\"},"                       \
        "\"annotations\":{\"note\":\"x\"}},\"spec\":{}}"

static void test_leftovers__ephemeral_metadata_goes_by_key(void **state) {
        struct fixture *f = *state;

        assert_left(f, LABELLED, LABELLED);
        annotate_replicaset(f,
                            "{\"labels\":{\"role\":\"stable\"},\"annotations\":{\"role\":\"\"}}");
        assert_left(f, LABELLED, WITHOUT_ROLE);
        annotate_replicaset(f, "{\"annotations\":{\"role\":\"active\"},\"labels\":null,\"x\":{}}");
        assert_left(f, LABELLED,
                    "{\"metadata\":{\"labels\":{\"app\":\"checkout\",\"tier\":\"web\","
                    "\"role\":\"active\"},\"annotations\":{\"note\":\"x\"}},\"spec\":{}}");
}

static void test_leftovers__ephemeral_metadata_cannot_take_selected_labels(void **state) {
        const struct str_pair app = { "app", "checkout" };
        const struct selector_expression tier = { .key = "tier", .operator_ = SELECTOR_EXISTS };
        const struct label_selector selector = { .match_labels = &app,
                                                 .n_match_labels = 1,
                                                 .match_expressions = &tier,
                                                 .n_match_expressions = 1 };
        struct fixture *f = *state;

        f->replicaset_spec.selector = &selector;
        annotate_replicaset(f, "{\"labels\":{\"app\":\"\",\"tier\":\"\",\"role\":\"\"},"
                               "\"annotations\":{\"role\":\"\"}}");
        assert_left(f, LABELLED, WITHOUT_ROLE);
        f->replicaset.spec = NULL;
        assert_left(f, LABELLED,
                    "{\"metadata\":{\"labels\":{},\"annotations\":{\"note\":\"x\"}},\"spec\":{}}");
}

/* Argo reads it as a whole or not at all. */
static void test_leftovers__ephemeral_metadata_that_is_none_is_ignored(void **state) {
        static const char *const texts[] = {
                "",
                "null",
                "7",
                "[]",
                "{\"labels\":{\"role\":\"x\"}",
                "{\"labels\":[\"role\"]}",
                "{\"labels\":{\"role\":7}}",
                "{\"labels\":{\"role\":\"x\"},\"annotations\":\"role\"}",
                "{\"labels\":{\"role\":\"x\"},\"annotations\":{\"role\":null}}",
                "{\"labels\":{\"role\":\"x\"},\"x\":[[[[[[[[[]]]]]]]]]}",
        };
        struct fixture *f = *state;

        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
                annotate_replicaset(f, texts[i]);
                assert_left(f, LABELLED, LABELLED);
        }
}

#define SELECTOR(key)                                                                              \
        "\"labelSelector\":{\"matchExpressions\":[{\"key\":\"" key                                 \
        "\",\"operator\":\"In\",\"values\":[\"6d8f\"]}]},\"topologyKey\":\"h\""
#define REQUIRED(terms)  "\"requiredDuringSchedulingIgnoredDuringExecution\":[" terms "]"
#define PREFERRED(terms) "\"preferredDuringSchedulingIgnoredDuringExecution\":[" terms "]"
#define WEIGHTED(key)    "{\"weight\":1,\"podAffinityTerm\":{" SELECTOR(key) "}}"
#define AFFINITY(rest)                                                                             \
        "{\"metadata\":{\"labels\":{},\"annotations\":{}},\"spec\":{\"affinity\":{" rest "}}}"
#define ANTI(terms)  "\"podAntiAffinity\":{" terms "}"
#define NO_AFFINITY  "{\"metadata\":{\"labels\":{},\"annotations\":{}},\"spec\":{}}"
#define OTHER        "{" SELECTOR("app") "}"
#define INJECTED     "{" SELECTOR(LABEL_HASH) "}"
#define BY_LABEL     "{\"labelSelector\":{\"matchLabels\":{\"" LABEL_HASH "\":\"6d8f\"}}}"
#define NODE         "\"nodeAffinity\":{\"x\":1}"
#define POD_AFFINITY "\"podAffinity\":{" REQUIRED(INJECTED) "}"

static void test_leftovers__injected_anti_affinity_goes(void **state) {
        struct fixture *f = *state;

        assert_left(f, AFFINITY(ANTI(REQUIRED(INJECTED))), NO_AFFINITY);
        assert_left(f, AFFINITY(ANTI(REQUIRED(BY_LABEL))), NO_AFFINITY);
        assert_left(f, AFFINITY(ANTI(PREFERRED(WEIGHTED(LABEL_HASH)))), NO_AFFINITY);
        assert_left(f, AFFINITY(ANTI(REQUIRED(INJECTED) "," PREFERRED(WEIGHTED(LABEL_HASH)))),
                    NO_AFFINITY);
        assert_left(f, AFFINITY(NODE "," ANTI(REQUIRED(INJECTED))), AFFINITY(NODE));
        assert_left(f, AFFINITY(ANTI(REQUIRED(INJECTED "," OTHER "," INJECTED))),
                    AFFINITY(ANTI(REQUIRED(OTHER))));
        assert_left(f, AFFINITY(ANTI(REQUIRED(INJECTED) "," PREFERRED(WEIGHTED("app")))),
                    AFFINITY(ANTI(PREFERRED(WEIGHTED("app")))));
}

static void test_leftovers__other_affinity_stays(void **state) {
        static const char *const pods[] = {
                AFFINITY(""),
                AFFINITY(ANTI("")),
                AFFINITY(ANTI(REQUIRED(""))),
                AFFINITY(ANTI(REQUIRED(OTHER) "," PREFERRED(WEIGHTED("app")))),
                AFFINITY(POD_AFFINITY),
                /* what no API server would give */
                AFFINITY("\"podAntiAffinity\":7"),
                AFFINITY(ANTI(REQUIRED("null,7,{},{\"labelSelector\":7}"))),
                AFFINITY(ANTI(REQUIRED("{\"labelSelector\":{\"matchExpressions\":7}}"))),
                AFFINITY(ANTI(
                        REQUIRED("{\"labelSelector\":{\"matchExpressions\":[7,{\"key\":7}]}}"))),
                AFFINITY(ANTI("\"requiredDuringSchedulingIgnoredDuringExecution\":{}")),
        };

        for (size_t i = 0; i < sizeof(pods) / sizeof(pods[0]); i++)
                assert_left(*state, pods[i], pods[i]);
}

#define FIXTURE_TEST(name)                                                                         \
        cmocka_unit_test_setup_teardown(test_leftovers__##name, fixture_setup, fixture_teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                FIXTURE_TEST(marks_of_tools_go),
                FIXTURE_TEST(ephemeral_metadata_goes_by_key),
                FIXTURE_TEST(ephemeral_metadata_cannot_take_selected_labels),
                FIXTURE_TEST(ephemeral_metadata_that_is_none_is_ignored),
                FIXTURE_TEST(injected_anti_affinity_goes),
                FIXTURE_TEST(other_affinity_stays),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
