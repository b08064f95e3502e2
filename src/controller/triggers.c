#include "triggers.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "llc/api/llc.h"
#include "llc/api/pod.h"
#include "llc/api/resource.h"
#include "llc/api/rollout.h"
#include "llc/api/service.h"
#include "llc/canary/reconcile.h"
#include "llc/sys/clock.h"
#include "pass.h"

enum {
        KEY_MAX = 63 + 1 + 253,
        /*
         * Argo moves the Service a moment before it says what is stable: when both are looked at
         * together, a promotion costs one status write.
         */
        SERVICE_SETTLE_MS = 2000,
};

static void trigger_key(struct controller *controller, const char *key,
                        enum queue_priority priority) {
        queue_add(controller->queue, key, priority, clock_monotonic_ms());
        controller_wake(controller);
}

static bool same_resume(const struct llc *a, const struct llc *b) {
        const char *was = meta_annotation(a->meta, ANNOTATION_RESUME);
        const char *is = meta_annotation(b->meta, ANNOTATION_RESUME);

        return strcmp(was ? was : "", is ? is : "") == 0;
}

static bool same_incarnations(const struct llc *a, const struct llc *b) {
        size_t n = a->status ? a->status->n_incarnations : 0;

        return n == (b->status ? b->status->n_incarnations : 0) &&
               (n == 0 || memcmp(a->status->incarnations, b->status->incarnations,
                                 n * sizeof(*a->status->incarnations)) == 0);
}

/*
 * Having been told that something failed is no reason to try it again at once: where the server's
 * words differ from try to try, each try would write a status and so call for the next.
 */
static bool only_tells_failure(const struct object *was, const struct object *is) {
        if (!was || !is || was->unreadable || strcmp(was->meta->uid, is->meta->uid) != 0 ||
            was->meta->generation != is->meta->generation ||
            was->meta->deletion_timestamp != is->meta->deletion_timestamp ||
            !same_resume(was->value, is->value))
                return false;
        return same_incarnations(was->value, is->value) && llc_tells_failure(is->value);
}

/* Somebody wants something else of it. */
static bool is_asked_anew(const struct informer_change *change) {
        const struct object *was = change->old, *is = change->new;

        return was && is &&
               (was->meta->generation != is->meta->generation ||
                was->meta->deletion_timestamp != is->meta->deletion_timestamp);
}

void trigger_llc(void *ctx, const struct informer_change *change) {
        const struct object *object = change->new ? change->new : change->old;
        struct controller *controller = ctx;
        struct pass *pass;

        if (only_tells_failure(change->old, change->new) &&
            !freshness_is_awaited(controller->freshness, object->key))
                return;
        if (!is_asked_anew(change)) {
                trigger_key(ctx, object->key, change->initial ? QUEUE_BACKGROUND : QUEUE_CHANGE);
                return;
        }
        trigger_key(ctx, object->key, QUEUE_RELABEL);
        if ((pass = map_get(&controller->passes, object->key)))
                pass_hurry(pass);
}

static const char *stable_hash(const struct object *object) {
        const struct rollout *rollout = object ? object->value : NULL;
        const char *hash = rollout ? rollout->stable_rs : NULL;

        return hash ? hash : "";
}

/* Does a pass depend on what differs? Most of a Rollout's updates are none of our business. */
static bool rollout_matters(const struct informer_change *change) {
        if (!change->old || !change->new)
                return true;
        if (change->old->unreadable ||
            strcmp(change->old->meta->uid, change->new->meta->uid) != 0 ||
            change->old->meta->deletion_timestamp != change->new->meta->deletion_timestamp ||
            strcmp(stable_hash(change->old), stable_hash(change->new)) != 0)
                return true;
        return change->old->meta->generation != change->new->meta->generation;
}

static int64_t available_replicas(const struct object *object) {
        const struct rollout *rollout = object->value;

        return rollout->available_replicas;
}

/* Not in traffic, perhaps because stable was not fit for it. */
static bool waits_for_stable(const struct llc *llc) {
        const struct llc_status *status = llc->status;
        const struct condition *attached =
                status ? condition_find(status->conditions, status->n_conditions, "TrafficAttached")
                       : NULL;

        return !attached || attached->status != CONDITION_TRUE;
}

static void trigger_waiting(struct controller *controller, const struct informer_change *change) {
        if (available_replicas(change->old) == available_replicas(change->new))
                return;
        for (const struct object *llc =
                     store_lookup(controller->stores[CACHE_LLCS], change->new->key);
             llc; llc = llc->next)
                if (waits_for_stable(llc->value))
                        trigger_key(controller, llc->key, QUEUE_CHANGE);
}

static bool stable_moved(const struct informer_change *change) {
        const char *from = stable_hash(change->old);

        return change->new &&*from &&strcmp(from, stable_hash(change->new)) != 0;
}

/* A later list may bring what the watch has missed: only the first one is no news. */
static enum queue_priority rollout_priority(const struct informer_change *change) {
        return change->initial && !change->old ? QUEUE_BACKGROUND : QUEUE_RELABEL;
}

void trigger_rollout(void *ctx, const struct informer_change *change) {
        const struct object *object = change->new ? change->new : change->old;
        struct controller *controller = ctx;

        if (!rollout_matters(change)) {
                trigger_waiting(controller, change);
                return;
        }
        for (const struct object *llc = store_lookup(controller->stores[CACHE_LLCS], object->key);
             llc; llc = llc->next) {
                struct pass *pass = map_get(&controller->passes, llc->key);

                if (stable_moved(change))
                        lag_begin(controller->lag, llc->key, clock_monotonic_us());
                trigger_key(controller, llc->key, rollout_priority(change));
                if (pass)
                        pass_hurry(pass);
        }
}

void trigger_pod(void *ctx, const struct informer_change *change) {
        const struct object *object = change->new ? change->new : change->old;

        assert(object);
        /* A pod that lost our label matters to the canary it was indexed under. */
        if (change->old && change->old->index_key)
                trigger_key(ctx, change->old->index_key,
                            change->initial ? QUEUE_BACKGROUND : QUEUE_CHANGE);
        if (object->index_key)
                trigger_key(ctx, object->index_key,
                            change->initial ? QUEUE_BACKGROUND : QUEUE_CHANGE);
}

static bool same_selector(const struct service *a, const struct service *b) {
        size_t n = a->spec ? a->spec->n_selector : 0;

        if (n != (b->spec ? b->spec->n_selector : 0))
                return false;
        for (size_t i = 0; i < n; i++)
                if (strcmp(a->spec->selector[i].key, b->spec->selector[i].key) != 0 ||
                    strcmp(a->spec->selector[i].value, b->spec->selector[i].value) != 0)
                        return false;
        return true;
}

/* Does the canary's Rollout name the Service as where its traffic comes through? */
static bool llc_uses_service(const struct controller *controller, const struct object *llc,
                             const struct object *service) {
        const struct object *rollout;
        const char *name;

        if (strcmp(llc->meta->namespace_, service->meta->namespace_) != 0)
                return false;
        rollout = store_get(controller->stores[CACHE_ROLLOUTS], llc->index_key);
        name = rollout ? rollout_service(rollout->value) : NULL;
        return name && strcmp(name, service->meta->name) == 0;
}

/*
 * All canaries are asked, at some ten nanoseconds each: an index of Rollouts by their Services
 * would be kept of all the Rollouts that no canary names.
 */
void trigger_service(void *ctx, const struct informer_change *change) {
        const struct object *object = change->new ? change->new : change->old;
        struct controller *controller = ctx;
        int64_t due = clock_monotonic_ms() + SERVICE_SETTLE_MS;
        const struct object *llc;
        size_t cursor = 0;

        assert(object);
        if (change->new && change->old)
                if (same_selector(change->old->value, change->new->value))
                        return;
        if (!change->new)
                lag_end(controller->service_changes, object->key);
        else if (change->old)
                lag_begin(controller->service_changes, object->key, clock_monotonic_us());
        if (!informer_has_synced(
                    controller_informer(controller, CACHE_SERVICES, object->meta->namespace_)))
                return; /* once they are all there, every canary is looked at */
        while (store_next(controller->stores[CACHE_LLCS], &cursor, &llc))
                if (llc_uses_service(controller, llc, object))
                        queue_add_at(controller->queue, llc->key, QUEUE_CHANGE, due);
        controller_wake(controller);
}

const char *trigger_index_llc(const struct object *object, struct arena *arena) {
        const struct llc *llc = object->value;

        return arena_printf(arena, "%s/%s", object->meta->namespace_, llc->spec->rollout_ref->name);
}

const char *trigger_index_pod(const struct object *object, struct arena *arena) {
        const struct pod *pod = object->value;
        const char *name = meta_label(pod->meta, LABEL_NAME);

        return name ? arena_printf(arena, "%s/%s", object->meta->namespace_, name) : NULL;
}

/* false: it was not found out which object it is. */
static bool item_key(const struct decoder_item *item, struct strbuf *key) {
        strbuf_append(key, item->namespace_);
        strbuf_append_char(key, '/');
        strbuf_append(key, item->name);
        return item->name.len > 0 && strbuf_ok(key);
}

/* As API objects are named; what was found lexically may be anything. */
static bool is_plain(struct bytes text) {
        for (size_t i = 0; i < text.len; i++)
                if (!isalnum((unsigned char)text.ptr[i]) && text.ptr[i] != '-' &&
                    text.ptr[i] != '.')
                        return false;
        return text.len > 0 && text.len <= KEY_MAX;
}

/* The status of one that can't be read is not written: this is where its author is told. */
static void tell_unreadable(struct controller *controller, const struct decoder_item *item) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        const struct event_subject subject = {
                .namespace_ = arena_copy(&arena, item->namespace_),
                .name = arena_copy(&arena, item->name),
                .uid = arena_copy(&arena, item->uid),
                .resource_version = arena_copy(&arena, item->resource_version),
        };
        const struct plan_event event = {
                .warning = true,
                .reason = "Unreadable",
                .action = "Read",
                .note = arena_printf(&arena, "Pods stay as they are: it can't be read: %s",
                                     item->error.msg),
        };

        if (is_plain(item->namespace_) && is_plain(item->name) && is_plain(item->uid) &&
            is_plain(item->resource_version))
                events_send(controller->events, &subject, subject.resource_version, &event);
}

void trigger_unreadable_llc(void *ctx, const struct decoder_item *item) {
        STRBUF_CLEANUP struct strbuf key = STRBUF_INIT(KEY_MAX);
        struct controller *controller = ctx;

        tell_unreadable(controller, item);
        if (item_key(item, &key) && store_get(controller->stores[CACHE_LLCS], strbuf_str(&key)))
                trigger_key(controller, strbuf_str(&key), QUEUE_CHANGE);
}

void trigger_unreadable_rollout(void *ctx, const struct decoder_item *item) {
        STRBUF_CLEANUP struct strbuf key = STRBUF_INIT(KEY_MAX);
        struct controller *controller = ctx;

        if (!item_key(item, &key))
                return;
        for (const struct object *llc =
                     store_lookup(controller->stores[CACHE_LLCS], strbuf_str(&key));
             llc; llc = llc->next)
                trigger_key(controller, llc->key, QUEUE_CHANGE);
}

/* As after a restart in the middle of a promotion. */
static bool is_left_behind(const struct controller *controller, const struct object *llc) {
        const char *hash =
                stable_hash(store_get(controller->stores[CACHE_ROLLOUTS], llc->index_key));
        const char *label;

        for (const struct object *pod = store_lookup(controller->stores[CACHE_PODS], llc->key);
             pod && *hash; pod = pod->next) {
                const struct pod *value = pod->value;

                if ((label = meta_label(value->meta, LABEL_HASH)) && strcmp(label, hash) != 0)
                        return true;
        }
        return false;
}

void trigger_all(struct controller *controller) {
        const struct object *object;
        size_t cursor = 0;

        while (store_next(controller->stores[CACHE_LLCS], &cursor, &object))
                trigger_key(controller, object->key,
                            is_left_behind(controller, object) ? QUEUE_RELABEL : QUEUE_BACKGROUND);
}
