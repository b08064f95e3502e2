/*
 * Structured log lines on stderr: text ("time level message key=value") or JSON, one object a line.
 *
 * Never blocks: when the pipe is full, lines are dropped and counted. A line is at most 4 KiB: what
 * does not fit is cut, and the line says so. Control characters never reach a terminal. Libraries
 * do not log; the controller logs once, where it decides what becomes of a key.
 */
#pragma once

#include <stdint.h>

#include "llc/base/err.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
enum log_format { LOG_TEXT, LOG_JSON };

void log_configure(enum log_level level, enum log_format format);

struct log_field {
        const char *key;   /* a literal: written as it is */
        const char *value; /* NULL: number is the value */
        int64_t number;
};

static inline const char *log_text(const char *s) {
        return s ? s : "";
}

/* LOG_STR("pod", name), LOG_INT("pods", 3) */
#define LOG_STR(k, v) ((struct log_field){ .key = (k), .value = log_text(v) })
#define LOG_INT(k, v) ((struct log_field){ .key = (k), .number = (v) })

void log_write(enum log_level level, const char *message, const struct log_field *fields,
               unsigned n_fields);

#define log_line(level, message, ...)                                                              \
        log_write((level), (message), (const struct log_field[]){ __VA_ARGS__ },                   \
                  sizeof((const struct log_field[]){ __VA_ARGS__ }) / sizeof(struct log_field))

/* Lines dropped, or cut short, because stderr did not take them. */
uint64_t log_dropped(void);
