/*
 * Recursive descent, one function for each level of binding.
 */
#include <string.h>

#include "llc/base/strbuf.h"
#include "schema/cel_ast.h"
#include "schema/cel_functions.h"
#include "schema/cel_lexer.h"

enum { RULE_BYTES_MAX = 16 * 1024, DEPTH_MAX = 150, ITEMS_MAX = 128 };

struct parser {
        struct cel_lexer lexer;
        struct cel_token token; /* the one to be read next */
        struct arena *arena;
        struct bytes variables[CEL_VARIABLES_MAX];
        unsigned n_variables;
        unsigned depth;
        bool uses_old_self;
        struct err *err;
};

static const struct {
        const char *name;
        enum cel_node_type type;
} MACROS[] = {
        { "all", CEL_NODE_ALL },
        { "exists", CEL_NODE_EXISTS },
        { "exists_one", CEL_NODE_EXISTS_ONE },
        { "existsOne", CEL_NODE_EXISTS_ONE },
        { "map", CEL_NODE_MAPPED },
        { "filter", CEL_NODE_FILTER },
};

static const struct {
        const char *sign;
        enum cel_operator operator;
        int binding;
} OPERATORS[] = {
        { "<", CEL_LESS, 0 },     { "<=", CEL_LESS_OR_EQUAL, 0 },
        { ">", CEL_GREATER, 0 },  { ">=", CEL_GREATER_OR_EQUAL, 0 },
        { "==", CEL_EQUALS, 0 },  { "!=", CEL_DIFFERS, 0 },
        { "in", CEL_IN, 0 },      { "+", CEL_ADD, 1 },
        { "-", CEL_SUBTRACT, 1 }, { "*", CEL_MULTIPLY, 2 },
        { "/", CEL_DIVIDE, 2 },   { "%", CEL_MODULO, 2 },
};

static int parse_expression(struct parser *parser, const struct cel_node **ret);

static int advance(struct parser *parser) {
        return cel_lexer_next(&parser->lexer, &parser->token, parser->err);
}

static bool at_sign(const struct parser *parser, const char *sign) {
        return parser->token.type == CEL_TOKEN_SIGN && bytes_is(parser->token.text, sign);
}

static int unexpected(struct parser *parser) {
        if (parser->token.type == CEL_TOKEN_END)
                return err_set(parser->err, ERR_INVALID, "syntax error at the end");
        if (parser->token.type == CEL_TOKEN_LITERAL)
                return err_set(parser->err, ERR_INVALID, "syntax error at a literal");
        return err_set(parser->err, ERR_INVALID, "syntax error at \"%.*s\"",
                       (int)parser->token.text.len, parser->token.text.ptr);
}

static int expect(struct parser *parser, const char *sign) {
        if (!at_sign(parser, sign))
                return unexpected(parser);
        return advance(parser);
}

static struct cel_node *node_new(struct parser *parser, enum cel_node_type type, size_t n_items,
                                 const struct cel_node *const items[]) {
        struct cel_node *node = ARENA_NEW(parser->arena, struct cel_node);
        const struct cel_node **copy;

        node->type = type;
        node->n_items = n_items;
        if (n_items > 0) {
                copy = ARENA_NEW_ARRAY(parser->arena, const struct cel_node *, n_items);
                memcpy(copy, items, n_items * sizeof(const struct cel_node *));
                node->items = copy;
        }
        return node;
}

static const struct cel_node *node_literal(struct parser *parser, struct cel_value value) {
        struct cel_node *node = node_new(parser, CEL_NODE_LITERAL, 0, NULL);

        node->literal = value;
        return node;
}

static const struct cel_node *node_pair(struct parser *parser, enum cel_node_type type,
                                        const struct cel_node *a, const struct cel_node *b) {
        return node_new(parser, type, 2, (const struct cel_node *const[]){ a, b });
}

/* Members whose names are no identifiers: "a__dash__b" for "a-b" (KEP-2876). */
static const char *unescaped(struct parser *parser, const char *name) {
        static const struct {
                const char *from, *to;
        } pairs[] = {
                { "__underscores__", "__" },
                { "__dot__", "." },
                { "__dash__", "-" },
                { "__slash__", "/" },
        };
        struct strbuf out STRBUF_CLEANUP = STRBUF_INIT(RULE_BYTES_MAX);
        size_t length = strlen(name), i;

        if (!strstr(name, "__"))
                return NULL;
        if (length > 4 && strncmp(name, "__", 2) == 0 &&
            strstr(name + 2, "__") == name + length - 2) {
                for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
                        if (strcmp(name, pairs[i].from) == 0)
                                return pairs[i].to;
                return arena_copy(parser->arena, (struct bytes){ name + 2, length - 4 });
        }
        while (*name) {
                for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
                        if (strncmp(name, pairs[i].from, strlen(pairs[i].from)) == 0)
                                break;
                if (i < sizeof(pairs) / sizeof(pairs[0])) {
                        strbuf_puts(&out, pairs[i].to);
                        name += strlen(pairs[i].from);
                } else
                        strbuf_append_char(&out, *name++);
        }
        return arena_copy(parser->arena, strbuf_bytes(&out));
}

static const struct cel_node *node_field(struct parser *parser, const struct cel_node *of,
                                         struct bytes name) {
        struct cel_node *node =
                node_new(parser, CEL_NODE_FIELD, 1, (const struct cel_node *const[]){ of });

        node->name = arena_copy(parser->arena, name);
        node->unescaped = unescaped(parser, node->name);
        return node;
}

/* Items up to the closing sign; map: "key: value" pairs of them. */
static int parse_items(struct parser *parser, const char *close, bool map,
                       const struct cel_node *items[static ITEMS_MAX], size_t *ret_n) {
        size_t n = 0;

        while (!at_sign(parser, close)) {
                if (n + 2 > ITEMS_MAX)
                        return err_set(parser->err, ERR_INVALID, "more than %d items", ITEMS_MAX);
                if (at_sign(parser, "?"))
                        return err_set(parser->err, ERR_INVALID,
                                       "llc-sim does not know optional items");
                if (parse_expression(parser, &items[n++]) < 0)
                        return -1;
                if (map && (expect(parser, ":") < 0 || parse_expression(parser, &items[n++]) < 0))
                        return -1;
                if (!at_sign(parser, ","))
                        break;
                if (advance(parser) < 0)
                        return -1;
        }
        *ret_n = n;
        return expect(parser, close);
}

static int parse_call(struct parser *parser, struct bytes name, const struct cel_node *of,
                      const struct cel_node **ret) {
        const struct cel_node *items[ITEMS_MAX];
        size_t n_object = of ? 1 : 0, n;
        const struct cel_function *function;
        struct cel_node *node;

        if (parse_items(parser, ")", false, items, &n) < 0)
                return -1;
        if (n + n_object > CEL_ARGS_MAX ||
            !(function = cel_function_find(name, of != NULL, n + n_object)))
                return err_set(parser->err, ERR_INVALID,
                               "llc-sim does not know the function %.*s with %zu arguments",
                               (int)name.len, name.ptr, n);
        if (of) {
                items[1] = items[0];
                items[0] = of;
        }
        node = node_new(parser, CEL_NODE_CALL, n + n_object, items);
        node->function = function;
        if (bytes_is(name, "matches") && node->items[1]->type == CEL_NODE_LITERAL &&
            node->items[1]->literal.type == CEL_STRING &&
            pattern_compile(node->items[1]->literal.text, parser->arena, &node->pattern,
                            parser->err) < 0)
                return -1;
        *ret = node;
        return 0;
}

static int parse_has(struct parser *parser, const struct cel_node **ret) {
        const struct cel_node *field;
        struct cel_node *has;

        if (parse_expression(parser, &field) < 0 || expect(parser, ")") < 0)
                return -1;
        if (field->type != CEL_NODE_FIELD)
                return err_set(parser->err, ERR_INVALID, "invalid argument to has() macro");
        has = node_new(parser, CEL_NODE_HAS, 1, field->items);
        has->name = field->name;
        has->unescaped = field->unescaped;
        *ret = has;
        return 0;
}

/* After "of.all(": the variable, a comma, what is asked of each item. */
static int parse_macro(struct parser *parser, enum cel_node_type type, const struct cel_node *of,
                       const struct cel_node **ret) {
        const struct cel_node *items[ITEMS_MAX + 1];
        struct cel_node *node;
        unsigned variable = parser->n_variables;
        size_t n;

        if (parser->token.type != CEL_TOKEN_NAME)
                return err_set(parser->err, ERR_INVALID, "argument must be a simple name");
        if (variable == CEL_VARIABLES_MAX)
                return err_set(parser->err, ERR_INVALID, "macros nest too deeply");
        parser->variables[parser->n_variables++] = parser->token.text;
        if (advance(parser) < 0 || expect(parser, ",") < 0 ||
            parse_items(parser, ")", false, items + 1, &n) < 0)
                return -1;
        if (n != 1 && (n != 2 || type != CEL_NODE_MAPPED))
                return err_set(parser->err, ERR_INVALID,
                               "llc-sim does not know a macro with %zu arguments", n + 1);
        parser->n_variables--;
        items[0] = of;
        if (n == 2) {
                const struct cel_node *filter = items[1];

                items[1] = items[2];
                items[2] = filter;
        }
        node = node_new(parser, type, n + 1, items);
        node->variable = variable;
        *ret = node;
        return 0;
}

static int parse_name(struct parser *parser, const struct cel_node **ret) {
        struct bytes name = parser->token.text;
        struct cel_node *node;
        enum cel_type type;

        if (bytes_is(name, "in"))
                return unexpected(parser);
        if (advance(parser) < 0)
                return -1;
        if (at_sign(parser, "(")) {
                if (advance(parser) < 0)
                        return -1;
                return bytes_is(name, "has") ? parse_has(parser, ret)
                                             : parse_call(parser, name, NULL, ret);
        }
        for (unsigned i = parser->n_variables; i-- > 0;) {
                if (!bytes_equal(parser->variables[i], name))
                        continue;
                node = node_new(parser, CEL_NODE_VARIABLE, 0, NULL);
                node->variable = i;
                *ret = node;
                parser->uses_old_self |= i == CEL_OLD_SELF;
                return 0;
        }
        if (bytes_is(name, "true") || bytes_is(name, "false"))
                *ret = node_literal(parser, cel_bool(bytes_is(name, "true")));
        else if (bytes_is(name, "null"))
                *ret = node_literal(parser, (struct cel_value){ .type = CEL_NULL });
        else if (cel_type_named(name, &type))
                *ret = node_literal(parser, (struct cel_value){ .type = CEL_TYPE, .number = type });
        else
                return err_set(parser->err, ERR_INVALID, "undeclared reference to '%.*s'",
                               (int)name.len, name.ptr);
        return 0;
}

static int parse_primary(struct parser *parser, const struct cel_node **ret) {
        const struct cel_node *items[ITEMS_MAX];
        bool map = at_sign(parser, "{");
        size_t n;

        if (parser->token.type == CEL_TOKEN_NAME)
                return parse_name(parser, ret);
        if (parser->token.type == CEL_TOKEN_LITERAL) {
                if (parser->token.least_int)
                        return err_set(parser->err, ERR_INVALID, "invalid int literal");
                *ret = node_literal(parser, parser->token.value);
                return advance(parser);
        }
        if (at_sign(parser, "("))
                return advance(parser) < 0 || parse_expression(parser, ret) < 0
                               ? -1
                               : expect(parser, ")");
        if (!map && !at_sign(parser, "["))
                return unexpected(parser);
        if (advance(parser) < 0 || parse_items(parser, map ? "}" : "]", map, items, &n) < 0)
                return -1;
        *ret = node_new(parser, map ? CEL_NODE_MAP : CEL_NODE_LIST, n, items);
        return 0;
}

/* After "of.": a field, a method or a macro. */
static int parse_selection(struct parser *parser, const struct cel_node *of,
                           const struct cel_node **ret) {
        struct bytes name = parser->token.text;

        if (parser->token.type != CEL_TOKEN_NAME || bytes_is(name, "in"))
                return unexpected(parser);
        if (advance(parser) < 0)
                return -1;
        if (!at_sign(parser, "(")) {
                *ret = node_field(parser, of, name);
                return 0;
        }
        if (advance(parser) < 0)
                return -1;
        for (size_t i = 0; i < sizeof(MACROS) / sizeof(MACROS[0]); i++)
                if (bytes_is(name, MACROS[i].name))
                        return parse_macro(parser, MACROS[i].type, of, ret);
        return parse_call(parser, name, of, ret);
}

static int parse_member(struct parser *parser, const struct cel_node **ret) {
        const struct cel_node *of, *index;
        unsigned depth = parser->depth;

        if (parse_primary(parser, &of) < 0)
                return -1;
        for (;;) {
                if (++parser->depth > DEPTH_MAX)
                        return err_set(parser->err, ERR_INVALID, "nests too deeply");
                if (at_sign(parser, ".?") || at_sign(parser, "[?"))
                        return err_set(parser->err, ERR_INVALID,
                                       "llc-sim does not know optional fields");
                if (at_sign(parser, ".")) {
                        if (advance(parser) < 0 || parse_selection(parser, of, &of) < 0)
                                return -1;
                } else if (at_sign(parser, "[")) {
                        if (advance(parser) < 0 || parse_expression(parser, &index) < 0 ||
                            expect(parser, "]") < 0)
                                return -1;
                        of = node_pair(parser, CEL_NODE_INDEX, of, index);
                } else
                        break;
        }
        parser->depth = depth;
        *ret = of;
        return 0;
}

static int parse_unary(struct parser *parser, const struct cel_node **ret) {
        const struct cel_node *of;
        bool is_not = at_sign(parser, "!");

        if (!is_not && !at_sign(parser, "-"))
                return parse_member(parser, ret);
        if (advance(parser) < 0)
                return -1;
        if (!is_not && parser->token.type == CEL_TOKEN_LITERAL &&
            parser->token.value.type != CEL_STRING) {
                parser->token.value.real = -parser->token.value.real;
                if (!parser->token.least_int)
                        parser->token.value.number = -parser->token.value.number;
                parser->token.least_int = false;
                return parse_member(parser, ret);
        }
        if (++parser->depth > DEPTH_MAX)
                return err_set(parser->err, ERR_INVALID, "nests too deeply");
        if (parse_unary(parser, &of) < 0)
                return -1;
        parser->depth--;
        *ret = node_new(parser, is_not ? CEL_NODE_NOT : CEL_NODE_NEGATIVE, 1, &of);
        return 0;
}

static bool at_operator(const struct parser *parser, int binding, enum cel_operator *ret) {
        if (parser->token.type != CEL_TOKEN_SIGN && parser->token.type != CEL_TOKEN_NAME)
                return false;
        for (size_t i = 0; i < sizeof(OPERATORS) / sizeof(OPERATORS[0]); i++) {
                if (OPERATORS[i].binding != binding ||
                    !bytes_is(parser->token.text, OPERATORS[i].sign))
                        continue;
                *ret = OPERATORS[i].operator;
                return true;
        }
        return false;
}

/* Relations (0), sums (1), products (2). */
static int parse_operators(struct parser *parser, int binding, const struct cel_node **ret) {
        const struct cel_node *left, *right;
        enum cel_operator operator;
        struct cel_node *node;
        unsigned depth = parser->depth;

        if (binding > 2)
                return parse_unary(parser, ret);
        if (parse_operators(parser, binding + 1, &left) < 0)
                return -1;
        while (at_operator(parser, binding, &operator)) {
                if (++parser->depth > DEPTH_MAX)
                        return err_set(parser->err, ERR_INVALID, "nests too deeply");
                if (advance(parser) < 0 || parse_operators(parser, binding + 1, &right) < 0)
                        return -1;
                node = node_new(parser, CEL_NODE_OPERATOR, 2,
                                (const struct cel_node *const[]){ left, right });
                node->operator= operator;
                left = node;
        }
        parser->depth = depth;
        *ret = left;
        return 0;
}

/* "&&" binds more than "||"; the items of each are one node. */
static int parse_logic(struct parser *parser, enum cel_node_type type,
                       const struct cel_node **ret) {
        const char *sign = type == CEL_NODE_OR ? "||" : "&&";
        const struct cel_node *items[ITEMS_MAX];
        size_t n = 0;

        for (;;) {
                if (n == ITEMS_MAX)
                        return err_set(parser->err, ERR_INVALID, "more than %d conditions",
                                       ITEMS_MAX);
                if (type == CEL_NODE_OR ? parse_logic(parser, CEL_NODE_AND, &items[n]) < 0
                                        : parse_operators(parser, 0, &items[n]) < 0)
                        return -1;
                n++;
                if (!at_sign(parser, sign))
                        break;
                if (advance(parser) < 0)
                        return -1;
        }
        *ret = n == 1 ? items[0] : node_new(parser, type, n, items);
        return 0;
}

static int parse_expression(struct parser *parser, const struct cel_node **ret) {
        const struct cel_node *items[3];

        if (++parser->depth > DEPTH_MAX)
                return err_set(parser->err, ERR_INVALID, "nests too deeply");
        if (parse_logic(parser, CEL_NODE_OR, &items[0]) < 0)
                return -1;
        *ret = items[0];
        if (at_sign(parser, "?")) {
                if (advance(parser) < 0 || parse_logic(parser, CEL_NODE_OR, &items[1]) < 0 ||
                    expect(parser, ":") < 0 || parse_expression(parser, &items[2]) < 0)
                        return -1;
                *ret = node_new(parser, CEL_NODE_CONDITIONAL, 3, items);
        }
        parser->depth--;
        return 0;
}

int cel_parse(struct bytes text, struct arena *arena, const struct cel_node **ret_root,
              bool *ret_uses_old_self, struct err *err) {
        struct parser parser = {
                .lexer = { .text = text, .arena = arena },
                .arena = arena,
                .variables = { [CEL_SELF] = bytes_of("self"),
                               [CEL_OLD_SELF] = bytes_of("oldSelf") },
                .n_variables = 2,
                .err = err,
        };
        const struct cel_node *root;

        if (text.len > RULE_BYTES_MAX)
                return err_set(err, ERR_INVALID, "more than %d bytes", RULE_BYTES_MAX);
        if (advance(&parser) < 0 || parse_expression(&parser, &root) < 0)
                return -1;
        if (parser.token.type != CEL_TOKEN_END)
                return unexpected(&parser);
        *ret_root = root;
        *ret_uses_old_self = parser.uses_old_self;
        return 0;
}
