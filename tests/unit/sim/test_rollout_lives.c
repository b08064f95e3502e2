/*
 * Lives: Rollouts to which everything happens that users do, in any order. Whenever it is quiet, pods,
 * ReplicaSets, Services and status agree; and when all is well again each Rollout is Healthy.
 *
 *   test_sim_rollout_lives [first [count]]     the seeds to lead; without: what is quick
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "rollout_scene.h"

enum { LIVES = 15, COMMANDS = 40, REST_MS = 100000, REPLICAS_MAX = 5 };

static const char *const STRATEGIES[] = {
        NULL,
        STRATEGY_CANARY,
        STRATEGY_SERVICES,
        STRATEGY_ROUTING,
        "{blueGreen: {activeService: " DEMO ", autoPromotionSeconds: 20}}",
};
enum { N_STRATEGIES = sizeof(STRATEGIES) / sizeof(STRATEGIES[0]) };

struct life {
        struct scene scene;
        uint64_t seed, state;
        const char *story; /* what happened, for whoever reads of a failure */
};

static unsigned first_life = 0, n_lives = LIVES;

static unsigned roll(struct life *life, unsigned sides) {
        life->state ^= life->state << 13;
        life->state ^= life->state >> 7;
        life->state ^= life->state << 17;
        return (unsigned)(life->state >> 33) % sides;
}

static void tell(struct life *life, const char *what) {
        life->story = arena_printf(&life->scene.cluster.fixture.arena, "%s %s", life->story, what);
}

#define demand(life, true_, ...)                                                                   \
        do {                                                                                       \
                if (!(true_))                                                                      \
                        fail_msg("seed %" PRIu64 ": %s\n  after:%s", (life)->seed,                 \
                                 arena_printf(&(life)->scene.cluster.fixture.arena, __VA_ARGS__),  \
                                 (life)->story);                                                   \
        } while (0)

/* --- what happens ------------------------------------------------------------------------------ */

static void set_image(struct life *life) {
        static const char *const colours[] = { "blue", "green", "yellow", "red" };
        const char *colour = colours[roll(life, 4)];

        tell(life, colour);
        scene_set_image(&life->scene, colour);
}

static void promote(struct life *life) {
        tell(life, "promote");
        scene_promote(&life->scene);
}

static void promote_full(struct life *life) {
        tell(life, "promote-full");
        scene_promote_full(&life->scene);
}

static void abort_(struct life *life) {
        tell(life, "abort");
        scene_abort(&life->scene);
}

static void retry(struct life *life) {
        tell(life, "retry");
        scene_retry(&life->scene);
}

static void undo(struct life *life) {
        tell(life, "undo");
        scene_undo(&life->scene);
}

static void pause_(struct life *life) {
        bool paused = roll(life, 2);

        tell(life, paused ? "pause" : "unpause");
        scene_pause(&life->scene, paused);
}

static void scale(struct life *life) {
        unsigned replicas = roll(life, REPLICAS_MAX + 1);

        tell(life, arena_printf(&life->scene.cluster.fixture.arena, "scale-%u", replicas));
        scene_scale(&life->scene, (int)replicas);
}

/* The name of one of them; NULL = there is none. */
static const char *any_of(struct life *life, const char *kind) {
        const char *names = cluster_names(&life->scene.cluster, kind, "app=" DEMO);
        unsigned n = 1, nth;

        if (!*names)
                return NULL;
        for (const char *at = names; *at; at++)
                n += *at == ' ';
        for (nth = roll(life, n); nth > 0; nth--)
                names = strchr(names, ' ') + 1;
        if (*names == '-')
                return NULL;
        return arena_copy(&life->scene.cluster.fixture.arena,
                          (struct bytes){ names, strcspn(names, " ") });
}

static void lose_pod(struct life *life) {
        const char *name = any_of(life, "Pod");

        tell(life, "lose-pod");
        if (name)
                cluster_delete(&life->scene.cluster, "Pod", name);
}

static void lose_set(struct life *life) {
        const char *name = any_of(life, "ReplicaSet");

        tell(life, "lose-set");
        if (name)
                cluster_delete(&life->scene.cluster, "ReplicaSet", name);
}

/* A pod that is not of a ReplicaSet, and looks as if it were. */
static void stray_pod(struct life *life) {
        const char *stable = scene_stable(&life->scene);

        tell(life, "stray-pod");
        cluster_create(&life->scene.cluster,
                       arena_printf(&life->scene.cluster.fixture.arena,
                                    "{apiVersion: v1, kind: Pod, metadata: {generateName: stray-, "
                                    "labels: {app: " DEMO
                                    ", rollouts-pod-template-hash: \"%s\"}}, spec: {containers: "
                                    "[{name: c, image: i}]}}",
                                    stable));
}

static void relabel_pod(struct life *life) {
        const char *name = any_of(life, "Pod");

        tell(life, "relabel-pod");
        if (name)
                cluster_patch(&life->scene.cluster, "Pod", name, PART_OBJECT,
                              "{metadata: {labels: {rollouts-pod-template-hash: none}}}");
}

static void fail_pod(struct life *life) {
        const char *name = any_of(life, "Pod");

        tell(life, "fail-pod");
        if (name)
                cluster_patch(&life->scene.cluster, "Pod", name, PART_STATUS,
                              "{status: {phase: Failed}}");
}

static void lose_hash(struct life *life) {
        tell(life, "lose-hash");
        cluster_patch(&life->scene.cluster, "Service", DEMO, PART_OBJECT,
                      "{spec: {selector: {rollouts-pod-template-hash: null}}}");
}

/* All that an actor knows is in the store. */
static void restart(struct life *life) {
        struct cluster *cluster = &life->scene.cluster;
        size_t i = roll(life, (unsigned)cluster->n);

        tell(life, cluster->types[i]->name);
        cluster->types[i]->stop(cluster->actors[i]);
        cluster_run(cluster, roll(life, 2) * 5000);
        cluster->actors[i] = cluster->types[i]->start(&cluster->fixture.sim);
}

/* Deleted with all that is its, or without, and applied again. */
static void recreate(struct life *life) {
        struct cluster *cluster = &life->scene.cluster;
        const struct delete_options options = {
                .grace_s = -1,
                .propagation = roll(life, 2) ? PROPAGATION_ORPHAN : PROPAGATION_BACKGROUND,
        };
        struct json *tree = record_tree(cluster_get(cluster, "Rollout", DEMO));
        bool gone;

        tell(life, options.propagation == PROPAGATION_ORPHAN ? "recreate-orphan" : "recreate");
        json_remove(tree, "status");
        for (size_t i = 0; i < 4; i++)
                json_remove(json_get_mut(tree, "metadata"),
                            (const char *const[]){ "uid", "resourceVersion", "generation",
                                                   "annotations" }[i]);
        demand(life,
               fixture_delete(&cluster->fixture, cluster_kind(cluster, "Rollout"), DEMO, &options,
                              &gone),
               "it is not deleted");
        cluster_run(cluster, roll(life, 2) * 100);
        if (cluster_get(cluster, "Rollout", DEMO))
                cluster_run(cluster, 100); /* until its finalizer is gone */
        cluster_create_tree(cluster, tree);
}

static void happen(struct life *life) {
        static void (*const events[])(struct life * life) = {
                set_image,    set_image, set_image, promote,   promote,     promote,
                promote_full, abort_,    retry,     undo,      undo,        pause_,
                pause_,       scale,     lose_pod,  stray_pod, relabel_pod, fail_pod,
                lose_set,     lose_hash, restart,   recreate,
        };
        static const int64_t waits_ms[] = { 0, 0, 10, 30, 1000, 10000, 31000 };

        events[roll(life, sizeof(events) / sizeof(events[0]))](life);
        cluster_run(&life->scene.cluster, waits_ms[roll(life, 7)]);
}

/* --- what must hold ---------------------------------------------------------------------------- */

/* Released, or a stray of a version that is gone. */
static void check_free_pod(struct life *life, const struct record *record) {
        const char *hash = record_label(record, "rollouts-pod-template-hash");

        demand(life,
               !cluster_get(&life->scene.cluster, "ReplicaSet",
                            arena_printf(&life->scene.cluster.fixture.arena, DEMO "-%s", hash)),
               "%s has no owner", record->name);
}

static bool check_pod(void *ctx, struct record *record) {
        struct life *life = ctx;
        JSON_CLEANUP struct json *pod = record_tree(record);
        const struct json *owners = json_get(json_get(pod, "metadata"), "ownerReferences");
        const char *hash = record_label(record, "rollouts-pod-template-hash");
        const struct record *set;

        if (strcmp(json_text_at(json_get(pod, "status"), "phase"), "Failed") == 0)
                return true; /* nobody looks after it any more */
        demand(life, !record->deleting, "%s is still going", record->name);
        if (!record_controller(record)) {
                check_free_pod(life, record);
                return true;
        }
        set = cluster_get(&life->scene.cluster, "ReplicaSet",
                          json_text_at(json_at(owners, 0), "name"));
        demand(life, set && strcmp(set->uid, record_controller(record)) == 0,
               "%s has an owner that is gone", record->name);
        demand(life, strcmp(hash, record_label(set, "rollouts-pod-template-hash")) == 0,
               "%s has the label %s and the owner %s", record->name, hash, set->name);
        return true;
}

static bool check_set(void *ctx, struct record *record) {
        struct life *life = ctx;
        JSON_CLEANUP struct json *set = record_tree(record);
        int64_t wanted = json_int_at(json_get(set, "spec"), "replicas", -1);
        int64_t has = json_int_at(json_get(set, "status"), "replicas", -1);
        int64_t available = json_int_at(json_get(set, "status"), "availableReplicas", 0);

        demand(life, has == wanted && available == wanted,
               "%s has %d pods, %d available, and should have %d", record->name, (int)has,
               (int)available, (int)wanted);
        if (!record_label(record, "rollouts-pod-template-hash"))
                return true; /* the Deployment's */
        demand(life,
               record_controller(record) &&
                       strcmp(record_controller(record),
                              cluster_get(&life->scene.cluster, "Rollout", DEMO)->uid) == 0,
               "%s is not of the Rollout", record->name);
        return true;
}

static void check_service(struct life *life, const char *member, const char *should) {
        const char *name = scene_text(&life->scene, arena_printf(&life->scene.cluster.fixture.arena,
                                                                 "spec.strategy.%s", member));
        const char *is = *name ? scene_hash(&life->scene, name) : should;

        demand(life, strcmp(is, should) == 0, "%s selects %s, not %s", member, is, should);
}

static void check_healthy(struct life *life) {
        struct scene *scene = &life->scene;
        const char *stable = scene_stable(scene);
        size_t replicas = (size_t)strtoul(scene_text(scene, "spec.replicas"), NULL, 10);

        demand(life, strcmp(stable, scene_text(scene, "status.currentPodHash")) == 0,
               "the stable version is not the present one");
        demand(life,
               strcmp(stable, scene_text(scene, "status.blueGreen.activeSelector")) == 0 ||
                       !*scene_text(scene, "status.blueGreen.activeSelector"),
               "activeSelector is not the stable version");
        check_service(life, "blueGreen.activeService", stable);
        check_service(life, "blueGreen.previewService", stable);
        if (replicas > 0) { /* a canary's Services follow only to where there is somebody */
                check_service(life, "canary.stableService", stable);
                check_service(life, "canary.canaryService", stable);
        }
        demand(life, strtoul(scene_set_text(scene, stable, "spec.replicas"), NULL, 10) == replicas,
               "the stable ReplicaSet has %s of %zu",
               scene_set_text(scene, stable, "spec.replicas"), replicas);
}

static void check(struct life *life) {
        struct scene *scene = &life->scene;
        const char *phase;
        int64_t revision;

        tell(life, "REST");
        cluster_run(&scene->cluster, REST_MS);
        phase = scene_text(scene, "status.phase");
        collection_walk(cluster_kind(&scene->cluster, "Pod")->objects, "", "", "", check_pod, life);
        collection_walk(cluster_kind(&scene->cluster, "ReplicaSet")->objects, "", "", "", check_set,
                        life);
        if (strcmp(phase, "Healthy") == 0)
                check_healthy(life);
        else
                demand(life, strcmp(phase, "Paused") == 0 || strcmp(phase, "Degraded") == 0,
                       "it rests, and is %s", scene_phase(scene));
        revision = cluster_revision(&scene->cluster);
        cluster_run(&scene->cluster, 10 * REST_MS);
        demand(life, cluster_revision(&scene->cluster) == revision, "it does not rest");
}

/* Whatever there was before: what is said now is done. */
static void end(struct life *life) {
        struct scene *scene = &life->scene;

        tell(life, "END");
        scene_pause(scene, false);
        scene_scale(scene, 2);
        scene_set_image(scene, "pink");
        scene_promote_full(scene);
        check(life);
        demand(life, strcmp(scene_phase(scene), "Healthy: ") == 0, "in the end it is %s",
               scene_phase(scene));
        demand(life, strcmp(scene_stable(scene), scene_hash_of(scene, "pink")) == 0,
               "in the end another version is stable");
        cluster_delete(&scene->cluster, "Rollout", DEMO);
        cluster_run(&scene->cluster, REST_MS);
        demand(life,
               cluster_count(&scene->cluster, "ReplicaSet", "rollouts-pod-template-hash") == 0,
               "deleted, it leaves ReplicaSets");
        demand(life, !*scene_hash(scene, DEMO) && !*scene_hash(scene, PREVIEW),
               "deleted, it leaves hashes in its Services");
}

/* Returns the revision that all came to. */
static int64_t live(uint64_t seed, const char *strategy, bool has_workload) {
        struct life life = { .seed = seed,
                             .state = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15),
                             .story = "" };
        int64_t revision;

        scene_init(&life.scene, strategy, has_workload);
        for (int i = 0; i < COMMANDS; i++) {
                happen(&life);
                if (roll(&life, 4) == 0)
                        check(&life);
        }
        end(&life);
        revision = cluster_revision(&life.scene.cluster);
        scene_deinit(&life.scene);
        return revision;
}

static void test_rollout_lives__all_is_well_when_it_is_quiet(void **state) {
        (void)state;
        for (unsigned seed = first_life; seed < first_life + n_lives; seed++)
                (void)live(seed, STRATEGIES[seed % N_STRATEGIES], seed / N_STRATEGIES % 2);
}

static void test_rollout_lives__a_seed_repeats_exactly(void **state) {
        (void)state;
        for (unsigned i = 0; i < 2; i++)
                assert_int_equal(live(first_life, STRATEGIES[i], false),
                                 live(first_life, STRATEGIES[i], false));
}

int main(int argc, char **argv) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_rollout_lives__all_is_well_when_it_is_quiet),
                cmocka_unit_test(test_rollout_lives__a_seed_repeats_exactly),
        };

        if (argc > 1)
                first_life = (unsigned)strtoul(argv[1], NULL, 10);
        if (argc > 2)
                n_lives = (unsigned)strtoul(argv[2], NULL, 10);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
