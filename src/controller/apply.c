#include "apply.h"

#include "llc/api/llc.h"
#include "llc/api/resource.h"

enum { APPLY_BODY_MAX = 4 << 20 };

static struct strbuf body_text(const struct json *body) {
        struct strbuf text = STRBUF_INIT(APPLY_BODY_MAX);

        json_write(body, &text);
        return text;
}

void apply_action_request(const struct action *action, const char *namespace_,
                          struct request *ret_request) {
        const struct request_object pod = {
                .resource = &RESOURCE_POD,
                .namespace_ = namespace_,
                .name = action->name,
        };
        const struct request_object budget = {
                .resource = &RESOURCE_BUDGET,
                .namespace_ = namespace_,
                .name = action->name,
        };
        STRBUF_CLEANUP struct strbuf body = STRBUF_INIT(0);

        switch (action->kind) {
        case ACTION_RELABEL:
        case ACTION_HOLD:
        case ACTION_RELEASE:
        case ACTION_STRIP:
                body = body_text(action->body);
                request_merge_patch(&pod, strbuf_bytes(&body), ret_request);
                break;
        case ACTION_RECOUNT:
                body = body_text(action->body);
                request_merge_patch(&budget, strbuf_bytes(&body), ret_request);
                break;
        case ACTION_CREATE:
                body = body_text(action->body);
                request_create(&pod, strbuf_bytes(&body), ret_request);
                break;
        case ACTION_DELETE:
                request_delete(&pod, &(struct request_delete_options){ .uid = action->uid },
                               ret_request);
                break;
        }
}

/* The RFC 7396 patch from one object to another. As deep as our own tables, no deeper. */
static struct json *merge_diff(const struct json *from, const struct json *to) {
        struct json *patch = json_new_object();
        const struct json *value, *old;
        void *cursor = NULL;
        const char *key;

        while (json_next(to, &cursor, &key, &value)) {
                old = json_get(from, key);
                if (json_kind(value) == JSON_OBJECT && json_kind(old) == JSON_OBJECT)
                        json_set(patch, key, merge_diff(old, value));
                else if (!old || !json_equal(old, value))
                        json_set(patch, key, json_clone(value));
        }
        cursor = NULL;
        while (json_next(from, &cursor, &key, &value))
                if (!json_has(to, key))
                        json_set(patch, key, NULL);
        return patch;
}

void apply_status_request(const struct world *world, const struct plan *plan,
                          struct request *ret_request) {
        const struct meta *meta = world->llc->meta;
        const struct request_object object = {
                .resource = &RESOURCE_LLC,
                .namespace_ = meta->namespace_,
                .name = meta->name,
                .subresource = "status",
        };
        JSON_CLEANUP struct json *patch = json_new_object();
        JSON_CLEANUP struct json *from = NULL;
        JSON_CLEANUP struct json *to = desc_encode(&llc_status_type, &plan->status);
        STRBUF_CLEANUP struct strbuf body = STRBUF_INIT(0);
        struct json *patch_meta = json_object_at(patch, "metadata");

        if (world->llc->status)
                from = desc_encode(&llc_status_type, world->llc->status);
        json_set_str(patch_meta, "uid", meta->uid);
        if (plan->reserves)
                json_set_str(patch_meta, "resourceVersion", meta->resource_version);
        json_set(patch, "status", merge_diff(from, to));
        body = body_text(patch);
        request_merge_patch(&object, strbuf_bytes(&body), ret_request);
}
