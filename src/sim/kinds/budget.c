#include "kinds/cells.h"
#include "kinds/field_checks.h"
#include "kinds/hooks.h"
#include "kinds/member.h"
#include "kinds/selector_check.h"

static void validate(const struct kind *kind, const struct json *object, const struct json *before,
                     enum part part, struct field_errors *errors) {
        const struct json *spec = json_get(object, "spec"), *status = json_get(object, "status");
        static const char *const counts[] = { "disruptionsAllowed", "currentHealthy",
                                              "desiredHealthy", "expectedPods" };

        (void)kind;
        (void)before;
        if (part == PART_STATUS) {
                for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
                        check_not_negative(status, counts[i], "status", errors);
                return;
        }
        if (json_get(spec, "minAvailable") && json_get(spec, "maxUnavailable"))
                field_error_add(errors, FIELD_ERROR_INVALID, "spec", spec, "%s",
                                "minAvailable and maxUnavailable cannot be both set");
        check_share(spec, "minAvailable", "spec", 100, errors);
        check_share(spec, "maxUnavailable", "spec", 100, errors);
        if (member_object(spec, "selector"))
                selector_check(json_get(spec, "selector"), "spec.selector", errors);
}

static void cell_share(const struct json *spec, const char *key, struct json *cells) {
        const struct json *value = json_get(spec, key);

        if (json_kind(value) == JSON_INT)
                cells_printf(cells, "%lld", (long long)json_as_int(value));
        else
                cells_text_or(cells, json_text_at(spec, key), "N/A");
}

static void cells(const struct kind *kind, const struct json *object, int64_t now_ms,
                  struct json *cells) {
        const struct json *spec = json_get(object, "spec");

        (void)kind;
        cells_name(object, cells);
        cell_share(spec, "minAvailable", cells);
        cell_share(spec, "maxUnavailable", cells);
        cells_int(cells, json_int_at(json_get(object, "status"), "disruptionsAllowed", 0));
        cells_age(object, now_ms, cells);
}

const struct kind_hooks BUDGET_HOOKS = { .validate = validate, .cells = cells };
