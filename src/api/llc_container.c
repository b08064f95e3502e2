/* What a canary changes in one container, in the shapes of core/v1. */
#include "llc/api/llc.h"

#include "table.h"

enum {
        NAME_LENGTH_MAX = 253,
        WORDS_MAX = 256, /* of a command, or its arguments */
        WORD_LENGTH_MAX = 32768,
        ENV_VALUE_MAX = 32768,
        ENV_FROM_MAX = 64,
        RESOURCES_MAX = 32,
        QUANTITY_MAX = 64,
};

/* A resource.Quantity; none of ours is negative. */
static const struct desc_rule quantity_rules[] = {
        { .rule = "type(self) == int || self.matches('^[+]?([0-9]+([.][0-9]*)?|[.][0-9]+)"
                  "([KMGTPE]i|[numkMGTPE]|[eE][-+]?[0-9]+)?$')",
          .message = "a quantity is a number from 0, with or without a unit such as m, k, M, G, "
                     "Ki, Mi or "
                     "Gi, without a space: 500m, 1.5, 2Gi" },
};

static const struct desc_rule env_name_rules[] = {
        { .rule = "self.matches('^[ -<>-~]*$')",
          .message = "the name of a variable is of printable ASCII characters without \"=\"" },
};

/* llc_env_source */

/* clang-format off */
#define KEY_REF_ROWS(of)                                                                           \
        ROW_STR(llc_key_ref, name, "name", .flags = FIELD_REQUIRED, .min = 1,                      \
                .max = NAME_LENGTH_MAX,                                                            \
                .doc = "Name of the " of " in the namespace of the canary."),                      \
        ROW_STR(llc_key_ref, key, "key", .flags = FIELD_REQUIRED, .min = 1,                        \
                .max = NAME_LENGTH_MAX, .doc = "Key of the value in the " of "."),                 \
        ROW_BOOL(llc_key_ref, optional, "optional", TABLE_PRESENT(llc_key_ref, optional),          \
                 .doc = "Whether the container starts without the variable while the " of " or "   \
                        "the key is missing. Otherwise, as by default, it waits.")
/* clang-format on */

static const struct field llc_config_map_key_ref_fields[] = { KEY_REF_ROWS("ConfigMap") };
static const struct field llc_secret_key_ref_fields[] = { KEY_REF_ROWS("Secret") };

static const struct type llc_config_map_key_ref_type =
        TABLE_TYPE(llc_key_ref, llc_config_map_key_ref_fields);
static const struct type llc_secret_key_ref_type =
        TABLE_TYPE(llc_key_ref, llc_secret_key_ref_fields);

static const struct field llc_field_ref_fields[] = {
        ROW_STR(llc_field_ref, api_version, "apiVersion", .min = 1, .max = 64,
                .doc = "API version that fieldPath is written in; v1 when absent."),
        ROW_STR(llc_field_ref, field_path, "fieldPath", .flags = FIELD_REQUIRED, .min = 1,
                .max = 1024,
                .doc = "Path of the pod's field, such as metadata.name, metadata.labels['app'], "
                       "spec.nodeName or status.podIP."),
};

static const struct type llc_field_ref_type = TABLE_TYPE(llc_field_ref, llc_field_ref_fields);

static const struct field llc_resource_field_ref_fields[] = {
        ROW_STR(llc_resource_field_ref, container_name, "containerName", .min = 1, .max = 63,
                .doc = "Container whose resource is meant; this one when absent."),
        ROW_STR(llc_resource_field_ref, resource, "resource", .flags = FIELD_REQUIRED, .min = 1,
                .max = NAME_LENGTH_MAX,
                .doc = "The resource, such as limits.cpu or requests.memory."),
        ROW_STR(llc_resource_field_ref, divisor, "divisor", .flags = FIELD_INT_OR_STRING,
                .max = QUANTITY_MAX, TABLE_RULES(quantity_rules),
                .doc = "Unit that the value is counted in, rounded up, such as 1m or 1Mi; 1 when "
                       "absent."),
};

static const struct type llc_resource_field_ref_type =
        TABLE_TYPE(llc_resource_field_ref, llc_resource_field_ref_fields);

static const struct field llc_env_source_fields[] = {
        ROW_OBJ_AS(llc_env_source, config_map_key_ref, "configMapKeyRef", llc_key_ref,
                   llc_config_map_key_ref_type, .doc = "A key of a ConfigMap."),
        ROW_OBJ_AS(llc_env_source, secret_key_ref, "secretKeyRef", llc_key_ref,
                   llc_secret_key_ref_type, .doc = "A key of a Secret."),
        ROW_OBJ(llc_env_source, field_ref, "fieldRef", llc_field_ref,
                .doc = "A field of the canary pod."),
        ROW_OBJ(llc_env_source, resource_field_ref, "resourceFieldRef", llc_resource_field_ref,
                .doc = "A resource limit or request of a container of the canary pod."),
};

static const struct desc_rule env_source_rules[] = {
        { .rule = "[has(self.configMapKeyRef), has(self.secretKeyRef), has(self.fieldRef), "
                  "has(self.resourceFieldRef)].exists_one(there, there)",
          .message = "set exactly one of configMapKeyRef, secretKeyRef, fieldRef and "
                     "resourceFieldRef" },
};

static const struct type llc_env_source_type =
        TABLE_TYPE(llc_env_source, llc_env_source_fields, TABLE_RULES(env_source_rules));

/* llc_env */

static const struct field llc_env_fields[] = {
        ROW_STR(llc_env, name, "name", .flags = FIELD_REQUIRED, .min = 1, .max = NAME_LENGTH_MAX,
                TABLE_RULES(env_name_rules), .doc = "Name of the variable."),
        ROW_STR(llc_env, value, "value", .max = ENV_VALUE_MAX,
                .doc = "Its value. $(NAME) stands for a variable that is defined before, $$ for a "
                       "dollar sign. With neither value nor valueFrom the template's variable "
                       "stays as it is; a new one is empty."),
        ROW_OBJ(llc_env, value_from, "valueFrom", llc_env_source,
                .doc = "Where its value comes from, in place of value."),
};

static const struct desc_rule env_rules[] = {
        { .rule = "!has(self.value) || !has(self.valueFrom)",
          .message = "set value or valueFrom, not both",
          .field_path = ".valueFrom" },
};

static const struct type llc_env_type =
        TABLE_TYPE(llc_env, llc_env_fields, TABLE_RULES(env_rules), .doc = "One variable.");

/* llc_env_from */

/* clang-format off */
#define ENV_FROM_REF_ROWS(of)                                                                      \
        ROW_STR(llc_env_from_ref, name, "name", .flags = FIELD_REQUIRED, .min = 1,                 \
                .max = NAME_LENGTH_MAX,                                                            \
                .doc = "Name of the " of " in the namespace of the canary."),                      \
        ROW_BOOL(llc_env_from_ref, optional, "optional",                                           \
                 TABLE_PRESENT(llc_env_from_ref, optional),                                        \
                 .doc = "Whether the container starts without the variables while the " of " is "  \
                        "missing. Otherwise, as by default, it waits.")
/* clang-format on */

static const struct field llc_config_map_env_fields[] = { ENV_FROM_REF_ROWS("ConfigMap") };
static const struct field llc_secret_env_fields[] = { ENV_FROM_REF_ROWS("Secret") };

static const struct type llc_config_map_env_type =
        TABLE_TYPE(llc_env_from_ref, llc_config_map_env_fields);
static const struct type llc_secret_env_type = TABLE_TYPE(llc_env_from_ref, llc_secret_env_fields);

static const struct field llc_env_from_fields[] = {
        ROW_STR(llc_env_from, prefix, "prefix", .max = NAME_LENGTH_MAX, TABLE_RULES(env_name_rules),
                .doc = "Put before each name; nothing when absent."),
        ROW_OBJ_AS(llc_env_from, config_map_ref, "configMapRef", llc_env_from_ref,
                   llc_config_map_env_type, .doc = "A ConfigMap, all of whose keys are variables."),
        ROW_OBJ_AS(llc_env_from, secret_ref, "secretRef", llc_env_from_ref, llc_secret_env_type,
                   .doc = "A Secret, all of whose keys are variables."),
};

static const struct desc_rule env_from_rules[] = {
        { .rule = "has(self.configMapRef) != has(self.secretRef)",
          .message = "set exactly one of configMapRef and secretRef" },
};

static const struct type llc_env_from_type =
        TABLE_TYPE(llc_env_from, llc_env_from_fields, TABLE_RULES(env_from_rules),
                   .doc = "Many variables.");

/* llc_resources */

static const struct field llc_resources_fields[] = {
        ROW_STR_MAP(llc_resources, limits, "limits", .flags = FIELD_INT_OR_STRING,
                    .max = RESOURCES_MAX, .item_min = 1, .item_max = QUANTITY_MAX,
                    TABLE_ITEM_RULES(quantity_rules),
                    .doc = "The most of a resource that the container may use, by the name of the "
                           "resource, such as memory: 1Gi. Resources that are not named keep the "
                           "template's limit."),
        ROW_STR_MAP(llc_resources, requests, "requests", .flags = FIELD_INT_OR_STRING,
                    .max = RESOURCES_MAX, .item_min = 1, .item_max = QUANTITY_MAX,
                    TABLE_ITEM_RULES(quantity_rules),
                    .doc = "How much of a resource the node must have free, by the name of the "
                           "resource, such as cpu: 500m. Resources that are not named keep the "
                           "template's request. No request may be above its limit."),
};

static const struct desc_rule resources_rules[] = {
        { .rule = "(has(self.limits) && size(self.limits) > 0) || "
                  "(has(self.requests) && size(self.requests) > 0)",
          .message = "set limits or requests" },
};

static const struct type llc_resources_type =
        TABLE_TYPE(llc_resources, llc_resources_fields, TABLE_RULES(resources_rules));

/* llc_container */

static const char *const pull_policies[] = { "Always", "IfNotPresent", "Never", NULL };

static const struct field llc_container_fields[] = {
        ROW_STR(llc_container, name, "name", .flags = FIELD_REQUIRED, .min = 1, .max = 63,
                .pattern = "^" TABLE_DNS_LABEL "$",
                .doc = "Name of a container or init container of the Rollout's pod template; it "
                       "must be there."),
        ROW_STR(llc_container, image, "image", .min = 1, .max = LLC_IMAGE_MAX,
                .pattern = TABLE_IMAGE,
                .doc = "Image that the canary runs in this container instead of the Rollout's."),
        ROW_STR(llc_container, image_pull_policy, "imagePullPolicy", .names = pull_policies,
                .doc = "When the node pulls the image: Always, IfNotPresent or Never. As in the "
                       "template when absent."),
        ROW_STR_LIST(llc_container, command, "command", .flags = FIELD_MAY_BE_EMPTY,
                     .max = WORDS_MAX, .item_max = WORD_LENGTH_MAX,
                     .doc = "Entry point in place of the template's; [] takes the template's away, "
                            "so that the image's own runs. As in the template when absent."),
        ROW_STR_LIST(llc_container, args, "args", .flags = FIELD_MAY_BE_EMPTY, .max = WORDS_MAX,
                     .item_max = WORD_LENGTH_MAX,
                     .doc = "Arguments of the entry point in place of the template's; [] takes the "
                            "template's away. As in the template when absent."),
        ROW_LIST(llc_container, env, "env", llc_env, .flags = FIELD_MAP_LIST, .list_key = "name",
                 .max = LLC_ENV_MAX,
                 .doc = "Environment variables that the canary sets in this container, merged by "
                        "name as kubectl patch does: one that the template has keeps its place; a "
                        "new one comes before those of the template that are not named ahead of "
                        "it here, so name a variable first to use it in $(NAME). The template's "
                        "others stay."),
        ROW_LIST(llc_container, env_from, "envFrom", llc_env_from, .flags = FIELD_MAY_BE_EMPTY,
                 .max = ENV_FROM_MAX,
                 .doc = "ConfigMaps and Secrets whose keys are variables, in place of all that the "
                        "template names; [] takes the template's away. Of a name that comes "
                        "twice, the last counts, and env counts more."),
        ROW_OBJ(llc_container, resources, "resources", llc_resources,
                .doc = "Limits and requests that the canary changes in this container."),
};

static const struct desc_rule container_rules[] = {
        { .rule = "has(self.image) || has(self.imagePullPolicy) || has(self.command) || "
                  "has(self.args) || (has(self.env) && size(self.env) > 0) || has(self.envFrom) "
                  "|| has(self.resources)",
          .message = "change something in the container: set image, imagePullPolicy, command, "
                     "args, env, envFrom or resources" },
};

const struct type llc_container_type =
        TABLE_TYPE(llc_container, llc_container_fields, TABLE_RULES(container_rules),
                   .doc = "What differs in one container of the pod.");
