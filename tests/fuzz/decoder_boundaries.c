/*
 * Every seed of the two decoders, cut in two at each of its bytes, and byte by byte, comes out as it
 * does in one piece: through both decoders, under both sets of caps. The fuzz targets cut where their
 * input says; here no place is left out.
 */
#include "decoder_target.h"
#include "fuzz.h"
#include "support/decoder_run.h"

enum { TRANSCRIPT_MAX = 64 << 20 };

static void check_same(const struct decoder_run *run, struct bytes text, struct bytes expected) {
        STRBUF_CLEANUP struct strbuf out = STRBUF_INIT(TRANSCRIPT_MAX);

        decoder_run(run, text, &out);
        must(strbuf_ok(&out) && bytes_equal(strbuf_bytes(&out), expected));
}

static void check_boundaries(struct decoder_run run, struct bytes text) {
        static const uint8_t one = 1;
        STRBUF_CLEANUP struct strbuf whole = STRBUF_INIT(TRANSCRIPT_MAX);

        decoder_run(&run, text, &whole);
        must(strbuf_ok(&whole));
        for (run.first = 1; run.first < text.len; run.first++)
                check_same(&run, text, strbuf_bytes(&whole));
        run.first = 0;
        run.chunks = &one;
        run.n_chunks = 1;
        check_same(&run, text, strbuf_bytes(&whole));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        static const enum decoder_kind kinds[] = { DECODER_LIST, DECODER_WATCH };
        static const struct decoder_limits *const limits[] = { &DECODER_LIMITS,
                                                               &DECODER_TARGET_SMALL };
        const uint8_t *newline = size > 0 ? memchr(data, '\n', size) : NULL;
        size_t start = newline ? (size_t)(newline + 1 - data) : 0;

        for (size_t i = 0; i < 4; i++) {
                const struct decoder_run run = { .kind = kinds[i / 2],
                                                 .projection = &DECODER_TARGET_PROJECTION,
                                                 .limits = limits[i % 2] };

                check_boundaries(run, fuzz_bytes(data + start, size - start));
        }
        return 0;
}
