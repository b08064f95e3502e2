/*
 * The answers of client-go and apimachinery that are checked in beside this (NAME.jsonl, written by
 * the Go program in this folder), and what of them may differ from ours.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "llc/base/json.h"
#include "llc/base/strbuf.h"

/* A difference on purpose; the table in docs/client-go.md says why. */
struct difference {
        const char *name;                       /* as in that table */
        bool (*covers)(const struct json *row); /* may it disagree? NULL = see rows */
        const char *rows; /* those that must disagree, by their first column, with blanks between */
};

struct vectors {
        const char *name;
        /* Do we say what the row says? Writes what we say, for the failure. */
        bool (*agrees)(const struct json *row, struct strbuf *ours);
        const struct difference *differences; /* ended by one without a name; NULL = none */
};

/*
 * Fails the cmocka test when a row that no difference covers disagrees, when one agrees that must
 * not, and when a difference covers nothing that disagrees.
 */
void vectors_compare(const struct vectors *vectors);

/* Calls with each row of the file, in order. */
void vectors_each(const char *name, void (*with)(void *ctx, const struct json *row), void *ctx);
