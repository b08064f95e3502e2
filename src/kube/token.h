/*
 * The tokens of JSON (RFC 8259), byte by byte and once they are complete.
 */
#pragma once

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "llc/base/bytes.h"
#include "llc/base/strbuf.h"

enum token_class {              /* what a byte means outside of strings */
                   TOKEN_PLAIN, /* part of a number or word, or nothing at all */
                   TOKEN_SPACE,
                   TOKEN_NEWLINE,
                   TOKEN_QUOTE,
                   TOKEN_COMMA,
                   TOKEN_COLON,
                   TOKEN_OPEN,
                   TOKEN_CLOSE,
};

extern const uint8_t TOKEN_CLASSES[256];

static inline enum token_class token_class(char byte) {
        return (enum token_class)TOKEN_CLASSES[(unsigned char)byte];
}

/* A bit in the first byte of word that is zero, and perhaps in bytes above it. */
static inline uint64_t token_zero_byte(uint64_t word) {
        const uint64_t each_byte = UINT64_C(0x0101010101010101);

        return (word - each_byte) & ~word & (each_byte << 7);
}

/*
 * The first quote, backslash or newline, or end. Skipped text is mostly strings, so this is what
 * the speed of a decoder hangs on: eight bytes at a time.
 */
static inline const char *token_string_stop(const char *p, const char *end) {
        const uint64_t each_byte = UINT64_C(0x0101010101010101);
        uint64_t word;

        for (; end - p >= (ptrdiff_t)sizeof(word); p += sizeof(word)) {
                memcpy(&word, p, sizeof(word));
                word = le64toh(word);
                word = token_zero_byte(word ^ each_byte * '"') |
                       token_zero_byte(word ^ each_byte * '\\') |
                       token_zero_byte(word ^ each_byte * '\n');
                if (word != 0)
                        return p + __builtin_ctzll(word) / 8;
        }
        while (p < end && *p != '"' && *p != '\\' && *p != '\n')
                p++;
        return p;
}

/*
 * Turns the text between two quotes into the string it means, in place. A lone surrogate becomes
 * U+FFFD. False when an escape is malformed; the content is then undefined.
 */
bool token_unescape(struct strbuf *text);

/* A number, true, false or null? */
bool token_is_scalar(struct bytes text);
