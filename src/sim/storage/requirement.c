#include "storage/requirement.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "llc/base/json.h"
#include "schema/names.h"

/* As Go's ParseInt: a sign and digits, nothing before or after them. */
static bool integer_parse(const char *text, long long *ret_value) {
        const char *digits = text + (text[0] == '-' || text[0] == '+');
        char *end;

        if (digits[0] < '0' || digits[0] > '9')
                return false;
        errno = 0;
        *ret_value = strtoll(text, &end, 10);
        return *end == '\0' && errno == 0;
}

static void add_invalid(struct field_errors *errors, const char *field, const char *value,
                        const char *detail) {
        JSON_CLEANUP struct json *text = json_new_string(bytes_of(value));

        field_error_add(errors, FIELD_ERROR_INVALID, field, text, "%s", detail);
}

static void add_invalid_values(struct field_errors *errors, const struct requirement *requirement,
                               const char *detail) {
        JSON_CLEANUP struct json *values = json_new_array();

        for (size_t i = 0; i < requirement->n_values; i++)
                json_append(values, json_new_string(bytes_of(requirement->values[i])));
        field_error_add(errors, FIELD_ERROR_INVALID, "values", values, "%s", detail);
}

static bool is_comparison(const struct requirement *requirement) {
        return requirement->op == REQUIRE_GREATER || requirement->op == REQUIRE_LESS;
}

int requirement_check(const struct requirement *requirement, struct arena *arena, struct err *err) {
        struct field_errors errors = { .arena = arena };
        const char *trouble = name_trouble(NAME_QUALIFIED, requirement->key, arena);
        bool is_set = requirement->op == REQUIRE_IN || requirement->op == REQUIRE_NOT_IN;
        long long number;

        if (trouble)
                add_invalid(&errors, "key", requirement->key, trouble);
        if (is_set && requirement->n_values == 0)
                add_invalid_values(&errors, requirement,
                                   "for 'in', 'notin' operators, values set can't be empty");
        if (!is_set && !is_comparison(requirement) && requirement->n_values > 0)
                add_invalid_values(&errors, requirement,
                                   "values set must be empty for exists and does not exist");
        if (is_comparison(requirement) && !integer_parse(requirement->values[0], &number))
                add_invalid(&errors, "values[0]", requirement->values[0],
                            "for 'Gt', 'Lt' operators, the value must be an integer");
        for (size_t i = 0; i < requirement->n_values; i++) {
                trouble = name_trouble(NAME_LABEL_VALUE, requirement->values[i], arena);
                if (trouble)
                        add_invalid(&errors,
                                    arena_printf(arena, "values[%zu][%s]", i, requirement->key),
                                    requirement->values[i], trouble);
        }
        return errors.n == 0 ? 0 : err_set(err, ERR_INVALID, "%s", field_errors_text(&errors));
}

static bool has_value(const struct requirement *requirement, const char *value) {
        for (size_t i = 0; i < requirement->n_values; i++)
                if (strcmp(requirement->values[i], value) == 0)
                        return true;
        return false;
}

bool requirement_holds(const struct requirement *requirement, const char *value) {
        long long number, bound;

        switch (requirement->op) {
        case REQUIRE_IN:
                return value && has_value(requirement, value);
        case REQUIRE_NOT_IN:
                return !value || !has_value(requirement, value);
        case REQUIRE_EXISTS:
                return value != NULL;
        case REQUIRE_ABSENT:
                return value == NULL;
        case REQUIRE_GREATER:
                return value && integer_parse(value, &number) &&
                       integer_parse(requirement->values[0], &bound) && number > bound;
        case REQUIRE_LESS:
                return value && integer_parse(value, &number) &&
                       integer_parse(requirement->values[0], &bound) && number < bound;
        }
        return false;
}
