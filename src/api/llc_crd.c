#include <stddef.h>

#include "llc/api/llc.h"
#include "llc/api/resource.h"
#include "llc/base/json.h"

struct column {
        const char *name, *type, *path;
        const char *doc;
        int priority; /* 1 = only with -o wide */
};

static const struct column columns[] = {
        { "Rollout", "string", ".spec.rolloutRef.name", "The Rollout it runs beside.", 0 },
        { "Phase", "string", ".status.phase", "Summary of the conditions.", 0 },
        { "Ready", "string", ".status.ready", "Ready pods of those asked for.", 0 },
        { "Hash", "string", ".status.podTemplateHash", "Pod template hash of all its pods.", 0 },
        { "Age", "date", ".metadata.creationTimestamp", "Time since it was created.", 0 },
        { "Image", "string", ".status.image", "Images in place of the Rollout's.", 1 },
        { "Share", "integer", ".status.traffic.sharePercent",
          "Its ready pods in traffic, in percent of those and the Rollout's.", 1 },
        { "Owner", "string", ".spec.owner", "Who to ask about it.", 1 },
        { "Reason", "string", ".status.conditions[?(@.type==\"Ready\")].reason",
          "Why it is ready or not.", 1 },
};

static struct json *strings(const char *one) {
        struct json *array = json_new_array();

        json_append(array, json_new_string(bytes_of(one)));
        return array;
}

static struct json *crd_names(void) {
        struct json *names = json_new_object();

        json_set_str(names, "kind", RESOURCE_LLC.kind);
        json_set_str(names, "listKind", LLC_KIND "List");
        json_set_str(names, "plural", RESOURCE_LLC.plural);
        json_set_str(names, "singular", "longlivedcanary");
        json_set(names, "shortNames", strings("llc"));
        json_set(names, "categories", strings("all"));
        return names;
}

static struct json *crd_columns(void) {
        struct json *array = json_new_array();

        for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
                struct json *column = json_new_object();

                json_set_str(column, "name", columns[i].name);
                json_set_str(column, "type", columns[i].type);
                json_set_str(column, "jsonPath", columns[i].path);
                json_set_str(column, "description", columns[i].doc);
                if (columns[i].priority)
                        json_set_int(column, "priority", columns[i].priority);
                json_append(array, column);
        }
        return array;
}

/*
 * A disruption budget with a percentage or maxUnavailable reads the scale of a pod's controller;
 * without it, budgets that cover the canary cover nothing. No labelSelectorPath: with it, an
 * autoscaler on the canary would make the Rollout's own ambiguous.
 */
static struct json *crd_subresources(void) {
        struct json *subresources = json_new_object();
        struct json *scale;

        json_set(subresources, "status", json_new_object());
        scale = json_object_at(subresources, "scale");
        json_set_str(scale, "specReplicasPath", ".spec.replicas");
        json_set_str(scale, "statusReplicasPath", ".status.replicas");
        return subresources;
}

/* Adds a described string; what every object has and no table of ours reads. */
static void set_string_schema(struct json *properties, const char *key, const char *doc) {
        struct json *schema = json_object_at(properties, key);

        json_set_str(schema, "description", doc);
        json_set_str(schema, "type", "string");
}

/* Of metadata, the API server lets a schema restrict the name only. */
static void set_metadata_schema(struct json *properties) {
        struct json *metadata = json_object_at(properties, "metadata");
        struct json *names;

        json_set_str(metadata, "type", "object");
        names = json_object_at(metadata, "properties");
        set_string_schema(names, "name",
                          "Name of the canary; short, because the names of its pods begin with "
                          "it.");
        json_set_int(json_get_mut(names, "name"), "maxLength", LLC_NAME_MAX);
}

/* The table's schema below what every object has. */
static struct json *crd_schema(void) {
        struct json *schema = desc_schema(&llc_type);
        struct json *properties = json_new_object();
        const struct json *value;
        const char *key;
        void *cursor = NULL;

        set_string_schema(properties, "apiVersion", "Always " LLC_API_VERSION ".");
        set_string_schema(properties, "kind", "Always " LLC_KIND ".");
        set_metadata_schema(properties);
        while (json_next(json_get(schema, "properties"), &cursor, &key, &value))
                json_set(properties, key, json_clone(value));
        json_set(schema, "properties", properties);
        return schema;
}

static struct json *crd_version(void) {
        struct json *version = json_new_object();

        json_set_str(version, "name", RESOURCE_LLC.version);
        json_set_bool(version, "served", true);
        json_set_bool(version, "storage", true);
        json_set(version, "subresources", crd_subresources());
        json_set(version, "additionalPrinterColumns", crd_columns());
        json_set(json_object_at(version, "schema"), "openAPIV3Schema", crd_schema());
        return version;
}

struct json *llc_crd(void) {
        struct json *crd = json_new_object();
        struct json *spec;
        struct json *versions = json_new_array();

        json_set_str(crd, "apiVersion", "apiextensions.k8s.io/v1");
        json_set_str(crd, "kind", "CustomResourceDefinition");
        json_set_str(json_object_at(crd, "metadata"), "name", "longlivedcanaries.argo-canary.dev");
        spec = json_object_at(crd, "spec");
        json_set_str(spec, "group", RESOURCE_LLC.group);
        json_set_str(spec, "scope", "Namespaced");
        json_set(spec, "names", crd_names());
        json_append(versions, crd_version());
        json_set(spec, "versions", versions);
        return crd;
}
