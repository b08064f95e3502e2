/*
 * API verbs as request values, without I/O.
 * Source: https://kubernetes.io/docs/reference/using-api/api-concepts/
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "llc/api/resource.h"
#include "llc/base/bytes.h"
#include "llc/base/strbuf.h"

enum request_verb {
        REQUEST_GET,
        REQUEST_LIST,
        REQUEST_WATCH,
        REQUEST_CREATE,
        REQUEST_PATCH, /* JSON merge patch, RFC 7396 */
        REQUEST_DELETE,
};

struct request {
        enum request_verb verb;
        struct strbuf target; /* path and query, percent-encoded: "/api/v1/namespaces/a/pods?…" */
        struct strbuf body;   /* empty = none */
        const char *content_type; /* static; NULL = none */
        const char *accept;       /* static; media types of the answer; NULL = JSON */
        /* For the whole exchange; of a watch: until the server takes it on. 0 = none. */
        int64_t timeout_ms;
};

void request_deinit(struct request *request);
#define REQUEST_CLEANUP __attribute__((cleanup(request_deinit)))

/* Of HTTP. */
enum request_method {
        REQUEST_METHOD_GET,
        REQUEST_METHOD_POST,
        REQUEST_METHOD_PATCH,
        REQUEST_METHOD_DELETE,
        REQUEST_METHODS,
};

enum request_method request_method(const struct request *request);
/* "GET", … */
const char *request_method_name(enum request_method method);
/* Does the server change state? Such a request is never sent twice. */
bool request_is_write(const struct request *request);

struct request_object {
        const struct resource *resource;
        const char *namespace_; /* NULL = cluster-wide */
        const char *name;
        const char *subresource; /* "status"; NULL = none */
};

void request_get(const struct request_object *object, struct request *ret_request);

struct request_list_options {
        const struct resource *resource;
        const char *namespace_;       /* NULL = all */
        const char *label_selector;   /* NULL = none */
        const char *field_selector;   /* NULL = none */
        const char *resource_version; /* NULL = consistent read; "0" = any; else not older than */
        const char *continue_;        /* token of the page before; NULL = first page */
        unsigned limit;               /* 0 = no paging */
        bool metadata_only;           /* PartialObjectMetadata, where the server can */
};

void request_list(const struct request_list_options *options, struct request *ret_request);

struct request_watch_options {
        const struct resource *resource;
        const char *namespace_;
        const char *label_selector, *field_selector;
        const char *resource_version; /* start after this one */
        unsigned timeout_seconds;
        bool initial_events; /* the objects there are first, then a bookmark (WatchList, KEP-3157) */
        bool metadata_only;
};

/* Always with allowWatchBookmarks. */
void request_watch(const struct request_watch_options *options, struct request *ret_request);

/* The body is JSON text. object->name is not used. */
void request_create(const struct request_object *object, struct bytes body,
                    struct request *ret_request);
void request_merge_patch(const struct request_object *object, struct bytes body,
                         struct request *ret_request);

struct request_delete_options {
        const char *uid;              /* precondition; NULL = none */
        const char *resource_version; /* precondition; NULL = none */
};

void request_delete(const struct request_object *object,
                    const struct request_delete_options *options, struct request *ret_request);
