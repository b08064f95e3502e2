#include <string.h>

#include "patch/items.h"
#include "patch/typed.h"

static struct json *merged(struct json *live, const struct json *config,
                           const struct schema *schema, struct arena *arena);

/* A merge of two lists, item by item. */
struct merging {
        struct json *live; /* items are taken out of it */
        struct items lives, configs;
        bool *placed; /* which of configs.sorted are in out */
        const struct schema *items;
        struct arena *arena;
        struct json *out;
};

static size_t index_of(const struct items *items, const char *element) {
        const struct item *item = items_find(items, element);

        return item ? (size_t)(item - items->sorted) : SIZE_MAX;
}

/* The configuration's item, merged into the live one. Of several live ones nothing is kept. */
static void place(struct merging *merging, const struct item *config) {
        const struct item *live = items_find(&merging->lives, config->element);
        struct json *old, *item;

        merging->placed[index_of(&merging->configs, config->element)] = true;
        if (live && !live->doubled) {
                old = json_at_mut(merging->live, live->at);
                item = merged(old, config->value, merging->items, merging->arena);
                if (item == old)
                        item = json_take_at(merging->live, live->at);
        } else {
                item = json_clone(config->value);
        }
        json_append(merging->out, item);
}

/*
 * Items of both come in the configuration's order; what is live alone stays before the item that it
 * stood before, as far as that goes.
 */
static void place_all(struct merging *merging, const struct item *const *shared, size_t n_shared) {
        const struct items *lives = &merging->lives, *configs = &merging->configs;
        size_t l = 0, c = 0, s = 0;

        while (l < lives->n || c < configs->n) {
                const struct item *live = l < lives->n ? &lives->all[l] : NULL;
                const struct item *config = c < configs->n ? &configs->all[c] : NULL;
                size_t index = live ? index_of(configs, live->element) : SIZE_MAX;

                if (live && config && strcmp(live->element, config->element) == 0) {
                        place(merging, config);
                        l++;
                        c++;
                        s++;
                        continue;
                }
                if (live && config && index != SIZE_MAX && s < n_shared &&
                    strcmp(shared[s]->element, live->element) != 0) {
                        l++; /* its turn comes with the configuration's */
                        continue;
                }
                if (live && index == SIZE_MAX) {
                        json_append(merging->out, json_take_at(merging->live, live->at));
                        l++;
                        continue;
                }
                if (live && merging->placed[index])
                        l++;
                if (config) {
                        s += s < n_shared && shared[s] == config;
                        place(merging, config);
                        c++;
                }
        }
}

static struct json *merge_lists(struct json *live, const struct json *config,
                                const struct schema *schema, struct arena *arena) {
        struct merging merging = {
                .live = live,
                .lives = items_of(schema, live, arena),
                .configs = items_of(schema, config, arena),
                .items = shape_items(schema),
                .arena = arena,
                .out = json_new_array(),
        };
        const struct item **shared =
                ARENA_NEW_ARRAY(arena, const struct item *, merging.configs.n + 1);
        size_t n = 0;

        merging.placed = arena_array(arena, merging.configs.n + 1, sizeof(*merging.placed));
        for (size_t i = 0; i < merging.configs.n; i++)
                if (items_find(&merging.lives, merging.configs.all[i].element))
                        shared[n++] = &merging.configs.all[i];
        place_all(&merging, shared, n);
        return merging.out;
}

static void merge_members(struct json *live, const struct json *config, const struct schema *schema,
                          struct arena *arena) {
        const struct json *value;
        const char *name;
        void *cursor = NULL;
        bool declared, known;

        while (json_next(config, &cursor, &name, &value)) {
                struct json *old = json_get_mut(live, name), *new;

                if (!json_has(live, name)) {
                        json_set(live, name, json_clone(value));
                        continue;
                }
                new = merged(old, value, shape_member(schema, name, &declared, &known), arena);
                if (new != old)
                        json_set(live, name, new);
        }
}

/* live itself, changed in place, or what is to take its place. */
static struct json *merged(struct json *live, const struct json *config,
                           const struct schema *schema, struct arena *arena) {
        enum shape shape = shape_of(schema, config);
        enum json_kind kind = shape == SHAPE_MAP ? JSON_OBJECT : JSON_ARRAY;
        bool in_live = json_kind(live) == kind && json_length(live) > 0;
        bool in_config = json_kind(config) == kind && json_length(config) > 0;

        if (shape_is_atomic(schema, shape) || !in_live)
                return json_clone(config);
        if (!in_config) /* nothing can be taken away by a merge */
                return live;
        if (shape == SHAPE_LIST)
                return merge_lists(live, config, schema, arena);
        merge_members(live, config, schema, arena);
        return live;
}

void typed_merge(struct json *live, const struct json *config, const struct schema *schema,
                 struct arena *arena) {
        merge_members(live, config, schema, arena);
}

static struct json *without(struct json *value, const struct field_set *set,
                            const struct schema *schema, struct arena *arena);

static void remove_members(struct json *object, const struct field_set *set,
                           const struct schema *schema, struct arena *arena) {
        bool declared, known;

        for (size_t i = 0; set && i < set->n; i++) {
                const struct field_entry *entry = &set->entries[i];
                const char *name = entry->element + 2;
                struct json *old = json_get_mut(object, name), *new;

                if (entry->element[0] != 'f' || !json_has(object, name))
                        continue;
                if (entry->member) {
                        json_remove(object, name);
                        continue;
                }
                new = without(old, entry->below, shape_member(schema, name, &declared, &known),
                              arena);
                if (new != old)
                        json_set(object, name, new);
        }
}

static struct json *remove_items(struct json *list, const struct field_set *set,
                                 const struct schema *schema, struct arena *arena) {
        struct json *rest = json_new_array();
        const char *element, *why;

        for (size_t i = 0; i < json_length(list); i++) {
                struct json *old = json_at_mut(list, i), *new = old;
                const struct field_entry *entry = NULL;

                if (shape_item_element(schema, old, arena, &element, &why) == 0)
                        entry = field_set_get(set, element);
                if (entry && entry->member)
                        continue;
                if (entry)
                        new = without(old, entry->below, shape_items(schema), arena);
                json_append(rest, new == old ? json_take_at(list, i) : new);
        }
        if (json_length(rest) > 0)
                return rest;
        json_free(rest);
        return NULL;
}

/* value itself, changed in place, or what is to take its place: null when nothing is left. */
static struct json *without(struct json *value, const struct field_set *set,
                            const struct schema *schema, struct arena *arena) {
        enum shape shape = shape_of(schema, value);

        if (shape == SHAPE_SCALAR)
                return value;
        if (shape_is_atomic(schema, shape))
                return NULL;
        if (shape == SHAPE_LIST)
                return json_kind(value) == JSON_ARRAY ? remove_items(value, set, schema, arena)
                                                      : NULL;
        if (json_kind(value) != JSON_OBJECT)
                return NULL;
        remove_members(value, set, schema, arena);
        return json_length(value) > 0 ? value : NULL;
}

void typed_remove(struct json *value, const struct field_set *set, const struct schema *schema,
                  struct arena *arena) {
        remove_members(value, set, schema, arena);
}
