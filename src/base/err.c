#include "llc/base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int err_set(struct err *err, enum err_code code, const char *fmt, ...) {
        va_list ap;

        err->code = code;
        err->retry_after_ms = 0;
        va_start(ap, fmt);
        vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
        va_end(ap);
        return -1;
}

int err_wrap(struct err *err, const char *fmt, ...) {
        char context[ERR_MSG_SIZE];
        size_t n, room;
        va_list ap;

        va_start(ap, fmt);
        vsnprintf(context, sizeof(context) - 2, fmt, ap);
        va_end(ap);
        n = strlen(context);
        memcpy(context + n, ": ", 2);
        n += 2;
        room = sizeof(err->msg) - 1 - n;
        memmove(err->msg + n, err->msg, room);
        memcpy(err->msg, context, n);
        err->msg[sizeof(err->msg) - 1] = '\0';
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
        case ERR_THROTTLED:
                return "Throttled";
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
