#include "llc/base/err.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "utf8.h"

#undef err_set
#undef err_wrap

/* Makes the message what err.h promises, whatever outside text was put into it. */
static void err_keep(struct err *err, const char *text) {
        size_t left = strlen(text), n = 0;

        if (left > sizeof(err->msg) - 1)
                left = sizeof(err->msg) - 1;
        while (left > 0) {
                size_t length = utf8_length(text, left);
                bool readable = length > 1 || (length == 1 && isprint((unsigned char)*text));

                if (length == 0)
                        length = 1;
                if (readable)
                        memcpy(err->msg + n, text, length);
                else
                        memset(err->msg + n, '?', length);
                n += length;
                text += length;
                left -= length;
        }
        err->msg[n] = '\0';
}

/* The arguments may point into the error itself, so the text is made apart from it. */
int err_set(struct err *err, enum err_code code, const char *fmt, ...) {
        char text[ERR_MSG_SIZE];
        va_list ap;

        va_start(ap, fmt);
        vsnprintf(text, sizeof(text), fmt, ap);
        va_end(ap);
        err->code = code;
        err->retry_after_ms = 0;
        err_keep(err, text);
        return -1;
}

int err_wrap(struct err *err, const char *fmt, ...) {
        char text[2 * ERR_MSG_SIZE]; /* so that gcc sees it fit */
        size_t n;
        va_list ap;

        va_start(ap, fmt);
        vsnprintf(text, ERR_MSG_SIZE, fmt, ap);
        va_end(ap);
        n = strlen(text);
        snprintf(text + n, sizeof(text) - n, ": %s", err->msg);
        err_keep(err, text);
        return -1;
}

const char *err_code_name(enum err_code code) {
        switch (code) {
        case ERR_NONE:
                return "None";
        case ERR_NOT_FOUND:
                return "NotFound";
        case ERR_NO_KIND:
                return "NoKind";
        case ERR_ALREADY_EXISTS:
                return "AlreadyExists";
        case ERR_CONFLICT:
                return "Conflict";
        case ERR_GONE:
                return "Gone";
        case ERR_INVALID:
                return "Invalid";
        case ERR_UNAUTHORIZED:
                return "Unauthorized";
        case ERR_FORBIDDEN:
                return "Forbidden";
        case ERR_TERMINATING:
                return "Terminating";
        case ERR_THROTTLED:
                return "Throttled";
        case ERR_UNREACHABLE:
                return "Unreachable";
        case ERR_UNAVAILABLE:
                return "Unavailable";
        case ERR_TIMEOUT:
                return "Timeout";
        case ERR_AMBIGUOUS:
                return "Ambiguous";
        case ERR_TOO_LARGE:
                return "TooLarge";
        case ERR_PROTOCOL:
                return "Protocol";
        case ERR_IO:
                return "IO";
        }
        return "Unknown";
}
