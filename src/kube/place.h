/*
 * The values of a list body or a watch stream that the decoder must know, by where they stand.
 * Source: metav1.List, metav1.WatchEvent and metav1.ObjectMeta.
 */
#pragma once

#include <stdbool.h>

#include "llc/base/bytes.h"

/* Descendants follow their parent. */
enum place {
        PLACE_NONE,
        PLACE_LIST,
        PLACE_LIST_METADATA,
        PLACE_LIST_RESOURCE_VERSION,
        PLACE_LIST_CONTINUE,
        PLACE_ITEMS,
        PLACE_EVENT,
        PLACE_TYPE,
        PLACE_ITEM, /* the object of an event, or an element of items */
        PLACE_METADATA,
        PLACE_NAME,
        PLACE_NAMESPACE,
        PLACE_UID,
        PLACE_RESOURCE_VERSION,
        PLACE_ANNOTATIONS,
        PLACE_INITIAL_EVENTS_END,
        N_PLACES,
};

/* The place of a member of the object at parent. */
enum place place_find(enum place parent, struct bytes key);

/* The last of its descendants; itself when it has none. */
enum place place_last(enum place place);

/* Is it a string, rather than something to look into? */
bool place_is_leaf(enum place place);

/* Would a list look complete when it is not, if this were mistaken for absent? */
bool place_is_vital(enum place place);
