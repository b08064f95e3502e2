/*
 * Each step turns the values found so far into those of the next (k8s.io/client-go/util/jsonpath,
 * with missing keys allowed). A path is short and read anew each time; with no values to begin with,
 * reading is all that is left of it.
 */
#include "kinds/jsonpath.h"

#include <stdlib.h>
#include <string.h>

#include "llc/base/arena.h"

enum { NUMBER_MAX = 400, DEPTH_MAX = 4 };

struct values {
        const struct json **items;
        size_t n, cap;
};

struct reader {
        const char *at;
        struct arena *arena;
        unsigned depth; /* filters within filters */
};

enum comparison { EXISTS, EQUAL, DIFFERENT, LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL };

static const struct {
        const char *sign;
        enum comparison comparison;
} COMPARISONS[] = {
        { "==", EQUAL }, { "!=", DIFFERENT }, { "<=", LESS_OR_EQUAL }, { ">=", GREATER_OR_EQUAL },
        { "<", LESS },   { ">", GREATER },
};

/* What is compared: JSON_BOOL, JSON_DOUBLE for any number, JSON_STRING; JSON_NULL: nothing. */
struct operand {
        enum json_kind kind;
        bool truth;
        double number;
        struct bytes text;
};

static bool walk(struct reader *reader, struct values *values);

static void values_add(struct reader *reader, struct values *values, const struct json *value) {
        const struct json **larger;

        if (values->n == values->cap) {
                values->cap = values->cap ? 2 * values->cap : 4;
                larger = ARENA_NEW_ARRAY(reader->arena, const struct json *, values->cap);
                if (values->n > 0)
                        memcpy(larger, values->items, values->n * sizeof(const struct json *));
                values->items = larger;
        }
        values->items[values->n++] = value;
}

static bool take(struct reader *reader, const char *text) {
        size_t n = strlen(text);

        while (*reader->at == ' ')
                reader->at++;
        if (strncmp(reader->at, text, n) != 0)
                return false;
        reader->at += n;
        return true;
}

/* Up to one of ends, a backslash taking the next character as it is; NULL when it is empty. */
static const char *take_name(struct reader *reader, const char *ends) {
        const char *start = reader->at;
        char *name = arena_alloc(reader->arena, strlen(start) + 1);
        size_t n = 0;

        while (*reader->at && !strchr(ends, *reader->at)) {
                if (*reader->at == '\\' && reader->at[1])
                        reader->at++;
                name[n++] = *reader->at++;
        }
        return reader->at > start ? name : NULL;
}

/* 'text' or "text" */
static const char *take_quoted(struct reader *reader) {
        const char *quote = take(reader, "'") ? "'" : take(reader, "\"") ? "\"" : NULL;
        const char *text;

        if (!quote)
                return NULL;
        text = take_name(reader, quote);
        return take(reader, quote) ? (text ? text : "") : NULL;
}

static bool take_int(struct reader *reader, int64_t *ret) {
        char *end;

        while (*reader->at == ' ')
                reader->at++;
        *ret = strtoll(reader->at, &end, 10);
        if (end == reader->at || *ret > INT32_MAX || *ret < -INT32_MAX)
                return false;
        reader->at = end;
        return true;
}

static void step_name(struct reader *reader, struct values *values, const char *name) {
        struct values found = { .n = 0 };

        for (size_t i = 0; i < values->n; i++)
                if (json_has(values->items[i], name))
                        values_add(reader, &found, json_get(values->items[i], name));
        *values = found;
}

static void step_all(struct reader *reader, struct values *values) {
        struct values found = { .n = 0 };
        const struct json *member;
        const char *key;

        for (size_t i = 0; i < values->n; i++) {
                const struct json *value = values->items[i];
                void *cursor = NULL;

                if (json_kind(value) == JSON_ARRAY)
                        for (size_t j = 0; j < json_length(value); j++)
                                values_add(reader, &found, json_at(value, j));
                else if (json_kind(value) == JSON_OBJECT)
                        while (json_next(value, &cursor, &key, &member))
                                values_add(reader, &found, member);
        }
        *values = found;
}

/* Items from first up to end; below 0 counts from the array's end. False: there are not so many. */
static bool step_slice(struct reader *reader, struct values *values, int64_t first,
                       const int64_t *end_or_null) {
        struct values found = { .n = 0 };

        for (size_t i = 0; i < values->n; i++) {
                const struct json *value = values->items[i];
                int64_t n, from, end;

                if (!value)
                        continue;
                if (json_kind(value) != JSON_ARRAY)
                        return false;
                n = (int64_t)json_length(value);
                from = first < 0 ? first + n : first;
                end = !end_or_null ? n : *end_or_null < 0 ? *end_or_null + n : *end_or_null;
                if (from == end)
                        continue;
                if (from < 0 || from >= n || end < from || end > n)
                        return false;
                for (int64_t at = from; at < end; at++)
                        values_add(reader, &found, json_at(value, (size_t)at));
        }
        *values = found;
        return true;
}

/* [3] [-1] [1:3] [:2] [1:] */
static bool read_slice(struct reader *reader, struct values *values) {
        int64_t first = 0, end = 0;
        bool has_first = take_int(reader, &first);
        bool ranges = take(reader, ":"), has_end = ranges && take_int(reader, &end);

        if (!take(reader, "]") || (!has_first && !ranges))
                return false;
        if (ranges)
                return step_slice(reader, values, first, has_end ? &end : NULL);
        end = first + 1;
        return step_slice(reader, values, first, end == 0 ? NULL : &end);
}

static double number_of(const struct json *json) {
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(NUMBER_MAX);

        json_write(json, &text);
        return strtod(strbuf_str(&text), NULL);
}

static struct operand operand_of(const struct json *json) {
        struct operand operand = { .kind = json_kind(json) };

        switch (operand.kind) {
        case JSON_BOOL:
                operand.truth = json_as_bool(json);
                break;
        case JSON_INT:
        case JSON_DOUBLE:
                operand.kind = JSON_DOUBLE;
                operand.number = number_of(json);
                break;
        case JSON_STRING:
                operand.text = json_as_string(json);
                break;
        case JSON_NULL:
        case JSON_ARRAY:
        case JSON_OBJECT:
                operand.kind = JSON_NULL;
                break;
        }
        return operand;
}

/* A text, a number, true or false. */
static bool read_literal(struct reader *reader, struct operand *ret) {
        const char *text = take_quoted(reader);
        char *end;

        if (text) {
                *ret = (struct operand){ .kind = JSON_STRING, .text = bytes_of(text) };
                return true;
        }
        if (take(reader, "true"))
                *ret = (struct operand){ .kind = JSON_BOOL, .truth = true };
        else if (take(reader, "false"))
                *ret = (struct operand){ .kind = JSON_BOOL };
        else {
                *ret = (struct operand){ .kind = JSON_DOUBLE, .number = strtod(reader->at, &end) };
                if (end == reader->at)
                        return false;
                reader->at = end;
        }
        return true;
}

static int texts_order(struct bytes a, struct bytes b) {
        size_t n = a.len < b.len ? a.len : b.len;
        int order = n > 0 ? memcmp(a.ptr, b.ptr, n) : 0;

        return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

/* False when the two cannot be compared so; true with *ret_passes. */
static bool compare(enum comparison comparison, const struct operand *a, const struct operand *b,
                    bool *ret_passes) {
        int order = 0;

        if (a->kind != b->kind || a->kind == JSON_NULL)
                return false;
        if (a->kind == JSON_BOOL) {
                if (comparison != EQUAL && comparison != DIFFERENT)
                        return false;
                order = a->truth - b->truth;
        } else if (a->kind == JSON_STRING)
                order = texts_order(a->text, b->text);
        else
                order = (a->number > b->number) - (a->number < b->number);
        *ret_passes = comparison == EQUAL              ? order == 0
                      : comparison == DIFFERENT        ? order != 0
                      : comparison == LESS             ? order < 0
                      : comparison == LESS_OR_EQUAL    ? order <= 0
                      : comparison == GREATER          ? order > 0
                      : comparison == GREATER_OR_EQUAL ? order >= 0
                                                       : false;
        return true;
}

/* "@.a" of the item; reader goes on behind it. false: it cannot be. */
static bool path_of_item(struct reader *reader, const struct json *const *item,
                         struct values *ret) {
        *ret = (struct values){ .n = 0 };
        if (!take(reader, "@"))
                return false;
        if (item)
                values_add(reader, ret, *item);
        return walk(reader, ret);
}

/*
 * What stands in "[?(" … ")]", asked of an item; item NULL: only read.
 * False: it cannot be read or compared.
 */
static bool filter_passes(struct reader *reader, const struct json *const *item, bool *ret_passes) {
        enum comparison comparison = EXISTS;
        struct operand left, right;
        struct values found;

        if (!path_of_item(reader, item, &found))
                return false;
        for (size_t i = 0; comparison == EXISTS && i < sizeof(COMPARISONS) / sizeof(COMPARISONS[0]);
             i++)
                if (take(reader, COMPARISONS[i].sign))
                        comparison = COMPARISONS[i].comparison;
        *ret_passes = found.n > 0;
        if (comparison == EXISTS || found.n != 1) {
                *ret_passes &= comparison == EXISTS;
                return comparison == EXISTS || (found.n == 0 && read_literal(reader, &right));
        }
        left = operand_of(found.items[0]);
        return read_literal(reader, &right) && compare(comparison, &left, &right, ret_passes);
}

/* After "[?(". */
static bool step_filter(struct reader *reader, struct values *values) {
        struct values found = { .n = 0 };
        const char *start = reader->at;
        bool passes;

        if (reader->depth++ > DEPTH_MAX || !filter_passes(reader, NULL, &passes) ||
            !take(reader, ")") || !take(reader, "]"))
                return false;
        for (size_t i = 0; i < values->n; i++) {
                const struct json *list = values->items[i];

                if (json_kind(list) != JSON_ARRAY)
                        return false;
                for (size_t j = 0; j < json_length(list); j++) {
                        struct reader again = *reader;
                        const struct json *item = json_at(list, j);

                        again.at = start;
                        if (!filter_passes(&again, &item, &passes))
                                return false;
                        if (passes)
                                values_add(reader, &found, item);
                }
        }
        reader->depth--;
        *values = found;
        return true;
}

/* After "['": "a.b" is a's b here too, unless a backslash is before the point. */
static bool step_quoted(struct reader *reader, struct values *values) {
        const char *name;

        do {
                name = take_name(reader, "'.");
                if (!name)
                        return false;
                step_name(reader, values, name);
        } while (take(reader, "."));
        return take(reader, "'") && take(reader, "]");
}

static bool step_bracket(struct reader *reader, struct values *values) {
        if (take(reader, "?("))
                return step_filter(reader, values);
        if (take(reader, "*")) {
                step_all(reader, values);
                return take(reader, "]");
        }
        return take(reader, "'") ? step_quoted(reader, values) : read_slice(reader, values);
}

/* Steps as far as there are any. False: what comes is none, or does not fit the values. */
static bool walk(struct reader *reader, struct values *values) {
        const char *name;

        for (;;) {
                if (*reader->at == '[') {
                        reader->at++;
                        if (!step_bracket(reader, values))
                                return false;
                        continue;
                }
                if (*reader->at != '.')
                        return true;
                reader->at++;
                if (*reader->at == '[')
                        continue;
                if (take(reader, "*")) {
                        step_all(reader, values);
                        continue;
                }
                name = take_name(reader, " .[],$@{}()=!<>");
                if (!name)
                        return false;
                step_name(reader, values, name);
        }
}

/* false when the path finds nothing. */
static bool found_first(const struct json *object, const char *path, const struct json **ret) {
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        struct reader reader = { .at = path, .arena = &arena };
        struct values values = { .n = 0 };

        values_add(&reader, &values, object);
        if (!walk(&reader, &values) || *reader.at || values.n == 0)
                return false;
        *ret = values.items[0];
        return true;
}

const struct json *jsonpath_first(const struct json *object, const char *path) {
        const struct json *value = NULL;

        return found_first(object, path, &value) ? value : NULL;
}

bool jsonpath_text(const struct json *object, const char *path, struct strbuf *out) {
        const struct json *value;

        if (!found_first(object, path, &value))
                return false;
        if (!value)
                strbuf_puts(out, "<no value>");
        else if (json_kind(value) == JSON_STRING)
                strbuf_append(out, json_as_string(value));
        else
                json_write(value, out);
        return true;
}

bool jsonpath_valid(const char *path) {
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        struct reader reader = { .at = path, .arena = &arena };
        struct values values = { .n = 0 };

        return *path && walk(&reader, &values) && !*reader.at;
}
