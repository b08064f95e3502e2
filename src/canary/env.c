/*
 * As `kubectl patch --type=strategic` does, because that is what people know, but for two things
 * in which it would only give a pod that the API server refuses or that ignores the override:
 *
 * - It leaves value beside valueFrom, and a secretKeyRef beside a configMapKeyRef.
 * - Of entries with one name it changes the first, while the last one counts.
 *
 * The order matters, as $(NAME) is expanded only from entries further up: entries of the template
 * and of the override each keep their own order, an entry of both keeps its place among the
 * template's as far as that allows, and new ones come as early as they can.
 */
#include "env.h"

#include "llc/base/bytes.h"

static bool same_name(const struct json *a, const struct json *b) {
        const struct json *left = json_get(a, "name"), *right = json_get(b, "name");

        return json_kind(left) == JSON_STRING && json_kind(right) == JSON_STRING &&
               bytes_equal(json_as_string(left), json_as_string(right));
}

/* How many entries there are down to the last of that name; 0 = there is none. */
static size_t find_end(const struct json *entries, const struct json *entry) {
        for (size_t n = json_length(entries); n > 0; n--)
                if (same_name(json_at(entries, n - 1), entry))
                        return n;
        return 0;
}

static void merge_members(struct json *into, const struct json *from) {
        const struct json *value;
        void *cursor = NULL;
        const char *key;

        while (json_next(from, &cursor, &key, &value))
                json_set(into, key, json_clone(value));
}

/* An EnvVarSource has one member, its kind. */
static void merge_source(struct json *entry, const struct json *source) {
        struct json *present = json_get_mut(entry, "valueFrom");
        const struct json *ref;
        void *cursor = NULL;
        const char *kind;

        if (!json_next(source, &cursor, &kind, &ref))
                return;
        if (json_kind(json_get(present, kind)) == JSON_OBJECT)
                merge_members(json_get_mut(present, kind), ref);
        else
                json_set(entry, "valueFrom", json_clone(source));
}

static struct json *entry_merged(const struct json *present, const struct json *override) {
        struct json *entry = json_clone(present);

        if (json_has(override, "value")) {
                json_remove(entry, "valueFrom");
                json_set(entry, "value", json_clone(json_get(override, "value")));
        } else if (json_has(override, "valueFrom")) {
                json_remove(entry, "value");
                merge_source(entry, json_get(override, "valueFrom"));
        }
        return entry;
}

/* Entries [begin, end) that the override does not name. */
static void append_untouched(struct json *merged, const struct json *present, size_t begin,
                             size_t end, const struct json *entries) {
        for (size_t i = begin; i < end; i++)
                if (find_end(entries, json_at(present, i)) == 0)
                        json_append(merged, json_clone(json_at(present, i)));
}

void env_merge(struct json *container, const struct json *entries) {
        const struct json *env = json_get(container, "env");
        const struct json *present = json_kind(env) == JSON_ARRAY ? env : NULL;
        struct json *merged = json_new_array();
        size_t done = 0;

        for (size_t i = 0; i < json_length(entries); i++) {
                const struct json *override = json_at(entries, i);
                size_t end = find_end(present, override);

                if (end == 0) {
                        json_append(merged, json_clone(override));
                        continue;
                }
                append_untouched(merged, present, done, end, entries);
                done = end > done ? end : done;
                json_append(merged, entry_merged(json_at(present, end - 1), override));
        }
        append_untouched(merged, present, done, json_length(present), entries);
        json_set(container, "env", merged);
}
