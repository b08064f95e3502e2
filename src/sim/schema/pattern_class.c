#include <ctype.h>

#include "schema/pattern_parser.h"
#include "schema/rune.h"

struct ranges {
        struct pattern_range *items;
        size_t n, cap;
};

static const struct pattern_range DIGITS[] = { { '0', '9' } };
static const struct pattern_range WORDS[] = {
        { '0', '9' },
        { 'A', 'Z' },
        { '_', '_' },
        { 'a', 'z' },
};
static const struct pattern_range SPACES[] = { { '\t', '\n' }, { '\f', '\r' }, { ' ', ' ' } };

#define CLASS(text, ...)                                                                           \
        {                                                                                          \
                text, {                                                                            \
                        __VA_ARGS__                                                                \
                }                                                                                  \
        }
static const struct {
        const char *name;
        struct pattern_range ranges[4]; /* unused ones are empty: first after last */
} NAMED_CLASSES[] = {
        CLASS("alnum", { '0', '9' }, { 'A', 'Z' }, { 'a', 'z' }, { 1, 0 }),
        CLASS("alpha", { 'A', 'Z' }, { 'a', 'z' }, { 1, 0 }, { 1, 0 }),
        CLASS("ascii", { 0, 0x7F }, { 1, 0 }, { 1, 0 }, { 1, 0 }),
        CLASS("blank", { '\t', '\t' }, { ' ', ' ' }, { 1, 0 }, { 1, 0 }),
        CLASS("cntrl", { 0, 0x1F }, { 0x7F, 0x7F }, { 1, 0 }, { 1, 0 }),
        CLASS("digit", { '0', '9' }, { 1, 0 }, { 1, 0 }, { 1, 0 }),
        CLASS("graph", { '!', '~' }, { 1, 0 }, { 1, 0 }, { 1, 0 }),
        CLASS("lower", { 'a', 'z' }, { 1, 0 }, { 1, 0 }, { 1, 0 }),
        CLASS("print", { ' ', '~' }, { 1, 0 }, { 1, 0 }, { 1, 0 }),
        CLASS("punct", { '!', '/' }, { ':', '@' }, { '[', '`' }, { '{', '~' }),
        CLASS("space", { '\t', '\r' }, { ' ', ' ' }, { 1, 0 }, { 1, 0 }),
        CLASS("upper", { 'A', 'Z' }, { 1, 0 }, { 1, 0 }, { 1, 0 }),
        CLASS("word", { '0', '9' }, { 'A', 'Z' }, { 'a', 'z' }, { '_', '_' }),
        CLASS("xdigit", { '0', '9' }, { 'A', 'F' }, { 'a', 'f' }, { 1, 0 }),
};

static void ranges_add(struct pattern_parser *parser, struct ranges *ranges, uint32_t first,
                       uint32_t last) {
        struct pattern_range *larger;

        if (ranges->n == ranges->cap) {
                ranges->cap = ranges->cap ? 2 * ranges->cap : 4;
                larger = ARENA_NEW_ARRAY(parser->arena, struct pattern_range, ranges->cap);
                if (ranges->n > 0)
                        memcpy(larger, ranges->items, ranges->n * sizeof(*larger));
                ranges->items = larger;
        }
        ranges->items[ranges->n++] = (struct pattern_range){ first, last };
}

/* first to last, and with (?i) the other case of the letters among them. */
static void ranges_add_folded(struct pattern_parser *parser, struct ranges *ranges, uint32_t first,
                              uint32_t last) {
        ranges_add(parser, ranges, first, last);
        if (!parser->fold)
                return;
        for (uint32_t letter = 'A'; letter <= 'Z'; letter++) {
                uint32_t lower = letter + ('a' - 'A');

                if (letter >= first && letter <= last)
                        ranges_add(parser, ranges, lower, lower);
                if (lower >= first && lower <= last)
                        ranges_add(parser, ranges, letter, letter);
        }
}

/* All that is in none of the sorted, disjoint ranges. */
static void ranges_add_others(struct pattern_parser *parser, struct ranges *ranges,
                              const struct pattern_range *not_these, size_t n) {
        uint32_t first = 0;

        for (size_t i = 0; i < n; i++) {
                if (not_these[i].first > first)
                        ranges_add(parser, ranges, first, not_these[i].first - 1);
                first = not_these[i].last + 1;
        }
        ranges_add(parser, ranges, first, RUNE_MAX);
}

static const struct pattern_node *node_set(struct pattern_parser *parser,
                                           const struct ranges *ranges, bool negated) {
        struct pattern_node *node = pattern_parser_node(parser, PATTERN_SET);

        node->ranges = ranges->items;
        node->n_ranges = ranges->n;
        node->negated = negated;
        return node;
}

const struct pattern_node *pattern_class_rune(struct pattern_parser *parser, uint32_t rune) {
        struct ranges ranges = { .n = 0 };

        ranges_add_folded(parser, &ranges, rune, rune);
        return node_set(parser, &ranges, false);
}

/* \d \D \w \W \s \S */
static bool take_perl_class(struct pattern_parser *parser, struct ranges *ranges) {
        static const struct {
                char letter;
                const struct pattern_range *ranges;
                size_t n;
        } classes[] = {
                { 'd', DIGITS, sizeof(DIGITS) / sizeof(DIGITS[0]) },
                { 'w', WORDS, sizeof(WORDS) / sizeof(WORDS[0]) },
                { 's', SPACES, sizeof(SPACES) / sizeof(SPACES[0]) },
        };
        char letter;

        if (!pattern_parser_at(parser, "\\") || parser->text.len - parser->at < 2)
                return false;
        letter = parser->text.ptr[parser->at + 1];
        for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
                if (letter == classes[i].letter)
                        for (size_t j = 0; j < classes[i].n; j++)
                                ranges_add(parser, ranges, classes[i].ranges[j].first,
                                           classes[i].ranges[j].last);
                else if (letter == classes[i].letter - ('a' - 'A'))
                        ranges_add_others(parser, ranges, classes[i].ranges, classes[i].n);
                else
                        continue;
                parser->at += 2;
                return true;
        }
        return false;
}

static int hex_value(char c) {
        if (c >= '0' && c <= '9')
                return c - '0';
        if (c >= 'a' && c <= 'f')
                return c - 'a' + 10;
        return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* After \x: two digits, or any number in braces. */
static int parse_hex(struct pattern_parser *parser, size_t start, uint32_t *ret_rune) {
        bool braced = pattern_parser_take(parser, "{");
        uint32_t rune = 0;
        int digits = 0, value;

        while (pattern_parser_more(parser) && (braced || digits < 2) &&
               (value = hex_value(parser->text.ptr[parser->at])) >= 0) {
                rune = rune * 16 + (uint32_t)value;
                digits++;
                parser->at++;
                if (rune > RUNE_MAX)
                        return pattern_parser_bad(parser, "invalid escape sequence", start);
        }
        if (digits == 0 || (braced ? !pattern_parser_take(parser, "}") : digits < 2))
                return pattern_parser_bad(parser, "invalid escape sequence", start);
        *ret_rune = rune;
        return 0;
}

/* After a backslash at start: the one character that is meant. */
static int parse_escape(struct pattern_parser *parser, uint32_t *ret_rune) {
        static const char letters[] = "afnrtv", meant[] = "\a\f\n\r\t\v";
        size_t start = parser->at++;
        const char *found;
        uint32_t rune;

        if (!pattern_parser_more(parser))
                return pattern_parser_bad(parser, "trailing backslash at end of expression",
                                          parser->at);
        rune = rune_next(parser->text, &parser->at);
        if (rune == 'x')
                return parse_hex(parser, start, ret_rune);
        if (rune == '0' ||
            (rune >= '1' && rune <= '7' && pattern_parser_more(parser) &&
             parser->text.ptr[parser->at] >= '0' && parser->text.ptr[parser->at] <= '7')) {
                rune -= '0';
                for (int i = 1;
                     i < 3 && pattern_parser_more(parser) && parser->text.ptr[parser->at] >= '0' &&
                     parser->text.ptr[parser->at] <= '7';
                     i++)
                        rune = rune * 8 + (uint32_t)(parser->text.ptr[parser->at++] - '0');
                *ret_rune = rune;
                return 0;
        }
        found = rune < 0x80 && rune > 0 ? strchr(letters, (int)rune) : NULL;
        if (found)
                *ret_rune = (unsigned char)meant[found - letters];
        else if (rune < 0x80 && !isalnum((int)rune))
                *ret_rune = rune;
        else
                return pattern_parser_bad(parser, "invalid escape sequence", start);
        return 0;
}

/* The end of the [:alpha:] that begins here; 0 when there is none. */
static size_t named_class_end(const struct pattern_parser *parser) {
        if (!pattern_parser_at(parser, "[:"))
                return 0;
        for (size_t at = parser->at + 2; at + 1 < parser->text.len; at++)
                if (parser->text.ptr[at] == ':' && parser->text.ptr[at + 1] == ']')
                        return at + 2;
        return 0;
}

/* [:alpha:], [:^alpha:] */
static int parse_named_class(struct pattern_parser *parser, size_t end, struct ranges *ranges) {
        size_t start = parser->at, from = start + 2;
        bool negated = parser->text.ptr[from] == '^';
        struct bytes name;

        parser->at = end;
        if (negated)
                from++;
        name = (struct bytes){ parser->text.ptr + from, end - 2 - from };
        for (size_t i = 0; i < sizeof(NAMED_CLASSES) / sizeof(NAMED_CLASSES[0]); i++) {
                const struct pattern_range *of = NAMED_CLASSES[i].ranges;
                size_t n = 0;

                if (!bytes_is(name, NAMED_CLASSES[i].name))
                        continue;
                while (n < 4 && of[n].first <= of[n].last)
                        n++;
                if (negated)
                        ranges_add_others(parser, ranges, of, n);
                else
                        for (size_t j = 0; j < n; j++)
                                ranges_add_folded(parser, ranges, of[j].first, of[j].last);
                return 0;
        }
        return pattern_parser_bad(parser, "invalid character class range", start);
}

static int refuse_unicode_class(struct pattern_parser *parser) {
        parser->at += 2;
        return pattern_parser_bad(parser, "llc-sim does not know Unicode classes", parser->at - 2);
}

static int parse_class_rune(struct pattern_parser *parser, size_t start, uint32_t *ret_rune) {
        if (!pattern_parser_more(parser))
                return pattern_parser_bad(parser, "missing closing ]", start);
        if (pattern_parser_at(parser, "\\"))
                return parse_escape(parser, ret_rune);
        *ret_rune = rune_next(parser->text, &parser->at);
        return 0;
}

static int parse_class_range(struct pattern_parser *parser, size_t start, struct ranges *ranges) {
        size_t range_start = parser->at;
        uint32_t first, last;

        if (parse_class_rune(parser, start, &first) < 0)
                return -1;
        last = first;
        if (pattern_parser_at(parser, "-") && parser->text.len - parser->at >= 2 &&
            !pattern_parser_at(parser, "-]")) {
                parser->at++;
                if (parse_class_rune(parser, start, &last) < 0)
                        return -1;
                if (last < first)
                        return pattern_parser_bad(parser, "invalid character class range",
                                                  range_start);
        }
        ranges_add_folded(parser, ranges, first, last);
        return 0;
}

int pattern_class_bracket(struct pattern_parser *parser, const struct pattern_node **ret) {
        struct ranges ranges = { .n = 0 };
        size_t start = parser->at++, end;
        bool negated = pattern_parser_take(parser, "^"), is_first = true;

        while (is_first || !pattern_parser_at(parser, "]")) {
                is_first = false;
                end = named_class_end(parser);
                if (end > 0) {
                        if (parse_named_class(parser, end, &ranges) < 0)
                                return -1;
                        continue;
                }
                if (pattern_parser_at(parser, "\\p") || pattern_parser_at(parser, "\\P"))
                        return refuse_unicode_class(parser);
                if (take_perl_class(parser, &ranges))
                        continue;
                if (parse_class_range(parser, start, &ranges) < 0)
                        return -1;
        }
        parser->at++;
        *ret = node_set(parser, &ranges, negated);
        return 0;
}

int pattern_class_escape(struct pattern_parser *parser, const struct pattern_node **ret) {
        struct ranges ranges = { .n = 0 };
        uint32_t rune;

        if (pattern_parser_at(parser, "\\p") || pattern_parser_at(parser, "\\P"))
                return refuse_unicode_class(parser);
        if (take_perl_class(parser, &ranges)) {
                *ret = node_set(parser, &ranges, false);
                return 0;
        }
        if (parse_escape(parser, &rune) < 0)
                return -1;
        *ret = pattern_class_rune(parser, rune);
        return 0;
}

const struct pattern_node *pattern_class_any(struct pattern_parser *parser) {
        struct ranges ranges = { .n = 0 };

        if (!parser->any_newline)
                ranges_add(parser, &ranges, '\n', '\n');
        return node_set(parser, &ranges, true);
}
