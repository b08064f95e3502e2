#define _GNU_SOURCE /* memmem */
#include "actors/owned.h"

#include <string.h>

const struct json *owned_controller(const struct json *tree) {
        const struct json *owners = json_get(json_get(tree, "metadata"), "ownerReferences");

        for (size_t i = 0; i < json_length(owners); i++)
                if (json_is_true_at(json_at(owners, i), "controller"))
                        return json_at(owners, i);
        return NULL;
}

bool owned_mentions(const struct record *record, const char *text) {
        return memmem(record->text, record->text_len, text, strlen(text)) != NULL;
}

struct json *owned_reference(const char *api_version, const char *kind, const char *name,
                             const char *uid) {
        struct json *owner = json_new_object();

        json_set_str(owner, "apiVersion", api_version);
        json_set_str(owner, "kind", kind);
        json_set_str(owner, "name", name);
        json_set_str(owner, "uid", uid);
        json_set_bool(owner, "controller", true);
        json_set_bool(owner, "blockOwnerDeletion", true);
        return owner;
}
