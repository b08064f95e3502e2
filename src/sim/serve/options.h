/*
 * The options of a request, from its query or its body, checked as the API server checks them
 * (ListOptions, CreateOptions, UpdateOptions, PatchOptions, DeleteOptions of meta.k8s.io).
 */
#pragma once

#include "serve/exchange.h"

struct list_options {
        int64_t limit;
        const char *continue_; /* "" = none */
        int64_t revision;      /* 0 also when not set */
        bool has_revision;     /* it is set, may be to 0 */
        enum { MATCH_UNSET, MATCH_EXACT, MATCH_NOT_OLDER } match;
        int64_t timeout_s;                                       /* 0 = not set */
        bool bookmarks;                                          /* allowWatchBookmarks */
        enum { INITIAL_UNSET, INITIAL_NO, INITIAL_YES } initial; /* sendInitialEvents */
};

int options_list(struct exchange *exchange, bool watch, struct list_options *ret_options);

enum written_by { WRITTEN_CREATE, WRITTEN_UPDATE, WRITTEN_PATCH, WRITTEN_APPLY };

/* Texts live as long as the response. */
int options_write(struct exchange *exchange, enum written_by by, struct write_options *ret_options);

/* body NULL: from the query. what: "DeleteOptions". */
int options_delete(struct exchange *exchange, const struct json *body,
                   struct delete_options *ret_options);
/* Is the resourceVersion of a read or a list one that is yet to come? 504. */
int options_check_revision(struct exchange *exchange, int64_t revision);
/* Of a get, and of a watch: what cannot be read is 500. */
int options_revision(struct exchange *exchange, int64_t *ret_revision, bool *ret_set);
