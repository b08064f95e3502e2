#include "actors/pod_state.h"

#include <string.h>

#include "llc/base/timestamp.h"

bool pod_has_ended(const struct json *pod) {
        const char *phase = json_text_at(json_get(pod, "status"), "phase");

        return strcmp(phase, "Succeeded") == 0 || strcmp(phase, "Failed") == 0;
}

bool pod_is_active(const struct json *pod) {
        return !pod_has_ended(pod) && !json_get(json_get(pod, "metadata"), "deletionTimestamp");
}

int64_t pod_time_ms(const struct json *object, const char *key) {
        const char *text = json_text_at(object, key);
        struct err err;
        int64_t ms;

        return *text && timestamp_parse(bytes_of(text), &ms, &err) == 0 ? ms : 0;
}

int64_t pod_ready_since_ms(const struct json *pod) {
        const struct json *conditions = json_get(json_get(pod, "status"), "conditions");

        for (size_t i = 0; i < json_length(conditions); i++) {
                const struct json *condition = json_at(conditions, i);
                int64_t since;

                if (strcmp(json_text_at(condition, "type"), "Ready") != 0 ||
                    strcmp(json_text_at(condition, "status"), "True") != 0)
                        continue;
                since = pod_time_ms(condition, "lastTransitionTime");
                return since > 0 ? since : 1;
        }
        return 0;
}
