/*
 * Strategic merge (k8s.io/apimachinery/pkg/util/strategicpatch), as the API server does it for the
 * kinds that are built in. A patch is walked, never changed: a list that $setElementOrder speaks of
 * is merged with it, first; the rest follows.
 */
#include <string.h>

#include "patch/body.h"
#include "patch/patch.h"
#include "patch/strategic.h"
#include "verbs/gotext.h"

enum { TEXT_MAX = 64 * 1024 };

static const char DELETE_FROM[] = "$deleteFromPrimitiveList";
static const char ORDER[] = "$setElementOrder";
static const char RETAIN[] = "$retainKeys";
static const char LIST[] = "[]interface {}";

/* The real server has the type formatted with %s, which shows of nil. */
static const char *type_of(const struct json *value) {
        return json_kind(value) == JSON_NULL ? "%!s(<nil>)" : gotext_type(value);
}

const char *strategic_text(const struct json *value, struct refusal *refusal) {
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(TEXT_MAX);

        if (value)
                gotext_write(value, &text);
        else
                strbuf_puts(&text, "[]"); /* a list that is not there */
        return arena_copy(refusal->arena, strbuf_bytes(&text));
}

int strategic_fail_type(const char *wanted, const struct json *found, struct refusal *refusal) {
        return STRATEGIC_FAIL(refusal, "expected a %s, but received a %s", wanted, type_of(found));
}

int strategic_fail_directive(const struct json *object, struct refusal *refusal) {
        const struct json *directive = json_get(object, "$patch");
        const char *text = strategic_text(directive, refusal), *name = text;

        if (json_kind(directive) == JSON_NULL)
                name = "%!s(<nil>)";
        else if (json_kind(directive) != JSON_STRING) /* Go's %s of what is none */
                name = arena_printf(refusal->arena, "%%!s(%s=%s)", type_of(directive), text);
        return STRATEGIC_FAIL(refusal, "unknown patch type: %s in map: %s", name,
                              strategic_text(object, refusal));
}

struct json *strategic_value(const struct json *value) {
        const struct json *member;
        struct json *clone;
        const char *key;
        void *cursor = NULL;

        if (json_kind(value) == JSON_ARRAY) {
                clone = json_new_array();
                for (size_t i = 0; i < json_length(value); i++)
                        if (!json_has(json_at(value, i), "$patch"))
                                json_append(clone, strategic_value(json_at(value, i)));
                return clone;
        }
        if (json_kind(value) != JSON_OBJECT)
                return json_clone(value);
        clone = json_new_object();
        while (json_next(value, &cursor, &key, &member))
                if (member && !json_has(member, "$patch"))
                        json_set(clone, key, strategic_value(member));
        return clone;
}

static void clear(struct json *object) {
        const struct json *value;
        const char *key;
        void *cursor = NULL;

        while (json_next(object, &cursor, &key, &value)) {
                json_remove(object, key);
                cursor = NULL;
        }
}

static int obey(struct json *object, const struct json *patch, struct refusal *refusal) {
        const struct json *directive = json_get(patch, "$patch"), *value;
        const char *key;
        void *cursor = NULL;
        struct bytes text =
                json_kind(directive) == JSON_STRING ? json_as_string(directive) : BYTES_NULL;

        if (!bytes_is(text, "replace") && !bytes_is(text, "delete"))
                return strategic_fail_directive(patch, refusal);
        clear(object);
        while (bytes_is(text, "replace") && json_next(patch, &cursor, &key, &value))
                if (strcmp(key, "$patch") != 0)
                        json_set(object, key, json_clone(value));
        return 0;
}

static bool starts_with(const char *text, const char *start) {
        return strncmp(text, start, strlen(start)) == 0;
}

/* "$setElementOrder/NAME" → NAME; NULL when there is none. */
static const char *name_after(const char *key, const char *directive) {
        key += strlen(directive);
        return *key == '/' ? key + 1 : NULL;
}

static bool has_text(const struct json *texts, const char *text) {
        for (size_t i = 0; i < json_length(texts); i++)
                if (json_kind(json_at(texts, i)) == JSON_STRING &&
                    bytes_is(json_as_string(json_at(texts, i)), text))
                        return true;
        return false;
}

static int retain(struct json *object, const struct json *patch, struct refusal *refusal) {
        const struct json *keys = json_get(patch, RETAIN), *value;
        const char *key;
        void *cursor = NULL;

        if (!json_has(patch, RETAIN))
                return 0;
        if (json_kind(keys) != JSON_ARRAY)
                return refuse_bad_request(refusal, "invalid patch format of retainKeys");
        while (json_next(patch, &cursor, &key, &value))
                if (value && strcmp(key, RETAIN) != 0 && !starts_with(key, DELETE_FROM) &&
                    !starts_with(key, ORDER) && !has_text(keys, key))
                        return refuse_bad_request(refusal, "invalid patch format of retainKeys");
        cursor = NULL;
        while (json_next(object, &cursor, &key, &value)) {
                if (has_text(keys, key))
                        continue;
                json_remove(object, key);
                cursor = NULL;
        }
        return 0;
}

/* The schema of a member that is to be merged; *ret_schema NULL where anything goes. */
static int look_up(const struct schema *schema, const char *name, const struct schema **ret_schema,
                   struct refusal *refusal) {
        *ret_schema = schema ? schema_member(schema, name) : NULL;
        if (*ret_schema || !schema || schema->n_properties == 0 || schema->preserve_unknown)
                return 0;
        return STRATEGIC_FAIL(refusal,
                              "unable to find api field in struct for the json field \"%s\"", name);
}

/* Of a list that no schema speaks of the patch's items take the place. */
static const struct schema *list_schema(const struct schema *schema) {
        static const struct schema UNKNOWN = { .type = SCHEMA_ARRAY };

        return schema ? schema : &UNKNOWN;
}

static int order_member(struct json *object, const struct json *patch, const char *key,
                        const struct schema *schema, struct refusal *refusal) {
        const struct json *order = json_get(patch, key);
        const char *name = name_after(key, ORDER);
        const struct schema *member;
        struct json *list, *merged;

        if (json_kind(order) != JSON_ARRAY)
                return strategic_fail_type(LIST, order, refusal);
        if (!name)
                return refuse_bad_request(refusal, "invalid patch format of setElementOrder list");
        list = json_get_mut(object, name);
        if (list && json_kind(list) != JSON_ARRAY)
                return strategic_fail_type(LIST, list, refusal);
        if (json_has(patch, name) && json_kind(json_get(patch, name)) != JSON_ARRAY)
                return strategic_fail_type(LIST, json_get(patch, name), refusal);
        if (look_up(schema, name, &member, refusal) < 0)
                return -1;
        if (!list && !json_has(patch, name))
                return 0;
        if (strategic_order_list(list, json_get(patch, name), order, list_schema(member), &merged,
                                 refusal) < 0)
                return -1;
        json_set(object, name, merged);
        return 0;
}

static int merge_list(struct json *object, const char *name, const struct json *value,
                      const struct schema *schema, bool takes_away, struct refusal *refusal) {
        struct json *merged;

        schema = list_schema(schema);
        if (!schema->merge && !takes_away)
                merged = json_clone(value);
        else if (strategic_merge_list(json_get_mut(object, name), value, schema, takes_away,
                                      &merged, refusal) < 0)
                return -1;
        json_set(object, name, merged);
        return 0;
}

static int merge_member(struct json *object, const char *name, const struct json *value,
                        const struct schema *schema, bool takes_away, struct refusal *refusal) {
        struct json *before = json_get_mut(object, name);
        bool alike = json_kind(before) == json_kind(value);
        const struct schema *member;

        if (!value) {
                json_remove(object, name);
                return 0;
        }
        if (alike && (json_kind(value) == JSON_OBJECT || json_kind(value) == JSON_ARRAY)) {
                if (look_up(schema, name, &member, refusal) < 0)
                        return -1;
                if (json_kind(value) == JSON_OBJECT)
                        return strategic_merge(before, value, member, refusal);
                return merge_list(object, name, value, member, takes_away, refusal);
        }
        if (takes_away)
                return 0;
        if (json_has(value, "$patch")) /* what it speaks of is not there */
                json_remove(object, name);
        else
                json_set(object, name, strategic_value(value));
        return 0;
}

/* Was the member merged together with its $setElementOrder? */
static bool is_ordered(const struct json *patch, const char *name, struct arena *arena) {
        return json_has(patch, arena_printf(arena, "%s/%s", ORDER, name));
}

int strategic_merge(struct json *object, const struct json *patch, const struct schema *schema,
                    struct refusal *refusal) {
        const struct json *value;
        const char *key, *name;
        void *cursor = NULL;
        bool ordered = false;

        if (json_has(patch, "$patch"))
                return obey(object, patch, refusal);
        if (retain(object, patch, refusal) < 0)
                return -1;
        while (json_next(patch, &cursor, &key, &value)) {
                ordered = ordered || starts_with(key, ORDER);
                if (starts_with(key, ORDER) &&
                    order_member(object, patch, key, schema, refusal) < 0)
                        return -1;
        }
        cursor = NULL;
        while (json_next(patch, &cursor, &key, &value)) {
                bool takes_away = starts_with(key, DELETE_FROM);

                name = takes_away ? name_after(key, DELETE_FROM) : key;
                if (!name)
                        return refuse_bad_request(refusal,
                                                  "invalid patch format of primitive list");
                if (strcmp(key, RETAIN) == 0 || starts_with(key, ORDER) ||
                    (ordered && is_ordered(patch, key, refusal->arena)))
                        continue;
                if (merge_member(object, name, value, schema, takes_away, refusal) < 0)
                        return -1;
        }
        return 0;
}

int patch_strategic(struct json *object, const struct json *patch, const struct schema *schema,
                    struct refusal *refusal) {
        if (!patch)
                return 0;
        if (json_kind(patch) != JSON_OBJECT)
                return body_refuse(refusal, "", patch, "value of type map[string]interface {}");
        return strategic_merge(object, patch, schema, refusal);
}
