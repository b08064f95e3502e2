/*
 * A struct kind is pointed to by watches and lists for as long as they like, so it never moves and
 * is never freed before the registry: a changed definition is read into the same struct, one that
 * went leaves a retired one behind, which no search finds.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "kinds/definition.h"
#include "kinds/definitions.h"
#include "kinds/hooks.h"
#include "kinds/names.h"
#include "kinds/plain.h"
#include "llc/sys/yaml.h"

struct entry {
        struct kind kind;
        struct arena arena;
        struct json *definition; /* what the kind was read from */
        char *name;              /* of the CustomResourceDefinition; NULL = built in */
        bool retired;
};

struct kinds {
        struct storage *storage;
        struct json *shared;  /* definitions by name */
        struct json *shipped; /* array of CustomResourceDefinitions */
        struct entry **entries;
        size_t n, cap;
};

static const struct {
        const char *group, *name;
        const struct kind_hooks *hooks;
} HOOKS[] = {
        { "", "ConfigMap", &CONFIG_MAP_HOOKS },
        { "", "Event", &EVENT_HOOKS },
        { "", "LimitRange", &LIMIT_RANGE_HOOKS },
        { "", "Namespace", &NAMESPACE_HOOKS },
        { "", "Node", &NODE_HOOKS },
        { "", "Pod", &POD_HOOKS },
        { "", "PodTemplate", &POD_TEMPLATE_HOOKS },
        { "", "ResourceQuota", &RESOURCE_QUOTA_HOOKS },
        { "", "Secret", &SECRET_HOOKS },
        { "", "Service", &SERVICE_HOOKS },
        { "", "ServiceAccount", &SERVICE_ACCOUNT_HOOKS },
        { "admissionregistration.k8s.io", "ValidatingAdmissionPolicy", &ADMISSION_POLICY_HOOKS },
        { "admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding",
          &ADMISSION_BINDING_HOOKS },
        { "apiextensions.k8s.io", "CustomResourceDefinition", &DEFINITION_HOOKS },
        { "apps", "Deployment", &DEPLOYMENT_HOOKS },
        { "apps", "ReplicaSet", &REPLICA_SET_HOOKS },
        { "coordination.k8s.io", "Lease", &LEASE_HOOKS },
        { "discovery.k8s.io", "EndpointSlice", &ENDPOINT_SLICE_HOOKS },
        { "events.k8s.io", "Event", &EVENT_VIEW_HOOKS },
        { "networking.k8s.io", "Ingress", &INGRESS_HOOKS },
        { "networking.k8s.io", "NetworkPolicy", &NETWORK_POLICY_HOOKS },
        { "policy", "PodDisruptionBudget", &BUDGET_HOOKS },
        { "rbac.authorization.k8s.io", "ClusterRole", &ROLE_HOOKS },
        { "rbac.authorization.k8s.io", "ClusterRoleBinding", &ROLE_BINDING_HOOKS },
        { "rbac.authorization.k8s.io", "Role", &ROLE_HOOKS },
        { "rbac.authorization.k8s.io", "RoleBinding", &ROLE_BINDING_HOOKS },
};

static const struct kind_hooks *hooks_of(const struct kind *kind) {
        for (size_t i = 0; i < sizeof(HOOKS) / sizeof(HOOKS[0]); i++)
                if (strcmp(HOOKS[i].group, kind->group) == 0 &&
                    strcmp(HOOKS[i].name, kind->name) == 0)
                        return HOOKS[i].hooks;
        return NULL;
}

static struct entry *entry_new(const char *name) {
        struct entry *entry = calloc(1, sizeof(*entry));

        if (!entry)
                abort();
        if (name && !(entry->name = strdup(name)))
                abort();
        return entry;
}

static void entry_free(struct entry *entry) {
        if (!entry)
                return;
        arena_deinit(&entry->arena);
        json_free(entry->definition);
        free(entry->name);
        free(entry);
}

/* Built-in ones keep the order of their files; the others follow, by group and name. */
static bool goes_before(const struct entry *a, const struct entry *b) {
        int order;

        if (!a->name || !b->name)
                return !a->name && b->name;
        order = strcmp(a->kind.group, b->kind.group);
        return order < 0 || (order == 0 && strcmp(a->kind.plural, b->kind.plural) < 0);
}

static void insert(struct kinds *kinds, struct entry *entry) {
        size_t at = kinds->n;

        if (kinds->n == kinds->cap) {
                kinds->cap = kinds->cap ? 2 * kinds->cap : 32;
                kinds->entries = realloc(kinds->entries, kinds->cap * sizeof(struct entry *));
                if (!kinds->entries)
                        abort();
        }
        while (at > 0 && goes_before(entry, kinds->entries[at - 1])) {
                kinds->entries[at] = kinds->entries[at - 1];
                at--;
        }
        kinds->entries[at] = entry;
        kinds->n++;
}

/* Events of events.k8s.io are those of the core group. */
static bool is_view(const struct kind *kind) {
        return strcmp(kind->group, "events.k8s.io") == 0;
}

/* Takes the description. */
static int add_builtin(struct kinds *kinds, struct json *description, struct err *err) {
        struct entry *entry = entry_new(NULL);

        entry->definition = description;
        if (definition_read(description, kinds->shared, true, &entry->arena, &entry->kind, err) <
            0) {
                entry_free(entry);
                return -1;
        }
        entry->kind.hooks = hooks_of(&entry->kind);
        entry->kind.kinds = kinds;
        if (!is_view(&entry->kind))
                entry->kind.objects = collection_new(kinds->storage, &entry->kind);
        insert(kinds, entry);
        return 0;
}

/* The references in its schema are to definitions that only the program has. */
static void inline_references(const struct kinds *kinds, struct json *definition) {
        struct json *versions = json_get_mut(json_get_mut(definition, "spec"), "versions");

        for (size_t i = 0; i < json_length(versions); i++) {
                struct json *schema = json_get_mut(json_at_mut(versions, i), "schema");

                json_set(schema, "openAPIV3Schema",
                         plain_schema(json_get(schema, "openAPIV3Schema"), kinds->shared));
        }
}

/* Takes the document: a definition, a kind that is built in, or schemas that others refer to. */
static int load(struct kinds *kinds, struct json *document, struct err *err) {
        const struct json *value;
        void *cursor = NULL;
        const char *name;

        if (strcmp(json_text_at(document, "kind"), "CustomResourceDefinition") == 0) {
                inline_references(kinds, document);
                json_append(kinds->shipped, document);
                return kinds_define(kinds, document, err);
        }
        if (json_has(document, "versions"))
                return add_builtin(kinds, document, err);
        while (json_next(document, &cursor, &name, &value))
                json_set(kinds->shared, name, json_clone(value));
        json_free(document);
        return 0;
}

static int load_file(struct kinds *kinds, const struct definition_file *file, struct err *err) {
        struct json *documents JSON_CLEANUP = NULL;

        if (yaml_parse_all((struct bytes){ file->text, file->len }, &documents, err) < 0)
                return err_wrap(err, "definitions/%s.yaml", file->name);
        for (size_t i = 0; i < json_length(documents); i++)
                if (load(kinds, json_take_at(documents, i), err) < 0)
                        return err_wrap(err, "definitions/%s.yaml", file->name);
        return 0;
}

/* What is stored as another kind has that one's objects. */
static void join_views(struct kinds *kinds) {
        struct kind *events = NULL, *view = NULL;

        for (size_t i = 0; i < kinds->n; i++) {
                struct kind *kind = &kinds->entries[i]->kind;

                if (strcmp(kind->plural, "events") == 0)
                        *(is_view(kind) ? &view : &events) = kind;
        }
        assert(events && view);
        view->stored_as = events;
        view->objects = events->objects;
}

int kinds_new(struct storage *storage, struct kinds **ret_kinds, struct err *err) {
        struct kinds *kinds = calloc(1, sizeof(*kinds));

        if (!kinds)
                abort();
        kinds->storage = storage;
        kinds->shared = json_new_object();
        kinds->shipped = json_new_array();
        for (const struct definition_file *file = DEFINITION_FILES; file->name; file++)
                if (load_file(kinds, file, err) < 0) {
                        kinds_free(kinds);
                        return -1;
                }
        join_views(kinds);
        *ret_kinds = kinds;
        return 0;
}

void kinds_free(struct kinds *kinds) {
        if (!kinds)
                return;
        for (size_t i = 0; i < kinds->n; i++)
                entry_free(kinds->entries[i]);
        free(kinds->entries);
        json_free(kinds->shared);
        json_free(kinds->shipped);
        free(kinds);
}

const struct kind *kinds_find(const struct kinds *kinds, const char *group, const char *version,
                              const char *plural) {
        for (size_t i = 0; i < kinds->n; i++) {
                const struct kind *kind = &kinds->entries[i]->kind;

                if (!kinds->entries[i]->retired && strcmp(kind->plural, plural) == 0 &&
                    strcmp(kind->group, group) == 0 &&
                    (!version || strcmp(kind->version, version) == 0))
                        return kind;
        }
        return NULL;
}

const struct kind *kinds_find_name(const struct kinds *kinds, const char *api_version,
                                   const char *name) {
        const char *slash = strchr(api_version, '/');
        struct bytes group = { api_version, slash ? (size_t)(slash - api_version) : 0 };
        const char *version = slash ? slash + 1 : api_version;

        for (size_t i = 0; i < kinds->n; i++) {
                const struct kind *kind = &kinds->entries[i]->kind;

                if (!kinds->entries[i]->retired && strcmp(kind->name, name) == 0 &&
                    bytes_is(group, kind->group) && strcmp(kind->version, version) == 0)
                        return kind;
        }
        return NULL;
}

bool kinds_has_group(const struct kinds *kinds, const char *group, const char *version) {
        for (size_t i = 0; i < kinds->n; i++) {
                const struct kind *kind = &kinds->entries[i]->kind;

                if (!kinds->entries[i]->retired && strcmp(kind->group, group) == 0 &&
                    (!version || strcmp(kind->version, version) == 0))
                        return true;
        }
        return false;
}

bool kinds_next(const struct kinds *kinds, size_t *cursor, const struct kind **ret_kind) {
        while (*cursor < kinds->n) {
                const struct entry *entry = kinds->entries[(*cursor)++];

                if (entry->retired)
                        continue;
                *ret_kind = &entry->kind;
                return true;
        }
        return false;
}

const struct json *kinds_shipped_definitions(const struct kinds *kinds) {
        return kinds->shipped;
}

static const char *name_of(const struct json *definition) {
        return json_as_string(json_get(json_get(definition, "metadata"), "name")).ptr;
}

static struct entry *entry_of_definition(const struct kinds *kinds, const char *name) {
        for (size_t i = 0; i < kinds->n; i++)
                if (!kinds->entries[i]->retired && text_equal(kinds->entries[i]->name, name))
                        return kinds->entries[i];
        return NULL;
}

/* An object's metadata has the same schema in all kinds; a definition may bound its names. */
static struct json *metadata_of(const struct json *properties) {
        static const char *const names[] = { "name", "generateName" };
        const struct json *said = json_get(json_get(properties, "metadata"), "properties");
        struct json *metadata = json_new_object();

        json_set_str(metadata, "$ref", "#/objectMeta");
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
                if (json_get(said, names[i]))
                        json_set(json_object_at(metadata, "properties"), names[i],
                                 json_clone(json_get(said, names[i])));
        return metadata;
}

static struct json *completed(const struct json *definition) {
        struct json *copy = json_clone(definition);
        struct json *versions = json_get_mut(json_get_mut(copy, "spec"), "versions");

        for (size_t i = 0; i < json_length(versions); i++) {
                struct json *schema = json_get_mut(json_at_mut(versions, i), "schema");
                struct json *root = json_get_mut(schema, "openAPIV3Schema"), *properties;

                if (!root)
                        continue;
                properties = json_object_at(root, "properties");
                json_set(properties, "metadata", metadata_of(properties));
        }
        return copy;
}

int kinds_define(struct kinds *kinds, const struct json *definition, struct err *err) {
        const char *name = name_of(definition);
        struct entry *entry = entry_of_definition(kinds, name), *fresh;
        bool is_new = !entry;
        struct collection *objects;

        if (is_new && names_conflict(kinds, name, json_get(definition, "spec")))
                return 0;
        fresh = entry_new(name);
        fresh->definition = completed(definition);
        if (definition_read(json_get(fresh->definition, "spec"), kinds->shared, false,
                            &fresh->arena, &fresh->kind, err) < 0) {
                entry_free(fresh);
                return -1;
        }
        fresh->kind.kinds = kinds;
        if (is_new) {
                fresh->kind.objects = collection_new(kinds->storage, &fresh->kind);
                insert(kinds, fresh);
                return 0;
        }
        objects = entry->kind.objects;
        arena_deinit(&entry->arena);
        json_free(entry->definition);
        entry->kind = fresh->kind;
        entry->kind.objects = objects;
        entry->arena = fresh->arena;
        entry->definition = fresh->definition;
        fresh->arena = ARENA_INIT;
        fresh->definition = NULL;
        entry_free(fresh);
        return 0;
}

void kinds_undefine(struct kinds *kinds, const char *definition_name) {
        struct entry *entry = entry_of_definition(kinds, definition_name);

        if (!entry)
                return;
        collection_retire(kinds->storage, entry->kind.objects);
        entry->retired = true;
}

bool kinds_next_of_group(const struct kinds *kinds, const char *group, const char *but,
                         size_t *cursor, const struct kind **ret_kind) {
        while (*cursor < kinds->n) {
                const struct entry *entry = kinds->entries[(*cursor)++];

                if (entry->retired || !entry->name || strcmp(entry->kind.group, group) != 0 ||
                    strcmp(entry->name, but) == 0)
                        continue;
                *ret_kind = &entry->kind;
                return true;
        }
        return false;
}
