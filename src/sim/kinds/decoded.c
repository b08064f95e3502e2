#include "kinds/decoded.h"

#include <ctype.h>
#include <string.h>

#include "kinds/base64.h"
#include "kinds/quantity.h"
#include "llc/base/timestamp.h"

enum { SECONDS_LEN = sizeof("2006-01-02T15:04:05") - 1, MICRO_DIGITS = 6, AMOUNT_MAX = 1024 };

static bool keeps_zero(const struct schema *schema) {
        return schema->type == SCHEMA_INT_OR_STRING || json_has(schema->source, "x-llc-zero");
}

static bool is_map(const struct schema *schema) {
        return schema->additional && schema->n_properties == 0;
}

static bool is_zero(const struct schema *schema, const struct json *value) {
        switch (json_kind(value)) {
        case JSON_NULL:
                return true;
        case JSON_BOOL:
                return schema->type == SCHEMA_BOOLEAN && !json_as_bool(value);
        case JSON_INT:
                return (schema->type == SCHEMA_INTEGER || schema->type == SCHEMA_NUMBER) &&
                       json_as_int(value) == 0;
        case JSON_STRING:
                return schema->type == SCHEMA_STRING && json_as_string(value).len == 0;
        case JSON_ARRAY:
                return schema->type == SCHEMA_ARRAY && json_length(value) == 0;
        case JSON_OBJECT:
                return is_map(schema) && json_length(value) == 0;
        case JSON_DOUBLE:
                break;
        }
        return false;
}

/* Each gives the canonical form in *ret_value, NULL = as it is. */
static int decoded_amount(const struct json *value, struct json **ret_value, struct err *err) {
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(AMOUNT_MAX);
        struct quantity quantity;

        if (json_kind(value) != JSON_STRING && json_kind(value) != JSON_INT &&
            json_kind(value) != JSON_DOUBLE)
                return 0;
        if (!quantity_parse(value, &quantity))
                return err_set(err, ERR_INVALID,
                               "quantities must match the regular expression "
                               "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
        quantity_store(&quantity, value, &text);
        if (json_kind(value) != JSON_STRING ||
            !bytes_equal(json_as_string(value), strbuf_bytes(&text)))
                *ret_value = json_new_string(strbuf_bytes(&text));
        return 0;
}

static int refuse_time(const char *text, const char *layout, const char *rest, const char *part,
                       struct err *err) {
        return err_set(err, ERR_INVALID,
                       "parsing time \"%s\" as \"%s\": cannot parse \"%s\" as \"%s\"", text, layout,
                       rest, part);
}

static int decoded_time(const struct json *value, struct json **ret_value, struct err *err) {
        struct bytes text = json_as_string(value);
        char canonical[TIMESTAMP_SIZE];
        struct err ignored;
        int64_t ms;

        if (timestamp_parse(text, &ms, &ignored) < 0)
                return refuse_time(text.ptr, "2006-01-02T15:04:05Z07:00", text.ptr, "2006", err);
        if (!bytes_is(text, timestamp_format(ms, canonical)))
                *ret_value = json_new_string(bytes_of(canonical));
        return 0;
}

/* Six digits of a second, no more and no less. */
static int decoded_micro_time(const struct json *value, struct err *err) {
        static const char layout[] = "2006-01-02T15:04:05.000000Z07:00";
        struct bytes text = json_as_string(value);
        struct err ignored;
        const char *rest;
        size_t digits = 0;
        int64_t ms;

        if (timestamp_parse(text, &ms, &ignored) < 0)
                return refuse_time(text.ptr, layout, text.ptr, "2006", err);
        rest = text.ptr + SECONDS_LEN;
        if (*rest == '.')
                while (isdigit((unsigned char)rest[1 + digits]))
                        digits++;
        if (digits != MICRO_DIGITS)
                return refuse_time(text.ptr, layout, rest, ".000000", err);
        return 0;
}

static int decoded_bytes(const struct json *value, struct err *err) {
        size_t at;

        if (!base64_is(json_as_string(value), &at))
                return err_set(err, ERR_INVALID, "illegal base64 data at input byte %zu", at);
        return 0;
}

static int decoded_text(const struct schema *schema, const struct json *value,
                        struct json **ret_value, struct err *err) {
        const struct json *format = json_get(schema->source, "format");
        struct bytes name;

        if (json_kind(value) != JSON_STRING || json_kind(format) != JSON_STRING)
                return 0;
        name = json_as_string(format);
        if (bytes_is(name, "date-time"))
                return decoded_time(value, ret_value, err);
        if (bytes_is(name, "date-time-micro"))
                return decoded_micro_time(value, err);
        return bytes_is(name, "byte") ? decoded_bytes(value, err) : 0;
}

static bool is_amount(const struct schema *schema) {
        const struct json *format = json_get(schema->source, "format");

        return json_kind(format) == JSON_STRING && bytes_is(json_as_string(format), "quantity");
}

static int decoded_member(const struct schema *schema, struct json *object, const char *name,
                          const struct json *value, struct err *err) {
        struct json *canonical = NULL;

        if (json_kind(value) == JSON_OBJECT || json_kind(value) == JSON_ARRAY)
                return decoded_object(schema, json_get_mut(object, name), err);
        if (schema->type == SCHEMA_INT_OR_STRING && is_amount(schema)) {
                if (decoded_amount(value, &canonical, err) < 0)
                        return -1;
        } else if (schema->type == SCHEMA_STRING) {
                if (decoded_text(schema, value, &canonical, err) < 0)
                        return -1;
        }
        if (canonical)
                json_set(object, name, canonical);
        return 0;
}

/* What Go has no omitempty for, and no value of its own: null says that there is none. */
static void add_nulls(const struct schema *schema, struct json *object) {
        for (size_t i = 0; i < schema->n_properties; i++) {
                const struct schema_property *property = &schema->properties[i];
                const struct json *value;

                if (!property->schema->nullable || !keeps_zero(property->schema))
                        continue;
                value = json_get(object, property->name);
                if (value ? json_kind(value) == JSON_ARRAY && json_length(value) == 0
                          : !json_has(object, property->name))
                        json_set(object, property->name, NULL);
        }
}

/* Values of maps are data, zero or not; so is what no schema names. */
static int decoded_members(const struct schema *schema, struct json *object, struct err *err) {
        const struct json *value, *next_value = NULL;
        const char *name, *next_name = NULL;
        void *cursor = NULL;
        bool more = json_next(object, &cursor, &next_name, &next_value);

        while (more) {
                const struct schema *property, *member;

                name = next_name;
                value = next_value;
                more = json_next(object, &cursor, &next_name, &next_value);
                property = schema_property(schema, name);
                member = property ? property : schema->additional;
                if (!member)
                        continue;
                if (property && is_zero(property, value) && (!value || !keeps_zero(property)))
                        json_remove(object, name);
                else if (decoded_member(member, object, name, value, err) < 0)
                        return -1;
        }
        add_nulls(schema, object);
        return 0;
}

int decoded_object(const struct schema *schema, struct json *object, struct err *err) {
        switch (json_kind(object)) {
        case JSON_OBJECT:
                return decoded_members(schema, object, err);
        case JSON_ARRAY:
                for (size_t i = 0; schema->items && i < json_length(object); i++)
                        if (decoded_object(schema->items, json_at_mut(object, i), err) < 0)
                                return -1;
                return 0;
        case JSON_NULL:
        case JSON_BOOL:
        case JSON_INT:
        case JSON_DOUBLE:
        case JSON_STRING:
                break;
        }
        return 0;
}
