/* A time that parses is formatted as the same time in whole seconds, if it has four digits. */
#include "fuzz.h"
#include "llc/base/timestamp.h"

static const int64_t YEAR_0_MS = INT64_C(-62167219200000);
static const int64_t YEAR_10000_MS = INT64_C(253402300800000);

static int64_t whole_seconds(int64_t ms) {
        int64_t rest = ms % 1000;

        return ms - rest - (rest < 0 ? 1000 : 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        char text[TIMESTAMP_SIZE], again[TIMESTAMP_SIZE];
        int64_t ms, back;
        struct err err;

        if (timestamp_parse(fuzz_bytes(data, size), &ms, &err) < 0) {
                must(err.code == ERR_INVALID);
                return 0;
        }
        timestamp_format(ms, text);
        must(timestamp_parse(bytes_of(text), &back, &err) == 0);
        if (ms >= YEAR_0_MS && ms < YEAR_10000_MS)
                must(back == whole_seconds(ms));
        timestamp_format(back, again);
        must(bytes_is(bytes_of(text), again));
        return 0;
}
