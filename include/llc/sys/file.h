/*
 * Reading small files.
 */
#pragma once

#include "llc/base/err.h"
#include "llc/base/strbuf.h"

/*
 * Appends the whole file to out, whose max is the cap (ERR_TOO_LARGE beyond). ERR_IO otherwise.
 * Errors name the path; out is unchanged then.
 */
int file_read(const char *path, struct strbuf *out, struct err *err);
