/*
 * What kubectl asks first: which groups, versions and resources there are, and their schemas.
 * All bodies are new trees, for the caller to free.
 */
#pragma once

#include "kinds/kind.h"

struct json *discovery_versions(void);                                      /* GET /api */
struct json *discovery_groups(const struct kinds *kinds);                   /* GET /apis */
struct json *discovery_group(const struct kinds *kinds, const char *group); /* or NULL */
/* GET /api/v1, /apis/GROUP/VERSION; NULL when there is no such group and version. */
struct json *discovery_resources(const struct kinds *kinds, const char *group, const char *version);
/* apidiscovery.k8s.io/v2 APIGroupDiscoveryList; core: of /api, otherwise of /apis. */
struct json *discovery_aggregated(const struct kinds *kinds, bool core);
struct json *discovery_version(void); /* GET /version */

struct json *openapi_index(const struct kinds *kinds); /* GET /openapi/v3 */
/* GET /openapi/v3/api/v1, /openapi/v3/apis/GROUP/VERSION; NULL = none such. */
struct json *openapi_document(const struct kinds *kinds, const char *group, const char *version);
