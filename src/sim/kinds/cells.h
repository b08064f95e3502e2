/*
 * The cells of a table's row, appended one by one.
 */
#pragma once

#include <stdint.h>

#include "llc/base/json.h"

void cells_text(struct json *cells, const char *text);
void cells_printf(struct json *cells, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void cells_int(struct json *cells, int64_t value);
/* metadata.name */
void cells_name(const struct json *object, struct json *cells);
/* Since metadata.creationTimestamp. */
void cells_age(const struct json *object, int64_t now_ms, struct json *cells);
/* metadata.creationTimestamp as it is, for tables that have no age. */
void cells_created(const struct json *object, struct json *cells);
/* The text, or otherwise when it is empty. */
void cells_text_or(struct json *cells, const char *text, const char *otherwise);
/* A metav1.LabelSelector as kubectl writes it: "a=b,c in (d,e),!f"; "<none>" when there is none. */
void cells_selector(const struct json *label_selector, struct json *cells);
/* A map of labels: "a=b,c=d"; "<none>" when there are none. */
void cells_labels(const struct json *labels, struct json *cells);
