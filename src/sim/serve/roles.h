/*
 * The ClusterRoles and ClusterRoleBindings that a server has from the start
 * (plugin/pkg/auth/authorizer/rbac/bootstrappolicy): who is cluster-admin, what everybody may read of
 * the server, and view, edit and admin, with the kinds there are here.
 */
#pragma once

#include "verbs/verbs.h"

/* Creates them; into an empty store. */
int roles_create(struct sim *sim, struct err *err);
