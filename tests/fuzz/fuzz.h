/*
 * What a fuzz target consists of. The same function is driven by libFuzzer and by replay.c.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "llc/base/bytes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An invariant, with or without NDEBUG. */
static inline void must(bool held) {
        if (!held)
                abort();
}

static inline struct bytes fuzz_bytes(const uint8_t *data, size_t size) {
        return (struct bytes){ (const char *)data, size };
}

/* How often word is in text. */
static inline size_t fuzz_count(struct bytes text, const char *word) {
        size_t length = strlen(word), n = 0;

        for (size_t i = 0; i + length <= text.len; i++)
                n += memcmp(text.ptr + i, word, length) == 0;
        return n;
}
