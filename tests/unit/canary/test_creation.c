/*
 * The promises of slots.c and replicas.c, tried: an API server of two kinds, caches that lag behind
 * it each on its own, clocks that disagree, lost requests, crashes, and people who delete pods,
 * scale, pause and change the image. Whatever happens, no slot has two live pods, incarnations only
 * grow, what ends is replaced ever more slowly, nothing is done while paused, and once things calm
 * down the canary is as asked for.
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
        SIM_SETTLE_MS = 20000,
        SIM_ATTEMPTS_SLOW = 5,
};

static const char *const SIM_IMAGES[] = { "registry/checkout:a", "registry/checkout:b" };

struct sim_pod {
        int slot;
        int64_t incarnation;
        unsigned uid;
        int image;
        int64_t created, attempt;
        bool dying, failed, ready;
        bool outlived; /* since its creation other overrides were asked for */
};

struct sim_pods {
        struct sim_pod items[SIM_PODS_MAX];
        size_t n;
};

struct sim_canary {
        int64_t replicas;
        int image;
        bool paused;
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
        int64_t now, skew; /* the API server's clock, and how far the controller's is before it */
        unsigned step_ms;  /* at most */
        bool is_ill;       /* most pods end early */
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

static bool sim_pod_ended(const struct sim_pod *pod) {
        return pod->failed && !pod->dying;
}

static int64_t sim_back_off(const struct sim_pod *pod) {
        return pod->attempt < SIM_ATTEMPTS_SLOW ? INT64_C(10000) << pod->attempt : 300000;
}

static int64_t sim_age(const struct sim *sim, const struct sim_pod *pod) {
        return sim->now + sim->skew - pod->created;
}

/* Of the pods in a slot that are not live, the one with the highest incarnation; or NULL. */
static const struct sim_pod *sim_last_dead(const struct sim_pods *pods, int slot) {
        const struct sim_pod *last = NULL;

        for (size_t i = 0; i < pods->n; i++)
                if (pods->items[i].slot == slot && !sim_pod_lives(&pods->items[i]) &&
                    (!last || last->incarnation < pods->items[i].incarnation))
                        last = &pods->items[i];
        return last;
}

/* The highest incarnation that the cache shows in a slot, or at least that. */
static int64_t sim_newest(const struct sim *sim, int slot, int64_t newest) {
        const struct sim_pods *pods = &sim->pods[sim->pods_seen];

        for (size_t i = 0; i < pods->n; i++)
                if (pods->items[i].slot == slot && pods->items[i].incarnation > newest)
                        newest = pods->items[i].incarnation;
        return newest;
}

static bool sim_slot_is_held(const struct sim_pods *pods, int slot) {
        for (size_t i = 0; i < pods->n; i++)
                if (pods->items[i].slot == slot && sim_pod_lives(&pods->items[i]))
                        return true;
        return false;
}

/* Is a pod missing there? The lowest slots are filled first. */
static bool sim_slot_is_missed(const struct sim *sim, int slot) {
        const struct sim_pods *pods = &sim->pods[sim->pods_seen];
        int64_t missing = sim->canary[sim->canary_seen].replicas - sim_live(pods);

        for (int i = 0; i < slot; i++)
                missing -= !sim_slot_is_held(pods, i);
        return missing > 0 && !sim_slot_is_held(pods, slot);
}

static void sim_remove(struct sim_pods *pods, size_t index) {
        pods->items[index] = pods->items[--pods->n];
}

/* What the caches show, as a world. */
static void sim_observe(const struct sim *sim, struct fixture *f) {
        const struct sim_pods *pods = &sim->pods[sim->pods_seen];
        const struct sim_canary *canary = &sim->canary[sim->canary_seen];

        fixture_clear(f);
        f->world.now = sim->now + sim->skew;
        f->spec.replicas = canary->replicas;
        f->spec.paused = canary->paused;
        f->status.incarnations = canary->incarnations;
        f->status.n_incarnations = canary->n_incarnations;
        for (size_t i = 0; i < pods->n; i++) {
                const struct sim_pod *pod = &pods->items[i];
                struct fixture_pod *p;

                f->spec.image = SIM_IMAGES[pod->image];
                p = fixture_add_pod(f, pod->slot, pod->incarnation);
                p->meta.uid = arena_printf(&f->arena, "%u", pod->uid);
                p->meta.creation_timestamp = pod->created;
                if (pod->attempt > 0)
                        fixture_pod_annotate(p, ANNOTATION_ATTEMPT,
                                             arena_printf(&f->arena, "%lld",
                                                          (long long)pod->attempt));
                p->meta.deletion_timestamp = pod->dying;
                p->status.phase = pod->failed ? "Failed" : "Running";
                p->ready.status = pod->ready ? "True" : "False";
        }
        f->spec.image = SIM_IMAGES[canary->image];
}

static int64_t sim_annotation(const struct action *action, const char *key) {
        const struct json *annotations =
                json_get(json_get(action->body, "metadata"), "annotations");
        const struct json *value = json_get(annotations, key);

        return value ? strtoll(json_as_string(value).ptr, NULL, 10) : 0;
}

/* Did it wait long enough, and does it carry on the count? */
static void sim_check_back_off(const struct sim *sim, const struct sim_pod *pod) {
        const struct sim_pod *seen = sim_last_dead(&sim->pods[sim->pods_seen], pod->slot);
        const struct sim_pod *last = sim_last_dead(&sim->pods[sim->n_pods - 1], pod->slot);
        bool counts = seen && sim_pod_ended(seen) && seen->image == pod->image &&
                      sim_age(sim, seen) < 600000;

        assert_int_equal(pod->attempt, counts ? seen->attempt + 1 : 0);
        if (!last || !sim_pod_ended(last) || last->outlived)
                return;
        if (sim->skew > -sim_back_off(last) || last->attempt >= SIM_ATTEMPTS_SLOW)
                assert_true(sim_age(sim, last) >= sim_back_off(last));
}

/* Was there another image since the one that the cache shows? */
static bool sim_is_outlived(const struct sim *sim) {
        for (size_t i = sim->canary_seen; i < sim->n_canary; i++)
                if (sim->canary[i].image != sim->canary[sim->canary_seen].image)
                        return true;
        return false;
}

static void sim_create(struct sim *sim, const struct fixture *f, const struct action *action) {
        const struct sim_canary *seen = &sim->canary[sim->canary_seen];
        struct sim_pod pod = {
                .slot = slot_of_name(&f->llc, action->name),
                .incarnation = sim_annotation(action, ANNOTATION_INCARNATION),
                .attempt = sim_annotation(action, ANNOTATION_ATTEMPT),
                .image = seen->image,
                .created = sim->now,
                .outlived = sim_is_outlived(sim),
        };
        struct sim_pods *pods = &sim->pods[sim->n_pods - 1];

        for (size_t i = 0; i < pods->n; i++) {
                if (pods->items[i].slot != pod.slot)
                        continue;
                if (pods->items[i].incarnation == pod.incarnation)
                        return; /* AlreadyExists */
                if (sim->reads_own_writes)
                        assert_false(sim_pod_lives(&pods->items[i])); /* never two in one slot */
        }
        if (sim->reads_own_writes) {
                assert_true(sim_live(pods) < seen->replicas); /* never more than asked for */
                sim_check_back_off(sim, &pod);
        }
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
                const struct sim_pod *pod = &pods->items[i];

                if (pod->uid != uid)
                        continue;
                /* What ended is needed until its successor is there. */
                if (pod->failed && sim_slot_is_missed(sim, pod->slot))
                        assert_int_not_equal(
                                sim_last_dead(&sim->pods[sim->pods_seen], pod->slot)->uid, uid);
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
                int64_t before = i < canary->n_incarnations ? canary->incarnations[i] : 0;

                assert_true(plan->status.incarnations[i] >= before);
                assert_true(plan->status.incarnations[i] <= sim_newest(sim, (int)i, before) + 1);
                canary->incarnations[i] = plan->status.incarnations[i];
        }
        canary->n_incarnations = plan->status.n_incarnations;
        sim->canary_wrote = sim->n_canary - 1;
}

/* Nothing is done; what the pods prove to have been reserved may be written down again. */
static void sim_check_pause(const struct sim *sim, const struct plan *plan) {
        const struct sim_canary *canary = &sim->canary[sim->canary_seen];

        assert_int_equal(plan->n_actions, 0);
        for (size_t i = 0; i < plan->status.n_incarnations; i++) {
                int64_t before = i < canary->n_incarnations ? canary->incarnations[i] : 0;

                assert_int_equal(plan->status.incarnations[i], sim_newest(sim, (int)i, before));
        }
}

/* One pass; lossy: each write may get lost on its way. Was there anything to do? */
static bool sim_pass(struct sim *sim, struct fixture *f, bool lossy) {
        const struct plan *plan;

        if (sim->reads_own_writes &&
            (sim->pods_seen < sim->pods_wrote || sim->canary_seen < sim->canary_wrote))
                return true;
        sim_observe(sim, f);
        plan = fixture_reconcile(f);
        if (sim->canary[sim->canary_seen].paused)
                sim_check_pause(sim, plan);
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

static void sim_change_image(struct sim *sim) {
        struct sim_canary *canary = sim_change_canary(sim);
        struct sim_pods *pods = sim_change_pods(sim);

        canary->image = (int)sim_random(sim, 2);
        for (size_t i = 0; i < pods->n; i++)
                pods->items[i].outlived |= pods->items[i].image != canary->image;
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
                if (!sim_pod_lives(&pods->items[i]))
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

/* No pod lasts, and people watch. */
static void sim_step_ill(struct sim *sim, struct fixture *f) {
        struct sim_pods *pods = sim_change_pods(sim);

        for (size_t i = 0; i < pods->n; i++) {
                pods->items[i].failed |= sim_random(sim, 4) == 0;
                if (pods->items[i].dying)
                        sim_remove(pods, i);
        }
        sim->pods_seen += sim_random(sim, (unsigned)(sim->n_pods - sim->pods_seen));
        sim->canary_seen += sim_random(sim, (unsigned)(sim->n_canary - sim->canary_seen));
        sim_pass(sim, f, true);
}

static void sim_step(struct sim *sim, struct fixture *f) {
        sim->now += sim_random(sim, sim->step_ms);
        if (sim->is_ill && sim_random(sim, 16) > 0) {
                sim_step_ill(sim, f);
                return;
        }
        switch (sim_random(sim, 18)) {
        case 0:
                sim_change_canary(sim)->replicas = sim_random(sim, SIM_REPLICAS_MAX + 1);
                break;
        case 1:
                sim_change_image(sim);
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
        case 12:
                sim_change_canary(sim)->paused = sim_random(sim, 4) == 0;
                break;
        case 13: /* the status is lost: a backup played back */
                if (sim_random(sim, 8) == 0)
                        sim_change_canary(sim)->n_incarnations = 0;
                break;
        default:
                sim_pass(sim, f, true);
                break;
        }
}

/* No more faults: does it become what is asked for, and stay so? */
static void sim_settle(struct sim *sim, struct fixture *f) {
        sim_change_canary(sim)->paused = false;
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
                sim->now += SIM_SETTLE_MS;
                if (sim_pass(sim, f, false) || sim_live(pods) < f->spec.replicas)
                        continue;
                assert_true(f->plan.status.phase == LLC_PHASE_RUNNING);
                assert_int_equal(sim_live(pods), sim->canary[sim->n_canary - 1].replicas);
                assert_int_equal(pods->n, sim_live(pods)); /* nothing is left lying about */
                return;
        }
        fail_msg("does not settle");
}

static void sim_run(struct fixture *f, uint64_t seed, bool reads_own_writes) {
        static const unsigned steps_ms[] = { 1000, 3000, 10000, 30000, 100000 };
        static const int64_t skews[] = { 0, 0, 5000, -5000, -100000, -1000000 };
        struct sim *sim = calloc(1, sizeof(*sim));

        sim->now = f->world.now;
        sim->is_ill = seed % 2;
        sim->step_ms = steps_ms[seed % (sizeof(steps_ms) / sizeof(steps_ms[0]))];
        sim->skew = skews[seed % (sizeof(skews) / sizeof(skews[0]))];
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
