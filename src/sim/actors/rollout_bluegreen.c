/*
 * Blue-green: the new version comes up beside the active one, waits for its promotion, then the
 * active Service moves, and with the next status stableRS.
 */
#include <string.h>

#include "actors/rollout.h"

enum { SCALE_DOWN_DELAY_S = 30, ABORT_SCALE_DOWN_DELAY_S = 30 };

#define PAUSE_REASON "BlueGreenPause"

static int64_t seconds_ms(const struct json *strategy, const char *key, int64_t otherwise) {
        int64_t seconds = json_int_at(strategy, key, otherwise);

        return seconds < INT32_MAX ? seconds * 1000 : (int64_t)INT32_MAX * 1000;
}

static bool is_saturated(const struct rollout *rollout) {
        const struct replica_set *set = rollout->newest;

        return set && set->replicas == rollout->replicas && set->available >= rollout->replicas;
}

/* What needs nobody's word: the first version, one told to go all the way, one still up. */
static bool needs_no_pause(const struct rollout *rollout, const char *active) {
        const struct json *automatic = json_get(rollout->strategy, "autoPromotionEnabled");

        return !*active || strcmp(active, rollout->hash) == 0 ||
               json_is_true_at(rollout->status, "promoteFull") ||
               rollout->newest->scale_down_at_ms > rollout->now_ms ||
               ((!automatic || json_is_true_at(rollout->strategy, "autoPromotionEnabled")) &&
                json_int_at(rollout->strategy, "autoPromotionSeconds", 0) == 0);
}

static bool may_promote(struct rollout *rollout, const char *active) {
        int64_t automatic_ms = seconds_ms(rollout->strategy, "autoPromotionSeconds", 0);
        int64_t waited_ms;

        if (needs_no_pause(rollout, active) || rollout_was_resumed(rollout))
                return true;
        if (!rollout_is_paused(rollout, PAUSE_REASON))
                rollout_pause(rollout, PAUSE_REASON);
        if (automatic_ms == 0)
                return false;
        waited_ms = rollout->now_ms - rollout_paused_since_ms(rollout);
        if (waited_ms < automatic_ms)
                rollout->look_again_ms = automatic_ms - waited_ms;
        return waited_ms >= automatic_ms;
}

static void scale(struct rollout *rollout, const char *active, bool aborted) {
        int64_t down_ms =
                seconds_ms(rollout->strategy, "scaleDownDelaySeconds", SCALE_DOWN_DELAY_S);
        int64_t abort_ms = seconds_ms(rollout->strategy, "abortScaleDownDelaySeconds",
                                      ABORT_SCALE_DOWN_DELAY_S);

        for (size_t i = 0; i < rollout->n_sets; i++) {
                struct replica_set *set = &rollout->sets[i];

                if (strcmp(set->hash, active) == 0 || set == rollout->stable)
                        set->wanted = rollout->replicas;
                else if (set == rollout->newest && !aborted)
                        set->wanted = rollout->replicas;
                else if (set == rollout->newest)
                        rollout_set_retire(rollout, set, abort_ms);
                else
                        rollout_set_retire(rollout, set, down_ms);
                if (rollout->replicas == 0)
                        set->wanted = 0;
        }
}

void rollout_blue_green(struct rollout *rollout) {
        const char *active_service = json_text_at(rollout->strategy, "activeService");
        struct json *status = json_object_at(rollout->status, "blueGreen");
        const char *active = arena_strdup(rollout->arena, json_text_at(status, "activeSelector"));
        bool aborted = json_is_true_at(rollout->status, "abort");
        const char *stable = rollout->stable ? rollout->stable->hash : rollout->hash;
        const char *preview = aborted ? stable : rollout->hash;

        if (strcmp(rollout->hash, stable) == 0)
                rollout_forget_pauses(rollout);
        rollout_service_point(rollout, json_text_at(rollout->strategy, "previewService"), preview);
        json_set_str(status, "previewSelector", preview);
        if (aborted)
                active = *active ? stable : active;
        else if (is_saturated(rollout) && may_promote(rollout, active))
                active = rollout->hash;
        if (*active)
                rollout_service_point(rollout, active_service, active);
        scale(rollout, active, aborted);
        if (*active)
                json_set_str(status, "activeSelector", active);
        if (!rollout->stable || strcmp(active, rollout->hash) == 0) {
                json_set_str(rollout->status, "stableRS", rollout->hash);
                json_remove(rollout->status, "promoteFull");
                if (strcmp(active, rollout->hash) == 0)
                        rollout_forget_pauses(rollout);
        }
}
