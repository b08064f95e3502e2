/*
 * The bearer token of a client: fixed, or from a file that somebody else renews.
 *
 * The file is read again when a minute has passed, and at once after the server refused the token.
 * While it cannot be read, the last good token stays in use (as in client-go transport).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "llc/base/bytes.h"
#include "llc/base/err.h"

struct bearer {
        char *token; /* NULL = none known */
        char *file;  /* NULL = the token is fixed */
        bool stale;  /* read the file before the next use */
        int64_t read_ms;
        uint64_t generation; /* counts the tokens of the file */
};

/* Both are copied and may be NULL. */
void bearer_init(struct bearer *bearer, const char *token, const char *file);
void bearer_deinit(struct bearer *bearer);

/*
 * The token to use now, borrowed until the next call; NULL = none is configured. now_ms is
 * monotonic. Fails only when there is a file and no token was ever read from it.
 */
int bearer_get(struct bearer *bearer, int64_t now_ms, const char **ret_token, struct err *err);

/* The server said 401. */
void bearer_refused(struct bearer *bearer);

/* Can it stand in a header? Printable ASCII without spaces, not empty. */
bool bearer_is_token(struct bytes text);

/* Can a token be read from the file right now? */
int bearer_check_file(const char *path, struct err *err);
