#include "actors/pod_worth.h"

#include <stdlib.h>
#include <string.h>

#include "actors/pod_state.h"

#define ANNOTATION_COST "controller.kubernetes.io/pod-deletion-cost"

static int phase_of(const struct json *pod) {
        const char *phase = json_text_at(json_get(pod, "status"), "phase");

        return strcmp(phase, "Running") == 0 ? 2 : strcmp(phase, "Unknown") == 0 ? 1 : 0;
}

static int64_t cost_of(const struct json *pod) {
        const char *text =
                json_text_at(json_get(json_get(pod, "metadata"), "annotations"), ANNOTATION_COST);
        char *end;
        long cost = strtol(text, &end, 10);

        return *text && !*end && cost >= INT32_MIN && cost <= INT32_MAX ? cost : 0;
}

static int64_t restarts_of(const struct json *pod) {
        const struct json *containers = json_get(json_get(pod, "status"), "containerStatuses");
        int64_t most = 0;

        for (size_t i = 0; i < json_length(containers); i++) {
                int64_t restarts = json_int_at(json_at(containers, i), "restartCount", 0);

                if (restarts > most)
                        most = restarts;
        }
        return most;
}

struct pod_worth pod_worth_of(const struct json *pod, int64_t now_ms) {
        const struct json *meta = json_get(pod, "metadata");

        return (struct pod_worth){
                .uid = json_text_at(meta, "uid"),
                .node = json_text_at(json_get(pod, "spec"), "nodeName"),
                .phase = phase_of(pod),
                .ready_since_ms = pod_ready_since_ms(pod),
                .cost = cost_of(pod),
                .restarts = restarts_of(pod),
                .created_ms = pod_time_ms(meta, "creationTimestamp"),
                .now_ms = now_ms,
        };
}

static int order(int64_t a, int64_t b) {
        return a < b ? -1 : a > b;
}

/* Ages count by their order of magnitude, so that which of two goes is left to chance. */
static int magnitude(int64_t age_ms) {
        return age_ms > 0 ? 63 - __builtin_clzll((unsigned long long)age_ms * 1000000) : -1;
}

static int by_age(const struct pod_worth *a, const struct pod_worth *b, int64_t a_ms,
                  int64_t b_ms) {
        int by_magnitude = order(magnitude(a->now_ms - a_ms), magnitude(b->now_ms - b_ms));

        return by_magnitude ? by_magnitude : strcmp(a->uid, b->uid);
}

int pod_worth_compare(const struct pod_worth *a, const struct pod_worth *b) {
        bool a_ready = a->ready_since_ms > 0, b_ready = b->ready_since_ms > 0;

        if (!*a->node != !*b->node)
                return *a->node ? 1 : -1;
        if (a->phase != b->phase)
                return order(a->phase, b->phase);
        if (a_ready != b_ready)
                return a_ready ? 1 : -1;
        if (a->cost != b->cost)
                return order(a->cost, b->cost);
        if (a->neighbours != b->neighbours)
                return order(b->neighbours, a->neighbours);
        if (a_ready && a->ready_since_ms != b->ready_since_ms)
                return by_age(a, b, a->ready_since_ms, b->ready_since_ms);
        if (a->restarts != b->restarts)
                return order(b->restarts, a->restarts);
        if (a->created_ms != b->created_ms)
                return by_age(a, b, a->created_ms, b->created_ms);
        return 0;
}
