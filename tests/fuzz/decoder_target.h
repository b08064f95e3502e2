/*
 * What the two targets for decoders have in common.
 *
 * Input: a first line, then the stream. The line's first byte, when odd, asks for small caps; the
 * others are the sizes of the chunks that the stream comes in.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "llc/kube/decoder.h"

/* What of each object is kept, and the small caps. */
extern const struct projection DECODER_TARGET_PROJECTION;
extern const struct decoder_limits DECODER_TARGET_SMALL;

int decoder_target(enum decoder_kind kind, const uint8_t *data, size_t size);
