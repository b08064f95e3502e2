#include "fixture.h"

#include <stdlib.h>
#include <string.h>

#include "llc/api/resource.h"
#include "llc/canary/reconcile.h"
#include "overrides.h"
#include "slots.h"

static const char TEMPLATE[] =
        "{\"metadata\":{\"labels\":{\"app\":\"checkout\",\"" LABEL_HASH "\":\"" FIXTURE_STABLE
        "\"}},\"spec\":{\"containers\":[{\"name\":\"app\",\"image\":\"registry/checkout:v1\"}]}}";

static void fixture_link(struct fixture *f) {
        f->llc_meta = (struct meta){ .name = "jdk21",
                                     .namespace_ = "shop",
                                     .uid = FIXTURE_UID,
                                     .resource_version = "1",
                                     .generation = 1 };
        f->rollout_ref = (struct llc_rollout_ref){ .name = "checkout" };
        f->update_policy =
                (struct llc_update_policy){ .type = LLC_UPDATE_RELABEL, .max_unavailable = "1" };
        f->traffic = (struct llc_traffic){ .mode = LLC_TRAFFIC_SERVICE, .min_stable_ready = 1 };
        f->validation = (struct llc_validation){ .max_restarts = 5 };
        f->spec = (struct llc_spec){ .rollout_ref = &f->rollout_ref,
                                     .image = "registry/checkout:jdk21",
                                     .replicas = 1,
                                     .update_policy = &f->update_policy,
                                     .progress_deadline_seconds = 600,
                                     .traffic = &f->traffic,
                                     .validation = &f->validation,
                                     .on_failure = LLC_ON_FAILURE_QUARANTINE,
                                     .on_rollout_missing = LLC_ON_ROLLOUT_MISSING_QUARANTINE };
        f->llc = (struct llc){ .meta = &f->llc_meta, .spec = &f->spec, .status = &f->status };
        f->rollout_meta =
                (struct identity){ .name = "checkout", .namespace_ = "shop", .uid = "r1" };
        f->rollout = (struct rollout){ .meta = &f->rollout_meta,
                                       .replicas = 3,
                                       .stable_rs = FIXTURE_STABLE };
        f->replicaset_owner =
                (struct owner_reference){ .kind = "Rollout", .uid = "r1", .controller = true };
        f->replicaset_labels[0] = (struct str_pair){ LABEL_HASH, FIXTURE_STABLE };
        f->replicaset_meta = (struct meta){ .name = "checkout-" FIXTURE_STABLE,
                                            .labels = f->replicaset_labels,
                                            .n_labels = 1,
                                            .owner_references = &f->replicaset_owner,
                                            .n_owner_references = 1 };
        f->replicaset_spec = (struct replicaset_spec){ .template_ = f->template_ };
        f->replicaset_status = (struct replicaset_status){ .ready_replicas = 3 };
        f->replicaset = (struct replicaset){ .meta = &f->replicaset_meta,
                                             .spec = &f->replicaset_spec,
                                             .status = &f->replicaset_status };
        f->world = (struct world){ .now = 1767268800000,
                                   .llc = &f->llc,
                                   .llc_is_live = true,
                                   .rollout_state = WORLD_ROLLOUT_FOUND,
                                   .rollout = &f->rollout,
                                   .template_state = WORLD_TEMPLATE_FOUND,
                                   .replicaset = &f->replicaset,
                                   .pods = f->pods };
}

int fixture_setup(void **state) {
        struct fixture *f = calloc(1, sizeof(*f));
        struct err err;

        assert_int_equal(json_parse(bytes_of(TEMPLATE), &JSON_LIMITS_OBJECT, &f->template_, &err),
                         0);
        fixture_link(f);
        *state = f;
        return 0;
}

int fixture_teardown(void **state) {
        struct fixture *f = *state;

        plan_deinit(&f->plan);
        json_free(f->template_);
        arena_deinit(&f->arena);
        free(f);
        return 0;
}

static void pairs_put(struct str_pair *pairs, size_t *n, const char *key, const char *value) {
        size_t i = 0;

        while (i < *n && strcmp(pairs[i].key, key) != 0)
                i++;
        assert_true(i < FIXTURE_PAIRS_MAX);
        pairs[i] = (struct str_pair){ key, value };
        if (i == *n)
                *n += 1;
}

void fixture_pod_label(struct fixture_pod *pod, const char *key, const char *value) {
        pairs_put(pod->labels, &pod->meta.n_labels, key, value);
}

void fixture_pod_annotate(struct fixture_pod *pod, const char *key, const char *value) {
        pairs_put(pod->annotations, &pod->meta.n_annotations, key, value);
}

struct fixture_pod *fixture_add_pod(struct fixture *f, int slot, int64_t incarnation) {
        struct fixture_pod *p = ARENA_NEW(&f->arena, struct fixture_pod);
        const char *name =
                slot_pod_name(f->llc_meta.name, f->llc_meta.uid, slot, incarnation, &f->arena);

        p->owner = (struct owner_reference){ .api_version = LLC_API_VERSION,
                                             .kind = LLC_KIND,
                                             .uid = FIXTURE_UID,
                                             .controller = true };
        p->meta = (struct meta){ .name = name,
                                 .uid = arena_printf(&f->arena, "uid-%s", name),
                                 .creation_timestamp = f->world.now - 3600000,
                                 .labels = p->labels,
                                 .annotations = p->annotations,
                                 .owner_references = &p->owner,
                                 .n_owner_references = 1 };
        p->ready = (struct pod_condition){ .type = "Ready", .status = "True" };
        p->status = (struct pod_status){ .phase = "Running",
                                         .conditions = &p->ready,
                                         .n_conditions = 1 };
        p->pod = (struct pod){ .meta = &p->meta, .status = &p->status };
        fixture_pod_label(p, "app", "checkout");
        fixture_pod_label(p, LABEL_HASH, FIXTURE_STABLE);
        fixture_pod_label(p, LABEL_NAME, "jdk21");
        fixture_pod_annotate(p, ANNOTATION_INCARNATION,
                             arena_printf(&f->arena, "%lld", (long long)incarnation));
        fixture_pod_annotate(p, ANNOTATION_SPEC_HASH, overrides_hash(&f->spec, &f->arena));
        fixture_pod_annotate(p, ANNOTATION_BASE_HASH, FIXTURE_STABLE);
        assert_true(f->world.n_pods < FIXTURE_PODS_MAX);
        f->pods[f->world.n_pods++] = &p->pod;
        return p;
}

void fixture_clear(struct fixture *f) {
        plan_deinit(&f->plan);
        arena_deinit(&f->arena);
        f->arena = ARENA_INIT;
        f->world.n_pods = 0;
}

const struct plan *fixture_reconcile(struct fixture *f) {
        plan_deinit(&f->plan);
        reconcile(&f->world, &f->arena, &f->plan);
        return &f->plan;
}

size_t fixture_count(const struct plan *plan, enum action_kind kind) {
        size_t n = 0;

        for (size_t i = 0; i < plan->n_actions; i++)
                n += plan->actions[i].kind == kind;
        return n;
}

const struct condition *fixture_condition(const struct plan *plan, const char *type) {
        const struct condition *condition =
                condition_find(plan->status.conditions, plan->status.n_conditions, type);

        assert_non_null(condition);
        return condition;
}
