#include <assert.h>

#include "llc/api/desc.h"

/* A map of which only some keys are read. */
static void project_keys(const char *const *keys, struct projection *node, struct arena *arena) {
        struct projection *children;
        size_t n = 0;

        while (keys[n])
                n++;
        children = ARENA_NEW_ARRAY(arena, struct projection, n);
        for (size_t i = 0; i < n; i++)
                children[i].key = keys[i];
        node->children = children;
        node->n_children = n;
}

static void project_type(const struct type *type, struct projection *node, struct arena *arena) {
        struct projection *children = ARENA_NEW_ARRAY(arena, struct projection, type->n_fields);

        assert(type->n_fields > 0); /* no children would mean: keep everything */
        for (size_t i = 0; i < type->n_fields; i++) {
                const struct field *f = &type->fields[i];

                children[i].key = f->key;
                if (f->sub)
                        project_type(f->sub, &children[i], arena);
                else if (f->kind == FIELD_STR_MAP && f->names)
                        project_keys(f->names, &children[i], arena);
        }
        node->children = children;
        node->n_children = type->n_fields;
}

const struct projection *desc_projection(const struct type *type, struct arena *arena) {
        struct projection *root = ARENA_NEW(arena, struct projection);

        project_type(type, root, arena);
        return root;
}
