/*
 * Nearly all values are in order, so they are first only looked through: nothing is written and
 * nothing compared. Only when something is wrong a second walk finds the words, and what was wrong
 * before.
 *
 * Order and number of errors follow kube-openapi's validators, one after the other for each value,
 * with their count of what matched: among alternatives (anyOf) that all fail, the errors of the one
 * that matched most are told.
 */
#include "schema/before.h"
#include "schema/values.h"

static void check_value(struct findings *findings, const struct spot *spot);

/* A member or an item: what did not change since it was stored is let pass. */
static void check_part(struct findings *findings, const struct spot *spot) {
        size_t n = findings->n, n_errors = findings->errors ? findings->errors->n : 0;

        check_value(findings, spot);
        if (findings->n == n || !spot->stored ||
            !before_equal(spot->schema, spot->value, spot->before))
                return;
        findings->n = n;
        if (findings->errors)
                findings->errors->n = n_errors;
}

static void check_size(struct findings *findings, const struct spot *spot, size_t size,
                       const struct size_bound *min, const struct size_bound *max,
                       const char *noun) {
        if (min->set && size < (size_t)min->value)
                found_in_body(findings, spot, FIELD_ERROR_INVALID, found_size(findings, size),
                              "should have at least %lld %s", (long long)min->value, noun);
        if (max->set && size > (size_t)max->value)
                found(findings, spot, FIELD_ERROR_TOO_MANY, found_size(findings, size),
                      "must have at most %lld %s", (long long)max->value,
                      max->value == 1 ? "item" : "items");
}

static void check_array(struct findings *findings, const struct spot *spot) {
        const struct schema *schema = spot->schema;
        size_t n = json_length(spot->value);

        for (size_t i = 0; schema->items && i < n; i++) {
                struct path at = path_index(spot->at, i);
                struct spot item = { .schema = schema->items,
                                     .value = json_at(spot->value, i),
                                     .at = &at };

                if (spot->stored)
                        item.before = before_item(schema, spot->before, item.value);
                item.stored = item.before != NULL;
                check_part(findings, &item);
        }
        if (schema->bounds)
                check_size(findings, spot, n, &schema->bounds->min_items,
                           &schema->bounds->max_items, "items");
        findings->matches++;
}

static void check_object(struct findings *findings, const struct spot *spot) {
        const struct schema_bounds *bounds = spot->schema->bounds;
        const struct json *value;
        const char *name;
        void *cursor = NULL;

        if (bounds)
                check_size(findings, spot, json_length(spot->value), &bounds->min_properties,
                           &bounds->max_properties, "properties");
        while (json_next(spot->value, &cursor, &name, &value)) {
                struct path at = path_member(spot->at, name);
                struct spot member = { .schema = schema_member(spot->schema, name),
                                       .value = value,
                                       .at = &at };

                if (!member.schema)
                        continue;
                if (spot->stored) {
                        member.before = json_get(spot->before, name);
                        member.stored = json_has(spot->before, name);
                }
                check_part(findings, &member);
        }
        for (size_t i = 0; bounds && i < bounds->n_required; i++) {
                struct path at = path_member(spot->at, bounds->required[i]);
                struct spot missing = { .at = &at };

                if (!json_has(spot->value, bounds->required[i]))
                        found(findings, &missing, FIELD_ERROR_REQUIRED, NULL, "%s", "");
        }
}

/* Within an alternative nothing is let pass for having been there before. */
static void tell(struct findings *findings, const struct spot *spot, const struct schema *schema) {
        check_value(findings,
                    &(struct spot){ .schema = schema, .value = spot->value, .at = spot->at });
}

/* How it fares, without a word. */
static struct findings tried(const struct spot *spot, const struct schema *schema) {
        struct findings findings = { .errors = NULL };

        tell(&findings, spot, schema);
        return findings;
}

static void check_any_of(struct findings *findings, const struct spot *spot) {
        const struct schema_bounds *bounds = spot->schema->bounds;
        const struct schema *best = NULL;
        size_t best_matches = 0;

        for (size_t i = 0; i < bounds->n_any_of; i++) {
                struct findings one = tried(spot, bounds->any_of[i]);

                if (one.n == 0) {
                        findings->matches += one.matches;
                        return;
                }
                if (!best || one.matches > best_matches) {
                        best = bounds->any_of[i];
                        best_matches = one.matches;
                }
        }
        found_of_all(findings, spot, "must validate at least one schema (anyOf)");
        if (best)
                tell(findings, spot, best);
}

static void check_one_of(struct findings *findings, const struct spot *spot) {
        const struct schema_bounds *bounds = spot->schema->bounds;
        const struct schema *best = NULL;
        size_t best_matches = 0, valid = 0, valid_matches = 0;

        for (size_t i = 0; i < bounds->n_one_of; i++) {
                struct findings one = tried(spot, bounds->one_of[i]);

                if (one.n == 0 && valid++ == 0)
                        valid_matches = one.matches;
                if (one.n > 0 && (!best || one.matches > best_matches)) {
                        best = bounds->one_of[i];
                        best_matches = one.matches;
                }
        }
        if (valid == 1) {
                findings->matches += valid_matches;
        } else if (valid > 1) {
                found_of_all(findings, spot,
                             "must validate one and only one schema (oneOf). Found %zu valid "
                             "alternatives",
                             valid);
        } else {
                found_of_all(findings, spot,
                             "must validate one and only one schema (oneOf). Found none valid");
                if (best)
                        tell(findings, spot, best);
        }
}

static void check_all_of(struct findings *findings, const struct spot *spot) {
        const struct schema_bounds *bounds = spot->schema->bounds;
        size_t valid = 0;

        for (size_t i = 0; i < bounds->n_all_of; i++) {
                size_t n = findings->n;

                tell(findings, spot, bounds->all_of[i]);
                valid += findings->n == n;
        }
        if (valid < bounds->n_all_of)
                found_of_all(findings, spot, "must validate all the schemas (allOf)%s",
                             valid == 0 ? ". None validated" : "");
}

static void check_combined(struct findings *findings, const struct spot *spot) {
        const struct schema_bounds *bounds = spot->schema->bounds;

        if (bounds->n_any_of > 0)
                check_any_of(findings, spot);
        if (bounds->n_one_of > 0)
                check_one_of(findings, spot);
        if (bounds->n_all_of > 0)
                check_all_of(findings, spot);
        if (bounds->not_ && tried(spot, bounds->not_).n == 0)
                found_of_all(findings, spot, "must not validate the schema (not)");
}

static void check_value(struct findings *findings, const struct spot *spot) {
        const struct schema *schema = spot->schema;
        enum json_kind kind = json_kind(spot->value);
        bool typed = schema->type != SCHEMA_ANY || (schema->bounds && schema->bounds->format);

        if (typed || kind == JSON_NULL)
                check_type(findings, spot);
        if (kind == JSON_NULL) {
                check_allowed(findings, spot);
                return;
        }
        if (schema->bounds)
                check_combined(findings, spot);
        if (schema->bounds && kind == JSON_STRING)
                check_text(findings, spot);
        if (schema->bounds && (kind == JSON_INT || kind == JSON_DOUBLE))
                check_number(findings, spot);
        if (kind == JSON_ARRAY)
                check_array(findings, spot);
        if (schema->bounds)
                check_allowed(findings, spot);
        if (kind == JSON_OBJECT)
                check_object(findings, spot);
        /* type; alternatives twice; enum; the value's own kind, twice for numbers; the schema */
        findings->matches += 4 + typed;
        if (kind == JSON_INT || kind == JSON_DOUBLE)
                findings->matches += 2;
        else if (kind != JSON_BOOL)
                findings->matches++;
}

static void validate(const struct spot *spot, const char *parent, struct field_errors *errors) {
        struct findings findings = { .errors = errors, .first = errors->n, .parent = parent };
        struct findings looked = { .errors = NULL };
        struct spot alone = *spot;

        alone.stored = false;
        check_value(&looked, &alone);
        if (looked.n > 0)
                check_part(&findings, spot);
}

void schema_validate(const struct schema *schema, const struct json *value,
                     const struct json *before, struct field_errors *errors) {
        struct spot spot = { schema, value, before, before != NULL, NULL };

        validate(&spot, NULL, errors);
}

void schema_validate_status(const struct schema *schema, const struct json *value,
                            const struct json *before, struct field_errors *errors) {
        struct spot spot = {
                .schema = schema_property(schema, "status"),
                .value = json_get(value, "status"),
                .before = json_get(before, "status"),
                .stored = json_has(before, "status"),
        };

        if (spot.schema && json_has(value, "status"))
                validate(&spot, "status", errors);
}
