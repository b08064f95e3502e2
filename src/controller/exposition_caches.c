/*
 * What is counted of each watched resource, over all namespaces.
 */
#include "exposition.h"

#include "caches.h"
#include "llc/runtime/metrics.h"

enum { LABELS_MAX = 256 };

/* One sample a cache: the sum, or the worst, of its informers. */
struct cache_metric {
        const char *name, *type, *help;
        double (*value)(const struct informer *informer);
};

static double lists(const struct informer *informer) {
        return (double)informer_counters(informer)->lists;
}

static double watches(const struct informer *informer) {
        return (double)informer_counters(informer)->watches;
}

static double events(const struct informer *informer) {
        return (double)informer_counters(informer)->events;
}

static double unreadable(const struct informer *informer) {
        return (double)informer_counters(informer)->unreadable;
}

static double errors(const struct informer *informer) {
        return (double)informer_counters(informer)->errors;
}

static double consistency_lists(const struct informer *informer) {
        return (double)informer_counters(informer)->consistency_lists;
}

static double drift(const struct informer *informer) {
        return (double)informer_counters(informer)->drift;
}

static double not_watching(const struct informer *informer) {
        return informer_state(informer) != INFORMER_WATCHING;
}

static double kind_missing(const struct informer *informer) {
        return informer_no_kind(informer);
}

static const struct cache_metric metrics[] = {
        { "llc_cache_lists_total", "counter", "Complete lists of a resource.", lists },
        { "llc_cache_watches_total", "counter", "Watches begun on a resource.", watches },
        { "llc_cache_events_total", "counter", "Watch events of a resource.", events },
        { "llc_cache_unreadable_total", "counter", "Objects of a resource that could not be read.",
          unreadable },
        { "llc_cache_errors_total", "counter", "Lists and watches of a resource that failed.",
          errors },
        { "llc_cache_consistency_lists_total", "counter",
          "Comparisons of a cache with what the API server has.", consistency_lists },
        { "llc_cache_drift_total", "counter",
          "Objects of a cache found out of step in a comparison, and put right by a list.", drift },
        { "llc_cache_not_watching", "gauge",
          "Namespaces, or 1 for all, of which a resource is not being watched now.", not_watching },
        { "llc_cache_kind_missing", "gauge",
          "Namespaces, or 1 for all, for which the API server says that there is no such resource.",
          kind_missing },
};

static double sum(const struct controller *controller, int cache,
                  double (*value)(const struct informer *informer)) {
        double sum = 0;

        for (size_t i = 0; i < controller->n_scopes; i++)
                sum += value(controller->informers[cache][i]);
        return sum;
}

/* cause NULL = none */
static void sample(struct strbuf *out, const char *name, int cache, const char *cause,
                   double value) {
        STRBUF_CLEANUP struct strbuf labels = STRBUF_INIT(LABELS_MAX);

        metrics_label(&labels, "resource", cache_name((enum controller_cache)cache));
        if (cause)
                metrics_label(&labels, "cause", cause);
        metrics_sample(out, name, strbuf_str(&labels), value);
}

static void write_relists(const struct controller *controller, struct strbuf *out) {
        metrics_family(out, "llc_cache_relists_total", "counter",
                       "Lists of a resource that had to be begun anew, by cause.");
        for (int cache = 0; cache < CACHES; cache++)
                for (int cause = 0; cause < INFORMER_RELISTS; cause++) {
                        double n = 0;

                        for (size_t i = 0; i < controller->n_scopes; i++)
                                n += (double)informer_counters(controller->informers[cache][i])
                                             ->relists[cause];
                        sample(out, "llc_cache_relists_total", cache,
                               informer_relist_name((enum informer_relist)cause), n);
                }
}

static double rewatches_ended(const struct informer *informer) {
        return (double)informer_counters(informer)->rewatches_ended;
}

static double rewatches_failed(const struct informer *informer) {
        return (double)informer_counters(informer)->rewatches_failed;
}

static void write_rewatches(const struct controller *controller, struct strbuf *out) {
        metrics_family(out, "llc_cache_watch_restarts_total", "counter",
                       "Watches of a resource begun where one had ended in time, or had failed.");
        for (int cache = 0; cache < CACHES; cache++) {
                sample(out, "llc_cache_watch_restarts_total", cache, "ended",
                       sum(controller, cache, rewatches_ended));
                sample(out, "llc_cache_watch_restarts_total", cache, "failed",
                       sum(controller, cache, rewatches_failed));
        }
}

void exposition_caches(const struct controller *controller, struct strbuf *out) {
        metrics_family(out, "llc_cache_objects", "gauge", "Objects in the cache of a resource.");
        for (int cache = 0; cache < CACHES; cache++)
                sample(out, "llc_cache_objects", cache, NULL,
                       (double)store_count(controller->stores[cache]));
        for (size_t m = 0; m < sizeof(metrics) / sizeof(metrics[0]); m++) {
                metrics_family(out, metrics[m].name, metrics[m].type, metrics[m].help);
                for (int cache = 0; cache < CACHES; cache++)
                        sample(out, metrics[m].name, cache, NULL,
                               sum(controller, cache, metrics[m].value));
        }
        write_relists(controller, out);
        write_rewatches(controller, out);
}
