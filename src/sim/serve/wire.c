/* Errors are in the words of the API server's generated decoders: clients show them as they are. */
#include "serve/wire.h"

#include <limits.h>

enum { VARINT_BITS = 64 };

struct wire wire_of(struct bytes bytes) {
        const unsigned char *at = (const unsigned char *)bytes.ptr;

        return (struct wire){ .at = at, .end = bytes.len > 0 ? at + bytes.len : at };
}

static int fail_end(struct err *err) {
        return err_set(err, ERR_INVALID, "unexpected EOF");
}

int wire_varint(struct wire *wire, uint64_t *ret_value, struct err *err) {
        uint64_t value = 0;

        for (unsigned shift = 0; shift < VARINT_BITS; shift += 7) {
                unsigned char byte;

                if (wire->at == wire->end)
                        return fail_end(err);
                byte = *wire->at++;
                value |= (uint64_t)(byte & 0x7f) << shift;
                if (byte < 0x80) {
                        *ret_value = value;
                        return 0;
                }
        }
        return err_set(err, ERR_INVALID, "proto: integer overflow");
}

int wire_tag(struct wire *wire, struct wire_tag *ret_tag, struct err *err) {
        uint64_t value;

        if (wire_varint(wire, &value, err) < 0)
                return -1;
        *ret_tag = (struct wire_tag){ .number = value >> 3, .type = value & 7 };
        if (ret_tag->number == 0 || ret_tag->number > INT_MAX)
                return err_set(err, ERR_INVALID, "proto: illegal tag %lld (wire type %u)",
                               (long long)ret_tag->number, ret_tag->type);
        return 0;
}

static int wire_bytes(struct wire *wire, uint64_t n, struct bytes *ret_bytes, struct err *err) {
        if (n > (uint64_t)(wire->end - wire->at))
                return fail_end(err);
        *ret_bytes = (struct bytes){ (const char *)wire->at, (size_t)n };
        wire->at += n;
        return 0;
}

int wire_chunk(struct wire *wire, struct bytes *ret_chunk, struct err *err) {
        uint64_t n;

        if (wire_varint(wire, &n, err) < 0)
                return -1;
        return wire_bytes(wire, n, ret_chunk, err);
}

int wire_skip(struct wire *wire, struct wire_tag tag, struct err *err) {
        struct bytes ignored;
        uint64_t number;
        size_t depth = 0;
        int r = 0;

        for (;;) {
                switch (tag.type) {
                case WIRE_VARINT:
                        r = wire_varint(wire, &number, err);
                        break;
                case WIRE_64:
                        r = wire_bytes(wire, 8, &ignored, err);
                        break;
                case WIRE_CHUNK:
                        r = wire_chunk(wire, &ignored, err);
                        break;
                case WIRE_GROUP:
                        depth++;
                        break;
                case WIRE_GROUP_END:
                        if (depth == 0)
                                return err_set(err, ERR_INVALID, "proto: unexpected end of group");
                        depth--;
                        break;
                case WIRE_32:
                        r = wire_bytes(wire, 4, &ignored, err);
                        break;
                default:
                        return err_set(err, ERR_INVALID, "proto: illegal wireType %u", tag.type);
                }
                if (r < 0 || depth == 0)
                        return r;
                if (wire_tag(wire, &tag, err) < 0)
                        return -1;
        }
}
