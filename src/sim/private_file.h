/*
 * Files that hold secrets: nobody else may read them, and they are there whole or not at all.
 */
#pragma once

#include "llc/base/bytes.h"
#include "llc/base/err.h"

/* Replaces the file, mode 0600. ERR_IO names the path. */
int private_file_write(const char *path, struct bytes content, struct err *err);
/* Makes the folder and those above it as far as they are missing, mode 0700. */
int private_file_make_folder(const char *path, struct err *err);
