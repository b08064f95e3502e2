/*
 * The texts are those of Go's decoders: kubectl shows them as they are, and people search for them.
 */
#include "verbs/decode.h"

#include <stdlib.h>
#include <string.h>

#include "llc/base/timestamp.h"
#include "verbs/gotext.h"
#include "verbs/strays.h"

enum { TEXT_MAX = 1024 * 1024, SUMMARY_MAX = 30 };

/* A refused patch speaks of no kind. */
static const struct kind NO_KIND = { .group = "", .version = "", .name = "", .plural = "" };

static const char *text_of(const struct json *value, struct arena *arena) {
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(TEXT_MAX);

        json_write(value, &text);
        return arena_copy(arena, strbuf_bytes(&text));
}

/* The object in the first bytes of a body, or their hex when they are no object. */
static const char *summary(const struct json *tree, struct arena *arena) {
        const char *text = text_of(tree, arena);
        struct strbuf hex STRBUF_CLEANUP = STRBUF_INIT(TEXT_MAX);
        const char *more = strlen(text) > SUMMARY_MAX ? " ..." : "";

        if (text[0] == '{')
                return arena_printf(arena, "%.*s%s", SUMMARY_MAX, text, more);
        for (size_t i = 0; i < SUMMARY_MAX && text[i]; i++)
                strbuf_printf(&hex, "%02x", (unsigned char)text[i]);
        return arena_printf(arena, "%s%s", strbuf_str(&hex), more);
}

/* 422 ' "" is invalid: patch: Invalid value: …' */
static int refuse_patch(const struct write *write, const struct json *tree, const char *why) {
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(TEXT_MAX);
        struct field_errors errors = { .arena = write->refusal->arena };
        struct json *quoted JSON_CLEANUP = NULL;

        if (write->strategic)
                gotext_write(write->strategic, &text);
        else
                json_write(tree, &text);
        quoted = json_new_string(strbuf_bytes(&text));
        field_error_add(&errors, FIELD_ERROR_INVALID, "patch", quoted, "%s", why);
        return refuse_invalid(write->refusal, &NO_KIND, "", &errors);
}

int decode_refuse(const struct write *write, const struct json *tree, const char *why) {
        const char *kind = json_text_at(tree, "kind");
        const char *api_version = json_text_at(tree, "apiVersion");
        const char *slash = strchr(api_version, '/');

        if (write->source != WRITE_BODY)
                return refuse_patch(write, tree, why);
        if (kind[0] == '\0' && !write->kind->builtin)
                return refuse_bad_request(
                        write->refusal,
                        "the object provided is unrecognized (must be of type %s): %s (%s)",
                        write->kind->name, why, summary(tree, write->refusal->arena));
        if (slash)
                api_version = slash + 1;
        return refuse_bad_request(write->refusal,
                                  "%s in version \"%s\" cannot be handled as a %s: %s",
                                  kind[0] ? kind : write->kind->name,
                                  api_version[0] ? api_version : write->kind->version,
                                  write->kind->name, why);
}

static const char *go_name(enum json_kind kind) {
        switch (kind) {
        case JSON_INT:
        case JSON_DOUBLE:
                return "number";
        case JSON_NULL:
        case JSON_BOOL:
        case JSON_STRING:
        case JSON_ARRAY:
        case JSON_OBJECT:
                break;
        }
        return json_kind_name(kind);
}

int decode_refuse_type(const struct write *write, const struct json *tree,
                       const struct field_error *error) {
        static const char GOT[] = "Invalid value: \"", WANTED[] = "must be of type ";
        struct arena *arena = write->refusal->arena;
        const char *got = strstr(error->message, GOT), *wanted = strstr(error->message, WANTED);

        if (!got || !wanted)
                return decode_refuse(write, tree, error->message);
        got += sizeof(GOT) - 1;
        wanted += sizeof(WANTED) - 1;
        got = arena_copy(arena, (struct bytes){ got, strcspn(got, "\"") });
        if (strcmp(got, "integer") == 0)
                got = "number";
        return decode_refuse(
                write, tree,
                arena_printf(arena,
                             "json: cannot unmarshal %s into Go struct field %s.%s of type %.*s",
                             got, write->kind->name, error->field, (int)strcspn(wanted, ":"),
                             wanted));
}

/* What each member of ObjectMeta must be. */
enum shape { TEXT, NUMBER, TIME, TEXT_MAP, TEXT_LIST, OWNERS, ENTRIES };

static const struct {
        const char *name;
        enum shape shape;
} METADATA[] = {
        { "annotations", TEXT_MAP },
        { "creationTimestamp", TIME },
        { "deletionGracePeriodSeconds", NUMBER },
        { "deletionTimestamp", TIME },
        { "finalizers", TEXT_LIST },
        { "generateName", TEXT },
        { "generation", NUMBER },
        { "labels", TEXT_MAP },
        { "managedFields", ENTRIES },
        { "name", TEXT },
        { "namespace", TEXT },
        { "ownerReferences", OWNERS },
        { "resourceVersion", TEXT },
        { "selfLink", TEXT },
        { "uid", TEXT },
};

/* Why the value cannot be decoded, or NULL. where: "labels", "ownerReferences.uid". */
static const char *unmarshal_error(const struct write *write, const char *where,
                                   const struct json *value, const char *type) {
        return arena_printf(
                write->refusal->arena,
                "json: cannot unmarshal %s into Go struct field ObjectMeta.%s%s of type %s",
                go_name(json_kind(value)), write->kind->builtin ? "metadata." : "", where, type);
}

static const char *owner_error(const struct write *write, const struct json *owner) {
        static const char *const TEXTS[] = { "apiVersion", "kind", "name", "uid" };
        static const char *const BOOLS[] = { "blockOwnerDeletion", "controller" };
        struct arena *arena = write->refusal->arena;

        if (json_kind(owner) != JSON_OBJECT)
                return unmarshal_error(write, "ownerReferences", owner, "v1.OwnerReference");
        for (size_t i = 0; i < sizeof(TEXTS) / sizeof(*TEXTS); i++) {
                const struct json *value = json_get(owner, TEXTS[i]);

                if (value && json_kind(value) != JSON_STRING)
                        return unmarshal_error(write,
                                               arena_printf(arena, "ownerReferences.%s", TEXTS[i]),
                                               value, "string");
        }
        for (size_t i = 0; i < sizeof(BOOLS) / sizeof(*BOOLS); i++) {
                const struct json *value = json_get(owner, BOOLS[i]);

                if (value && json_kind(value) != JSON_BOOL)
                        return unmarshal_error(write,
                                               arena_printf(arena, "ownerReferences.%s", BOOLS[i]),
                                               value, "bool");
        }
        return NULL;
}

/* Null as a value of a map of texts is the empty text. */
static const char *text_map_error(const struct write *write, const char *name, struct json *map) {
        struct strings nulls = { .arena = write->refusal->arena };
        const struct json *value;
        void *cursor = NULL;
        const char *key;

        if (json_kind(map) != JSON_OBJECT)
                return unmarshal_error(write, name, map, "map[string]string");
        while (json_next(map, &cursor, &key, &value)) {
                if (json_kind(value) == JSON_NULL)
                        strings_add(&nulls, "%s", key);
                else if (json_kind(value) != JSON_STRING)
                        return unmarshal_error(write, name, value, "string");
        }
        for (size_t i = 0; i < nulls.n; i++)
                json_set_str(map, nulls.items[i], "");
        return NULL;
}

static const char *list_error(const struct write *write, const char *name, const struct json *list,
                              enum shape shape) {
        if (json_kind(list) != JSON_ARRAY)
                return unmarshal_error(write, name, list,
                                       shape == TEXT_LIST ? "[]string"
                                       : shape == OWNERS  ? "[]v1.OwnerReference"
                                                          : "[]v1.ManagedFieldsEntry");
        for (size_t i = 0; i < json_length(list); i++) {
                const struct json *item = json_at(list, i);
                const char *why = NULL;

                if (shape == TEXT_LIST && json_kind(item) != JSON_STRING)
                        why = unmarshal_error(write, name, item, "string");
                else if (shape == OWNERS)
                        why = owner_error(write, item);
                else if (shape == ENTRIES && json_kind(item) != JSON_OBJECT)
                        why = unmarshal_error(write, name, item, "v1.ManagedFieldsEntry");
                if (why)
                        return why;
        }
        return NULL;
}

static const char *shape_error(const struct write *write, const char *name, struct json *value,
                               enum shape shape) {
        struct err err;
        int64_t ms;

        switch (shape) {
        case TEXT:
                return json_kind(value) == JSON_STRING
                               ? NULL
                               : unmarshal_error(write, name, value, "string");
        case NUMBER:
                return json_kind(value) == JSON_INT ? NULL
                                                    : unmarshal_error(write, name, value, "int64");
        case TIME:
                if (json_kind(value) != JSON_STRING)
                        return unmarshal_error(write, name, value, "string");
                if (timestamp_parse(json_as_string(value), &ms, &err) == 0)
                        return NULL;
                return arena_printf(
                        write->refusal->arena,
                        "parsing time %s as \"2006-01-02T15:04:05Z07:00\": cannot parse",
                        text_of(value, write->refusal->arena));
        case TEXT_MAP:
                return text_map_error(write, name, value);
        case TEXT_LIST:
        case OWNERS:
        case ENTRIES:
                return list_error(write, name, value, shape);
        }
        return NULL;
}

/* Checks and cleans metadata; members that ObjectMeta has not go to unknown. */
static const char *decode_metadata(const struct write *write, struct json *metadata,
                                   struct strings *unknown) {
        struct strings gone = { .arena = write->refusal->arena };
        const struct json *value;
        void *cursor = NULL;
        const char *key;

        while (json_next(metadata, &cursor, &key, &value)) {
                const char *why = NULL;
                bool known = false;

                for (size_t i = 0; !known && i < sizeof(METADATA) / sizeof(*METADATA); i++) {
                        known = strcmp(key, METADATA[i].name) == 0;
                        if (known && json_kind(value) != JSON_NULL)
                                why = shape_error(write, key, json_get_mut(metadata, key),
                                                  METADATA[i].shape);
                }
                if (why)
                        return why;
                if (!known)
                        strings_add(unknown, "metadata.%s", key);
                if (!known || json_kind(value) == JSON_NULL || strcmp(key, "selfLink") == 0)
                        strings_add(&gone, "%s", key);
        }
        for (size_t i = 0; i < gone.n; i++)
                json_remove(metadata, gone.items[i]);
        return NULL;
}

/* The server's Go type of a group's kind: core.Pod, apps.Deployment. */
static const char *go_package(const struct kind *kind, struct arena *arena) {
        if (kind->group[0] == '\0')
                return "core";
        return arena_copy(arena, (struct bytes){ kind->group, strcspn(kind->group, ".") });
}

/* Fills in apiVersion and kind where they may be left out; NULL when they are as they should. */
static const char *builtin_type_error(const struct write *write, struct json *tree) {
        struct arena *arena = write->refusal->arena;
        const struct kind *kind = write->kind, *other;
        const char *own_version = kind_api_version(kind, arena);

        if (write->strategic || json_text_at(tree, "apiVersion")[0] == '\0')
                json_set_str(tree, "apiVersion", own_version);
        if (write->strategic || json_text_at(tree, "kind")[0] == '\0')
                json_set_str(tree, "kind", kind->name);
        if (strcmp(json_text_at(tree, "apiVersion"), own_version) == 0 &&
            strcmp(json_text_at(tree, "kind"), kind->name) == 0)
                return NULL;

        other = kinds_find_name(write->sim->kinds, json_text_at(tree, "apiVersion"),
                                json_text_at(tree, "kind"));
        if (other && other->builtin)
                return arena_printf(arena, "converting (%s.%s) to (%s.%s): unknown conversion",
                                    other->version, other->name, go_package(kind, arena),
                                    kind->name);
        return arena_printf(arena,
                            "no kind \"%s\" is registered for version \"%s\" in scheme "
                            "\"pkg/runtime/scheme.go:110\"",
                            json_text_at(tree, "kind"), json_text_at(tree, "apiVersion"));
}

static int decode_type(const struct write *write, struct json *tree) {
        static const char *const TEXTS[] = { "apiVersion", "kind" };
        struct arena *arena = write->refusal->arena;
        const char *why;

        if (json_kind(tree) != JSON_OBJECT) {
                why = arena_printf(
                        arena,
                        "json: cannot unmarshal %s into Go value of type map[string]interface {}",
                        go_name(json_kind(tree)));
                if (write->source != WRITE_BODY)
                        return refuse_patch(write, tree, why);
                return refuse_bad_request(
                        write->refusal,
                        "the object provided is unrecognized (must be of type %s): %s (%s)",
                        write->kind->name, why, summary(tree, arena));
        }
        for (size_t i = 0; i < sizeof(TEXTS) / sizeof(*TEXTS); i++) {
                const struct json *value = json_get(tree, TEXTS[i]);

                if (value && json_kind(value) != JSON_STRING)
                        return decode_refuse(write, tree,
                                             arena_printf(arena,
                                                          "json: cannot unmarshal %s into Go "
                                                          "struct field .%s of type string",
                                                          go_name(json_kind(value)), TEXTS[i]));
        }
        if (write->kind->builtin) {
                why = builtin_type_error(write, tree);
                return why ? decode_refuse(write, tree, why) : 0;
        }
        if (json_text_at(tree, "kind")[0] == '\0')
                return decode_refuse(write, tree,
                                     arena_printf(arena, "Object 'Kind' is missing in '%s'",
                                                  text_of(tree, arena)));
        if (write->source == WRITE_BODY &&
            strcmp(json_text_at(tree, "apiVersion"), kind_api_version(write->kind, arena)) != 0)
                return refuse_bad_request(write->refusal,
                                          "the API version in the data (%s) does not match the "
                                          "expected API version (%s)",
                                          json_text_at(tree, "apiVersion"),
                                          kind_api_version(write->kind, arena));
        return 0;
}

int decode_object(const struct write *write, struct json *tree) {
        struct strings unknown = { .arena = write->refusal->arena };
        struct strings order = { .arena = write->refusal->arena };
        struct json *metadata;
        const char *why;

        if (decode_type(write, tree) < 0)
                return -1;
        metadata = json_get_mut(tree, "metadata");
        if (metadata && json_kind(metadata) != JSON_OBJECT)
                return decode_refuse(
                        write, tree,
                        arena_printf(
                                write->refusal->arena,
                                "json: cannot unmarshal %s into Go struct field %s.metadata of "
                                "type v1.ObjectMeta",
                                go_name(json_kind(metadata)), write->kind->name));
        strays_note_order(tree, &order);
        why = decode_metadata(write, json_object_at(tree, "metadata"), &unknown);
        if (why)
                return decode_refuse(write, tree, why);
        schema_prune(write->kind->schema, tree, &unknown);
        return strays_say(write, tree, &order, &unknown);
}

int decode_place(const struct write *write, struct json *tree) {
        struct json *metadata = json_get_mut(tree, "metadata");
        const char *name = json_text_at(metadata, "name");
        const char *namespace_ = json_text_at(metadata, "namespace");

        if (write->namespace_[0] == '\0')
                json_remove(metadata, "namespace");
        else if (namespace_[0] == '\0')
                json_set_str(metadata, "namespace", write->namespace_);
        else if (strcmp(namespace_, write->namespace_) != 0)
                return refuse_bad_request(write->refusal,
                                          "the namespace of the provided object does not match the "
                                          "namespace sent on the request");
        if (!write->name)
                return 0;
        if (name[0] == '\0')
                return refuse_bad_request(write->refusal,
                                          "the name of the object (%s based on URL) was "
                                          "undeterminable: name must be provided",
                                          write->name);
        if (strcmp(name, write->name) != 0)
                return refuse_bad_request(
                        write->refusal,
                        "the name of the object (%s) does not match the name on the URL (%s)", name,
                        write->name);
        return 0;
}
