/*
 * What a write must hold to before it is committed: versions, validity, admission. Private to
 * sim/verbs.
 */
#pragma once

#include "verbs/commit.h"

/* 409 when the object says another resourceVersion, 422 when it must say one and does not. */
int checks_version(const struct write *write, const struct record *record, const struct json *tree);
/* 409 when a body's metadata.uid is not uid. */
int checks_uid(const struct write *write, const struct json *tree, const char *uid);
/* Metadata, schema, scale and the kind's own checks; 400 or 422. before as for schema_validate. */
int checks_valid(const struct write *write, const struct json *tree, const struct json *before);
/* 403, 501: what is valid but not let in. */
int checks_admission(const struct write *write, const struct json *tree, const struct json *before);
/* May a PUT make an object of this kind? */
bool checks_put_creates(const struct kind *kind);
