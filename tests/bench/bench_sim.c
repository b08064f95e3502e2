/*
 * What llc-sim costs: memory of 100,000 pods and 10,000 Rollouts, and the time of a relabelling merge
 * patch among them, served without sockets. A measuring tool, not a test: nothing fails here.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "llc/base/strbuf.h"
#include "simulator.h"

enum { PODS = 100000, ROLLOUTS = 10000, NAMESPACES = 100, PATCHES = 5000, BODY_MAX = 64 * 1024 };

#define POD                                                                                        \
        "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"pod-%d\",\"labels\":{"   \
        "\"app\":\"checkout\",\"team\":\"payments\",\"rollouts-pod-template-hash\":\"6d8f7b9c5\"," \
        "\"argo-canary.dev/name\":\"jdk21\"},\"annotations\":{\"argo-canary.dev/spec-hash\":"      \
        "\"e3ba96b86fa5d24d\"}},\"spec\":{\"containers\":[{\"name\":\"app\",\"image\":"            \
        "\"registry.example.com/"                                                                  \
        "checkout:v1\",\"ports\":[{\"name\":\"http\",\"containerPort\":8080}],"                    \
        "\"env\":[{\"name\":\"JAVA_OPTS\",\"value\":\"-Xmx512m "                                   \
        "-XX:+UseZGC\"},{\"name\":\"REGION\","                                                     \
        "\"value\":\"eu-west-1\"}],\"resources\":{\"requests\":{\"cpu\":\"500m\",\"memory\":"      \
        "\"1Gi\"}"                                                                                 \
        "},\"readinessProbe\":{\"httpGet\":{\"path\":\"/ready\",\"port\":8080}}}]}}"

#define STATUS                                                                                     \
        "{\"status\":{\"phase\":\"Running\",\"hostIP\":\"10.0.0.1\",\"podIP\":\"10.244.1.7\","     \
        "\"startTime\":\"2026-03-01T12:00:00Z\",\"conditions\":[{\"type\":\"Initialized\","        \
        "\"status\":\"True\",\"lastTransitionTime\":\"2026-03-01T12:00:00Z\"},{\"type\":"          \
        "\"Ready\","                                                                               \
        "\"status\":\"True\",\"lastTransitionTime\":\"2026-03-01T12:00:00Z\"},{\"type\":"          \
        "\"ContainersReady\",\"status\":\"True\",\"lastTransitionTime\":\"2026-03-01T12:00:00Z\"}" \
        ","                                                                                        \
        "{\"type\":\"PodScheduled\",\"status\":\"True\",\"lastTransitionTime\":"                   \
        "\"2026-03-01T12:00:00Z\"}],\"containerStatuses\":[{\"name\":\"app\",\"ready\":true,"      \
        "\"started\":true,\"restartCount\":0,\"image\":\"registry.example.com/checkout:v1\","      \
        "\"imageID\":\"sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"," \
        "\"state\":{\"running\":{\"startedAt\":\"2026-03-01T12:00:00Z\"}}}]}}"

#define ROLLOUT                                                                                    \
        "{\"apiVersion\":\"argoproj.io/v1alpha1\",\"kind\":\"Rollout\",\"metadata\":{\"name\":"    \
        "\"rollout-%d\",\"annotations\":{\"note\":\"%2000s\"}},\"spec\":{\"replicas\":3,"          \
        "\"selector\":{\"matchLabels\":{\"app\":\"checkout\"}},\"template\":{\"metadata\":{"       \
        "\"labels\":{\"app\":\"checkout\"}},\"spec\":{\"containers\":[{\"name\":\"app\","          \
        "\"image\":"                                                                               \
        "\"registry.example.com/"                                                                  \
        "checkout:v1\",\"env\":[{\"name\":\"TEXT\",\"value\":\"%2000s\"}]}]}"                      \
        "},\"strategy\":{\"blueGreen\":{\"activeService\":\"checkout\"}}}}"

static void ask(struct simulator *simulator, const char *method, const char *target,
                const char *body) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        const struct http_request request = {
                .method = method,
                .target = target,
                .content_type = strcmp(method, "PATCH") == 0 ? "application/merge-patch+json"
                                                             : "application/json",
                .user_agent = "bench/1",
                .body = bytes_of(body),
        };
        struct http_response response = { .arena = &arena };

        simulator_serve(simulator, &request, &response);
        if (response.status >= 300) {
                fprintf(stderr, "%s %s: %d %s\n", method, target, response.status,
                        strbuf_str(&response.body));
                exit(EXIT_FAILURE);
        }
        http_response_deinit(&response);
}

/* Resident bytes of its own, as /proc says. */
static double resident_mib(void) {
        char line[256];
        long kib = 0;
        FILE *file = fopen("/proc/self/status", "r");

        while (file && fgets(line, sizeof(line), file))
                if (strncmp(line, "RssAnon:", 8) == 0)
                        kib = strtol(line + 8, NULL, 10);
        if (file)
                fclose(file);
        return (double)kib / 1024;
}

static int64_t now_ns(void) {
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void fill(struct simulator *simulator) {
        char target[128], body[BODY_MAX];

        for (int i = 0; i < NAMESPACES; i++) {
                snprintf(body, sizeof(body),
                         "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"n-"
                         "%d\"}}",
                         i);
                ask(simulator, "POST", "/api/v1/namespaces", body);
        }
        for (int i = 0; i < PODS; i++) {
                snprintf(target, sizeof(target), "/api/v1/namespaces/n-%d/pods", i % NAMESPACES);
                snprintf(body, sizeof(body), POD, i);
                ask(simulator, "POST", target, body);
                snprintf(target, sizeof(target), "/api/v1/namespaces/n-%d/pods/pod-%d/status",
                         i % NAMESPACES, i);
                ask(simulator, "PATCH", target, STATUS);
                simulator_run(simulator);
        }
        printf("%d pods: RssAnon %.0f MiB\n", PODS, resident_mib());
        for (int i = 0; i < ROLLOUTS; i++) {
                snprintf(target, sizeof(target),
                         "/apis/argoproj.io/v1alpha1/namespaces/n-%d/rollouts", i % NAMESPACES);
                snprintf(body, sizeof(body), ROLLOUT, i, "x", "y");
                ask(simulator, "POST", target, body);
                simulator_run(simulator);
        }
        printf("and %d Rollouts of 5 KB: RssAnon %.0f MiB\n", ROLLOUTS, resident_mib());
}

static int by_size(const void *a, const void *b) {
        const int64_t *left = a, *right = b;

        return *left < *right ? -1 : *left > *right;
}

static void relabel(struct simulator *simulator) {
        static int64_t took[PATCHES];
        char target[128], body[256];

        for (int i = 0; i < PATCHES; i++) {
                int pod = (int)((unsigned)i * 7919u % PODS);
                int64_t start;

                snprintf(target, sizeof(target), "/api/v1/namespaces/n-%d/pods/pod-%d",
                         pod % NAMESPACES, pod);
                snprintf(body, sizeof(body),
                         "{\"metadata\":{\"labels\":{\"rollouts-pod-template-hash\":\"%d\"}}}", i);
                start = now_ns();
                ask(simulator, "PATCH", target, body);
                took[i] = now_ns() - start;
                simulator_run(simulator);
        }
        qsort(took, PATCHES, sizeof(took[0]), by_size);
        printf("relabel patch: p50 %.3f ms, p95 %.3f ms, p99 %.3f ms\n",
               (double)took[PATCHES / 2] / 1e6, (double)took[PATCHES * 95 / 100] / 1e6,
               (double)took[PATCHES * 99 / 100] / 1e6);
}

int main(void) {
        static const char *const without[] = { "kubelet", "rollouts-controller" };
        const struct simulator_options options = { .open = true,
                                                   .no_actors = without,
                                                   .n_no_actors = 2 };
        struct simulator *simulator;
        struct err err;

        if (simulator_new(&options, &simulator, &err) < 0) {
                fprintf(stderr, "%s\n", err.msg);
                return EXIT_FAILURE;
        }
        fill(simulator);
        relabel(simulator);
        simulator_free(simulator);
        return EXIT_SUCCESS;
}
