/*
 * How fast the decoder goes over what a cluster sends: prints MB/s and microseconds per item. A
 * measuring tool, not a test: nothing fails here.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "llc/api/pod.h"
#include "llc/api/replicaset.h"
#include "llc/api/rollout.h"
#include "llc/base/strbuf.h"
#include "llc/kube/decoder.h"

enum { CHUNK = 16384, ROUND_MS = 400, LIST_ITEMS = 500, BIG = 1400000 };

static int64_t cpu_ns(void) {
        struct timespec t;

        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
        return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void count_item(void *ctx, const struct decoder_item *item) {
        size_t *n_readable = ctx;

        *n_readable += item->readable;
}

/* Feeds the text as libcurl would, until the time is up. */
static void measure(const char *name, enum decoder_kind kind, const struct projection *projection,
                    struct bytes text) {
        size_t n_readable = 0, bytes = 0;
        int64_t start = cpu_ns(), spent;
        struct err err;

        do {
                struct decoder *d = decoder_new(&(struct decoder_options){
                        .kind = kind,
                        .projection = projection,
                        .on_item = count_item,
                        .ctx = &n_readable,
                });

                for (size_t i = 0; i < text.len; i += CHUNK) {
                        size_t n = text.len - i < CHUNK ? text.len - i : CHUNK;

                        if (decoder_feed(d, (struct bytes){ text.ptr + i, n }, &err) < 0)
                                exit(EXIT_FAILURE);
                }
                if (decoder_finish(d, &err) < 0)
                        exit(EXIT_FAILURE);
                decoder_free(d);
                bytes += text.len;
                spent = cpu_ns() - start;
        } while (spent < (int64_t)ROUND_MS * 1000000);
        printf("%-28s %7.0f MB/s %10.2f us/item\n", name, (double)bytes * 1000 / (double)spent,
               (double)spent / 1000 / (double)n_readable);
}

/* A Rollout of some 5 KB, as the API server writes it. */
static void put_rollout(struct strbuf *out, int i) {
        strbuf_printf(out,
                      "{\"apiVersion\":\"argoproj.io/v1alpha1\",\"kind\":\"Rollout\",\"metadata\":{"
                      "\"annotations\":{\"rollout.argoproj.io/revision\":\"7\"},"
                      "\"creationTimestamp\":\"2026-01-02T03:04:05Z\",\"generation\":9,\"labels\":{"
                      "\"app\":\"checkout-%d\",\"team\":\"shop\"},\"managedFields\":[",
                      i);
        for (int k = 0; k < 3; k++)
                strbuf_printf(out,
                              "%s{\"apiVersion\":\"argoproj.io/v1alpha1\",\"fieldsType\":"
                              "\"FieldsV1\",\"fieldsV1\":{\"f:metadata\":{\"f:annotations\":{\".\":"
                              "{},\"f:a\":{}},\"f:labels\":{\".\":{},\"f:app\":{},\"f:team\":{}}},"
                              "\"f:spec\":{\".\":{},\"f:replicas\":{},\"f:strategy\":{\".\":{},"
                              "\"f:canary\":{\".\":{},\"f:steps\":{}}}}},\"manager\":\"kubectl\","
                              "\"operation\":\"Update\",\"time\":\"2026-01-02T03:04:05Z\"}",
                              k ? "," : "");
        strbuf_printf(out,
                      "],\"name\":\"checkout-%d\",\"namespace\":\"shop\",\"resourceVersion\":"
                      "\"%d\",\"uid\":\"0c5dcd2e-3e1a-4c48-8f0e-%012d\"},\"spec\":{\"replicas\":5,"
                      "\"selector\":{\"matchLabels\":{\"app\":\"checkout-%d\"}},\"strategy\":{"
                      "\"canary\":{\"steps\":[{\"setWeight\":20},{\"pause\":{}}]}},\"template\":{"
                      "\"metadata\":{\"labels\":{\"app\":\"checkout-%d\"}},\"spec\":{"
                      "\"containers\":[",
                      i, 1000 + i, i, i, i);
        for (int k = 0; k < 2; k++) {
                strbuf_printf(out,
                              "%s{\"name\":\"c%d\",\"image\":\"registry/checkout:17\",\"env\":[",
                              k ? "," : "", k);
                for (int e = 0; e < 16; e++)
                        strbuf_printf(out, "%s{\"name\":\"SETTING_%d\",\"value\":\"value of %d\"}",
                                      e ? "," : "", e, e);
                strbuf_puts(out,
                            "],\"resources\":{\"limits\":{\"cpu\":\"1\",\"memory\":\"1Gi\"}}}");
        }
        strbuf_puts(out,
                    "]}}},\"status\":{\"HPAReplicas\":5,\"availableReplicas\":5,\"conditions\":[");
        for (int k = 0; k < 4; k++)
                strbuf_printf(out,
                              "%s{\"lastTransitionTime\":\"2026-01-02T03:04:05Z\",\"message\":"
                              "\"RolloutCompleted: \\\"checkout\\\" is done\",\"reason\":\"Done\","
                              "\"status\":\"True\",\"type\":\"Condition%d\"}",
                              k ? "," : "", k);
        strbuf_puts(out, "],\"phase\":\"Healthy\",\"stableRS\":\"6d4b75cb6d\",\"currentPodHash\":"
                         "\"6d4b75cb6d\",\"observedGeneration\":\"9\"}}");
}

/* An event whose object has one big field that nobody reads. */
static void put_big(struct strbuf *out, const char *open, const char *unit, const char *close) {
        strbuf_puts(out, "{\"type\":\"MODIFIED\",\"object\":{\"metadata\":{\"name\":\"a\"},"
                         "\"junk\":");
        strbuf_puts(out, open);
        for (size_t n = 0; n < BIG; n += strlen(unit))
                strbuf_puts(out, unit);
        strbuf_printf(out, "%s}}\n", close);
}

int main(void) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        STRBUF_CLEANUP struct strbuf list = STRBUF_INIT(64u << 20), watch = STRBUF_INIT(1u << 20),
                                     braces = STRBUF_INIT(8u << 20), text = STRBUF_INIT(8u << 20);
        static const struct projection WHOLE = { .children = NULL };
        const struct projection *projection = desc_projection(&rollout_type, &arena);

        strbuf_puts(&list, "{\"kind\":\"RolloutList\",\"metadata\":{},\"items\":[");
        for (int i = 0; i < LIST_ITEMS; i++) {
                if (i)
                        strbuf_append_char(&list, ',');
                put_rollout(&list, i);
        }
        strbuf_puts(&list, "]}");
        for (int i = 0; i < 16; i++) {
                strbuf_puts(&watch, "{\"type\":\"MODIFIED\",\"object\":");
                put_rollout(&watch, i);
                strbuf_puts(&watch, "}\n");
        }
        put_big(&braces, "[{}", ",{}", "]");
        put_big(&text, "\"", "a string that nobody reads ", "\"");
        printf("list of %d Rollouts, %zu bytes each\n", LIST_ITEMS, list.len / LIST_ITEMS);
        measure("list, projected", DECODER_LIST, projection, strbuf_bytes(&list));
        measure("list, kept whole", DECODER_LIST, &WHOLE, strbuf_bytes(&list));
        measure("watch, projected", DECODER_WATCH, projection, strbuf_bytes(&watch));
        measure("1.4 MB of {} skipped", DECODER_WATCH, projection, strbuf_bytes(&braces));
        measure("1.4 MB string skipped", DECODER_WATCH, projection, strbuf_bytes(&text));
        return 0;
}
