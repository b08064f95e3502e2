/*
 * What a request's method and target ask for, before anybody looks whether it exists: rights are
 * checked on this alone (k8s.io/apiserver/pkg/endpoints/request, RequestInfo).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "llc/base/arena.h"
#include "llc/base/err.h"

enum asked {
        ASKED_NOTHING, /* a method that means nothing here */
        ASKED_GET,
        ASKED_LIST,
        ASKED_WATCH,
        ASKED_CREATE,
        ASKED_UPDATE,
        ASKED_PATCH,
        ASKED_DELETE,
        ASKED_DELETE_COLLECTION,
};

struct query_item {
        const char *name, *value;
};

/* All texts are UTF-8, decoded, never NULL ("" = absent), and in the arena. */
struct target {
        const char *path;
        bool is_resource; /* /api/VERSION/… or /apis/GROUP/VERSION/…; else only path and query */
        bool is_watch;    /* in the old way, /api/v1/watch/… */
        enum asked asked;
        const char *group, *version, *namespace_, *resource, *name, *subresource;
        bool is_below; /* there is more after the subresource (of a proxy) */
        const struct query_item *query;
        size_t n_query;
};

/* ERR_INVALID when the target cannot be decoded, or the method is none. */
int target_parse(const char *method, const char *text, struct arena *arena,
                 struct target *ret_target, struct err *err);

/* "list", "deletecollection": as rules name it; "" for ASKED_NOTHING. */
const char *asked_name(enum asked asked);
/* An option's first value, "" when it is absent. */
const char *target_option(const struct target *target, const char *name);
/* Any value but "0" and "false" is true, even an empty one. */
bool target_flag(const struct target *target, const char *name);
bool target_has(const struct target *target, const char *name);
/* 0 when absent; ERR_INVALID in the API server's words. */
int target_number(const struct target *target, const char *name, int64_t *ret_number,
                  struct err *err);
