#include "patch/field_set.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "patch/element.h"

enum { PATH_BYTES_MAX = 256 * 1024 };

static int compare_entries(const void *a, const void *b) {
        const struct field_entry *x = a, *y = b;

        return element_compare(x->element, y->element);
}

void field_builder_put(struct field_builder *builder, const char *element, bool member,
                       const struct field_set *below) {
        struct field_entry *entries;

        if (!member && !below)
                return;
        if (builder->n == builder->cap) {
                builder->cap = builder->cap ? 2 * builder->cap : 4;
                entries = ARENA_NEW_ARRAY(builder->arena, struct field_entry, builder->cap);
                if (builder->n > 0)
                        memcpy(entries, builder->entries, builder->n * sizeof(*entries));
                builder->entries = entries;
        }
        builder->entries[builder->n++] = (struct field_entry){ element, member, below };
}

const struct field_set *field_builder_done(struct field_builder *builder) {
        struct field_entry *entries = builder->entries;
        struct field_set *set;
        size_t n = 0;

        if (builder->n == 0)
                return NULL;
        qsort(entries, builder->n, sizeof(*entries), compare_entries);
        for (size_t i = 1; i < builder->n; i++) {
                if (compare_entries(&entries[n], &entries[i]) != 0) {
                        entries[++n] = entries[i];
                        continue;
                }
                entries[n].member = entries[n].member || entries[i].member;
                entries[n].below =
                        field_set_union(entries[n].below, entries[i].below, builder->arena);
        }
        set = ARENA_NEW(builder->arena, struct field_set);
        *set = (struct field_set){ .entries = entries, .n = n + 1 };
        return set;
}

const struct field_entry *field_set_get(const struct field_set *set, const char *element) {
        struct field_entry wanted = { .element = element };

        return set ? bsearch(&wanted, set->entries, set->n, sizeof(wanted), compare_entries) : NULL;
}

enum operation { UNION, INTERSECTION, DIFFERENCE, WITHOUT };

static const struct field_set *combine(enum operation operation, const struct field_set *a,
                                       const struct field_set *b, struct arena *arena);

/* One of the entries may be NULL. */
static void put_combined(enum operation operation, const struct field_entry *a,
                         const struct field_entry *b, struct field_builder *out) {
        const struct field_set *below_a = a ? a->below : NULL, *below_b = b ? b->below : NULL;
        bool in_a = a && a->member, in_b = b && b->member;
        const struct field_set *below;
        bool member = false;

        switch (operation) {
        case UNION:
                member = in_a || in_b;
                break;
        case INTERSECTION:
                member = in_a && in_b;
                break;
        case DIFFERENCE:
                member = in_a && !in_b;
                break;
        case WITHOUT:
                if (in_b)
                        return;
                member = in_a;
                break;
        }
        below = combine(operation, below_a, below_b, out->arena);
        assert(a || b);
        field_builder_put(out, a ? a->element : b->element, member, below);
}

static const struct field_set *combine(enum operation operation, const struct field_set *a,
                                       const struct field_set *b, struct arena *arena) {
        struct field_builder out = { .arena = arena };
        size_t i = 0, j = 0;

        if (!a || !b) {
                if (operation == INTERSECTION || (!a && operation != UNION))
                        return NULL;
                return a ? a : b;
        }
        while (i < a->n || j < b->n) {
                int order = i == a->n   ? 1
                            : j == b->n ? -1
                                        : compare_entries(&a->entries[i], &b->entries[j]);

                put_combined(operation, order <= 0 ? &a->entries[i] : NULL,
                             order >= 0 ? &b->entries[j] : NULL, &out);
                i += order <= 0;
                j += order >= 0;
        }
        return field_builder_done(&out);
}

const struct field_set *field_set_union(const struct field_set *a, const struct field_set *b,
                                        struct arena *arena) {
        return combine(UNION, a, b, arena);
}

const struct field_set *field_set_intersection(const struct field_set *a, const struct field_set *b,
                                               struct arena *arena) {
        return combine(INTERSECTION, a, b, arena);
}

const struct field_set *field_set_difference(const struct field_set *a, const struct field_set *b,
                                             struct arena *arena) {
        return combine(DIFFERENCE, a, b, arena);
}

const struct field_set *field_set_without(const struct field_set *a, const struct field_set *b,
                                          struct arena *arena) {
        return combine(WITHOUT, a, b, arena);
}

/* *ret_member: whether what has these fields is in the set itself. */
static int parse(const struct json *fields, struct arena *arena, const struct field_set **ret_set,
                 bool *ret_member, struct err *err) {
        struct field_builder builder = { .arena = arena };
        const struct json *value;
        const char *key, *element;
        void *cursor = NULL;

        if (fields && json_kind(fields) != JSON_OBJECT)
                return err_set(err, ERR_INVALID, "fieldsV1 holds a %s",
                               json_kind_name(json_kind(fields)));
        while (json_next(fields, &cursor, &key, &value)) {
                const struct field_set *below;
                bool member;

                if (strcmp(key, ".") == 0)
                        continue;
                if (element_parse(key, arena, &element, err) < 0 ||
                    parse(value, arena, &below, &member, err) < 0)
                        return -1;
                if (element)
                        field_builder_put(&builder, element, member, below);
        }
        *ret_set = field_builder_done(&builder);
        *ret_member = !*ret_set || json_has(fields, ".");
        return 0;
}

int field_set_parse(const struct json *fields, struct arena *arena,
                    const struct field_set **ret_set, struct err *err) {
        bool member;

        return parse(fields, arena, ret_set, &member, err);
}

static void write_into(const struct field_set *set, struct json *fields) {
        for (size_t i = 0; set && i < set->n; i++) {
                struct json *below = json_object_at(fields, set->entries[i].element);

                if (set->entries[i].below && set->entries[i].member)
                        json_set(below, ".", json_new_object());
                write_into(set->entries[i].below, below);
        }
}

struct json *field_set_json(const struct field_set *set) {
        struct json *fields = json_new_object();

        write_into(set, fields);
        return fields;
}

static const char *path_of(const char *parent, const char *element, struct arena *arena) {
        struct strbuf path STRBUF_CLEANUP = STRBUF_INIT(PATH_BYTES_MAX);

        strbuf_puts(&path, parent);
        element_write(element, &path);
        return arena_copy(arena, strbuf_bytes(&path));
}

static void add_paths(const struct field_set *set, const char *parent, struct strings *paths) {
        for (size_t i = 0; set && i < set->n; i++)
                if (set->entries[i].member)
                        strings_add(paths, "%s",
                                    path_of(parent, set->entries[i].element, paths->arena));
        for (size_t i = 0; set && i < set->n; i++)
                if (set->entries[i].below)
                        add_paths(set->entries[i].below,
                                  path_of(parent, set->entries[i].element, paths->arena), paths);
}

void field_set_paths(const struct field_set *set, struct strings *paths) {
        add_paths(set, "", paths);
}
