#include "actors/template_hash.h"

#include <stdlib.h>
#include <string.h>

#include "llc/base/map.h"

enum { TEXT_MAX = 4 << 20, DIGITS = 10 };

static int by_text(const void *a, const void *b) {
        return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void write_ordered(const struct json *value, struct arena *arena, struct strbuf *out);

static void write_object(const struct json *object, struct arena *arena, struct strbuf *out) {
        size_t n = 0;
        const char **keys = ARENA_NEW_ARRAY(arena, const char *, json_length(object) + 1), *key;
        const struct json *value;
        void *cursor = NULL;

        while (json_next(object, &cursor, &key, &value))
                keys[n++] = key;
        qsort(keys, n, sizeof(*keys), by_text);
        strbuf_append_char(out, '{');
        for (size_t i = 0; i < n; i++) {
                strbuf_append(out, (struct bytes){ keys[i], strlen(keys[i]) + 1 });
                write_ordered(json_get(object, keys[i]), arena, out);
        }
        strbuf_append_char(out, '}');
}

/* A template is the same in whatever order its members come. */
static void write_ordered(const struct json *value, struct arena *arena, struct strbuf *out) {
        if (json_kind(value) == JSON_OBJECT) {
                write_object(value, arena, out);
        } else if (json_kind(value) == JSON_ARRAY) {
                strbuf_append_char(out, '[');
                for (size_t i = 0; i < json_length(value); i++)
                        write_ordered(json_at(value, i), arena, out);
                strbuf_append_char(out, ']');
        } else {
                json_write(value, out);
        }
}

const char *template_hash(const char *kind, const struct json *template_, struct arena *arena) {
        static const uint64_t seed[2] = { 0x6c6c632d73696d20, 0x74656d706c617465 };
        static const char alphabet[] = "bcdfghjklmnpqrstvwxz2456789";
        STRBUF_CLEANUP struct strbuf text = STRBUF_INIT(TEXT_MAX);
        char *hash = arena_alloc(arena, DIGITS + 1);
        uint64_t number;

        strbuf_puts(&text, kind);
        write_ordered(template_, arena, &text);
        number = siphash13(strbuf_str(&text), text.len, seed);
        for (int i = 0; i < DIGITS; i++) {
                hash[i] = alphabet[number % (sizeof(alphabet) - 1)];
                number /= sizeof(alphabet) - 1;
        }
        return hash;
}
