/*
 * A pod's row in a table.
 */
#pragma once

#include "kinds/kind.h"

void pod_cells(const struct kind *kind, const struct json *pod, int64_t now_ms, struct json *cells);
