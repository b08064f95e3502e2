#include "serve/cut.h"

#include <string.h>

#include "llc/base/json.h"

/* One past the string that begins at `at`. */
static const char *string_end(const char *at, const char *end) {
        for (at++; at < end && *at != '"'; at++)
                at += *at == '\\';
        return at < end ? at + 1 : end;
}

static const char *nested_end(const char *at, const char *end) {
        size_t depth = 0;

        while (at < end) {
                if (*at == '"') {
                        at = string_end(at, end);
                        continue;
                }
                depth += *at == '{' || *at == '[';
                depth -= *at == '}' || *at == ']';
                at++;
                if (depth == 0)
                        break;
        }
        return at;
}

static const char *value_end(const char *at, const char *end) {
        if (at < end && *at == '"')
                return string_end(at, end);
        if (at < end && (*at == '{' || *at == '['))
                return nested_end(at, end);
        while (at < end && *at != ',' && *at != '}' && *at != ']')
                at++;
        return at;
}

struct member {
        struct bytes name, value; /* name without its quotes, undecoded */
};

/* The member at *at, which moves past it and its comma; false at the end of the object. */
static bool next_member(const char **at, const char *end, struct member *ret_member) {
        const char *name = *at, *colon, *value;

        if (name >= end || *name != '"')
                return false;
        colon = string_end(name, end);
        value = colon < end ? value_end(colon + 1, end) : end;
        if (value == end)
                return false;
        ret_member->name = (struct bytes){ name + 1, (size_t)(colon - name) - 2 };
        ret_member->value = (struct bytes){ colon + 1, (size_t)(value - colon) - 1 };
        *at = *value == ',' ? value + 1 : value;
        return true;
}

static bool is_object(struct bytes text) {
        return text.len > 1 && text.ptr[0] == '{';
}

struct bytes cut_member(struct bytes text, const char *name) {
        struct member member;
        const char *at;

        if (!is_object(text))
                return BYTES_NULL;
        at = text.ptr + 1;
        while (next_member(&at, text.ptr + text.len, &member)) {
                if (bytes_is(member.name, name))
                        return member.value;
        }
        return BYTES_NULL;
}

struct bytes cut_path(struct bytes text, const char *path) {
        char name[64];

        while (*path && text.len > 0) {
                size_t n = strcspn(path, ".");

                if (n >= sizeof name)
                        return BYTES_NULL;
                memcpy(name, path, n);
                name[n] = '\0';
                text = cut_member(text, name);
                path += n;
                path += *path == '.';
        }
        return text;
}

const char *cut_scalar(struct bytes value, struct arena *arena) {
        struct json *string JSON_CLEANUP = NULL;
        struct err err;

        if (value.len == 0 || bytes_is(value, "null") || *value.ptr == '{' || *value.ptr == '[')
                return "";
        if (*value.ptr != '"')
                return arena_copy(arena, value);
        if (!memchr(value.ptr, '\\', value.len))
                return arena_copy(arena, (struct bytes){ value.ptr + 1, value.len - 2 });
        if (json_parse(value, &JSON_LIMITS_OBJECT, &string, &err) < 0)
                return "";
        return arena_copy(arena, json_as_string(string));
}

void cut_untyped(struct bytes object, struct strbuf *out) {
        const char *at = object.ptr + 1, *end = object.ptr + object.len, *begin = at;
        struct member member;
        size_t left = 2; /* apiVersion and kind are usually first: the rest goes as one piece */
        bool any = false;

        strbuf_append_char(out, '{');
        while (left > 0 && next_member(&at, end, &member)) {
                if (bytes_is(member.name, "apiVersion") || bytes_is(member.name, "kind")) {
                        left--;
                } else {
                        if (any)
                                strbuf_append_char(out, ',');
                        strbuf_append(out,
                                      (struct bytes){ begin, (size_t)(member.value.ptr - begin) +
                                                                     member.value.len });
                        any = true;
                }
                begin = at;
        }
        if (any && begin < end && *begin != '}')
                strbuf_append_char(out, ',');
        strbuf_append(out, (struct bytes){ begin, (size_t)(end - begin) });
}

void cut_versioned(struct bytes object, const char *resource_version, struct strbuf *out) {
        struct bytes old = cut_path(object, "metadata.resourceVersion");
        const char *end = object.ptr + object.len;

        if (old.len == 0) {
                strbuf_append(out, object);
                return;
        }
        strbuf_append(out, (struct bytes){ object.ptr, (size_t)(old.ptr - object.ptr) });
        strbuf_printf(out, "\"%s\"", resource_version);
        strbuf_append(out, (struct bytes){ old.ptr + old.len, (size_t)(end - old.ptr) - old.len });
}

void cut_metadata(struct bytes object, struct strbuf *out) {
        struct bytes metadata = cut_member(object, "metadata");

        strbuf_puts(out, "{\"kind\":\"PartialObjectMetadata\",\"apiVersion\":\"meta.k8s.io/v1\","
                         "\"metadata\":");
        strbuf_append(out, metadata.len > 0 ? metadata : bytes_of("{}"));
        strbuf_append_char(out, '}');
}
