#include "schema/rune.h"

#include <stdbool.h>

static bool continues(struct bytes text, size_t at) {
        return at < text.len && ((unsigned char)text.ptr[at] & 0xC0) == 0x80;
}

uint32_t rune_next(struct bytes text, size_t *at) {
        static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
        unsigned char lead = (unsigned char)text.ptr[*at];
        size_t start = (*at)++;
        size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
        uint32_t rune = lead & (0x7Fu >> length);

        if (lead < 0x80)
                return lead;
        if (lead < 0xC2 || lead > 0xF4)
                return RUNE_ERROR;
        for (size_t i = 1; i < length; i++) {
                if (!continues(text, start + i))
                        return RUNE_ERROR;
                rune = rune << 6 | ((unsigned char)text.ptr[start + i] & 0x3Fu);
        }
        if (rune < least[length] || rune > RUNE_MAX || (rune >= 0xD800 && rune <= 0xDFFF))
                return RUNE_ERROR;
        *at = start + length;
        return rune;
}

size_t rune_count(struct bytes text) {
        size_t n = 0;

        for (size_t at = 0; at < text.len; n++)
                rune_next(text, &at);
        return n;
}

size_t rune_write(uint32_t rune, char out[static 4]) {
        if (rune > RUNE_MAX || (rune >= 0xD800 && rune <= 0xDFFF))
                rune = RUNE_ERROR;
        if (rune < 0x80) {
                out[0] = (char)rune;
                return 1;
        }
        if (rune < 0x800) {
                out[0] = (char)(0xC0 | rune >> 6);
                out[1] = (char)(0x80 | (rune & 0x3F));
                return 2;
        }
        if (rune < 0x10000) {
                out[0] = (char)(0xE0 | rune >> 12);
                out[1] = (char)(0x80 | (rune >> 6 & 0x3F));
                out[2] = (char)(0x80 | (rune & 0x3F));
                return 3;
        }
        out[0] = (char)(0xF0 | rune >> 18);
        out[1] = (char)(0x80 | (rune >> 12 & 0x3F));
        out[2] = (char)(0x80 | (rune >> 6 & 0x3F));
        out[3] = (char)(0x80 | (rune & 0x3F));
        return 4;
}
