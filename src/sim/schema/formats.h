/*
 * The formats of texts that the API server checks in custom resources
 * (k8s.io/apiextensions-apiserver/pkg/apiserver/validation/formats.go, kube-openapi's strfmt); others
 * mean nothing to it (k8s-short-name, new in 1.34, from 1.35 on). Of those it checks, llc-sim leaves out credit card and book numbers.
 */
#pragma once

#include <stdbool.h>

#include "llc/base/arena.h"
#include "llc/base/bytes.h"

struct format;

/* Does the API server check it? Dashes in a name do not matter. */
bool format_is_known(const char *name);
/* In the arena; NULL when llc-sim does not check it. */
const struct format *format_new(const char *name, struct arena *arena);
bool format_matches(const struct format *format, struct bytes text);
