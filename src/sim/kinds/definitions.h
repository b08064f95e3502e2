/*
 * The files of src/sim/kinds/definitions, built into the program.
 */
#pragma once

#include <stddef.h>

struct definition_file {
        const char *name; /* "pods"; NULL ends the table */
        const char *text; /* YAML, not NUL-terminated */
        size_t len;
};

/* In the order of discovery; the shared ones first. */
extern const struct definition_file DEFINITION_FILES[];
