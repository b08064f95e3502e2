/*
 * What decoded items do to the store: the rules of an informer that need no connection.
 *
 * A list is held back until it is complete, then replaces what the store has of it at once:
 * first the missing go, then the new come. Unchanged objects are only marked, so that a relist
 * does not double the memory.
 *
 * Of versions that can't be read it is remembered which they are: what is as unreadable as before
 * is no news.
 */
#pragma once

#include "llc/base/map.h"
#include "llc/runtime/informer.h"

enum { INTAKE_KEY_MAX = 63 + 1 + 253 }; /* a namespace is a DNS label, a name a subdomain at most */

struct intake {
        const struct informer_options *options; /* borrowed */
        struct informer_counters *counters;     /* borrowed */
        struct object *pending, **pending_end;  /* of the list under way */
        struct map unread;                      /* versions that can't be read, by key */
        uint32_t list;                          /* number of the list under way; marks objects */
        bool blind; /* the list has an item of unknown name: what is missing can't be told */
};

void intake_init(struct intake *intake, const struct informer_options *options,
                 struct informer_counters *counters);
void intake_deinit(struct intake *intake);

/* A list begins, from its first page; what an unfinished one left is dropped. */
void intake_list_begin(struct intake *intake);
void intake_list_item(struct intake *intake, const struct decoder_item *item);
/*
 * The same of a list that comes as events: ADDED, MODIFIED and DELETED, before its end. -1 when it
 * can't be told what was deleted.
 */
int intake_list_event(struct intake *intake, const struct decoder_item *item, struct err *err);
/* All pages are there. */
void intake_list_end(struct intake *intake);

/*
 * ADDED, MODIFIED or DELETED. is_old: the watch has told newer things before; of an object that is
 * not there such an event only says that there was one. -1 when only a new list can tell what has
 * happened.
 */
int intake_event(struct intake *intake, const struct decoder_item *item, bool is_old,
                 struct err *err);

/* The key of the object that an item is about, by what was found lexically; false = can't tell. */
bool intake_key(const struct intake *intake, const struct decoder_item *item,
                struct strbuf *ret_key);
/* Is an item with this key what the store has, or just as unreadable as it was? */
bool intake_knows(const struct intake *intake, const char *key, const struct decoder_item *item);
/* A new mark for objects: none has it. Not while a list is under way. */
uint32_t intake_next_mark(struct intake *intake);
/* Is it of the namespace that is listed? */
bool intake_is_ours(const struct intake *intake, const struct object *object);
