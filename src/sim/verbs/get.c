#include "verbs/verbs.h"

int verb_get(struct sim *sim, const struct kind *kind, const char *namespace_, const char *name,
             struct record **ret_record, struct refusal *refusal) {
        struct record *record = collection_get(kind->objects, namespace_, name);

        (void)sim;
        if (!record)
                return refuse_not_found(refusal, kind, name);
        *ret_record = kind_shown(kind, record);
        return 0;
}
