#include "kinds/cells.h"
#include "kinds/field_checks.h"
#include "kinds/hooks.h"

static void validate(const struct kind *kind, const struct json *object, const struct json *before,
                     enum part part, struct field_errors *errors) {
        const struct json *spec = json_get(object, "spec");

        (void)kind;
        (void)before;
        (void)part;
        if (json_int_at(spec, "leaseDurationSeconds", 1) <= 0)
                field_error_add(errors, FIELD_ERROR_INVALID, "spec.leaseDurationSeconds",
                                json_get(spec, "leaseDurationSeconds"), "%s",
                                "must be greater than 0");
        if (json_int_at(spec, "leaseTransitions", 0) < 0)
                field_error_add(errors, FIELD_ERROR_INVALID, "spec.leaseTransitions",
                                json_get(spec, "leaseTransitions"), "%s",
                                "must be greater than or equal to 0");
}

static void cells(const struct kind *kind, const struct json *object, int64_t now_ms,
                  struct json *cells) {
        (void)kind;
        cells_name(object, cells);
        cells_text(cells, json_text_at(json_get(object, "spec"), "holderIdentity"));
        cells_age(object, now_ms, cells);
}

const struct kind_hooks LEASE_HOOKS = { .validate = validate, .cells = cells };
