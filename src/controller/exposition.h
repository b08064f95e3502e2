/*
 * What /metrics says, in the text format of Prometheus; docs/metrics.md tells what each is for.
 *
 * Everything is made anew from its owner, so that a series goes with what it is about. A scrape of
 * EXPOSITION_CANARIES_MAX canaries takes about 10 ms of the loop and 3 MiB.
 */
#pragma once

#include "controller.h"
#include "llc/base/strbuf.h"

/* With more canaries than this none has series of its own; the totals by phase remain. */
enum { EXPOSITION_CANARIES_MAX = 2000 };

void exposition_write(const struct controller *controller, struct strbuf *out);

/* Parts of it. */
void exposition_caches(const struct controller *controller, struct strbuf *out);
void exposition_canaries(const struct controller *controller, struct strbuf *out);
