/*
 * Bytes from the kernel's random source; aborts when there is none.
 */
#pragma once

#include <stddef.h>

void random_fill(void *out, size_t len);
