#include "recount.h"

#include <inttypes.h>
#include <string.h>

#include "llc/base/bytes.h"
#include "llc/base/strbuf.h"

enum {
        /*
         * More canaries than one Rollout has: each must find its entry again when it looks next,
         * in the worst case after the longest back-off, whoever has written meanwhile.
         */
        ENTRIES_MAX = 256,
        NUMBER_DIGITS = 15,
        KEPT_MS = 60000,  /* all touches are made within a few seconds */
        FUTURE_MS = 5000, /* how far another controller's clock may be ahead */
        FIRST_WAIT_MS = 200,
        WAIT_FACTOR = 4,
        TEXT_MAX = 32 << 10,
};

struct entry {
        struct bytes text, token;
        struct recount recount;
};

/* Cuts off what stands before the separator, or all of it. */
static struct bytes cut(struct bytes *rest, char separator) {
        size_t len = 0;
        struct bytes head;

        while (len < rest->len && rest->ptr[len] != separator)
                len++;
        head = (struct bytes){ rest->ptr, len };
        len += len < rest->len;
        *rest = (struct bytes){ rest->ptr + len, rest->len - len };
        return head;
}

static bool read_number(struct bytes text, int64_t *ret_number) {
        int64_t number = 0;

        if (text.len == 0 || text.len > NUMBER_DIGITS)
                return false;
        for (size_t i = 0; i < text.len; i++) {
                if (text.ptr[i] < '0' || text.ptr[i] > '9')
                        return false;
                number = 10 * number + (text.ptr[i] - '0');
        }
        *ret_number = number;
        return true;
}

static bool is_token(struct bytes text) {
        static const char allowed[] = "0123456789abcdefghijklmnopqrstuvwxyz-";

        for (size_t i = 0; i < text.len; i++)
                if (!memchr(allowed, text.ptr[i], sizeof(allowed) - 1))
                        return false;
        return text.len > 0 && text.len <= RECOUNT_TOKEN_MAX;
}

/* False: it makes no sense, or is over. */
static bool read_entry(struct bytes text, int64_t now, struct entry *ret_entry) {
        struct bytes rest = text;
        struct entry entry = { .text = text };

        entry.token = cut(&rest, ':');
        if (!is_token(entry.token) || !read_number(cut(&rest, ':'), &entry.recount.n) ||
            !read_number(cut(&rest, ':'), &entry.recount.at) ||
            !read_number(rest, &entry.recount.before))
                return false;
        if (entry.recount.n < 1 || entry.recount.n > RECOUNT_TOUCHES_MAX ||
            entry.recount.at > now + FUTURE_MS || entry.recount.at < now - KEPT_MS)
                return false;
        *ret_entry = entry;
        return true;
}

bool recount_find(const char *text, const char *token, int64_t now, struct recount *ret_recount) {
        struct bytes rest = bytes_of(text ? text : "");
        struct entry entry;

        while (rest.len > 0) {
                if (!read_entry(cut(&rest, ','), now, &entry) || !bytes_is(entry.token, token))
                        continue;
                *ret_recount = entry.recount;
                return true;
        }
        return false;
}

const char *recount_set(const char *text, const char *token, const struct recount *recount,
                        int64_t now, struct arena *arena) {
        STRBUF_CLEANUP struct strbuf out = STRBUF_INIT(TEXT_MAX);
        struct bytes rest = bytes_of(text ? text : "");
        struct entry entry;

        strbuf_printf(&out, "%s:%" PRId64 ":%" PRId64 ":%" PRId64, token, recount->n, recount->at,
                      recount->before);
        for (int n = 1; rest.len > 0 && n < ENTRIES_MAX;) {
                if (!read_entry(cut(&rest, ','), now, &entry) || bytes_is(entry.token, token))
                        continue;
                strbuf_append_char(&out, ',');
                strbuf_append(&out, entry.text);
                n++;
        }
        return arena_strdup(arena, strbuf_str(&out));
}

int64_t recount_due(const struct recount *recount) {
        int64_t wait = FIRST_WAIT_MS;

        if (recount->n >= RECOUNT_TOUCHES_MAX)
                return recount->at;
        for (int64_t i = 1; i < recount->n; i++)
                wait *= WAIT_FACTOR;
        return recount->at + wait;
}
