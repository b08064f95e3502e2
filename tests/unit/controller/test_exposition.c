/*
 * What /metrics says, read as strictly as Prometheus would, and whether docs/metrics.md says it too.
 */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

#include "endpoints.h"
#include "exposition.h"
#include "llc/sys/file.h"
#include "support/prometheus.h"

enum { BODY_MAX = 16 << 20, LABELS_MAX = 1024 }; /* of httpd.c */

static void scrape(const struct fixture *f, struct prometheus *ret_parsed) {
        STRBUF_CLEANUP struct strbuf body = STRBUF_INIT(BODY_MAX);

        exposition_write(f->controller, &body);
        assert_true(strbuf_ok(&body));
        prometheus_parse(strbuf_str(&body), ret_parsed);
}

/* The list of so many canaries, named by number, in spec and status all alike. */
static void answer_canaries(struct fixture *f, unsigned n, const char *spec, const char *status) {
        STRBUF_CLEANUP struct strbuf body = STRBUF_INIT(BODY_MAX);
        struct client_call *call = expect_call(f, LLCS);

        strbuf_puts(&body, "{\"metadata\":{\"resourceVersion\":\"10\"},\"items\":[");
        for (unsigned i = 0; i < n; i++)
                strbuf_printf(
                        &body,
                        "%s{\"metadata\":{\"name\":\"c%u\",\"namespace\":\"n\",\"uid\":\"u%u\","
                        "\"resourceVersion\":\"5\",\"generation\":1,"
                        "\"creationTimestamp\":\"2026-01-02T03:04:05Z\"},"
                        "\"spec\":{\"rolloutRef\":{\"name\":\"app\"},\"image\":\"i\"%s},"
                        "\"status\":{%s}}",
                        i ? "," : "", i, i, spec, status);
        strbuf_puts(&body, "]}");
        assert_true(strbuf_ok(&body));
        assert_true(fake_call_data(call, strbuf_str(&body)));
        fake_call_end(call, ERR_NONE, NULL);
}

#define CONDITION(type, status, reason)                                                            \
        "{\"type\":\"" type "\",\"status\":\"" status "\",\"observedGeneration\":1,"               \
        "\"lastTransitionTime\":\"2026-01-02T03:04:05Z\",\"reason\":\"" reason                     \
        "\",\"message\":\"\"}"

static const char running[] =
        "\"observedGeneration\":1,\"phase\":\"Running\",\"replicas\":2,\"ready\":\"2/3\","
        "\"readyReplicas\":2,\"availableReplicas\":1,\"updatedReplicas\":2,"
        "\"traffic\":{\"sharePercent\":25},\"conditions\":[" CONDITION(
                "Ready", "True",
                "Running") "," CONDITION("Stalled", "False",
                                         "AsExpected") "," CONDITION("TrafficAttached", "Unknown",
                                                                     "Unknown") "," CONDITION("Pods"
                                                                                              "Avai"
                                                                                              "labl"
                                                                                              "e",
                                                                                              "Tru"
                                                                                              "e",
                                                                                              "Avai"
                                                                                              "labl"
                                                                                              "e") "]";

static void test_exposition__before_anything_is_known(void **state) {
        PROMETHEUS_CLEANUP struct prometheus parsed;
        struct fixture *f = *state;

        scrape(f, &parsed);
        assert_int_equal(prometheus_count(&parsed, "llc_info"), 0);
        assert_true(prometheus_value(&parsed, "llc_canaries{phase=\"Running\"}") == 0);
        assert_true(prometheus_value(&parsed, "llc_cache_not_watching{resource=\"pods\"}") == 1);
        assert_true(prometheus_value(&parsed, "process_start_time_seconds") > 1.7e9);
        assert_true(prometheus_value(&parsed, "process_open_fds") > 0);
        assert_int_equal(prometheus_count(&parsed, "llc_build_info"), 1);
}

static void test_exposition__a_canary(void **state) {
        PROMETHEUS_CLEANUP struct prometheus parsed;
        struct fixture *f = *state;

        answer_canaries(f, 1, ",\"replicas\":3,\"owner\":\"team-a\"", running);
        scrape(f, &parsed);
        assert_true(prometheus_has(&parsed,
                                   "llc_info{name=\"c0\",namespace=\"n\",owner=\"team-a\","
                                   "phase=\"Running\",reason=\"Running\",rollout=\"app\"}"));
        assert_true(prometheus_value(&parsed, "llc_canaries{phase=\"Running\"}") == 1);
        assert_true(prometheus_value(&parsed, "llc_replicas{name=\"c0\",namespace=\"n\"}") == 3);
        assert_true(prometheus_value(&parsed, "llc_replicas_ready{name=\"c0\",namespace=\"n\"}") ==
                    2);
        assert_true(prometheus_value(&parsed,
                                     "llc_replicas_available{name=\"c0\",namespace=\"n\"}") == 1);
        assert_true(prometheus_value(&parsed,
                                     "llc_replicas_updated{name=\"c0\",namespace=\"n\"}") == 2);
        assert_true(
                prometheus_value(&parsed, "llc_traffic_share_ratio{name=\"c0\",namespace=\"n\"}") ==
                0.25);
        assert_true(
                prometheus_value(&parsed,
                                 "llc_created_timestamp_seconds{name=\"c0\",namespace=\"n\"}") ==
                1767323045);
        assert_true(prometheus_value(&parsed,
                                     "llc_condition{name=\"c0\",namespace=\"n\",type=\"Ready\"}") ==
                    1);
        assert_true(
                prometheus_value(&parsed,
                                 "llc_condition{name=\"c0\",namespace=\"n\",type=\"Stalled\"}") ==
                0);
        assert_true(prometheus_value(&parsed, "llc_condition{name=\"c0\",namespace=\"n\","
                                              "type=\"TrafficAttached\"}") == -1);
        /* Neither those that nobody is woken for, nor those that are not there. */
        assert_int_equal(prometheus_count(&parsed, "llc_condition"), 3);
}

static void test_exposition__a_canary_nobody_has_looked_at(void **state) {
        PROMETHEUS_CLEANUP struct prometheus parsed;
        struct fixture *f = *state;

        answer_list(f, LLCS, LLC);
        scrape(f, &parsed);
        assert_true(prometheus_has(&parsed, "llc_info{name=\"jdk\",namespace=\"n\",owner=\"\","
                                            "phase=\"Unknown\",reason=\"\",rollout=\"app\"}"));
        assert_true(prometheus_value(&parsed, "llc_canaries{phase=\"Unknown\"}") == 1);
        assert_int_equal(prometheus_count(&parsed, "llc_condition"), 0);
        assert_int_equal(prometheus_count(&parsed, "llc_traffic_share_ratio"), 0);
        assert_true(prometheus_value(&parsed, "llc_replicas{name=\"jdk\",namespace=\"n\"}") == 1);
}

static void test_exposition__hostile_text_stays_in_its_label(void **state) {
        PROMETHEUS_CLEANUP struct prometheus parsed;
        struct fixture *f = *state;

        answer_canaries(
                f, 1,
                ",\"owner\":\"a\\\"} 1\\n# TYPE evil counter\\nevil{x=\\\"\\\\\\\\\\r{},=\\u00e9\"",
                running);
        scrape(f, &parsed);
        assert_true(prometheus_has(&parsed,
                                   "llc_info{name=\"c0\",namespace=\"n\","
                                   "owner=\"a\\\"} 1\\n# TYPE evil counter\\nevil{x=\\\"\\\\\\\\\r"
                                   "{},=\xc3\xa9\","
                                   "phase=\"Running\",reason=\"Running\",rollout=\"app\"}"));
        assert_int_equal(prometheus_count(&parsed, "llc_info"), 1);
        assert_null(map_get(&parsed.families, "evil"));
}

static void test_exposition__a_series_goes_with_its_canary(void **state) {
        PROMETHEUS_CLEANUP struct prometheus before, after;
        struct fixture *f = *state;

        answer_canaries(f, 2, "", running);
        scrape(f, &before);
        assert_int_equal(prometheus_count(&before, "llc_info"), 2);
        assert_true(prometheus_value(&before, "llc_cache_objects"
                                              "{resource=\"longlivedcanaries\"}") == 2);
        send_event(f, LLCS, "DELETED",
                   "{\"metadata\":{\"name\":\"c0\",\"namespace\":\"n\",\"uid\":\"u0\","
                   "\"resourceVersion\":\"11\"}}");
        scrape(f, &after);
        assert_int_equal(prometheus_count(&after, "llc_info"), 1);
        assert_false(prometheus_has(&after, "llc_replicas{name=\"c0\",namespace=\"n\"}"));
        assert_true(prometheus_has(&after, "llc_replicas{name=\"c1\",namespace=\"n\"}"));
        assert_true(prometheus_value(&after, "llc_canaries{phase=\"Running\"}") == 1);
}

static void test_exposition__many_canaries_fit(void **state) {
        STRBUF_CLEANUP struct strbuf spec = STRBUF_INIT(LABELS_MAX);
        PROMETHEUS_CLEANUP struct prometheus parsed;
        struct fixture *f = *state;

        strbuf_puts(&spec, ",\"owner\":\"");
        for (int i = 0; i < 128; i++)
                strbuf_puts(&spec, "\\n");
        strbuf_puts(&spec, "\"");
        answer_canaries(f, EXPOSITION_CANARIES_MAX, strbuf_str(&spec), running);
        scrape(f, &parsed);
        assert_int_equal(prometheus_count(&parsed, "llc_info"), EXPOSITION_CANARIES_MAX);
        assert_true(prometheus_value(&parsed, "llc_canaries_left_out") == 0);
}

static void test_exposition__too_many_canaries_are_only_counted(void **state) {
        PROMETHEUS_CLEANUP struct prometheus parsed;
        struct fixture *f = *state;

        answer_canaries(f, EXPOSITION_CANARIES_MAX + 1, "", running);
        scrape(f, &parsed);
        assert_int_equal(prometheus_count(&parsed, "llc_info"), 0);
        assert_int_equal(prometheus_count(&parsed, "llc_condition"), 0);
        assert_int_equal(prometheus_count(&parsed, "llc_replicas"), 0);
        assert_true(prometheus_value(&parsed, "llc_canaries_left_out") ==
                    EXPOSITION_CANARIES_MAX + 1);
        assert_true(prometheus_value(&parsed, "llc_canaries{phase=\"Running\"}") ==
                    EXPOSITION_CANARIES_MAX + 1);
}

#define QUEUE "controller=\"longlivedcanary\",name=\"longlivedcanary\""

static void test_exposition__passes_and_queue(void **state) {
        PROMETHEUS_CLEANUP struct prometheus waiting, working;
        struct fixture *f = *state;

        answer_list(f, LLCS, LLC);
        answer_list(f, PODS, "");
        fake_loop_advance(f->loop, 2000);
        scrape(f, &waiting);
        assert_true(prometheus_value(&waiting,
                                     "workqueue_depth{" QUEUE ",priority=\"background\"}") == 1);
        assert_true(prometheus_value(&waiting, "workqueue_adds_total{" QUEUE "}") == 1);
        answer_list(f, ROLLOUTS, ROLLOUT("6", "aaa"));
        expect_call(f, "/replicasets/app-aaa");
        fake_loop_advance(f->loop, 3000);
        f->controller->counters.results[RESULT_ERROR] = 7;
        scrape(f, &working);
        assert_int_equal(prometheus_count(&working, "workqueue_depth"), 3);
        assert_true(prometheus_value(&working, "workqueue_queue_duration_seconds_sum{" QUEUE "}") ==
                    2);
        assert_true(prometheus_value(&working, "workqueue_unfinished_work_seconds{" QUEUE "}") ==
                    3);
        assert_true(prometheus_value(&working, "workqueue_longest_running_processor_seconds{" QUEUE
                                               "}") == 3);
        assert_true(prometheus_value(&working, "controller_runtime_active_workers"
                                               "{controller=\"longlivedcanary\"}") == 1);
        assert_true(prometheus_value(&working, "controller_runtime_max_concurrent_reconciles"
                                               "{controller=\"longlivedcanary\"}") == 128);
        assert_true(prometheus_value(&working,
                                     "controller_runtime_reconcile_total"
                                     "{controller=\"longlivedcanary\",result=\"error\"}") == 7);
        assert_true(prometheus_value(&working, "controller_runtime_reconcile_errors_total"
                                               "{controller=\"longlivedcanary\"}") == 7);
}

static void test_exposition__requests_by_status_and_method(void **state) {
        PROMETHEUS_CLEANUP struct prometheus parsed;
        struct fixture *f = *state;
        struct client_counters *counters = fake_client_counters(f->client);

        counters->by_code[REQUEST_METHOD_GET][200] = 3;
        counters->by_code[REQUEST_METHOD_PATCH][200] = 4;
        counters->by_code[REQUEST_METHOD_PATCH][0] = 5;
        scrape(f, &parsed);
        assert_int_equal(prometheus_count(&parsed, "rest_client_requests_total"), 3);
        assert_true(prometheus_value(&parsed, "rest_client_requests_total"
                                              "{code=\"200\",method=\"GET\"}") == 3);
        assert_true(prometheus_value(&parsed, "rest_client_requests_total"
                                              "{code=\"<error>\",method=\"PATCH\"}") == 5);
        assert_true(prometheus_value(&parsed, "rest_client_request_duration_seconds_count"
                                              "{verb=\"DELETE\"}") == 0);
}

static void test_exposition__caches(void **state) {
        PROMETHEUS_CLEANUP struct prometheus parsed;
        struct fixture *f = *state;

        fake_call_end(expect_call(f, ROLLOUTS), ERR_NO_KIND, "404 page not found");
        answer_list(f, PODS, "");
        fake_call_end(expect_call(f, PODS), ERR_UNAVAILABLE, "reset");
        fake_call_end(expect_call(f, LLCS), ERR_GONE, "410");
        scrape(f, &parsed);
        assert_true(prometheus_value(&parsed, "llc_cache_kind_missing{resource=\"rollouts\"}") ==
                    1);
        assert_true(prometheus_value(&parsed, "llc_cache_kind_missing{resource=\"pods\"}") == 0);
        assert_true(prometheus_value(&parsed, "llc_cache_lists_total{resource=\"pods\"}") == 1);
        assert_true(prometheus_value(&parsed, "llc_cache_watches_total{resource=\"pods\"}") == 1);
        assert_true(prometheus_value(&parsed, "llc_cache_errors_total{resource=\"pods\"}") == 1);
        assert_true(prometheus_value(&parsed, "llc_cache_watch_restarts_total"
                                              "{cause=\"failed\",resource=\"pods\"}") == 1);
        assert_true(prometheus_value(&parsed, "llc_cache_watch_restarts_total"
                                              "{cause=\"ended\",resource=\"pods\"}") == 0);
        assert_true(prometheus_value(&parsed, "llc_cache_relists_total"
                                              "{cause=\"no_kind\",resource=\"rollouts\"}") == 1);
        assert_true(prometheus_value(&parsed,
                                     "llc_cache_relists_total"
                                     "{cause=\"expired\",resource=\"longlivedcanaries\"}") == 1);
        assert_int_equal(prometheus_count(&parsed, "llc_cache_relists_total"),
                         CACHES * INFORMER_RELISTS);
}

static void test_exposition__namespaces_are_summed_up(void **state) {
        static const char *const namespaces[] = { "a", "b", "c" };
        PROMETHEUS_CLEANUP struct prometheus parsed;
        struct fixture *f = *state;

        controller_free(f->controller);
        f->controller = controller_new(&(struct controller_options){ .loop = f->loop,
                                                                     .client = f->client,
                                                                     .namespaces = namespaces,
                                                                     .n_namespaces = 3 });
        for (int cache = 0; cache < CACHES; cache++)
                f->controller->no_streaming[cache] = true;
        controller_start(f->controller);
        answer_list(f, "/namespaces/a/pods", "");
        fake_call_end(expect_call(f, "/namespaces/a/pods"), ERR_GONE, "410");
        answer_list(f, "/namespaces/c/pods", "");
        fake_call_end(expect_call(f, "/namespaces/c/pods"), ERR_GONE, "410");
        answer_list(f, "/namespaces/b/pods", "");
        scrape(f, &parsed);
        assert_true(prometheus_value(&parsed, "llc_cache_lists_total{resource=\"pods\"}") == 3);
        assert_true(prometheus_value(&parsed, "llc_cache_not_watching{resource=\"pods\"}") == 2);
        assert_true(prometheus_value(&parsed, "llc_cache_relists_total"
                                              "{cause=\"expired\",resource=\"pods\"}") == 2);
        assert_true(prometheus_value(&parsed, "llc_cache_not_watching{resource=\"rollouts\"}") ==
                    3);
}

/* Both ways: every family has a row "| `name{labels}` | …", every row a family. */
static void test_exposition__is_documented(void **state) {
        STRBUF_CLEANUP struct strbuf text = STRBUF_INIT(1 << 20);
        PROMETHEUS_CLEANUP struct prometheus parsed;
        struct fixture *f = *state;
        const char *line, *family;
        size_t n_rows = 0, n_families = 0, cursor = 0;
        struct err err;
        void *type;

        scrape(f, &parsed);
        if (file_read(LLC_SOURCE_DIR "/docs/metrics.md", &text, &err) < 0)
                fail_msg("%s", err.msg);
        for (line = strbuf_str(&text); *line; line += strcspn(line, "\n"), line += *line != 0) {
                char name[128];

                if (sscanf(line, "| `%127[a-z_]", name) != 1)
                        continue;
                n_rows++;
                if (!map_get(&parsed.families, name))
                        fail_msg("docs/metrics.md: there is no metric %s", name);
        }
        while (map_next(&parsed.families, &cursor, &family, &type)) {
                char row[160];

                n_families++;
                snprintf(row, sizeof(row), "\n| `%s", family);
                line = strstr(strbuf_str(&text), row);
                if (!line || !strchr("`{", line[strlen(row)]))
                        fail_msg("docs/metrics.md has no row for %s", family);
        }
        assert_int_equal(n_rows, n_families);
}

static void test_exposition__is_what_the_endpoint_answers(void **state) {
        STRBUF_CLEANUP struct strbuf body = STRBUF_INIT(BODY_MAX);
        PROMETHEUS_CLEANUP struct prometheus parsed;
        struct fixture *f = *state;

        for (unsigned i = 0; i < endpoints_n_routes; i++)
                if (strcmp(endpoints_routes[i].path, "/metrics") == 0)
                        assert_int_equal(endpoints_routes[i].handle(f->controller, &body), 200);
        prometheus_parse(strbuf_str(&body), &parsed);
        assert_true(map_count(&parsed.families) > 40);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                FIXTURE_TEST(test_exposition__before_anything_is_known),
                FIXTURE_TEST(test_exposition__a_canary),
                FIXTURE_TEST(test_exposition__a_canary_nobody_has_looked_at),
                FIXTURE_TEST(test_exposition__hostile_text_stays_in_its_label),
                FIXTURE_TEST(test_exposition__a_series_goes_with_its_canary),
                FIXTURE_TEST(test_exposition__many_canaries_fit),
                FIXTURE_TEST(test_exposition__too_many_canaries_are_only_counted),
                FIXTURE_TEST(test_exposition__passes_and_queue),
                FIXTURE_TEST(test_exposition__requests_by_status_and_method),
                FIXTURE_TEST(test_exposition__caches),
                FIXTURE_TEST(test_exposition__namespaces_are_summed_up),
                FIXTURE_TEST(test_exposition__is_documented),
                FIXTURE_TEST(test_exposition__is_what_the_endpoint_answers),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
