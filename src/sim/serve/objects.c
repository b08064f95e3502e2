#include "serve/objects.h"

#include <string.h>

#include "kinds/metadata.h"
#include "serve/body.h"
#include "serve/list.h"
#include "serve/options.h"
#include "serve/watch.h"
#include "verbs/bind.h"

enum { HTTP_OK = 200, HTTP_CREATED = 201, OBJECT_MAX = 64 << 20 };

static int parse_accept(struct exchange *exchange, struct accept *ret_accept) {
        return accept_parse(exchange->request->accept, ACCEPT_ONE, ret_accept, &exchange->refusal);
}

/* A Scale is shown as one of these. */
static const struct column SCALE_COLUMNS[] = {
        { .name = "Name",
          .type = "string",
          .format = "",
          .path = ".metadata.name",
          .description = "Name must be unique within a namespace. Is required when creating "
                         "resources, although some resources may allow a client to request the "
                         "generation of an appropriate name automatically. Name is primarily "
                         "intended for creation idempotence and configuration definition. Cannot "
                         "be updated. More info: https://kubernetes.io/docs/concepts/overview/"
                         "working-with-objects/names#names" },
        { .name = "Desired",
          .type = "integer",
          .format = "",
          .path = ".spec.replicas",
          .description = "replicas is the desired number of instances for the scaled object." },
        { .name = "Available",
          .type = "integer",
          .format = "",
          .path = ".status.replicas",
          .description =
                  "replicas is the actual number of observed instances of the scaled object." },
        { .name = "Age",
          .type = "date",
          .format = "",
          .path = ".metadata.creationTimestamp",
          .description = "CreationTimestamp is a timestamp representing the server time when this "
                         "object was created. It is not guaranteed to be set in happens-before "
                         "order across separate operations. Clients may not set this value. It is "
                         "represented in RFC3339 form and is in UTC.\n\nPopulated by the system. "
                         "Read-only. Null for lists. More info: https://git.k8s.io/community/"
                         "contributors/devel/sig-architecture/api-conventions.md#metadata" },
};
static const struct kind SCALE = {
        .group = "autoscaling",
        .version = "v1",
        .name = "Scale",
        .list_name = "ScaleList",
        .plural = "scales",
        .namespaced = true,
        .builtin = true,
        .columns = SCALE_COLUMNS,
        .n_columns = sizeof SCALE_COLUMNS / sizeof SCALE_COLUMNS[0],
};

static int answer_scale(struct exchange *exchange, const struct json *scale,
                        const struct accept *accept) {
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(OBJECT_MAX);

        json_write(scale, &text);
        exchange->kind = &SCALE;
        return exchange_object(exchange, HTTP_OK, strbuf_bytes(&text), accept);
}

static int get_scale(struct exchange *exchange, const struct accept *accept) {
        struct json *scale JSON_CLEANUP = NULL;

        if (verb_scale_get(exchange->sim, exchange->kind, exchange->target.namespace_,
                           exchange->target.name, &scale, &exchange->refusal) < 0)
                return -1;
        return answer_scale(exchange, scale, accept);
}

/* The namespace of a Namespace's own path is not one that it is in. */
static const char *namespace_of(const struct exchange *exchange) {
        return exchange->kind->namespaced ? exchange->target.namespace_ : "";
}

int objects_get(struct exchange *exchange, enum subresource subresource) {
        struct accept accept;
        struct record *record;
        int64_t revision;
        bool set;
        int r;

        if (parse_accept(exchange, &accept) < 0 ||
            options_revision(exchange, &revision, &set) < 0 ||
            options_check_revision(exchange, revision) < 0)
                return -1;
        if (subresource == SUBRESOURCE_SCALE)
                return get_scale(exchange, &accept);
        if (verb_get(exchange->sim, exchange->kind, namespace_of(exchange), exchange->target.name,
                     &record, &exchange->refusal) < 0)
                return -1;
        r = exchange_object(exchange, HTTP_OK, record_text(record), &accept);
        record_unref(record);
        return r;
}

/* Takes what was written. */
static int answer_written(struct exchange *exchange, enum part part, struct written *written,
                          const struct accept *accept) {
        int r;

        if (part == PART_SCALE) {
                struct json *scale JSON_CLEANUP = verb_scale_view(exchange->kind, written->record);

                r = answer_scale(exchange, scale, accept);
        } else {
                r = exchange_object(exchange, written->created ? HTTP_CREATED : HTTP_OK,
                                    record_text(written->record), accept);
        }
        record_unref(written->record);
        return r;
}

static enum part part_of(enum subresource subresource) {
        switch (subresource) {
        case SUBRESOURCE_STATUS:
                return PART_STATUS;
        case SUBRESOURCE_SCALE:
                return PART_SCALE;
        case SUBRESOURCE_FINALIZE:
                return PART_FINALIZE;
        case SUBRESOURCE_NONE:
        case SUBRESOURCE_EVICTION:
        case SUBRESOURCE_BINDING:
        case SUBRESOURCE_TOKEN:
                break;
        }
        return PART_OBJECT;
}

int objects_create(struct exchange *exchange) {
        struct written written = { 0 };
        struct write_options options;
        struct json *tree = NULL;
        struct accept accept;

        if (parse_accept(exchange, &accept) < 0 ||
            options_write(exchange, WRITTEN_CREATE, &options) < 0 ||
            body_object(exchange, exchange->kind->name, &tree) < 0)
                return -1;
        if (body_check_kind(exchange, tree) < 0) {
                json_free(tree);
                return -1;
        }
        exchange->body_name = arena_strdup(exchange->arena, metadata_name(tree));
        options.duplicates = body_duplicates(exchange);
        if (verb_create(exchange->sim, exchange->kind, namespace_of(exchange), tree, &options,
                        &written, &exchange->refusal) < 0)
                return -1;
        written.created = true;
        return answer_written(exchange, PART_OBJECT, &written, &accept);
}

int objects_update(struct exchange *exchange, enum subresource subresource) {
        enum part part = part_of(subresource);
        const char *kind_name = part == PART_SCALE ? "Scale" : exchange->kind->name;
        struct written written = { 0 };
        struct write_options options;
        struct json *tree = NULL;
        struct accept accept;

        if (parse_accept(exchange, &accept) < 0 ||
            options_write(exchange, WRITTEN_UPDATE, &options) < 0 ||
            body_object(exchange, kind_name, &tree) < 0)
                return -1;
        if (part != PART_SCALE && body_check_kind(exchange, tree) < 0) {
                json_free(tree);
                return -1;
        }
        options.part = part;
        options.duplicates = body_duplicates(exchange);
        if (verb_update(exchange->sim, exchange->kind, namespace_of(exchange),
                        exchange->target.name, tree, &options, &written, &exchange->refusal) < 0)
                return -1;
        return answer_written(exchange, part, &written, &accept);
}

/* What cannot be read is not said of an object that is not there. */
static int check_exists(struct exchange *exchange, enum patch_type type) {
        struct record *record;
        struct refusal refusal = { .arena = exchange->arena };

        if (type == PATCH_APPLY)
                return 0;
        if (verb_get(exchange->sim, exchange->kind, namespace_of(exchange), exchange->target.name,
                     &record, &refusal) < 0) {
                refusal_deinit(&exchange->refusal);
                exchange->refusal = refusal;
                return -1;
        }
        record_unref(record);
        return 0;
}

int objects_patch(struct exchange *exchange, enum subresource subresource) {
        struct json *patch JSON_CLEANUP = NULL;
        struct written written = { 0 };
        struct write_options options;
        struct accept accept;
        enum patch_type type;

        if (body_patch_type(exchange, &type) < 0 || parse_accept(exchange, &accept) < 0 ||
            options_write(exchange, type == PATCH_APPLY ? WRITTEN_APPLY : WRITTEN_PATCH, &options) <
                    0)
                return -1;
        options.part = part_of(subresource);
        if (body_patch(exchange, type, &patch) < 0) {
                check_exists(exchange, type);
                return -1;
        }
        /* Of server-side apply, the parser of YAML has refused them. */
        if (type == PATCH_MERGE || type == PATCH_STRATEGIC)
                options.duplicates = body_duplicates(exchange);
        if (verb_patch(exchange->sim, exchange->kind, namespace_of(exchange), exchange->target.name,
                       type, patch, &options, &written, &exchange->refusal) < 0)
                return -1;
        return answer_written(exchange, options.part, &written, &accept);
}

static int read_delete_options(struct exchange *exchange, struct delete_options *ret_options) {
        struct json *body JSON_CLEANUP = NULL;

        if (body_delete_options(exchange, &body) < 0)
                return -1;
        return options_delete(exchange, body, ret_options);
}

/* Kinds whose deletion is answered with the object also when it is gone at once. */
static bool returns_deleted(const struct kind *kind) {
        static const char *const plurals[] = {
                "namespaces",   "persistentvolumeclaims", "persistentvolumes", "pods",
                "podtemplates", "resourcequotas",         "serviceaccounts",   "services",
        };

        if (kind->group[0] != '\0')
                return strcmp(kind->group, "storage.k8s.io") == 0;
        for (size_t i = 0; i < sizeof plurals / sizeof plurals[0]; i++) {
                if (strcmp(kind->plural, plurals[i]) == 0)
                        return true;
        }
        return false;
}

int objects_delete(struct exchange *exchange) {
        struct delete_options options;
        struct record *record;
        struct accept accept;
        bool gone;
        int r;

        if (parse_accept(exchange, &accept) < 0 || read_delete_options(exchange, &options) < 0 ||
            verb_delete(exchange->sim, exchange->kind, namespace_of(exchange),
                        exchange->target.name, &options, &record, &gone, &exchange->refusal) < 0)
                return -1;
        if (gone && !returns_deleted(exchange->kind))
                r = exchange_success(exchange, HTTP_OK, record->name, record->uid);
        else
                r = exchange_object(exchange, HTTP_OK, record_text(record), &accept);
        record_unref(record);
        return r;
}

int objects_delete_collection(struct exchange *exchange) {
        struct delete_options options;

        if (read_delete_options(exchange, &options) < 0)
                return -1;
        return list_delete(exchange, &options);
}

int objects_evict(struct exchange *exchange) {
        const struct target *target = &exchange->target;
        struct json *tree JSON_CLEANUP = NULL;
        struct write_options write;
        struct delete_options options;
        const struct json *inner;

        if (options_write(exchange, WRITTEN_CREATE, &write) < 0 ||
            body_object(exchange, "Eviction", &tree) < 0)
                return -1;
        if (strcmp(metadata_name(tree), target->name) != 0)
                return refuse_bad_request(&exchange->refusal,
                                          "name in URL does not match name in Eviction object");
        inner = json_get(tree, "deleteOptions");
        if (json_kind(inner) != JSON_OBJECT)
                options = (struct delete_options){ .grace_s = -1 };
        else if (options_delete(exchange, inner, &options) < 0)
                return -1;
        options.dry_run |= write.dry_run;
        if (verb_evict(exchange->sim, target->namespace_, target->name, &options,
                       &exchange->refusal) < 0)
                return -1;
        return exchange_success(exchange, HTTP_CREATED, NULL, NULL);
}

int objects_bind(struct exchange *exchange) {
        const struct target *target = &exchange->target;
        struct json *tree JSON_CLEANUP = NULL;
        struct write_options options;
        const struct json *node;

        if (options_write(exchange, WRITTEN_CREATE, &options) < 0 ||
            body_object(exchange, "Binding", &tree) < 0)
                return -1;
        node = json_get(tree, "target");
        if (options.dry_run)
                return refuse_out_of_scope(&exchange->refusal,
                                           "llc-sim has no dry run of bindings");
        if (json_text_at(node, "name")[0] == '\0')
                return refuse_bad_request(&exchange->refusal, "target.name: Required value");
        if (verb_bind(exchange->sim, target->namespace_, target->name, json_text_at(node, "name"),
                      &exchange->refusal) < 0)
                return -1;
        return exchange_success(exchange, HTTP_CREATED, NULL, NULL);
}

int objects_watch(struct exchange *exchange) {
        struct watch_options watch = { 0 };
        struct list_options list;
        struct accept accept;

        if (accept_parse(exchange->request->accept, ACCEPT_MANY, &accept, &exchange->refusal) < 0 ||
            options_list(exchange, true, &list) < 0)
                return -1;
        if (accept.yaml)
                return refuse_out_of_scope(&exchange->refusal, "llc-sim has no watches in YAML");
        if (accept.form == FORM_TABLE &&
            table_include(&exchange->target, &watch.include, &exchange->refusal) < 0)
                return -1;
        watch.form = accept.form;
        watch.initial = list.initial == INITIAL_YES ||
                        (list.initial == INITIAL_UNSET && list.revision == 0);
        if (list.initial == INITIAL_YES && options_check_revision(exchange, list.revision) < 0)
                return -1;
        watch.initial_end = list.initial == INITIAL_YES && list.bookmarks;
        watch.revision =
                list.revision > 0 ? list.revision : storage_revision(exchange->sim->storage);
        watch.bookmarks = list.bookmarks;
        watch.timeout_s = list.timeout_s;
        if (watch_new(exchange->sim, exchange->kind, &exchange->target, &watch,
                      &exchange->response->watch, &exchange->refusal) < 0)
                return -1;
        exchange->response->status = HTTP_OK;
        exchange->response->content_type = "application/json";
        return 0;
}
