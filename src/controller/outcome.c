#include "outcome.h"

#include <string.h>

#include "llc/api/llc.h"
#include "llc/api/resource.h"

static const char *controller_uid(const struct meta *meta) {
        const struct owner_reference *owner = meta_controller(meta);

        return owner ? owner->uid : NULL;
}

/* Longer than anything an API server gives out is the same as nothing. */
static void copy_text(char out[static OUTCOME_TEXT_MAX], const char *text) {
        if (text && strlen(text) < OUTCOME_TEXT_MAX)
                memcpy(out, text, strlen(text) + 1);
}

void outcome_read(struct bytes body, struct outcome *ret_outcome) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        JSON_CLEANUP struct json *tree = NULL;
        struct meta meta = { .name = NULL };
        struct err err;

        *ret_outcome = (struct outcome){ .resource_version = "" };
        if (json_parse(body, &JSON_LIMITS_OBJECT, &tree, &err) < 0 || !json_get(tree, "metadata") ||
            desc_decode_foreign(&meta_type, json_get(tree, "metadata"), &arena, &meta, &err) < 0)
                return;
        copy_text(ret_outcome->resource_version, meta.resource_version);
        copy_text(ret_outcome->uid, meta.uid);
        copy_text(ret_outcome->controller_uid, controller_uid(&meta));
        copy_text(ret_outcome->name_label, meta_label(&meta, LABEL_NAME));
}
