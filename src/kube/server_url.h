/*
 * The address of an API server, taken apart: https://host[:port][/prefix].
 */
#pragma once

#include <stdbool.h>

#include "authority.h"
#include "llc/base/bytes.h"
#include "llc/base/err.h"

struct server_url { /* borrowed from the text it was read from */
        bool https;
        struct authority at; /* with the scheme's own port when the text has none */
        struct bytes prefix; /* "" or "/a/b", without a slash at the end */
};

/*
 * Strict: an absolute URL without user, query and fragment; http for loopback hosts only. Errors
 * do not repeat the text, which may hold a password.
 */
int server_url_parse(const char *text, struct server_url *ret_url, struct err *err);
