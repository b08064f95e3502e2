/*
 * Lives: canaries to which everything happens, in any order, while their controller dies between
 * any two writes. Each plan keeps to the laws; and when all is well again each canary comes to rest
 * as it should be, which is reckoned here from the world alone.
 *
 *   run_lives [first [count]]     the seeds to lead; without: what is quick
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "life.h"
#include "llc/api/resource.h"
#include "llc/base/timestamp.h"

enum {
        LIVES = 300,
        EVENTS_MAX = 60,
        PASSES_MAX = 400,
        LOUD_MAX = 40,
        QUIET_MAX = 20,
};

static const char START[] =
        "{\"llc\":{\"metadata\":{\"name\":\"jdk21\",\"namespace\":\"shop\",\"uid\":\"c0ffee01\","
        "\"generation\":1,\"resourceVersion\":\"1000\"},\"spec\":{\"rolloutRef\":{\"name\":"
        "\"checkout\"},\"image\":\"good-0\",\"replicas\":2}},"
        "\"rollout\":{\"metadata\":{\"name\":\"checkout\",\"namespace\":\"shop\",\"uid\":\"0dd\","
        "\"generation\":7},\"spec\":{\"replicas\":3},\"status\":{\"stableRS\":\"6d8f\"}},"
        "\"budgets\":[{\"metadata\":{\"name\":\"checkout\",\"uid\":\"b1\"},\"base\":3,\"spec\":"
        "{\"selector\":{\"matchLabels\":{\"app\":\"checkout\"}}},\"status\":{\"expectedPods\":3}}]"
        "}";

static void show(struct life *life) {
        STRBUF_CLEANUP struct strbuf text = STRBUF_INIT(1 << 20);
        char now[TIMESTAMP_SIZE];

        json_write(life->server.tree, &text);
        printf("    now %s ready %d\n    %s\n", timestamp_format(life->server.now, now),
               (int)life->server.stable_ready, strbuf_str(&text));
}

static int pass(struct life *life, struct passage *ret_passage, struct err *err) {
        int result = server_pass(&life->server, ret_passage, err);

        if (life->trace) {
                printf("  pass: %d writes%s\n", ret_passage->n_writes,
                       ret_passage->died ? ", died" : "");
                show(life);
        }
        return result;
}

static int live(struct life *life, struct err *err) {
        unsigned n = life_roll(life, EVENTS_MAX);
        struct passage passage;

        for (unsigned i = 0; i < n; i++) {
                life_happen(life);
                for (unsigned j = life_roll(life, 4); j > 0; j--) {
                        life->server.cache_lags = life_roll(life, 2);
                        life->server.writes_left =
                                life_roll(life, 3) ? -1 : (int)life_roll(life, 4);
                        if (pass(life, &passage, err) < 0)
                                return -1;
                }
        }
        life->server.writes_left = -1;
        return 0;
}

/* All that is not the canary's own becomes well; what it runs is good or bad, as its image says. */
static void heal(struct life *life) {
        json_remove(life->server.tree, "rolloutState");
        json_remove(json_get_mut(life_rollout(life), "metadata"), "deletionTimestamp");
        json_set_int(json_object_at(life_rollout(life), "spec"), "replicas", 3);
        json_set_str(json_object_at(life_rollout(life), "status"), "stableRS", "6d8f");
        life->server.stable_ready = 3;
        life->server.refused = 0;
        life_move_service(life);
}

static void heal_pods(struct life *life) {
        struct json *pods = server_list(&life->server, "pods");

        for (size_t i = 0; i < json_length(pods); i++) {
                struct json *pod = json_at_mut(pods, i);
                bool is_crashing = json_has(json_get(pod, "status"), "containerStatuses");
                const struct json *conditions = json_get(json_get(pod, "status"), "conditions");
                const struct json *ready =
                        conditions ? json_get(json_at(conditions, 0), "status") : NULL;

                if (!life_is_live(pod))
                        continue;
                if (life_is_bad(pod) && !is_crashing)
                        life_crash(life, pod);
                else if (!life_is_bad(pod) && (is_crashing || !life_text_is(ready, "True")))
                        life_run(life, pod);
        }
}

static int come_to_rest(struct life *life, bool heals, struct err *err) {
        struct passage passage;
        int loud = 0, quiet = 0;

        for (int i = 0; i < PASSES_MAX && quiet < QUIET_MAX; i++) {
                life->server.cache_lags = life_roll(life, 2);
                if (pass(life, &passage, err) < 0)
                        return -1;
                server_turn(&life->server);
                if (heals)
                        heal_pods(life);
                if (passage.n_writes > 0) {
                        quiet = 0;
                        loud++;
                } else {
                        quiet++;
                        if (!passage.has_deadline)
                                life->server.now += 1000;
                        else if (passage.deadline > life->server.now)
                                life->server.now = passage.deadline;
                }
        }
        if (loud > LOUD_MAX || quiet < QUIET_MAX)
                return err_set(err, ERR_INVALID, "does not come to rest: %d passes wrote", loud);
        return 0;
}

/* As it should be */

struct census {
        int64_t live, held, attached, quarantined, good, ready;
};

static struct census count(struct life *life) {
        struct json *pods = server_list(&life->server, "pods");
        const struct json *hash = json_get(json_get(life_rollout(life), "status"), "stableRS");
        struct census census = { .live = 0 };

        for (size_t i = 0; i < json_length(pods); i++) {
                const struct json *pod = json_at(pods, i);
                const struct json *meta = json_get(pod, "metadata");
                const struct json *labels = json_get(meta, "labels");
                bool held = life_is_held(pod);

                if (!life_is_live(pod))
                        continue;
                census.live++;
                census.held += held && !json_has(labels, "app") && !json_has(labels, LABEL_HASH);
                census.attached += !held && life_text_is(json_get(labels, "app"), "checkout") &&
                                   json_equal(json_get(labels, LABEL_HASH), hash);
                census.quarantined += json_has(labels, LABEL_QUARANTINED);
                census.good += !life_is_bad(pod);
        }
        return census;
}

static const char *condition(struct life *life, const char *type, const char *member) {
        const struct json *status = json_get(json_get(life->server.tree, "llc"), "status");
        const struct json *list = json_get(status, "conditions");

        for (size_t i = 0; i < json_length(list); i++)
                if (life_text_is(json_get(json_at(list, i), "type"), type))
                        return arena_copy(&life->arena,
                                          json_as_string(json_get(json_at(list, i), member)));
        return "";
}

static bool condition_is(struct life *life, const char *type, const char *status) {
        return strcmp(condition(life, type, "status"), status) == 0;
}

static int64_t number_in(const struct json *object, const char *key) {
        return json_has(object, key) ? json_as_int(json_get(object, key)) : 0;
}

static const char *budgets_wrong(struct life *life, const struct census *census) {
        const struct json *budget = json_at(server_list(&life->server, "budgets"), 0);

        if (life->budgets_lost ||
            life_text_is(json_get(life->server.tree, "budgetsState"), "Refused"))
                return NULL;
        return number_in(json_get(budget, "status"), "expectedPods") ==
                               3 + census->live - census->held
                       ? NULL
                       : "a PodDisruptionBudget counts wrongly";
}

static const char *failed_wrong(struct life *life, const struct census *census) {
        const struct json *on_failure = json_get(life_spec(life), "onFailure");
        bool paused = json_has(life_spec(life), "paused") &&
                      json_as_bool(json_get(life_spec(life), "paused"));

        if (!condition_is(life, "Stalled", "True") || condition_is(life, "Ready", "True"))
                return "a failure is not told";
        if (life_text_is(on_failure, "Keep"))
                return NULL;
        if (life_text_is(on_failure, "Terminate") && !paused)
                return census->live == 0 ? NULL : "pods of a failed canary are left";
        if (census->held != census->live || census->quarantined != census->live)
                return "pods of a failed canary are in traffic";
        return NULL;
}

static const char *well_wrong(struct life *life, const struct census *census) {
        const struct json *spec = life_spec(life);
        bool paused = json_has(spec, "paused") && json_as_bool(json_get(spec, "paused"));
        bool on_delete = life_text_is(json_get(json_get(spec, "updatePolicy"), "type"), "OnDelete");
        bool none = life_text_is(json_get(json_get(spec, "traffic"), "mode"), "None");

        /* What was asked for before, and is bad, goes when somebody deletes it. */
        if (on_delete && census->good != census->live)
                return NULL;
        if (!condition_is(life, "Ready", "True"))
                return "it is well and not Ready";
        if (!paused && census->live != number_in(spec, "replicas"))
                return "Ready, with another number of pods";
        if (!paused && census->quarantined > 0)
                return "Ready, with pods in quarantine";
        if (!paused && none && census->held != census->live)
                return "Ready, and in traffic though not wanted there";
        if (!paused && !none && census->attached != census->live)
                return "Ready, and not in traffic";
        if (!paused && !none && census->live > 0 && !condition_is(life, "TrafficAttached", "True"))
                return "in traffic, which is not told";
        if (!paused && census->good != census->live)
                return "Ready, with bad pods";
        return NULL;
}

static const char *wrong(struct life *life) {
        const struct json *status = json_get(json_get(life->server.tree, "llc"), "status");
        struct census census = count(life);
        const char *budgets = budgets_wrong(life, &census);

        if (number_in(status, "replicas") != census.live)
                return "the status has another number of pods";
        if (budgets)
                return budgets;
        return json_has(status, "failure") ? failed_wrong(life, &census)
                                           : well_wrong(life, &census);
}

static bool is_over(const struct life *life) {
        return json_has(json_get(json_get(life->server.tree, "llc"), "metadata"),
                        "deletionTimestamp");
}

/* Some end before all is well: what is left to do is to do no more. */
static void perhaps_end(struct life *life) {
        if (life_roll(life, 8) == 0)
                json_set_str(json_get_mut(json_get_mut(life->server.tree, "llc"), "metadata"),
                             "deletionTimestamp", "2026-01-01T12:00:00Z");
}

static int lead(struct life *life, struct err *err) {
        const char *what;

        if (live(life, err) < 0)
                return -1;
        perhaps_end(life);
        if (life->trace)
                printf("  nothing happens any more\n");
        if (come_to_rest(life, false, err) < 0)
                return err_wrap(err, "left as it is");
        heal(life);
        if (life->trace)
                printf("  all is well again\n");
        if (come_to_rest(life, true, err) < 0)
                return -1;
        what = is_over(life) ? NULL : wrong(life);
        return what ? err_set(err, ERR_INVALID, "%s", what) : 0;
}

static void give_service(struct life *life) {
        static const char text[] = "{\"metadata\":{\"name\":\"checkout\",\"uid\":\"s1\"},\"spec\":{"
                                   "\"selector\":{\"app\":\"checkout\"}}}";
        struct json *spec = json_get_mut(life_rollout(life), "spec"), *service;
        struct err err;

        if (json_parse(bytes_of(text), &JSON_LIMITS_OBJECT, &service, &err) < 0)
                return;
        json_set(life->server.tree, "service", service);
        json_set_str(json_object_at(json_object_at(spec, "strategy"), "blueGreen"), "activeService",
                     "checkout");
        life_move_service(life);
}

static int run_life(uint64_t seed, bool trace) {
        struct life life = {
                .arena = ARENA_INIT,
                .random = (seed + 1) * 0x9e3779b97f4a7c15,
                .trace = trace,
        };
        JSON_CLEANUP struct json *start = NULL;
        struct err err;
        int result = json_parse(bytes_of(START), &JSON_LIMITS_OBJECT, &start, &err);

        if (result == 0) {
                server_init(&life.server, start, 1767268800000);
                life.server.pods_ready = true;
                LIFE_CHOOSE(&life, life.server.tree, "budgetsState", "Found", "Found", "Refused");
                if (life_roll(&life, 2))
                        give_service(&life);
                result = lead(&life, &err);
                server_deinit(&life.server);
        }
        arena_deinit(&life.arena);
        if (result < 0)
                fprintf(stderr, "FAIL life %" PRIu64 ": %s\n", seed, err.msg);
        return result;
}

int main(int argc, char **argv) {
        uint64_t first = argc > 1 ? strtoull(argv[1], NULL, 10) : 0;
        uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 10) : argc > 1 ? 1 : LIVES;
        uint64_t failed = 0;

        for (uint64_t i = 0; i < count; i++)
                failed += run_life(first + i, argc == 2) < 0;
        printf("%" PRIu64 " lives, %" PRIu64 " failed\n", count, failed);
        return failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
