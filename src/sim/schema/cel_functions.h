/*
 * The functions that rules may call.
 */
#pragma once

#include "schema/cel_ast.h"

struct cel_function {
        const char *name;
        bool is_method; /* text.size(), not size(text) */
        size_t n_args;  /* with the method's object */
        /* node: the call, for what was prepared when it was parsed. No argument is an error. */
        struct cel_value (*call)(struct cel_run *run, const struct cel_node *node,
                                 const struct cel_value *args);
};

enum { CEL_ARGS_MAX = 2 };

/* NULL: there is none such. */
const struct cel_function *cel_function_find(struct bytes name, bool is_method, size_t n_args);
