/*
 * Members that a JSON text has twice: of those with one name the last counts, and the API server
 * says so. A tree does not remember them.
 */
#pragma once

#include "llc/base/bytes.h"
#include "schema/field_error.h"

/* text was parsed: it is valid, and not too deep. Paths: "data.k", "spec.ports[0].name". */
void duplicates_find(struct bytes text, struct strings *ret_duplicates);
