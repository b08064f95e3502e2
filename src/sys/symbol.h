/*
 * The name of a function of this program, static ones too, from the symbols of its file.
 */
#pragma once

#include <stddef.h>

/* "?" where the file has no symbols, or not this one. Cut to size. */
void symbol_name(void (*fn)(void), char *ret_name, size_t size);
