/*
 * Runs a decoder over a text in chunks and writes down what came out, so that runs can be compared.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "llc/base/bytes.h"
#include "llc/base/strbuf.h"
#include "llc/kube/decoder.h"

struct decoder_run {
        enum decoder_kind kind;
        const struct projection *projection;
        const struct decoder_limits *limits; /* NULL = DECODER_LIMITS */
        size_t first;                        /* size of the first chunk; 0 = as chunks says */
        const uint8_t *chunks; /* sizes, again and again; 0 counts as 256; NULL = all at once */
        size_t n_chunks;
        decoder_item_fn on_item; /* sees each item too; NULL = nobody */
        void *ctx;
};

/*
 * A line an item, then one for the end:
 *   MODIFIED shop/a uid=u rv=7 {"metadata":{}}
 *   MODIFIED a unreadable: TooLarge: byte 9: more than 5 values
 *   end rv=9 continue=c
 */
void decoder_run(const struct decoder_run *run, struct bytes text, struct strbuf *transcript);
