#include "streaming.h"

enum {
        SILENCE_MS = 10 * 1000, /* the server answers from memory */
        LONGEST_MS = 120 * 1000,
        BROKEN_MAX = 3, /* a proxy that cuts streams may let lists through */
};

void streaming_init(struct streaming *streaming, bool *refused) {
        *streaming = (struct streaming){ .refused = refused };
        if (!refused)
                streaming->refused = &streaming->own;
}

bool streaming_is_wanted(const struct streaming *streaming) {
        return !*streaming->refused && !streaming->doubted;
}

void streaming_begin(struct streaming *streaming, int64_t now_ms) {
        streaming->began_ms = streaming->heard_ms = now_ms;
}

void streaming_heard(struct streaming *streaming, int64_t now_ms) {
        streaming->heard_ms = now_ms;
}

int64_t streaming_patience_ms(const struct streaming *streaming, int64_t now_ms) {
        int64_t silence_ms = streaming->heard_ms + SILENCE_MS - now_ms;
        int64_t longest_ms = streaming->began_ms + LONGEST_MS - now_ms;
        int64_t left_ms = silence_ms < longest_ms ? silence_ms : longest_ms;

        return left_ms > 0 ? left_ms : 0;
}

void streaming_succeeded(struct streaming *streaming) {
        streaming->broken = 0;
}

void streaming_give_up(struct streaming *streaming) {
        streaming->doubted = true;
}

void streaming_failed(struct streaming *streaming, enum err_code code) {
        if (code == ERR_INVALID) /* 422: the server says so itself */
                *streaming->refused = true;
        else if (code != ERR_UNREACHABLE && ++streaming->broken >= BROKEN_MAX)
                streaming->doubted = true;
}

void streaming_listed(struct streaming *streaming, bool success) {
        if (success && streaming->doubted)
                *streaming->refused = true;
        streaming->doubted = false; /* where nothing works, streams are not to blame */
        streaming->broken = 0;
}
