#include "kinds/selector_check.h"

#include <string.h>

#include "kinds/field_checks.h"
#include "kinds/member.h"
#include "kinds/syntax.h"

static void check_expression(const struct json *one, const char *at, struct field_errors *errors) {
        const char *operator_ = json_text_at(one, "operator");
        const char *values_at = arena_printf(errors->arena, "%s.values", at);
        size_t n = json_length(member_array(one, "values"));

        if (strcmp(operator_, "In") == 0 || strcmp(operator_, "NotIn") == 0) {
                if (n == 0)
                        field_error_add(errors, FIELD_ERROR_REQUIRED, values_at, NULL, "%s",
                                        "must be specified when `operator` is 'In' or 'NotIn'");
        } else if (strcmp(operator_, "Exists") == 0 || strcmp(operator_, "DoesNotExist") == 0) {
                if (n > 0)
                        field_error_add(errors, FIELD_ERROR_FORBIDDEN, values_at, NULL, "%s",
                                        "may not be specified when `operator` is 'Exists' or "
                                        "'DoesNotExist'");
        } else if (member_of_kind(one, "operator", JSON_STRING)) {
                field_error_add(errors, FIELD_ERROR_INVALID,
                                arena_printf(errors->arena, "%s.operator", at),
                                json_get(one, "operator"), "%s", "not a valid selector operator");
        }
        if (member_of_kind(one, "key", JSON_STRING))
                syntax_check(SYNTAX_QUALIFIED_NAME, json_text_at(one, "key"),
                             arena_printf(errors->arena, "%s.key", at), errors);
}

void selector_check(const struct json *selector, const char *at, struct field_errors *errors) {
        const struct json *expressions = member_array(selector, "matchExpressions");
        const struct json *labels = member_object(selector, "matchLabels");

        if (labels)
                check_labels(labels, field_under(errors, at, "matchLabels"), errors);
        for (size_t i = 0; i < json_length(expressions); i++)
                check_expression(json_at(expressions, i),
                                 arena_printf(errors->arena, "%s.matchExpressions[%zu]", at, i),
                                 errors);
}
