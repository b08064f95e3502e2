#include "serve/rbac.h"

#include <stdlib.h>
#include <string.h>

#include "llc/base/map.h"
#include "storage/selector.h"

static const char GROUP[] = "rbac.authorization.k8s.io";

struct rule {
        const char *const *verbs, *const *groups, *const *resources, *const *names, *const *urls;
        struct rule *next; /* of its role */
};

struct aggregated {
        struct role *role;
        struct aggregated *next;
};

struct role {
        struct rule *rules;
        struct aggregated *parts; /* the roles aggregated into it */
        const char *labels;       /* while compiling */
        bool visiting;            /* roles may aggregate each other */
        struct role *next;
};

struct subject {
        const char *kind, *name, *namespace_;
        struct subject *next;
};

struct binding {
        const char *namespace_, *name; /* namespace_ "": holds everywhere */
        const char *role_kind, *role_name;
        struct role *role; /* NULL: there is none */
        struct subject *subjects;
        struct binding *next;
};

enum { ROLES, CLUSTER_ROLES, BINDINGS, CLUSTER_BINDINGS, COLLECTIONS };

struct rbac {
        struct sim *sim;
        const struct collection *collections[COLLECTIONS];
        bool stale;
        struct arena arena; /* all below */
        struct map roles;   /* "NAMESPACE/NAME" → struct role; a ClusterRole has no namespace */
        struct role *cluster_roles;
        struct binding *bindings; /* those without a namespace first */
};

static const char *text_at(const struct json *object, const char *key, struct arena *arena) {
        return arena_strdup(arena, json_text_at(object, key));
}

static const char *const *texts_at(const struct json *object, const char *key,
                                   struct arena *arena) {
        const struct json *list = json_get(object, key);
        size_t length = json_kind(list) == JSON_ARRAY ? json_length(list) : 0, n = 0;
        const char **texts = ARENA_NEW_ARRAY(arena, const char *, length + 1);

        for (size_t i = 0; i < length; i++) {
                const struct json *item = json_at(list, i);

                if (json_kind(item) == JSON_STRING)
                        texts[n++] = arena_copy(arena, json_as_string(item));
        }
        return texts;
}

static bool has(const char *const *texts, const char *text) {
        for (; *texts; texts++) {
                if (strcmp(*texts, text) == 0)
                        return true;
        }
        return false;
}

static size_t list_length(const struct json *list) {
        return json_kind(list) == JSON_ARRAY ? json_length(list) : 0;
}

static struct rule *compile_rules(const struct json *list, struct arena *arena) {
        struct rule *first = NULL, **end = &first;

        for (size_t i = 0; i < list_length(list); i++) {
                const struct json *source = json_at(list, i);
                struct rule *rule = ARENA_NEW(arena, struct rule);

                rule->verbs = texts_at(source, "verbs", arena);
                rule->groups = texts_at(source, "apiGroups", arena);
                rule->resources = texts_at(source, "resources", arena);
                rule->names = texts_at(source, "resourceNames", arena);
                rule->urls = texts_at(source, "nonResourceURLs", arena);
                *end = rule;
                end = &rule->next;
        }
        return first;
}

static const char *key_of(const char *namespace_, const char *name, struct arena *arena) {
        return arena_printf(arena, "%s/%s", namespace_, name);
}

static bool compile_role(void *ctx, struct record *record) {
        struct rbac *rbac = ctx;
        struct json *tree JSON_CLEANUP = record_tree(record);
        struct role *role = ARENA_NEW(&rbac->arena, struct role);

        role->rules = compile_rules(json_get(tree, "rules"), &rbac->arena);
        if (record->namespace_[0] == '\0') {
                role->labels = record->labels;
                role->next = rbac->cluster_roles;
                rbac->cluster_roles = role;
        }
        map_put(&rbac->roles, key_of(record->namespace_, record->name, &rbac->arena), role);
        return true;
}

static void aggregate(struct rbac *rbac, struct role *role, const struct json *selector) {
        const struct selector *compiled;
        struct err err;

        if (selector_of_json(selector, &rbac->arena, &compiled, &err) < 0)
                return;
        for (struct role *other = rbac->cluster_roles; other; other = other->next) {
                if (selector_matches(compiled, other->labels)) {
                        struct aggregated *part = ARENA_NEW(&rbac->arena, struct aggregated);

                        part->role = other;
                        part->next = role->parts;
                        role->parts = part;
                }
        }
}

static bool compile_aggregation(void *ctx, struct record *record) {
        struct rbac *rbac = ctx;
        struct json *tree JSON_CLEANUP = record_tree(record);
        const struct json *selectors =
                json_get(json_get(tree, "aggregationRule"), "clusterRoleSelectors");
        struct role *role = map_get(&rbac->roles, key_of("", record->name, &rbac->arena));

        for (size_t i = 0; i < list_length(selectors); i++)
                aggregate(rbac, role, json_at(selectors, i));
        return true;
}

static bool compile_binding(void *ctx, struct record *record) {
        struct rbac *rbac = ctx;
        struct arena *arena = &rbac->arena;
        struct json *tree JSON_CLEANUP = record_tree(record);
        const struct json *ref = json_get(tree, "roleRef"), *subjects = json_get(tree, "subjects");
        struct binding *binding = ARENA_NEW(arena, struct binding);
        bool is_role;

        binding->namespace_ = arena_strdup(arena, record->namespace_);
        binding->name = arena_strdup(arena, record->name);
        binding->role_kind = text_at(ref, "kind", arena);
        binding->role_name = text_at(ref, "name", arena);
        is_role = strcmp(binding->role_kind, "Role") == 0;
        binding->role = map_get(&rbac->roles, key_of(is_role ? binding->namespace_ : "",
                                                     binding->role_name, arena));
        for (size_t i = 0; i < list_length(subjects); i++) {
                const struct json *source = json_at(subjects, i);
                struct subject *subject = ARENA_NEW(arena, struct subject);

                subject->kind = text_at(source, "kind", arena);
                subject->name = text_at(source, "name", arena);
                subject->namespace_ = text_at(source, "namespace", arena);
                subject->next = binding->subjects;
                binding->subjects = subject;
        }
        binding->next = rbac->bindings;
        rbac->bindings = binding;
        return true;
}

static void compile(struct rbac *rbac) {
        static const uint64_t seed[2]; /* who may write roles may write slow ones anyway */

        if (!rbac->stale)
                return;
        arena_deinit(&rbac->arena);
        map_deinit(&rbac->roles);
        rbac->arena = ARENA_INIT;
        rbac->cluster_roles = NULL;
        rbac->bindings = NULL;
        map_init(&rbac->roles, seed);
        collection_walk(rbac->collections[CLUSTER_ROLES], "", "", "", compile_role, rbac);
        collection_walk(rbac->collections[CLUSTER_ROLES], "", "", "", compile_aggregation, rbac);
        collection_walk(rbac->collections[ROLES], "", "", "", compile_role, rbac);
        collection_walk(rbac->collections[BINDINGS], "", "", "", compile_binding, rbac);
        collection_walk(rbac->collections[CLUSTER_BINDINGS], "", "", "", compile_binding, rbac);
        rbac->stale = false;
}

static void on_change(void *ctx, const struct change *change) {
        struct rbac *rbac = ctx;

        for (size_t i = 0; i < COLLECTIONS; i++)
                rbac->stale |= change->collection == rbac->collections[i];
}

struct rbac *rbac_new(struct sim *sim) {
        static const char *const plurals[] = {
                [ROLES] = "roles",
                [CLUSTER_ROLES] = "clusterroles",
                [BINDINGS] = "rolebindings",
                [CLUSTER_BINDINGS] = "clusterrolebindings",
        };
        struct rbac *rbac = calloc(1, sizeof *rbac);

        if (!rbac)
                abort();
        rbac->sim = sim;
        rbac->stale = true;
        for (size_t i = 0; i < COLLECTIONS; i++)
                rbac->collections[i] = kinds_find(sim->kinds, GROUP, "v1", plurals[i])->objects;
        storage_listen(sim->storage, (struct listener){ .fn = on_change, .ctx = rbac });
        return rbac;
}

void rbac_free(struct rbac *rbac) {
        if (!rbac)
                return;
        storage_unlisten(rbac->sim->storage, (struct listener){ .fn = on_change, .ctx = rbac });
        map_deinit(&rbac->roles);
        arena_deinit(&rbac->arena);
        free(rbac);
}

/* "pods", "pods/eviction", "*", "*" "/eviction" */
static bool matches_resource(const struct rule *rule, const struct attempt *attempt) {
        for (const char *const *text = rule->resources; *text; text++) {
                const char *slash = strchr(*text, '/');
                size_t n = slash ? (size_t)(slash - *text) : strlen(*text);
                bool any = n == 1 && **text == '*';

                if (!slash && any)
                        return true;
                if (strcmp(slash ? slash + 1 : "", attempt->subresource) == 0 &&
                    (any ||
                     (strncmp(*text, attempt->resource, n) == 0 && attempt->resource[n] == '\0')))
                        return true;
        }
        return false;
}

static bool matches_path(const struct rule *rule, const char *path) {
        for (const char *const *url = rule->urls; *url; url++) {
                size_t n = strlen(*url);

                if (strcmp(*url, path) == 0)
                        return true;
                if (n > 0 && (*url)[n - 1] == '*' && strncmp(*url, path, n - 1) == 0)
                        return true;
        }
        return false;
}

static bool rule_allows(const struct rule *rule, const struct attempt *attempt) {
        if (!has(rule->verbs, "*") && !has(rule->verbs, attempt->verb))
                return false;
        if (attempt->path[0] != '\0')
                return matches_path(rule, attempt->path);
        return (has(rule->groups, "*") || has(rule->groups, attempt->group)) &&
               matches_resource(rule, attempt) &&
               (!rule->names[0] || has(rule->names, attempt->name));
}

static bool role_allows(struct role *role, const struct attempt *attempt) {
        bool allows = false;

        if (role->visiting)
                return false;
        role->visiting = true;
        for (const struct rule *rule = role->rules; rule && !allows; rule = rule->next)
                allows = rule_allows(rule, attempt);
        for (const struct aggregated *part = role->parts; part && !allows; part = part->next)
                allows = role_allows(part->role, attempt);
        role->visiting = false;
        return allows;
}

static bool is_account(const struct user *user, const char *namespace_, const char *name) {
        static const char prefix[] = "system:serviceaccount:";
        const char *text = user->name;
        size_t n = strlen(namespace_);

        if (n == 0 || strncmp(text, prefix, sizeof prefix - 1) != 0)
                return false;
        text += sizeof prefix - 1;
        return strncmp(text, namespace_, n) == 0 && text[n] == ':' &&
               strcmp(text + n + 1, name) == 0;
}

static const char *account_namespace(const struct binding *binding, const struct subject *subject) {
        return subject->namespace_[0] ? subject->namespace_ : binding->namespace_;
}

/* The subject of the binding that the user is, or NULL. */
static const struct subject *bound(const struct binding *binding, const struct user *user) {
        for (const struct subject *subject = binding->subjects; subject; subject = subject->next) {
                if (strcmp(subject->kind, "User") == 0 && strcmp(subject->name, user->name) == 0)
                        return subject;
                if (strcmp(subject->kind, "Group") == 0 && user_in_group(user, subject->name))
                        return subject;
                if (strcmp(subject->kind, "ServiceAccount") == 0 &&
                    is_account(user, account_namespace(binding, subject), subject->name))
                        return subject;
        }
        return NULL;
}

static const char *allowed_by(const struct binding *binding, const struct subject *subject,
                              struct arena *arena) {
        bool account = strcmp(subject->kind, "ServiceAccount") == 0;

        return arena_printf(arena, "RBAC: allowed by %s \"%s%s%s\" of %s \"%s\" to %s \"%s%s%s\"",
                            binding->namespace_[0] ? "RoleBinding" : "ClusterRoleBinding",
                            binding->name, binding->namespace_[0] ? "/" : "", binding->namespace_,
                            binding->role_kind, binding->role_name, subject->kind, subject->name,
                            account ? "/" : "", account ? account_namespace(binding, subject) : "");
}

/* Does it hold in the namespace ("" = in all)? */
static bool holds(const struct binding *binding, const char *namespace_) {
        return !binding->namespace_[0] || strcmp(binding->namespace_, namespace_) == 0;
}

/* What is missing, each once: "x not found", "[x not found, y not found]". */
static const char *missing_text(const struct strings *missing, struct arena *arena) {
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(1 << 16);

        if (missing->n == 0)
                return "";
        strbuf_printf(&text, "RBAC: %s", missing->n > 1 ? "[" : "");
        for (size_t i = 0; i < missing->n; i++)
                strbuf_printf(&text, "%s%s", i > 0 ? ", " : "", missing->items[i]);
        strbuf_puts(&text, missing->n > 1 ? "]" : "");
        return arena_strdup(arena, strbuf_str(&text));
}

static void add_missing(struct strings *missing, const struct binding *binding) {
        size_t n = missing->n;

        strings_add(missing, "%s.%s \"%s\" not found",
                    strcmp(binding->role_kind, "Role") == 0 ? "role" : "clusterrole", GROUP,
                    binding->role_name);
        for (size_t i = 0; i < n; i++) {
                if (strcmp(missing->items[i], missing->items[n]) == 0) {
                        missing->n = n;
                        return;
                }
        }
}

bool rbac_allows(struct rbac *rbac, const struct user *user, const struct attempt *attempt,
                 struct arena *arena, const char **ret_reason) {
        struct strings missing = { .arena = arena };

        compile(rbac);
        for (const struct binding *binding = rbac->bindings; binding; binding = binding->next) {
                const struct subject *subject =
                        holds(binding, attempt->namespace_) ? bound(binding, user) : NULL;

                if (!subject)
                        continue;
                if (!binding->role) {
                        add_missing(&missing, binding);
                        continue;
                }
                if (role_allows(binding->role, attempt)) {
                        *ret_reason = allowed_by(binding, subject, arena);
                        return true;
                }
        }
        *ret_reason = missing_text(&missing, arena);
        return false;
}

static void set_texts(struct json *object, const char *key, const char *const *texts) {
        struct json *list;

        if (!texts[0])
                return;
        list = json_new_array();
        for (; *texts; texts++)
                json_append(list, json_new_string(bytes_of(*texts)));
        json_set(object, key, list);
}

static void list_rules(struct role *role, struct json *resources, struct json *paths) {
        if (role->visiting)
                return;
        role->visiting = true;
        for (const struct rule *rule = role->rules; rule; rule = rule->next) {
                struct json *item = json_new_object();

                set_texts(item, "verbs", rule->verbs);
                set_texts(item, "apiGroups", rule->groups);
                set_texts(item, "resources", rule->resources);
                set_texts(item, "resourceNames", rule->names);
                set_texts(item, "nonResourceURLs", rule->urls);
                json_append(rule->urls[0] ? paths : resources, item);
        }
        for (const struct aggregated *part = role->parts; part; part = part->next)
                list_rules(part->role, resources, paths);
        role->visiting = false;
}

struct json *rbac_rules(struct rbac *rbac, const struct user *user, const char *namespace_) {
        struct json *status = json_new_object(), *resources = json_new_array(),
                    *paths = json_new_array();

        compile(rbac);
        json_set(status, "resourceRules", resources);
        json_set(status, "nonResourceRules", paths);
        json_set_bool(status, "incomplete", false);
        for (const struct binding *binding = rbac->bindings; binding; binding = binding->next) {
                if (holds(binding, namespace_) && binding->role && bound(binding, user))
                        list_rules(binding->role, resources, paths);
        }
        return status;
}

struct json *rbac_role_rules(struct rbac *rbac, const char *namespace_, const char *name) {
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        struct json *rules;
        struct role *role;

        compile(rbac);
        role = map_get(&rbac->roles, key_of(namespace_, name, &arena));
        if (!role)
                return NULL;
        rules = json_new_array();
        list_rules(role, rules, rules);
        return rules;
}
