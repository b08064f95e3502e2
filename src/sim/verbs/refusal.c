#include "verbs/refusal.h"

#include <stdarg.h>
#include <stdio.h>

enum {
        HTTP_BAD_REQUEST = 400,
        HTTP_FORBIDDEN = 403,
        HTTP_NOT_FOUND = 404,
        HTTP_CONFLICT = 409,
        HTTP_UNPROCESSABLE = 422,
        HTTP_NOT_IMPLEMENTED = 501,
};

void refusal_deinit(struct refusal *refusal) {
        json_free(refusal->causes);
        refusal->causes = NULL;
}

/* A refusal replaces what the struct said before: a verb may try again after one. */
static int set(struct refusal *refusal, int code, const char *reason, const char *message) {
        refusal_deinit(refusal);
        *refusal = (struct refusal){
                .arena = refusal->arena, .code = code, .reason = reason, .message = message
        };
        return -1;
}

/* details.kind is the resource's name, except in what is invalid. */
static int set_details(struct refusal *refusal, const struct kind *kind, const char *details_kind,
                       const char *name) {
        struct arena *arena = refusal->arena;

        refusal->group = kind->group[0] != '\0' ? arena_strdup(arena, kind->group) : NULL;
        refusal->kind = arena_strdup(arena, details_kind);
        refusal->name = name && name[0] != '\0' ? arena_strdup(arena, name) : NULL;
        return -1;
}

int refuse(struct refusal *refusal, int code, const char *reason, const char *fmt, ...) {
        const char *text;
        va_list args;

        va_start(args, fmt);
        text = arena_vprintf(refusal->arena, fmt, args);
        va_end(args);
        return set(refusal, code, reason, text);
}

int refuse_not_found(struct refusal *refusal, const struct kind *kind, const char *name) {
        refuse(refusal, HTTP_NOT_FOUND, "NotFound", "%s \"%s\" not found",
               kind_resource_name(kind, refusal->arena), name ? name : "");
        return set_details(refusal, kind, kind->plural, name);
}

int refuse_exists(struct refusal *refusal, const struct kind *kind, const char *name) {
        refuse(refusal, HTTP_CONFLICT, "AlreadyExists", "%s \"%s\" already exists",
               kind_resource_name(kind, refusal->arena), name);
        return set_details(refusal, kind, kind->plural, name);
}

int refuse_conflict(struct refusal *refusal, const struct kind *kind, const char *name,
                    const char *fmt, ...) {
        const char *text;
        va_list args;

        va_start(args, fmt);
        text = arena_vprintf(refusal->arena, fmt, args);
        va_end(args);
        refuse(refusal, HTTP_CONFLICT, "Conflict", "Operation cannot be fulfilled on %s \"%s\": %s",
               kind_resource_name(kind, refusal->arena), name, text);
        return set_details(refusal, kind, kind->plural, name);
}

int refuse_bad_request(struct refusal *refusal, const char *fmt, ...) {
        const char *text;
        va_list args;

        va_start(args, fmt);
        text = arena_vprintf(refusal->arena, fmt, args);
        va_end(args);
        return set(refusal, HTTP_BAD_REQUEST, "BadRequest", text);
}

int refuse_invalid(struct refusal *refusal, const struct kind *kind, const char *name,
                   const struct field_errors *errors) {
        refuse(refusal, HTTP_UNPROCESSABLE, "Invalid", "%s%s%s \"%s\" is invalid: %s", kind->name,
               kind->group[0] != '\0' ? "." : "", kind->group, name ? name : "",
               field_errors_text(errors));
        set_details(refusal, kind, kind->name, name);
        for (size_t i = 0; i < errors->n; i++)
                refusal_cause(refusal, field_error_reason(errors->items[i].type),
                              errors->items[i].message, errors->items[i].field);
        return -1;
}

int refuse_forbidden(struct refusal *refusal, const struct kind *kind, const char *name,
                     const char *fmt, ...) {
        const char *resource = kind_resource_name(kind, refusal->arena);
        const char *text;
        va_list args;

        va_start(args, fmt);
        text = arena_vprintf(refusal->arena, fmt, args);
        va_end(args);
        if (name && name[0] != '\0')
                refuse(refusal, HTTP_FORBIDDEN, "Forbidden", "%s \"%s\" is forbidden: %s", resource,
                       name, text);
        else
                refuse(refusal, HTTP_FORBIDDEN, "Forbidden", "%s is forbidden: %s", resource, text);
        return set_details(refusal, kind, kind->plural, name);
}

int refuse_out_of_scope(struct refusal *refusal, const char *fmt, ...) {
        const char *text;
        va_list args;

        va_start(args, fmt);
        text = arena_vprintf(refusal->arena, fmt, args);
        va_end(args);
        return set(refusal, HTTP_NOT_IMPLEMENTED, "NotImplemented", text);
}

static void set_some(struct json *object, const char *key, const char *value) {
        if (value && value[0] != '\0')
                json_set_str(object, key, value);
}

void refusal_cause(struct refusal *refusal, const char *reason, const char *message,
                   const char *field) {
        struct json *cause = json_new_object();

        if (!refusal->causes)
                refusal->causes = json_new_array();
        set_some(cause, "reason", reason);
        set_some(cause, "message", message);
        set_some(cause, "field", field);
        json_append(refusal->causes, cause);
}

struct json *refusal_status(const struct refusal *refusal) {
        struct json *status = json_new_object(), *details = json_new_object();
        struct json *metadata = json_new_object();

        json_set_str(status, "kind", "Status");
        json_set_str(status, "apiVersion", "v1");
        json_set(status, "metadata", metadata);
        set_some(metadata, "continue", refusal->continue_);
        json_set_str(status, "status", "Failure");
        json_set_str(status, "message", refusal->message);
        set_some(status, "reason", refusal->reason);

        set_some(details, "name", refusal->name);
        set_some(details, "group", refusal->group);
        set_some(details, "kind", refusal->kind);
        set_some(details, "uid", refusal->uid);
        if (refusal->causes)
                json_set(details, "causes", json_clone(refusal->causes));
        if (refusal->retry_after_s > 0)
                json_set_int(details, "retryAfterSeconds", refusal->retry_after_s);
        if (json_length(details) > 0 || refusal->has_details)
                json_set(status, "details", details);
        else
                json_free(details);
        json_set_int(status, "code", refusal->code);
        return status;
}
