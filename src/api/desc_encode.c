#include <assert.h>

#include "llc/api/desc.h"
#include "llc/base/timestamp.h"
#include "member.h"

static struct json *encode_string(const char *string) {
        return string ? json_new_string(bytes_of(string)) : NULL;
}

/* A required time is there even when it is the epoch. */
static struct json *encode_time(const struct field *f, int64_t ms) {
        char text[TIMESTAMP_SIZE];

        if (ms == 0 && !(f->flags & FIELD_REQUIRED))
                return NULL;
        return json_new_string(bytes_of(timestamp_format(ms, text)));
}

/* One item of a list or array, which is never absent. */
static struct json *encode_item(const struct field *f, const void *items, size_t i) {
        if (f->kind == FIELD_LIST)
                return desc_encode(f->sub, member_at(items, i * f->sub->size));
        if (f->kind == FIELD_STR_LIST)
                return json_new_string(bytes_of(((const char *const *)items)[i]));
        return json_new_int(((const int64_t *)items)[i]);
}

static struct json *encode_array(const struct field *f, const void *value) {
        const void *items = member_pointer(f, value);
        size_t n = member_count(f, value);
        struct json *array;

        if (n == 0 && !(f->flags & FIELD_REQUIRED) && !member_empty(f, value))
                return NULL;
        array = json_new_array();
        for (size_t i = 0; i < n; i++)
                json_append(array, encode_item(f, items, i));
        return array;
}

static struct json *encode_map(const struct field *f, const void *value) {
        const struct str_pair *pairs = member_pointer(f, value);
        size_t n = member_count(f, value);
        struct json *object;

        if (n == 0 && !(f->flags & FIELD_REQUIRED))
                return NULL;
        object = json_new_object();
        for (size_t i = 0; i < n; i++)
                json_set_str(object, pairs[i].key, pairs[i].value);
        return object;
}

/* Without members it is absent. */
static struct json *encode_flat(const struct field *f, const void *value) {
        struct json *object = desc_encode(f->sub, value);

        if (json_length(object) > 0 || (f->flags & FIELD_REQUIRED))
                return object;
        json_free(object);
        return NULL;
}

/* NULL = absent. */
static struct json *encode_field(const struct field *f, const void *value) {
        const void *member = member_at(value, f->offset);

        switch (f->kind) {
        case FIELD_BOOL:
                return member_present(f, value) ? json_new_bool(*(const bool *)member) : NULL;
        case FIELD_INT:
                return member_present(f, value) ? json_new_int(*(const int64_t *)member) : NULL;
        case FIELD_STR:
                return encode_string(member_pointer(f, value));
        case FIELD_ENUM: {
                int number = *(const int *)member;

                return number ? json_new_string(bytes_of(f->names[number - 1])) : NULL;
        }
        case FIELD_TIME:
                return encode_time(f, *(const int64_t *)member);
        case FIELD_OBJ: {
                const void *sub = member_pointer(f, value);

                return sub ? desc_encode(f->sub, sub) : NULL;
        }
        case FIELD_FLAT:
                return encode_flat(f, value);
        case FIELD_LIST:
        case FIELD_STR_LIST:
        case FIELD_INT_LIST:
                return encode_array(f, value);
        case FIELD_STR_MAP:
                return encode_map(f, value);
        case FIELD_RAW:
                return json_clone(member_pointer(f, value));
        }
        assert(false); /* no such kind */
        return NULL;
}

struct json *desc_encode(const struct type *type, const void *value) {
        struct json *object = json_new_object();

        for (size_t i = 0; i < type->n_fields; i++) {
                struct json *member = encode_field(&type->fields[i], value);

                if (member)
                        json_set(object, type->fields[i].key, member);
        }
        return object;
}
