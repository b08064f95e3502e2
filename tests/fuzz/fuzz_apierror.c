/* Any status with any body becomes an error. The first two bytes are the status. */
#include <string.h>

#include "fuzz.h"
#include "llc/kube/apierror.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        struct apierror_input input = { .http_status = 0 };
        struct err err = { .code = ERR_NONE, .retry_after_ms = -1 };

        if (size < 2)
                return 0;
        input.http_status = (data[0] - '0') * 100 + data[1] % 64;
        input.body = fuzz_bytes(data + 2, size - 2);
        must(apierror_decode(&input, &err) == -1);
        must(err.code != ERR_NONE);
        must(err.retry_after_ms >= 0);
        must(strlen(err.msg) > 0 && strlen(err.msg) < ERR_MSG_SIZE);
        return 0;
}
