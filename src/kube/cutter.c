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

enum byte_class {
        CLASS_PLAIN,
        CLASS_SPACE,
        CLASS_NEWLINE,
        CLASS_QUOTE,
        CLASS_COMMA,
        CLASS_COLON,
        CLASS_OPEN,
        CLASS_CLOSE,
};

static const uint8_t CLASSES[256] = {
        [' '] = CLASS_SPACE, ['\t'] = CLASS_SPACE, ['\r'] = CLASS_SPACE, ['\n'] = CLASS_NEWLINE,
        ['"'] = CLASS_QUOTE, [','] = CLASS_COMMA,  [':'] = CLASS_COLON,  ['{'] = CLASS_OPEN,
        ['['] = CLASS_OPEN,  ['}'] = CLASS_CLOSE,  [']'] = CLASS_CLOSE,
};

static const struct {
        const char *key;
        enum place parent;
        enum place last; /* descendant; itself when it has none */
} PLACES[N_PLACES] = {
        [PLACE_LIST] = { NULL, PLACE_NONE, PLACE_ITEMS },
        [PLACE_LIST_METADATA] = { "metadata", PLACE_LIST, PLACE_LIST_CONTINUE },
        [PLACE_LIST_RESOURCE_VERSION] = { "resourceVersion", PLACE_LIST_METADATA,
                                          PLACE_LIST_RESOURCE_VERSION },
        [PLACE_LIST_CONTINUE] = { "continue", PLACE_LIST_METADATA, PLACE_LIST_CONTINUE },
        [PLACE_ITEMS] = { "items", PLACE_LIST, PLACE_ITEMS },
        [PLACE_EVENT] = { NULL, PLACE_NONE, PLACE_INITIAL_EVENTS_END },
        [PLACE_TYPE] = { "type", PLACE_EVENT, PLACE_TYPE },
        [PLACE_ITEM] = { "object", PLACE_EVENT, PLACE_INITIAL_EVENTS_END },
        [PLACE_METADATA] = { "metadata", PLACE_ITEM, PLACE_INITIAL_EVENTS_END },
        [PLACE_NAME] = { "name", PLACE_METADATA, PLACE_NAME },
        [PLACE_NAMESPACE] = { "namespace", PLACE_METADATA, PLACE_NAMESPACE },
        [PLACE_UID] = { "uid", PLACE_METADATA, PLACE_UID },
        [PLACE_RESOURCE_VERSION] = { "resourceVersion", PLACE_METADATA, PLACE_RESOURCE_VERSION },
        [PLACE_ANNOTATIONS] = { "annotations", PLACE_METADATA, PLACE_INITIAL_EVENTS_END },
        [PLACE_INITIAL_EVENTS_END] = { "k8s.io/initial-events-end", PLACE_ANNOTATIONS,
                                       PLACE_INITIAL_EVENTS_END },
};

static const struct projection WHOLE = { .children = NULL };

static enum byte_class class_of(char byte) {
        return (enum byte_class)CLASSES[(unsigned char)byte];
}

static enum place place_find(enum place parent, struct bytes key) {
        for (enum place p = parent + 1; p <= PLACES[parent].last; p++)
                if (PLACES[p].parent == parent && bytes_is(key, PLACES[p].key))
                        return p;
        return PLACE_NONE;
}

/* Is it a string, rather than something to look into? */
static bool place_is_leaf(enum place place) {
        return place != PLACE_NONE && place != PLACE_ITEMS && PLACES[place].last == place;
}

/* Mistaking these for absent would make a list look complete when it is not. */
static bool place_is_vital(enum place place) {
        return place == PLACE_ITEMS || place == PLACE_LIST_CONTINUE;
}

static const struct projection *projection_find(const struct projection *node, struct bytes key) {
        for (size_t i = 0; i < node->n_children; i++)
                if (bytes_is(key, node->children[i].key))
                        return &node->children[i];
        return NULL;
}

static void places_clear(struct cutter *c, enum place place) {
        for (enum place p = place; p <= PLACES[place].last; p++)
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
        c->emit = false;
}

/* Brackets or the envelope are broken: all that is left is the next line, or nothing. */
static const char *give_up(struct cutter *c, const char *p, const char *what) {
        uint64_t byte = c->offset + (uint64_t)(p - c->chunk);

        c->in_item = false;
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

/* Is the value that begins kept? Counts it, and writes the comma before an array's element. */
static bool admit(struct cutter *c, const char *p) {
        if (!c->keep || c->failed)
                return false;
        if (c->nodes == c->limits.nodes) {
                reject(c, p, ERR_TOO_LARGE, "more than %zu values", c->limits.nodes);
                return false;
        }
        c->nodes++;
        if (c->n_frames > c->item_base && top(c)->array)
                put_comma(c, top(c));
        return true;
}

static void value_end(struct cutter *c, const char *p) {
        c->state = STATE_AFTER;
        if (!c->in_item)
                return;
        if (!strbuf_ok(&c->out))
                reject(c, p, ERR_TOO_LARGE, "more than %zu bytes are kept", c->out.max);
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
                return give_up(c, p, "items or continue of another type");
        if (c->place == PLACE_ITEM && array)
                reject(c, p, ERR_INVALID, "not an object");
        keep = admit(c, p);
        if (keep && c->n_frames - c->item_base >= c->limits.depth) {
                reject(c, p, ERR_TOO_LARGE, "nested deeper than %zu", c->limits.depth);
                keep = false;
        }
        if (!keep && place == PLACE_NONE) {
                c->skip_depth = 0;
                c->state = STATE_SKIP;
                return p;
        }
        if (keep)
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
        if (frame->keep && !c->failed)
                strbuf_append_char(&c->out, *p);
        c->n_frames--;
        if (c->n_frames > 0 || c->in_item) {
                value_end(c, p);
        } else {
                c->state = c->kind == DECODER_WATCH ? STATE_TOP : STATE_END;
                c->status = CUTTER_END;
        }
        return p + 1;
}

static const char *string_begin(struct cutter *c, const char *p, enum cutter_state after) {
        c->after_string = after;
        c->state = STATE_STRING;
        if (c->emit)
                strbuf_append_char(&c->out, '"');
        return p + 1;
}

/* A string that means nothing to us. */
static const char *string_pass(struct cutter *c, const char *p) {
        c->emit = false;
        c->capture = NULL;
        return string_begin(c, p, c->state);
}

static const char *key_begin(struct cutter *c, const char *p) {
        struct cutter_frame *frame = top(c);
        bool kept = frame->keep && !c->failed;

        strbuf_clear(&c->key);
        c->emit = kept && !frame->keep->children;
        c->capture = frame->place != PLACE_NONE || (kept && !c->emit) ? &c->key : NULL;
        if (c->emit)
                put_comma(c, frame);
        return string_begin(c, p, STATE_COLON);
}

/* Decides what happens to the value of the key just read. */
static void key_end(struct cutter *c) {
        struct cutter_frame *frame = top(c);
        struct bytes key = BYTES_NULL;

        c->state = STATE_COLON;
        c->keep = NULL;
        c->place = PLACE_NONE;
        if (c->capture && strbuf_ok(&c->key) && token_unescape(&c->key)) {
                key = strbuf_bytes(&c->key);
                c->place = place_find(frame->place, key);
        }
        if (c->place != PLACE_NONE)
                places_clear(c, c->place); /* of two with one name the last counts */
        if (!frame->keep || c->failed)
                return;
        if (!frame->keep->children) {
                c->keep = frame->keep;
        } else {
                c->keep = projection_find(frame->keep, key);
                if (!c->keep)
                        return;
                put_comma(c, frame);
                strbuf_append_char(&c->out, '"');
                strbuf_append(&c->out, key);
                strbuf_append_char(&c->out, '"');
        }
        strbuf_append_char(&c->out, ':');
}

static const char *value_begin(struct cutter *c, const char *p) {
        enum byte_class class = class_of(*p);

        switch (class) {
        case CLASS_OPEN:
                return container_open(c, p);
        case CLASS_QUOTE:
        case CLASS_PLAIN:
                if (c->place == PLACE_ITEM)
                        reject(c, p, ERR_INVALID, "not an object");
                if (c->place == PLACE_ITEMS && class == CLASS_QUOTE)
                        return give_up(c, p, "items or continue of another type");
                c->emit = admit(c, p);
                c->token = c->out.len;
                c->capture = NULL;
                if (class == CLASS_QUOTE ? place_is_leaf(c->place) : place_is_vital(c->place))
                        c->capture = &c->found[c->place];
                if (class == CLASS_QUOTE)
                        return string_begin(c, p, STATE_AFTER);
                c->state = STATE_SCALAR;
                return p;
        case CLASS_SPACE:
        case CLASS_NEWLINE:
        case CLASS_COMMA:
        case CLASS_COLON:
        case CLASS_CLOSE:
                break;
        }
        return syntax_error(c, p);
}

static void token_text(struct cutter *c, const char *from, const char *to) {
        struct bytes text = { from, (size_t)(to - from) };

        if (c->emit)
                strbuf_append(&c->out, text);
        if (c->capture)
                strbuf_append(c->capture, text);
}

/* The first byte that means something inside a string, or end. */
static const char *string_stop(const char *p, const char *end) {
        while (p < end && *p != '"' && *p != '\\' && *p != '\n')
                p++;
        return p;
}

static const char *string_end(struct cutter *c, const char *p) {
        if (c->emit)
                strbuf_append_char(&c->out, '"');
        if (c->after_string == STATE_COLON) {
                key_end(c);
                return p + 1;
        }
        c->state = c->after_string;
        if (c->state != STATE_AFTER)
                return p + 1;
        if (c->capture && (!strbuf_ok(c->capture) || !token_unescape(c->capture))) {
                strbuf_clear(c->capture);
                if (place_is_vital(c->place))
                        return give_up(c, p, "continue is too long or malformed");
        }
        value_end(c, p);
        return p + 1;
}

static const char *string_run(struct cutter *c, const char *p, const char *end) {
        const char *from = p;

        while ((p = string_stop(p, end)) < end) {
                if (*p == '"') {
                        token_text(c, from, p);
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
        token_text(c, from, p);
        return p;
}

static const char *escape_run(struct cutter *c, const char *p) {
        c->state = STATE_STRING;
        if (*p == '\n')
                return p;
        token_text(c, p, p + 1);
        return p + 1;
}

static const char *scalar_run(struct cutter *c, const char *p, const char *end) {
        const char *from = p;
        struct bytes text;

        while (p < end && class_of(*p) == CLASS_PLAIN)
                p++;
        token_text(c, from, p);
        if (p == end)
                return p;
        if (c->capture) {
                if (!bytes_is(strbuf_bytes(c->capture), "null"))
                        return give_up(c, p, "items or continue of another type");
                strbuf_clear(c->capture);
                c->has_items |= c->place == PLACE_ITEMS;
        }
        if (c->emit && strbuf_ok(&c->out)) {
                text = (struct bytes){ c->out.data + c->token, c->out.len - c->token };
                if (!token_is_scalar(text))
                        reject(c, p, ERR_INVALID, "not JSON");
        }
        value_end(c, p);
        return p;
}

static void skip_open(struct cutter *c, bool array) {
        size_t level = c->skip_depth++;
        uint64_t bit = UINT64_C(1) << (level % 64);

        if (level >= CUTTER_SKIP_BITS)
                return;
        if (array)
                c->skip_array[level / 64] |= bit;
        else
                c->skip_array[level / 64] &= ~bit;
}

/* False when the bracket does not match. */
static bool skip_close(struct cutter *c, bool array) {
        size_t level = --c->skip_depth;

        return level >= CUTTER_SKIP_BITS ||
               (c->skip_array[level / 64] >> (level % 64) & 1) == (uint64_t)array;
}

static const char *skip_run(struct cutter *c, const char *p, const char *end) {
        while (p < end) {
                switch (class_of(*p)) {
                case CLASS_PLAIN:
                case CLASS_SPACE:
                case CLASS_COMMA:
                case CLASS_COLON:
                        p++;
                        break;
                case CLASS_NEWLINE:
                        p = newline(c, p);
                        if (c->paused)
                                return p;
                        break;
                case CLASS_QUOTE:
                        p = string_run(c, string_pass(c, p), end);
                        if (c->state != STATE_SKIP)
                                return p;
                        break;
                case CLASS_OPEN:
                        skip_open(c, *p == '[');
                        p++;
                        break;
                case CLASS_CLOSE:
                        if (!skip_close(c, *p == ']'))
                                return give_up(c, p, "brackets do not match");
                        if (c->skip_depth == 0) {
                                value_end(c, p);
                                return p + 1;
                        }
                        p++;
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
                switch (class_of(*p)) {
                case CLASS_PLAIN:
                case CLASS_SPACE:
                case CLASS_COLON:
                        break;
                case CLASS_NEWLINE:
                        return newline(c, p);
                case CLASS_QUOTE:
                        return string_pass(c, p);
                case CLASS_COMMA:
                        return take_comma(c, p);
                case CLASS_OPEN:
                        c->skip_depth = 0;
                        c->state = STATE_SKIP;
                        return p;
                case CLASS_CLOSE:
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
                return *p == '"' ? key_begin(c, p) : syntax_error(c, p);
        case STATE_KEY:
                return *p == '"' ? key_begin(c, p) : syntax_error(c, p);
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
                return class_of(*p) == CLASS_CLOSE ? container_close(c, p) : syntax_error(c, p);
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
                enum byte_class class = c->state <= STATE_END ? class_of(*p) : CLASS_PLAIN;

                if (class == CLASS_SPACE || (class == CLASS_NEWLINE && c->state == STATE_TOP))
                        p++;
                else if (class == CLASS_NEWLINE)
                        p = newline(c, p);
                else
                        p = step(c, p, end);
        }
        return p;
}

/* Scans up to the end of bytes, of what the item may have, or of what can be done in one go. */
static void advance(struct cutter *c, struct bytes *bytes) {
        bool copying = c->in_item && c->copying;
        size_t len = bytes->len, used;
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
        used = (size_t)(scan(c, bytes->ptr, bytes->ptr + len) - bytes->ptr);
        if (copying)
                strbuf_append(&c->raw, (struct bytes){ bytes->ptr, used });
        c->offset += used;
        bytes->ptr += used;
        bytes->len -= used;
}

/*
 * After a newline in an event. The server writes none, so when the line that follows starts as an
 * event does, the line before was cut off. The bytes are held until that is known.
 */
static void hold(struct cutter *c, struct bytes *bytes) {
        static const char *const STARTS[] = {
                "{\"type\":\"ADDED\"",    "{\"type\":\"MODIFIED\"", "{\"type\":\"DELETED\"",
                "{\"type\":\"BOOKMARK\"", "{\"type\":\"ERROR\"",
        };
        bool starts = true, complete = false;

        while (bytes->len > 0 && starts && !complete) {
                c->held[c->n_held] = *bytes->ptr;
                starts = false;
                for (size_t i = 0; i < sizeof(STARTS) / sizeof(*STARTS) && !starts; i++) {
                        starts = memcmp(STARTS[i], c->held, c->n_held + 1) == 0;
                        complete = starts && STARTS[i][c->n_held + 1] == '\0';
                }
                if (starts) {
                        c->n_held++;
                        bytes->ptr++;
                        bytes->len--;
                }
        }
        if (complete) {
                give_up(c, c->chunk, "cut off at a newline");
                c->after_line = STATE_TOP;
                c->status = CUTTER_LOST;
        }
        if (complete || !starts)
                c->state = STATE_REPLAY;
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
