/*
 * Canary: the new version takes over by steps; stableRS moves when the last is done and all its
 * pods are available, and the Services follow in the next pass.
 */
#include <string.h>

#include "actors/rollout.h"

enum { SCALE_DOWN_DELAY_S = 30 };

#define PAUSE_REASON "CanaryPauseStep"

static const struct json *steps_of(const struct rollout *rollout) {
        const struct json *steps = json_get(rollout->strategy, "steps");

        return json_kind(steps) == JSON_ARRAY ? steps : NULL;
}

static bool has_routing(const struct rollout *rollout) {
        return json_get(rollout->strategy, "trafficRouting") != NULL;
}

/* The weight that holds at a step: that of the last setWeight up to it. */
static int64_t weight_at(const struct rollout *rollout, int64_t index) {
        const struct json *steps = steps_of(rollout);
        int64_t weight = 0;

        if (index >= (int64_t)json_length(steps))
                return 100;
        for (int64_t i = 0; i <= index; i++)
                weight = json_int_at(json_at(steps, (size_t)i), "setWeight", weight);
        return weight < 0 ? 0 : weight > 100 ? 100 : weight;
}

/* With a router no share of traffic may be without a pod; without one pods are the share. */
static int64_t pods_at(const struct rollout *rollout, int64_t weight) {
        int64_t share = rollout->replicas * weight;
        int64_t rounding = has_routing(rollout) ? 99 : 50;
        int64_t pods = (share + rounding) / 100;

        if (pods == 0 && weight > 0 && rollout->replicas > 0)
                return 1;
        return pods;
}

/* "30", "30s", "5m", "1h" or a number; 0 = until somebody ends it. */
static int64_t duration_ms(const struct json *pause) {
        const struct json *duration = json_get(pause, "duration");
        const char *text = json_text_at(pause, "duration");
        int64_t number = 0;

        if (json_kind(duration) == JSON_INT)
                number = json_as_int(duration);
        for (; *text >= '0' && *text <= '9' && number < INT32_MAX; text++)
                number = 10 * number + (*text - '0');
        if (number < 0 || number > INT32_MAX)
                number = INT32_MAX;
        return number * 1000 * (*text == 'h' ? 3600 : *text == 'm' ? 60 : 1);
}

static bool pause_is_over(struct rollout *rollout, const struct json *pause) {
        int64_t duration = duration_ms(pause), waited;

        if (rollout_was_resumed(rollout))
                return true;
        if (!rollout_is_paused(rollout, PAUSE_REASON))
                rollout_pause(rollout, PAUSE_REASON);
        if (duration == 0)
                return false;
        waited = rollout->now_ms - rollout_paused_since_ms(rollout);
        if (waited < duration)
                rollout->look_again_ms = duration - waited;
        return waited >= duration;
}

static bool step_is_done(struct rollout *rollout, const struct json *step, int64_t index) {
        int64_t pods = pods_at(rollout, weight_at(rollout, index));

        if (json_has(step, "setWeight"))
                return rollout->newest->replicas == pods && rollout->newest->available >= pods;
        if (json_has(step, "pause")) {
                if (!pause_is_over(rollout, json_get(step, "pause")))
                        return false;
                rollout_forget_pauses(rollout);
                return true;
        }
        return true; /* what is left out takes no time */
}

static int64_t take_steps(struct rollout *rollout) {
        const struct json *steps = steps_of(rollout);
        int64_t n = (int64_t)json_length(steps);
        int64_t index = json_int_at(rollout->status, "currentStepIndex", 0);

        if (index < 0)
                index = 0;
        if (!rollout->stable || rollout->stable == rollout->newest ||
            json_is_true_at(rollout->status, "promoteFull"))
                index = n;
        while (index < n && step_is_done(rollout, json_at(steps, (size_t)index), index))
                index++;
        if (index >= n)
                rollout_forget_pauses(rollout);
        return index < n ? index : n;
}

static void scale(struct rollout *rollout, int64_t wanted_new, bool aborted) {
        int64_t available = rollout->newest->available;

        for (size_t i = 0; i < rollout->n_sets; i++) {
                struct replica_set *set = &rollout->sets[i];

                if (set == rollout->newest) {
                        if (aborted && has_routing(rollout))
                                rollout_set_retire(rollout, set, SCALE_DOWN_DELAY_S * 1000);
                        else
                                set->wanted = wanted_new;
                } else if (set != rollout->stable) {
                        if (has_routing(rollout) && rollout->replicas > 0)
                                rollout_set_retire(rollout, set, SCALE_DOWN_DELAY_S * 1000);
                        else
                                set->wanted = 0;
                } else if (has_routing(rollout) || aborted) {
                        set->wanted = rollout->replicas;
                } else {
                        int64_t taken = available < wanted_new ? available : wanted_new;

                        set->wanted = rollout->replicas > taken ? rollout->replicas - taken : 0;
                }
        }
}

/* A Service follows only to where there is somebody to serve. */
static void point_services(struct rollout *rollout, bool aborted) {
        const struct replica_set *newest = rollout->newest, *stable = rollout->stable;

        if (!stable)
                return;
        if (stable->available > 0)
                rollout_service_point(rollout, json_text_at(rollout->strategy, "stableService"),
                                      stable->hash);
        if (aborted || newest->available > 0)
                rollout_service_point(rollout, json_text_at(rollout->strategy, "canaryService"),
                                      aborted ? stable->hash : newest->hash);
}

void rollout_canary(struct rollout *rollout) {
        bool aborted = json_is_true_at(rollout->status, "abort") && rollout->stable &&
                       rollout->stable != rollout->newest;
        int64_t n = (int64_t)json_length(steps_of(rollout)), index;

        point_services(rollout, aborted);
        index = aborted ? 0 : take_steps(rollout);
        if (n > 0)
                json_set_int(rollout->status, "currentStepIndex", index);
        scale(rollout, aborted ? 0 : pods_at(rollout, weight_at(rollout, index)), aborted);
        if (!rollout->stable ||
            (!aborted && index == n && rollout->newest->replicas == rollout->replicas &&
             rollout->newest->available >= rollout->replicas)) {
                json_set_str(rollout->status, "stableRS", rollout->hash);
                json_remove(rollout->status, "promoteFull");
        }
}
