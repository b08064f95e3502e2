#include <assert.h>

#include "llc/api/desc.h"
#include "member.h"

static bool string_equal(const char *a, const char *b) {
        return a == b || (a && b && strcmp(a, b) == 0);
}

static bool pair_equal(const struct str_pair *a, const struct str_pair *b) {
        return string_equal(a->key, b->key) && string_equal(a->value, b->value);
}

static bool item_equal(const struct field *f, const void *a, const void *b, size_t i) {
        if (f->kind == FIELD_LIST)
                return desc_equal(f->sub, member_at(a, i * f->sub->size),
                                  member_at(b, i * f->sub->size));
        if (f->kind == FIELD_STR_LIST)
                return string_equal(((const char *const *)a)[i], ((const char *const *)b)[i]);
        if (f->kind == FIELD_STR_MAP)
                return pair_equal((const struct str_pair *)a + i, (const struct str_pair *)b + i);
        return ((const int64_t *)a)[i] == ((const int64_t *)b)[i];
}

static bool array_equal(const struct field *f, const void *a, const void *b) {
        size_t n = member_count(f, a);

        if (n != member_count(f, b) || member_empty(f, a) != member_empty(f, b))
                return false;
        for (size_t i = 0; i < n; i++)
                if (!item_equal(f, member_pointer(f, a), member_pointer(f, b), i))
                        return false;
        return true;
}

static bool object_equal(const struct field *f, const void *a, const void *b) {
        const void *sub_a = member_pointer(f, a), *sub_b = member_pointer(f, b);

        return sub_a == sub_b || (sub_a && sub_b && desc_equal(f->sub, sub_a, sub_b));
}

/* What is absent has no value, whatever its bytes are. */
static bool scalar_equal(const struct field *f, const void *a, const void *b, size_t size) {
        if (member_present(f, a) != member_present(f, b))
                return false;
        return !member_present(f, a) ||
               memcmp(member_at(a, f->offset), member_at(b, f->offset), size) == 0;
}

static bool field_equal(const struct field *f, const void *a, const void *b) {
        switch (f->kind) {
        case FIELD_BOOL:
                return scalar_equal(f, a, b, sizeof(bool));
        case FIELD_INT:
        case FIELD_TIME:
                return scalar_equal(f, a, b, sizeof(int64_t));
        case FIELD_ENUM:
                return scalar_equal(f, a, b, sizeof(int));
        case FIELD_STR:
                return string_equal(member_pointer(f, a), member_pointer(f, b));
        case FIELD_OBJ:
                return object_equal(f, a, b);
        case FIELD_FLAT:
                return desc_equal(f->sub, a, b);
        case FIELD_LIST:
        case FIELD_STR_LIST:
        case FIELD_INT_LIST:
        case FIELD_STR_MAP:
                return array_equal(f, a, b);
        case FIELD_RAW:
                return json_equal(member_pointer(f, a), member_pointer(f, b));
        }
        assert(false); /* no such kind */
        return false;
}

bool desc_equal(const struct type *type, const void *a, const void *b) {
        for (size_t i = 0; i < type->n_fields; i++)
                if (!field_equal(&type->fields[i], a, b))
                        return false;
        return true;
}
