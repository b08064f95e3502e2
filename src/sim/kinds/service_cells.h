/*
 * A Service's row in a table.
 */
#pragma once

#include "kinds/kind.h"

void service_cells(const struct kind *kind, const struct json *service, int64_t now_ms,
                   struct json *cells);
