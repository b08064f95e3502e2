#include "section.h"

#include <stdio.h>
#include <stdlib.h>

#include "base64.h"
#include "llc/sys/file.h"

enum { PATH_MAX_BYTES = 2 << 20 };

int section_wrap(const struct section *s, const char *field, struct err *err) {
        return err_wrap(err, "%s[%zu].%s.%s", s->list, s->index, s->member, field);
}

int section_fail(const struct section *s, const char *field, const char *message, struct err *err) {
        err_set(err, ERR_INVALID, "%s", message);
        return section_wrap(s, field, err);
}

/* Anything but null, as text. */
static int value_text(const struct json *value, const char **ret, struct err *err) {
        struct bytes text;

        if (json_kind(value) != JSON_STRING)
                return err_set(err, ERR_INVALID, "must be a string, not %s",
                               json_kind_name(json_kind(value)));
        text = json_as_string(value);
        if (memchr(text.ptr, '\0', text.len))
                return err_set(err, ERR_INVALID, "must not contain NUL");
        *ret = text.ptr;
        return 0;
}

int section_string(const struct section *s, const char *field, const char **ret, struct err *err) {
        const struct json *value = json_get(s->json, field);

        *ret = NULL;
        if (!value)
                return 0;
        if (value_text(value, ret, err) < 0)
                return section_wrap(s, field, err);
        if (!**ret)
                *ret = NULL;
        return 0;
}

int section_json(const struct section *s, const char *field, enum json_kind kind,
                 const struct json **ret, struct err *err) {
        const struct json *value = json_get(s->json, field);

        if (value && json_kind(value) != kind) {
                err_set(err, ERR_INVALID, "must be %s, not %s",
                        kind == JSON_ARRAY  ? "a list"
                        : kind == JSON_BOOL ? "true or false"
                                            : "an object",
                        json_kind_name(json_kind(value)));
                return section_wrap(s, field, err);
        }
        *ret = value;
        return 0;
}

int section_bool(const struct section *s, const char *field, bool *ret, struct err *err) {
        const struct json *value;

        if (section_json(s, field, JSON_BOOL, &value, err) < 0)
                return -1;
        *ret = value && json_as_bool(value);
        return 0;
}

int section_strings(const struct section *s, const char *field, struct strlist *out,
                    struct err *err) {
        const struct json *list;
        const char *text;

        if (section_json(s, field, JSON_ARRAY, &list, err) < 0)
                return -1;
        for (size_t i = 0; i < json_length(list); i++) {
                if (value_text(json_at(list, i), &text, err) < 0)
                        return section_wrap(s, field, err);
                strlist_add(out, text);
        }
        return 0;
}

bool section_value_is_set(const struct json *value) {
        switch (json_kind(value)) {
        case JSON_NULL:
                return false;
        case JSON_BOOL:
                return json_as_bool(value);
        case JSON_STRING:
                return json_as_string(value).len > 0;
        case JSON_ARRAY:
        case JSON_OBJECT:
                return json_length(value) > 0;
        case JSON_INT:
        case JSON_DOUBLE:
                return true;
        }
        return true;
}

int section_refuse(const struct section *s, const char *const *fields, struct err *err) {
        for (; *fields; fields++)
                if (section_value_is_set(json_get(s->json, *fields)))
                        return section_fail(s, *fields, "is not supported", err);
        return 0;
}

char *section_path(const struct section *s, const char *path) {
        STRBUF_CLEANUP struct strbuf full = STRBUF_INIT(PATH_MAX_BYTES);

        if (path[0] != '/') {
                strbuf_puts(&full, s->directory);
                strbuf_append_char(&full, '/');
        }
        strbuf_puts(&full, path);
        return strdup(strbuf_str(&full));
}

static int section_file(const struct section *s, const char *field, const char *path,
                        struct strbuf *out, struct err *err) {
        char *full = section_path(s, path);
        int r = file_read(full, out, err);

        free(full);
        return r < 0 ? section_wrap(s, field, err) : 0;
}

int section_pem(const struct section *s, const char *field, const char *marker, struct strbuf *out,
                struct err *err) {
        char data_field[64];
        const char *path, *data, *given;

        snprintf(data_field, sizeof(data_field), "%s-data", field);
        if (section_string(s, field, &path, err) < 0 ||
            section_string(s, data_field, &data, err) < 0)
                return -1;
        if (!path && !data)
                return 0;
        given = data ? data_field : field;
        if (path && data) {
                err_set(err, ERR_INVALID, "%s is set as well", field);
                return section_wrap(s, given, err);
        }
        if (path && section_file(s, field, path, out, err) < 0)
                return -1;
        if (data && !base64_decode(bytes_of(data), out))
                return section_fail(s, given, "is not base64", err);
        if (!strstr(strbuf_str(out), marker)) {
                err_set(err, ERR_INVALID, "holds no PEM \"%s\"", marker);
                return section_wrap(s, given, err);
        }
        return 0;
}

int section_find(const struct json *root, const char *list, const char *member, struct bytes name,
                 struct section *ret, struct err *err) {
        const struct json *entries = json_get(root, list);
        bool found = false;

        if (entries && json_kind(entries) != JSON_ARRAY)
                return err_set(err, ERR_INVALID, "%s: must be a list, not %s", list,
                               json_kind_name(json_kind(entries)));
        for (size_t i = 0; i < json_length(entries); i++) {
                const struct json *entry = json_at(entries, i), *entry_name;

                entry_name = json_get(entry, "name");
                if (json_kind(entry_name) != JSON_STRING ||
                    !bytes_equal(json_as_string(entry_name), name))
                        continue;
                if (found)
                        return err_set(err, ERR_INVALID, "%s[%zu].name: \"%.*s\" is there twice",
                                       list, i, (int)name.len, name.ptr);
                found = true;
                ret->json = json_get(entry, member);
                ret->list = list;
                ret->member = member;
                ret->index = i;
        }
        if (!found)
                return err_set(err, ERR_INVALID, "%s: no entry is named \"%.*s\"", list,
                               (int)name.len, name.ptr);
        if (ret->json && json_kind(ret->json) != JSON_OBJECT)
                return err_set(err, ERR_INVALID, "%s[%zu].%s: must be an object, not %s", list,
                               ret->index, member, json_kind_name(json_kind(ret->json)));
        return 0;
}
