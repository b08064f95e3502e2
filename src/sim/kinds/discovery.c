/*
 * Built-in groups come in the API server's order, which is kubectl's when it looks for a short name,
 * and definitions' groups follow by name. What the two sorts of kinds show differs in small ways (the
 * order of verbs, the group of a responseKind), and clients have been seen to compare.
 */
#include "kinds/discovery.h"

#include <stdlib.h>
#include <string.h>

#include "kinds/sha256.h"
#include "llc/base/strbuf.h"

enum { PARTS_MAX = 4, NAME_MAX_BYTES = 1024 };

/* A subresource. group, version NULL: those of the kind it belongs to. */
struct served_part {
        const char *name, *group, *version, *kind;
        const char *const *verbs;
};

/* What can be asked, but is not stored (sim/serve answers). */
struct review {
        const char *group, *plural, *singular, *kind;
        bool namespaced;
};

static const char *const BUILTIN_VERBS[] = { "create", "delete", "deletecollection",
                                             "get",    "list",   "patch",
                                             "update", "watch",  NULL };
static const char *const NAMESPACE_VERBS[] = { "create", "delete", "get",   "list",
                                               "patch",  "update", "watch", NULL };
static const char *const CUSTOM_VERBS[] = { "delete", "deletecollection", "get",   "list", "patch",
                                            "create", "update",           "watch", NULL };
static const char *const VIEW_VERBS[] = { "get", "patch", "update", NULL };
static const char *const CREATE[] = { "create", NULL };
static const char *const UPDATE[] = { "update", NULL };

static const struct review REVIEWS[] = {
        { "authentication.k8s.io", "selfsubjectreviews", "selfsubjectreview", "SelfSubjectReview",
          false },
        { "authentication.k8s.io", "tokenreviews", "tokenreview", "TokenReview", false },
        { "authorization.k8s.io", "localsubjectaccessreviews", "localsubjectaccessreview",
          "LocalSubjectAccessReview", true },
        { "authorization.k8s.io", "selfsubjectaccessreviews", "selfsubjectaccessreview",
          "SelfSubjectAccessReview", false },
        { "authorization.k8s.io", "selfsubjectrulesreviews", "selfsubjectrulesreview",
          "SelfSubjectRulesReview", false },
        { "authorization.k8s.io", "subjectaccessreviews", "subjectaccessreview",
          "SubjectAccessReview", false },
};

static const char *const GROUP_ORDER[] = {
        "apps",
        "events.k8s.io",
        "authentication.k8s.io",
        "authorization.k8s.io",
        "autoscaling",
        "batch",
        "networking.k8s.io",
        "policy",
        "rbac.authorization.k8s.io",
        "storage.k8s.io",
        "admissionregistration.k8s.io",
        "apiextensions.k8s.io",
        "scheduling.k8s.io",
        "coordination.k8s.io",
        "node.k8s.io",
        "discovery.k8s.io",
};

enum { N_REVIEWS = sizeof(REVIEWS) / sizeof(REVIEWS[0]) };
enum { N_ORDERED = sizeof(GROUP_ORDER) / sizeof(GROUP_ORDER[0]) };

/* A resource: of a kind, or (kind NULL) a review. */
struct entry {
        const char *group, *version, *plural;
        size_t rank; /* of its group */
        const struct kind *kind;
        const struct review *review;
};

struct entries {
        struct entry *items; /* by group, version and name */
        size_t n;
};

/* The core comes first, what is not listed last. */
static size_t rank_of(const char *group) {
        size_t rank = 0;

        if (group[0] == '\0')
                return 0;
        while (rank < N_ORDERED && strcmp(GROUP_ORDER[rank], group) != 0)
                rank++;
        return rank + 1;
}

static int entry_order(const void *a, const void *b) {
        const struct entry *one = a, *other = b;
        int order = (one->rank > other->rank) - (one->rank < other->rank);

        if (order == 0)
                order = strcmp(one->group, other->group);
        if (order == 0)
                order = strcmp(one->version, other->version);
        return order != 0 ? order : strcmp(one->plural, other->plural);
}

static struct entries entries_of(const struct kinds *kinds, struct arena *arena) {
        struct entries entries = { .n = N_REVIEWS };
        const struct kind *kind;
        size_t cursor = 0, at = 0;

        while (kinds_next(kinds, &cursor, &kind))
                entries.n++;
        entries.items = ARENA_NEW_ARRAY(arena, struct entry, entries.n);
        for (cursor = 0; kinds_next(kinds, &cursor, &kind); at++)
                entries.items[at] = (struct entry){ .group = kind->group,
                                                    .version = kind->version,
                                                    .plural = kind->plural,
                                                    .rank = rank_of(kind->group),
                                                    .kind = kind };
        for (size_t i = 0; i < N_REVIEWS; i++, at++)
                entries.items[at] = (struct entry){ .group = REVIEWS[i].group,
                                                    .version = "v1",
                                                    .plural = REVIEWS[i].plural,
                                                    .rank = rank_of(REVIEWS[i].group),
                                                    .review = &REVIEWS[i] };
        qsort(entries.items, entries.n, sizeof(entries.items[0]), entry_order);
        return entries;
}

static bool in_group(const struct entry *entry, const char *group) {
        return strcmp(entry->group, group) == 0;
}

/* Does the entry begin a version of its group? */
static bool begins_version(const struct entries *entries, size_t at) {
        const struct entry *entry = &entries->items[at];

        return at == 0 || !in_group(&entries->items[at - 1], entry->group) ||
               strcmp(entries->items[at - 1].version, entry->version) != 0;
}

static bool is_core(const struct kind *kind, const char *plural) {
        return kind->group[0] == '\0' && strcmp(kind->plural, plural) == 0;
}

/* In the order shown: built-in ones by name. */
static size_t parts_of(const struct kind *kind, struct served_part parts[static PARTS_MAX]) {
        struct served_part scale = { "scale", "autoscaling", "v1", "Scale", VIEW_VERBS };
        size_t n = 0;

        if (is_core(kind, "pods")) {
                parts[n++] = (struct served_part){ "binding", NULL, NULL, "Binding", CREATE };
                parts[n++] = (struct served_part){ "eviction", "policy", "v1", "Eviction", CREATE };
        }
        if (is_core(kind, "namespaces"))
                parts[n++] = (struct served_part){ "finalize", NULL, NULL, kind->name, UPDATE };
        if (kind->scale && kind->builtin)
                parts[n++] = scale;
        if (kind->has_status)
                parts[n++] = (struct served_part){ "status", NULL, NULL, kind->name, VIEW_VERBS };
        if (kind->scale && !kind->builtin)
                parts[n++] = scale;
        if (is_core(kind, "serviceaccounts"))
                parts[n++] = (struct served_part){ "token", "authentication.k8s.io", "v1",
                                                   "TokenRequest", CREATE };
        return n;
}

static const char *const *verbs_of(const struct kind *kind) {
        if (!kind->builtin)
                return CUSTOM_VERBS;
        return is_core(kind, "namespaces") ? NAMESPACE_VERBS : BUILTIN_VERBS;
}

/* Left out when there are none. */
static void set_texts(struct json *object, const char *key, const char *const *texts) {
        struct json *list;

        if (!texts || !texts[0])
                return;
        list = json_new_array();
        for (; *texts; texts++)
                json_append(list, json_new_string(bytes_of(*texts)));
        json_set(object, key, list);
}

static void set_group_version(struct json *object, const char *key, const char *group,
                              const char *version) {
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(NAME_MAX_BYTES);

        strbuf_printf(&text, "%s%s%s", group, group[0] != '\0' ? "/" : "", version);
        json_set_str(object, key, strbuf_str(&text));
}

/* Of how it is stored: 8 bytes of a hash, in base64. */
static void set_storage_hash(struct json *object, const struct kind *kind) {
        static const char digits[] =
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        const struct kind *stored = kind->stored_as ? kind->stored_as : kind;
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(NAME_MAX_BYTES);
        uint8_t digest[SHA256_BYTES];
        char shown[13] = { 0 };

        strbuf_printf(&text, "%s/%s/%s", stored->group, stored->version, stored->name);
        sha256(strbuf_bytes(&text), digest);
        digest[8] = 0;
        for (unsigned i = 0; i < 12; i++) {
                unsigned at = i / 4 * 3;
                unsigned three =
                        (unsigned)digest[at] << 16 | (unsigned)digest[at + 1] << 8 | digest[at + 2];

                shown[i] = digits[three >> (18 - 6 * (i % 4)) & 0x3F];
        }
        shown[11] = '=';
        json_set_str(object, "storageVersionHash", shown);
}

static struct json *group_new(const struct entries *entries, size_t *at) {
        const char *group = entries->items[*at].group;
        struct json *object = json_new_object(), *versions = json_new_array(), *version;

        json_set_str(object, "name", group);
        for (; *at < entries->n && in_group(&entries->items[*at], group); (*at)++) {
                if (!begins_version(entries, *at))
                        continue;
                version = json_new_object();
                set_group_version(version, "groupVersion", group, entries->items[*at].version);
                json_set_str(version, "version", entries->items[*at].version);
                json_append(versions, version);
        }
        json_set(object, "versions", versions);
        json_set(object, "preferredVersion", json_clone(json_at(versions, 0)));
        return object;
}

static struct json *typed(const char *kind, const char *api_version) {
        struct json *object = json_new_object();

        json_set_str(object, "kind", kind);
        if (api_version)
                json_set_str(object, "apiVersion", api_version);
        return object;
}

struct json *discovery_versions(void) {
        static const char *const versions[] = { "v1", NULL };
        struct json *object = typed("APIVersions", NULL);

        set_texts(object, "versions", versions);
        json_set(object, "serverAddressByClientCIDRs", json_new_array());
        return object;
}

struct json *discovery_groups(const struct kinds *kinds) {
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        struct entries entries = entries_of(kinds, &arena);
        struct json *object = typed("APIGroupList", "v1"), *groups = json_new_array();

        for (size_t at = 0; at < entries.n;) {
                if (entries.items[at].group[0] == '\0')
                        at++;
                else
                        json_append(groups, group_new(&entries, &at));
        }
        json_set(object, "groups", groups);
        return object;
}

struct json *discovery_group(const struct kinds *kinds, const char *group) {
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        struct entries entries = entries_of(kinds, &arena);
        struct json *object, *found;
        size_t at = 0;

        while (at < entries.n && !in_group(&entries.items[at], group))
                at++;
        if (group[0] == '\0' || at == entries.n)
                return NULL;
        object = typed("APIGroup", "v1");
        found = group_new(&entries, &at);
        json_set_str(object, "name", group);
        json_set(object, "versions", json_clone(json_get(found, "versions")));
        json_set(object, "preferredVersion", json_clone(json_get(found, "preferredVersion")));
        json_free(found);
        return object;
}

static struct json *resource_new(const char *name, const char *singular, bool namespaced) {
        struct json *resource = json_new_object();

        json_set_str(resource, "name", name);
        json_set_str(resource, "singularName", singular);
        json_set_bool(resource, "namespaced", namespaced);
        return resource;
}

static void append_review(struct json *resources, const struct review *review) {
        struct json *resource = resource_new(review->plural, review->singular, review->namespaced);

        json_set_str(resource, "kind", review->kind);
        set_texts(resource, "verbs", CREATE);
        json_append(resources, resource);
}

static void append_kind(struct json *resources, const struct kind *kind) {
        struct json *resource = resource_new(kind->plural, kind->singular, kind->namespaced);
        struct served_part parts[PARTS_MAX];
        size_t n = parts_of(kind, parts);

        json_set_str(resource, "kind", kind->name);
        set_texts(resource, "verbs", verbs_of(kind));
        set_texts(resource, "shortNames", kind->short_names);
        set_texts(resource, "categories", kind->categories);
        set_storage_hash(resource, kind);
        json_append(resources, resource);
        for (size_t i = 0; i < n; i++) {
                struct strbuf name STRBUF_CLEANUP = STRBUF_INIT(NAME_MAX_BYTES);

                strbuf_printf(&name, "%s/%s", kind->plural, parts[i].name);
                resource = resource_new(strbuf_str(&name), "", kind->namespaced);
                if (parts[i].group) {
                        json_set_str(resource, "group", parts[i].group);
                        json_set_str(resource, "version", parts[i].version);
                }
                json_set_str(resource, "kind", parts[i].kind);
                set_texts(resource, "verbs", parts[i].verbs);
                json_append(resources, resource);
        }
}

struct json *discovery_resources(const struct kinds *kinds, const char *group,
                                 const char *version) {
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        struct entries entries = entries_of(kinds, &arena);
        struct json *object, *resources = json_new_array();

        for (size_t i = 0; i < entries.n; i++) {
                const struct entry *entry = &entries.items[i];

                if (!in_group(entry, group) || strcmp(entry->version, version) != 0)
                        continue;
                if (entry->kind)
                        append_kind(resources, entry->kind);
                else
                        append_review(resources, entry->review);
        }
        if (json_length(resources) == 0) {
                json_free(resources);
                return NULL;
        }
        object = typed("APIResourceList", group[0] != '\0' ? "v1" : NULL);
        set_group_version(object, "groupVersion", group, version);
        json_set(object, "resources", resources);
        return object;
}

/* A built-in kind of the same group and version is named by its kind alone. */
static void set_response_kind(struct json *object, const char *group, const char *version,
                              const char *kind) {
        struct json *response = json_object_at(object, "responseKind");

        json_set_str(response, "group", group);
        json_set_str(response, "version", version);
        json_set_str(response, "kind", kind);
}

static struct json *aggregated_part(const struct kind *kind, const struct served_part *part) {
        struct json *object = json_new_object();

        json_set_str(object, "subresource", part->name);
        if (part->group || kind->builtin)
                set_response_kind(object, part->group ? part->group : "",
                                  part->group ? part->version : "", part->kind);
        else
                set_response_kind(object, kind->group, kind->version, part->kind);
        set_texts(object, "verbs", part->verbs);
        return object;
}

static struct json *aggregated_resource(const struct entry *entry) {
        const struct kind *kind = entry->kind;
        bool custom = kind && !kind->builtin;
        struct json *object = json_new_object(), *list;
        struct served_part parts[PARTS_MAX];
        size_t n = kind ? parts_of(kind, parts) : 0;

        json_set_str(object, "resource", entry->plural);
        set_response_kind(object, custom ? kind->group : "", custom ? kind->version : "",
                          kind ? kind->name : entry->review->kind);
        json_set_str(object, "scope",
                     (kind ? kind->namespaced : entry->review->namespaced) ? "Namespaced"
                                                                           : "Cluster");
        json_set_str(object, "singularResource", kind ? kind->singular : entry->review->singular);
        set_texts(object, "verbs", kind ? verbs_of(kind) : CREATE);
        if (!kind)
                return object;
        set_texts(object, "shortNames", kind->short_names);
        set_texts(object, "categories", kind->categories);
        if (n == 0)
                return object;
        list = json_new_array();
        for (size_t i = 0; i < n; i++)
                json_append(list, aggregated_part(kind, &parts[i]));
        json_set(object, "subresources", list);
        return object;
}

/* The version that begins at *at. */
static struct json *aggregated_version(const struct entries *entries, size_t *at) {
        struct json *version = json_new_object(), *resources = json_new_array();

        json_set_str(version, "version", entries->items[*at].version);
        do
                json_append(resources, aggregated_resource(&entries->items[(*at)++]));
        while (*at < entries->n && !begins_version(entries, *at));
        json_set(version, "resources", resources);
        json_set_str(version, "freshness", "Current");
        return version;
}

struct json *discovery_aggregated(const struct kinds *kinds, bool core) {
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        struct entries entries = entries_of(kinds, &arena);
        struct json *object = typed("APIGroupDiscoveryList", "apidiscovery.k8s.io/v2");
        struct json *items = json_new_array();

        json_set(object, "metadata", json_new_object());
        for (size_t at = 0; at < entries.n;) {
                const char *group = entries.items[at].group;
                struct json *item, *versions;

                if (core != (group[0] == '\0')) {
                        at++;
                        continue;
                }
                item = json_new_object();
                versions = json_new_array();
                json_set(item, "metadata", json_new_object());
                if (!core)
                        json_set_str(json_object_at(item, "metadata"), "name", group);
                while (at < entries.n && in_group(&entries.items[at], group))
                        json_append(versions, aggregated_version(&entries, &at));
                json_set(item, "versions", versions);
                json_append(items, item);
        }
        json_set(object, "items", items);
        return object;
}

struct json *discovery_version(void) {
        static const struct {
                const char *key, *value;
        } members[] = {
                { "major", "1" },
                { "minor", "34" },
                { "emulationMajor", "1" },
                { "emulationMinor", "34" },
                { "minCompatibilityMajor", "1" },
                { "minCompatibilityMinor", "33" },
                { "gitVersion", "v1.34.4+llc-sim" },
                { "gitCommit", "" },
                { "gitTreeState", "" },
                { "buildDate", "1970-01-01T00:00:00Z" },
                { "goVersion", "" },
                { "compiler", "" },
                { "platform", "" },
        };
        struct json *object = json_new_object();

        for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
                json_set_str(object, members[i].key, members[i].value);
        return object;
}
