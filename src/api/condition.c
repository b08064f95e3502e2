#include "llc/api/condition.h"

#include <string.h>

#include "table.h"

static const char *const condition_statuses[] = { "True", "False", "Unknown", NULL };

static const struct field condition_fields[] = {
        ROW_STR(condition, type, "type", .flags = FIELD_REQUIRED, .min = 1, .max = 316,
                .doc = "Which aspect of the canary this is about."),
        ROW_ENUM(condition, status, "status", condition_statuses, .flags = FIELD_REQUIRED,
                 .doc = "True, False or Unknown."),
        ROW_STR(condition, reason, "reason", .flags = FIELD_REQUIRED, .min = 1, .max = 1024,
                .pattern = "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$",
                .doc = "Why, in one word for programs."),
        ROW_STR(condition, message, "message", .flags = FIELD_REQUIRED, .max = 32768,
                .doc = "Why, and what can be done about it, for people."),
        ROW_INT(condition, observed_generation, "observedGeneration", .min = 0, .max = INT64_MAX,
                .doc = "The metadata.generation that the condition was set for."),
        ROW_TIME(condition, last_transition_time, "lastTransitionTime", .flags = FIELD_REQUIRED,
                 .doc = "When the status last changed from one value to another."),
};

const struct type condition_type =
        TABLE_TYPE(condition, condition_fields, .doc = "One aspect of the canary's state.");

const char *condition_status_name(int status) {
        return status ? condition_statuses[status - 1] : "";
}

const struct condition *condition_find(const struct condition *conditions, size_t n,
                                       const char *type) {
        for (size_t i = 0; i < n; i++)
                if (strcmp(conditions[i].type, type) == 0)
                        return &conditions[i];
        return NULL;
}
