/*
 * What is known of each canary: read from the cache when asked, so that nothing has to be cleaned
 * up after a canary that is gone.
 */
#include "exposition.h"

#include "llc/api/llc.h"
#include "llc/runtime/metrics.h"

enum { LABELS_MAX = 8192 }; /* above all that names and owners can become */

struct exposed {
        const struct llc *llc;
        const char *labels; /* namespace and name */
};

/* One sample a canary; false = it has none. */
struct canary_metric {
        const char *name, *help;
        bool (*value)(const struct llc *llc, double *ret_value);
};

static const struct llc_status *status_of(const struct llc *llc) {
        static const struct llc_status none = { .phase = 0 };

        return llc->status ? llc->status : &none;
}

static bool created(const struct llc *llc, double *ret_value) {
        *ret_value = (double)llc->meta->creation_timestamp / 1000;
        return true;
}

static bool replicas(const struct llc *llc, double *ret_value) {
        *ret_value = (double)llc->spec->replicas;
        return true;
}

static bool replicas_ready(const struct llc *llc, double *ret_value) {
        *ret_value = (double)status_of(llc)->ready_replicas;
        return true;
}

static bool replicas_available(const struct llc *llc, double *ret_value) {
        *ret_value = (double)status_of(llc)->available_replicas;
        return true;
}

static bool replicas_updated(const struct llc *llc, double *ret_value) {
        *ret_value = (double)status_of(llc)->updated_replicas;
        return true;
}

static bool traffic_share(const struct llc *llc, double *ret_value) {
        const struct llc_traffic_status *traffic = status_of(llc)->traffic;

        if (!traffic)
                return false;
        *ret_value = (double)traffic->share_percent / 100;
        return true;
}

static const struct canary_metric metrics[] = {
        { "llc_created_timestamp_seconds", "When a canary was created, in seconds since the epoch.",
          created },
        { "llc_replicas", "Pods that a canary asks for.", replicas },
        { "llc_replicas_ready", "Pods of a canary that are ready.", replicas_ready },
        { "llc_replicas_available", "Pods of a canary that are available.", replicas_available },
        { "llc_replicas_updated", "Pods of a canary that were built from its present spec.",
          replicas_updated },
        { "llc_traffic_share_ratio",
          "Ready canary pods in traffic, of those and the Rollout's own: 0 to 1.", traffic_share },
};

/* Those that somebody is to be woken for, or asked about. */
static const char *const conditions[] = { "Ready", "Stalled", "TrafficAttached",
                                          "TemplateDrifted" };

static double condition_value(const struct condition *condition) {
        switch ((enum condition_status)condition->status) {
        case CONDITION_TRUE:
                return 1;
        case CONDITION_FALSE:
                return 0;
        case CONDITION_UNKNOWN:
                break;
        }
        return -1;
}

static const struct condition *canary_condition(const struct llc *llc, const char *type) {
        const struct llc_status *status = status_of(llc);

        return condition_find(status->conditions, status->n_conditions, type);
}

static const char *phase_name(int phase) {
        return phase ? llc_phase_name(phase) : "Unknown";
}

static void write_info(const struct exposed *exposed, size_t n, struct strbuf *out) {
        metrics_family(out, "llc_info", "gauge", "What a canary is, and why; always 1.");
        for (size_t i = 0; i < n; i++) {
                STRBUF_CLEANUP struct strbuf labels = STRBUF_INIT(LABELS_MAX);
                const struct llc *llc = exposed[i].llc;
                const struct condition *ready = canary_condition(llc, "Ready");

                strbuf_puts(&labels, exposed[i].labels);
                metrics_label(&labels, "rollout", llc->spec->rollout_ref->name);
                metrics_label(&labels, "owner", llc->spec->owner ? llc->spec->owner : "");
                metrics_label(&labels, "phase", phase_name(status_of(llc)->phase));
                metrics_label(&labels, "reason", ready ? ready->reason : "");
                metrics_sample(out, "llc_info", strbuf_str(&labels), 1);
        }
}

static void write_conditions(const struct exposed *exposed, size_t n, struct strbuf *out) {
        metrics_family(out, "llc_condition", "gauge",
                       "Conditions of a canary: 1 is True, 0 is False, -1 is Unknown.");
        for (size_t i = 0; i < n; i++)
                for (size_t c = 0; c < sizeof(conditions) / sizeof(conditions[0]); c++) {
                        STRBUF_CLEANUP struct strbuf labels = STRBUF_INIT(LABELS_MAX);
                        const struct condition *condition =
                                canary_condition(exposed[i].llc, conditions[c]);

                        if (!condition)
                                continue;
                        strbuf_puts(&labels, exposed[i].labels);
                        metrics_label(&labels, "type", conditions[c]);
                        metrics_sample(out, "llc_condition", strbuf_str(&labels),
                                       condition_value(condition));
                }
}

static void write_metrics(const struct exposed *exposed, size_t n, struct strbuf *out) {
        double value;

        for (size_t m = 0; m < sizeof(metrics) / sizeof(metrics[0]); m++) {
                metrics_family(out, metrics[m].name, "gauge", metrics[m].help);
                for (size_t i = 0; i < n; i++)
                        if (metrics[m].value(exposed[i].llc, &value))
                                metrics_sample(out, metrics[m].name, exposed[i].labels, value);
        }
}

static void write_totals(const struct store *store, struct strbuf *out) {
        static const char name[] = "llc_canaries";
        size_t totals[LLC_PHASE_TERMINATING + 1] = { 0 };
        const struct object *object;
        size_t n = store_count(store), cursor = 0;

        while (store_next(store, &cursor, &object))
                totals[status_of(object->value)->phase]++;
        metrics_family(out, name, "gauge", "LongLivedCanaries, by phase.");
        for (int phase = 0; phase <= LLC_PHASE_TERMINATING; phase++) {
                STRBUF_CLEANUP struct strbuf labels = STRBUF_INIT(LABELS_MAX);

                metrics_label(&labels, "phase", phase_name(phase));
                metrics_sample(out, name, strbuf_str(&labels), (double)totals[phase]);
        }
        metrics_family(out, "llc_canaries_left_out", "gauge",
                       "LongLivedCanaries that have no series of their own, being too many.");
        metrics_sample(out, "llc_canaries_left_out", NULL,
                       n > EXPOSITION_CANARIES_MAX ? (double)n : 0);
}

static const struct exposed *expose(const struct store *store, struct arena *arena, size_t *ret_n) {
        size_t n = store_count(store), cursor = 0, i = 0;
        struct exposed *exposed = ARENA_NEW_ARRAY(arena, struct exposed, n + 1);
        const struct object *object;

        while (store_next(store, &cursor, &object)) {
                STRBUF_CLEANUP struct strbuf labels = STRBUF_INIT(LABELS_MAX);

                metrics_label(&labels, "namespace", object->meta->namespace_);
                metrics_label(&labels, "name", object->meta->name);
                exposed[i].llc = object->value;
                exposed[i++].labels = arena_copy(arena, strbuf_bytes(&labels));
        }
        *ret_n = n;
        return exposed;
}

void exposition_canaries(const struct controller *controller, struct strbuf *out) {
        const struct store *store = controller->stores[CACHE_LLCS];
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        const struct exposed *exposed = NULL;
        size_t n = 0;

        write_totals(store, out);
        if (store_count(store) <= EXPOSITION_CANARIES_MAX)
                exposed = expose(store, &arena, &n);
        write_info(exposed, n, out);
        write_conditions(exposed, n, out);
        write_metrics(exposed, n, out);
}
