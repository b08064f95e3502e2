#include "serve/utf8.h"

#include <stdint.h>

static const char REPLACEMENT[] = "\xEF\xBF\xBD";

/* The length of the sequence that text begins with; 0 when it is none (RFC 3629). */
static size_t sequence(const unsigned char *text, size_t len) {
        static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
        size_t n = text[0] < 0x80   ? 1
                   : text[0] < 0xC0 ? 0
                   : text[0] < 0xE0 ? 2
                   : text[0] < 0xF0 ? 3
                                    : 4;
        uint32_t rune;

        if (n == 1)
                return text[0] != 0;
        if (n == 0 || text[0] > 0xF4 || n > len)
                return 0;
        rune = text[0] & (0x7Fu >> n);
        for (size_t i = 1; i < n; i++) {
                if ((text[i] & 0xC0) != 0x80)
                        return 0;
                rune = rune << 6 | (text[i] & 0x3Fu);
        }
        if (rune < least[n] || rune > 0x10FFFF || (rune >= 0xD800 && rune < 0xE000))
                return 0;
        return n;
}

const char *utf8_clean(struct bytes text, struct arena *arena) {
        const unsigned char *in = (const unsigned char *)text.ptr;
        const size_t replacement = sizeof REPLACEMENT - 1;
        size_t bad = 0, at = 0;
        char *out;

        for (size_t i = 0, n; i < text.len; i += n ? n : 1) {
                n = sequence(in + i, text.len - i);
                bad += n == 0;
        }
        if (bad == 0)
                return arena_copy(arena, text);
        out = arena_alloc(arena, text.len + bad * replacement + 1);
        for (size_t i = 0, n; i < text.len; i += n ? n : 1) {
                n = sequence(in + i, text.len - i);
                memcpy(out + at, n ? text.ptr + i : REPLACEMENT, n ? n : replacement);
                at += n ? n : replacement;
        }
        return out;
}
