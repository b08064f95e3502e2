/*
 * Who asks, and what they may do: bearer tokens, and RBAC as the Role, ClusterRole, RoleBinding and
 * ClusterRoleBinding objects say it (rbac.authorization.k8s.io/v1).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "llc/base/arena.h"
#include "llc/base/bytes.h"
#include "llc/base/err.h"
#include "verbs/verbs.h"

struct access;

struct user {
        const char *name, *uid;
        const char *const *groups; /* NULL-terminated */
};

/* What somebody wants to do; texts are never NULL. path "" = a resource, otherwise only verb counts
 * besides. */
struct attempt {
        const char *verb;
        const char *group, *resource, *subresource, *namespace_, *name;
        const char *path;
};

/* The administrator of a server without access control: system:admin in system:masters. */
extern const struct user ACCESS_ADMIN;

/* sim must outlive it. */
struct access *access_new(struct sim *sim);
void access_free(struct access *access);

/* A file of static tokens: lines of token,user,uid[,"group1,group2"]. ERR_INVALID names the line,
 * and no token. */
int access_read_tokens(struct access *access, struct bytes text, struct err *err);

/* A new token for a ServiceAccount that is there, while it is there and until expires_ms. In the
 * arena. */
const char *access_issue(struct access *access, const struct record *account, int64_t expires_ms,
                         struct arena *arena);

/* By the Authorization header; NULL = nobody (system:anonymous). False: 401. In the arena. */
bool access_authenticate(struct access *access, const char *authorization, struct arena *arena,
                         struct user *ret_user);
bool access_authenticate_token(struct access *access, const char *token, struct arena *arena,
                               struct user *ret_user);

/*
 * May they? *ret_reason: by which binding, or which roles are missing, "" when there is nothing to
 * say; in the arena. access NULL: always.
 */
bool access_allows(struct access *access, const struct user *user, const struct attempt *attempt,
                   struct arena *arena, const char **ret_reason);
/* The rules that hold for somebody in a namespace: status of a SelfSubjectRulesReview, a new tree. */
struct json *access_rules(struct access *access, const struct user *user, const char *namespace_);

/* The rules of a Role, or of a ClusterRole (namespace_ ""), with those of the ClusterRoles that it
 * gathers: a new array; NULL = there is none. */
struct json *access_role_rules(struct access *access, const char *namespace_, const char *name);

bool user_in_group(const struct user *user, const char *group);
