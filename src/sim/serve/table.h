/*
 * Objects as a table, as kubectl get shows them (meta.k8s.io/v1, Table).
 */
#pragma once

#include "kinds/kind.h"
#include "llc/base/strbuf.h"
#include "serve/target.h"
#include "verbs/refusal.h"

/* What of its object a row carries: the option includeObject. */
enum table_include { INCLUDE_METADATA, INCLUDE_OBJECT, INCLUDE_NONE };

int table_include(const struct target *target, enum table_include *ret_include,
                  struct refusal *refusal);

/* Appends a table's beginning up to its metadata, of a single object. */
void table_head(struct bytes object, struct strbuf *out);
/* Appends columnDefinitions' value. */
void table_columns(const struct kind *kind, struct strbuf *out);
/* Appends a row. */
void table_row(const struct kind *kind, struct bytes object, enum table_include include,
               int64_t now_ms, struct strbuf *out);

/* "*core.PodList": what the server's own language calls it, in some of its messages. */
const char *table_go_type(const struct kind *kind, const char *name, struct arena *arena);
