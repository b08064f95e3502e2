#include "serve/target.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "serve/utf8.h"

enum { PARTS_MAX = 12 }; /* the longest path that means anything has 9 */

static int hex(char c) {
        if (c >= '0' && c <= '9')
                return c - '0';
        if (c >= 'a' && c <= 'f')
                return c - 'a' + 10;
        if (c >= 'A' && c <= 'F')
                return c - 'A' + 10;
        return -1;
}

/* Percent-decodes; NULL when it cannot be. */
static const char *decode(struct bytes text, bool plus, struct arena *arena) {
        char *out = arena_alloc(arena, text.len + 1);
        size_t n = 0;

        for (size_t i = 0; i < text.len; i++) {
                char c = text.ptr[i];

                if (c == '+' && plus) {
                        c = ' ';
                } else if (c == '%') {
                        int high = i + 2 < text.len ? hex(text.ptr[i + 1]) : -1;
                        int low = i + 2 < text.len ? hex(text.ptr[i + 2]) : -1;

                        if (high < 0 || low < 0)
                                return NULL;
                        c = (char)(high << 4 | low);
                        i += 2;
                }
                out[n++] = c;
        }
        return utf8_clean((struct bytes){ .ptr = out, .len = n }, arena);
}

static struct bytes until(const char *text, size_t n) {
        return (struct bytes){ .ptr = text, .len = n };
}

/* As Go's url.ParseQuery: what cannot be decoded is left out. */
static void parse_query(const char *text, struct arena *arena, struct target *target) {
        struct query_item *items;
        size_t n = 1;

        for (const char *c = text; *c; c++)
                n += *c == '&';
        items = ARENA_NEW_ARRAY(arena, struct query_item, n);
        n = 0;
        while (*text) {
                size_t len = strcspn(text, "&"), name_len = strcspn(text, "=&");
                struct bytes value = name_len < len ? until(text + name_len + 1, len - name_len - 1)
                                                    : BYTES_NULL;
                struct query_item item = { decode(until(text, name_len), true, arena),
                                           decode(value, true, arena) };

                if (item.name && item.value && len > 0 && !memchr(text, ';', len))
                        items[n++] = item;
                text += len;
                text += *text == '&';
        }
        target->query = items;
        target->n_query = n;
}

/* Splits what is between the slashes; the first PARTS_MAX of them. */
static size_t split(const char *path, const char *parts[static PARTS_MAX], struct arena *arena) {
        size_t n = 0;

        path += *path == '/';
        while (*path && n < PARTS_MAX) {
                size_t len = strcspn(path, "/");

                parts[n++] = arena_copy(arena, until(path, len));
                path += len;
                path += *path == '/';
        }
        return n;
}

static enum asked asked_of(const char *method) {
        static const struct {
                const char *method;
                enum asked asked;
        } table[] = {
                { "GET", ASKED_GET },    { "HEAD", ASKED_GET },    { "POST", ASKED_CREATE },
                { "PUT", ASKED_UPDATE }, { "PATCH", ASKED_PATCH }, { "DELETE", ASKED_DELETE },
        };

        for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
                if (strcmp(method, table[i].method) == 0)
                        return table[i].asked;
        }
        return ASKED_NOTHING;
}

/* A list of one name asks for that name: rules with resourceNames can allow it. */
static const char *selected_name(const struct target *target, struct arena *arena) {
        static const char prefix[] = "metadata.name=";
        const char *selector = target_option(target, "fieldSelector");

        if (strncmp(selector, prefix, sizeof prefix - 1) != 0)
                return "";
        selector += sizeof prefix - 1;
        selector += *selector == '=';
        return strchr(selector, ',') ? "" : arena_strdup(arena, selector);
}

static bool is_namespace_part(const char *part) {
        return strcmp(part, "status") == 0 || strcmp(part, "finalize") == 0;
}

static void parse_resource(const char *const *parts, size_t n, struct target *target) {
        target->is_resource = true;
        if (n > 1 && strcmp(parts[0], "watch") == 0) {
                target->is_watch = true;
                parts++, n--;
        }
        if (n > 1 && strcmp(parts[0], "namespaces") == 0) {
                target->namespace_ = parts[1];
                if (n > 2 && !is_namespace_part(parts[2]))
                        parts += 2, n -= 2;
        }
        target->resource = parts[0];
        if (n > 1)
                target->name = parts[1];
        if (n > 2)
                target->subresource = parts[2];
        target->is_below = n > 3;

        if (target->is_watch) {
                target->asked = target->asked == ASKED_GET ? ASKED_WATCH : ASKED_NOTHING;
        } else if (target->name[0] == '\0') {
                if (target->asked == ASKED_GET)
                        target->asked = target_flag(target, "watch") ? ASKED_WATCH : ASKED_LIST;
                else if (target->asked == ASKED_DELETE)
                        target->asked = ASKED_DELETE_COLLECTION;
        }
}

/* A token (RFC 9110, 5.6.2): it may be quoted anywhere. */
static bool is_method(const char *text) {
        size_t n = 0;

        while (isalnum((unsigned char)text[n]) || (text[n] && strchr("!#$%&'*+-.^_`|~", text[n])))
                n++;
        return n > 0 && text[n] == '\0';
}

int target_parse(const char *method, const char *text, struct arena *arena,
                 struct target *ret_target, struct err *err) {
        struct target target = { .group = "",
                                 .version = "",
                                 .namespace_ = "",
                                 .resource = "",
                                 .name = "",
                                 .subresource = "" };
        const char *parts[PARTS_MAX];
        size_t path_len = strcspn(text, "?"), n, skip;

        target.path = decode(until(text, path_len), false, arena);
        if (!target.path || target.path[0] != '/' || !is_method(method))
                return err_set(err, ERR_INVALID, "400 Bad Request");
        parse_query(text[path_len] == '?' ? text + path_len + 1 : "", arena, &target);
        target.asked = asked_of(method);

        n = split(target.path, parts, arena);
        skip = n > 0 && strcmp(parts[0], "api") == 0    ? 2
               : n > 0 && strcmp(parts[0], "apis") == 0 ? 3
                                                        : 0;
        if (skip > 0 && n >= skip) {
                target.group = skip == 3 ? parts[1] : "";
                target.version = parts[skip - 1];
        }
        if (skip > 0 && n > skip)
                parse_resource(parts + skip, n - skip, &target);
        *ret_target = target;
        if (target.asked == ASKED_LIST || target.asked == ASKED_WATCH ||
            target.asked == ASKED_DELETE_COLLECTION)
                ret_target->name = target.name[0] ? target.name : selected_name(&target, arena);
        return 0;
}

const char *asked_name(enum asked asked) {
        static const char *const names[] = {
                [ASKED_NOTHING] = "",
                [ASKED_GET] = "get",
                [ASKED_LIST] = "list",
                [ASKED_WATCH] = "watch",
                [ASKED_CREATE] = "create",
                [ASKED_UPDATE] = "update",
                [ASKED_PATCH] = "patch",
                [ASKED_DELETE] = "delete",
                [ASKED_DELETE_COLLECTION] = "deletecollection",
        };

        return names[asked];
}

static const char *find(const struct target *target, const char *name) {
        for (size_t i = 0; i < target->n_query; i++) {
                if (strcmp(target->query[i].name, name) == 0)
                        return target->query[i].value;
        }
        return NULL;
}

const char *target_option(const struct target *target, const char *name) {
        const char *value = find(target, name);

        return value ? value : "";
}

bool target_flag(const struct target *target, const char *name) {
        const char *value = find(target, name);

        return value && strcmp(value, "0") != 0 && strcmp(value, "false") != 0;
}

bool target_has(const struct target *target, const char *name) {
        return find(target, name) != NULL;
}

int target_number(const struct target *target, const char *name, int64_t *ret_number,
                  struct err *err) {
        const char *value = find(target, name);
        long long number;
        char *end;

        if (!value || value[0] == '\0') {
                *ret_number = 0;
                return 0;
        }
        errno = 0;
        number = strtoll(value, &end, 10);
        if (*end || end == value || !strchr("+-0123456789", value[0]))
                return err_set(err, ERR_INVALID, "strconv.ParseInt: parsing \"%s\": invalid syntax",
                               value);
        if (errno == ERANGE)
                return err_set(err, ERR_INVALID,
                               "strconv.ParseInt: parsing \"%s\": value out of range", value);
        *ret_number = number;
        return 0;
}
