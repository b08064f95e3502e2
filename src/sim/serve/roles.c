#include "serve/roles.h"

#include <string.h>

static const char GROUP[] = "rbac.authorization.k8s.io";
static const char READ[] = "get list watch";
static const char WRITE[] = "create delete deletecollection patch update";

/* Lists are words with spaces between; "core" is the group without a name. */
struct rule_row {
        const char *verbs, *groups, *resources, *urls;
};

enum { RULES_MAX = 6 };

struct role_row {
        const char *name;
        const char *label;     /* rbac.authorization.k8s.io/aggregate-to-LABEL, or NULL */
        const char *aggregate; /* the label that it aggregates, or NULL */
        struct rule_row rules[RULES_MAX];
};

static const struct role_row ROLES[] = {
        { .name = "cluster-admin", .rules = { { "*", "*", "*", "" }, { "*", "", "", "*" } } },
        { .name = "admin", .aggregate = "admin" },
        { .name = "edit", .label = "admin", .aggregate = "edit" },
        { .name = "view", .label = "edit", .aggregate = "view" },
        { .name = "system:aggregate-to-admin",
          .label = "admin",
          .rules = { { "create", "authorization.k8s.io", "localsubjectaccessreviews", "" },
                     { "create delete deletecollection get list patch update watch", GROUP,
                       "rolebindings roles", "" } } },
        { .name = "system:aggregate-to-edit",
          .label = "edit",
          .rules = { { READ, "core", "secrets", "" },
                     { WRITE, "core",
                       "configmaps events persistentvolumeclaims pods secrets "
                       "serviceaccounts services",
                       "" },
                     { "create", "core", "pods/eviction serviceaccounts/token", "" },
                     { WRITE, "apps",
                       "deployments deployments/scale replicasets "
                       "replicasets/scale",
                       "" },
                     { WRITE, "policy", "poddisruptionbudgets", "" },
                     { "create delete deletecollection get list patch update watch",
                       "coordination.k8s.io", "leases", "" } } },
        { .name = "system:aggregate-to-view",
          .label = "view",
          .rules = { { READ, "core",
                       "configmaps endpoints events namespaces "
                       "persistentvolumeclaims pods pods/status resourcequotas "
                       "serviceaccounts services services/status",
                       "" },
                     { READ, "apps",
                       "deployments deployments/scale deployments/status replicasets "
                       "replicasets/scale replicasets/status",
                       "" },
                     { READ, "discovery.k8s.io", "endpointslices", "" },
                     { READ, "networking.k8s.io", "networkpolicies", "" },
                     { READ, "policy", "poddisruptionbudgets poddisruptionbudgets/status", "" } } },
        { .name = "system:basic-user",
          .rules = { { "create", "authorization.k8s.io",
                       "selfsubjectaccessreviews selfsubjectrulesreviews", "" },
                     { "create", "authentication.k8s.io", "selfsubjectreviews", "" } } },
        { .name = "system:discovery",
          .rules = { { "get", "", "",
                       "/api /api/* /apis /apis/* /healthz /livez /openapi /openapi/* /readyz "
                       "/version /version/" } } },
        { .name = "system:public-info-viewer",
          .rules = { { "get", "", "", "/healthz /livez /readyz /version /version/" } } },
};

static const struct {
        const char *role;      /* and the binding's own name */
        const char *groups[2]; /* bound to it */
} BINDINGS[] = {
        { "cluster-admin", { "system:masters", NULL } },
        { "system:basic-user", { "system:authenticated", NULL } },
        { "system:discovery", { "system:authenticated", NULL } },
        { "system:public-info-viewer", { "system:authenticated", "system:unauthenticated" } },
};

static void set_words(struct json *object, const char *key, const char *words) {
        struct json *list;

        if (words[0] == '\0')
                return;
        list = json_new_array();
        while (*words) {
                struct bytes word = { .ptr = words, .len = strcspn(words, " ") };

                json_append(list, json_new_string(bytes_is(word, "core") ? BYTES_NULL : word));
                words += word.len;
                words += *words == ' ';
        }
        json_set(object, key, list);
}

static struct json *new_object(const char *kind, const char *name, struct json **ret_metadata) {
        struct json *tree = json_new_object(), *metadata = json_new_object();

        json_set_str(tree, "apiVersion", "rbac.authorization.k8s.io/v1");
        json_set_str(tree, "kind", kind);
        json_set(tree, "metadata", metadata);
        json_set_str(metadata, "name", name);
        json_set_str(json_object_at(metadata, "annotations"),
                     "rbac.authorization.kubernetes.io/autoupdate", "true");
        json_set_str(json_object_at(metadata, "labels"), "kubernetes.io/bootstrapping",
                     "rbac-defaults");
        *ret_metadata = metadata;
        return tree;
}

static struct json *role_tree(const struct role_row *row, struct arena *arena) {
        static const char to[] = "rbac.authorization.k8s.io/aggregate-to-";
        struct json *metadata, *rules = json_new_array();
        struct json *tree = new_object("ClusterRole", row->name, &metadata);

        if (row->label)
                json_set_str(json_object_at(metadata, "labels"),
                             arena_printf(arena, "%s%s", to, row->label), "true");
        for (size_t i = 0; i < RULES_MAX && row->rules[i].verbs; i++) {
                struct json *rule = json_new_object();

                set_words(rule, "verbs", row->rules[i].verbs);
                set_words(rule, "apiGroups", row->rules[i].groups);
                set_words(rule, "resources", row->rules[i].resources);
                set_words(rule, "nonResourceURLs", row->rules[i].urls);
                json_append(rules, rule);
        }
        json_set(tree, "rules", rules);
        if (row->aggregate) {
                struct json *selectors = json_new_array(), *selector = json_new_object();

                json_set_str(json_object_at(selector, "matchLabels"),
                             arena_printf(arena, "%s%s", to, row->aggregate), "true");
                json_append(selectors, selector);
                json_set(json_object_at(tree, "aggregationRule"), "clusterRoleSelectors",
                         selectors);
        }
        return tree;
}

static struct json *binding_tree(size_t i) {
        struct json *metadata, *bound = json_new_array();
        struct json *tree = new_object("ClusterRoleBinding", BINDINGS[i].role, &metadata);
        struct json *ref = json_object_at(tree, "roleRef");

        json_set_str(ref, "apiGroup", GROUP);
        json_set_str(ref, "kind", "ClusterRole");
        json_set_str(ref, "name", BINDINGS[i].role);
        for (size_t k = 0; k < 2 && BINDINGS[i].groups[k]; k++) {
                struct json *subject = json_new_object();

                json_set_str(subject, "apiGroup", GROUP);
                json_set_str(subject, "kind", "Group");
                json_set_str(subject, "name", BINDINGS[i].groups[k]);
                json_append(bound, subject);
        }
        json_set(tree, "subjects", bound);
        return tree;
}

static int create(struct sim *sim, const char *plural, struct json *tree, struct arena *arena,
                  struct err *err) {
        const struct write_options options = { .manager = "llc-sim" };
        struct refusal refusal = { .arena = arena };
        struct written written;
        int r = 0;

        if (verb_create(sim, kinds_find(sim->kinds, GROUP, "v1", plural), "", tree, &options,
                        &written, &refusal) == 0)
                record_unref(written.record);
        else
                r = err_set(err, ERR_INVALID, "%s", refusal.message);
        refusal_deinit(&refusal);
        return r;
}

int roles_create(struct sim *sim, struct err *err) {
        struct arena arena ARENA_CLEANUP = ARENA_INIT;

        for (size_t i = 0; i < sizeof ROLES / sizeof ROLES[0]; i++) {
                if (create(sim, "clusterroles", role_tree(&ROLES[i], &arena), &arena, err) < 0)
                        return -1;
        }
        for (size_t i = 0; i < sizeof BINDINGS / sizeof BINDINGS[0]; i++) {
                if (create(sim, "clusterrolebindings", binding_tree(i), &arena, err) < 0)
                        return -1;
        }
        return 0;
}
