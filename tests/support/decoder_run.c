#include "support/decoder_run.h"

#include <stdlib.h>
#include <string.h>

struct writer {
        const struct decoder_run *run;
        struct strbuf *out;
};

static void put(struct strbuf *out, const char *before, struct bytes text) {
        if (text.len == 0)
                return;
        strbuf_puts(out, before);
        strbuf_append(out, text);
}

static void write_item(void *ctx, const struct decoder_item *item) {
        static const char *const EVENTS[] = { "ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR" };
        const struct writer *w = ctx;

        strbuf_puts(w->out, EVENTS[item->event]);
        put(w->out, " ", item->namespace_);
        put(w->out, item->namespace_.len > 0 ? "/" : " ", item->name);
        put(w->out, " uid=", item->uid);
        put(w->out, " rv=", item->resource_version);
        if (item->initial_events_end)
                strbuf_puts(w->out, " initial-events-end");
        put(w->out, " ", item->json);
        if (!item->readable)
                strbuf_printf(w->out, " unreadable: %s: %s", err_code_name(item->error.code),
                              item->error.msg);
        strbuf_append_char(w->out, '\n');
        if (w->run->on_item)
                w->run->on_item(w->run->ctx, item);
}

/* From memory of just this size, so that a sanitizer sees a byte too far. */
static int feed_copy(struct decoder *d, struct bytes chunk, struct err *err) {
        char *copy = malloc(chunk.len > 0 ? chunk.len : 1);
        int result;

        memcpy(copy, chunk.ptr, chunk.len);
        result = decoder_feed(d, (struct bytes){ copy, chunk.len }, err);
        free(copy);
        return result;
}

static int feed_all(struct decoder *d, const struct decoder_run *run, struct bytes text,
                    struct err *err) {
        size_t taken = run->first < text.len ? run->first : text.len;

        if (taken > 0 && feed_copy(d, (struct bytes){ text.ptr, taken }, err) < 0)
                return -1;
        for (size_t i = 0; taken < text.len; i++) {
                size_t n = text.len - taken;
                size_t size = run->n_chunks > 0 ? run->chunks[i % run->n_chunks] : n;

                if (size == 0)
                        size = 256;
                if (size < n)
                        n = size;
                if (feed_copy(d, (struct bytes){ text.ptr + taken, n }, err) < 0)
                        return -1;
                taken += n;
        }
        return 0;
}

void decoder_run(const struct decoder_run *run, struct bytes text, struct strbuf *transcript) {
        struct writer writer = { .run = run, .out = transcript };
        struct err err = { .code = ERR_NONE };
        struct decoder *d = decoder_new(&(struct decoder_options){
                .kind = run->kind,
                .projection = run->projection,
                .limits = run->limits,
                .on_item = write_item,
                .ctx = &writer,
        });

        if (feed_all(d, run, text, &err) < 0 || decoder_finish(d, &err) < 0) {
                strbuf_printf(transcript, "end %s: %s\n", err_code_name(err.code), err.msg);
        } else {
                strbuf_puts(transcript, "end");
                put(transcript, " rv=", decoder_list_resource_version(d));
                put(transcript, " continue=", decoder_list_continue(d));
                strbuf_append_char(transcript, '\n');
        }
        decoder_free(d);
}
