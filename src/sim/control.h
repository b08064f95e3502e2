/*
 * What a test says to the simulator itself, beside the API: with virtual time,
 * POST /llc-sim/advance?ms=N moves the clock and runs all that is due on the way. For
 * administrators (system:masters) only.
 */
#pragma once

#include <stdbool.h>

#include "serve/serve.h"

/* False: not such a request, nothing is filled in. */
bool control_serve(struct server *server, const struct http_request *request,
                   struct http_response *response);
