/*
 * Schemas of the kinds that are built in, as a CustomResourceDefinition would have them.
 *
 * A real server's defaults for a pod are code that a custom resource with a pod's template in it
 * never meets: such a template comes back as it was written.
 */
#pragma once

#include "llc/base/json.h"

/*
 * A new tree: references to the definitions replaced by what they mean, without defaults, enums and
 * merge keys. x-llc-crd-default is a default that definitions made from the same Go types do have.
 */
struct json *plain_schema(const struct json *schema, const struct json *definitions);
