/*
 * Recursive descent over regexp/syntax with Perl flags. What Go refuses is refused in its words;
 * greediness and captures make no difference to whether a text matches, so they are read and
 * forgotten.
 */
#include "schema/pattern_parser.h"

#include "schema/rune.h"
#include <assert.h>

enum { DEPTH_MAX = 200, PATTERN_BYTES_MAX = 64 * 1024 };

static int parse_choice(struct pattern_parser *parser, const struct pattern_node **ret);

static int bad_whole(struct pattern_parser *parser, const char *what) {
        parser->at = parser->text.len;
        return pattern_parser_bad(parser, what, 0);
}

static const struct pattern_node *node_place(struct pattern_parser *parser,
                                             enum pattern_place place) {
        struct pattern_node *node = pattern_parser_node(parser, PATTERN_ASSERT);

        node->place = place;
        return node;
}

/* After "(?": flags up to ":" (they hold in the group) or ")" (they hold from here on). */
static int parse_flags(struct pattern_parser *parser, size_t start, bool *ret_opens) {
        bool off = false, any = false;

        while (pattern_parser_more(parser)) {
                char c = parser->text.ptr[parser->at++];

                if (c == 'i')
                        parser->fold = !off;
                else if (c == 's')
                        parser->any_newline = !off;
                else if (c == 'm')
                        parser->lines = !off;
                else if (c == '-' && !off)
                        off = true;
                else if ((c == ':' || c == ')') && (any || !off)) {
                        *ret_opens = c == ':';
                        return 0;
                } else if (c != 'U')
                        return pattern_parser_bad(parser, "invalid or unsupported Perl syntax",
                                                  start);
                any = c != '-';
        }
        return bad_whole(parser, "missing argument to repetition operator");
}

static int parse_group_name(struct pattern_parser *parser, size_t start) {
        size_t from = parser->at;

        while (pattern_parser_more(parser) && parser->text.ptr[parser->at] != '>') {
                char c = parser->text.ptr[parser->at++];

                if (!(c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                      (c >= 'A' && c <= 'Z')))
                        return pattern_parser_bad(parser, "invalid named capture", start);
        }
        if (parser->at == from || !pattern_parser_take(parser, ">"))
                return pattern_parser_bad(parser, "invalid named capture", start);
        return 0;
}

/* At "(". *ret NULL: flags only, nothing to match. */
static int parse_group(struct pattern_parser *parser, const struct pattern_node **ret) {
        bool fold = parser->fold, any_newline = parser->any_newline, lines = parser->lines;
        size_t start = parser->at++;
        bool opens = true;

        if (pattern_parser_take(parser, "?P<") ||
            (pattern_parser_at(parser, "?<") && !pattern_parser_at(parser, "?<=") &&
             !pattern_parser_at(parser, "?<!") && pattern_parser_take(parser, "?<"))) {
                if (parse_group_name(parser, start) < 0)
                        return -1;
        } else if (pattern_parser_take(parser, "?") && parse_flags(parser, start, &opens) < 0)
                return -1;
        if (!opens) {
                *ret = NULL;
                return 0;
        }
        if (parse_choice(parser, ret) < 0)
                return -1;
        if (!pattern_parser_take(parser, ")"))
                return bad_whole(parser, "missing closing )");
        parser->fold = fold;
        parser->any_newline = any_newline;
        parser->lines = lines;
        return 0;
}

/* \A \z \b \B and what else begins with a backslash. */
static int parse_backslash(struct pattern_parser *parser, const struct pattern_node **ret) {
        if (pattern_parser_take(parser, "\\A"))
                *ret = node_place(parser, PLACE_TEXT_START);
        else if (pattern_parser_take(parser, "\\z"))
                *ret = node_place(parser, PLACE_TEXT_END);
        else if (pattern_parser_take(parser, "\\b"))
                *ret = node_place(parser, PLACE_WORD_EDGE);
        else if (pattern_parser_take(parser, "\\B"))
                *ret = node_place(parser, PLACE_NO_WORD_EDGE);
        else
                return pattern_class_escape(parser, ret);
        return 0;
}

/* *ret NULL: there was nothing to match, flags only. */
static int parse_atom(struct pattern_parser *parser, const struct pattern_node **ret) {
        if (pattern_parser_at(parser, "("))
                return parse_group(parser, ret);
        if (pattern_parser_at(parser, "["))
                return pattern_class_bracket(parser, ret);
        if (pattern_parser_at(parser, "\\"))
                return parse_backslash(parser, ret);
        if (pattern_parser_take(parser, "^"))
                *ret = node_place(parser, parser->lines ? PLACE_LINE_START : PLACE_TEXT_START);
        else if (pattern_parser_take(parser, "$"))
                *ret = node_place(parser, parser->lines ? PLACE_LINE_END : PLACE_TEXT_END);
        else if (pattern_parser_take(parser, "."))
                *ret = pattern_class_any(parser);
        else
                *ret = pattern_class_rune(parser, rune_next(parser->text, &parser->at));
        return 0;
}

/* Digits without zeros before them; false when there are none. */
static bool take_number(struct pattern_parser *parser, int *ret) {
        size_t start = parser->at;
        int n = 0;

        if (pattern_parser_take(parser, "0")) {
                *ret = 0;
                return !pattern_parser_more(parser) || parser->text.ptr[parser->at] < '0' ||
                       parser->text.ptr[parser->at] > '9';
        }
        while (pattern_parser_more(parser) && parser->text.ptr[parser->at] >= '0' &&
               parser->text.ptr[parser->at] <= '9') {
                if (n <= PATTERN_REPEAT_MAX)
                        n = n * 10 + (parser->text.ptr[parser->at] - '0');
                parser->at++;
        }
        *ret = n;
        return parser->at > start;
}

/* * + ? {n} {n,} {n,m}; braces that are none of these are plain text. */
static bool take_repeat(struct pattern_parser *parser, int *ret_min, int *ret_max) {
        size_t start = parser->at;

        *ret_min = pattern_parser_at(parser, "+") ? 1 : 0;
        *ret_max = pattern_parser_at(parser, "?") ? 1 : -1;
        if (pattern_parser_take(parser, "*") || pattern_parser_take(parser, "+") ||
            pattern_parser_take(parser, "?"))
                return true;
        if (pattern_parser_take(parser, "{") && take_number(parser, ret_min)) {
                *ret_max = *ret_min;
                if (pattern_parser_take(parser, ",") && !take_number(parser, ret_max))
                        *ret_max = -1;
                if (pattern_parser_take(parser, "}"))
                        return true;
        }
        parser->at = start;
        return false;
}

static int parse_repeat(struct pattern_parser *parser, const struct pattern_node **ret) {
        size_t start = parser->at;
        const struct pattern_node **item;
        struct pattern_node *node;
        int min, max;

        if (take_repeat(parser, &min, &max))
                return pattern_parser_bad(parser, "missing argument to repetition operator", start);
        if (parse_atom(parser, ret) < 0)
                return -1;
        start = parser->at;
        if (!take_repeat(parser, &min, &max))
                return 0;
        if (!*ret)
                return pattern_parser_bad(parser, "missing argument to repetition operator", start);
        if (min > PATTERN_REPEAT_MAX || max > PATTERN_REPEAT_MAX || (max >= 0 && min > max))
                return pattern_parser_bad(parser, "invalid repeat count", start);
        pattern_parser_take(parser, "?");
        node = pattern_parser_node(parser, PATTERN_REPEAT);
        node->min = min;
        node->max = max;
        item = ARENA_NEW(parser->arena, const struct pattern_node *);
        *item = *ret;
        node->items = item;
        node->n_items = 1;
        *ret = node;
        if (take_repeat(parser, &min, &max))
                return pattern_parser_bad(parser, "invalid nested repetition operator", start);
        return 0;
}

/* Appends an item to the node's, whose array doubles at each power of two. */
static void items_add(struct pattern_parser *parser, struct pattern_node *node,
                      const struct pattern_node ***items, const struct pattern_node *item) {
        size_t n = node->n_items;
        const struct pattern_node **larger;

        if ((n & (n - 1)) == 0) {
                larger = ARENA_NEW_ARRAY(parser->arena, const struct pattern_node *,
                                         n > 0 ? 2 * n : 1);
                if (n > 0 && *items)
                        memcpy(larger, *items, n * sizeof(const struct pattern_node *));
                *items = larger;
        }
        assert(*items);
        (*items)[n] = item;
        node->items = *items;
        node->n_items = n + 1;
}

static int parse_sequence(struct pattern_parser *parser, const struct pattern_node **ret) {
        struct pattern_node *node = pattern_parser_node(parser, PATTERN_SEQUENCE);
        const struct pattern_node **items = NULL, *item;

        while (pattern_parser_more(parser) && !pattern_parser_at(parser, "|") &&
               !pattern_parser_at(parser, ")")) {
                if (parse_repeat(parser, &item) < 0)
                        return -1;
                if (item)
                        items_add(parser, node, &items, item);
        }
        *ret = node;
        return 0;
}

static int parse_choice(struct pattern_parser *parser, const struct pattern_node **ret) {
        struct pattern_node *node = pattern_parser_node(parser, PATTERN_CHOICE);
        const struct pattern_node **items = NULL, *item;

        if (++parser->depth > DEPTH_MAX)
                return bad_whole(parser, "expression nests too deeply");
        do {
                if (parse_sequence(parser, &item) < 0)
                        return -1;
                items_add(parser, node, &items, item);
        } while (pattern_parser_take(parser, "|"));
        parser->depth--;
        *ret = node->n_items == 1 ? node->items[0] : node;
        return 0;
}

int pattern_syntax_parse(struct bytes text, struct arena *arena,
                         const struct pattern_node **ret_root, struct err *err) {
        struct pattern_parser parser = { .text = text, .arena = arena, .err = err };
        const struct pattern_node *root;

        if (text.len > PATTERN_BYTES_MAX)
                return err_set(err, ERR_INVALID, "regexp: more than %d bytes", PATTERN_BYTES_MAX);
        for (size_t at = 0, start; at < text.len;) {
                start = at;
                if (rune_next(text, &at) == RUNE_ERROR && at - start == 1)
                        return bad_whole(&parser, "invalid UTF-8");
        }
        if (parse_choice(&parser, &root) < 0)
                return -1;
        if (parser.at < text.len)
                return bad_whole(&parser, "unexpected )");
        *ret_root = root;
        return 0;
}
