/*
 * Blue-green: the new version comes up beside the active one, waits for its promotion, then the
 * active Service moves, and with the next status stableRS.
 */
#include <string.h>

#include "actors/rollout.h"

enum { SCALE_DOWN_DELAY_S = 30 };

#define PAUSE_REASON "BlueGreenPause"

static const char *active_service(const struct rollout *rollout) {
        return json_text_at(rollout->strategy, "activeService");
}

static const char *active_hash(const struct rollout *rollout) {
        return rollout_service_hash(rollout, active_service(rollout));
}

/* All that it should have is there and available. */
static bool is_saturated(const struct rollout *rollout) {
        const struct replica_set *set = rollout->newest;

        return set->replicas == rollout->replicas && set->available == rollout->replicas;
}

static bool is_automatic(const struct rollout *rollout) {
        return !json_has(rollout->strategy, "autoPromotionEnabled") ||
               json_is_true_at(rollout->strategy, "autoPromotionEnabled");
}

static int64_t automatic_ms(const struct rollout *rollout) {
        return rollout_seconds_ms(rollout->strategy, "autoPromotionSeconds", 0);
}

/* What needs nobody's word: the first version, one told to go all the way, one that was on its way
 * out and is still up. */
static bool is_fast_tracked(const struct rollout *rollout) {
        const char *active = active_hash(rollout);

        return rollout->newest->scale_down_at_ms != 0 ||
               json_is_true_at(rollout->status, "promoteFull") || !*active ||
               strcmp(active, rollout->hash) == 0;
}

static bool is_pause_over(const struct rollout *rollout) {
        int64_t since_ms = rollout_paused_since_ms(rollout, PAUSE_REASON);

        if (!is_automatic(rollout))
                return rollout_was_resumed(rollout, PAUSE_REASON);
        return automatic_ms(rollout) == 0 ||
               (since_ms > 0 && rollout->now_ms >= since_ms + automatic_ms(rollout));
}

/* Whether the active Service may move now; pauses, or ends a pause, on the way. */
static bool may_promote(struct rollout *rollout) {
        if (is_fast_tracked(rollout) || is_pause_over(rollout)) {
                rollout_end_pause(rollout, PAUSE_REASON);
                return true;
        }
        if (!rollout_is_paused(rollout, PAUSE_REASON) &&
            !rollout_was_resumed(rollout, PAUSE_REASON))
                rollout_pause(rollout, PAUSE_REASON);
        if (is_automatic(rollout) && rollout_is_paused(rollout, PAUSE_REASON))
                rollout_look_again(rollout, rollout_paused_since_ms(rollout, PAUSE_REASON) +
                                                    automatic_ms(rollout) - rollout->now_ms);
        return false;
}

static void scale(struct rollout *rollout) {
        int64_t delay_ms =
                rollout_seconds_ms(rollout->strategy, "scaleDownDelaySeconds", SCALE_DOWN_DELAY_S);
        int64_t limit = json_int_at(rollout->strategy, "scaleDownDelayRevisionLimit", INT32_MAX);
        const char *active = active_hash(rollout);

        for (size_t i = 0; i < rollout->n_sets; i++) {
                struct replica_set *set = &rollout->sets[i];

                if (set == rollout->stable ||
                    (set == rollout->newest && !(rollout_is_aborted(rollout) && rollout->stable)))
                        rollout_set_serve(set, rollout->replicas);
                else if (set == rollout->newest)
                        rollout_set_give_up(rollout, set);
                else if (strcmp(set->hash, active) == 0 || set->replicas == 0)
                        continue;
                else if (limit-- > 0)
                        rollout_set_retire(rollout, set, delay_ms, rollout->replicas);
                else
                        rollout_set_serve(set, 0);
        }
}

static void point_active(struct rollout *rollout) {
        if (rollout->halted || !is_saturated(rollout))
                return;
        if (rollout_is_aborted(rollout))
                rollout_service_point(rollout, active_service(rollout),
                                      json_text_at(rollout->status, "stableRS"));
        else if (may_promote(rollout))
                rollout_service_point(rollout, active_service(rollout), rollout->hash);
}

static void set_or_drop(struct json *object, const char *key, const char *text) {
        if (*text)
                json_set_str(object, key, text);
        else
                json_remove(object, key);
}

void rollout_blue_green(struct rollout *rollout) {
        const char *preview_service = json_text_at(rollout->strategy, "previewService");
        struct json *status = json_object_at(rollout->status, "blueGreen");
        const char *active;

        if (!rollout->halted)
                rollout_service_point(rollout, preview_service, rollout->hash);
        scale(rollout);
        point_active(rollout);
        active = active_hash(rollout);
        set_or_drop(status, "previewSelector", rollout_service_hash(rollout, preview_service));
        set_or_drop(status, "activeSelector", active);
        if (!rollout->stable || !*active ||
            (strcmp(active, rollout->hash) == 0 && !rollout_is_aborted(rollout)))
                rollout_promote(rollout);
}
