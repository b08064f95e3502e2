/*
 * RFC 6902 with the habits of evanphx/json-patch 4, which the API server uses: a missing member and
 * null are one, "replace" makes what is missing, the whole document can be replaced and tested but
 * not added, and what stands before a path's first slash does not count.
 *
 * The API server says of an operation that fails only that one did.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "patch/body.h"
#include "patch/patch.h"

enum {
        OPERATIONS_MAX = 10000,
        DEPTH_MAX = 128,      /* as JSON_LIMITS_OBJECT: a patch must not make what can't be sent */
        COPIED_MAX = 3 << 20, /* bytes that "copy" may add in one patch, as in the API server */
        HTTP_TOO_LARGE = 413,
        HTTP_UNPROCESSABLE = 422,
};

/* A patch under way. */
struct document {
        struct json *root;
        struct arena *arena;
        struct strbuf *copied; /* all that "copy" has added; what counts is that it overflows */
};

/* Where a path ends: a member of an object or an item of an array. */
struct place {
        struct json *container;
        const char *key;
        size_t depth; /* of what stands there */
};

enum { FAILED = -1 };

/* Copies one token of a path, with ~1 and ~0 decoded. */
static char *token(struct arena *arena, const char *start, size_t length) {
        char *out = arena_alloc(arena, length + 1), *end = out;

        for (size_t i = 0; i < length; i++) {
                bool escape = start[i] == '~' && i + 1 < length;

                if (escape && (start[i + 1] == '0' || start[i + 1] == '1'))
                        *end++ = start[++i] == '0' ? '~' : '/';
                else
                        *end++ = start[i];
        }
        *end = '\0';
        return out;
}

/* A number as Go's Atoi reads it; negative ones count from the end of `length` items. */
static int index_of(const char *text, size_t length, size_t *ret_index) {
        const char *digits = text + (*text == '-' || *text == '+');
        long number;

        if (*digits == '\0' || strspn(digits, "0123456789") != strlen(digits) ||
            strlen(digits) > 18)
                return FAILED;
        number = strtol(text, NULL, 10);
        if (number < 0)
                number += (long)length;
        if (number < 0)
                return FAILED;
        *ret_index = (size_t)number;
        return 0;
}

/* The value at a place; NULL is null or absent. */
static int get(const struct place *place, struct json **ret_value) {
        size_t index;

        if (json_kind(place->container) == JSON_OBJECT) {
                *ret_value = json_get_mut(place->container, place->key);
                return 0;
        }
        if (index_of(place->key, json_length(place->container), &index) < 0 ||
            index >= json_length(place->container))
                return FAILED;
        *ret_value = json_at_mut(place->container, index);
        return 0;
}

static int find(struct document *document, struct bytes path, struct place *ret_place) {
        const char *slash = path.ptr ? memchr(path.ptr, '/', path.len) : NULL, *end, *next;
        struct place place = { .container = document->root };

        if (!path.ptr || !slash ||
            memchr(path.ptr, '\0', path.len)) /* no member's name has a NUL */
                return FAILED;
        end = path.ptr + path.len;
        for (;; slash = next) {
                next = memchr(slash + 1, '/', (size_t)(end - slash) - 1);
                place.key = token(document->arena, slash + 1,
                                  (size_t)((next ? next : end) - slash) - 1);
                place.depth++;
                if (!next)
                        break;
                if (get(&place, &place.container) < 0 ||
                    (json_kind(place.container) != JSON_OBJECT &&
                     json_kind(place.container) != JSON_ARRAY))
                        return FAILED;
        }
        *ret_place = place;
        return 0;
}

static size_t depth_of(const struct json *value) {
        const struct json *member;
        const char *key;
        void *cursor = NULL;
        size_t depth = 0, below;

        if (json_kind(value) == JSON_ARRAY) {
                for (size_t i = 0; i < json_length(value); i++) {
                        below = depth_of(json_at(value, i));
                        depth = below > depth ? below : depth;
                }
                return depth + 1;
        }
        if (json_kind(value) != JSON_OBJECT)
                return 0;
        while (json_next(value, &cursor, &key, &member)) {
                below = depth_of(member);
                depth = below > depth ? below : depth;
        }
        return depth + 1;
}

/* Takes the value in all cases. */
static int add(const struct place *place, struct json *value) {
        size_t length, index;

        if (place->depth + depth_of(value) > DEPTH_MAX)
                goto failed;
        if (json_kind(place->container) == JSON_OBJECT) {
                json_set(place->container, place->key, value);
                return 0;
        }
        length = json_length(place->container);
        if (strcmp(place->key, "-") == 0)
                index = length;
        else if (index_of(place->key, length + 1, &index) < 0 || index > length)
                goto failed;
        json_insert_at(place->container, index, value);
        return 0;
failed:
        json_free(value);
        return FAILED;
}

/* Hands over what stood there. */
static int take(const struct place *place, struct json **ret_value) {
        size_t index;

        if (json_kind(place->container) == JSON_OBJECT) {
                if (!json_has(place->container, place->key))
                        return FAILED;
                *ret_value = json_take(place->container, place->key);
                return 0;
        }
        if (index_of(place->key, json_length(place->container), &index) < 0 ||
            index >= json_length(place->container))
                return FAILED;
        *ret_value = json_take_at(place->container, index);
        json_remove_at(place->container, index);
        return 0;
}

static int set(const struct place *place, struct json *value) {
        size_t index;

        if (json_kind(place->container) == JSON_OBJECT)
                return add(place, value);
        if (place->depth + depth_of(value) > DEPTH_MAX ||
            index_of(place->key, json_length(place->container), &index) < 0 ||
            index >= json_length(place->container)) {
                json_free(value);
                return FAILED;
        }
        json_set_at(place->container, index, value);
        return 0;
}

static int path_of(const struct json *operation, const char *key, struct bytes *ret_path) {
        const struct json *path = json_get(operation, key);

        if (!path)
                return FAILED;
        *ret_path = json_as_string(path);
        return 0;
}

static int place_of(struct document *document, const struct json *operation, const char *key,
                    struct place *ret_place) {
        struct bytes path;

        return path_of(operation, key, &path) < 0 ? FAILED : find(document, path, ret_place);
}

static int do_add(struct document *document, const struct json *operation) {
        struct place place;

        if (place_of(document, operation, "path", &place) < 0)
                return FAILED;
        return add(&place, json_clone(json_get(operation, "value")));
}

static int do_remove(struct document *document, const struct json *operation) {
        JSON_CLEANUP struct json *removed = NULL;
        struct place place;

        if (place_of(document, operation, "path", &place) < 0)
                return FAILED;
        return take(&place, &removed);
}

/* The root itself is the caller's: its members are exchanged. A scalar changes nothing. */
static int replace_root(struct document *document, const struct json *operation) {
        const struct json *value = json_get(operation, "value"), *member;
        const char *key;
        void *cursor = NULL;

        if (!json_has(operation, "value") || json_kind(value) == JSON_ARRAY)
                return FAILED;
        if (json_kind(value) != JSON_OBJECT)
                return 0;
        while (json_next(document->root, &cursor, &key, &member)) {
                json_remove(document->root, key);
                cursor = NULL;
        }
        cursor = NULL;
        while (json_next(value, &cursor, &key, &member))
                json_set(document->root, key, json_clone(member));
        return 0;
}

static int do_replace(struct document *document, const struct json *operation) {
        struct bytes path;
        struct place place;

        if (path_of(operation, "path", &path) < 0)
                return FAILED;
        if (path.len == 0)
                return replace_root(document, operation);
        if (find(document, path, &place) < 0)
                return FAILED;
        return set(&place, json_clone(json_get(operation, "value")));
}

static int do_move(struct document *document, const struct json *operation) {
        JSON_CLEANUP struct json *value = NULL;
        struct json *moved;
        struct place place;

        if (place_of(document, operation, "from", &place) < 0 || take(&place, &value) < 0 ||
            place_of(document, operation, "path", &place) < 0)
                return FAILED;
        moved = value;
        value = NULL;
        return add(&place, moved);
}

static int do_copy(struct document *document, const struct json *operation) {
        struct place place;
        struct json *value;

        if (place_of(document, operation, "from", &place) < 0 || get(&place, &value) < 0 ||
            place_of(document, operation, "path", &place) < 0)
                return FAILED;
        json_write(value, document->copied);
        if (!strbuf_ok(document->copied))
                return FAILED;
        return add(&place, json_clone(value));
}

static int do_test(struct document *document, const struct json *operation) {
        struct bytes path;
        struct place place;
        struct json *value;

        if (!json_has(operation, "value") || path_of(operation, "path", &path) < 0)
                return FAILED;
        value = document->root;
        if (path.len > 0 && (find(document, path, &place) < 0 || get(&place, &value) < 0))
                return FAILED;
        return json_equal(value, json_get(operation, "value")) ? 0 : FAILED;
}

static const struct {
        const char *name;
        int (*fn)(struct document *document, const struct json *operation);
} OPERATIONS[] = {
        { "add", do_add },   { "remove", do_remove }, { "replace", do_replace },
        { "move", do_move }, { "copy", do_copy },     { "test", do_test },
};

static int run(struct document *document, const struct json *operation) {
        const struct json *name = json_get(operation, "op");

        for (size_t i = 0; name && i < sizeof(OPERATIONS) / sizeof(*OPERATIONS); i++)
                if (bytes_is(json_as_string(name), OPERATIONS[i].name))
                        return OPERATIONS[i].fn(document, operation);
        return FAILED;
}

static int check_operation(const struct json *operation, struct refusal *refusal) {
        static const char *const texts[] = { "op", "path", "from" };

        if (!operation)
                return 0;
        if (json_kind(operation) != JSON_OBJECT)
                return body_refuse(refusal, "error decoding patch: ", operation,
                                   "value of type handlers.jsonPatchOp");
        for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
                const struct json *value = json_get(operation, texts[i]);
                char wanted[64];

                if (!value || json_kind(value) == JSON_STRING)
                        continue;
                snprintf(wanted, sizeof(wanted), "struct field jsonPatchOp.%s of type string",
                         texts[i]);
                return body_refuse(refusal, "error decoding patch: ", value, wanted);
        }
        return 0;
}

static int check_operations(const struct json *operations, struct refusal *refusal) {
        if (json_kind(operations) != JSON_ARRAY)
                return body_refuse(refusal, "error decoding patch: ", operations,
                                   "value of type []handlers.jsonPatchOp");
        for (size_t i = 0; i < json_length(operations); i++)
                if (check_operation(json_at(operations, i), refusal) < 0)
                        return -1;
        if (json_length(operations) > OPERATIONS_MAX)
                return refuse(refusal, HTTP_TOO_LARGE, "RequestEntityTooLarge",
                              "Request entity is too large: The allowed maximum operations in a "
                              "JSON patch is %d, got %zu",
                              OPERATIONS_MAX, json_length(operations));
        return 0;
}

int patch_json(struct json *object, const struct json *operations, struct refusal *refusal) {
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        struct strbuf copied STRBUF_CLEANUP = STRBUF_INIT(COPIED_MAX);
        struct document document = { .root = object, .arena = &arena, .copied = &copied };

        if (!operations)
                return 0;
        if (check_operations(operations, refusal) < 0)
                return -1;
        for (size_t i = 0; i < json_length(operations); i++) {
                if (run(&document, json_at(operations, i)) < 0) {
                        refuse(refusal, HTTP_UNPROCESSABLE, "Invalid",
                               "the server rejected our request due to an error in our request");
                        refusal->has_details = true;
                        return -1;
                }
        }
        return 0;
}
