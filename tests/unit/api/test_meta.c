#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fixture.h"
#include "llc/api/meta.h"
#include "llc/api/resource.h"

static const char object[] =
        "{\"name\":\"web-1\",\"namespace\":\"shop\",\"uid\":\"u1\",\"resourceVersion\":\"42\","
        "\"generation\":3,\"creationTimestamp\":\"2024-01-01T00:00:00Z\","
        "\"deletionTimestamp\":\"2024-01-02T00:00:00Z\",\"deletionGracePeriodSeconds\":30,"
        "\"labels\":{\"app\":\"web\",\"tier\":\"front\"},"
        "\"annotations\":{\"argo-canary.dev/slot\":\"0\",\"other\":\"x\"},"
        "\"ownerReferences\":["
        "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"name\":\"c\",\"uid\":\"u2\"},"
        "{\"apiVersion\":\"apps/v1\",\"kind\":\"ReplicaSet\",\"name\":\"web\",\"uid\":\"u3\","
        "\"controller\":true,\"blockOwnerDeletion\":true}],"
        "\"finalizers\":[\"a/b\"],\"managedFields\":[{\"manager\":\"kubectl\"}]}";

static void decode(const struct type *type, const char *text, struct arena *arena,
                   void *ret_value) {
        JSON_CLEANUP struct json *json = json_read(text);
        struct err err;

        if (desc_decode_foreign(type, json, arena, ret_value, &err) < 0)
                fail_msg("%s", err.msg);
}

static void test_meta__reads_all_but_annotations(void **state) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        struct meta meta;

        (void)state;
        decode(&meta_type, object, &arena, &meta);
        assert_string_equal(meta.name, "web-1");
        assert_string_equal(meta.namespace_, "shop");
        assert_string_equal(meta.uid, "u1");
        assert_string_equal(meta.resource_version, "42");
        assert_int_equal(meta.generation, 3);
        assert_int_equal(meta.creation_timestamp, 1704067200000);
        assert_int_equal(meta.deletion_timestamp, 1704153600000);
        assert_string_equal(meta_label(&meta, "tier"), "front");
        assert_null(meta_label(&meta, "ap"));
        assert_int_equal(meta.n_annotations, 0);
        assert_int_equal(meta.n_finalizers, 1);
        assert_string_equal(meta.finalizers[0], "a/b");
}

static void test_meta__controller_is_the_owner_that_says_so(void **state) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        struct meta meta;

        (void)state;
        decode(&meta_type, object, &arena, &meta);
        assert_int_equal(meta.n_owner_references, 2);
        assert_string_equal(meta_controller(&meta)->uid, "u3");
        assert_string_equal(meta_controller(&meta)->api_version, "apps/v1");
        assert_string_equal(meta_controller(&meta)->kind, "ReplicaSet");
        assert_true(meta_controller(&meta)->block_owner_deletion);
        meta.n_owner_references = 1;
        assert_null(meta_controller(&meta));
}

static void test_meta__identity_is_the_first_part(void **state) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        struct identity identity;
        struct meta meta;

        (void)state;
        decode(&identity_type, object, &arena, &identity);
        assert_string_equal(identity.name, "web-1");
        assert_int_equal(identity.deletion_timestamp, 1704153600000);
        decode(&meta_type, object, &arena, &meta);
        assert_true(desc_equal(&identity_type, &meta.identity, &identity));
}

static void test_meta__pods_keep_our_annotations_only(void **state) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        struct meta meta;

        (void)state;
        decode(&meta_pod_type, object, &arena, &meta);
        assert_int_equal(meta.n_annotations, 1);
        assert_string_equal(meta_annotation(&meta, ANNOTATION_SLOT), "0");
        assert_null(meta_annotation(&meta, "other"));
        assert_int_equal(meta.n_labels, 2);
}

static void test_meta__projections(void **state) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;

        (void)state;
        assert_string_equal(projection_text(desc_projection(&identity_type, &arena), &arena),
                            "name,namespace,uid,resourceVersion,generation,deletionTimestamp");
        assert_string_equal(
                projection_text(desc_projection(&meta_type, &arena), &arena),
                "name,namespace,uid,resourceVersion,generation,deletionTimestamp,"
                "creationTimestamp,labels,"
                "ownerReferences(apiVersion,kind,name,uid,controller,blockOwnerDeletion),"
                "finalizers");
        assert_string_equal(
                projection_text(desc_projection(&meta_pod_type, &arena), &arena),
                "name,namespace,uid,resourceVersion,generation,deletionTimestamp,"
                "creationTimestamp,labels,"
                "ownerReferences(apiVersion,kind,name,uid,controller,blockOwnerDeletion),"
                "finalizers,annotations(argo-canary.dev/slot,argo-canary.dev/uid,"
                "argo-canary.dev/attempt,argo-canary.dev/relabelled-at,"
                "argo-canary.dev/incarnation,argo-canary.dev/spec-hash,argo-canary.dev/base-hash,"
                "argo-canary.dev/held-labels,argo-canary.dev/holds,"
                "controller.kubernetes.io/pod-deletion-cost)");
}

static void test_meta__an_object_without_identity_is_refused(void **state) {
        static const struct {
                const char *text, *msg;
        } cases[] = {
                { "{\"uid\":\"u\"}", "name: required, but missing" },
                { "{\"name\":\"n\"}", "uid: required, but missing" },
                { "{\"name\":\"n\",\"uid\":\"u\",\"ownerReferences\":[{\"apiVersion\":\"v1\","
                  "\"kind\":\"K\",\"name\":\"n\"}]}",
                  "ownerReferences[0].uid: required, but missing" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                ARENA_CLEANUP struct arena arena = ARENA_INIT;
                JSON_CLEANUP struct json *json = json_read(cases[i].text);
                struct meta meta;
                struct err err;

                assert_int_equal(desc_decode_foreign(&meta_type, json, &arena, &meta, &err), -1);
                assert_string_equal(err.msg, cases[i].msg);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_meta__reads_all_but_annotations),
                cmocka_unit_test(test_meta__controller_is_the_owner_that_says_so),
                cmocka_unit_test(test_meta__identity_is_the_first_part),
                cmocka_unit_test(test_meta__pods_keep_our_annotations_only),
                cmocka_unit_test(test_meta__projections),
                cmocka_unit_test(test_meta__an_object_without_identity_is_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
