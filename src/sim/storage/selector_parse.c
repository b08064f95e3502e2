/*
 * The query form of label selectors (k8s.io/apimachinery/pkg/labels), with its oddities: "in" and
 * "notin" are keys and values too, "(,)" has an empty value, "a=" selects the empty one.
 */
#include <stdlib.h>
#include <string.h>

#include "llc/base/json.h"
#include "schema/names.h"
#include "storage/requirement.h"
#include "storage/selector.h"

enum token_type {
        TOKEN_END,
        TOKEN_WORD,
        TOKEN_IN,    /* a word, where no operator is looked for */
        TOKEN_NOTIN, /* the same */
        TOKEN_NOT,
        TOKEN_EQUAL,
        TOKEN_NOT_EQUAL,
        TOKEN_GREATER,
        TOKEN_LESS,
        TOKEN_OPEN,
        TOKEN_CLOSE,
        TOKEN_COMMA,
};

struct token {
        enum token_type type;
        const char *text; /* "" at the end */
};

struct parser {
        struct arena *arena;
        const char *rest; /* behind the token */
        struct token token;
};

/* Longer ones first. */
static const struct token SYMBOLS[] = {
        { TOKEN_EQUAL, "==" }, { TOKEN_NOT_EQUAL, "!=" }, { TOKEN_EQUAL, "=" },
        { TOKEN_NOT, "!" },    { TOKEN_GREATER, ">" },    { TOKEN_LESS, "<" },
        { TOKEN_OPEN, "(" },   { TOKEN_CLOSE, ")" },      { TOKEN_COMMA, "," },
};

static struct token next_symbol(struct parser *parser) {
        for (size_t i = 0; i < sizeof(SYMBOLS) / sizeof(SYMBOLS[0]); i++) {
                size_t len = strlen(SYMBOLS[i].text);

                if (strncmp(parser->rest, SYMBOLS[i].text, len) == 0) {
                        parser->rest += len;
                        return SYMBOLS[i];
                }
        }
        return (struct token){ TOKEN_END, "" };
}

static void parser_next(struct parser *parser) {
        struct token word = { .type = TOKEN_WORD };
        size_t len;

        parser->rest += strspn(parser->rest, " \t\r\n");
        len = strcspn(parser->rest, " \t\r\n=!(),><");
        if (len == 0) {
                parser->token = next_symbol(parser);
                return;
        }
        word.text = arena_copy(parser->arena, (struct bytes){ parser->rest, len });
        if (strcmp(word.text, "in") == 0)
                word.type = TOKEN_IN;
        else if (strcmp(word.text, "notin") == 0)
                word.type = TOKEN_NOTIN;
        parser->rest += len;
        parser->token = word;
}

static bool at_word(const struct parser *parser) {
        return parser->token.type == TOKEN_WORD || parser->token.type == TOKEN_IN ||
               parser->token.type == TOKEN_NOTIN;
}

static bool at(const struct parser *parser, enum token_type type) {
        return parser->token.type == type;
}

static int unexpected(const struct parser *parser, const char *expected, struct err *err) {
        return err_set(err, ERR_INVALID, "found '%s', expected: %s", parser->token.text, expected);
}

static int text_compare(const void *a, const void *b) {
        const char *const *x = a, *const *y = b;

        return strcmp(*x, *y);
}

static void values_sort(struct strings *values) {
        size_t kept = 0;

        qsort(values->items, values->n, sizeof(*values->items), text_compare);
        for (size_t i = 0; i < values->n; i++)
                if (kept == 0 || strcmp(values->items[kept - 1], values->items[i]) != 0)
                        values->items[kept++] = values->items[i];
        values->n = kept;
}

static void take_word(struct parser *parser, struct strings *values) {
        strings_add(values, "%s", parser->token.text);
        parser_next(parser);
}

/* What is between "(" and ")": not "()" nor what begins otherwise. */
static int parse_identifiers(struct parser *parser, struct strings *values, struct err *err) {
        if (at(parser, TOKEN_COMMA))
                strings_add(values, "%s", "");
        for (;;) {
                if (at_word(parser)) {
                        take_word(parser, values);
                        if (at(parser, TOKEN_CLOSE))
                                return 0;
                        if (!at(parser, TOKEN_COMMA))
                                return unexpected(parser, "',' or ')'", err);
                        continue;
                }
                if (!at(parser, TOKEN_COMMA))
                        return unexpected(parser, "',', or identifier", err);
                parser_next(parser);
                if (at(parser, TOKEN_CLOSE) || at(parser, TOKEN_COMMA))
                        strings_add(values, "%s", "");
                if (at(parser, TOKEN_CLOSE))
                        return 0;
                if (at(parser, TOKEN_COMMA))
                        parser_next(parser);
        }
}

static int parse_list(struct parser *parser, struct strings *values, struct err *err) {
        if (!at(parser, TOKEN_OPEN)) /* no comma, in the real one too */
                return err_set(err, ERR_INVALID, "found '%s' expected: '('", parser->token.text);
        parser_next(parser);
        if (at(parser, TOKEN_CLOSE))
                strings_add(values, "%s", "");
        else if (!at_word(parser) && !at(parser, TOKEN_COMMA))
                return unexpected(parser, "',', ')' or identifier", err);
        else if (parse_identifiers(parser, values, err) < 0)
                return -1;
        parser_next(parser);
        return 0;
}

static int parse_exact(struct parser *parser, struct strings *values, struct err *err) {
        if (at(parser, TOKEN_END) || at(parser, TOKEN_COMMA))
                strings_add(values, "%s", "");
        else if (!at_word(parser))
                return unexpected(parser, "identifier", err);
        else
                take_word(parser, values);
        return 0;
}

static int parse_operator(struct parser *parser, enum requirement_operator *ret_op, bool *ret_exact,
                          struct err *err) {
        *ret_exact = true;
        switch (parser->token.type) {
        case TOKEN_IN:
                *ret_exact = false;
                *ret_op = REQUIRE_IN;
                break;
        case TOKEN_NOTIN:
                *ret_exact = false;
                *ret_op = REQUIRE_NOT_IN;
                break;
        case TOKEN_EQUAL:
                *ret_op = REQUIRE_IN;
                break;
        case TOKEN_NOT_EQUAL:
                *ret_op = REQUIRE_NOT_IN;
                break;
        case TOKEN_GREATER:
                *ret_op = REQUIRE_GREATER;
                break;
        case TOKEN_LESS:
                *ret_op = REQUIRE_LESS;
                break;
        case TOKEN_END:
        case TOKEN_WORD:
        case TOKEN_NOT:
        case TOKEN_OPEN:
        case TOKEN_CLOSE:
        case TOKEN_COMMA:
                return unexpected(parser, "in, notin, =, ==, !=, gt, lt", err);
        }
        parser_next(parser);
        return 0;
}

static int check_key(const char *key, struct arena *arena, struct err *err) {
        struct field_errors errors = { .arena = arena };
        const char *trouble = name_trouble(NAME_QUALIFIED, key, arena);
        JSON_CLEANUP struct json *text = json_new_string(bytes_of(key));

        if (!trouble)
                return 0;
        /* The real one has no field here, and prints that. */
        field_error_add(&errors, FIELD_ERROR_INVALID, "<nil>", text, "%s", trouble);
        return err_set(err, ERR_INVALID, "%s", field_errors_text(&errors));
}

static int parse_requirement(struct parser *parser, struct requirement *ret_requirement,
                             struct err *err) {
        struct requirement requirement = { .op = REQUIRE_EXISTS };
        struct strings values = { .arena = parser->arena };
        bool exact;

        if (at(parser, TOKEN_NOT)) {
                requirement.op = REQUIRE_ABSENT;
                parser_next(parser);
        }
        if (!at_word(parser))
                return unexpected(parser, "identifier", err);
        requirement.key = parser->token.text;
        if (check_key(requirement.key, parser->arena, err) < 0)
                return -1;
        parser_next(parser);
        if (requirement.op == REQUIRE_EXISTS && !at(parser, TOKEN_END) &&
            !at(parser, TOKEN_COMMA)) {
                if (parse_operator(parser, &requirement.op, &exact, err) < 0 ||
                    (exact ? parse_exact : parse_list)(parser, &values, err) < 0)
                        return -1;
                values_sort(&values);
                requirement.values = values.items;
                requirement.n_values = values.n;
        }
        *ret_requirement = requirement;
        return requirement_check(&requirement, parser->arena, err);
}

int selector_parse(const char *text, struct arena *arena, const struct selector **ret_selector,
                   struct err *err) {
        struct parser parser = { .arena = arena, .rest = text };
        struct selector *selector = ARENA_NEW(arena, struct selector);
        struct requirement *requirements =
                ARENA_NEW_ARRAY(arena, struct requirement, strlen(text) / 2 + 1);

        parser_next(&parser);
        if (!at_word(&parser) && !at(&parser, TOKEN_NOT) && !at(&parser, TOKEN_END))
                return unexpected(&parser, "!, identifier, or 'end of string'", err);
        while (!at(&parser, TOKEN_END)) {
                if (parse_requirement(&parser, &requirements[selector->n_requirements], err) < 0)
                        return err_wrap(err, "unable to parse requirement");
                selector->n_requirements++;
                if (at(&parser, TOKEN_END))
                        break;
                if (!at(&parser, TOKEN_COMMA))
                        return unexpected(&parser, "',' or 'end of string'", err);
                parser_next(&parser);
                if (!at_word(&parser) && !at(&parser, TOKEN_NOT))
                        return unexpected(&parser, "identifier after ','", err);
        }
        selector->requirements = requirements;
        *ret_selector = selector;
        return 0;
}
