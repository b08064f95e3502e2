/*
 * A pod's row: one word for what its phase, its conditions and the states of its containers say
 * together. Init containers count until all are done, then the others, the first one having the last
 * word.
 */
#include "kinds/pod_cells.h"

#include <stdio.h>
#include <string.h>

#include "kinds/age.h"
#include "kinds/cells.h"
#include "kinds/member.h"
#include "llc/base/timestamp.h"

enum { REASON_SIZE = 256 };

struct summary {
        char reason[REASON_SIZE];
        size_t containers, ready;
        int64_t restarts, restarted_ms; /* 0 = never */
        int64_t sidecar_restarts, sidecar_restarted_ms;
        bool initializing;
};

static const struct json *state_of(const struct json *status, const char *state) {
        return member_object(member_object(status, "state"), state);
}

static void later(const struct json *status, int64_t *at_ms) {
        const struct json *last = member_object(member_object(status, "lastState"), "terminated");
        const struct json *finished = member_of_kind(last, "finishedAt", JSON_STRING);
        struct err err;
        int64_t ms;

        if (finished && timestamp_parse(json_as_string(finished), &ms, &err) == 0 && ms > *at_ms)
                *at_ms = ms;
}

static bool is_sidecar(const struct json *containers, const char *name) {
        for (size_t i = 0; i < json_length(containers); i++)
                if (strcmp(json_text_at(json_at(containers, i), "name"), name) == 0)
                        return strcmp(json_text_at(json_at(containers, i), "restartPolicy"),
                                      "Always") == 0;
        return false;
}

static const char *condition_status(const struct json *status, const char *type) {
        const struct json *conditions = member_array(status, "conditions");

        for (size_t i = 0; i < json_length(conditions); i++)
                if (strcmp(json_text_at(json_at(conditions, i), "type"), type) == 0)
                        return json_text_at(json_at(conditions, i), "status");
        return "";
}

static bool condition_holds(const struct json *status, const char *type) {
        return strcmp(condition_status(status, type), "True") == 0;
}

static void set_reason(struct summary *summary, const char *prefix, const char *reason) {
        snprintf(summary->reason, sizeof(summary->reason), "%s%s", prefix, reason);
}

/* Of a container that ended without a reason: its signal or its exit code. */
static void set_end(struct summary *summary, const char *prefix, const struct json *terminated) {
        int64_t signal = json_int_at(terminated, "signal", 0);

        if (*json_text_at(terminated, "reason"))
                set_reason(summary, prefix, json_text_at(terminated, "reason"));
        else
                snprintf(summary->reason, sizeof(summary->reason), "%s%s:%lld", prefix,
                         signal != 0 ? "Signal" : "ExitCode",
                         (long long)(signal != 0 ? signal
                                                 : json_int_at(terminated, "exitCode", 0)));
}

/* False: this one is not done, so it is what the pod waits for. */
static bool init_done(struct summary *summary, const struct json *containers,
                      const struct json *status, size_t index) {
        const struct json *terminated = state_of(status, "terminated");
        const char *waiting = json_text_at(state_of(status, "waiting"), "reason");
        bool sidecar = is_sidecar(containers, json_text_at(status, "name"));

        summary->restarts += json_int_at(status, "restartCount", 0);
        later(status, &summary->restarted_ms);
        if (sidecar) {
                summary->sidecar_restarts += json_int_at(status, "restartCount", 0);
                later(status, &summary->sidecar_restarted_ms);
        }
        if (terminated && json_int_at(terminated, "exitCode", 0) == 0)
                return true;
        if (sidecar && json_is_true_at(status, "started")) {
                summary->ready += json_is_true_at(status, "ready");
                return true;
        }
        if (terminated)
                set_end(summary, "Init:", terminated);
        else if (*waiting && strcmp(waiting, "PodInitializing") != 0)
                set_reason(summary, "Init:", waiting);
        else
                snprintf(summary->reason, sizeof(summary->reason), "Init:%zu/%zu", index,
                         json_length(containers));
        return false;
}

static void sum_init(struct summary *summary, const struct json *spec, const struct json *status) {
        const struct json *containers = member_array(spec, "initContainers");
        const struct json *statuses = member_array(status, "initContainerStatuses");

        for (size_t i = 0; i < json_length(containers); i++)
                summary->containers += strcmp(json_text_at(json_at(containers, i), "restartPolicy"),
                                              "Always") == 0;
        for (size_t i = 0; i < json_length(statuses) && !summary->initializing; i++)
                summary->initializing = !init_done(summary, containers, json_at(statuses, i), i);
}

/* Is it running and ready? */
static bool sum_container(struct summary *summary, const struct json *status) {
        const struct json *terminated = state_of(status, "terminated");
        const char *waiting = json_text_at(state_of(status, "waiting"), "reason");

        summary->restarts += json_int_at(status, "restartCount", 0);
        later(status, &summary->restarted_ms);
        if (*waiting) {
                set_reason(summary, "", waiting);
                return false;
        }
        if (terminated) {
                set_end(summary, "", terminated);
                return false;
        }
        return json_is_true_at(status, "ready") && state_of(status, "running");
}

static void sum_containers(struct summary *summary, const struct json *status) {
        const struct json *statuses = member_array(status, "containerStatuses");
        bool running = false;

        summary->restarts = summary->sidecar_restarts;
        summary->restarted_ms = summary->sidecar_restarted_ms;
        for (size_t i = json_length(statuses); i > 0; i--)
                if (sum_container(summary, json_at(statuses, i - 1))) {
                        summary->ready++;
                        running = true;
                }
        if (strcmp(summary->reason, "Completed") == 0 && running)
                set_reason(summary, "", condition_holds(status, "Ready") ? "Running" : "NotReady");
}

static void sum_reason(struct summary *summary, const struct json *status) {
        const struct json *conditions = member_array(status, "conditions");
        const char *reason = json_text_at(status, "reason");

        set_reason(summary, "", *reason ? reason : json_text_at(status, "phase"));
        for (size_t i = 0; i < json_length(conditions); i++)
                if (strcmp(json_text_at(json_at(conditions, i), "type"), "PodScheduled") == 0 &&
                    strcmp(json_text_at(json_at(conditions, i), "reason"), "SchedulingGated") == 0)
                        set_reason(summary, "", "SchedulingGated");
}

static void sum_deletion(struct summary *summary, const struct json *pod,
                         const struct json *status) {
        const char *phase = json_text_at(status, "phase");

        if (!json_get(json_get(pod, "metadata"), "deletionTimestamp"))
                return;
        if (strcmp(json_text_at(status, "reason"), "NodeLost") == 0)
                set_reason(summary, "", "Unknown");
        else if (strcmp(phase, "Succeeded") != 0 && strcmp(phase, "Failed") != 0)
                set_reason(summary, "", "Terminating");
}

static void cell_restarts(const struct summary *summary, int64_t now_ms, struct json *cells) {
        char age[AGE_SIZE];

        if (summary->restarts != 0 && summary->restarted_ms != 0)
                cells_printf(cells, "%lld (%s ago)", (long long)summary->restarts,
                             age_of_duration(now_ms - summary->restarted_ms, age));
        else
                cells_printf(cells, "%lld", (long long)summary->restarts);
}

static void cell_gates(const struct json *spec, const struct json *status, struct json *cells) {
        const struct json *gates = member_array(spec, "readinessGates");
        size_t n = json_length(gates), open = 0;

        for (size_t i = 0; i < n; i++)
                open += condition_holds(status, json_text_at(json_at(gates, i), "conditionType"));
        if (n > 0)
                cells_printf(cells, "%zu/%zu", open, n);
        else
                cells_text(cells, "<none>");
}

void pod_cells(const struct kind *kind, const struct json *pod, int64_t now_ms,
               struct json *cells) {
        const struct json *spec = json_get(pod, "spec"), *status = json_get(pod, "status");
        const struct json *ips = member_array(status, "podIPs");
        struct summary summary = { .containers = json_length(member_array(spec, "containers")) };

        (void)kind;
        sum_reason(&summary, status);
        sum_init(&summary, spec, status);
        if (!summary.initializing || condition_holds(status, "Initialized"))
                sum_containers(&summary, status);
        sum_deletion(&summary, pod, status);

        cells_name(pod, cells);
        cells_printf(cells, "%zu/%zu", summary.ready, summary.containers);
        cells_text(cells, summary.reason);
        cell_restarts(&summary, now_ms, cells);
        cells_age(pod, now_ms, cells);
        cells_text_or(cells, json_length(ips) > 0 ? json_text_at(json_at(ips, 0), "ip") : "",
                      "<none>");
        cells_text_or(cells, json_text_at(spec, "nodeName"), "<none>");
        cells_text_or(cells, json_text_at(status, "nominatedNodeName"), "<none>");
        cell_gates(spec, status, cells);
}
