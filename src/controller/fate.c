#include "fate.h"

#include "llc/sys/clock.h"
#include "llc/sys/log.h"

enum {
        /* Our own write is normally seen within milliseconds: this is for the event that never
         * comes. */
        LOOK_AGAIN_MS = 1000,
        /* What the server calls invalid will not become valid by asking often, and a namespace
         * that is being deleted does not come back. */
        INVALID_RETRY_MS = 30000,
        RETRY_AFTER_MAX_MS = 60000,
};

enum fate_kind {
        FATE_FORGET,
        FATE_AT,      /* at a known time */
        FATE_BACKOFF, /* after the key's growing delay, but not before a known time */
};

struct fate_verdict {
        enum fate_kind kind;
        int64_t delay_ms;
        enum pass_result result;
};

/* What has no effect, as where somebody undoes it, is tried ever more slowly. */
static struct fate_verdict fate_of_success(const struct fate *fate) {
        enum fate_kind kind = fate->tried ? FATE_BACKOFF : FATE_AT;
        int64_t delay_ms;

        if (fate->look_again)
                return (struct fate_verdict){ kind, LOOK_AGAIN_MS, RESULT_REQUEUE };
        if (!fate->has_deadline)
                return (struct fate_verdict){ FATE_FORGET, 0, RESULT_SUCCESS };
        delay_ms = fate->deadline - clock_wall_ms();
        return (struct fate_verdict){ kind, delay_ms > 0 ? delay_ms : 0, RESULT_REQUEUE_AFTER };
}

/* The server says when; or else, or when it says what no canary can wait for, we do. */
static struct fate_verdict fate_of_busy(int64_t retry_after_ms) {
        if (retry_after_ms <= 0)
                return (struct fate_verdict){ FATE_BACKOFF, 0, RESULT_ERROR };
        if (retry_after_ms > RETRY_AFTER_MAX_MS)
                retry_after_ms = RETRY_AFTER_MAX_MS;
        return (struct fate_verdict){ FATE_AT, retry_after_ms, RESULT_ERROR };
}

static struct fate_verdict fate_of(const struct fate *fate) {
        switch (fate->error->code) {
        case ERR_NONE:
                return fate_of_success(fate);
        case ERR_INVALID:
        case ERR_TERMINATING:
        case ERR_TOO_LARGE:
                if (fate->may_pass) /* one pod that can't be helped never holds up the rest */
                        return (struct fate_verdict){ FATE_BACKOFF, 0, RESULT_ERROR };
                return (struct fate_verdict){ FATE_AT, INVALID_RETRY_MS, RESULT_ERROR };
        case ERR_THROTTLED:
        case ERR_UNREACHABLE:
        case ERR_UNAVAILABLE:
                return fate_of_busy(fate->error->retry_after_ms);
        case ERR_NOT_FOUND:
        case ERR_NO_KIND:
        case ERR_ALREADY_EXISTS:
        case ERR_CONFLICT:
        case ERR_GONE:
        case ERR_UNAUTHORIZED:
        case ERR_FORBIDDEN:
        case ERR_TIMEOUT:
        case ERR_AMBIGUOUS:
        case ERR_PROTOCOL:
        case ERR_IO:
                return (struct fate_verdict){ FATE_BACKOFF, 0, RESULT_ERROR };
        }
        return (struct fate_verdict){ FATE_BACKOFF, 0, RESULT_ERROR };
}

void fate_decide(struct controller *controller, const struct fate *fate) {
        enum queue_priority priority = fate->urgent ? QUEUE_RELABEL : QUEUE_BACKGROUND;
        struct fate_verdict verdict = fate_of(fate);
        int64_t now = clock_monotonic_ms();

        controller->counters.results[verdict.result]++;
        /* A pass that only looks again has not succeeded yet: the back-off goes on where it was. */
        if (verdict.kind != FATE_BACKOFF &&
            (verdict.result == RESULT_SUCCESS || verdict.result == RESULT_REQUEUE_AFTER))
                queue_forget(controller->queue, fate->key);
        switch (verdict.kind) {
        case FATE_FORGET:
                break;
        case FATE_AT:
                queue_add_at(controller->queue, fate->key, priority, now + verdict.delay_ms);
                break;
        case FATE_BACKOFF:
                verdict.delay_ms = queue_add_paced(controller->queue, fate->key, priority, now,
                                                   verdict.delay_ms);
                break;
        }
        if (fate->error->code != ERR_NONE)
                log_line(LOG_WARN, "reconcile failed", LOG_STR("llc", fate->key),
                         LOG_STR("code", err_code_name(fate->error->code)),
                         LOG_STR("error", fate->error->msg), LOG_INT("retry_ms", verdict.delay_ms));
}

void fate_log_action(const char *key, enum action_kind kind, const char *name,
                     const struct err *err) {
        const char *what = kind == ACTION_RECOUNT ? "budget" : "pod";

        if (err)
                log_line(LOG_WARN, "action failed", LOG_STR("llc", key),
                         LOG_STR("action", action_kind_name(kind)), LOG_STR(what, name),
                         LOG_STR("error", err->msg));
        else
                log_line(LOG_INFO, "action done", LOG_STR("llc", key),
                         LOG_STR("action", action_kind_name(kind)), LOG_STR(what, name));
}
