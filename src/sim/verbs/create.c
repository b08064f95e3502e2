#include "verbs/decode.h"
#include "verbs/owners.h"
#include "verbs/verbs.h"

int verb_create(struct sim *sim, const struct kind *kind, const char *namespace_, struct json *tree,
                const struct write_options *options, struct written *ret_written,
                struct refusal *refusal) {
        struct json *owned JSON_CLEANUP = tree;
        struct write write = {
                .sim = sim,
                .kind = kind,
                .namespace_ = namespace_,
                .options = options,
                .source = WRITE_BODY,
                .refusal = refusal,
        }, stored;

        if (decode_object(&write, owned) < 0 || decode_place(&write, owned) < 0)
                return -1;
        owners_dedupe(&write, owned);
        stored = commit_stored(&write, owned);
        if (commit_new(&stored, owned, ret_written) < 0)
                return -1;
        commit_show(kind, ret_written);
        return 0;
}
