/*
 * Lists: in pages, at a revision, of what selectors match. Private to sim/serve.
 */
#pragma once

#include "serve/exchange.h"

int list_serve(struct exchange *exchange);
/* DELETE of a collection; the answer is the list of what was there. */
int list_delete(struct exchange *exchange, const struct delete_options *options);
