/*
 * What the parts of an object have to do with each other, and what comes before its checks.
 */
#include <string.h>

#include "kinds/decoded.h"
#include "kinds/kind.h"
#include "kinds/member.h"

static void take(struct json *object, const struct json *before, const char *key) {
        const struct json *value = json_get(before, key);

        if (!value)
                json_remove(object, key);
        else if (!json_equal(json_get(object, key), value))
                json_set(object, key, json_clone(value));
}

/* Who owns what is settled before and after, so it is not of the past. */
static void take_metadata(struct json *object, const struct json *before) {
        struct json *managed = json_take(json_get_mut(object, "metadata"), "managedFields");
        struct json *metadata = json_clone(json_get(before, "metadata"));

        if (managed)
                json_set(metadata, "managedFields", managed);
        else
                json_remove(metadata, "managedFields");
        json_set(object, "metadata", metadata);
}

/* A write to the status leaves the rest: of a custom resource the metadata, too. */
static void keep_all_but_status(const struct kind *kind, struct json *object,
                                const struct json *before) {
        const struct json *value;
        const char *key;
        void *cursor = NULL;

        while (json_next(before, &cursor, &key, &value))
                if (strcmp(key, "status") != 0 && strcmp(key, "metadata") != 0)
                        take(object, before, key);
        if (!kind->builtin)
                take_metadata(object, before);
        for (size_t i = 0; i < kind->schema->n_properties; i++)
                if (!json_has(before, kind->schema->properties[i].name) &&
                    strcmp(kind->schema->properties[i].name, "status") != 0)
                        json_remove(object, kind->schema->properties[i].name);
}

static void keep_other_part(const struct kind *kind, struct json *object, const struct json *before,
                            enum part part) {
        bool status_on_create = kind->hooks && kind->hooks->status_on_create;

        if (part == PART_STATUS)
                keep_all_but_status(kind, object, before);
        else if (kind->has_status && before)
                take(object, before, "status");
        else if (kind->has_status && !status_on_create)
                json_remove(object, "status");
}

int kind_complete(const struct kind *kind, struct json *object, const struct json *before,
                  enum part part, int64_t now_ms, struct err *err) {
        const struct schema *metadata = schema_property(kind->schema, "metadata");

        if (!member_object_made(object, "metadata"))
                return 0; /* no object at all: validation says so */
        if (kind->builtin ? decoded_object(kind->schema, object, err) < 0
                          : metadata && decoded_object(metadata, json_get_mut(object, "metadata"),
                                                       err) < 0)
                return -1;
        keep_other_part(kind, object, before, part);
        schema_default(kind->schema, object);
        if (kind->hooks && kind->hooks->prepare)
                kind->hooks->prepare(kind, object, before, part, now_ms);
        return 0;
}
