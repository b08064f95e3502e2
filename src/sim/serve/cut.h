/*
 * Parts of a record's text, found without parsing it: a list or a watch of thousands takes from each
 * object what its answer needs. The text is compact and valid: we wrote it.
 */
#pragma once

#include "llc/base/arena.h"
#include "llc/base/bytes.h"
#include "llc/base/strbuf.h"

/* The text of a member's value, borrowed; {NULL, 0} when there is none, or text is no object. */
struct bytes cut_member(struct bytes text, const char *name);
/* The same along a path of names, "spec.nodeName". */
struct bytes cut_path(struct bytes text, const char *path);
/* What a value says: a string's content, the text of a number or a word; "" for {NULL, 0}, null,
 * arrays and objects. In the arena. */
const char *cut_scalar(struct bytes value, struct arena *arena);
/* Appends the object without its apiVersion and kind. */
void cut_untyped(struct bytes object, struct strbuf *out);
/* Appends the object with another metadata.resourceVersion. */
void cut_versioned(struct bytes object, const char *resource_version, struct strbuf *out);
/* Appends the object's PartialObjectMetadata. */
void cut_metadata(struct bytes object, struct strbuf *out);
