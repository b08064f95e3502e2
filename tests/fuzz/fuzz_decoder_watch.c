#include "decoder_target.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        return decoder_target(DECODER_WATCH, data, size);
}
