#include "schema/before.h"

static bool is_key(const struct json *value) {
        return value && json_kind(value) != JSON_OBJECT && json_kind(value) != JSON_ARRAY;
}

const struct json *before_item(const struct schema *list, const struct json *array,
                               const struct json *item) {
        if (list->list != LIST_MAP || json_kind(array) != JSON_ARRAY ||
            json_kind(item) != JSON_OBJECT)
                return NULL;
        for (size_t i = 0; i < json_length(array); i++) {
                const struct json *other = json_at(array, i);
                size_t k = 0;

                while (k < list->n_list_keys && is_key(json_get(item, list->list_keys[k])) &&
                       json_equal(json_get(item, list->list_keys[k]),
                                  json_get(other, list->list_keys[k])))
                        k++;
                if (k == list->n_list_keys)
                        return other;
        }
        return NULL;
}

static bool items_equal(const struct schema *schema, const struct json *array,
                        const struct json *before) {
        size_t n = json_length(array);

        if (n != json_length(before))
                return false;
        if (schema->list != LIST_MAP)
                return json_equal(array, before);
        for (size_t i = 0; i < n; i++) {
                const struct json *item = json_at(array, i);
                const struct json *old = before_item(schema, before, item);

                if (!old || !schema->items || !before_equal(schema->items, item, old))
                        return false;
        }
        return true;
}

static bool members_equal(const struct schema *schema, const struct json *object,
                          const struct json *before) {
        const struct json *value;
        const char *name;
        void *cursor = NULL;

        if (json_length(object) != json_length(before))
                return false;
        while (json_next(object, &cursor, &name, &value)) {
                const struct schema *member = schema_member(schema, name);

                if (!member || !json_has(before, name) ||
                    !before_equal(member, value, json_get(before, name)))
                        return false;
        }
        return true;
}

bool before_equal(const struct schema *schema, const struct json *value,
                  const struct json *before) {
        if (json_kind(value) != json_kind(before))
                return false;
        if (json_kind(value) == JSON_ARRAY)
                return items_equal(schema, value, before);
        if (json_kind(value) == JSON_OBJECT)
                return members_equal(schema, value, before);
        return json_equal(value, before);
}
