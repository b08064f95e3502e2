/*
 * Lists of a strategic merge patch. What the patch names comes in the patch's order, what it does
 * not name keeps its place as well as it can: each goes before the first named item that it stood
 * before.
 */
#include <stdlib.h>
#include <string.h>

#include "patch/strategic.h"

static const char *const MAP = "map[string]interface {}";

struct slot {
        size_t at;    /* in the merged list */
        size_t named; /* place among the named; NONE = not named */
        size_t stood; /* place in the list before; NONE = it is new */
};

enum { NONE = SIZE_MAX };

static bool is_delete(const struct json *item) {
        const struct json *directive = json_get(item, "$patch");

        return json_kind(directive) == JSON_STRING && bytes_is(json_as_string(directive), "delete");
}

static int fail_no_key(const struct json *item, const char *key, struct refusal *refusal) {
        return STRATEGIC_FAIL(refusal, "map: %s does not contain declared merge key: %s",
                              strategic_text(item, refusal), key);
}

/* Items are all of one type, and none is a list. Whether they are objects goes to ret_objects. */
static int check_types(const struct json *list, const struct json *patch, bool *ret_objects,
                       struct refusal *refusal) {
        const struct json *const lists[] = { list, patch };
        const struct json *first = NULL;
        bool any = false;

        for (size_t l = 0; l < 2; l++) {
                for (size_t i = 0; i < json_length(lists[l]); i++) {
                        const struct json *item = json_at(lists[l], i);

                        if (!any)
                                first = item;
                        any = true;
                        if (json_kind(first) == JSON_ARRAY)
                                return refuse(refusal, 422, "Invalid",
                                              "the server rejected our request due to an error in "
                                              "our request");
                        if (json_kind(item) != json_kind(first) || !item)
                                return STRATEGIC_FAIL(
                                        refusal, "list element types are not identical: [%s %s]",
                                        strategic_text(list, refusal),
                                        strategic_text(patch, refusal));
                }
        }
        if (!any)
                return STRATEGIC_FAIL(refusal, "no elements in any of the given slices");
        *ret_objects = json_kind(first) == JSON_OBJECT;
        return 0;
}

/* What the items are known by: the values of the merge key, or of scalars themselves. */
static int keys_of(const struct json *list, const char *merge_key, struct json **ret_keys,
                   struct refusal *refusal) {
        struct json *keys JSON_CLEANUP = json_new_array();

        for (size_t i = 0; i < json_length(list); i++) {
                const struct json *item = json_at(list, i);

                if (merge_key && json_kind(item) != JSON_OBJECT)
                        return strategic_fail_type(MAP, item, refusal);
                if (merge_key && !json_has(item, merge_key))
                        return fail_no_key(item, merge_key, refusal);
                json_append(keys, json_clone(merge_key ? json_get(item, merge_key) : item));
        }
        *ret_keys = keys;
        keys = NULL;
        return 0;
}

static size_t find(const struct json *keys, const struct json *key) {
        for (size_t i = 0; i < json_length(keys); i++)
                if (json_equal(json_at(keys, i), key))
                        return i;
        return NONE;
}

static int compare_named(const void *a, const void *b) {
        const struct slot *x = a, *y = b;

        if (x->named != y->named)
                return x->named < y->named ? -1 : 1;
        return x->at < y->at ? -1 : x->at > y->at;
}

static int compare_stood(const void *a, const void *b) {
        const struct slot *x = a, *y = b;

        if (x->stood != y->stood)
                return x->stood < y->stood ? -1 : 1;
        return x->at < y->at ? -1 : x->at > y->at;
}

/* Takes the items of merged, by the keys that are named and those the list had before. */
static struct json *in_order(struct json *merged, const char *merge_key, const struct json *named,
                             const struct json *before, struct arena *arena) {
        size_t n = json_length(merged), n_named = 0, n_others = 0, i = 0, j = 0;
        struct slot *slots = ARENA_NEW_ARRAY(arena, struct slot, n);
        struct slot *others = ARENA_NEW_ARRAY(arena, struct slot, n);
        struct json *ordered = json_new_array();

        for (size_t at = 0; at < n; at++) {
                const struct json *item = json_at(merged, at);
                const struct json *key = merge_key ? json_get(item, merge_key) : item;
                struct slot slot = { at, find(named, key), find(before, key) };

                if (slot.named != NONE)
                        slots[n_named++] = slot;
                else
                        others[n_others++] = slot;
        }
        qsort(slots, n_named, sizeof(*slots), compare_named);
        qsort(others, n_others, sizeof(*others), compare_stood);
        while (i < n_named || j < n_others) {
                bool other = i == n_named || (j < n_others && slots[i].stood != NONE &&
                                              others[j].stood < slots[i].stood);

                json_append(ordered, json_take_at(merged, other ? others[j++].at : slots[i++].at));
        }
        return ordered;
}

/* Scalars are a set. */
static void unite(struct json *list, const struct json *patch, struct json *merged) {
        for (size_t i = 0; i < json_length(list); i++)
                if (find(merged, json_at(list, i)) == NONE)
                        json_append(merged, json_take_at(list, i));
        for (size_t i = 0; i < json_length(patch); i++)
                if (find(merged, json_at(patch, i)) == NONE)
                        json_append(merged, json_clone(json_at(patch, i)));
}

static struct json *without(struct json *list, const struct json *patch) {
        struct json *rest = json_new_array();

        for (size_t i = 0; i < json_length(list); i++)
                if (find(patch, json_at(list, i)) == NONE)
                        json_append(rest, json_take_at(list, i));
        return rest;
}

static void remove_matching(struct json *list, const char *merge_key, const struct json *key) {
        for (size_t i = json_length(list); i > 0; i--)
                if (json_has(json_at(list, i - 1), merge_key) &&
                    json_equal(json_get(json_at(list, i - 1), merge_key), key))
                        json_remove_at(list, i - 1);
}

/* An item of the patch with a directive. *ret_replace: the list is replaced by the other items. */
static int obey(struct json *list, const struct json *item, const char *merge_key,
                bool *ret_replace, struct refusal *refusal) {
        const struct json *directive = json_get(item, "$patch");
        struct bytes text =
                json_kind(directive) == JSON_STRING ? json_as_string(directive) : BYTES_NULL;

        if (is_delete(item)) {
                if (!json_has(item, merge_key))
                        return fail_no_key(item, merge_key, refusal);
                remove_matching(list, merge_key, json_get(item, merge_key));
        } else if (bytes_is(text, "replace")) {
                *ret_replace = true;
        } else if (bytes_is(text, "merge")) {
                return STRATEGIC_FAIL(refusal,
                                      "merging lists cannot yet be specified in the patch");
        } else {
                return strategic_fail_directive(item, refusal);
        }
        return 0;
}

/* Merges one object of the patch into the one with its key, or puts it at the end. */
static int merge_object(struct json *list, const struct json *item, const char *merge_key,
                        const struct schema *schema, struct refusal *refusal) {
        for (size_t i = 0; i < json_length(list); i++)
                if (json_has(json_at(list, i), merge_key) &&
                    json_equal(json_get(json_at(list, i), merge_key), json_get(item, merge_key)))
                        return strategic_merge(json_at_mut(list, i), item, schema->items, refusal);
        json_append(list, json_clone(item)); /* as it is, directives and all */
        return 0;
}

/* Takes the directives out of a patch of objects; what is left are copies. */
static int obey_all(struct json *list, const struct json *patch, const char *merge_key,
                    struct json **ret_plain, bool *ret_replace, struct refusal *refusal) {
        struct json *plain JSON_CLEANUP = json_new_array();

        for (size_t i = 0; i < json_length(patch); i++) {
                const struct json *item = json_at(patch, i);

                if (!json_has(item, "$patch"))
                        json_append(plain, json_clone(item));
                else if (obey(list, item, merge_key, ret_replace, refusal) < 0)
                        return -1;
        }
        *ret_plain = plain;
        plain = NULL;
        return 0;
}

static int merge_objects(struct json *list, const struct json *patch, const struct schema *schema,
                         struct json **ret_merged, struct refusal *refusal) {
        struct json *plain JSON_CLEANUP = NULL, *named JSON_CLEANUP = NULL,
                           *before JSON_CLEANUP = NULL;
        const char *merge_key = schema->merge_key;
        bool replace = false;

        if (!merge_key)
                return STRATEGIC_FAIL(refusal, "cannot merge lists without merge key for struct");
        if (obey_all(list, patch, merge_key, &plain, &replace, refusal) < 0 ||
            keys_of(plain, merge_key, &named, refusal) < 0)
                return -1;
        if (replace) {
                *ret_merged = plain;
                plain = NULL;
                return 0;
        }
        if (keys_of(list, merge_key, &before, refusal) < 0)
                return -1;
        for (size_t i = 0; i < json_length(plain); i++)
                if (merge_object(list, json_at(plain, i), merge_key, schema, refusal) < 0)
                        return -1;
        *ret_merged = in_order(list, merge_key, named, before, refusal->arena);
        return 0;
}

int strategic_merge_list(struct json *list, const struct json *patch, const struct schema *schema,
                         bool takes_away, struct json **ret_merged, struct refusal *refusal) {
        struct json *before JSON_CLEANUP = NULL, *merged JSON_CLEANUP = NULL;
        bool objects = false; /* gcc and clang do not see through the failing paths */

        if (json_length(list) == 0 && json_length(patch) == 0) {
                *ret_merged = json_new_array();
                return 0;
        }
        if (check_types(list, patch, &objects, refusal) < 0)
                return -1;
        if (objects)
                return merge_objects(list, patch, schema, ret_merged, refusal);
        if (takes_away) {
                *ret_merged = without(list, patch);
                return 0;
        }
        if (schema->merge_key)
                return strategic_fail_type(MAP, json_at(json_length(list) > 0 ? list : patch, 0),
                                           refusal);
        before = json_clone(list);
        merged = json_new_array();
        unite(list, patch, merged);
        *ret_merged = in_order(merged, NULL, patch, before, refusal->arena);
        return 0;
}

static int same_item(const struct json *item, const struct json *other, const char *merge_key,
                     bool *ret_same, struct refusal *refusal) {
        if (!merge_key) {
                *ret_same = json_equal(item, other);
                return 0;
        }
        if (json_kind(item) != JSON_OBJECT || json_kind(other) != JSON_OBJECT)
                return strategic_fail_type(MAP, json_kind(item) != JSON_OBJECT ? item : other,
                                           refusal);
        if (!json_has(item, merge_key) || !json_has(other, merge_key))
                return fail_no_key(json_has(item, merge_key) ? other : item, merge_key, refusal);
        *ret_same = json_equal(json_get(item, merge_key), json_get(other, merge_key));
        return 0;
}

/* What the patch names must be in the order, and come in the same order. */
static int check_order(const struct json *patch, const struct json *order, const char *merge_key,
                       struct refusal *refusal) {
        size_t i = 0, j = 0;
        bool same = false; /* gcc does not see through the failing paths */

        if (json_length(order) == 0)
                return 0;
        while (i < json_length(patch) && j < json_length(order)) {
                const struct json *item = json_at(patch, i);

                if (json_has(item, "$patch")) {
                        i++;
                        continue;
                }
                if (same_item(item, json_at(order, j), merge_key, &same, refusal) < 0)
                        return -1;
                i += same ? 1 : 0;
                j++;
        }
        while (i < json_length(patch) && is_delete(json_at(patch, i)))
                i++;
        if (i < json_length(patch))
                return STRATEGIC_FAIL(refusal,
                                      "The order in patch list:\n%s\n doesn't match "
                                      "$setElementOrder list:\n%s\n",
                                      strategic_text(patch, refusal),
                                      strategic_text(order, refusal));
        return 0;
}

/*
 * The API server merges into the very list whose order it then goes by: what is deleted moves the
 * rest down, and what is new stands where there was room at the end.
 */
static void leave_traces(struct json *keys, const struct json *patch, const char *merge_key) {
        size_t n = json_length(keys), used = n;

        for (size_t i = 0; i < json_length(patch); i++) {
                const struct json *key = json_get(json_at(patch, i), merge_key);
                size_t at = 0;

                while (is_delete(json_at(patch, i)) && at < used) {
                        if (!json_equal(json_at(keys, at), key)) {
                                at++;
                                continue;
                        }
                        for (size_t j = at; j + 1 < used; j++)
                                json_set_at(keys, j, json_clone(json_at(keys, j + 1)));
                        used--;
                }
        }
        for (size_t i = 0; i < json_length(patch) && used < n; i++) {
                const struct json *key = json_get(json_at(patch, i), merge_key);

                if (!json_has(json_at(patch, i), "$patch") && find(keys, key) >= used)
                        json_set_at(keys, used++, json_clone(key));
        }
}

static bool replaces(const struct json *patch) {
        for (size_t i = 0; i < json_length(patch); i++)
                if (json_has(json_at(patch, i), "$patch") && !is_delete(json_at(patch, i)))
                        return true;
        return false;
}

int strategic_order_list(struct json *list, const struct json *patch, const struct json *order,
                         const struct schema *schema, struct json **ret_merged,
                         struct refusal *refusal) {
        struct json *before JSON_CLEANUP = NULL, *named JSON_CLEANUP = NULL,
                            *merged JSON_CLEANUP = NULL;
        const char *merge_key = schema->merge_key;
        bool objects = false; /* gcc and clang do not see through the failing paths */

        if (check_order(patch, order, merge_key, refusal) < 0 ||
            check_types(list, patch, &objects, refusal) < 0 ||
            keys_of(list, merge_key, &before, refusal) < 0 ||
            keys_of(order, merge_key, &named, refusal) < 0)
                return -1;
        if (list && patch && schema->merge) {
                if (strategic_merge_list(list, patch, schema, false, &merged, refusal) < 0)
                        return -1;
                if (merge_key && !replaces(patch))
                        leave_traces(before, patch, merge_key);
        } else if (patch) {
                merged = strategic_value(patch);
        }
        *ret_merged = in_order(merged ? merged : list, merge_key, named, before, refusal->arena);
        return 0;
}
