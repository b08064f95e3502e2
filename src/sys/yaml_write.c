/*
 * Block style as kubectl prints it: sequences at the indentation of their key, text of several
 * lines as a literal block, no folding. A string stands plain only when every reader, of YAML 1.1
 * or 1.2, takes it for that string.
 */
#include <assert.h>
#include <stdint.h>

#include "codepoint.h"
#include "llc/sys/yaml.h"
#include "yaml_scalar.h"

enum { SIMPLE_KEY_MAX_BYTES = 1000 }; /* YAML: 1024 characters with the quotes */

static void write_map(const struct json *map, unsigned indent, bool inlined, struct strbuf *out);
static void write_list(const struct json *list, unsigned indent, bool inlined, struct strbuf *out);

static void write_indent(unsigned indent, struct strbuf *out) {
        for (; indent > 0; indent--)
                strbuf_append_char(out, ' ');
}

static struct bytes bytes_from(struct bytes text, size_t at) {
        return (struct bytes){ .ptr = text.ptr + at, .len = text.len - at };
}

/* May it stand in YAML as it is, and does it neither break lines nor hide? */
static bool is_printable(uint32_t c) {
        return (c >= 0x20 && c < 0x7f) || (c >= 0xa0 && c != 0x2028 && c != 0x2029 && c != 0xfeff &&
                                           c != 0xfffe && c != 0xffff);
}

/* Is all of it printable, but for the characters in `also`? */
static bool text_is_printable(struct bytes text, const char *also) {
        for (size_t at = 0, n; at < text.len; at += n) {
                uint32_t c;

                n = codepoint_read(bytes_from(text, at), &c);
                if (n == 0 || (!is_printable(c) && (c == 0 || c >= 0x7f || !strchr(also, (int)c))))
                        return false;
        }
        return true;
}

static bool is_plain(struct bytes text) {
        if (yaml_scalar_needs_quotes(text) || !text_is_printable(text, ""))
                return false;
        assert(text.len > 0); /* "" needs quotes */
        if (strchr("-?:,[]{}#&*!|>'\"%@` ", text.ptr[0]) &&
            !(text.ptr[0] == '-' && text.len > 1 && !strchr("- ", text.ptr[1])))
                return false;
        if (text.ptr[text.len - 1] == ' ' || text.ptr[text.len - 1] == ':' ||
            (text.len >= 3 && memcmp(text.ptr, "...", 3) == 0))
                return false;
        for (size_t i = 1; i < text.len; i++)
                if ((text.ptr[i] == '#' && text.ptr[i - 1] == ' ') ||
                    (text.ptr[i] == ' ' && text.ptr[i - 1] == ':'))
                        return false;
        return true;
}

static void write_single_quoted(struct bytes text, struct strbuf *out) {
        strbuf_append_char(out, '\'');
        for (size_t i = 0; i < text.len; i++) {
                if (text.ptr[i] == '\'')
                        strbuf_append_char(out, '\'');
                strbuf_append_char(out, text.ptr[i]);
        }
        strbuf_append_char(out, '\'');
}

static void write_double_quoted(struct bytes text, struct strbuf *out) {
        strbuf_append_char(out, '"');
        for (size_t at = 0, n; at < text.len; at += n) {
                uint32_t c = 0xfffd; /* for what is no UTF-8 */

                n = codepoint_read(bytes_from(text, at), &c);
                if (n == 0)
                        strbuf_puts(out, "\\uFFFD");
                else if (c == '"' || c == '\\')
                        strbuf_printf(out, "\\%c", (char)c);
                else if (c == '\n')
                        strbuf_puts(out, "\\n");
                else if (c == '\t')
                        strbuf_puts(out, "\\t");
                else if (!is_printable(c))
                        strbuf_printf(out, "\\u%04X", c);
                else
                        strbuf_append(out, (struct bytes){ .ptr = text.ptr + at, .len = n });
                n += n == 0;
        }
        strbuf_append_char(out, '"');
}

static void write_one_line(struct bytes text, struct strbuf *out) {
        if (is_plain(text))
                strbuf_append(out, text);
        else if (text_is_printable(text, "") && text.len > 0 &&
                 (memchr(text.ptr, '"', text.len) || memchr(text.ptr, '\\', text.len)))
                write_single_quoted(text, out);
        else
                write_double_quoted(text, out);
}

/* Can it be a literal block whose indentation shows by itself? */
static bool is_block(struct bytes text) {
        return text.len > 1 && memchr(text.ptr, '\n', text.len) && !strchr("\n \t", text.ptr[0]) &&
               text_is_printable(text, "\n\t");
}

static void write_block(struct bytes text, unsigned indent, struct strbuf *out) {
        bool ends = text.ptr[text.len - 1] == '\n';
        const char *p = text.ptr, *end = text.ptr + text.len;

        strbuf_puts(out, !ends ? "|-" : text.ptr[text.len - 2] == '\n' ? "|+" : "|");
        while (p < end) {
                const char *eol = memchr(p, '\n', (size_t)(end - p));
                size_t len = (size_t)((eol ? eol : end) - p);

                strbuf_append_char(out, '\n');
                if (len > 0)
                        write_indent(indent, out);
                strbuf_append(out, (struct bytes){ .ptr = p, .len = len });
                p += len + 1;
        }
}

static void write_scalar(const struct json *json, unsigned indent, struct strbuf *out) {
        if (json_kind(json) != JSON_STRING)
                json_write(json, out); /* also {} and [] */
        else if (is_block(json_as_string(json)))
                write_block(json_as_string(json), indent, out);
        else
                write_one_line(json_as_string(json), out);
        strbuf_append_char(out, '\n');
}

static void write_key(const char *key, unsigned indent, struct strbuf *out) {
        size_t before = out->len;

        write_one_line(bytes_of(key), out);
        if (out->len - before > SIMPLE_KEY_MAX_BYTES && strbuf_ok(out)) {
                out->len = before;
                strbuf_puts(out, "? ");
                write_one_line(bytes_of(key), out);
                strbuf_append_char(out, '\n');
                write_indent(indent, out);
        }
        strbuf_append_char(out, ':');
}

static bool is_collection(const struct json *json, enum json_kind kind) {
        return json_kind(json) == kind && json_length(json) > 0;
}

/* inlined: the first line continues one that has the indentation already. */
static void write_map(const struct json *map, unsigned indent, bool inlined, struct strbuf *out) {
        void *cursor = NULL;
        const char *key;
        const struct json *value;

        while (json_next(map, &cursor, &key, &value)) {
                if (!inlined)
                        write_indent(indent, out);
                inlined = false;
                write_key(key, indent, out);
                if (is_collection(value, JSON_OBJECT)) {
                        strbuf_append_char(out, '\n');
                        write_map(value, indent + 2, false, out);
                } else if (is_collection(value, JSON_ARRAY)) {
                        strbuf_append_char(out, '\n');
                        write_list(value, indent, false, out);
                } else {
                        strbuf_append_char(out, ' ');
                        write_scalar(value, indent + 2, out);
                }
        }
}

static void write_list(const struct json *list, unsigned indent, bool inlined, struct strbuf *out) {
        for (size_t i = 0; i < json_length(list); i++) {
                const struct json *item = json_at(list, i);

                if (!inlined)
                        write_indent(indent, out);
                inlined = false;
                strbuf_puts(out, "- ");
                if (is_collection(item, JSON_OBJECT))
                        write_map(item, indent + 2, true, out);
                else if (is_collection(item, JSON_ARRAY))
                        write_list(item, indent + 2, true, out);
                else
                        write_scalar(item, indent + 2, out);
        }
}

void yaml_write(const struct json *json, struct strbuf *out) {
        if (is_collection(json, JSON_OBJECT))
                write_map(json, 0, false, out);
        else if (is_collection(json, JSON_ARRAY))
                write_list(json, 0, false, out);
        else
                write_scalar(json, 2, out);
}
