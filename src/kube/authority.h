/*
 * host[:port] of a URL (RFC 3986, 3.2), without a user.
 */
#pragma once

#include <stdbool.h>

#include "llc/base/bytes.h"
#include "llc/base/err.h"

struct authority {         /* borrowed from the text it was read from */
        struct bytes host; /* IPv6 addresses without brackets */
        bool ipv6;
        unsigned port;
};

/*
 * Reads from *at up to the first byte that belongs to neither; *at then points there. Errors do not
 * repeat the text.
 */
int authority_read(const char **at, unsigned default_port, struct authority *ret_authority,
                   struct err *err);

/* "localhost", 127.0.0.0/8 or ::1? */
bool authority_is_loopback(const struct authority *authority);
