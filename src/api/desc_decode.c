/*
 * One walk along a table. The way down is a chain of places on the stack: it costs nothing until
 * something is wrong and has to be named. Depth is the tables' depth, never the input's.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "llc/api/desc.h"
#include "llc/base/timestamp.h"
#include "member.h"

enum {
        ROOT_MAX_BYTES = 512, /* of a described struct that is decoded by itself */
        PATH_MAX_BYTES = 256,
        QUOTED_SIZE = 72, /* of text from outside, in messages */
};

enum step {
        STEP_MEMBER, /* .key, from a table */
        STEP_ITEM,   /* [index] */
        STEP_ENTRY,  /* ["key"], from outside */
};

/* What can be said in UTC, the years 0 to 9999; an offset can lead beyond. In ms. */
static const int64_t time_min = -62167219200000;
static const int64_t time_max = 253402300799999;

struct place {
        const struct place *parent; /* NULL = a member of the root */
        enum step step;
        const char *key;
        size_t index;
};

struct decode {
        struct arena *arena;
        bool foreign;
        struct err *err;
};

/* Text from outside in a message: one line of printable ASCII, cut. */
static const char *quote(struct bytes text, char out[static QUOTED_SIZE]) {
        size_t n = text.len < QUOTED_SIZE - 4 ? text.len : QUOTED_SIZE - 4;

        for (size_t i = 0; i < n; i++) {
                unsigned char c = (unsigned char)text.ptr[i];

                out[i] = c < ' ' || c > '~' || c == '"' ? '?' : text.ptr[i];
        }
        snprintf(out + n, QUOTED_SIZE - n, "%s", n < text.len ? "..." : "");
        return out;
}

static void place_print(const struct place *at, struct strbuf *out) {
        char quoted[QUOTED_SIZE];

        if (!at)
                return;
        place_print(at->parent, out);
        switch (at->step) {
        case STEP_MEMBER:
                strbuf_printf(out, "%s%s", out->len ? "." : "", at->key);
                break;
        case STEP_ITEM:
                strbuf_printf(out, "[%zu]", at->index);
                break;
        case STEP_ENTRY:
                strbuf_printf(out, "[\"%s\"]", quote(bytes_of(at->key), quoted));
                break;
        }
}

/* Puts the path before the message; always -1. */
static int fail_at(const struct decode *d, const struct place *at) {
        STRBUF_CLEANUP struct strbuf path = STRBUF_INIT(PATH_MAX_BYTES);

        place_print(at, &path);
        return path.len ? err_wrap(d->err, "%s", strbuf_str(&path)) : -1;
}

static int expect(const struct decode *d, const struct place *at, const struct json *json,
                  enum json_kind want) {
        if (json_kind(json) == want)
                return 0;
        err_set(d->err, ERR_INVALID, "expected %s, found %s", json_kind_name(want),
                json_kind_name(json_kind(json)));
        return fail_at(d, at);
}

static int check_range(const struct decode *d, const struct place *at, int64_t value, int64_t min,
                       int64_t max) {
        if (d->foreign || (min == 0 && max == 0) || (value >= min && value <= max))
                return 0;
        if (value < min)
                err_set(d->err, ERR_INVALID, "%" PRId64 " is less than %" PRId64, value, min);
        else
                err_set(d->err, ERR_INVALID, "%" PRId64 " is more than %" PRId64, value, max);
        return fail_at(d, at);
}

/* Bounds on how many there are of something: "characters", "items", "entries". */
static int check_count(const struct decode *d, const struct place *at, size_t n, int64_t min,
                       int64_t max, const char *of) {
        if (d->foreign || (min == 0 && max == 0) || ((int64_t)n >= min && (int64_t)n <= max))
                return 0;
        if ((int64_t)n < min)
                err_set(d->err, ERR_INVALID, "%zu %s, at least %" PRId64 " needed", n, of, min);
        else
                err_set(d->err, ERR_INVALID, "%zu %s, at most %" PRId64 " allowed", n, of, max);
        return fail_at(d, at);
}

/* Characters of valid UTF-8. */
static size_t text_length(struct bytes text) {
        size_t n = 0;

        for (size_t i = 0; i < text.len; i++)
                n += ((unsigned char)text.ptr[i] & 0xc0) != 0x80;
        return n;
}

/* Index of text in names, or -1. */
static int names_find(const char *const *names, struct bytes text) {
        for (int i = 0; names[i]; i++)
                if (bytes_is(text, names[i]))
                        return i;
        return -1;
}

static int fail_names(const struct decode *d, const struct place *at, const char *const *names,
                      struct bytes text) {
        STRBUF_CLEANUP struct strbuf all = STRBUF_INIT(PATH_MAX_BYTES);
        char quoted[QUOTED_SIZE];

        for (size_t i = 0; names[i]; i++)
                strbuf_printf(&all, "%s%s", i ? ", " : "", names[i]);
        err_set(d->err, ERR_INVALID, "\"%s\" is none of: %s", quote(text, quoted),
                strbuf_str(&all));
        return fail_at(d, at);
}

/* C strings would cut a text at a NUL. */
static int decode_text(const struct decode *d, const struct place *at, const struct json *json,
                       struct bytes *ret_text) {
        struct bytes text;

        if (expect(d, at, json, JSON_STRING) < 0)
                return -1;
        text = json_as_string(json);
        if (text.len && memchr(text.ptr, '\0', text.len)) {
                err_set(d->err, ERR_INVALID, "contains a NUL byte");
                return fail_at(d, at);
        }
        *ret_text = text;
        return 0;
}

/* The text of a number may be said as the number, unless it is negative. */
static int decode_bounded(const struct decode *d, const struct place *at, const struct field *f,
                          const struct json *json, int64_t min, int64_t max,
                          const char **ret_string) {
        struct bytes text;

        if ((f->flags & FIELD_INT_OR_STRING) && json_kind(json) == JSON_INT) {
                if (check_range(d, at, json_as_int(json), 0, INT64_MAX) < 0)
                        return -1;
                text = bytes_of(arena_printf(d->arena, "%" PRId64, json_as_int(json)));
        } else if (decode_text(d, at, json, &text) < 0) {
                return -1;
        }
        if (check_count(d, at, text_length(text), min, max, "characters") < 0)
                return -1;
        *ret_string = arena_copy(d->arena, text);
        return 0;
}

static int decode_string(const struct decode *d, const struct place *at, const struct field *f,
                         const struct json *json, void *value) {
        const char *string;

        if (decode_bounded(d, at, f, json, f->min, f->max, &string) < 0)
                return -1;
        if (f->names && !d->foreign && names_find(f->names, bytes_of(string)) < 0)
                return fail_names(d, at, f->names, bytes_of(string));
        member_set_pointer(f, value, string);
        return 0;
}

static int decode_bool(const struct decode *d, const struct place *at, const struct field *f,
                       const struct json *json, void *value) {
        if (expect(d, at, json, JSON_BOOL) < 0)
                return -1;
        *(bool *)member_at_mut(value, f->offset) = json_as_bool(json);
        return 0;
}

static int decode_int(const struct decode *d, const struct place *at, const struct field *f,
                      const struct json *json, void *value) {
        if (expect(d, at, json, JSON_INT) < 0 ||
            check_range(d, at, json_as_int(json), f->min, f->max) < 0)
                return -1;
        *(int64_t *)member_at_mut(value, f->offset) = json_as_int(json);
        return 0;
}

static int decode_enum(const struct decode *d, const struct place *at, const struct field *f,
                       const struct json *json, void *value) {
        struct bytes text;
        int index;

        if (decode_text(d, at, json, &text) < 0)
                return -1;
        index = names_find(f->names, text);
        if (index < 0 && !d->foreign)
                return fail_names(d, at, f->names, text);
        *(int *)member_at_mut(value, f->offset) = index + 1;
        return 0;
}

static int decode_time(const struct decode *d, const struct place *at, const struct field *f,
                       const struct json *json, void *value) {
        struct bytes text;
        struct err ignored;
        char quoted[QUOTED_SIZE];
        int64_t ms;

        if (decode_text(d, at, json, &text) < 0)
                return -1;
        if (timestamp_parse(text, &ms, &ignored) < 0 || ms < time_min || ms > time_max) {
                err_set(d->err, ERR_INVALID, "\"%s\" is not an RFC 3339 time", quote(text, quoted));
                return fail_at(d, at);
        }
        *(int64_t *)member_at_mut(value, f->offset) = (ms / 1000 - (ms % 1000 < 0)) * 1000;
        return 0;
}

static int decode_object(const struct decode *d, const struct place *at, const struct type *type,
                         const struct json *json, void *value);

static int decode_sub(const struct decode *d, const struct place *at, const struct field *f,
                      const struct json *json, void *value) {
        void *sub = arena_alloc(d->arena, f->sub->size);

        if (decode_object(d, at, f->sub, json, sub) < 0)
                return -1;
        member_set_pointer(f, value, sub);
        return 0;
}

/* The key member of a map list's item. */
static const char *item_key(const struct field *f, const void *item) {
        for (size_t i = 0; i < f->sub->n_fields; i++)
                if (strcmp(f->sub->fields[i].key, f->list_key) == 0)
                        return member_pointer(&f->sub->fields[i], item);
        assert(false); /* the table names a key that its items do not have */
        return NULL;
}

/* Quadratic: map lists have a small bound. */
static int check_map_list(const struct decode *d, const struct place *at, const struct field *f,
                          const void *items, size_t n) {
        for (size_t i = 1; i < n; i++) {
                const char *key = item_key(f, member_at(items, i * f->sub->size));

                for (size_t j = 0; j < i; j++) {
                        struct place item = { .parent = at, .step = STEP_ITEM, .index = i };
                        struct place member = { .parent = &item, .key = f->list_key };
                        char quoted[QUOTED_SIZE];

                        if (strcmp(item_key(f, member_at(items, j * f->sub->size)), key) != 0)
                                continue;
                        err_set(d->err, ERR_INVALID, "\"%s\" is there twice",
                                quote(bytes_of(key), quoted));
                        return fail_at(d, &member);
                }
        }
        return 0;
}

static int decode_list(const struct decode *d, const struct place *at, const struct field *f,
                       const struct json *json, void *value) {
        size_t n = json_length(json);
        char *items = arena_array(d->arena, n, f->sub->size);

        for (size_t i = 0; i < n; i++) {
                struct place item = { .parent = at, .step = STEP_ITEM, .index = i };

                if (decode_object(d, &item, f->sub, json_at(json, i), items + i * f->sub->size) < 0)
                        return -1;
        }
        if ((f->flags & FIELD_MAP_LIST) && !d->foreign && check_map_list(d, at, f, items, n) < 0)
                return -1;
        member_set_array(f, value, items, n);
        return 0;
}

static int decode_string_list(const struct decode *d, const struct place *at, const struct field *f,
                              const struct json *json, void *value) {
        size_t n = json_length(json);
        const char **items = ARENA_NEW_ARRAY(d->arena, const char *, n);

        for (size_t i = 0; i < n; i++) {
                struct place item = { .parent = at, .step = STEP_ITEM, .index = i };

                if (decode_bounded(d, &item, f, json_at(json, i), f->item_min, f->item_max,
                                   &items[i]) < 0)
                        return -1;
        }
        member_set_array(f, value, items, n);
        return 0;
}

static int decode_int_list(const struct decode *d, const struct place *at, const struct field *f,
                           const struct json *json, void *value) {
        size_t n = json_length(json);
        int64_t *items = ARENA_NEW_ARRAY(d->arena, int64_t, n);

        for (size_t i = 0; i < n; i++) {
                struct place item = { .parent = at, .step = STEP_ITEM, .index = i };

                if (expect(d, &item, json_at(json, i), JSON_INT) < 0)
                        return -1;
                items[i] = json_as_int(json_at(json, i));
                if (check_range(d, &item, items[i], f->item_min, f->item_max) < 0)
                        return -1;
        }
        member_set_array(f, value, items, n);
        return 0;
}

/* An array within its bounds, and its items. */
static int decode_array(const struct decode *d, const struct place *at, const struct field *f,
                        const struct json *json, void *value) {
        if (expect(d, at, json, JSON_ARRAY) < 0 ||
            check_count(d, at, json_length(json), f->min, f->max, "items") < 0)
                return -1;
        if (f->kind == FIELD_LIST)
                return decode_list(d, at, f, json, value);
        if (f->kind == FIELD_STR_LIST)
                return decode_string_list(d, at, f, json, value);
        return decode_int_list(d, at, f, json, value);
}

static int pair_compare(const void *a, const void *b) {
        return strcmp(((const struct str_pair *)a)->key, ((const struct str_pair *)b)->key);
}

static int decode_map(const struct decode *d, const struct place *at, const struct field *f,
                      const struct json *json, void *value) {
        struct str_pair *pairs;
        const struct json *item;
        const char *key;
        void *cursor = NULL;
        size_t n = 0;

        if (expect(d, at, json, JSON_OBJECT) < 0 ||
            check_count(d, at, json_length(json), f->min, f->max, "entries") < 0)
                return -1;
        pairs = ARENA_NEW_ARRAY(d->arena, struct str_pair, json_length(json));
        while (json_next(json, &cursor, &key, &item)) {
                struct place entry = { .parent = at, .step = STEP_ENTRY, .key = key };

                if (!item || (f->names && names_find(f->names, bytes_of(key)) < 0))
                        continue;
                if (decode_bounded(d, &entry, f, item, f->item_min, f->item_max, &pairs[n].value) <
                    0)
                        return -1;
                pairs[n++].key = arena_strdup(d->arena, key);
        }
        if (n > 1)
                qsort(pairs, n, sizeof(*pairs), pair_compare);
        member_set_array(f, value, pairs, n);
        return 0;
}

static int decode_value(const struct decode *d, const struct place *at, const struct field *f,
                        const struct json *json, void *value) {
        switch (f->kind) {
        case FIELD_BOOL:
                return decode_bool(d, at, f, json, value);
        case FIELD_INT:
                return decode_int(d, at, f, json, value);
        case FIELD_STR:
                return decode_string(d, at, f, json, value);
        case FIELD_ENUM:
                return decode_enum(d, at, f, json, value);
        case FIELD_TIME:
                return decode_time(d, at, f, json, value);
        case FIELD_OBJ:
                return decode_sub(d, at, f, json, value);
        case FIELD_FLAT:
                return decode_object(d, at, f->sub, json, value);
        case FIELD_LIST:
        case FIELD_STR_LIST:
        case FIELD_INT_LIST:
                return decode_array(d, at, f, json, value);
        case FIELD_STR_MAP:
                return decode_map(d, at, f, json, value);
        case FIELD_RAW:
                member_set_pointer(f, value, json);
                return 0;
        }
        assert(false); /* no such kind */
        return -1;
}

static int decode_field(const struct decode *d, const struct place *parent, const struct field *f,
                        const struct json *object, void *value) {
        struct place at = { .parent = parent, .step = STEP_MEMBER, .key = f->key };
        JSON_CLEANUP struct json *def = NULL;
        const struct json *json = json_get(object, f->key);

        if (!json && f->def) {
                struct err err;
                int r = json_parse(bytes_of(f->def), &JSON_LIMITS_OBJECT, &def, &err);

                assert(r == 0 && f->kind != FIELD_RAW); /* RAW would outlive its tree */
                json = def;
        }
        if (json) {
                if (f->has_present)
                        *(bool *)member_at_mut(value, f->present_offset) = true;
                return decode_value(d, &at, f, json, value);
        }
        if (!(f->flags & FIELD_REQUIRED))
                return 0;
        err_set(d->err, ERR_INVALID, "required, but missing");
        return fail_at(d, &at);
}

static int decode_object(const struct decode *d, const struct place *at, const struct type *type,
                         const struct json *json, void *value) {
        if (expect(d, at, json, JSON_OBJECT) < 0)
                return -1;
        for (size_t i = 0; i < type->n_fields; i++)
                if (decode_field(d, at, &type->fields[i], json, value) < 0)
                        return -1;
        return 0;
}

/* Beside the output, which stays as it is when something is wrong. */
static int decode_root(const struct type *type, const struct json *json, const struct decode *d,
                       void *ret_value) {
        _Alignas(ARENA_ALIGNMENT) unsigned char value[ROOT_MAX_BYTES] = { 0 };

        assert(type->size <= sizeof(value));
        if (decode_object(d, NULL, type, json, value) < 0)
                return -1;
        memcpy(ret_value, value, type->size);
        return 0;
}

int desc_decode(const struct type *type, const struct json *json, struct arena *arena,
                void *ret_value, struct err *err) {
        const struct decode d = { .arena = arena, .err = err };

        return decode_root(type, json, &d, ret_value);
}

int desc_decode_foreign(const struct type *type, const struct json *json, struct arena *arena,
                        void *ret_value, struct err *err) {
        const struct decode d = { .arena = arena, .foreign = true, .err = err };

        return decode_root(type, json, &d, ret_value);
}
