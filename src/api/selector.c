#include "llc/api/selector.h"

#include <string.h>

#include "llc/api/meta.h"
#include "table.h"

static const char *const selector_operators[] = { "In", "NotIn", "Exists", "DoesNotExist", NULL };

static const struct field selector_expression_fields[] = {
        ROW_STR(selector_expression, key, "key", .flags = FIELD_REQUIRED),
        ROW_ENUM(selector_expression, operator_, "operator", selector_operators),
        ROW_STR_LIST(selector_expression, values, "values"),
};

static const struct type selector_expression_type =
        TABLE_TYPE(selector_expression, selector_expression_fields);

static const struct field label_selector_fields[] = {
        ROW_STR_MAP(label_selector, match_labels, "matchLabels"),
        ROW_LIST(label_selector, match_expressions, "matchExpressions", selector_expression),
};

const struct type label_selector_type = TABLE_TYPE(label_selector, label_selector_fields);

static bool values_have(const struct selector_expression *expression, const char *value) {
        for (size_t i = 0; i < expression->n_values; i++)
                if (strcmp(expression->values[i], value) == 0)
                        return true;
        return false;
}

static bool expression_matches(const struct selector_expression *expression, const char *value) {
        switch ((enum selector_operator)expression->operator_) {
        case SELECTOR_IN:
                return value && values_have(expression, value);
        case SELECTOR_NOT_IN:
                return !value || !values_have(expression, value);
        case SELECTOR_EXISTS:
                return value;
        case SELECTOR_DOES_NOT_EXIST:
                return !value;
        }
        return false;
}

bool label_selector_matches(const struct label_selector *selector, const struct str_pair *labels,
                            size_t n_labels) {
        for (size_t i = 0; i < selector->n_match_labels; i++) {
                const struct str_pair *want = &selector->match_labels[i];
                const char *value = str_pairs_get(labels, n_labels, want->key);

                if (!value || strcmp(value, want->value) != 0)
                        return false;
        }
        for (size_t i = 0; i < selector->n_match_expressions; i++) {
                const struct selector_expression *expression = &selector->match_expressions[i];

                if (!expression_matches(expression,
                                        str_pairs_get(labels, n_labels, expression->key)))
                        return false;
        }
        return true;
}
