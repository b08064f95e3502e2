/*
 * What is counted of the work: passes, queue and client under the names that controller-runtime and
 * client-go use, so that what was drawn for other controllers fits; then what only we have.
 */
#include "exposition.h"

#include <stdio.h>

#include "llc/runtime/metrics.h"
#include "llc/sys/clock.h"
#include "llc/sys/log.h"
#include "llc/sys/usage.h"
#include "version.h"

#define CONTROLLER "controller=\"longlivedcanary\""
#define QUEUE      "name=\"longlivedcanary\"," CONTROLLER

static void write_one(struct strbuf *out, const char *name, const char *type, const char *help,
                      double value) {
        metrics_family(out, name, type, help);
        metrics_sample(out, name, NULL, value);
}

static void write_labelled(struct strbuf *out, const char *name, const char *type,
                           const char *labels, const char *help, double value) {
        metrics_family(out, name, type, help);
        metrics_sample(out, name, labels, value);
}

static void write_histogram(struct strbuf *out, const char *name, const char *labels,
                            const char *help, const struct histogram *histogram) {
        metrics_family(out, name, "histogram", help);
        metrics_histogram_write(out, name, labels, histogram);
}

static void write_passes(const struct controller *controller, struct strbuf *out) {
        static const char *const results[RESULTS] = {
                [RESULT_SUCCESS] = CONTROLLER ",result=\"success\"",
                [RESULT_REQUEUE] = CONTROLLER ",result=\"requeue\"",
                [RESULT_REQUEUE_AFTER] = CONTROLLER ",result=\"requeue_after\"",
                [RESULT_ERROR] = CONTROLLER ",result=\"error\"",
        };
        const struct controller_counters *counters = &controller->counters;

        metrics_family(out, "controller_runtime_reconcile_total", "counter",
                       "Passes over a LongLivedCanary, by result.");
        for (int i = 0; i < RESULTS; i++)
                metrics_sample(out, "controller_runtime_reconcile_total", results[i],
                               (double)counters->results[i]);
        write_labelled(out, "controller_runtime_reconcile_errors_total", "counter", CONTROLLER,
                       "Passes that failed and will be tried again.",
                       (double)counters->results[RESULT_ERROR]);
        write_histogram(out, "controller_runtime_reconcile_time_seconds", CONTROLLER,
                        "How long a pass took, its requests included.", &counters->pass_seconds);
        write_labelled(out, "controller_runtime_active_workers", "gauge", CONTROLLER,
                       "Passes under way.", (double)map_count(&controller->passes));
        write_labelled(out, "controller_runtime_max_concurrent_reconciles", "gauge", CONTROLLER,
                       "Passes that may be under way at once; half of them only for relabels.",
                       CONTROLLER_MAX_PASSES_RELABEL);
}

static void write_queue(const struct controller *controller, struct strbuf *out) {
        static const char *const depths[QUEUE_PRIORITIES] = {
                [QUEUE_RELABEL] = QUEUE ",priority=\"relabel\"",
                [QUEUE_CHANGE] = QUEUE ",priority=\"change\"",
                [QUEUE_BACKGROUND] = QUEUE ",priority=\"background\"",
        };
        const struct queue_counters *counters = queue_counters(controller->queue);
        struct queue_survey survey;

        queue_survey(controller->queue, clock_monotonic_ms(), &survey);
        metrics_family(out, "workqueue_depth", "gauge",
                       "Canaries that are due for a pass, by how urgent it is.");
        for (int i = 0; i < QUEUE_PRIORITIES; i++)
                metrics_sample(out, "workqueue_depth", depths[i], (double)survey.due[i]);
        write_labelled(out, "workqueue_adds_total", "counter", QUEUE,
                       "How often a canary became due for a pass.", (double)survey.adds);
        write_labelled(out, "workqueue_retries_total", "counter", QUEUE,
                       "Passes put off by a growing delay after a failure.",
                       (double)counters->retries);
        write_histogram(out, "workqueue_queue_duration_seconds", QUEUE,
                        "How long a canary that was due waited for its pass.",
                        &counters->waited_seconds);
        write_histogram(out, "workqueue_work_duration_seconds", QUEUE,
                        "How long a canary was in its pass.", &counters->worked_seconds);
        write_labelled(out, "workqueue_unfinished_work_seconds", "gauge", QUEUE,
                       "How long all passes under way have taken so far, together.",
                       survey.unfinished_seconds);
        write_labelled(out, "workqueue_longest_running_processor_seconds", "gauge", QUEUE,
                       "How long the oldest pass under way has taken so far.",
                       survey.longest_seconds);
}

static void write_requests(const struct controller *controller, struct strbuf *out) {
        const struct client_counters *counters = client_counters(controller->client);
        char label[64];

        metrics_family(out, "rest_client_requests_total", "counter",
                       "Requests to the API server, by HTTP status and method; <error>: no "
                       "answer.");
        for (int method = 0; method < REQUEST_METHODS; method++) {
                const uint64_t *by_code = counters->by_code[method];
                const char *name = request_method_name((enum request_method)method);

                for (int code = 0; code < 600; code++) {
                        if (by_code[code] == 0)
                                continue;
                        if (code == 0)
                                snprintf(label, sizeof(label), "code=\"<error>\",method=\"%s\"",
                                         name);
                        else
                                snprintf(label, sizeof(label), "code=\"%d\",method=\"%s\"", code,
                                         name);
                        metrics_sample(out, "rest_client_requests_total", label,
                                       (double)by_code[code]);
                }
        }
        metrics_family(out, "rest_client_request_duration_seconds", "histogram",
                       "How long requests to the API server took, but for watches.");
        for (int method = 0; method < REQUEST_METHODS; method++) {
                snprintf(label, sizeof(label), "verb=\"%s\"",
                         request_method_name((enum request_method)method));
                metrics_histogram_write(out, "rest_client_request_duration_seconds", label,
                                        &counters->seconds[method]);
        }
}

static void write_ours(const struct controller *controller, struct strbuf *out) {
        const struct controller_counters *counters = &controller->counters;
        const struct events_counters *events = events_counters(controller->events);

        write_histogram(out, "llc_relabel_lag_seconds", NULL,
                        "From a Rollout's new stable hash, as first seen, to the answer that a "
                        "canary pod has it.",
                        &counters->relabel_seconds);
        write_one(out, "llc_relabels_total", "counter",
                  "Pods whose hash label was moved to another ReplicaSet's.",
                  (double)counters->relabels);
        write_one(out, "llc_writes_pending", "gauge", "Writes that wait or are in flight.",
                  (double)writes_pending(controller->writes));
        write_one(out, "llc_events_sent_total", "counter", "Events that the API server has taken.",
                  (double)events->sent);
        write_one(out, "llc_events_dropped_total", "counter",
                  "Events given up, refused or not answered.", (double)events->dropped);
        write_one(out, "llc_log_lines_dropped_total", "counter",
                  "Log lines that stderr did not take in time.", (double)log_dropped());
        write_labelled(out, "llc_build_info", "gauge", "version=\"" LLC_VERSION "\"",
                       "What is running; always 1.", 1);
}

static void write_process(const struct controller *controller, struct strbuf *out) {
        struct usage usage;

        usage_read(&usage);
        write_one(out, "process_cpu_seconds_total", "counter", "Processor time, user and system.",
                  usage.cpu_seconds);
        if (usage.has_memory) {
                write_one(out, "process_resident_memory_bytes", "gauge", "Memory in use.",
                          (double)usage.resident_bytes);
                write_one(out, "process_virtual_memory_bytes", "gauge", "Memory reserved.",
                          (double)usage.virtual_bytes);
        }
        write_one(out, "process_heap_bytes", "gauge", "Memory allocated and not freed.",
                  (double)usage.heap_bytes);
        if (usage.has_open_fds)
                write_one(out, "process_open_fds", "gauge", "Open file descriptors.",
                          (double)usage.open_fds);
        write_one(out, "process_max_fds", "gauge", "File descriptors that may be open.",
                  (double)usage.max_fds);
        write_one(out, "process_start_time_seconds", "gauge",
                  "When the controller started, in seconds since the epoch.",
                  (double)controller->started_ms / 1000);
}

void exposition_write(const struct controller *controller, struct strbuf *out) {
        write_passes(controller, out);
        write_queue(controller, out);
        write_requests(controller, out);
        exposition_caches(controller, out);
        exposition_canaries(controller, out);
        write_ours(controller, out);
        write_process(controller, out);
}
