#include "storage/selector.h"

#include "storage/requirement.h"

static const struct selector NOTHING = { .nothing = true };

static struct selector *selector_new(struct arena *arena, struct requirement *requirements,
                                     size_t n) {
        struct selector *selector = ARENA_NEW(arena, struct selector);

        selector->requirements = requirements;
        selector->n_requirements = n;
        return selector;
}

static int text_of(const struct json *json, const char *what, struct arena *arena,
                   const char **ret_text, struct err *err) {
        if (json_kind(json) != JSON_STRING)
                return err_set(err, ERR_INVALID, "%s must be a string", what);
        *ret_text = arena_copy(arena, json_as_string(json));
        return 0;
}

/* A value that is no string selects the empty one: a stored object has none such. */
static size_t add_equal(const struct json *labels, struct requirement *requirements,
                        struct arena *arena) {
        void *cursor = NULL;
        const char *key;
        const struct json *value;
        size_t n = 0;

        while (json_next(labels, &cursor, &key, &value)) {
                const char **values = ARENA_NEW_ARRAY(arena, const char *, 1);

                values[0] = json_kind(value) == JSON_STRING
                                    ? arena_copy(arena, json_as_string(value))
                                    : "";
                requirements[n++] = (struct requirement){
                        .key = arena_strdup(arena, key),
                        .op = REQUIRE_IN,
                        .values = values,
                        .n_values = 1,
                };
        }
        return n;
}

static int operator_of(const char *text, enum requirement_operator *ret_op, struct err *err) {
        static const struct {
                const char *text;
                enum requirement_operator op;
        } operators[] = {
                { "In", REQUIRE_IN },
                { "NotIn", REQUIRE_NOT_IN },
                { "Exists", REQUIRE_EXISTS },
                { "DoesNotExist", REQUIRE_ABSENT },
        };

        for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++)
                if (text_equal(text, operators[i].text)) {
                        *ret_op = operators[i].op;
                        return 0;
                }
        return err_set(err, ERR_INVALID, "\"%s\" is not a valid label selector operator", text);
}

static int expression_read(const struct json *expression, struct arena *arena,
                           struct requirement *ret_requirement, struct err *err) {
        const struct json *items = json_get(expression, "values");
        size_t n = json_kind(items) == JSON_ARRAY ? json_length(items) : 0;
        const char **values = ARENA_NEW_ARRAY(arena, const char *, n);
        struct requirement requirement = { .values = values, .n_values = n };
        const char *op;

        if (text_of(json_get(expression, "key"), "key", arena, &requirement.key, err) < 0 ||
            text_of(json_get(expression, "operator"), "operator", arena, &op, err) < 0 ||
            operator_of(op, &requirement.op, err) < 0)
                return -1;
        for (size_t i = 0; i < n; i++)
                if (text_of(json_at(items, i), "values", arena, &values[i], err) < 0)
                        return -1;
        *ret_requirement = requirement;
        return 0;
}

int selector_of_json(const struct json *label_selector, struct arena *arena,
                     const struct selector **ret_selector, struct err *err) {
        const struct json *labels = json_get(label_selector, "matchLabels");
        const struct json *expressions = json_get(label_selector, "matchExpressions");
        size_t n_labels = json_kind(labels) == JSON_OBJECT ? json_length(labels) : 0;
        size_t n_expressions = json_kind(expressions) == JSON_ARRAY ? json_length(expressions) : 0;
        struct requirement *requirements;

        if (json_kind(label_selector) != JSON_OBJECT) {
                *ret_selector = &NOTHING;
                return 0;
        }
        requirements = ARENA_NEW_ARRAY(arena, struct requirement, n_labels + n_expressions);
        add_equal(labels, requirements, arena);
        for (size_t i = 0; i < n_expressions; i++)
                if (expression_read(json_at(expressions, i), arena, &requirements[n_labels + i],
                                    err) < 0)
                        return -1;
        for (size_t i = 0; i < n_labels + n_expressions; i++)
                if (requirement_check(&requirements[i], arena, err) < 0)
                        return -1;
        *ret_selector = selector_new(arena, requirements, n_labels + n_expressions);
        return 0;
}

const struct selector *selector_of_map(const struct json *labels, struct arena *arena) {
        struct requirement *requirements;

        if (json_kind(labels) != JSON_OBJECT || json_length(labels) == 0)
                return &NOTHING;
        requirements = ARENA_NEW_ARRAY(arena, struct requirement, json_length(labels));
        return selector_new(arena, requirements, add_equal(labels, requirements, arena));
}

bool selector_matches(const struct selector *selector, const char *labels) {
        for (size_t i = 0; i < selector->n_requirements; i++) {
                const struct requirement *requirement = &selector->requirements[i];

                if (!requirement_holds(requirement, labels_value(labels, requirement->key)))
                        return false;
        }
        return !selector->nothing;
}

bool selector_matches_json(const struct selector *selector, const struct json *labels) {
        for (size_t i = 0; i < selector->n_requirements; i++) {
                const struct requirement *requirement = &selector->requirements[i];
                const struct json *value = json_get(labels, requirement->key);

                if (!requirement_holds(requirement, json_kind(value) == JSON_STRING
                                                            ? json_as_string(value).ptr
                                                            : NULL))
                        return false;
        }
        return !selector->nothing;
}
