/*
 * What reads a regular expression; private to the pattern. Characters and their classes are read by
 * pattern_class.c, all else by pattern_syntax.c.
 */
#pragma once

#include "schema/pattern_syntax.h"

struct pattern_parser {
        struct bytes text;
        size_t at;
        struct arena *arena;
        unsigned depth;
        bool fold, any_newline, lines; /* (?i), (?s), (?m) */
        struct err *err;
};

static inline bool pattern_parser_more(const struct pattern_parser *parser) {
        return parser->at < parser->text.len;
}

static inline bool pattern_parser_at(const struct pattern_parser *parser, const char *text) {
        size_t n = strlen(text);

        return parser->text.len - parser->at >= n &&
               memcmp(parser->text.ptr + parser->at, text, n) == 0;
}

static inline bool pattern_parser_take(struct pattern_parser *parser, const char *text) {
        if (!pattern_parser_at(parser, text))
                return false;
        parser->at += strlen(text);
        return true;
}

/* Fails with what, and the part of the expression from start to where the reader stands. */
static inline int pattern_parser_bad(struct pattern_parser *parser, const char *what,
                                     size_t start) {
        return err_set(parser->err, ERR_INVALID, "error parsing regexp: %s: `%.*s`", what,
                       (int)(parser->at - start), parser->text.ptr + start);
}

static inline struct pattern_node *pattern_parser_node(struct pattern_parser *parser,
                                                       enum pattern_node_type type) {
        struct pattern_node *node = ARENA_NEW(parser->arena, struct pattern_node);

        node->type = type;
        return node;
}

/* At "[": up to the closing bracket. */
int pattern_class_bracket(struct pattern_parser *parser, const struct pattern_node **ret);
/* At a backslash that stands for a class or a character. */
int pattern_class_escape(struct pattern_parser *parser, const struct pattern_node **ret);
/* One character, as itself. */
const struct pattern_node *pattern_class_rune(struct pattern_parser *parser, uint32_t rune);
/* ".": any, but a line's end unless (?s). */
const struct pattern_node *pattern_class_any(struct pattern_parser *parser);
