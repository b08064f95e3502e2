/*
 * What the process uses of the machine, as the kernel counts it, and malloc.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct usage {
        double cpu_seconds; /* user and system, since the start */
        bool has_memory;    /* false: /proc can't be read */
        uint64_t resident_bytes, virtual_bytes;
        uint64_t heap_bytes; /* allocated; what malloc keeps at hand for small ones is in it */
        bool has_open_fds;   /* false: /proc can't be read, or no descriptor is left to read it */
        uint64_t open_fds, max_fds;
};

void usage_read(struct usage *ret_usage);
