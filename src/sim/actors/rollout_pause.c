/*
 * A pause is written as a condition with its reason, and controllerPause beside it. To promote is
 * to take the condition away: controllerPause alone then says that somebody did, to one pass.
 */
#include <string.h>

#include "actors/rollout.h"
#include "llc/base/timestamp.h"

static struct json *pauses(const struct rollout *rollout) {
        return json_get_mut(rollout->status, "pauseConditions");
}

static const struct json *pause_of(const struct rollout *rollout, const char *reason) {
        for (size_t i = 0; i < json_length(pauses(rollout)); i++)
                if (strcmp(json_text_at(json_at(pauses(rollout), i), "reason"), reason) == 0)
                        return json_at(pauses(rollout), i);
        return NULL;
}

bool rollout_is_paused(const struct rollout *rollout, const char *reason) {
        return pause_of(rollout, reason) != NULL;
}

void rollout_pause(struct rollout *rollout, const char *reason) {
        struct json *condition = json_new_object();
        char text[TIMESTAMP_SIZE];

        json_set_str(condition, "reason", reason);
        json_set_str(condition, "startTime", timestamp_format(rollout->now_ms, text));
        if (!pauses(rollout))
                json_set(rollout->status, "pauseConditions", json_new_array());
        json_append(pauses(rollout), condition);
        json_set_bool(rollout->status, "controllerPause", true);
}

bool rollout_was_resumed(const struct rollout *rollout, const char *reason) {
        return json_is_true_at(rollout->status, "controllerPause") &&
               !rollout_is_paused(rollout, reason);
}

void rollout_end_pause(struct rollout *rollout, const char *reason) {
        for (size_t i = json_length(pauses(rollout)); i > 0; i--)
                if (strcmp(json_text_at(json_at(pauses(rollout), i - 1), "reason"), reason) == 0)
                        json_remove_at(pauses(rollout), i - 1);
        if (json_length(pauses(rollout)) == 0)
                rollout_forget_pauses(rollout);
}

void rollout_forget_pauses(struct rollout *rollout) {
        json_remove(rollout->status, "pauseConditions");
        json_remove(rollout->status, "controllerPause");
}

int64_t rollout_paused_since_ms(const struct rollout *rollout, const char *reason) {
        const char *text = json_text_at(pause_of(rollout, reason), "startTime");
        struct err err;
        int64_t ms;

        return *text && timestamp_parse(bytes_of(text), &ms, &err) == 0 ? ms : 0;
}

bool rollout_is_aborted(const struct rollout *rollout) {
        return json_is_true_at(rollout->status, "abort");
}

void rollout_end_abort(struct rollout *rollout) {
        if (rollout_is_aborted(rollout))
                json_remove(rollout->status, "abort");
}

void rollout_settle(struct rollout *rollout) {
        char now[TIMESTAMP_SIZE];

        if (!rollout_is_aborted(rollout)) {
                json_remove(rollout->status, "abortedAt");
        } else {
                rollout_forget_pauses(rollout);
                if (!*json_text_at(rollout->status, "abortedAt"))
                        json_set_str(rollout->status, "abortedAt",
                                     timestamp_format(rollout->now_ms, now));
        }
        if (json_length(pauses(rollout)) == 0)
                rollout_forget_pauses(rollout);
}
