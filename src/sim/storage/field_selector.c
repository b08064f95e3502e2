/*
 * The query form of field selectors (k8s.io/apimachinery/pkg/fields).
 */
#include <stdlib.h>
#include <string.h>

#include "storage/selector.h"

/* The end of the term: a comma that no backslash stands before, or the end of the text. */
static const char *term_end(const char *text) {
        while (*text && *text != ',')
                text += text[0] == '\\' && text[1] ? 2 : 1;
        return text;
}

static int text_compare(const void *a, const void *b) {
        const char *const *x = a, *const *y = b;

        return strcmp(*x, *y);
}

/* The bytes of the character that begins here. */
static size_t character_length(const char *text) {
        size_t len = 1;

        while (((unsigned char)text[len] & 0xc0) == 0x80)
                len++;
        return len;
}

static int value_unescape(const char *text, struct arena *arena, const char **ret_value,
                          struct err *err) {
        char *value = arena_strdup(arena, text), *end = value;

        for (; *text; text++) {
                if (*text == ',' || *text == '=') /* the real one says its number, not itself */
                        return err_set(err, ERR_INVALID,
                                       "invalid field selector: unescaped character in value: %d",
                                       *text);
                if (*text == '\\') {
                        text++;
                        if (*text == '\0' || !strchr("\\,=", *text))
                                return err_set(err, ERR_INVALID,
                                               "invalid field selector: invalid escape sequence: "
                                               "\\%.*s",
                                               *text ? (int)character_length(text) : 0, text);
                }
                *end++ = *text;
        }
        *end = '\0';
        *ret_value = value;
        return 0;
}

/* "path=value", "path==value" or "path!=value": what comes first counts. */
static int term_read(const char *selector, const char *term, struct arena *arena,
                     struct field_term *ret_term, struct err *err) {
        const char *at = term;
        bool equal;

        while (*at && *at != '=' && strncmp(at, "!=", 2) != 0)
                at++;
        if (!*at)
                return err_set(err, ERR_INVALID, "invalid selector: '%s'; can't understand '%s'",
                               selector, term);
        equal = *at == '=';
        if (value_unescape(at + (at[1] == '=' ? 2 : 1), arena, &ret_term->value, err) < 0)
                return -1;
        ret_term->path = arena_copy(arena, (struct bytes){ term, (size_t)(at - term) });
        ret_term->equal = equal;
        return 0;
}

int field_selector_parse(const char *text, struct arena *arena, struct field_selector *ret_selector,
                         struct err *err) {
        size_t n = 0, kept = 0, most = 1;
        const char **parts;
        struct field_term *terms;

        for (const char *at = text; (at = strchr(at, ',')); at++)
                most++;
        parts = ARENA_NEW_ARRAY(arena, const char *, most);
        terms = ARENA_NEW_ARRAY(arena, struct field_term, most);
        for (const char *at = text, *end; *at; at = *end ? end + 1 : end) {
                end = term_end(at);
                if (end > at)
                        parts[n++] = arena_copy(arena, (struct bytes){ at, (size_t)(end - at) });
        }
        qsort(parts, n, sizeof(*parts), text_compare);
        for (size_t i = 0; i < n; i++) {
                if (term_read(text, parts[i], arena, &terms[kept], err) < 0)
                        return -1;
                if (terms[kept].path[0] || terms[kept].value[0]) /* "=" selects everything */
                        kept++;
        }
        *ret_selector = (struct field_selector){ .terms = terms, .n_terms = kept };
        return 0;
}

const char *field_selector_value(const struct field_selector *selector, const char *path) {
        for (size_t i = 0; i < selector->n_terms; i++)
                if (selector->terms[i].equal && strcmp(selector->terms[i].path, path) == 0)
                        return selector->terms[i].value;
        return NULL;
}
