/*
 * The byte scanner below the decoder: walks over a list body or a watch stream, keeps what the
 * projection names, finds what the decoder must know, and stops where an item or an event ends.
 *
 * Bytes may come in any chunking: all that crosses a chunk is in the struct. There is one explicit
 * stack, of the containers that are looked into; what is skipped costs a depth counter and a bit
 * a level. Nothing recurses.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "llc/base/bytes.h"
#include "llc/base/err.h"
#include "llc/base/strbuf.h"
#include "llc/kube/decoder.h"

#include "brackets.h"
#include "place.h"

enum cutter_state {
        /* Between two tokens: space is skipped. */
        STATE_TOP,         /* before the list, or between two events */
        STATE_FIRST_KEY,   /* after '{' */
        STATE_KEY,         /* after ',' in an object */
        STATE_COLON,       /* after a key */
        STATE_FIRST_VALUE, /* after '[' */
        STATE_VALUE,
        STATE_AFTER, /* after a value in a container */
        STATE_END,   /* behind the list */
        /* Inside a token or what is treated as one. */
        STATE_STRING,
        STATE_ESCAPE, /* after a backslash */
        STATE_SCALAR,
        STATE_SKIP,    /* in brackets that are not looked into */
        STATE_RECOVER, /* after a syntax error in an item: on to the next comma or bracket */
        /* Watch streams only. */
        STATE_LINE,   /* after a newline within an event: was the event cut off? */
        STATE_REPLAY, /* held bytes are run first */
        STATE_LOST,   /* beyond repair: on to the next newline */
        /* Lists only. */
        STATE_BROKEN, /* beyond repair */
};

enum cutter_status {
        CUTTER_MORE,   /* all bytes are taken */
        CUTTER_ITEM,   /* an item ended */
        CUTTER_END,    /* the event or the list ended */
        CUTTER_LOST,   /* the line of an event ended without the event; see error */
        CUTTER_BROKEN, /* the list is broken for good; see error */
};

enum { CUTTER_HELD_SIZE = 24 };

struct cutter_frame {                  /* an open container that is looked into */
        const struct projection *keep; /* for its members; NULL = nothing is kept */
        enum place place;
        bool array;
        bool comma; /* a member was written; of projected containers only */
};

struct cutter {
        enum decoder_kind kind;
        const struct projection *projection;
        struct decoder_limits limits;

        enum cutter_state state;
        enum cutter_state after_string; /* STATE_COLON behind a key */
        enum cutter_state after_line;   /* when the newline was mere space */
        enum cutter_status status;
        bool paused;       /* leave the loop: its bounds have changed */
        uint64_t offset;   /* of chunk in the stream */
        const char *chunk; /* the bytes being scanned */

        struct cutter_frame *frames;
        size_t n_frames;
        struct brackets skipped;

        /* The value that comes next, or the token that is being read. */
        const struct projection *keep;
        enum place place;
        struct strbuf *capture; /* its text is wanted; NULL = not */
        size_t token;           /* where it begins in out */
        struct strbuf key;

        /* A value that is kept as it is, but for space: */
        bool verbatim;
        size_t verbatim_base; /* n_frames outside of it */
        const char *copied;   /* all of the chunk before this is in out */

        /* The item; valid until the next one begins. */
        bool in_item, has_item, has_items;
        bool failed;      /* it is not readable, error says why; nothing more is kept */
        bool whole;       /* it is kept whole, not projected */
        size_t item_base; /* n_frames outside of it */
        uint64_t item_offset;
        size_t nodes;
        struct strbuf out;
        struct err error;
        struct strbuf found[N_PLACES]; /* the strings at these places; empty when there is none */

        bool copying;      /* the type of the event is not known yet: */
        struct strbuf raw; /* the item as it came */

        char held[CUTTER_HELD_SIZE];
        size_t n_held;
};

void cutter_init(struct cutter *c, enum decoder_kind kind, const struct projection *projection,
                 const struct decoder_limits *limits);
void cutter_deinit(struct cutter *c);

/* Takes bytes off the front until something is to be told; everything when it is CUTTER_MORE. */
enum cutter_status cutter_run(struct cutter *c, struct bytes *bytes);

/* Cuts the item of the event that just ended again, whole, as its type turned out to be ERROR. */
void cutter_recut_whole(struct cutter *c);
