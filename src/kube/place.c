#include "place.h"

static const struct {
        const char *key;
        enum place parent, last;
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

enum place place_find(enum place parent, struct bytes key) {
        for (enum place p = parent + 1; p <= PLACES[parent].last; p++)
                if (PLACES[p].parent == parent && bytes_is(key, PLACES[p].key))
                        return p;
        return PLACE_NONE;
}

enum place place_last(enum place place) {
        return PLACES[place].last;
}

bool place_is_leaf(enum place place) {
        return place != PLACE_NONE && place != PLACE_ITEMS && PLACES[place].last == place;
}

bool place_is_vital(enum place place) {
        return place == PLACE_ITEMS || place == PLACE_LIST_CONTINUE;
}
