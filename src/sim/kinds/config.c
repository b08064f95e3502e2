/*
 * ConfigMaps and Secrets: data by key, which can be sealed for good.
 */
#include <string.h>

#include "kinds/base64.h"
#include "kinds/cells.h"
#include "kinds/field_checks.h"
#include "kinds/hooks.h"
#include "kinds/member.h"
#include "kinds/syntax.h"

enum { DATA_MAX = 1024 * 1024 };

static void check_keys(const struct json *object, const char *key, const struct json *other,
                       size_t *bytes, struct field_errors *errors) {
        const struct json *data = member_object(object, key), *value;
        const char *name;
        void *cursor = NULL;

        while (json_next(data, &cursor, &name, &value)) {
                const char *field = arena_printf(errors->arena, "%s[%s]", key, name);

                syntax_check(SYNTAX_CONFIG_KEY, name, field, errors);
                if (json_has(other, name))
                        error_invalid(errors, field, name,
                                      "duplicate of key present in binaryData");
                if (json_kind(value) == JSON_STRING)
                        *bytes += json_as_string(value).len;
        }
}

static void check_size(size_t bytes, const char *field, struct field_errors *errors) {
        if (bytes > DATA_MAX)
                field_error_add(errors, FIELD_ERROR_TOO_LONG, field, NULL,
                                "may not be more than %d bytes", DATA_MAX);
}

static void check_sealed(const struct json *object, const struct json *before,
                         struct field_errors *errors) {
        static const char *const keys[] = { "immutable", "data", "binaryData" };

        if (!json_is_true_at(before, "immutable"))
                return;
        for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
                if (!json_equal(json_get(object, keys[i]), json_get(before, keys[i])))
                        error_forbidden(errors, keys[i],
                                        "field is immutable when `immutable` is set");
}

static void validate_config_map(const struct kind *kind, const struct json *object,
                                const struct json *before, enum part part,
                                struct field_errors *errors) {
        size_t bytes = 0;

        (void)kind;
        (void)part;
        check_sealed(object, before, errors);
        check_keys(object, "data", member_object(object, "binaryData"), &bytes, errors);
        check_keys(object, "binaryData", NULL, &bytes, errors);
        check_size(bytes, "[]", errors);
}

/* What is written as text is kept as bytes. */
static void prepare_secret(const struct kind *kind, struct json *object, const struct json *before,
                           enum part part, int64_t now_ms) {
        const struct json *texts = member_object(object, "stringData"), *value;
        struct json *data;
        const char *name;
        void *cursor = NULL;

        (void)kind;
        (void)before;
        (void)part;
        (void)now_ms;
        if (!texts)
                return;
        data = member_object_made(object, "data");
        while (data && json_next(texts, &cursor, &name, &value))
                if (json_kind(value) == JSON_STRING)
                        json_set(data, name, base64_json(json_as_string(value)));
        json_remove(object, "stringData");
}

/* Keys that a Secret of a type must have. */
static const struct {
        const char *type;
        const char *keys[3];
} TYPES[] = {
        { "kubernetes.io/dockercfg", { ".dockercfg" } },
        { "kubernetes.io/dockerconfigjson", { ".dockerconfigjson" } },
        { "kubernetes.io/ssh-auth", { "ssh-privatekey" } },
        { "kubernetes.io/tls", { "tls.crt", "tls.key" } },
};

static void check_type(const struct json *object, const struct json *data,
                       struct field_errors *errors) {
        const char *type = json_text_at(object, "type");
        const struct json *annotations = json_get(json_get(object, "metadata"), "annotations");

        for (size_t i = 0; i < sizeof(TYPES) / sizeof(TYPES[0]); i++)
                for (size_t k = 0; strcmp(TYPES[i].type, type) == 0 && TYPES[i].keys[k]; k++)
                        if (!json_has(data, TYPES[i].keys[k]))
                                error_required(errors,
                                               arena_printf(errors->arena, "data[%s]",
                                                            TYPES[i].keys[k]),
                                               "");
        if (strcmp(type, "kubernetes.io/basic-auth") == 0 && !json_has(data, "username") &&
            !json_has(data, "password")) {
                error_required(errors, "data[username]", "");
                error_required(errors, "data[password]", "");
        }
        if (strcmp(type, "kubernetes.io/service-account-token") == 0 &&
            !*json_text_at(annotations, "kubernetes.io/service-account.name"))
                error_required(errors, "metadata.annotations[kubernetes.io/service-account.name]",
                               "");
}

static void validate_secret(const struct kind *kind, const struct json *object,
                            const struct json *before, enum part part,
                            struct field_errors *errors) {
        const struct json *data = member_object(object, "data");
        size_t bytes = 0;

        (void)kind;
        (void)part;
        if (before)
                check_immutable(object, before, "type", "", errors);
        check_sealed(object, before, errors);
        check_keys(object, "data", NULL, &bytes, errors);
        check_size(bytes / 4 * 3, "data", errors);
        check_type(object, data, errors);
}

static void cells_config_map(const struct kind *kind, const struct json *object, int64_t now_ms,
                             struct json *cells) {
        (void)kind;
        cells_name(object, cells);
        cells_int(cells, (int64_t)(json_length(member_object(object, "data")) +
                                   json_length(member_object(object, "binaryData"))));
        cells_age(object, now_ms, cells);
}

static void cells_secret(const struct kind *kind, const struct json *object, int64_t now_ms,
                         struct json *cells) {
        (void)kind;
        cells_name(object, cells);
        cells_text(cells, json_text_at(object, "type"));
        cells_int(cells, (int64_t)json_length(member_object(object, "data")));
        cells_age(object, now_ms, cells);
}

const struct kind_hooks CONFIG_MAP_HOOKS = { .validate = validate_config_map,
                                             .cells = cells_config_map };

const struct kind_hooks SECRET_HOOKS = { .prepare = prepare_secret,
                                         .validate = validate_secret,
                                         .cells = cells_secret };
