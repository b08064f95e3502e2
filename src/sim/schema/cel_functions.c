#include "schema/cel_functions.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "schema/cel_time.h"
#include "schema/rune.h"

enum { NUMBER_MAX = 64, DOUBLE_DIGITS = 17 };

static struct cel_value bad_conversion(struct cel_run *run, const struct cel_value *from,
                                       enum cel_type to) {
        return cel_error(run, "type conversion error from '%s' to '%s'", cel_type_name(from->type),
                         cel_type_name(to));
}

/* strtoll and strtod pass over space, which Go does not; NULL when the text is too long. */
static const char *number_text(struct bytes text, char out[static NUMBER_MAX]) {
        if (text.len == 0 || text.len >= NUMBER_MAX || memchr(text.ptr, '\0', text.len) ||
            strchr(" \t\n\v\f\r", text.ptr[0]))
                return NULL;
        memcpy(out, text.ptr, text.len);
        out[text.len] = '\0';
        return out;
}

static struct cel_value call_size(struct cel_run *run, const struct cel_node *node,
                                  const struct cel_value *args) {
        (void)node;
        if (args->type == CEL_STRING) {
                if (!cel_charge(run, args->text.len / 10))
                        return cel_no_overload();
                return cel_int((int64_t)rune_count(args->text));
        }
        if (args->type == CEL_LIST || args->type == CEL_MAP)
                return cel_int((int64_t)cel_length(args));
        return cel_error(run, "no such overload: size");
}

static struct cel_value call_type(struct cel_run *run, const struct cel_node *node,
                                  const struct cel_value *args) {
        (void)run;
        (void)node;
        return (struct cel_value){ .type = CEL_TYPE, .number = args->type };
}

static struct cel_value call_dyn(struct cel_run *run, const struct cel_node *node,
                                 const struct cel_value *args) {
        (void)run;
        (void)node;
        return *args;
}

/* The first number that an int64_t cannot hold. */
static const double INT64_END = 9223372036854775808.0;

static struct cel_value call_int(struct cel_run *run, const struct cel_node *node,
                                 const struct cel_value *args) {
        char copy[NUMBER_MAX], *end;
        const char *text;
        long long number;

        (void)node;
        if (args->type == CEL_INT || args->type == CEL_DURATION)
                return cel_int(args->number);
        if (args->type == CEL_TIMESTAMP)
                return cel_int(args->number / 1000 - (args->number % 1000 < 0));
        if (args->type == CEL_DOUBLE) {
                if (!(fabs(args->real) < INT64_END))
                        return cel_error(run, "integer overflow");
                return cel_int((int64_t)args->real);
        }
        text = args->type == CEL_STRING ? number_text(args->text, copy) : NULL;
        if (!text)
                return bad_conversion(run, args, CEL_INT);
        errno = 0;
        number = strtoll(text, &end, 10);
        if (errno != 0 || *end != '\0' || end == text)
                return bad_conversion(run, args, CEL_INT);
        return cel_int(number);
}

static struct cel_value call_double(struct cel_run *run, const struct cel_node *node,
                                    const struct cel_value *args) {
        char copy[NUMBER_MAX], *end;
        const char *text;
        double real;

        (void)node;
        if (args->type == CEL_INT)
                return cel_double((double)args->number);
        if (args->type == CEL_DOUBLE)
                return *args;
        text = args->type == CEL_STRING ? number_text(args->text, copy) : NULL;
        if (!text)
                return bad_conversion(run, args, CEL_DOUBLE);
        real = strtod(text, &end);
        if (*end != '\0' || end == text)
                return bad_conversion(run, args, CEL_DOUBLE);
        return cel_double(real);
}

/* The fewest digits that read as the same number, with an exponent as Go has it. */
static struct cel_value double_text(struct cel_run *run, double real) {
        char digits[NUMBER_MAX];
        const char *mark;
        int precision = 0, exponent;

        if (isnan(real) || isinf(real))
                return cel_string(bytes_of(isnan(real) ? "NaN" : real < 0 ? "-Inf" : "+Inf"));
        do
                snprintf(digits, sizeof(digits), "%.*e", precision, real);
        while (strtod(digits, NULL) != real && ++precision < DOUBLE_DIGITS);
        mark = strchr(digits, 'e');
        assert(mark);
        exponent = (int)strtol(mark + 1, NULL, 10);
        if (exponent < -4 || exponent >= 6)
                return cel_string(bytes_of(arena_strdup(run->arena, digits)));
        return cel_string(
                bytes_of(arena_printf(run->arena, "%.*f",
                                      precision > exponent ? precision - exponent : 0, real)));
}

static struct cel_value call_string(struct cel_run *run, const struct cel_node *node,
                                    const struct cel_value *args) {
        (void)node;
        switch (args->type) {
        case CEL_STRING:
                return *args;
        case CEL_BOOL:
                return cel_string(bytes_of(args->truth ? "true" : "false"));
        case CEL_INT:
                return cel_string(bytes_of(arena_printf(run->arena, "%" PRId64, args->number)));
        case CEL_DOUBLE:
                return double_text(run, args->real);
        case CEL_DURATION:
        case CEL_TIMESTAMP:
                return cel_time_text(run, args);
        case CEL_TYPE:
                return cel_string(bytes_of(cel_type_name((enum cel_type)args->number)));
        case CEL_ERROR:
        case CEL_NULL:
        case CEL_LIST:
        case CEL_MAP:
        case CEL_OPTIONAL:
                break;
        }
        return bad_conversion(run, args, CEL_STRING);
}

static struct cel_value call_bool(struct cel_run *run, const struct cel_node *node,
                                  const struct cel_value *args) {
        static const char *const words[] = { "false", "true", "0", "1", "f",     "t",
                                             "False", "True", "F", "T", "FALSE", "TRUE" };

        (void)node;
        if (args->type == CEL_BOOL)
                return *args;
        for (size_t i = 0; args->type == CEL_STRING && i < sizeof(words) / sizeof(words[0]); i++)
                if (bytes_is(args->text, words[i]))
                        return cel_bool(i % 2 == 1);
        return bad_conversion(run, args, CEL_BOOL);
}

static struct cel_value call_duration(struct cel_run *run, const struct cel_node *node,
                                      const struct cel_value *args) {
        (void)node;
        if (args->type == CEL_STRING)
                return cel_time_duration(run, args->text);
        return args->type == CEL_DURATION ? *args : cel_no_overload();
}

static struct cel_value call_timestamp(struct cel_run *run, const struct cel_node *node,
                                       const struct cel_value *args) {
        (void)node;
        if (args->type == CEL_STRING)
                return cel_time_timestamp(run, args->text);
        return args->type == CEL_TIMESTAMP ? *args : cel_no_overload();
}

static bool are_texts(const struct cel_value *args) {
        return args[0].type == CEL_STRING && args[1].type == CEL_STRING;
}

/* Charged as the API server does: by the lengths of both. */
static struct cel_value call_matches(struct cel_run *run, const struct cel_node *node,
                                     const struct cel_value *args) {
        const struct pattern *pattern = node->pattern;
        struct err err;

        if (!are_texts(args) ||
            !cel_charge(run, (args[0].text.len / 10 + 1) * (args[1].text.len / 4 + 1)))
                return cel_no_overload();
        if (!pattern && pattern_compile(args[1].text, run->arena, &pattern, &err) < 0)
                return cel_error(run, "%s", err.msg);
        if (!cel_charge(run, pattern_size(pattern) / 10))
                return cel_no_overload();
        return cel_bool(pattern_matches(pattern, args[0].text));
}

static struct cel_value call_contains(struct cel_run *run, const struct cel_node *node,
                                      const struct cel_value *args) {
        struct bytes text = args[0].text, part = args[1].text;

        (void)node;
        if (!are_texts(args) || !cel_charge(run, (text.len / 10 + 1) * (part.len / 10 + 1)))
                return cel_no_overload();
        for (size_t at = 0; at + part.len <= text.len; at++)
                if (bytes_equal((struct bytes){ text.ptr + at, part.len }, part))
                        return cel_bool(true);
        return cel_bool(part.len == 0);
}

static struct cel_value call_starts_with(struct cel_run *run, const struct cel_node *node,
                                         const struct cel_value *args) {
        struct bytes text = args[0].text, part = args[1].text;

        (void)node;
        if (!are_texts(args) || !cel_charge(run, part.len / 10))
                return cel_no_overload();
        return cel_bool(part.len <= text.len &&
                        bytes_equal((struct bytes){ text.ptr, part.len }, part));
}

static struct cel_value call_ends_with(struct cel_run *run, const struct cel_node *node,
                                       const struct cel_value *args) {
        struct bytes text = args[0].text, part = args[1].text;

        (void)node;
        if (!are_texts(args) || !cel_charge(run, part.len / 10))
                return cel_no_overload();
        if (part.len == 0)
                return cel_bool(true);
        return cel_bool(
                part.len <= text.len &&
                bytes_equal((struct bytes){ text.ptr + text.len - part.len, part.len }, part));
}

static struct cel_value call_has_value(struct cel_run *run, const struct cel_node *node,
                                       const struct cel_value *args) {
        (void)run;
        (void)node;
        return args->type == CEL_OPTIONAL ? cel_bool(args->n > 0) : cel_no_overload();
}

static struct cel_value call_value(struct cel_run *run, const struct cel_node *node,
                                   const struct cel_value *args) {
        (void)node;
        if (args->type != CEL_OPTIONAL)
                return cel_no_overload();
        return args->n > 0 ? *args->items : cel_error(run, "optional.none() dereference");
}

static struct cel_value call_or_value(struct cel_run *run, const struct cel_node *node,
                                      const struct cel_value *args) {
        (void)run;
        (void)node;
        if (args->type != CEL_OPTIONAL)
                return cel_no_overload();
        return args->n > 0 ? *args->items : args[1];
}

static const struct cel_function FUNCTIONS[] = {
        { "size", false, 1, call_size },         { "size", true, 1, call_size },
        { "type", false, 1, call_type },         { "dyn", false, 1, call_dyn },
        { "int", false, 1, call_int },           { "double", false, 1, call_double },
        { "string", false, 1, call_string },     { "bool", false, 1, call_bool },
        { "duration", false, 1, call_duration }, { "timestamp", false, 1, call_timestamp },
        { "matches", false, 2, call_matches },   { "matches", true, 2, call_matches },
        { "contains", true, 2, call_contains },  { "startsWith", true, 2, call_starts_with },
        { "endsWith", true, 2, call_ends_with }, { "hasValue", true, 1, call_has_value },
        { "value", true, 1, call_value },        { "orValue", true, 2, call_or_value },
};

const struct cel_function *cel_function_find(struct bytes name, bool is_method, size_t n_args) {
        for (size_t i = 0; i < sizeof(FUNCTIONS) / sizeof(FUNCTIONS[0]); i++)
                if (bytes_is(name, FUNCTIONS[i].name) && FUNCTIONS[i].is_method == is_method &&
                    FUNCTIONS[i].n_args == n_args)
                        return &FUNCTIONS[i];
        return NULL;
}
