#include "patch/body.h"
#include "patch/patch.h"

/* Where there is nothing to merge with, null still says what is not to be there. */
static struct json *clone_without_nulls(const struct json *value) {
        const struct json *member;
        struct json *clone;
        const char *key;
        void *cursor = NULL;

        switch (json_kind(value)) {
        case JSON_ARRAY:
                clone = json_new_array();
                for (size_t i = 0; i < json_length(value); i++)
                        json_append(clone, clone_without_nulls(json_at(value, i)));
                return clone;
        case JSON_OBJECT:
                clone = json_new_object();
                while (json_next(value, &cursor, &key, &member))
                        if (member)
                                json_set(clone, key, clone_without_nulls(member));
                return clone;
        case JSON_NULL:
        case JSON_BOOL:
        case JSON_INT:
        case JSON_DOUBLE:
        case JSON_STRING:
                break;
        }
        return json_clone(value);
}

static void merge(struct json *object, const struct json *patch) {
        const struct json *value;
        struct json *member;
        const char *key;
        void *cursor = NULL;

        while (json_next(patch, &cursor, &key, &value)) {
                member = json_get_mut(object, key);
                if (!value)
                        json_remove(object, key);
                else if (json_kind(value) == JSON_OBJECT && json_kind(member) == JSON_OBJECT)
                        merge(member, value);
                else
                        json_set(object, key, clone_without_nulls(value));
        }
}

int patch_merge(struct json *object, const struct json *patch, struct refusal *refusal) {
        if (!patch)
                return refuse_bad_request(refusal, "Invalid JSON Patch");
        if (json_kind(patch) != JSON_OBJECT)
                return body_refuse(refusal, "error decoding patch: ", patch,
                                   "value of type map[string]interface {}");
        merge(object, patch);
        return 0;
}
