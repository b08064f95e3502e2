#include <string.h>

#include "kinds/age.h"
#include "kinds/cells.h"
#include "kinds/hooks.h"
#include "kinds/member.h"

static void prepare(const struct kind *kind, struct json *object, const struct json *before,
                    enum part part, int64_t now_ms) {
        struct json *labels, *finalizers, *spec, *metadata = json_get_mut(object, "metadata");

        (void)kind;
        (void)now_ms;
        if (part == PART_STATUS || part == PART_FINALIZE)
                return;
        labels = member_object_made(metadata, "labels");
        if (labels)
                json_set_str(labels, "kubernetes.io/metadata.name", json_text_at(metadata, "name"));
        spec = member_object_made(object, "spec");
        if (!spec)
                return;
        if (before) { /* they change through the subresource only */
                const struct json *old = json_get(json_get(before, "spec"), "finalizers");

                json_remove(spec, "finalizers");
                if (old)
                        json_set(spec, "finalizers", json_clone(old));
                return;
        }
        finalizers = json_new_array();
        json_append(finalizers, json_new_string(bytes_of("kubernetes")));
        json_set(spec, "finalizers", finalizers);
        json_set_str(member_object_made(object, "status"), "phase", "Active");
}

static void cells(const struct kind *kind, const struct json *object, int64_t now_ms,
                  struct json *cells) {
        (void)kind;
        cells_name(object, cells);
        cells_text(cells, json_text_at(json_get(object, "status"), "phase"));
        cells_age(object, now_ms, cells);
}

const struct kind_hooks NAMESPACE_HOOKS = { .prepare = prepare, .cells = cells };
