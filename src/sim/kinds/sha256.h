/*
 * SHA-256 (FIPS 180-4), for what the API server shows of it: storageVersionHash. Nothing secret.
 */
#pragma once

#include <stdint.h>

#include "llc/base/bytes.h"

enum { SHA256_BYTES = 32 };

void sha256(struct bytes message, uint8_t ret_digest[static SHA256_BYTES]);
