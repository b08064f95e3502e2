/*
 * What a plain YAML scalar means.
 *
 * As in kubectl (go-yaml 2 in sigs.k8s.io/yaml), where YAML 1.1 and 1.2 differ: yes, on and y are
 * true, 0644 is octal, 1_000 is a number, dates are strings.
 */
#pragma once

#include <stdbool.h>

#include "llc/base/bytes.h"
#include "llc/base/err.h"
#include "llc/base/json.h"

/*
 * Makes the value of a plain scalar. ERR_INVALID for what JSON cannot say: .inf, .nan, integers
 * beyond 64 bits.
 */
int yaml_scalar_resolve(struct bytes text, struct json **ret_json, struct err *err);

/* Would any YAML reader in use (1.1 or 1.2) take the plain scalar for something but a string? */
bool yaml_scalar_needs_quotes(struct bytes text);
