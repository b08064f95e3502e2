/*
 * A rule as a tree. Names are resolved and macros are taken apart when it is parsed, so that what
 * llc-sim does not know is found then.
 */
#pragma once

#include "schema/cel_value.h"
#include "schema/pattern.h"

enum cel_node_type {
        CEL_NODE_LITERAL,
        CEL_NODE_VARIABLE,
        CEL_NODE_LIST,
        CEL_NODE_MAP,      /* items: key, value, key, value … */
        CEL_NODE_FIELD,    /* items[0].name */
        CEL_NODE_HAS,      /* has(items[0].name) */
        CEL_NODE_INDEX,    /* items[0][items[1]] */
        CEL_NODE_NOT,      /* !items[0] */
        CEL_NODE_NEGATIVE, /* -items[0] */
        CEL_NODE_AND,
        CEL_NODE_OR,
        CEL_NODE_CONDITIONAL, /* items[0] ? items[1] : items[2] */
        CEL_NODE_OPERATOR,    /* items[0] and items[1] */
        CEL_NODE_CALL,        /* function(items…); a method's object is items[0] */
        CEL_NODE_ALL,         /* items[0].all(variable, items[1]), and so on */
        CEL_NODE_EXISTS,
        CEL_NODE_EXISTS_ONE,
        CEL_NODE_MAPPED, /* … items[1], and with three arguments the filter is items[2] */
        CEL_NODE_FILTER,
};

enum cel_operator {
        CEL_ADD,
        CEL_SUBTRACT,
        CEL_MULTIPLY,
        CEL_DIVIDE,
        CEL_MODULO,
        CEL_EQUALS,
        CEL_DIFFERS,
        CEL_LESS,
        CEL_LESS_OR_EQUAL,
        CEL_GREATER,
        CEL_GREATER_OR_EQUAL,
        CEL_IN,
};

struct cel_function;

enum { CEL_SELF, CEL_OLD_SELF, CEL_VARIABLES_MAX = 16 };

struct cel_node {
        enum cel_node_type type;
        struct cel_value literal;
        unsigned variable;     /* VARIABLE; of a macro: the one that goes through the items */
        const char *name;      /* FIELD, HAS */
        const char *unescaped; /* the member meant when there is none of that name; or NULL */
        enum cel_operator operator;
        const struct cel_function *function;
        const struct pattern *pattern; /* CALL of matches() with a literal */
        const struct cel_node *const *items;
        size_t n_items;
};

/*
 * uses_old_self: is oldSelf read? Everything is in the arena. ERR_INVALID: what is wrong with it.
 */
int cel_parse(struct bytes text, struct arena *arena, const struct cel_node **ret_root,
              bool *ret_uses_old_self, struct err *err);
