#include "patch/typed.h"

#include <string.h>

#include "patch/items.h"

const struct schema *typed_root(const struct schema *schema, struct arena *arena) {
        struct schema *root = ARENA_NEW(arena, struct schema);

        *root = *schema;
        root->embedded_resource = true;
        return root;
}

/* What of a value is in a set: itself, and what is below it. */
struct owned {
        bool self;
        const struct field_set *below;
};

static struct owned fields_of(const struct json *value, const struct schema *schema,
                              struct arena *arena);

static bool is_empty_object(const struct json *value) {
        return json_kind(value) == JSON_OBJECT && json_length(value) == 0;
}

static const struct field_set *fields_of_members(const struct json *object,
                                                 const struct schema *schema, struct arena *arena) {
        struct field_builder builder = { .arena = arena };
        const struct json *value;
        const char *name;
        void *cursor = NULL;
        bool declared, known;

        while (json_next(object, &cursor, &name, &value)) {
                const struct schema *member = shape_member(schema, name, &declared, &known);
                struct owned owned = fields_of(value, member, arena);

                field_builder_put(&builder, element_of_name(name, arena),
                                  owned.self || !value || is_empty_object(value) || !declared,
                                  owned.below);
        }
        return field_builder_done(&builder);
}

/* Items that share a name are owned as one, whatever is in them. */
static const struct field_set *fields_of_items(const struct json *list, const struct schema *schema,
                                               struct arena *arena) {
        struct field_builder builder = { .arena = arena };
        struct items items = items_of(schema, list, arena);

        for (size_t i = 0; i < items.n; i++) {
                const struct item *item = &items.all[i];
                struct owned owned = { .self = true };

                if (!item->doubled)
                        owned = fields_of(item->value, shape_items(schema), arena);
                field_builder_put(&builder, item->element, true, owned.below);
        }
        return field_builder_done(&builder);
}

static struct owned fields_of(const struct json *value, const struct schema *schema,
                              struct arena *arena) {
        enum shape shape = shape_of(schema, value);

        if (shape_is_atomic(schema, shape))
                return (struct owned){ .self = true };
        if (shape == SHAPE_MAP)
                return (struct owned){ .below = fields_of_members(value, schema, arena) };
        return (struct owned){ .below = fields_of_items(value, schema, arena) };
}

const struct field_set *typed_fields(const struct json *value, const struct schema *schema,
                                     struct arena *arena) {
        return fields_of(value, schema, arena).below;
}

const struct field_set *typed_with_parents(const struct field_set *set, const struct schema *schema,
                                           struct arena *arena) {
        struct field_builder builder = { .arena = arena };

        for (size_t i = 0; set && i < set->n; i++) {
                const struct field_entry *entry = &set->entries[i];
                const struct schema *member = NULL;
                bool declared = false, known;

                if (entry->element[0] == 'f')
                        member = shape_member(schema, entry->element + 2, &declared, &known);
                else if (entry->element[0] == 'k')
                        member = shape_items(schema);
                field_builder_put(&builder, entry->element,
                                  entry->member || (declared && entry->below),
                                  typed_with_parents(entry->below, member, arena));
        }
        return field_builder_done(&builder);
}

/* A value that may be absent, which null is not. */
struct slot {
        bool there;
        const struct json *value;
};

struct difference {
        struct owned added, removed, modified;
};

struct difference_builder {
        struct field_builder added, removed, modified;
};

static struct difference compare(struct slot before, struct slot after, const struct schema *schema,
                                 struct arena *arena);

static void put(struct difference_builder *builder, const char *element,
                const struct difference *difference) {
        field_builder_put(&builder->added, element, difference->added.self,
                          difference->added.below);
        field_builder_put(&builder->removed, element, difference->removed.self,
                          difference->removed.below);
        field_builder_put(&builder->modified, element, difference->modified.self,
                          difference->modified.below);
}

static void put_member(struct difference_builder *builder, const char *name,
                       const struct json *before, const struct json *after,
                       const struct schema *schema) {
        struct arena *arena = builder->added.arena;
        struct slot old = { json_has(before, name), json_get(before, name) };
        struct slot new = { json_has(after, name), json_get(after, name) };
        struct difference difference;
        bool declared, known;

        if (old.there && new.there && json_equal(old.value, new.value))
                return; /* most of an object stays as it was */
        difference = compare(old, new, shape_member(schema, name, &declared, &known), arena);
        put(builder, element_of_name(name, arena), &difference);
}

static void compare_members(struct difference_builder *builder, const struct json *before,
                            const struct json *after, const struct schema *schema) {
        const struct json *value;
        const char *name;
        void *cursor = NULL;

        while (json_next(before, &cursor, &name, &value))
                put_member(builder, name, before, after, schema);
        cursor = NULL;
        while (json_next(after, &cursor, &name, &value))
                if (!json_has(before, name))
                        put_member(builder, name, before, after, schema);
}

static bool all_equal(const struct item *a, const struct item *b, size_t n_a, size_t n_b) {
        for (size_t i = 0; n_a == n_b && i < n_a; i++)
                if (!json_equal(a[i].value, b[i].value))
                        return false;
        return n_a == n_b;
}

/* Those of one name: one each are compared, several are as one leaf. */
static void put_alike(struct difference_builder *builder, const struct item *before, size_t n_old,
                      const struct item *after, size_t n_new, const struct schema *items) {
        struct slot old = { n_old > 0, n_old > 0 ? before->value : NULL };
        struct slot new = { n_new > 0, n_new > 0 ? after->value : NULL };
        struct difference difference = { .added = { false, NULL } };

        if (n_old > 1 && n_new > 1) {
                difference.modified.self = !all_equal(before, after, n_old, n_new);
        } else if (n_old > 1) {
                old = (struct slot){ false, NULL };
                if (new.there)
                        difference = compare(old, new, items, builder->added.arena);
                difference.removed.self = true;
        } else if (n_new > 1) {
                new = (struct slot){ false, NULL };
                if (old.there)
                        difference = compare(old, new, items, builder->added.arena);
                difference.added.self = true;
        } else {
                difference = compare(old, new, items, builder->added.arena);
        }
        put(builder, n_old > 0 ? before->element : after->element, &difference);
}

static void compare_items(struct difference_builder *builder, const struct json *before,
                          const struct json *after, const struct schema *schema) {
        struct items a = items_of(schema, before, builder->added.arena);
        struct items b = items_of(schema, after, builder->added.arena);
        size_t i = 0, j = 0, n_a, n_b;

        while (i < a.n || j < b.n) {
                int order = i == a.n   ? 1
                            : j == b.n ? -1
                                       : element_compare(a.sorted[i].element, b.sorted[j].element);

                n_a = order <= 0 ? items_alike(&a, i) : 0;
                n_b = order >= 0 ? items_alike(&b, j) : 0;
                put_alike(builder, a.sorted + i, n_a, b.sorted + j, n_b, shape_items(schema));
                i += n_a;
                j += n_b;
        }
}

static bool is_empty(const struct json *value, enum shape shape) {
        enum json_kind kind = shape == SHAPE_MAP ? JSON_OBJECT : JSON_ARRAY;

        return json_kind(value) != kind || json_length(value) == 0;
}

static struct difference compare_as(enum shape shape, struct slot before, struct slot after,
                                    const struct schema *schema, struct arena *arena) {
        struct difference_builder builder = { { .arena = arena },
                                              { .arena = arena },
                                              { .arena = arena } };
        struct difference difference = { .added = { !before.there, NULL },
                                         .removed = { !after.there, NULL } };

        if (shape_is_atomic(schema, shape) ||
            (is_empty(before.value, shape) && is_empty(after.value, shape))) {
                difference.modified.self =
                        before.there && after.there && !json_equal(before.value, after.value);
                return difference;
        }
        if (shape == SHAPE_MAP)
                compare_members(&builder, before.value, after.value, schema);
        else
                compare_items(&builder, before.value, after.value, schema);
        difference.added.below = field_builder_done(&builder.added);
        difference.removed.below = field_builder_done(&builder.removed);
        difference.modified.below = field_builder_done(&builder.modified);
        return difference;
}

static void unite(struct owned *owned, const struct owned *more, struct arena *arena) {
        owned->self = owned->self || more->self;
        owned->below = field_set_union(owned->below, more->below, arena);
}

static struct difference compare(struct slot before, struct slot after, const struct schema *schema,
                                 struct arena *arena) {
        enum shape old = shape_of(schema, before.value), new = shape_of(schema, after.value);
        struct difference difference, more;

        if (!after.there || !before.there || old == new)
                return compare_as(after.there ? new : old, before, after, schema, arena);
        difference = compare_as(old, before, after, schema, arena);
        more = compare_as(new, before, after, schema, arena);
        unite(&difference.added, &more.added, arena);
        unite(&difference.removed, &more.removed, arena);
        unite(&difference.modified, &more.modified, arena);
        return difference;
}

struct comparison typed_compare(const struct json *before, const struct json *after,
                                const struct schema *schema, struct arena *arena) {
        struct difference difference =
                compare((struct slot){ true, before }, (struct slot){ true, after }, schema, arena);

        return (struct comparison){ .added = difference.added.below,
                                    .removed = difference.removed.below,
                                    .modified = difference.modified.below };
}
