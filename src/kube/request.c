#include "llc/kube/request.h"

#include <assert.h>
#include <inttypes.h>

#include "llc/base/json.h"

enum {
        READ_TIMEOUT_MS = 30000,
        WRITE_TIMEOUT_MS = 30000,
        LIST_TIMEOUT_MS = 60000,
        /* Above all that capped inputs can become, so that a target is never cut. */
        TARGET_MAX = 16 << 20,
        BODY_MAX = 16 << 20,
};

static const char METADATA_LIST[] =
        "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";
static const char METADATA_EVENTS[] =
        "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";

void request_deinit(struct request *request) {
        strbuf_deinit(&request->target);
        strbuf_deinit(&request->body);
}

enum request_method request_method(const struct request *request) {
        switch (request->verb) {
        case REQUEST_GET:
        case REQUEST_LIST:
        case REQUEST_WATCH:
                return REQUEST_METHOD_GET;
        case REQUEST_CREATE:
                return REQUEST_METHOD_POST;
        case REQUEST_PATCH:
                return REQUEST_METHOD_PATCH;
        case REQUEST_DELETE:
                return REQUEST_METHOD_DELETE;
        }
        assert(false);
        return REQUEST_METHOD_GET;
}

const char *request_method_name(enum request_method method) {
        static const char *const names[REQUEST_METHODS] = {
                [REQUEST_METHOD_GET] = "GET",
                [REQUEST_METHOD_POST] = "POST",
                [REQUEST_METHOD_PATCH] = "PATCH",
                [REQUEST_METHOD_DELETE] = "DELETE",
        };

        return names[method];
}

bool request_is_write(const struct request *request) {
        switch (request->verb) {
        case REQUEST_GET:
        case REQUEST_LIST:
        case REQUEST_WATCH:
                return false;
        case REQUEST_CREATE:
        case REQUEST_PATCH:
        case REQUEST_DELETE:
                return true;
        }
        assert(false);
        return true;
}

static bool is_unreserved(char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '.' || c == '_' || c == '~';
}

/* RFC 3986: everything but the unreserved characters becomes %XX. */
static void put_encoded(struct strbuf *out, const char *text) {
        for (const char *p = text; *p; p++) {
                if (is_unreserved(*p))
                        strbuf_append_char(out, *p);
                else
                        strbuf_printf(out, "%%%02X", (unsigned)(unsigned char)*p);
        }
}

/*
 * "/" and one segment. The server splits the path after it has decoded it, and an empty segment
 * would name the whole collection. So what would change the path is encoded twice: the server
 * reads a name with a '%', which no object can have.
 */
static void put_segment(struct strbuf *out, const char *segment) {
        bool dots = strcmp(segment, ".") == 0 || strcmp(segment, "..") == 0;

        strbuf_append_char(out, '/');
        if (!*segment)
                strbuf_puts(out, "%2500");
        for (const char *p = segment; *p; p++) {
                if (*p == '/' || dots)
                        strbuf_printf(out, "%%25%02X", (unsigned)(unsigned char)*p);
                else
                        put_encoded(out, (const char[]){ *p, '\0' });
        }
}

static void put_query(struct strbuf *out, const char *key, const char *value) {
        strbuf_append_char(out, strchr(strbuf_str(out), '?') ? '&' : '?');
        strbuf_puts(out, key);
        strbuf_append_char(out, '=');
        put_encoded(out, value);
}

static void put_query_number(struct strbuf *out, const char *key, unsigned value) {
        strbuf_append_char(out, strchr(strbuf_str(out), '?') ? '&' : '?');
        strbuf_printf(out, "%s=%u", key, value);
}

/* Starts a request on the collection of a resource. */
static void request_init(struct request *request, enum request_verb verb,
                         const struct resource *resource, const char *namespace_) {
        struct strbuf *target = &request->target;

        *request = (struct request){
                .verb = verb,
                .target = STRBUF_INIT(TARGET_MAX),
                .body = STRBUF_INIT(BODY_MAX),
                .timeout_ms = READ_TIMEOUT_MS,
        };
        if (*resource->group) {
                strbuf_puts(target, "/apis");
                put_segment(target, resource->group);
        } else {
                strbuf_puts(target, "/api");
        }
        put_segment(target, resource->version);
        if (namespace_) {
                strbuf_puts(target, "/namespaces");
                put_segment(target, namespace_);
        }
        put_segment(target, resource->plural);
}

/* As request_init, on one object. */
static void request_init_object(struct request *request, enum request_verb verb,
                                const struct request_object *object) {
        request_init(request, verb, object->resource, object->namespace_);
        put_segment(&request->target, object->name);
        if (object->subresource)
                put_segment(&request->target, object->subresource);
}

static void request_set_body(struct request *request, const char *content_type, struct bytes body) {
        request->content_type = content_type;
        request->timeout_ms = WRITE_TIMEOUT_MS;
        strbuf_append(&request->body, body);
}

static void request_done(const struct request *request) {
        assert(strbuf_ok(&request->target) && strbuf_ok(&request->body));
        (void)request;
}

void request_get(const struct request_object *object, struct request *ret_request) {
        request_init_object(ret_request, REQUEST_GET, object);
        request_done(ret_request);
}

void request_list(const struct request_list_options *options, struct request *ret_request) {
        const char *version = options->resource_version;
        struct strbuf *target = &ret_request->target;

        request_init(ret_request, REQUEST_LIST, options->resource, options->namespace_);
        ret_request->timeout_ms = LIST_TIMEOUT_MS;
        if (options->metadata_only)
                ret_request->accept = METADATA_LIST;
        if (options->label_selector)
                put_query(target, "labelSelector", options->label_selector);
        if (options->field_selector)
                put_query(target, "fieldSelector", options->field_selector);
        if (options->limit)
                put_query_number(target, "limit", options->limit);
        if (options->continue_) { /* it carries the version, another is refused */
                put_query(target, "continue", options->continue_);
        } else if (version) {
                put_query(target, "resourceVersion", version);
                /* With a limit but no match, the server would take the version as exact. */
                if (strcmp(version, "0") != 0)
                        put_query(target, "resourceVersionMatch", "NotOlderThan");
        }
        request_done(ret_request);
}

void request_watch(const struct request_watch_options *options, struct request *ret_request) {
        struct strbuf *target = &ret_request->target;

        request_init(ret_request, REQUEST_WATCH, options->resource, options->namespace_);
        put_query(target, "watch", "true");
        put_query(target, "allowWatchBookmarks", "true");
        if (options->label_selector)
                put_query(target, "labelSelector", options->label_selector);
        if (options->field_selector)
                put_query(target, "fieldSelector", options->field_selector);
        if (options->resource_version)
                put_query(target, "resourceVersion", options->resource_version);
        if (options->initial_events) {
                put_query(target, "sendInitialEvents", "true");
                put_query(target, "resourceVersionMatch", "NotOlderThan");
        }
        if (options->metadata_only)
                ret_request->accept = METADATA_EVENTS;
        if (options->timeout_seconds)
                put_query_number(target, "timeoutSeconds", options->timeout_seconds);
        request_done(ret_request);
}

void request_create(const struct request_object *object, struct bytes body,
                    struct request *ret_request) {
        request_init(ret_request, REQUEST_CREATE, object->resource, object->namespace_);
        request_set_body(ret_request, "application/json", body);
        request_done(ret_request);
}

void request_merge_patch(const struct request_object *object, struct bytes body,
                         struct request *ret_request) {
        request_init_object(ret_request, REQUEST_PATCH, object);
        request_set_body(ret_request, "application/merge-patch+json", body);
        request_done(ret_request);
}

void request_delete(const struct request_object *object,
                    const struct request_delete_options *options, struct request *ret_request) {
        JSON_CLEANUP struct json *body = json_new_object();
        struct json *preconditions;

        request_init_object(ret_request, REQUEST_DELETE, object);
        json_set_str(body, "kind", "DeleteOptions");
        json_set_str(body, "apiVersion", "v1");
        if (options->uid || options->resource_version) {
                preconditions = json_object_at(body, "preconditions");
                if (options->uid)
                        json_set_str(preconditions, "uid", options->uid);
                if (options->resource_version)
                        json_set_str(preconditions, "resourceVersion", options->resource_version);
        }
        request_set_body(ret_request, "application/json", BYTES_NULL);
        json_write(body, &ret_request->body);
        request_done(ret_request);
}
