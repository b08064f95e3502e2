#include "serve/utf8.h"

#include "schema/rune.h"

enum { RUNE_BYTES = 4 };

const char *utf8_clean(struct bytes text, struct arena *arena) {
        char *out = arena_alloc(arena, 3 * text.len + RUNE_BYTES); /* U+FFFD takes three */
        size_t n = 0;

        for (size_t at = 0; at < text.len;) {
                uint32_t rune = rune_next(text, &at);

                n += rune_write(rune == 0 ? RUNE_ERROR : rune, out + n);
        }
        return out;
}
