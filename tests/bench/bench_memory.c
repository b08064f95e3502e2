/*
 * What llc-controller costs in memory, against llc-sim: at start and at rest among thousands of
 * Rollouts, for each Rollout more, and after tens of thousands of promotions. Exit code 1: something
 * is more than promised.
 *
 *   bench_memory CONTROLLER [PROMOTIONS]
 */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "llc/sys/clock.h"
#include "scene.h"
#include "stage.h"
#include "subject.h"

#define KIB 1024.0
#define MIB (1024.0 * 1024)

enum {
        SOME = 5000,
        MANY = 10000,
        PROMOTIONS = 50000,
        WARM_UP = 2000,
        EVENTS_KEPT = 1000, /* promotions after which they are deleted */
        SOON_MS = 60 * 1000,
        REST_MS = 3000, /* without work */
        LOOK_MS = 200,
};

/* What is promised. */
static const double ANON_MIB = 8, ANON_PEAK_MIB = 14, READY_MS = 3000, EACH_BYTES = 400;
static const double HEAP_LEFT_KIB = 64, ANON_LEFT_MIB = 2;

struct bench {
        const char *program, *folder;
        struct scene scene;
        struct subject *subject;
        int64_t worked_ms, looked_ms; /* when work was last seen, and looked for */
        bool failed;
};

struct reading {
        double anon, heap, fds;
};

static void judge(struct bench *bench, const char *what, double value, double most,
                  const char *unit) {
        bool good = value <= most;

        printf("%-4s %-44s %9.2f %s, promised %g\n", good ? "ok" : "FAIL", what, value, unit, most);
        fflush(stdout);
        bench->failed |= !good;
}

static bool is_ready(void *ctx) {
        struct bench *bench = ctx;

        return subject_ready_ms(bench->subject) >= 0;
}

static bool is_at_rest(void *ctx) {
        static const char *const work[] = {
                "llc_writes_pending",
                "workqueue_unfinished_work_seconds{name=\"longlivedcanary\","
                "controller=\"longlivedcanary\"}",
        };
        struct bench *bench = ctx;
        int64_t now_ms = clock_monotonic_ms();

        if (now_ms - bench->looked_ms < LOOK_MS)
                return false;
        bench->looked_ms = now_ms;
        for (size_t i = 0; i < sizeof(work) / sizeof(work[0]); i++)
                if (subject_metric(bench->subject, work[i]) > 0)
                        bench->worked_ms = now_ms;
        return now_ms - bench->worked_ms >= REST_MS;
}

static struct reading rest_and_read(struct bench *bench) {
        bench->worked_ms = clock_monotonic_ms();
        stage_serve_until(bench->scene.stage, is_at_rest, bench, SOON_MS, "rest");
        return (struct reading){
                .anon = (double)subject_anon_bytes(bench->subject),
                .heap = subject_metric(bench->subject, "process_heap_bytes"),
                .fds = subject_metric(bench->subject, "process_open_fds"),
        };
}

static void start(struct bench *bench) {
        bench->subject =
                subject_start(bench->program, stage_kubeconfig(bench->scene.stage), bench->folder);
        stage_serve_until(bench->scene.stage, is_ready, bench, SOON_MS, "llc-controller");
}

static void await_followed(struct bench *bench) {
        stage_serve_until(bench->scene.stage, scene_is_followed, &bench->scene, SOON_MS,
                          "the canary pods");
}

/* From its start until it rests. */
static struct reading measure(struct bench *bench, double *ret_ready_ms, double *ret_peak) {
        struct reading reading;

        start(bench);
        reading = rest_and_read(bench);
        *ret_ready_ms = (double)subject_ready_ms(bench->subject);
        *ret_peak = (double)subject_anon_peak_bytes(bench->subject);
        subject_stop(bench->subject);
        printf("     %5d Rollouts, %5d Services, %d canary pods: RssAnon %.2f MiB, at most %.2f, "
               "allocated %.2f, ready after %.0f ms\n",
               bench->scene.n_rollouts, bench->scene.n_services,
               SCENE_CANARIES * bench->scene.replicas, reading.anon / MIB, *ret_peak / MIB,
               reading.heap / MIB, *ret_ready_ms);
        return reading;
}

static void measure_starts(struct bench *bench) {
        struct reading few, some, many, services;
        double ready_ms, peak;

        few = measure(bench, &ready_ms, &peak);
        scene_add_rollouts(&bench->scene, SOME);
        some = measure(bench, &ready_ms, &peak);
        judge(bench, "RssAnon among 5,000 Rollouts", some.anon / MIB, ANON_MIB, "MiB");
        judge(bench, "at most since its start", peak / MIB, ANON_PEAK_MIB, "MiB");
        judge(bench, "ready after", ready_ms, READY_MS, "ms");
        scene_add_rollouts(&bench->scene, MANY);
        many = measure(bench, &ready_ms, &peak);
        judge(bench, "RssAnon for each Rollout, up to 10,000",
              (many.anon - few.anon) / (MANY - SCENE_CANARIES), EACH_BYTES, "B");
        judge(bench, "allocated for each Rollout", (many.heap - few.heap) / (MANY - SCENE_CANARIES),
              EACH_BYTES, "B");
        scene_add_services(&bench->scene, MANY);
        services = measure(bench, &ready_ms, &peak);
        printf("     RssAnon for each Service %.0f B, allocated %.0f B\n",
               (services.anon - many.anon) / (MANY - SCENE_CANARIES),
               (services.heap - many.heap) / (MANY - SCENE_CANARIES));
}

/* An even number of times each: what was stable before is so again. */
static void promote(struct bench *bench, int promotions) {
        int rounds = promotions / SCENE_CANARIES / 2 * 2;

        for (int i = 0; i < rounds; i++) {
                scene_promote(&bench->scene);
                await_followed(bench);
                if (i % (EVENTS_KEPT / SCENE_CANARIES) == 0)
                        scene_forget_events(&bench->scene);
        }
}

static void measure_promotions(struct bench *bench, int promotions) {
        struct reading before, after;

        scene_scale(&bench->scene, 1);
        start(bench);
        await_followed(bench);
        promote(bench, WARM_UP);
        before = rest_and_read(bench);
        promote(bench, promotions);
        after = rest_and_read(bench);
        printf("     %d promotions: allocated %.0f, then %.0f KiB; RssAnon %.2f, then %.2f MiB; "
               "%.0f, "
               "then %.0f descriptors\n",
               promotions, before.heap / KIB, after.heap / KIB, before.anon / MIB, after.anon / MIB,
               before.fds, after.fds);
        judge(bench, "allocated, difference", fabs(after.heap - before.heap) / KIB, HEAP_LEFT_KIB,
              "KiB");
        judge(bench, "RssAnon, difference", fabs(after.anon - before.anon) / MIB, ANON_LEFT_MIB,
              "MiB");
        judge(bench, "open descriptors, difference", fabs(after.fds - before.fds), 0, "");
        subject_stop(bench->subject);
}

int main(int argc, char **argv) {
        char folder[] = "/tmp/llc-bench-XXXXXX";
        struct bench bench = { .program = argc > 1 ? argv[1] : NULL, .folder = mkdtemp(folder) };
        int promotions = argc > 2 ? (int)strtol(argv[2], NULL, 10) : PROMOTIONS;
        struct stage *stage;

        if (!bench.program || promotions <= 0) {
                fprintf(stderr, "Usage: bench_memory CONTROLLER [PROMOTIONS]\n");
                return 2;
        }
        stage = stage_new(bench.folder);
        scene_init(&bench.scene, stage);
        start(&bench);
        await_followed(&bench);
        subject_stop(bench.subject);
        measure_starts(&bench);
        measure_promotions(&bench, promotions);
        stage_free(stage);
        return bench.failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
