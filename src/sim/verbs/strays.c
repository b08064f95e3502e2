#include "verbs/strays.h"

#include <stdlib.h>
#include <string.h>

#include "verbs/decode.h"

enum { TEXT_MAX = 1024 * 1024 };

void strays_note_order(const struct json *tree, struct strings *order) {
        const struct json *value;
        void *cursor = NULL;
        const char *key;

        while (json_next(tree, &cursor, &key, &value))
                strings_add(order, "%s", key);
}

/* A field that should not be there as it is; place: where its topmost member stands in the body. */
struct stray {
        const char *what, *path;
        size_t place, turn;
};

static int stray_compare(const void *a, const void *b) {
        const struct stray *x = a, *y = b;

        if (x->place != y->place)
                return x->place < y->place ? -1 : 1;
        return x->turn < y->turn ? -1 : x->turn > y->turn;
}

static size_t place_of(const char *path, const struct strings *order) {
        size_t length = strcspn(path, ".[");

        for (size_t i = 0; i < order->n; i++)
                if (strlen(order->items[i]) == length && memcmp(order->items[i], path, length) == 0)
                        return i;
        return 0;
}

/* Go's decoders of kinds that are built in tell of them as they come; of custom resources those that
 * are there twice are told first. */
static struct stray *sort_strays(const struct write *write, const struct strings *order,
                                 const struct strings *unknown, size_t *ret_n) {
        static const struct strings NONE = { .n = 0 };
        const struct strings *twice =
                write->options->duplicates ? write->options->duplicates : &NONE;
        struct stray *strays =
                ARENA_NEW_ARRAY(write->refusal->arena, struct stray, unknown->n + twice->n + 1);
        size_t n = 0;

        for (size_t i = 0; i < twice->n; i++, n++)
                strays[n] = (struct stray){ "duplicate field", twice->items[i],
                                            place_of(twice->items[i], order), n };
        for (size_t i = 0; i < unknown->n; i++, n++)
                strays[n] = (struct stray){ "unknown field", unknown->items[i],
                                            place_of(unknown->items[i], order), n };
        if (write->kind->builtin)
                qsort(strays, n, sizeof(*strays), stray_compare);
        *ret_n = n;
        return strays;
}

int strays_say(const struct write *write, const struct json *tree, const struct strings *order,
               const struct strings *unknown) {
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(TEXT_MAX);
        struct strings *warnings = write->options->warnings;
        const struct stray *strays;
        size_t n;

        if (write->options->field_validation == FIELDS_IGNORE)
                return 0;
        strays = sort_strays(write, order, unknown, &n);
        if (n == 0)
                return 0;
        if (write->options->field_validation == FIELDS_WARN) {
                for (size_t i = 0; warnings && i < n; i++)
                        strings_add(warnings, "%s \"%s\"", strays[i].what, strays[i].path);
                return 0;
        }
        strbuf_puts(&text, "strict decoding error: ");
        for (size_t i = 0; i < n; i++)
                strbuf_printf(&text, "%s%s \"%s\"", i > 0 ? ", " : "", strays[i].what,
                              strays[i].path);
        return decode_refuse(write, tree, strbuf_str(&text));
}
