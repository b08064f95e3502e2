/*
 * The hooks of the kinds that are built in, one file a kind or a few.
 */
#pragma once

#include "kinds/kind.h"

extern const struct kind_hooks POD_HOOKS;       /* pod.c */
extern const struct kind_hooks NAMESPACE_HOOKS; /* namespace.c */
