/*
 * A pause is written as a condition with its reason, and controllerPause beside it. To promote is
 * to take the condition away: controllerPause alone then says that somebody did.
 */
#include <string.h>

#include "actors/rollout.h"
#include "llc/base/timestamp.h"

static const struct json *pauses(const struct rollout *rollout) {
        return json_get(rollout->status, "pauseConditions");
}

bool rollout_is_paused(const struct rollout *rollout, const char *reason) {
        for (size_t i = 0; i < json_length(pauses(rollout)); i++)
                if (strcmp(json_text_at(json_at(pauses(rollout), i), "reason"), reason) == 0)
                        return true;
        return false;
}

void rollout_pause(struct rollout *rollout, const char *reason) {
        struct json *conditions = json_new_array(), *condition = json_new_object();
        char text[TIMESTAMP_SIZE];

        json_set_str(condition, "reason", reason);
        json_set_str(condition, "startTime", timestamp_format(rollout->now_ms, text));
        json_append(conditions, condition);
        json_set(rollout->status, "pauseConditions", conditions);
        json_set_bool(rollout->status, "controllerPause", true);
}

bool rollout_was_resumed(const struct rollout *rollout) {
        return json_is_true_at(rollout->status, "controllerPause") &&
               json_length(pauses(rollout)) == 0;
}

void rollout_forget_pauses(struct rollout *rollout) {
        json_remove(rollout->status, "pauseConditions");
        json_remove(rollout->status, "controllerPause");
}

int64_t rollout_paused_since_ms(const struct rollout *rollout) {
        const char *text = json_length(pauses(rollout)) > 0
                                   ? json_text_at(json_at(pauses(rollout), 0), "startTime")
                                   : "";
        struct err err;
        int64_t ms;

        return *text && timestamp_parse(bytes_of(text), &ms, &err) == 0 ? ms : 0;
}
