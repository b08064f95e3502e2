/*
 * Canary: the new version takes over by steps; stableRS moves when the last is done and all its
 * pods are available, and the Services follow in the next pass.
 */
#include <string.h>

#include "actors/rollout.h"
#include "actors/template_hash.h"
#include "llc/base/duration.h"

enum { SCALE_DOWN_DELAY_S = 30 };

#define PAUSE_REASON "CanaryPauseStep"

static const struct json *steps_of(const struct rollout *rollout) {
        const struct json *steps = json_get(rollout->strategy, "steps");

        return json_kind(steps) == JSON_ARRAY ? steps : NULL;
}

const char *rollout_step_hash(const struct rollout *rollout) {
        return rollout->is_blue_green ? ""
                                      : template_hash("steps", steps_of(rollout), rollout->arena);
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

/* A number or "30" in seconds, or "1h30m", cut to seconds; -1 = until somebody ends it. */
static int64_t duration_ms(const struct json *pause) {
        const struct json *duration = json_get(pause, "duration");
        const char *text = json_text_at(pause, "duration");
        int64_t seconds = 0, ns;
        struct err err;

        if (!duration)
                return -1;
        if (json_kind(duration) == JSON_INT)
                seconds = json_as_int(duration);
        else if (duration_parse(bytes_of(text), &ns, &err) == 0)
                seconds = ns / DURATION_S;
        else if (*text && text[strspn(text, "0123456789")] == '\0')
                for (; *text && seconds < INT32_MAX; text++)
                        seconds = 10 * seconds + (*text - '0');
        if (seconds < 0 || seconds > INT32_MAX)
                seconds = INT32_MAX;
        return seconds * 1000;
}

static bool is_pause_over(struct rollout *rollout, const struct json *pause) {
        int64_t duration = duration_ms(pause), left_ms;

        if (rollout_was_resumed(rollout, PAUSE_REASON))
                return true;
        if (!rollout_is_paused(rollout, PAUSE_REASON))
                rollout_pause(rollout, PAUSE_REASON);
        if (duration < 0)
                return false;
        left_ms = rollout_paused_since_ms(rollout, PAUSE_REASON) + duration - rollout->now_ms;
        if (left_ms > 0)
                rollout_look_again(rollout, left_ms);
        return left_ms <= 0;
}

static bool is_step_done(struct rollout *rollout, const struct json *step, int64_t index) {
        int64_t pods = pods_at(rollout, weight_at(rollout, index));

        if (json_has(step, "setWeight"))
                return rollout->newest->replicas == pods && rollout->newest->available >= pods;
        if (!json_has(step, "pause"))
                return true; /* what is left out takes no time */
        if (!is_pause_over(rollout, json_get(step, "pause")))
                return false;
        rollout_end_pause(rollout, PAUSE_REASON);
        rollout_settle(rollout);
        return true;
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
        while (!rollout->halted && index < n &&
               is_step_done(rollout, json_at(steps, (size_t)index), index))
                index++;
        return index < n ? index : n;
}

/* One that is neither the new nor the stable version: without a router its pods would serve. */
static void scale_other(struct rollout *rollout, struct replica_set *set) {
        bool promoted = rollout->stable == rollout->newest;

        if (has_routing(rollout) && (promoted || set->scale_down_at_ms != 0))
                rollout_set_retire(rollout, set,
                                   rollout_seconds_ms(rollout->strategy, "scaleDownDelaySeconds",
                                                      SCALE_DOWN_DELAY_S),
                                   set->replicas);
        else
                rollout_set_serve(set, 0);
}

static void scale(struct rollout *rollout, int64_t wanted_new, bool aborted) {
        int64_t available = rollout->newest->available;
        int64_t taken = available < wanted_new ? available : wanted_new;

        for (size_t i = 0; i < rollout->n_sets; i++) {
                struct replica_set *set = &rollout->sets[i];

                if (set == rollout->newest && aborted && has_routing(rollout))
                        rollout_set_give_up(rollout, set);
                else if (set == rollout->newest)
                        rollout_set_serve(set, wanted_new);
                else if (set != rollout->stable)
                        scale_other(rollout, set);
                else if (has_routing(rollout) || aborted)
                        rollout_set_serve(set, rollout->replicas);
                else
                        rollout_set_serve(set, rollout->replicas > taken ? rollout->replicas - taken
                                                                         : 0);
        }
}

/* A Service follows only to where there is somebody to serve; one that is new to us, to all. */
static void point(struct rollout *rollout, const char *member, const struct replica_set *set) {
        const char *name = json_text_at(rollout->strategy, member);
        int64_t needed = rollout_service_is_managed(rollout, name) ? 1 : set->replicas;

        if (set->available >= needed && set->available > 0)
                rollout_service_point(rollout, name, set->hash);
}

static void point_services(struct rollout *rollout, bool aborted) {
        const struct replica_set *newest = rollout->newest, *stable = rollout->stable;

        if (stable)
                point(rollout, "stableService", stable);
        if (aborted && has_routing(rollout))
                rollout_service_point(rollout, json_text_at(rollout->strategy, "canaryService"),
                                      stable->hash);
        else
                point(rollout, "canaryService", aborted ? stable : newest);
}

void rollout_canary(struct rollout *rollout) {
        bool aborted = rollout_is_aborted(rollout) && rollout->stable;
        int64_t n = (int64_t)json_length(steps_of(rollout)), index;

        point_services(rollout, aborted);
        index = aborted ? 0 : take_steps(rollout);
        if (n > 0)
                json_set_int(rollout->status, "currentStepIndex", index);
        else
                json_remove(rollout->status, "currentStepIndex");
        if (!rollout->halted)
                scale(rollout, aborted ? 0 : pods_at(rollout, weight_at(rollout, index)), aborted);
        if (!rollout->stable ||
            (!aborted && index == n && rollout->newest->available >= rollout->replicas))
                rollout_promote(rollout);
}
