#include <stdlib.h>
#include <string.h>

#include "kinds/cells.h"
#include "kinds/field_checks.h"
#include "kinds/hooks.h"
#include "kinds/member.h"
#include "kinds/syntax.h"

enum { TEXT_MAX = 4096 };

/* A node that comes by itself is not ready yet: pods wait until somebody says otherwise. */
static void prepare(const struct kind *kind, struct json *object, const struct json *before,
                    enum part part, int64_t now_ms) {
        static const char not_ready[] = "node.kubernetes.io/not-ready";
        struct json *spec = member_object_made(object, "spec"), *taints, *taint;

        (void)kind;
        (void)part;
        (void)now_ms;
        if (before || !spec)
                return;
        if (!json_get(spec, "taints"))
                json_set(spec, "taints", json_new_array());
        taints = member_array_mut(spec, "taints");
        for (size_t i = 0; i < json_length(taints); i++)
                if (strcmp(json_text_at(json_at(taints, i), "key"), not_ready) == 0)
                        return;
        if (!taints)
                return;
        taint = json_new_object();
        json_set_str(taint, "key", not_ready);
        json_set_str(taint, "effect", "NoSchedule");
        json_append(taints, taint);
}

static void validate(const struct kind *kind, const struct json *object, const struct json *before,
                     enum part part, struct field_errors *errors) {
        const struct json *taints = member_array(json_get(object, "spec"), "taints");

        (void)kind;
        (void)before;
        (void)part;
        for (size_t i = 0; i < json_length(taints); i++) {
                const struct json *taint = json_at(taints, i);
                const char *at = field_item(errors, "metadata", "taints", i);

                syntax_check(SYNTAX_QUALIFIED_NAME, json_text_at(taint, "key"),
                             field_under(errors, at, "key"), errors);
                for (size_t k = 0; k < i; k++)
                        if (strcmp(json_text_at(json_at(taints, k), "key"),
                                   json_text_at(taint, "key")) == 0 &&
                            strcmp(json_text_at(json_at(taints, k), "effect"),
                                   json_text_at(taint, "effect")) == 0) {
                                field_error_add(errors, FIELD_ERROR_DUPLICATE, at, taint, "%s",
                                                "taints must be unique by key and effect pair");
                                break;
                        }
        }
}

static void cell_status(const struct json *node, struct json *cells) {
        const struct json *conditions = member_array(json_get(node, "status"), "conditions");
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(TEXT_MAX);

        for (size_t i = 0; i < json_length(conditions); i++)
                if (strcmp(json_text_at(json_at(conditions, i), "type"), "Ready") == 0)
                        strbuf_puts(&text, strcmp(json_text_at(json_at(conditions, i), "status"),
                                                  "True") == 0
                                                   ? "Ready"
                                                   : "NotReady");
        if (text.len == 0)
                strbuf_puts(&text, "Unknown");
        if (json_is_true_at(json_get(node, "spec"), "unschedulable"))
                strbuf_puts(&text, ",SchedulingDisabled");
        cells_text(cells, strbuf_str(&text));
}

static int by_text(const void *a, const void *b) {
        const char *const *one = a, *const *other = b;

        return strcmp(*one, *other);
}

static void cell_roles(const struct json *node, struct json *cells) {
        static const char prefix[] = "node-role.kubernetes.io/";
        const struct json *labels = member_object(json_get(node, "metadata"), "labels"), *value;
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(TEXT_MAX);
        const char **roles = calloc(json_length(labels) + 1, sizeof(*roles)), *key;
        void *cursor = NULL;
        size_t n = 0;

        if (!roles)
                abort();
        while (json_next(labels, &cursor, &key, &value)) {
                if (strncmp(key, prefix, strlen(prefix)) == 0 && key[strlen(prefix)])
                        roles[n++] = key + strlen(prefix);
                else if (strcmp(key, "kubernetes.io/role") == 0 && *json_text_at(labels, key))
                        roles[n++] = json_text_at(labels, key);
        }
        qsort(roles, n, sizeof(*roles), by_text);
        for (size_t i = 0; i < n; i++)
                strbuf_printf(&text, "%s%s", i > 0 ? "," : "", roles[i]);
        free(roles);
        cells_text_or(cells, strbuf_str(&text), "<none>");
}

static void cell_address(const struct json *status, const char *type, struct json *cells) {
        const struct json *addresses = member_array(status, "addresses");

        for (size_t i = 0; i < json_length(addresses); i++)
                if (strcmp(json_text_at(json_at(addresses, i), "type"), type) == 0) {
                        cells_text(cells, json_text_at(json_at(addresses, i), "address"));
                        return;
                }
        cells_text(cells, "<none>");
}

static void cells(const struct kind *kind, const struct json *object, int64_t now_ms,
                  struct json *cells) {
        const struct json *status = json_get(object, "status"),
                          *info = json_get(status, "nodeInfo");

        (void)kind;
        cells_name(object, cells);
        cell_status(object, cells);
        cell_roles(object, cells);
        cells_age(object, now_ms, cells);
        cells_text(cells, json_text_at(info, "kubeletVersion"));
        cell_address(status, "InternalIP", cells);
        cell_address(status, "ExternalIP", cells);
        cells_text_or(cells, json_text_at(info, "osImage"), "<unknown>");
        cells_text_or(cells, json_text_at(info, "kernelVersion"), "<unknown>");
        cells_text_or(cells, json_text_at(info, "containerRuntimeVersion"), "<unknown>");
}

const struct kind_hooks NODE_HOOKS = {
        .prepare = prepare, .validate = validate, .cells = cells, .status_on_create = true
};
