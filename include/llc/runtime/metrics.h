/*
 * Prometheus text exposition (format 0.0.4), written on demand from the counters' owners.
 */
#pragma once

#include "llc/base/histogram.h"
#include "llc/base/strbuf.h"

/*
 * Appends "# HELP" and "# TYPE" (counter, gauge, histogram): once per family, before its samples,
 * which follow without samples of other families between.
 */
void metrics_family(struct strbuf *out, const char *name, const char *type, const char *help);
/* labels: `code="200",verb="GET"` as metrics_label writes it, or NULL. Not escaped again. */
void metrics_sample(struct strbuf *out, const char *name, const char *labels, double value);
/* Appends one label, after a comma unless it is the first; the value is escaped here. */
void metrics_label(struct strbuf *labels, const char *name, const char *value);

/* Cumulates: each bucket has what is below it too. */
void metrics_histogram_write(struct strbuf *out, const char *name, const char *labels,
                             const struct histogram *histogram);
