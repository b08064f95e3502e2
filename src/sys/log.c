/*
 * A line is put together on the stack, at most PIPE_BUF bytes, and leaves in one write.
 *
 * O_NONBLOCK is a flag of the open file description, which a terminal or pipe shares with other
 * processes, so it is left alone. Instead poll() is asked first: on Linux a pipe reports POLLOUT
 * when a whole page is free, a socket when a good part of its buffer is, and PIPE_BUF is one page.
 */
#include "llc/sys/log.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "codepoint.h"
#include "llc/base/timestamp.h"
#include "llc/sys/clock.h"

static enum log_level log_level = LOG_INFO;
static enum log_format log_format = LOG_TEXT;
static uint64_t log_n_dropped;
static bool log_torn; /* the last line was written in part */

enum {
        LINE_MAX_BYTES = PIPE_BUF,
        LINE_RESERVE = 24, /* for line_end */
};

struct line {
        char data[LINE_MAX_BYTES];
        size_t len;
        bool cut;
};

void log_configure(enum log_level level, enum log_format format) {
        log_level = level;
        log_format = format;
}

uint64_t log_dropped(void) {
        return log_n_dropped;
}

static bool line_put(struct line *line, const char *data, size_t len) {
        if (line->cut || line->len + len > LINE_MAX_BYTES - LINE_RESERVE) {
                line->cut = true;
                return false;
        }
        memcpy(line->data + line->len, data, len);
        line->len += len;
        return true;
}

static bool line_puts(struct line *line, const char *s) {
        return line_put(line, s, strlen(s));
}

/* What must not be missing when the line was cut. */
static void line_end(struct line *line, const char *s) {
        size_t len = strlen(s);

        memcpy(line->data + line->len, s, len);
        line->len += len;
}

/* Would the character steer a terminal (C0, DEL, C1)? */
static bool is_control(uint32_t c) {
        return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

/*
 * The text without control characters, escaped as JSON does it; inside quotes these and
 * backslashes too. Bytes that are no UTF-8 become U+FFFD.
 */
static void line_escaped(struct line *line, const char *s, bool quoted) {
        static const char named[] = "\b\t\n\f\r\"\\", letters[] = "btnfr\"\\";
        struct bytes rest = bytes_of(s);
        char escape[8];

        while (rest.len > 0 && !line->cut) {
                uint32_t c;
                size_t n = codepoint_read(rest, &c);
                const char *name = strchr(named, *rest.ptr);

                if (n == 0)
                        line_puts(line, "\xef\xbf\xbd");
                else if (name && (quoted || is_control(c)))
                        line_put(line, (char[]){ '\\', letters[name - named] }, 2);
                else if (is_control(c))
                        line_put(line, escape,
                                 (size_t)snprintf(escape, sizeof(escape), "\\u%04x", c));
                else
                        line_put(line, rest.ptr, n);
                rest.ptr += n ? n : 1;
                rest.len -= n ? n : 1;
        }
}

static void line_timestamp(struct line *line) {
        char text[TIMESTAMP_SIZE], ms[8];
        int64_t now = clock_wall_ms();

        timestamp_format(now, text);
        line_put(line, text, strlen(text) - 1); /* without the Z */
        snprintf(ms, sizeof(ms), ".%03dZ", (int)(now % 1000));
        line_puts(line, ms);
}

static void line_number(struct line *line, int64_t number) {
        char text[24];

        snprintf(text, sizeof(text), "%lld", (long long)number);
        line_puts(line, text);
}

/* A name and its value; a string may be cut, so that the line stays JSON. */
static void line_member(struct line *line, const struct log_field *field) {
        size_t before = line->len;

        line_puts(line, ",\"");
        line_puts(line, field->key);
        line_puts(line, field->value ? "\":\"" : "\":");
        if (!field->value)
                line_number(line, field->number);
        if (line->cut) {
                line->len = before;
        } else if (field->value) {
                line_escaped(line, field->value, true);
                line_end(line, "\"");
        }
}

static void line_json(struct line *line, enum log_level level, const char *message,
                      const struct log_field *fields, unsigned n_fields) {
        static const char *const names[] = { "debug", "info", "warn", "error" };

        line_puts(line, "{\"time\":\"");
        line_timestamp(line);
        line_puts(line, "\"");
        line_member(line, &LOG_STR("level", names[level]));
        line_member(line, &LOG_STR("msg", message));
        for (unsigned i = 0; i < n_fields && !line->cut; i++)
                line_member(line, &fields[i]);
        line_end(line, line->cut ? ",\"cut\":true}\n" : "}\n");
}

/* May the value stand without quotes? */
static bool is_bare(const char *s) {
        if (!*s)
                return false;
        for (; *s; s++)
                if ((unsigned char)*s <= ' ' || (unsigned char)*s >= 0x7f || *s == '"' ||
                    *s == '=' || *s == '\\')
                        return false;
        return true;
}

static void line_text(struct line *line, enum log_level level, const char *message,
                      const struct log_field *fields, unsigned n_fields) {
        static const char *const names[] = { " DEBUG ", " INFO  ", " WARN  ", " ERROR " };

        line_timestamp(line);
        line_puts(line, names[level]);
        line_escaped(line, message, false);
        for (unsigned i = 0; i < n_fields; i++) {
                bool quoted = fields[i].value && !is_bare(fields[i].value);

                line_puts(line, " ");
                line_puts(line, fields[i].key);
                line_puts(line, quoted ? "=\"" : "=");
                if (fields[i].value)
                        line_escaped(line, fields[i].value, quoted);
                else
                        line_number(line, fields[i].number);
                if (quoted)
                        line_puts(line, "\"");
        }
        line_end(line, line->cut ? "... (cut)\n" : "\n");
}

static void line_write(const struct line *line) {
        struct pollfd fd = { .fd = STDERR_FILENO, .events = POLLOUT };
        ssize_t n = -1;

        if (poll(&fd, 1, 0) == 1 && (fd.revents & POLLOUT))
                n = write(STDERR_FILENO, line->data, line->len);
        if (n != (ssize_t)line->len)
                log_n_dropped++;
        if (n > 0)
                log_torn = n != (ssize_t)line->len;
}

void log_write(enum log_level level, const char *message, const struct log_field *fields,
               unsigned n_fields) {
        struct line line;
        int saved = errno;

        if (level < log_level)
                return;
        line.len = 0;
        line.cut = false;
        if (log_torn)
                line_puts(&line, "\n");
        if (log_format == LOG_JSON)
                line_json(&line, level, message, fields, n_fields);
        else
                line_text(&line, level, message, fields, n_fields);
        line_write(&line);
        errno = saved;
}
