/*
 * How many lines of one kind are written: what somebody outside can bring about a million times
 * must not fill the disk, and the first lines say as much as all of them.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { LOG_QUOTA_LINES = 20, LOG_QUOTA_MS = 60 * 1000 };

/* Zeros are a fresh one. */
struct log_quota {
        int64_t since_ms; /* the first of the lines */
        unsigned said;
        uint64_t unsaid;
};

/*
 * May one more line be written? LOG_QUOTA_LINES in LOG_QUOTA_MS may. *ret_unsaid, of a line that
 * may: how many were not since the one before.
 */
bool log_quota_take(struct log_quota *quota, int64_t now_ms, uint64_t *ret_unsaid);
