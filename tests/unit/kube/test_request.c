#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "llc/kube/request.h"

static void check_target(const struct request *request, const char *expected) {
        assert_string_equal(strbuf_str(&request->target), expected);
}

static void test_request__get_names_the_object(void **state) {
        REQUEST_CLEANUP struct request core = { 0 }, group = { 0 };

        (void)state;
        request_get(&(struct request_object){ &RESOURCE_POD, "shop", "a-1.b", NULL }, &core);
        assert_string_equal(request_method_name(request_method(&core)), "GET");
        assert_false(request_is_write(&core));
        assert_int_equal(core.timeout_ms, 30000);
        assert_int_equal(core.body.len, 0);
        assert_null(core.content_type);
        check_target(&core, "/api/v1/namespaces/shop/pods/a-1.b");
        request_get(&(struct request_object){ &RESOURCE_LLC, NULL, "a", "status" }, &group);
        check_target(&group, "/apis/argo-canary.dev/v1alpha1/longlivedcanaries/a/status");
}

/* The server decodes the path before it splits it: %2F would still be a slash to it. */
static void test_request__names_cannot_change_the_path(void **state) {
        static const struct {
                const char *name, *segment;
        } CASES[] = {
                { "", "%2500" },
                { ".", "%252E" },
                { "..", "%252E%252E" },
                { "...", "..." },
                { "../pods", "..%252Fpods" },
                { "a/status", "a%252Fstatus" },
                { "a?b=c#d&e;f", "a%3Fb%3Dc%23d%26e%3Bf" },
                { "a%2fb", "a%252fb" },
                { "a b\n\x7f\xc3\xa9", "a%20b%0A%7F%C3%A9" },
                { "AZaz09-._~", "AZaz09-._~" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(CASES) / sizeof(*CASES); i++) {
                STRBUF_CLEANUP struct strbuf expected = STRBUF_INIT(1024);
                REQUEST_CLEANUP struct request request = { 0 };

                request_delete(&(struct request_object){ &RESOURCE_POD, CASES[i].name,
                                                         CASES[i].name, NULL },
                               &(struct request_delete_options){ NULL, NULL }, &request);
                strbuf_printf(&expected, "/api/v1/namespaces/%s/pods/%s", CASES[i].segment,
                              CASES[i].segment);
                check_target(&request, strbuf_str(&expected));
        }
}

static void test_request__names_of_any_length_stay_whole(void **state) {
        static char name[100001];
        REQUEST_CLEANUP struct request request = { 0 };

        (void)state;
        memset(name, '/', sizeof(name) - 1);
        request_get(&(struct request_object){ &RESOURCE_POD, NULL, name, NULL }, &request);
        assert_int_equal(request.target.len, strlen("/api/v1/pods/") + 5 * (sizeof(name) - 1));
}

static void test_request__list_says_how_fresh(void **state) {
        REQUEST_CLEANUP struct request all = { 0 }, any = { 0 }, page = { 0 }, fresh = { 0 };

        (void)state;
        request_list(&(struct request_list_options){ .resource = &RESOURCE_ROLLOUT }, &all);
        check_target(&all, "/apis/argoproj.io/v1alpha1/rollouts");
        assert_int_equal(all.timeout_ms, 60000);
        assert_string_equal(request_method_name(request_method(&all)), "GET");
        request_list(
                &(struct request_list_options){
                        .resource = &RESOURCE_ROLLOUT,
                        .namespace_ = "shop",
                        .resource_version = "0",
                },
                &any);
        check_target(&any, "/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts?resourceVersion=0");
        request_list(
                &(struct request_list_options){
                        .resource = &RESOURCE_POD,
                        .label_selector = "argo-canary.dev/name,a in (b)",
                        .resource_version = "17",
                        .limit = 500,
                },
                &fresh);
        check_target(&fresh, "/api/v1/pods?labelSelector=argo-canary.dev%2Fname%2Ca%20in%20%28b%29"
                             "&limit=500&resourceVersion=17&resourceVersionMatch=NotOlderThan");
        request_list(
                &(struct request_list_options){
                        .resource = &RESOURCE_POD,
                        .resource_version = "17",
                        .continue_ = "eyJ2+/==",
                        .limit = 500,
                },
                &page);
        check_target(&page, "/api/v1/pods?limit=500&continue=eyJ2%2B%2F%3D%3D");
        assert_null(page.accept);
}

static void test_request__list_of_metadata_only(void **state) {
        REQUEST_CLEANUP struct request request = { 0 };

        (void)state;
        request_list(&(struct request_list_options){ .resource = &RESOURCE_POD,
                                                     .metadata_only = true },
                     &request);
        check_target(&request, "/api/v1/pods");
        /* Whole objects from a server that knows no better. */
        assert_string_equal(request.accept, "application/json;as=PartialObjectMetadataList;"
                                            "g=meta.k8s.io;v=v1,application/json");
}

static void test_request__watch_has_bookmarks(void **state) {
        REQUEST_CLEANUP struct request request = { 0 }, bare = { 0 };

        (void)state;
        request_watch(
                &(struct request_watch_options){
                        .resource = &RESOURCE_POD,
                        .namespace_ = "shop",
                        .label_selector = "a=b",
                        .resource_version = "17",
                        .timeout_seconds = 300,
                },
                &request);
        check_target(&request, "/api/v1/namespaces/shop/pods?watch=true&allowWatchBookmarks=true"
                               "&labelSelector=a%3Db&resourceVersion=17&timeoutSeconds=300");
        assert_int_equal(request.timeout_ms, 30000);
        assert_false(request_is_write(&request));
        assert_string_equal(request_method_name(request_method(&request)), "GET");
        request_watch(&(struct request_watch_options){ .resource = &RESOURCE_POD }, &bare);
        check_target(&bare, "/api/v1/pods?watch=true&allowWatchBookmarks=true");
}

static void test_request__watch_of_what_is_there_first(void **state) {
        REQUEST_CLEANUP struct request request = { 0 };

        (void)state;
        request_watch(
                &(struct request_watch_options){
                        .resource = &RESOURCE_POD,
                        .field_selector = "metadata.name=a",
                        .initial_events = true,
                        .metadata_only = true,
                        .timeout_seconds = 300,
                },
                &request);
        check_target(&request, "/api/v1/pods?watch=true&allowWatchBookmarks=true"
                               "&fieldSelector=metadata.name%3Da&sendInitialEvents=true"
                               "&resourceVersionMatch=NotOlderThan&timeoutSeconds=300");
        assert_string_equal(request.accept, "application/json;as=PartialObjectMetadata;"
                                            "g=meta.k8s.io;v=v1,application/json");
}

static void test_request__create_posts_to_the_collection(void **state) {
        REQUEST_CLEANUP struct request request = { 0 };

        (void)state;
        request_create(&(struct request_object){ &RESOURCE_POD, "shop", NULL, NULL },
                       bytes_of("{\"a\":1}"), &request);
        check_target(&request, "/api/v1/namespaces/shop/pods");
        assert_string_equal(request_method_name(request_method(&request)), "POST");
        assert_string_equal(request.content_type, "application/json");
        assert_string_equal(strbuf_str(&request.body), "{\"a\":1}");
        assert_true(request_is_write(&request));
        assert_int_equal(request.timeout_ms, 30000);
}

static void test_request__patch_is_a_merge_patch(void **state) {
        REQUEST_CLEANUP struct request request = { 0 };

        (void)state;
        request_merge_patch(&(struct request_object){ &RESOURCE_LLC, "shop", "a", "status" },
                            bytes_of("{}"), &request);
        check_target(&request, "/apis/argo-canary.dev/v1alpha1/namespaces/shop/longlivedcanaries/a/"
                               "status");
        assert_string_equal(request_method_name(request_method(&request)), "PATCH");
        assert_string_equal(request.content_type, "application/merge-patch+json");
        assert_string_equal(strbuf_str(&request.body), "{}");
        assert_true(request_is_write(&request));
}

static void test_request__delete_carries_its_preconditions(void **state) {
        REQUEST_CLEANUP struct request bare = { 0 }, full = { 0 };
        const struct request_object object = { &RESOURCE_POD, "shop", "a", NULL };

        (void)state;
        request_delete(&object, &(struct request_delete_options){ NULL, NULL }, &bare);
        check_target(&bare, "/api/v1/namespaces/shop/pods/a");
        assert_string_equal(request_method_name(request_method(&bare)), "DELETE");
        assert_string_equal(bare.content_type, "application/json");
        assert_true(request_is_write(&bare));
        assert_string_equal(strbuf_str(&bare.body),
                            "{\"kind\":\"DeleteOptions\",\"apiVersion\":\"v1\"}");
        request_delete(&object, &(struct request_delete_options){ "u\"1", "17" }, &full);
        assert_string_equal(strbuf_str(&full.body),
                            "{\"kind\":\"DeleteOptions\",\"apiVersion\":\"v1\",\"preconditions\":{"
                            "\"uid\":\"u\\\"1\",\"resourceVersion\":\"17\"}}");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_request__get_names_the_object),
                cmocka_unit_test(test_request__names_cannot_change_the_path),
                cmocka_unit_test(test_request__names_of_any_length_stay_whole),
                cmocka_unit_test(test_request__list_says_how_fresh),
                cmocka_unit_test(test_request__list_of_metadata_only),
                cmocka_unit_test(test_request__watch_has_bookmarks),
                cmocka_unit_test(test_request__watch_of_what_is_there_first),
                cmocka_unit_test(test_request__create_posts_to_the_collection),
                cmocka_unit_test(test_request__patch_is_a_merge_patch),
                cmocka_unit_test(test_request__delete_carries_its_preconditions),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
