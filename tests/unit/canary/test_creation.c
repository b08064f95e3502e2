/*
 * The promise of slots.c, tried: an API server of two kinds, caches that lag behind it each on its
 * own, lost requests, crashes, and people who delete pods, scale and change the image. Whatever
 * happens, no slot has two live pods, incarnations only grow, and once things calm down the canary
 * is as asked for.
 */
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "llc/api/resource.h"
#include "overrides.h"
#include "slots.h"

enum {
        SIM_PODS_MAX = 32,
        SIM_REPLICAS_MAX = 4,
        SIM_SLOTS_MAX = 16,
        SIM_STEPS = 300,
        SIM_HISTORY_MAX = 16 * SIM_STEPS,
        SIM_RUNS = 200,
        SIM_SETTLE_MAX = 200,
};

static const char *const SIM_IMAGES[] = { "registry/checkout:a", "registry/checkout:b" };

struct sim_pod {
        int slot;
        int64_t incarnation;
        unsigned uid;
        int image;
        bool dying, failed, ready;
};

struct sim_pods {
        struct sim_pod items[SIM_PODS_MAX];
        size_t n;
};

struct sim_canary {
        int64_t replicas;
        int image;
        int64_t incarnations[SIM_SLOTS_MAX];
        size_t n_incarnations;
};

/* The last entry of a history is what the API server has; `seen` is what a cache shows. */
struct sim {
        uint64_t random;
        struct sim_pods pods[SIM_HISTORY_MAX];
        size_t n_pods, pods_seen, pods_wrote;
        struct sim_canary canary[SIM_HISTORY_MAX];
        size_t n_canary, canary_seen, canary_wrote;
        unsigned last_uid;
        bool reads_own_writes;
};

static unsigned sim_random(struct sim *sim, unsigned below) {
        sim->random ^= sim->random << 13;
        sim->random ^= sim->random >> 7;
        sim->random ^= sim->random << 17;
        return (unsigned)(sim->random >> 33) % below;
}

/* A new version of the pods, to be changed by the caller. */
static struct sim_pods *sim_change_pods(struct sim *sim) {
        assert_true(sim->n_pods < SIM_HISTORY_MAX);
        sim->pods[sim->n_pods] = sim->pods[sim->n_pods - 1];
        return &sim->pods[sim->n_pods++];
}

static struct sim_canary *sim_change_canary(struct sim *sim) {
        assert_true(sim->n_canary < SIM_HISTORY_MAX);
        sim->canary[sim->n_canary] = sim->canary[sim->n_canary - 1];
        return &sim->canary[sim->n_canary++];
}

static bool sim_pod_lives(const struct sim_pod *pod) {
        return !pod->dying && !pod->failed;
}

static int64_t sim_live(const struct sim_pods *pods) {
        int64_t n = 0;

        for (size_t i = 0; i < pods->n; i++)
                n += sim_pod_lives(&pods->items[i]);
        return n;
}

static void sim_remove(struct sim_pods *pods, size_t index) {
        pods->items[index] = pods->items[--pods->n];
}

/* What the caches show, as a world. */
static void sim_observe(const struct sim *sim, struct fixture *f) {
        const struct sim_pods *pods = &sim->pods[sim->pods_seen];
        const struct sim_canary *canary = &sim->canary[sim->canary_seen];

        fixture_clear(f);
        f->spec.replicas = canary->replicas;
        f->status.incarnations = canary->incarnations;
        f->status.n_incarnations = canary->n_incarnations;
        for (size_t i = 0; i < pods->n; i++) {
                const struct sim_pod *pod = &pods->items[i];
                struct fixture_pod *p;

                f->spec.image = SIM_IMAGES[pod->image];
                p = fixture_add_pod(f, pod->slot, pod->incarnation);
                p->meta.uid = arena_printf(&f->arena, "%u", pod->uid);
                p->meta.deletion_timestamp = pod->dying;
                p->status.phase = pod->failed ? "Failed" : "Running";
                p->ready.status = pod->ready ? "True" : "False";
        }
        f->spec.image = SIM_IMAGES[canary->image];
}

static void sim_create(struct sim *sim, const struct fixture *f, const struct action *action) {
        const struct sim_canary *seen = &sim->canary[sim->canary_seen];
        const struct json *annotations =
                json_get(json_get(action->body, "metadata"), "annotations");
        struct bytes incarnation = json_as_string(json_get(annotations, ANNOTATION_INCARNATION));
        struct sim_pod pod = { .slot = slot_of_name(&f->llc, action->name), .image = seen->image };
        struct sim_pods *pods = &sim->pods[sim->n_pods - 1];

        pod.incarnation = strtoll(incarnation.ptr, NULL, 10);
        for (size_t i = 0; i < pods->n; i++) {
                if (pods->items[i].slot != pod.slot)
                        continue;
                if (pods->items[i].incarnation == pod.incarnation)
                        return; /* AlreadyExists */
                if (sim->reads_own_writes)
                        assert_false(sim_pod_lives(&pods->items[i])); /* never two in one slot */
        }
        if (sim->reads_own_writes)
                assert_true(sim_live(pods) < seen->replicas); /* never more than asked for */
        pods = sim_change_pods(sim);
        assert_true(pods->n < SIM_PODS_MAX);
        pod.uid = ++sim->last_uid;
        pods->items[pods->n++] = pod;
        sim->pods_wrote = sim->n_pods - 1;
}

static void sim_delete(struct sim *sim, const struct fixture *f, const struct action *action) {
        unsigned uid = (unsigned)strtoul(action->uid, NULL, 10);
        struct sim_pods *pods = &sim->pods[sim->n_pods - 1];

        (void)f;
        for (size_t i = 0; i < pods->n; i++) {
                if (pods->items[i].uid != uid)
                        continue;
                pods = sim_change_pods(sim);
                if (pods->items[i].failed)
                        sim_remove(pods, i);
                else
                        pods->items[i].dying = true;
                sim->pods_wrote = sim->n_pods - 1;
                return;
        }
}

static void sim_write_status(struct sim *sim, const struct plan *plan) {
        struct sim_canary *canary;

        if (!plan->has_status || !plan->reserves || sim->canary_seen != sim->n_canary - 1)
                return; /* nothing of ours to write, or a conflict */
        canary = sim_change_canary(sim);
        assert_true(plan->status.n_incarnations <= SIM_SLOTS_MAX);
        assert_true(plan->status.n_incarnations >= canary->n_incarnations);
        for (size_t i = 0; i < plan->status.n_incarnations; i++) {
                assert_true(plan->status.incarnations[i] >= canary->incarnations[i]);
                canary->incarnations[i] = plan->status.incarnations[i];
        }
        canary->n_incarnations = plan->status.n_incarnations;
        sim->canary_wrote = sim->n_canary - 1;
}

/* One pass; lossy: each write may get lost on its way. Was there anything to do? */
static bool sim_pass(struct sim *sim, struct fixture *f, bool lossy) {
        const struct plan *plan;

        if (sim->reads_own_writes &&
            (sim->pods_seen < sim->pods_wrote || sim->canary_seen < sim->canary_wrote))
                return true;
        sim_observe(sim, f);
        plan = fixture_reconcile(f);
        for (size_t i = 0; i < plan->n_actions; i++) {
                const struct action *action = &plan->actions[i];

                if (lossy && sim_random(sim, 4) == 0)
                        continue;
                assert_true(action->kind == ACTION_CREATE || action->kind == ACTION_DELETE);
                if (action->kind == ACTION_CREATE)
                        sim_create(sim, f, action);
                else
                        sim_delete(sim, f, action);
        }
        if (!lossy || sim_random(sim, 3) > 0)
                sim_write_status(sim, plan);
        return plan->n_actions > 0 || plan->reserves;
}

/* Something happens to one pod: it is deleted, gone, failed or ready. */
static void sim_fate(struct sim *sim) {
        size_t n = sim->pods[sim->n_pods - 1].n, i;
        struct sim_pods *pods;

        if (n == 0)
                return;
        i = sim_random(sim, (unsigned)n);
        pods = sim_change_pods(sim);
        switch (sim_random(sim, 4)) {
        case 0:
                pods->items[i].dying = true;
                break;
        case 1:
                if (pods->items[i].dying)
                        sim_remove(pods, i);
                break;
        case 2:
                pods->items[i].failed |= sim_random(sim, 3) == 0;
                break;
        default:
                pods->items[i].ready = !pods->items[i].ready;
                break;
        }
}

static void sim_step(struct sim *sim, struct fixture *f) {
        switch (sim_random(sim, 16)) {
        case 0:
                sim_change_canary(sim)->replicas = sim_random(sim, SIM_REPLICAS_MAX + 1);
                break;
        case 1:
                sim_change_canary(sim)->image = (int)sim_random(sim, 2);
                break;
        case 2: /* a crash: start-up reads are consistent */
                sim->pods_seen = sim->n_pods - 1;
                sim->canary_seen = sim->n_canary - 1;
                break;
        case 3:
        case 4:
        case 5:
                sim->pods_seen += sim_random(sim, (unsigned)(sim->n_pods - sim->pods_seen));
                break;
        case 6:
        case 7:
        case 8:
                sim->canary_seen += sim_random(sim, (unsigned)(sim->n_canary - sim->canary_seen));
                break;
        case 9:
        case 10:
        case 11:
                sim_fate(sim);
                break;
        default:
                sim_pass(sim, f, true);
                break;
        }
}

/* No more faults: does it become what is asked for, and stay so? */
static void sim_settle(struct sim *sim, struct fixture *f) {
        for (int round = 0; round < SIM_SETTLE_MAX; round++) {
                struct sim_pods *pods = sim_change_pods(sim);

                for (size_t i = pods->n; i > 0; i--) {
                        if (pods->items[i - 1].dying)
                                sim_remove(pods, i - 1);
                        else
                                pods->items[i - 1].ready = true;
                }
                sim->pods_seen = sim->n_pods - 1;
                sim->canary_seen = sim->n_canary - 1;
                if (sim_pass(sim, f, false))
                        continue;
                assert_true(f->plan.status.phase == LLC_PHASE_RUNNING);
                assert_int_equal(sim_live(pods), sim->canary[sim->n_canary - 1].replicas);
                return;
        }
        fail_msg("does not settle");
}

static void sim_run(struct fixture *f, uint64_t seed, bool reads_own_writes) {
        struct sim *sim = calloc(1, sizeof(*sim));

        sim->random = seed * 0x9e3779b97f4a7c15;
        sim->reads_own_writes = reads_own_writes;
        sim->n_pods = sim->n_canary = 1;
        sim->canary[0].replicas = 2;
        for (int i = 0; i < SIM_STEPS; i++)
                sim_step(sim, f);
        sim_settle(sim, f);
        free(sim);
}

/* As the controller runs it: no pass before the caches show the writes of the one before. */
static void test_creation__never_two_in_a_slot(void **state) {
        for (uint64_t seed = 1; seed <= SIM_RUNS; seed++)
                sim_run(*state, seed, true);
}

/* Decided on caches that do not even show our own writes, it may err, but comes right again. */
static void test_creation__heals_after_blind_passes(void **state) {
        for (uint64_t seed = 1; seed <= SIM_RUNS; seed++)
                sim_run(*state, seed, false);
}

#define FIXTURE_TEST(name)                                                                         \
        cmocka_unit_test_setup_teardown(test_creation__##name, fixture_setup, fixture_teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                FIXTURE_TEST(never_two_in_a_slot),
                FIXTURE_TEST(heals_after_blind_passes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
