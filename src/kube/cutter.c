/*
 * Why by hand: a list must never be parsed whole, one field of `{}` would cost 375 MB as a tree,
 * and an object that nobody can parse must neither stop the stream nor lose its identity. So the
 * grammar is checked strictly where something is kept or looked for, only strings and brackets are
 * matched elsewhere, and a syntax error in an item is survived as long as brackets match.
 */
#include "cutter.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "token.h"

enum {
        FOUND_MAX = 2048, /* of an identity as it is written: 253 bytes, each as \uXXXX, fit */
        CONTINUE_MAX = 65536,
        BUFFER_KEEP = 65536, /* what a buffer may hold on to from item to item */
        ENVELOPE_DEPTH = 2,  /* {"items":[ */
        IDENTITY_DEPTH = 3,  /* {"metadata":{"annotations":{ */
};

static const char WRONG_TYPE[] = "items or continue of another type";

static const struct projection WHOLE = { .children = NULL };

static const struct projection *projection_find(const struct projection *node, struct bytes key) {
        for (size_t i = 0; i < node->n_children; i++)
                if (bytes_is(key, node->children[i].key))
                        return &node->children[i];
        return NULL;
}

static void places_clear(struct cutter *c, enum place place) {
        for (enum place p = place; p <= place_last(place); p++)
                strbuf_clear(&c->found[p]);
}

static struct cutter_frame *top(struct cutter *c) {
        return &c->frames[c->n_frames - 1];
}

/* The item is not readable; only its identity is still looked for. The first reason counts. */
__attribute__((format(printf, 4, 5))) static void reject(struct cutter *c, const char *p,
                                                         enum err_code code, const char *fmt, ...) {
        uint64_t byte = c->offset + (uint64_t)(p - c->chunk) - c->item_offset;
        char what[128];
        va_list ap;

        if (c->failed)
                return;
        va_start(ap, fmt);
        vsnprintf(what, sizeof(what), fmt, ap);
        va_end(ap);
        err_set(&c->error, code, "byte %" PRIu64 ": %s", byte, what);
        c->failed = true;
        c->verbatim = false;
}

/* Brackets or the envelope are broken: all that is left is the next line, or nothing. */
static const char *give_up(struct cutter *c, const char *p, const char *what) {
        uint64_t byte = c->offset + (uint64_t)(p - c->chunk);

        c->in_item = c->verbatim = false;
        c->skipped.depth = 0;
        switch (c->kind) {
        case DECODER_LIST:
                err_set(&c->error, ERR_PROTOCOL, "list: byte %" PRIu64 ": %s", byte, what);
                c->state = STATE_BROKEN;
                c->status = CUTTER_BROKEN;
                break;
        case DECODER_WATCH:
                reject(c, p, ERR_INVALID, "%s", what);
                c->n_frames = 0;
                c->state = STATE_LOST;
                break;
        }
        return p;
}

static const char *syntax_error(struct cutter *c, const char *p) {
        if (!c->in_item || c->n_frames == c->item_base)
                return give_up(c, p, "not JSON");
        reject(c, p, ERR_INVALID, "not JSON");
        c->state = STATE_RECOVER;
        return p;
}

/* In a watch a newline within an event is space, or the event was cut off and the next follows. */
static const char *newline(struct cutter *c, const char *p) {
        if (c->kind == DECODER_WATCH) {
                c->after_line = c->state;
                c->state = STATE_LINE;
                c->n_held = 0;
                c->paused = true;
        }
        return p + 1;
}

static void frame_push(struct cutter *c, const struct projection *keep, enum place place,
                       bool array) {
        c->frames[c->n_frames++] = (struct cutter_frame){
                .keep = keep,
                .place = place,
                .array = array,
        };
}

/* The next value, if any, is an element of the array on top. */
static void expect_element(struct cutter *c, enum cutter_state state) {
        c->keep = top(c)->keep;
        c->place = top(c)->place == PLACE_ITEMS ? PLACE_ITEM : PLACE_NONE;
        c->state = state;
}

static void put_comma(struct cutter *c, struct cutter_frame *frame) {
        if (frame->comma)
                strbuf_append_char(&c->out, ',');
        frame->comma = true;
}

/* Brings the value that is kept verbatim up to p. */
static void copy_to(struct cutter *c, const char *p) {
        strbuf_append(&c->out, (struct bytes){ c->copied, (size_t)(p - c->copied) });
        c->copied = p;
}

/*
 * Is the value that begins kept? Counts it, and writes what goes before it in a projected array.
 * Whatever has no members to choose from is kept as it is.
 */
static bool admit(struct cutter *c, const char *p) {
        if (!c->keep || c->failed)
                return false;
        if (c->nodes == c->limits.nodes) {
                reject(c, p, ERR_TOO_LARGE, "more than %zu values", c->limits.nodes);
                return false;
        }
        c->nodes++;
        if (c->verbatim)
                return true;
        if (c->n_frames > c->item_base && top(c)->array)
                put_comma(c, top(c));
        if (!c->keep->children || token_class(*p) != TOKEN_OPEN) {
                c->verbatim = true;
                c->verbatim_base = c->n_frames;
                c->copied = p;
        }
        return true;
}

/* p is behind the value. */
static void value_end(struct cutter *c, const char *p) {
        size_t pending;

        c->state = STATE_AFTER;
        if (!c->in_item)
                return;
        /* What is not copied yet counts too, or the cap would hang on the chunking. */
        pending = c->verbatim ? (size_t)(p - c->copied) : 0;
        if (!strbuf_ok(&c->out) || pending > c->out.max - c->out.len)
                reject(c, p, ERR_TOO_LARGE, "more than %zu bytes are kept", c->out.max);
        if (c->verbatim && c->n_frames == c->verbatim_base) {
                copy_to(c, p);
                c->verbatim = false;
        }
        if (c->n_frames == c->item_base) {
                c->in_item = false;
                c->status = CUTTER_ITEM;
        }
}

static void item_begin(struct cutter *c, const char *p, bool whole) {
        c->in_item = c->has_item = true;
        c->failed = false;
        c->whole = whole;
        c->item_base = c->n_frames;
        c->item_offset = c->offset + (uint64_t)(p - c->chunk);
        c->nodes = 0;
        c->keep = whole ? &WHOLE : c->projection;
        c->paused = true; /* the cap on bytes counts from here */
        strbuf_shrink(&c->out, BUFFER_KEEP);
        places_clear(c, PLACE_ITEM);
}

static const char *container_open(struct cutter *c, const char *p) {
        bool array = *p == '[', fits = (c->place == PLACE_ITEMS) == array, keep;
        enum place place = fits && !place_is_leaf(c->place) ? c->place : PLACE_NONE;

        if (place_is_vital(c->place) && place == PLACE_NONE)
                return give_up(c, p, WRONG_TYPE);
        if (c->place == PLACE_ITEM && array)
                reject(c, p, ERR_INVALID, "not an object");
        keep = admit(c, p);
        if (keep && c->n_frames - c->item_base >= c->limits.depth) {
                reject(c, p, ERR_TOO_LARGE, "nested deeper than %zu", c->limits.depth);
                keep = false;
        }
        if (!keep && place == PLACE_NONE) {
                c->state = STATE_SKIP;
                return p;
        }
        if (keep && c->keep->children)
                strbuf_append_char(&c->out, *p);
        if (place == PLACE_ITEMS)
                c->has_items = true;
        frame_push(c, keep ? c->keep : NULL, place, array);
        if (array)
                expect_element(c, STATE_FIRST_VALUE);
        else
                c->state = STATE_FIRST_KEY;
        return p + 1;
}

static const char *container_close(struct cutter *c, const char *p) {
        const struct cutter_frame *frame = top(c);

        if (frame->array != (*p == ']'))
                return give_up(c, p, "brackets do not match");
        if (frame->keep && frame->keep->children && !c->failed)
                strbuf_append_char(&c->out, *p);
        c->n_frames--;
        p++;
        if (c->n_frames > 0 || c->in_item) {
                value_end(c, p);
        } else {
                c->state = c->kind == DECODER_WATCH ? STATE_TOP : STATE_END;
                c->status = CUTTER_END;
        }
        return p;
}

static void capture(struct cutter *c, const char *from, const char *to) {
        if (c->capture)
                strbuf_append(c->capture, (struct bytes){ from, (size_t)(to - from) });
}

static const char *string_begin(struct cutter *c, const char *p, enum cutter_state after,
                                struct strbuf *capture) {
        c->capture = capture;
        c->after_string = after;
        c->state = STATE_STRING;
        return p + 1;
}

/* Decides what happens to the value of a key. */
static void key_end(struct cutter *c, struct bytes key) {
        struct cutter_frame *frame = top(c);

        c->state = STATE_COLON;
        c->keep = NULL;
        c->place = place_find(frame->place, key);
        if (c->place != PLACE_NONE)
                places_clear(c, c->place); /* of two with one name the last counts */
        if (!frame->keep || c->failed)
                return;
        if (!frame->keep->children) {
                c->keep = frame->keep;
                return;
        }
        c->keep = projection_find(frame->keep, key);
        if (!c->keep)
                return;
        put_comma(c, frame);
        strbuf_append_char(&c->out, '"');
        strbuf_append(&c->out, key);
        strbuf_append(&c->out, (struct bytes){ "\":", 2 });
}

static const char *key_begin(struct cutter *c, const char *p, const char *end) {
        const char *stop = token_string_stop(p + 1, end);

        if (stop < end && *stop == '"') { /* in one piece, without escapes: nearly always */
                key_end(c, (struct bytes){ p + 1, (size_t)(stop - p - 1) });
                return stop + 1;
        }
        strbuf_clear(&c->key);
        return string_begin(c, p, STATE_COLON, &c->key);
}

static const char *value_begin(struct cutter *c, const char *p) {
        enum token_class class = token_class(*p);
        struct strbuf *wanted = NULL;

        switch (class) {
        case TOKEN_OPEN:
                return container_open(c, p);
        case TOKEN_QUOTE:
        case TOKEN_PLAIN:
                if (c->place == PLACE_ITEM)
                        reject(c, p, ERR_INVALID, "not an object");
                if (c->place == PLACE_ITEMS && class == TOKEN_QUOTE)
                        return give_up(c, p, WRONG_TYPE);
                if (class == TOKEN_QUOTE ? place_is_leaf(c->place) : place_is_vital(c->place))
                        wanted = &c->found[c->place];
                admit(c, p);
                if (class == TOKEN_QUOTE)
                        return string_begin(c, p, STATE_AFTER, wanted);
                if (c->verbatim)
                        copy_to(c, p);
                c->token = c->out.len;
                c->capture = wanted;
                c->state = STATE_SCALAR;
                return p;
        case TOKEN_SPACE:
        case TOKEN_NEWLINE:
        case TOKEN_COMMA:
        case TOKEN_COLON:
        case TOKEN_CLOSE:
                break;
        }
        return syntax_error(c, p);
}

static const char *string_end(struct cutter *c, const char *p) {
        bool good = !c->capture || (strbuf_ok(c->capture) && token_unescape(c->capture));

        c->state = c->after_string;
        if (c->state == STATE_COLON) {
                key_end(c, good ? strbuf_bytes(&c->key) : BYTES_NULL);
        } else if (c->state == STATE_AFTER) {
                if (!good && place_is_vital(c->place))
                        return give_up(c, p, "continue is too long or malformed");
                if (!good)
                        strbuf_clear(c->capture);
                value_end(c, p + 1);
        }
        return p + 1;
}

static const char *string_run(struct cutter *c, const char *p, const char *end) {
        const char *from = p;

        while ((p = token_string_stop(p, end)) < end) {
                if (*p == '"') {
                        capture(c, from, p);
                        return string_end(c, p);
                }
                if (*p == '\n' && c->kind == DECODER_WATCH) {
                        if (c->capture)
                                strbuf_clear(c->capture);
                        return give_up(c, p, "a newline in a string");
                }
                if (*p == '\\' && p + 1 == end) {
                        c->state = STATE_ESCAPE;
                        p++;
                        break;
                }
                p += *p == '\\' && p[1] != '\n' ? 2 : 1;
        }
        capture(c, from, p);
        return p;
}

static const char *escape_run(struct cutter *c, const char *p) {
        c->state = STATE_STRING;
        if (*p == '\n')
                return p;
        capture(c, p, p + 1);
        return p + 1;
}

static const char *scalar_run(struct cutter *c, const char *p, const char *end) {
        const char *from = p;

        while (p < end && token_class(*p) == TOKEN_PLAIN)
                p++;
        capture(c, from, p);
        if (p == end)
                return p;
        if (c->capture) {
                if (!bytes_is(strbuf_bytes(c->capture), "null"))
                        return give_up(c, p, WRONG_TYPE);
                strbuf_clear(c->capture);
                c->has_items |= c->place == PLACE_ITEMS;
        }
        if (c->verbatim) {
                copy_to(c, p);
                if (strbuf_ok(&c->out) && !token_is_scalar((struct bytes){ c->out.data + c->token,
                                                                           c->out.len - c->token }))
                        reject(c, p, ERR_INVALID, "not JSON");
        }
        value_end(c, p);
        return p;
}

static const char *skip_run(struct cutter *c, const char *p, const char *end) {
        const char *stop;

        while (p < end) {
                switch (token_class(*p)) {
                case TOKEN_PLAIN:
                case TOKEN_SPACE:
                case TOKEN_COMMA:
                case TOKEN_COLON:
                        p++;
                        break;
                case TOKEN_NEWLINE:
                        p = newline(c, p);
                        if (c->paused)
                                return p;
                        break;
                case TOKEN_QUOTE:
                        stop = token_string_stop(p + 1, end);
                        if (stop == end || *stop != '"')
                                return string_begin(c, p, c->state, NULL);
                        p = stop + 1;
                        break;
                case TOKEN_OPEN:
                        brackets_open(&c->skipped, *p == '[');
                        p++;
                        break;
                case TOKEN_CLOSE:
                        if (!brackets_close(&c->skipped, *p == ']'))
                                return give_up(c, p, "brackets do not match");
                        p++;
                        if (c->skipped.depth == 0) {
                                value_end(c, p);
                                return p;
                        }
                        break;
                }
        }
        return p;
}

static const char *take_comma(struct cutter *c, const char *p) {
        if (top(c)->array)
                expect_element(c, STATE_VALUE);
        else
                c->state = STATE_KEY;
        return p + 1;
}

static const char *recover_run(struct cutter *c, const char *p, const char *end) {
        for (; p < end; p++) {
                switch (token_class(*p)) {
                case TOKEN_PLAIN:
                case TOKEN_SPACE:
                case TOKEN_COLON:
                        break;
                case TOKEN_NEWLINE:
                        return newline(c, p);
                case TOKEN_QUOTE:
                        return string_begin(c, p, c->state, NULL);
                case TOKEN_COMMA:
                        return take_comma(c, p);
                case TOKEN_OPEN:
                        c->state = STATE_SKIP;
                        return p;
                case TOKEN_CLOSE:
                        return container_close(c, p);
                }
        }
        return p;
}

static const char *top_run(struct cutter *c, const char *p) {
        static const char BYTE_ORDER_MARK[] = "\xef\xbb\xbf";

        if (memchr(BYTE_ORDER_MARK, *p, sizeof(BYTE_ORDER_MARK) - 1))
                return p + 1; /* is space here */
        c->failed = c->has_item = c->whole = c->copying = false;
        c->item_offset = c->offset + (uint64_t)(p - c->chunk);
        places_clear(c, PLACE_EVENT);
        if (*p != '{')
                return give_up(c, p, "not a JSON object");
        frame_push(c, NULL, c->kind == DECODER_WATCH ? PLACE_EVENT : PLACE_LIST, false);
        c->state = STATE_FIRST_KEY;
        return p + 1;
}

static const char *lost_run(struct cutter *c, const char *p, const char *end) {
        p = memchr(p, '\n', (size_t)(end - p));
        if (!p)
                return end;
        c->state = STATE_TOP;
        c->status = CUTTER_LOST;
        return p + 1;
}

/* An item ahead? Then the loop is left first, to bound it by the cap on bytes. */
static bool item_ahead(struct cutter *c, const char *p) {
        struct bytes type = strbuf_bytes(&c->found[PLACE_TYPE]);

        if (c->place != PLACE_ITEM || c->in_item)
                return false;
        item_begin(c, p, bytes_is(type, "ERROR"));
        c->copying = c->kind == DECODER_WATCH && type.len == 0;
        strbuf_shrink(&c->raw, 0);
        return true;
}

/* One step in the state that c is in. */
static const char *step(struct cutter *c, const char *p, const char *end) {
        switch (c->state) {
        case STATE_TOP:
                return top_run(c, p);
        case STATE_FIRST_KEY:
                if (*p == '}')
                        return container_close(c, p);
                return *p == '"' ? key_begin(c, p, end) : syntax_error(c, p);
        case STATE_KEY:
                return *p == '"' ? key_begin(c, p, end) : syntax_error(c, p);
        case STATE_COLON:
                if (*p != ':')
                        return syntax_error(c, p);
                c->state = STATE_VALUE;
                return p + 1;
        case STATE_FIRST_VALUE:
                if (*p == ']')
                        return container_close(c, p);
                return item_ahead(c, p) ? p : value_begin(c, p);
        case STATE_VALUE:
                return item_ahead(c, p) ? p : value_begin(c, p);
        case STATE_AFTER:
                if (*p == ',')
                        return take_comma(c, p);
                return token_class(*p) == TOKEN_CLOSE ? container_close(c, p) : syntax_error(c, p);
        case STATE_END:
                return give_up(c, p, "something behind the list");
        case STATE_STRING:
                return string_run(c, p, end);
        case STATE_ESCAPE:
                return escape_run(c, p);
        case STATE_SCALAR:
                return scalar_run(c, p, end);
        case STATE_SKIP:
                return skip_run(c, p, end);
        case STATE_RECOVER:
                return recover_run(c, p, end);
        case STATE_LOST:
                return lost_run(c, p, end);
        case STATE_BROKEN:
                c->status = CUTTER_BROKEN;
                return p;
        case STATE_LINE:
        case STATE_REPLAY:
                break; /* cutter_run() sees to these */
        }
        assert(false); /* a state of its own */
        return end;
}

static const char *scan(struct cutter *c, const char *p, const char *end) {
        c->paused = false;
        while (p < end && !c->paused && c->status == CUTTER_MORE) {
                enum token_class class = c->state <= STATE_END ? token_class(*p) : TOKEN_PLAIN;
                bool space = class == TOKEN_SPACE || class == TOKEN_NEWLINE;

                if (space && c->verbatim) {
                        copy_to(c, p);
                        c->copied = p + 1;
                }
                if (class == TOKEN_NEWLINE && c->state != STATE_TOP)
                        p = newline(c, p);
                else
                        p = space ? p + 1 : step(c, p, end);
        }
        return p;
}

/* Scans up to the end of bytes, of what the item may have, or of what can be done in one go. */
static void advance(struct cutter *c, struct bytes *bytes) {
        bool copying = c->in_item && c->copying;
        size_t len = bytes->len, used;
        const char *p;
        uint64_t left;

        c->chunk = bytes->ptr;
        if (c->in_item && !c->failed) {
                left = c->limits.item_bytes - (c->offset - c->item_offset);
                if (left == 0)
                        reject(c, bytes->ptr, ERR_TOO_LARGE, "longer than %zu bytes",
                               c->limits.item_bytes);
                else if (left < len)
                        len = (size_t)left;
        }
        c->copied = bytes->ptr;
        p = scan(c, bytes->ptr, bytes->ptr + len);
        if (c->verbatim)
                copy_to(c, p);
        used = (size_t)(p - bytes->ptr);
        if (copying)
                strbuf_append(&c->raw, (struct bytes){ bytes->ptr, used });
        c->offset += used;
        bytes->ptr += used;
        bytes->len -= used;
}

/* What is missing until the held bytes are the start of an event; NULL when they cannot be. */
static const char *start_missing(const char *held, size_t n) {
        static const char *const STARTS[] = {
                "{\"type\":\"ADDED\"",    "{\"type\":\"MODIFIED\"", "{\"type\":\"DELETED\"",
                "{\"type\":\"BOOKMARK\"", "{\"type\":\"ERROR\"",
        };

        for (size_t i = 0; i < sizeof(STARTS) / sizeof(*STARTS); i++)
                if (strncmp(STARTS[i], held, n) == 0)
                        return STARTS[i] + n;
        return NULL;
}

/*
 * After a newline in an event. The server writes none, so when the line that follows starts as an
 * event does, the line before was cut off. The bytes are held until that is known.
 */
static void hold(struct cutter *c, struct bytes *bytes) {
        const char *missing;

        while (bytes->len > 0) {
                c->held[c->n_held] = *bytes->ptr;
                missing = start_missing(c->held, c->n_held + 1);
                if (!missing) {
                        c->state = STATE_REPLAY;
                        return;
                }
                c->n_held++;
                bytes->ptr++;
                bytes->len--;
                if (!*missing) {
                        give_up(c, c->chunk, "cut off at a newline");
                        c->after_line = STATE_TOP;
                        c->state = STATE_REPLAY;
                        c->status = CUTTER_LOST;
                        return;
                }
        }
}

static void replay(struct cutter *c) {
        struct bytes held = { c->held, c->n_held };

        c->state = c->after_line;
        while (held.len > 0)
                advance(c, &held);
        assert(c->status == CUTTER_MORE); /* nothing ends in the start of an event */
}

enum cutter_status cutter_run(struct cutter *c, struct bytes *bytes) {
        c->status = CUTTER_MORE;
        while (c->status == CUTTER_MORE && (bytes->len > 0 || c->state == STATE_REPLAY)) {
                if (c->state == STATE_LINE)
                        hold(c, bytes);
                else if (c->state == STATE_REPLAY)
                        replay(c);
                else
                        advance(c, bytes);
        }
        return c->status;
}

void cutter_recut_whole(struct cutter *c) {
        struct bytes raw = strbuf_bytes(&c->raw);
        uint64_t offset = c->offset;

        c->copying = false;
        c->chunk = raw.ptr;
        c->place = PLACE_ITEM;
        c->state = STATE_VALUE;
        item_begin(c, c->chunk, true);
        if (!strbuf_ok(&c->raw))
                reject(c, c->chunk, ERR_TOO_LARGE, "more than %zu bytes", c->raw.max);
        else if (cutter_run(c, &raw) != CUTTER_ITEM)
                reject(c, c->chunk, ERR_INVALID, "not JSON");
        c->in_item = false;
        c->n_frames = 0;
        c->skipped.depth = 0;
        c->state = STATE_TOP;
        c->offset = offset;
}

void cutter_init(struct cutter *c, enum decoder_kind kind, const struct projection *projection,
                 const struct decoder_limits *limits) {
        size_t depth = limits->depth > IDENTITY_DEPTH ? limits->depth : IDENTITY_DEPTH;

        *c = (struct cutter){
                .kind = kind,
                .projection = projection,
                .limits = *limits,
                .state = STATE_TOP,
                .key = STRBUF_INIT(FOUND_MAX),
                .out = STRBUF_INIT(limits->kept_bytes),
                .raw = STRBUF_INIT(limits->kept_bytes),
        };
        for (enum place p = PLACE_NONE; p < N_PLACES; p++)
                c->found[p] = STRBUF_INIT(p == PLACE_LIST_CONTINUE ? CONTINUE_MAX : FOUND_MAX);
        c->frames = calloc(ENVELOPE_DEPTH + depth, sizeof(*c->frames));
}

void cutter_deinit(struct cutter *c) {
        for (enum place p = PLACE_NONE; p < N_PLACES; p++)
                strbuf_deinit(&c->found[p]);
        strbuf_deinit(&c->key);
        strbuf_deinit(&c->out);
        strbuf_deinit(&c->raw);
        free(c->frames);
}
