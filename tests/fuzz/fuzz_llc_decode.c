/*
 * A LongLivedCanary from hostile bytes: what decodes must encode to something that decodes to the
 * same, and encodes to the same text again.
 */
#include <stdint.h>
#include <stdlib.h>

#include "llc/api/llc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool held) {
        if (!held)
                abort();
}

static void check_round_trip(const struct llc *llc) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        JSON_CLEANUP struct json *json = desc_encode(&llc_type, llc);
        JSON_CLEANUP struct json *again = NULL;
        struct llc back;
        struct err err;

        must(desc_decode(&llc_type, json, &arena, &back, &err) == 0);
        must(desc_equal(&llc_type, llc, &back));
        again = desc_encode(&llc_type, &back);
        must(json_equal(json, again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        JSON_CLEANUP struct json *json = NULL;
        struct bytes text = { .ptr = (const char *)data, .len = size };
        struct llc llc;
        struct err err;

        if (json_parse(text, &JSON_LIMITS_OBJECT, &json, &err) < 0)
                return 0;
        if (desc_decode(&llc_type, json, &arena, &llc, &err) == 0)
                check_round_trip(&llc);
        else
                must(err.code == ERR_INVALID);
        must(desc_decode_foreign(&llc_type, json, &arena, &llc, &err) == 0 ||
             err.code == ERR_INVALID);
        return 0;
}
