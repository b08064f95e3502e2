#include "attachment.h"

#include <string.h>

#include "llc/api/resource.h"
#include "llc/base/timestamp.h"
#include "source.h"

enum {
        /* Argo's next pass follows within a second, on a busy controller within a few. */
        SETTLING_MS = 5000,
        /* Its status follows in the same pass, which a busy API server draws out. */
        SERVICE_AHEAD_MS = 15000,
};

static const struct service *service_of(const struct draft *draft) {
        return draft->world->service_state == WORLD_SERVICE_FOUND ? draft->world->service : NULL;
}

static const char *service_hash(const struct service *service) {
        return service->spec ? str_pairs_get(service->spec->selector, service->spec->n_selector,
                                             LABEL_HASH)
                             : NULL;
}

/* The first pair of the selector, the hash aside, that the pod does not carry; or NULL. */
static const struct str_pair *missing_label(const struct service *service, const struct pod *pod) {
        for (size_t i = 0; service->spec && i < service->spec->n_selector; i++) {
                const struct str_pair *want = &service->spec->selector[i];
                const char *label = meta_label(pod->meta, want->key);

                if (strcmp(want->key, LABEL_HASH) != 0 &&
                    (!label || strcmp(label, want->value) != 0))
                        return want;
        }
        return NULL;
}

static struct verdict verdict_no(const char *reason, const char *message) {
        return (struct verdict){ .reason = reason, .message = message };
}

/* The Service selects another hash than the one to follow. */
static bool selects_another(const struct draft *draft, const struct service *service) {
        const char *hash = service_hash(service);

        return hash && draft->stable && strcmp(hash, draft->stable) != 0;
}

static struct verdict verdict_of_selector(const struct draft *draft,
                                          const struct service *service) {
        const char *name = service->meta->name;

        if (selects_another(draft, service))
                return verdict_no("ServiceSelectsAnother",
                                  arena_printf(draft->arena,
                                               "Service \"%s\" selects hash %s, not the stable %s: "
                                               "as long as a promotion is analysed, that is normal",
                                               name, service_hash(service), draft->stable));
        for (size_t i = 0; i < draft->n_pods; i++) {
                const struct own_pod *own = &draft->pods[i];
                const struct str_pair *missing =
                        own->live ? missing_label(service, own->pod) : NULL;

                if (missing)
                        return verdict_no("SelectorMismatch",
                                          arena_printf(draft->arena,
                                                       "Service \"%s\" selects %s=%s, which pod "
                                                       "\"%s\" does not carry",
                                                       name, missing->key, missing->value,
                                                       own->pod->meta->name));
        }
        return (struct verdict){
                .ready = true,
                .reason = "Attached",
                .message = arena_printf(draft->arena, "Service \"%s\" selects the pods", name),
        };
}

static struct verdict verdict_of_service(const struct draft *draft) {
        const char *name = rollout_service(draft->world->rollout);

        if (!name)
                return (struct verdict){ .ready = true,
                                         .reason = "NoServiceNamed",
                                         .message = "the Rollout names no Service; the pods carry "
                                                    "its labels and the stable hash" };
        switch (draft->world->service_state) {
        case WORLD_SERVICE_FOUND:
                return verdict_of_selector(draft, draft->world->service);
        case WORLD_SERVICE_MISSING:
                return verdict_no("ServiceNotFound",
                                  arena_printf(draft->arena,
                                               "Service \"%s\", which the Rollout names, does not "
                                               "exist",
                                               name));
        case WORLD_SERVICE_UNKNOWN:
                break;
        }
        return (struct verdict){
                .unknown = true,
                .reason = "ServiceUnknown",
                .message = arena_printf(draft->arena,
                                        "Service \"%s\" could not be read: may the controller list "
                                        "Services?",
                                        name),
        };
}

struct verdict attachment_verdict(const struct draft *draft) {
        if (draft->n_live == 0)
                return verdict_no("NoPods", "there are no canary pods");
        if (draft->stance == STANCE_HOLD && draft->stance_reason)
                return draft->n_held == draft->n_live
                               ? verdict_no(draft->stance_reason, draft->stance_message)
                               : verdict_no("LeavingTraffic", draft->stance_message);
        if (!draft->stable)
                return (struct verdict){ .unknown = true,
                                         .reason = "NoStable",
                                         .message = "there is no stable ReplicaSet to follow; "
                                                    "labels stay as they are" };
        if (draft->n_attached < draft->n_live)
                return verdict_no("JoiningTraffic",
                                  arena_printf(draft->arena,
                                               "%lld of %lld pods carry the stable hash",
                                               (long long)draft->n_attached,
                                               (long long)draft->n_live));
        return verdict_of_service(draft);
}

bool attachment_is_broken(const struct verdict *verdict) {
        return strcmp(verdict->reason, "SelectorMismatch") == 0 ||
               strcmp(verdict->reason, "ServiceNotFound") == 0;
}

/* Pods that take traffic now: ready, attached, and not known to be passed by. */
static int64_t pods_in_traffic(const struct draft *draft) {
        const struct service *service = service_of(draft);
        int64_t n = 0;

        if (service && !verdict_of_selector(draft, service).ready)
                return 0;
        for (size_t i = 0; i < draft->n_pods; i++)
                n += draft->pods[i].ready && draft->pods[i].attached;
        return n;
}

const struct llc_traffic_status *attachment_status(const struct draft *draft) {
        const struct world *world = draft->world;
        const struct service *service = service_of(draft);
        struct llc_traffic_status *status;
        int64_t ours, all;

        if (world->rollout_state != WORLD_ROLLOUT_FOUND)
                return NULL;
        ours = pods_in_traffic(draft);
        all = ours + (world->rollout->replicas > 0 ? world->rollout->replicas : 0);
        status = ARENA_NEW(draft->arena, struct llc_traffic_status);
        *status = (struct llc_traffic_status){
                .service = rollout_service(world->rollout),
                .service_hash = service ? service_hash(service) : NULL,
                .share_percent = all > 0 ? 100 * ours / all : 0,
        };
        return status;
}

int64_t attachment_relabelled_at(const struct draft *draft) {
        int64_t latest = 0, at;
        struct err err;

        for (size_t i = 0; i < draft->n_pods; i++) {
                const struct own_pod *own = &draft->pods[i];
                const char *text = meta_annotation(own->pod->meta, ANNOTATION_RELABELLED_AT);

                if (own->attached && text && timestamp_parse(bytes_of(text), &at, &err) == 0 &&
                    at > latest)
                        latest = at;
        }
        return latest;
}

static bool is_within(const struct draft *draft, int64_t at, int64_t span, int64_t *ret_until) {
        *ret_until = at + span;
        return at <= draft->world->now && draft->world->now < *ret_until;
}

bool attachment_is_settling(const struct draft *draft, int64_t *ret_until) {
        const struct service *service = service_of(draft);

        if (!service || draft->n_live == 0 || draft->n_attached < draft->n_live ||
            !selects_another(draft, service))
                return false;
        if (is_within(draft, attachment_relabelled_at(draft), SETTLING_MS, ret_until))
                return true;
        return is_within(draft, draft->world->service_changed_at, SERVICE_AHEAD_MS, ret_until);
}
