/*
 * Kinds that are built in and custom resources differ here in the real server, in texts and in what
 * an absent number means; both are followed.
 */
#include "verbs/scale.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "kinds/selector_text.h"
#include "verbs/decode.h"
#include "verbs/gotext.h"

enum { PATH_MAX_BYTES = 256, SELECTOR_MAX = 64 * 1024, HTTP_INTERNAL = 500 };

static const struct schema TEXT = { .type = SCHEMA_STRING };
static const struct schema NUMBER = { .type = SCHEMA_INTEGER };
static const struct schema_property SPEC_PROPERTIES[] = {
        { .name = "replicas", .schema = &NUMBER },
};
static const struct schema SPEC = { .type = SCHEMA_OBJECT,
                                    .properties = SPEC_PROPERTIES,
                                    .n_properties = 1 };
static const struct schema_property STATUS_PROPERTIES[] = {
        { .name = "replicas", .schema = &NUMBER },
        { .name = "selector", .schema = &TEXT },
};
static const struct schema STATUS = { .type = SCHEMA_OBJECT,
                                      .properties = STATUS_PROPERTIES,
                                      .n_properties = 2 };
static const struct schema_property PROPERTIES[] = {
        { .name = "spec", .schema = &SPEC },
        { .name = "status", .schema = &STATUS },
};
static const struct schema SCHEMA = { .type = SCHEMA_OBJECT,
                                      .properties = PROPERTIES,
                                      .n_properties = 2 };
static const struct kind KIND = { .group = "autoscaling",
                                  .version = "v1",
                                  .name = "Scale",
                                  .plural = "scales",
                                  .builtin = true,
                                  .schema = &SCHEMA };

const struct schema *scale_schema(void) {
        return &SCHEMA;
}

/* The next name of a path with dots, a dot in front or not; false at the end. */
static bool next_name(const char **path, char name[static PATH_MAX_BYTES]) {
        const char *start = **path == '.' ? *path + 1 : *path;
        size_t length = strcspn(start, ".");

        if (length == 0 || length >= PATH_MAX_BYTES)
                return false;
        memcpy(name, start, length);
        name[length] = '\0';
        *path = start + length;
        return true;
}

static const struct json *value_at(const struct json *object, const char *path) {
        char name[PATH_MAX_BYTES];

        while (path && object && next_name(&path, name))
                object = json_get(object, name);
        return path ? object : NULL;
}

static void set_at(struct json *object, const char *path, int64_t value) {
        char name[PATH_MAX_BYTES], next[PATH_MAX_BYTES];

        if (!next_name(&path, name))
                return;
        while (next_name(&path, next)) {
                object = json_object_at(object, name);
                memcpy(name, next, sizeof(name));
        }
        json_set_int(object, name, value);
}

static const char *dotted(const char *path, struct arena *arena) {
        return path[0] == '.' ? path : arena_printf(arena, ".%s", path);
}

static void validate_number(const struct json *tree, const char *path,
                            struct field_errors *errors) {
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(SELECTOR_MAX);
        struct json *zero JSON_CLEANUP = json_new_int(0);
        const struct json *value = value_at(tree, path);

        if (!value)
                return;
        path = dotted(path, errors->arena);
        if (json_kind(value) != JSON_INT) {
                gotext_write(value, &text);
                field_error_add(errors, FIELD_ERROR_INVALID, path, zero,
                                "%s accessor error: %s is of the type %s, expected int64", path,
                                strbuf_str(&text), gotext_type(value));
        } else if (json_as_int(value) < 0) {
                field_error_add(errors, FIELD_ERROR_INVALID, path, value,
                                "should be a non-negative integer");
        } else if (json_as_int(value) > INT32_MAX) {
                field_error_add(errors, FIELD_ERROR_INVALID, path, value,
                                "should be less than or equal to %d", INT32_MAX);
        }
}

void scale_validate(const struct kind *kind, const struct json *tree, struct field_errors *errors) {
        validate_number(tree, kind->scale->replicas, errors);
        if (kind->scale->status_replicas)
                validate_number(tree, kind->scale->status_replicas, errors);
}

static int64_t number_at(const struct json *object, const char *path) {
        const struct json *value = value_at(object, path);

        return json_kind(value) == JSON_INT ? json_as_int(value) : 0;
}

static void set_selector(const struct scale_paths *paths, const struct json *object,
                         struct json *status) {
        const struct json *selector = value_at(object, paths->selector);
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(SELECTOR_MAX);

        if (json_kind(selector) == JSON_STRING)
                strbuf_append(&text, json_as_string(selector));
        else if (json_kind(selector) == JSON_OBJECT)
                selector_text_write(selector, &text);
        if (text.len > 0)
                json_set_str(status, "selector", strbuf_str(&text));
}

struct json *scale_of(const struct kind *kind, const struct json *object, bool *ret_found) {
        static const char *const COPIED[] = { "name", "namespace", "uid", "resourceVersion",
                                              "creationTimestamp" };
        const struct json *from = json_get(object, "metadata");
        struct json *scale = json_new_object();
        struct json *metadata, *spec, *status;
        int64_t replicas = number_at(object, kind->scale->replicas);

        json_set_str(scale, "kind", KIND.name);
        json_set_str(scale, "apiVersion", "autoscaling/v1");
        metadata = json_object_at(scale, "metadata");
        for (size_t i = 0; i < sizeof(COPIED) / sizeof(*COPIED); i++)
                if (json_get(from, COPIED[i]))
                        json_set(metadata, COPIED[i], json_clone(json_get(from, COPIED[i])));
        spec = json_object_at(scale, "spec");
        if (replicas != 0)
                json_set_int(spec, "replicas", replicas);
        status = json_object_at(scale, "status");
        json_set_int(status, "replicas", number_at(object, kind->scale->status_replicas));
        set_selector(kind->scale, object, status);
        *ret_found = value_at(object, kind->scale->replicas) != NULL;
        return scale;
}

static struct write of_scale(const struct write *write) {
        struct write scale = *write;

        scale.kind = &KIND;
        return scale;
}

int scale_decode(const struct write *write, struct json *scale) {
        struct field_errors errors = { .arena = write->refusal->arena };
        struct write own = of_scale(write);

        if (decode_object(&own, scale) < 0)
                return -1;
        if (json_has(scale, "spec") && !json_get(scale, "spec"))
                json_remove(scale, "spec");
        if (json_has(json_get(scale, "spec"), "replicas") &&
            !json_get(json_get(scale, "spec"), "replicas"))
                json_remove(json_get_mut(scale, "spec"), "replicas");
        json_remove(scale, "status");
        schema_validate(&SCHEMA, scale, NULL, &errors);
        if (errors.n > 0)
                return decode_refuse_type(&own, scale, &errors.items[0]);
        return decode_place(&own, scale);
}

int scale_check_patched(const struct write *write, const struct json *scale,
                        const struct json *before, bool found) {
        struct arena *arena = write->refusal->arena;
        const char *asked = json_text_at(json_get(scale, "metadata"), "uid");
        const char *uid = json_text_at(json_get(before, "metadata"), "uid");

        if (write->kind->builtin) {
                struct kind scale_kind = *write->kind;

                if (asked[0] == '\0' || strcmp(asked, uid) == 0)
                        return 0;
                scale_kind.plural = arena_printf(arena, "%s/scale", write->kind->plural);
                return refuse_conflict(
                        write->refusal, &scale_kind, write->name,
                        "Precondition failed: UID in precondition: %s, UID in object "
                        "meta: %s",
                        asked, uid);
        }
        if (found || json_has(json_get(scale, "spec"), "replicas"))
                return 0;
        return refuse_bad_request(write->refusal, "the spec replicas field \"%s\" cannot be empty",
                                  dotted(write->kind->scale->replicas, arena));
}

int scale_into(const struct write *write, const struct json *scale, struct json *object) {
        const struct json *replicas = json_get(json_get(scale, "spec"), "replicas");
        const char *version = json_text_at(json_get(scale, "metadata"), "resourceVersion");
        int64_t n = replicas ? json_as_int(replicas) : 0;
        struct field_errors errors = { .arena = write->refusal->arena };

        if (write->kind->builtin && n < 0) {
                field_error_add(&errors, FIELD_ERROR_INVALID, "spec.replicas", replicas,
                                "must be greater than or equal to 0");
                return refuse_invalid(write->refusal, &KIND, write->name, &errors);
        }
        set_at(object, write->kind->scale->replicas, n);
        if (version[0] != '\0')
                json_set_str(json_get_mut(object, "metadata"), "resourceVersion", version);
        return 0;
}

struct json *verb_scale_view(const struct kind *kind, const struct record *record) {
        struct json *tree JSON_CLEANUP = record_tree(record);
        bool found;

        return scale_of(kind, tree, &found);
}

int verb_scale_get(struct sim *sim, const struct kind *kind, const char *namespace_,
                   const char *name, struct json **ret_scale, struct refusal *refusal) {
        struct record *record = collection_get(kind->objects, namespace_, name);
        struct json *tree JSON_CLEANUP = NULL, *scale JSON_CLEANUP = NULL;
        const char *why;
        bool found;

        (void)sim;
        if (!record)
                return refuse_not_found(refusal, kind, name);
        tree = record_tree(record);
        scale = scale_of(kind, tree, &found);
        if (!found && !kind->builtin) {
                why = arena_printf(refusal->arena, "the spec replicas field \"%s\" does not exist",
                                   dotted(kind->scale->replicas, refusal->arena));
                refuse(refusal, HTTP_INTERNAL, "InternalError", "Internal error occurred: %s", why);
                refusal_cause(refusal, "", why, "");
                return -1;
        }
        *ret_scale = scale;
        scale = NULL;
        return 0;
}
