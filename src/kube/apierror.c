/*
 * The Status is read member by member: it is six members deep in hostile text, where any of them
 * may have any type and the worst answer must still become an error. A descriptor table would
 * refuse the whole for one wrong member.
 */
#include "llc/kube/apierror.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>

#include "llc/base/json.h"

enum {
        BODY_MAX = 256 << 10, /* a Status with hundreds of causes is smaller */
        RETRY_AFTER_MAX_MS = 60 * 60 * 1000,
        /* Nothing says when a namespace is gone, and perhaps made again; until then it is vain. */
        TERMINATING_RETRY_MS = 10 * 1000,
};

static const struct json_limits LIMITS = {
        .max_bytes = BODY_MAX,
        .max_depth = 16,
        .max_nodes = 4096,
};

struct status { /* metav1.Status as far as it could be read; absent is empty */
        int64_t code;
        int64_t retry_after_ms;
        struct bytes message, reason, name;
        const struct json *causes; /* an array, or NULL */
};

static struct bytes get_string(const struct json *object, const char *key) {
        const struct json *value = json_get(object, key);

        return json_kind(value) == JSON_STRING ? json_as_string(value) : BYTES_NULL;
}

static int64_t get_int(const struct json *object, const char *key) {
        const struct json *value = json_get(object, key);

        return json_kind(value) == JSON_INT ? json_as_int(value) : 0;
}

static void status_read(const struct json *json, struct status *status) {
        const struct json *details, *causes;
        int64_t seconds;

        if (!bytes_is(get_string(json, "kind"), "Status"))
                return;
        status->code = get_int(json, "code");
        status->message = get_string(json, "message");
        status->reason = get_string(json, "reason");
        details = json_get(json, "details");
        status->name = get_string(details, "name");
        seconds = get_int(details, "retryAfterSeconds");
        if (seconds > 0)
                status->retry_after_ms =
                        seconds < RETRY_AFTER_MAX_MS / 1000 ? seconds * 1000 : RETRY_AFTER_MAX_MS;
        causes = json_get(details, "causes");
        if (json_kind(causes) == JSON_ARRAY)
                status->causes = causes;
}

/* A UID precondition in a patch fails as a change of an immutable field. */
static bool status_blames_uid(const struct status *status) {
        for (size_t i = 0; i < json_length(status->causes); i++)
                if (bytes_is(get_string(json_at(status->causes, i), "field"), "metadata.uid"))
                        return true;
        return false;
}

static bool status_has_cause(const struct status *status, const char *reason) {
        for (size_t i = 0; i < json_length(status->causes); i++)
                if (bytes_is(get_string(json_at(status->causes, i), "reason"), reason))
                        return true;
        return false;
}

static enum err_code code_of(int64_t http_status, const struct status *status) {
        switch (http_status) {
        case 401:
                return ERR_UNAUTHORIZED;
        case 403:
                return status_has_cause(status, "NamespaceTerminating") ? ERR_TERMINATING
                                                                        : ERR_FORBIDDEN;
        case 404:
                return status->name.len > 0 ? ERR_NOT_FOUND : ERR_NO_KIND;
        case 408:
        case 504:
                return ERR_TIMEOUT;
        case 409:
                return bytes_is(status->reason, "AlreadyExists") ? ERR_ALREADY_EXISTS
                                                                 : ERR_CONFLICT;
        case 410:
                return ERR_GONE;
        case 413:
                return ERR_TOO_LARGE;
        case 422:
                return status_blames_uid(status) ? ERR_CONFLICT : ERR_INVALID;
        case 429:
                return ERR_THROTTLED;
        default:
                break;
        }
        if (http_status >= 400 && http_status < 500)
                return ERR_INVALID;
        if (http_status >= 500 && http_status < 600)
                return ERR_UNAVAILABLE;
        return ERR_PROTOCOL; /* no error status: a redirect, say */
}

int apierror_decode(const struct apierror_input *input, struct err *err) {
        JSON_CLEANUP struct json *json = NULL;
        struct status status = { .code = 0 };
        int64_t http_status = input->http_status, retry_after_ms = input->retry_after_ms;
        enum err_code code;
        struct err ignored;

        if (json_parse(input->body, &LIMITS, &json, &ignored) == 0)
                status_read(json, &status);
        if (http_status < 300) /* the event of a watch: its answer was 200 */
                http_status = status.code;
        if (retry_after_ms <= 0)
                retry_after_ms = status.retry_after_ms;
        code = code_of(http_status, &status);
        if (code == ERR_TERMINATING && retry_after_ms <= 0)
                retry_after_ms = TERMINATING_RETRY_MS;
        if (status.message.len > 0)
                err_set(err, code, "%.*s", (int)status.message.len, status.message.ptr);
        else
                err_set(err, code, "HTTP status %" PRId64 " without a message", http_status);
        err->retry_after_ms =
                retry_after_ms < RETRY_AFTER_MAX_MS ? retry_after_ms : RETRY_AFTER_MAX_MS;
        return -1;
}
