/*
 * A rule is broken down into rights, each a verb on a resource, on a named one or on a path: a right
 * is held when any rule of the author's allows it. "*" is a right of its own, which no list of others
 * makes up for.
 */
#include "serve/grants.h"

#include <stdlib.h>
#include <string.h>

#include "kinds/member.h"
#include "kinds/metadata.h"
#include "llc/base/map.h"
#include "verbs/agenda.h"

static const char GROUP[] = "rbac.authorization.k8s.io";

/* A role of three lists of a thousand has 10^9. */
enum { RIGHTS_MAX = 100000, TEXT_MAX = 1 << 20 };

/* What the author lacks on one resource, or a path, each with its verbs. */
struct lack {
        const char *group, *resource, *name; /* name "" = any */
        const char *path;                    /* "" = a resource */
        struct strings verbs;
        struct lack *next;
};

struct grant {
        struct exchange *exchange;
        const char *namespace_;
        struct lack *lacks;
        struct map by_key; /* those on resources */
        size_t n_rights;
};

static bool allows(const struct exchange *exchange, const struct attempt *attempt) {
        const char *reason;

        return access_allows(exchange->server->access, &exchange->user, attempt, exchange->arena,
                             &reason);
}

/* May they do that with a role, or with the one that a binding refers to? */
static bool may(const struct exchange *exchange, const char *verb, const char *plural,
                const char *namespace_, const char *name) {
        return allows(exchange, &(struct attempt){ .verb = verb,
                                                   .group = GROUP,
                                                   .resource = plural,
                                                   .subresource = "",
                                                   .namespace_ = namespace_,
                                                   .name = name,
                                                   .path = "" });
}

static struct lack *lack_of(struct grant *grant, const struct attempt *attempt,
                            const char *resource) {
        struct arena *arena = grant->exchange->arena;
        const char *key = arena_printf(arena, "%s\n%s\n%s\n%s", attempt->group, resource,
                                       attempt->name, attempt->path);
        struct lack *lack = attempt->path[0] ? NULL : map_get(&grant->by_key, key);

        if (lack)
                return lack;
        lack = ARENA_NEW(arena, struct lack);
        lack->group = arena_strdup(arena, attempt->group);
        lack->resource = arena_strdup(arena, resource);
        lack->name = arena_strdup(arena, attempt->name);
        lack->path = arena_strdup(arena, attempt->path);
        lack->verbs.arena = arena;
        lack->next = grant->lacks;
        grant->lacks = lack;
        if (!attempt->path[0])
                map_put(&grant->by_key, key, lack);
        return lack;
}

/* resource: as the rule says it, "pods/status". */
static void check_right(struct grant *grant, struct attempt attempt, const char *resource) {
        const char *slash = strchr(resource, '/');

        if (grant->n_rights++ >= RIGHTS_MAX)
                return;
        attempt.resource =
                slash ? arena_copy(grant->exchange->arena,
                                   (struct bytes){ resource, (size_t)(slash - resource) })
                      : resource;
        attempt.subresource = slash ? slash + 1 : "";
        attempt.namespace_ = grant->namespace_;
        if (!allows(grant->exchange, &attempt))
                strings_add(&lack_of(grant, &attempt, resource)->verbs, "%s", attempt.verb);
}

/* What is no text is refused elsewhere. */
static const char *text_in(const struct json *list, size_t i) {
        const struct json *item = json_at(list, i);

        return json_kind(item) == JSON_STRING ? json_as_string(item).ptr : "";
}

static void check_names(struct grant *grant, const struct json *rule, struct attempt attempt,
                        const char *resource) {
        const struct json *names = member_array(rule, "resourceNames");

        attempt.name = "";
        if (json_length(names) == 0)
                check_right(grant, attempt, resource);
        for (size_t i = 0; i < json_length(names); i++) {
                attempt.name = text_in(names, i);
                check_right(grant, attempt, resource);
        }
}

static void check_resources(struct grant *grant, const struct json *rule, const char *group) {
        const struct json *resources = member_array(rule, "resources");
        const struct json *verbs = member_array(rule, "verbs");

        for (size_t i = 0; i < json_length(resources); i++)
                for (size_t k = 0; k < json_length(verbs) && grant->n_rights <= RIGHTS_MAX; k++)
                        check_names(grant, rule,
                                    (struct attempt){
                                            .verb = text_in(verbs, k), .group = group, .path = "" },
                                    text_in(resources, i));
}

static void check_path(struct grant *grant, const struct json *rule, const char *path) {
        const struct json *verbs = member_array(rule, "verbs");

        for (size_t i = 0; i < json_length(verbs); i++)
                check_right(grant,
                            (struct attempt){ .verb = text_in(verbs, i),
                                              .group = "",
                                              .name = "",
                                              .path = path },
                            "");
}

static void check_rules(struct grant *grant, const struct json *rules) {
        for (size_t i = 0; i < json_length(rules); i++) {
                const struct json *rule = json_at(rules, i);
                const struct json *groups = member_array(rule, "apiGroups");
                const struct json *paths = member_array(rule, "nonResourceURLs");

                for (size_t k = 0; k < json_length(groups); k++)
                        check_resources(grant, rule, text_in(groups, k));
                for (size_t k = 0; k < json_length(paths); k++)
                        check_path(grant, rule, text_in(paths, k));
        }
}

static void write_quoted(struct strbuf *text, const char *word) {
        struct json *quoted JSON_CLEANUP = json_new_string(bytes_of(word));

        json_write(quoted, text);
}

static const char *lack_text(const struct lack *lack, struct arena *arena) {
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(TEXT_MAX);

        if (lack->path[0]) {
                strbuf_puts(&text, "{NonResourceURLs:[");
                write_quoted(&text, lack->path);
        } else {
                strbuf_puts(&text, "{APIGroups:[");
                write_quoted(&text, lack->group);
                strbuf_puts(&text, "], Resources:[");
                write_quoted(&text, lack->resource);
        }
        if (lack->name[0]) {
                strbuf_puts(&text, "], ResourceNames:[");
                write_quoted(&text, lack->name);
        }
        strbuf_puts(&text, "], Verbs:[");
        for (size_t i = 0; i < lack->verbs.n; i++) {
                strbuf_puts(&text, i > 0 ? " " : "");
                write_quoted(&text, lack->verbs.items[i]);
        }
        strbuf_puts(&text, "]}");
        return arena_strdup(arena, strbuf_str(&text));
}

static int compare_texts(const void *a, const void *b) {
        return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void write_lacks(const struct grant *grant, struct strbuf *text) {
        struct strings lines = { .arena = grant->exchange->arena };

        for (const struct lack *lack = grant->lacks; lack; lack = lack->next)
                strings_add(&lines, "%s", lack_text(lack, grant->exchange->arena));
        qsort(lines.items, lines.n, sizeof *lines.items, compare_texts);
        for (size_t i = 0; i < lines.n; i++)
                if (i == 0 || strcmp(lines.items[i], lines.items[i - 1]) != 0)
                        strbuf_printf(text, "\n%s", lines.items[i]);
}

static int refuse_lacks(const struct grant *grant, const struct kind *kind, const char *name,
                        struct refusal *refusal) {
        const struct user *user = &grant->exchange->user;
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(TEXT_MAX);

        strbuf_puts(&text, "user ");
        write_quoted(&text, user->name);
        strbuf_puts(&text, " (groups=[");
        for (size_t i = 0; user->groups[i]; i++) {
                strbuf_puts(&text, i > 0 ? " " : "");
                write_quoted(&text, user->groups[i]);
        }
        strbuf_puts(&text, "]) is attempting to grant RBAC permissions not currently held:");
        write_lacks(grant, &text);
        return refuse_forbidden(refusal, kind, name, "%s", strbuf_str(&text));
}

/* Has the author every right of the rules? */
static int check_held(struct exchange *exchange, const struct kind *kind, const char *namespace_,
                      const char *name, const struct json *rules, struct refusal *refusal) {
        struct grant grant = { .exchange = exchange, .namespace_ = namespace_ };
        uint64_t seed[2];

        agenda_random(exchange->sim->agenda, seed, sizeof seed);
        map_init(&grant.by_key, seed);
        check_rules(&grant, rules);
        map_deinit(&grant.by_key);
        if (grant.n_rights > RIGHTS_MAX)
                return refuse_out_of_scope(refusal,
                                           "llc-sim looks at no more than %d rights of a role",
                                           RIGHTS_MAX);
        return grant.lacks ? refuse_lacks(&grant, kind, name, refusal) : 0;
}

static bool may_all(const struct exchange *exchange) {
        struct attempt attempt = { .verb = "*",
                                   .group = "*",
                                   .resource = "*",
                                   .subresource = "",
                                   .namespace_ = "",
                                   .name = "",
                                   .path = "" };
        bool resources = allows(exchange, &attempt);

        attempt.path = "*";
        return resources && allows(exchange, &attempt);
}

static bool gathers(const struct json *role) {
        return json_length(member_array(member_object(role, "aggregationRule"),
                                        "clusterRoleSelectors")) > 0;
}

static int check_role(struct exchange *exchange, const struct kind *kind, const char *namespace_,
                      const struct json *tree, const struct json *before, struct refusal *refusal) {
        const char *name = metadata_name(tree);

        if (may(exchange, "escalate", kind->plural, namespace_, name))
                return 0;
        if (check_held(exchange, kind, namespace_, name, member_array(tree, "rules"), refusal) < 0)
                return -1;
        if ((gathers(tree) || gathers(before)) && !may_all(exchange))
                return refuse_forbidden(
                        refusal, kind, name, "%s",
                        "must have cluster-admin privileges to use the aggregationRule");
        return 0;
}

static int check_binding(struct exchange *exchange, const struct kind *kind, const char *namespace_,
                         const struct json *tree, struct refusal *refusal) {
        const struct json *ref = member_object(tree, "roleRef");
        const char *name = metadata_name(tree);
        const char *role = json_text_at(ref, "name");
        bool cluster = strcmp(json_text_at(ref, "kind"), "ClusterRole") == 0;
        struct json *rules JSON_CLEANUP = NULL;

        if (may(exchange, "bind", cluster ? "clusterroles" : "roles", namespace_, role))
                return 0;
        rules = access_role_rules(exchange->server->access, cluster ? "" : namespace_, role);
        if (!rules)
                return refuse_not_found(refusal, kind, role);
        return check_held(exchange, kind, namespace_, name, rules, refusal);
}

/* The garbage collector's fields are written without a look at what is granted. */
static bool only_collects(const struct json *tree, const struct json *before) {
        static const char *const FIELDS[] = { "ownerReferences", "finalizers", "managedFields",
                                              "resourceVersion" };
        struct json *now JSON_CLEANUP = json_clone(tree), *then JSON_CLEANUP = json_clone(before);

        for (size_t i = 0; i < sizeof(FIELDS) / sizeof(*FIELDS); i++) {
                json_remove(json_object_at(now, "metadata"), FIELDS[i]);
                json_remove(json_object_at(then, "metadata"), FIELDS[i]);
        }
        return json_equal(now, then);
}

int grants_check(void *ctx, const struct kind *kind, const char *namespace_,
                 const struct json *tree, const struct json *before, struct refusal *refusal) {
        struct exchange *exchange = ctx;

        if (strcmp(kind->group, GROUP) != 0 || !exchange->server->access ||
            user_in_group(&exchange->user, "system:masters") ||
            (before && only_collects(tree, before)))
                return 0;
        if (strcmp(kind->plural, "roles") == 0 || strcmp(kind->plural, "clusterroles") == 0)
                return check_role(exchange, kind, namespace_, tree, before, refusal);
        return check_binding(exchange, kind, namespace_, tree, refusal);
}
