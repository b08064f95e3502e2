/*
 * The wire format of protocol buffers, read from bytes. All fail with ERR_INVALID. Private to
 * sim/serve.
 */
#pragma once

#include <stdint.h>

#include "llc/base/bytes.h"
#include "llc/base/err.h"

struct wire {
        const unsigned char *at, *end; /* more is there while at < end */
};

enum { WIRE_VARINT, WIRE_64, WIRE_CHUNK, WIRE_GROUP, WIRE_GROUP_END, WIRE_32 };

struct wire_tag {
        uint64_t number; /* of the field: 1 to INT_MAX */
        unsigned type;   /* as above, or 6 or 7, which are none */
};

struct wire wire_of(struct bytes bytes);

int wire_tag(struct wire *wire, struct wire_tag *ret_tag, struct err *err);
int wire_varint(struct wire *wire, uint64_t *ret_value, struct err *err);
/* Text, bytes, or a message; within what is read. */
int wire_chunk(struct wire *wire, struct bytes *ret_chunk, struct err *err);
/* Passes over the value of a tag; of a group, all up to its end. */
int wire_skip(struct wire *wire, struct wire_tag tag, struct err *err);
