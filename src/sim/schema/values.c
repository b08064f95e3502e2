#include "schema/values.h"

#include "schema/rune.h"
#include "schema/shown.h"

enum { LIST_MAX_BYTES = 1 << 20 };

static const char *const TYPE_NAMES[] = {
        [SCHEMA_ANY] = "",
        [SCHEMA_OBJECT] = "object",
        [SCHEMA_ARRAY] = "array",
        [SCHEMA_STRING] = "string",
        [SCHEMA_INTEGER] = "integer",
        [SCHEMA_NUMBER] = "number",
        [SCHEMA_BOOLEAN] = "boolean",
        [SCHEMA_INT_OR_STRING] = "integer,string",
};

static const char *kind_name(enum json_kind kind) {
        static const char *const names[] = {
                [JSON_NULL] = "\"null\"",     [JSON_BOOL] = "\"boolean\"",
                [JSON_INT] = "\"integer\"",   [JSON_DOUBLE] = "\"number\"",
                [JSON_STRING] = "\"string\"", [JSON_ARRAY] = "\"array\"",
                [JSON_OBJECT] = "\"object\"",
        };

        return names[kind];
}

/* Its integer part; beyond 2^63 it is not asked for. */
static double whole_part(double number) {
        if (number >= 9223372036854775808.0 || number <= -9223372036854775808.0)
                return number;
        return (double)(int64_t)number;
}

static double distance(double a, double b) {
        return a < b ? b - a : a - b;
}

/* As good as whole (1.0), up to where doubles tell integers apart. */
static bool is_whole(double number) {
        double whole = whole_part(number);

        return distance(number, 0) <= 9007199254740992.0 &&
               (number == whole ||
                distance(number, whole) < 1e-9 * (distance(number, 0) + distance(whole, 0)));
}

static bool has_type(const struct json *value, enum json_kind kind, enum schema_type type) {
        switch (type) {
        case SCHEMA_OBJECT:
                return kind == JSON_OBJECT;
        case SCHEMA_ARRAY:
                return kind == JSON_ARRAY;
        case SCHEMA_STRING:
                return kind == JSON_STRING;
        case SCHEMA_INTEGER:
                return kind == JSON_INT || (kind == JSON_DOUBLE && is_whole(json_as_number(value)));
        case SCHEMA_NUMBER:
                return kind == JSON_INT || kind == JSON_DOUBLE;
        case SCHEMA_BOOLEAN:
                return kind == JSON_BOOL;
        case SCHEMA_INT_OR_STRING:
                return kind == JSON_INT || kind == JSON_STRING ||
                       (kind == JSON_DOUBLE && is_whole(json_as_number(value)));
        case SCHEMA_ANY:
                return false;
        }
        return false;
}

/* A format of texts replaces the type: for a list too, which it then does not look at. */
static void check_formatted(struct findings *findings, const struct spot *spot,
                            enum json_kind kind) {
        enum schema_type type = spot->schema->type;
        const char *number = kind == JSON_INT      ? "\"int64\""
                             : kind == JSON_DOUBLE ? "\"float64\""
                                                   : "\"\"";
        bool is_number =
                type == SCHEMA_INTEGER || type == SCHEMA_NUMBER || type == SCHEMA_INT_OR_STRING;
        bool fits = has_type(spot->value, kind, type);

        if (!fits && kind != JSON_STRING && kind != JSON_ARRAY)
                found_in_body(findings, spot, FIELD_ERROR_TYPE, number, "must be of type %s: %s",
                              spot->schema->bounds->format_name, number);
        else if (!fits && is_number)
                found_in_body(findings, spot, FIELD_ERROR_TYPE, kind_name(kind),
                              "must be of type %s: %s", TYPE_NAMES[type], kind_name(kind));
        else
                findings->matches++;
}

void check_type(struct findings *findings, const struct spot *spot) {
        const struct schema *schema = spot->schema;
        enum json_kind kind = json_kind(spot->value);

        if (kind != JSON_NULL && schema->bounds && schema->bounds->format)
                check_formatted(findings, spot, kind);
        else if (schema->type == SCHEMA_ANY || has_type(spot->value, kind, schema->type) ||
                 (kind == JSON_NULL && schema->nullable))
                findings->matches++;
        else
                found_in_body(findings, spot, FIELD_ERROR_TYPE, kind_name(kind),
                              "must be of type %s: %s", TYPE_NAMES[schema->type], kind_name(kind));
}

/* Numbers are compared as what the allowed one is: 1.5 passes for 1. */
static bool is_same(const struct json *value, const struct json *allowed) {
        if (json_kind(value) == JSON_DOUBLE && json_kind(allowed) == JSON_INT)
                return whole_part(json_as_number(value)) == json_as_number(allowed);
        if (json_kind(value) == JSON_INT && json_kind(allowed) == JSON_DOUBLE)
                return json_as_number(value) == json_as_number(allowed);
        return json_equal(value, allowed);
}

/* JSON null is never among the allowed, even when they name it. */
static bool is_allowed(const struct json *value, const struct json *allowed) {
        for (size_t i = 0; value && i < json_length(allowed); i++)
                if (is_same(value, json_at(allowed, i)))
                        return true;
        return false;
}

static const char *allowed_text(const struct findings *findings, const struct json *allowed) {
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(LIST_MAX_BYTES);

        if (!findings->errors)
                return "";
        for (size_t i = 0; i < json_length(allowed); i++) {
                const struct json *one = json_at(allowed, i);
                struct strbuf plain STRBUF_CLEANUP = STRBUF_INIT(LIST_MAX_BYTES);

                if (json_kind(one) == JSON_STRING)
                        strbuf_append(&plain, json_as_string(one));
                else
                        shown_json(one, &plain);
                strbuf_puts(&text, i > 0 ? ", " : "");
                shown_text(strbuf_bytes(&plain), &text);
        }
        return arena_copy(findings->errors->arena, strbuf_bytes(&text));
}

void check_allowed(struct findings *findings, const struct spot *spot) {
        const struct schema_bounds *bounds = spot->schema->bounds;

        if (!bounds || !bounds->allowed || is_allowed(spot->value, bounds->allowed))
                return;
        found(findings, spot, FIELD_ERROR_NOT_SUPPORTED, found_value(findings, spot->value),
              "supported values: %s", allowed_text(findings, bounds->allowed));
}

void check_text(struct findings *findings, const struct spot *spot) {
        const struct schema_bounds *bounds = spot->schema->bounds;
        struct bytes text = json_as_string(spot->value);

        if (bounds->max_length.set && text.len > (size_t)bounds->max_length.value &&
            rune_count(text) > (size_t)bounds->max_length.value)
                found(findings, spot, FIELD_ERROR_TOO_LONG, NULL, "may not be more than %lld %s",
                      (long long)bounds->max_length.value,
                      bounds->max_length.value == 1 ? "byte" : "bytes");
        else if (bounds->min_length.set && rune_count(text) < (size_t)bounds->min_length.value)
                found_in_body(findings, spot, FIELD_ERROR_INVALID,
                              found_value(findings, spot->value),
                              "should be at least %lld chars long",
                              (long long)bounds->min_length.value);
        else if (bounds->pattern && !pattern_matches(bounds->pattern, text))
                found_in_body(findings, spot, FIELD_ERROR_INVALID,
                              found_value(findings, spot->value), "should match '%s'",
                              bounds->pattern_text);
        if (bounds->format) {
                findings->matches++;
                if (!format_matches(bounds->format, text))
                        found_in_body(findings, spot, FIELD_ERROR_TYPE,
                                      found_value(findings, spot->value), "must be of type %s: %s",
                                      bounds->format_name, found_value(findings, spot->value));
        }
}

/* Integers are compared with the integer part of a bound. */
static double bound_for(const struct json *value, double bound) {
        return json_kind(value) == JSON_INT ? whole_part(bound) : bound;
}

static const char *bound_text(const struct findings *findings, const struct json *value,
                              double bound) {
        if (json_kind(value) != JSON_INT || !findings->errors)
                return found_number(findings, bound);
        return arena_printf(findings->errors->arena, "%.0f", bound);
}

static void check_multiple(struct findings *findings, const struct spot *spot,
                           const struct number_bound *bound) {
        double factor = bound_for(spot->value, bound->value);

        if (factor <= 0) {
                const char *text = bound_text(findings, spot->value, factor);

                found(findings, spot, FIELD_ERROR_INVALID, text,
                      "factor MultipleOf declared for %s must be positive: %s",
                      found_path(findings, spot), text);
                return;
        }
        if (json_kind(spot->value) == JSON_INT ? json_as_int(spot->value) % (int64_t)factor != 0
                                               : !is_whole(json_as_number(spot->value) / factor))
                found_in_body(findings, spot, FIELD_ERROR_INVALID,
                              found_value(findings, spot->value), "should be a multiple of %s",
                              bound_text(findings, spot->value, factor));
}

void check_number(struct findings *findings, const struct spot *spot) {
        const struct schema_bounds *bounds = spot->schema->bounds;
        double number = json_as_number(spot->value);

        if (bounds->multiple_of.set)
                check_multiple(findings, spot, &bounds->multiple_of);
        if (bounds->minimum.set) {
                double bound = bound_for(spot->value, bounds->minimum.value);
                bool exclusive = bounds->minimum.exclusive;

                if (exclusive ? number <= bound : number < bound)
                        found_in_body(findings, spot, FIELD_ERROR_INVALID,
                                      found_value(findings, spot->value),
                                      "should be greater than %s%s",
                                      exclusive ? "" : "or equal to ",
                                      bound_text(findings, spot->value, bound));
        }
        if (bounds->maximum.set) {
                double bound = bound_for(spot->value, bounds->maximum.value);
                bool exclusive = bounds->maximum.exclusive;

                if (exclusive ? number >= bound : number > bound)
                        found_in_body(findings, spot, FIELD_ERROR_INVALID,
                                      found_value(findings, spot->value),
                                      "should be less than %s%s", exclusive ? "" : "or equal to ",
                                      bound_text(findings, spot->value, bound));
        }
}
