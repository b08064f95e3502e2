/*
 * What the server asked not to be sent again yet (Retry-After, RFC 9110 10.2.3), by method and path:
 * whoever asks for it sooner is told so without a request. Time is an argument.
 *
 * Unlike client-go we do not send it again by ourselves when the time has come: what was decided
 * before the wait may be wrong after it, so that the caller decides anew.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "llc/base/bytes.h"
#include "llc/base/err.h"

struct holdoff;

struct holdoff *holdoff_new(void);
void holdoff_free(struct holdoff *holdoff);

/* The answer was err, with a retry_after_ms; of that 60 s count at most. */
void holdoff_note(struct holdoff *holdoff, const char *method, struct bytes target, int64_t now_ms,
                  const struct err *err);

/*
 * May it be sent? If not, err is ERR_THROTTLED, or ERR_TERMINATING where it was that, with the
 * server's message and the time that is left. The query of target does not count.
 */
bool holdoff_permits(const struct holdoff *holdoff, const char *method, struct bytes target,
                     int64_t now_ms, struct err *err);
