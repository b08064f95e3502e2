#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fixture.h"
#include "llc/api/pod.h"

static struct pod decode(const char *text, struct arena *arena) {
        JSON_CLEANUP struct json *json = json_read(text);
        struct pod pod;
        struct err err;

        if (desc_decode_foreign(&pod_type, json, arena, &pod, &err) < 0)
                fail_msg("%s: %s", err.msg, text);
        return pod;
}

#define META "\"metadata\":{\"name\":\"p\",\"uid\":\"u\"}"

static void test_pod__reads_a_crashing_pod(void **state) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        struct pod pod = decode(
                "{" META ",\"spec\":{\"containers\":[]},\"status\":{\"phase\":\"Running\","
                "\"podIP\":\"10.0.0.1\",\"conditions\":[{\"type\":\"Ready\",\"status\":\"False\","
                "\"lastProbeTime\":null,\"lastTransitionTime\":\"2024-01-01T00:00:00Z\"}],"
                "\"containerStatuses\":[{\"name\":\"app\",\"restartCount\":4,\"state\":{"
                "\"waiting\":{\"reason\":\"CrashLoopBackOff\",\"message\":\"back-off\"}}}]}}",
                &arena);
        const struct pod_container_status *container = &pod.status->container_statuses[0];

        (void)state;
        assert_string_equal(pod.meta->name, "p");
        assert_string_equal(pod.status->phase, "Running");
        assert_int_equal(pod.status->conditions[0].last_transition_time, 1704067200000);
        assert_string_equal(container->name, "app");
        assert_int_equal(container->restart_count, 4);
        assert_string_equal(container->state->waiting->reason, "CrashLoopBackOff");
        assert_string_equal(container->state->waiting->message, "back-off");
}

static void test_pod__ready_is_the_ready_condition(void **state) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        struct pod ready = decode("{" META ",\"status\":{\"conditions\":["
                                  "{\"type\":\"Initialized\",\"status\":\"False\"},"
                                  "{\"type\":\"Ready\",\"status\":\"True\"}]}}",
                                  &arena);
        struct pod unready = decode("{" META ",\"status\":{\"conditions\":["
                                    "{\"type\":\"ContainersReady\",\"status\":\"True\"},"
                                    "{\"type\":\"Ready\",\"status\":\"Unknown\"}]}}",
                                    &arena);
        struct pod new = decode("{" META "}", &arena);

        (void)state;
        assert_true(pod_is_ready(&ready));
        assert_false(pod_is_ready(&unready));
        assert_false(pod_is_ready(&new));
}

static void test_pod__live_is_neither_deleted_nor_finished(void **state) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        struct pod new = decode("{" META "}", &arena);
        struct pod running = decode("{" META ",\"status\":{\"phase\":\"Running\"}}", &arena);
        struct pod failed = decode("{" META ",\"status\":{\"phase\":\"Failed\"}}", &arena);
        struct pod succeeded = decode("{" META ",\"status\":{\"phase\":\"Succeeded\"}}", &arena);
        struct pod deleted = decode("{\"metadata\":{\"name\":\"p\",\"uid\":\"u\","
                                    "\"deletionTimestamp\":\"2024-01-01T00:00:00Z\"},"
                                    "\"status\":{\"phase\":\"Running\"}}",
                                    &arena);

        (void)state;
        assert_true(pod_is_live(&new));
        assert_true(pod_is_live(&running));
        assert_false(pod_is_live(&failed));
        assert_false(pod_is_live(&succeeded));
        assert_false(pod_is_live(&deleted));
}

static void test_pod__projection_leaves_the_spec_out(void **state) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;

        (void)state;
        assert_string_equal(
                projection_text(desc_projection(&pod_type, &arena), &arena),
                "metadata(name,namespace,uid,resourceVersion,generation,deletionTimestamp,"
                "creationTimestamp,labels,"
                "ownerReferences(apiVersion,kind,name,uid,controller,blockOwnerDeletion),"
                "finalizers,annotations(argo-canary.dev/slot,argo-canary.dev/uid,"
                "argo-canary.dev/attempt,argo-canary.dev/relabelled-at,"
                "argo-canary.dev/incarnation,argo-canary.dev/spec-hash,argo-canary.dev/base-hash,"
                "argo-canary.dev/held-labels,argo-canary.dev/holds,"
                "controller.kubernetes.io/pod-deletion-cost)),"
                "status(phase,reason,message,conditions(type,status,lastTransitionTime),"
                "containerStatuses(name,restartCount,state(waiting(reason,message))),"
                "initContainerStatuses(name,restartCount,state(waiting(reason,message))))");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_pod__reads_a_crashing_pod),
                cmocka_unit_test(test_pod__ready_is_the_ready_condition),
                cmocka_unit_test(test_pod__live_is_neither_deleted_nor_finished),
                cmocka_unit_test(test_pod__projection_leaves_the_spec_out),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
