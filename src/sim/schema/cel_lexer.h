/*
 * The words of a rule in CEL.
 */
#pragma once

#include "schema/cel_value.h"

enum cel_token_type {
        CEL_TOKEN_END,
        CEL_TOKEN_NAME,
        CEL_TOKEN_LITERAL, /* a number or a text */
        CEL_TOKEN_SIGN,    /* an operator or a bracket */
};

struct cel_token {
        enum cel_token_type type;
        struct bytes text;      /* NAME, SIGN */
        struct cel_value value; /* LITERAL */
        bool least_int;         /* 9223372036854775808, which stands only after a minus sign */
};

struct cel_lexer {
        struct bytes text;
        size_t at;
        struct arena *arena;
};

/* Reads the next one. ERR_INVALID: no such word in CEL, or one that llc-sim does not know. */
int cel_lexer_next(struct cel_lexer *lexer, struct cel_token *ret_token, struct err *err);
