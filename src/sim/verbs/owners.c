#include "verbs/owners.h"

enum { UIDS_MAX = 64 * 1024 };

static bool is_repeated(const struct json *owners, size_t i) {
        for (size_t k = 0; k < i; k++)
                if (json_equal(json_at(owners, k), json_at(owners, i)))
                        return true;
        return false;
}

void owners_dedupe(const struct write *write, struct json *tree) {
        struct json *owners = json_get_mut(json_get_mut(tree, "metadata"), "ownerReferences");
        struct strbuf uids STRBUF_CLEANUP = STRBUF_INIT(UIDS_MAX);

        for (size_t i = 0; i < json_length(owners);) {
                const struct json *uid;

                if (!is_repeated(owners, i)) {
                        i++;
                        continue;
                }
                uid = json_get(json_at(owners, i), "uid");
                if (uids.len > 0)
                        strbuf_puts(&uids, ", ");
                if (json_kind(uid) == JSON_STRING)
                        strbuf_append(&uids, json_as_string(uid));
                json_remove_at(owners, i);
        }
        if (uids.len == 0 || !write->options->warnings)
                return;
        strings_add(
                write->options->warnings,
                ".metadata.ownerReferences contains duplicate entries%s; API server dedups owner "
                "references in 1.20+, and may reject such requests as early as 1.24; please fix "
                "your requests; duplicate UID(s) observed: %s",
                write->source == WRITE_BODY ? "" : " after mutating admission happens",
                strbuf_str(&uids));
}
