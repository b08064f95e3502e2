#include "kinds/plain.h"

#include <string.h>

static bool is_left_out(const char *key) {
        static const char *const keys[] = { "$ref",
                                            "default",
                                            "enum",
                                            "x-llc-zero",
                                            "x-kubernetes-patch-merge-key",
                                            "x-kubernetes-patch-strategy" };

        for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
                if (strcmp(key, keys[i]) == 0)
                        return true;
        return false;
}

static bool is_quantity(const char *key, const struct json *value) {
        return strcmp(key, "format") == 0 && json_kind(value) == JSON_STRING &&
               bytes_is(json_as_string(value), "quantity");
}

static struct json *plain_properties(const struct json *properties,
                                     const struct json *definitions) {
        struct json *copy = json_new_object();
        const struct json *value;
        const char *name;
        void *cursor = NULL;

        while (json_next(properties, &cursor, &name, &value))
                json_set(copy, name, plain_schema(value, definitions));
        return copy;
}

static struct json *plain_value(const char *key, const struct json *value,
                                const struct json *definitions) {
        if (json_kind(value) != JSON_OBJECT)
                return json_clone(value);
        if (strcmp(key, "properties") == 0)
                return plain_properties(value, definitions);
        if (strcmp(key, "items") == 0 || strcmp(key, "additionalProperties") == 0)
                return plain_schema(value, definitions);
        return json_clone(value);
}

struct json *plain_schema(const struct json *schema, const struct json *definitions) {
        const char *ref = json_text_at(schema, "$ref"), *key;
        const struct json *value;
        struct json *copy;
        void *cursor = NULL;

        if (strncmp(ref, "#/", 2) == 0)
                copy = plain_schema(json_get(definitions, ref + 2), definitions);
        else
                copy = json_new_object();
        while (json_next(schema, &cursor, &key, &value)) {
                if (strcmp(key, "x-llc-crd-default") == 0)
                        json_set(copy, "default", json_clone(value));
                else if (!is_left_out(key) && !is_quantity(key, value))
                        json_set(copy, key, plain_value(key, value, definitions));
        }
        return copy;
}
