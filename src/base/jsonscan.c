#include "jsonscan.h"

#include <assert.h>
#include <stdint.h>

#include "utf8.h"

enum { SCAN_DEPTH_MAX = 16 * 1024 };

enum scan_state {
        SCAN_VALUE,        /* a value must come */
        SCAN_FIRST_ITEM,   /* after '[': a value or ']' */
        SCAN_FIRST_MEMBER, /* after '{': a name or '}' */
        SCAN_MEMBER,       /* after ',' in an object: a name */
        SCAN_COLON,
        SCAN_AFTER_VALUE, /* ',' or a closing bracket, or the end */
};

struct scan {
        const unsigned char *text;
        size_t len, pos;
        size_t depth, deepest, nodes;
        const struct json_limits *limits;
        uint8_t is_object[SCAN_DEPTH_MAX / 8]; /* a bit a level */
};

static int scan_fail(const struct scan *s, const char *what, struct err *err) {
        if (s->pos >= s->len)
                return err_set(err, ERR_INVALID, "JSON ends at byte %zu: expected %s", s->len,
                               what);
        return err_set(err, ERR_INVALID, "JSON byte %zu: expected %s", s->pos, what);
}

static bool scan_in_object(const struct scan *s) {
        return s->is_object[(s->depth - 1) / 8] & (1u << ((s->depth - 1) % 8));
}

static int scan_open(struct scan *s, bool object, struct err *err) {
        size_t level = s->depth;

        if (level >= s->limits->max_depth)
                return err_set(err, ERR_TOO_LARGE, "JSON byte %zu: nested deeper than %zu", s->pos,
                               s->limits->max_depth);
        s->is_object[level / 8] &= (uint8_t) ~(1u << (level % 8));
        s->is_object[level / 8] |= (uint8_t)((unsigned)object << (level % 8));
        s->depth++;
        if (s->depth > s->deepest)
                s->deepest = s->depth;
        s->pos++;
        return 0;
}

static bool is_space(unsigned char c) {
        return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_hex(unsigned char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static int scan_escape(struct scan *s, struct err *err) {
        s->pos++; /* the backslash */
        if (s->pos >= s->len)
                return scan_fail(s, "an escape", err);
        if (s->text[s->pos] == 'u') {
                for (int i = 0; i < 4; i++) {
                        s->pos++;
                        if (s->pos >= s->len || !is_hex(s->text[s->pos]))
                                return scan_fail(s, "four hex digits", err);
                }
        } else if (s->text[s->pos] == '\0' || !strchr("\"\\/bfnrt", s->text[s->pos])) {
                return scan_fail(s, "an escape", err);
        }
        s->pos++;
        return 0;
}

static int scan_string(struct scan *s, struct err *err) {
        for (s->pos++; s->pos < s->len;) {
                unsigned char c = s->text[s->pos];
                size_t n;

                if (c == '"') {
                        s->pos++;
                        return 0;
                }
                if (c == '\\') {
                        if (scan_escape(s, err) < 0)
                                return -1;
                        continue;
                }
                n = c < 0x20 ? 0 : utf8_length(s->text + s->pos, s->len - s->pos);
                if (n == 0)
                        return scan_fail(s, "a UTF-8 character", err);
                s->pos += n;
        }
        return scan_fail(s, "the end of a string", err);
}

static bool scan_digits(struct scan *s) {
        size_t start = s->pos;

        while (s->pos < s->len && s->text[s->pos] >= '0' && s->text[s->pos] <= '9')
                s->pos++;
        return s->pos > start;
}

/* json-c clamps integers beyond 64 bits silently; they are refused instead. */
static bool integer_fits(const unsigned char *digits, size_t n, bool negative) {
        uint64_t value = 0;

        for (size_t i = 0; i < n; i++)
                if (__builtin_mul_overflow(value, 10, &value) ||
                    __builtin_add_overflow(value, (uint64_t)(digits[i] - '0'), &value))
                        return false;
        return value <= (uint64_t)INT64_MAX + negative;
}

static int scan_number(struct scan *s, struct err *err) {
        bool negative = s->text[s->pos] == '-';
        bool integer = true;
        size_t digits, end;

        s->pos += negative;
        digits = s->pos;
        if (!scan_digits(s))
                return scan_fail(s, "a digit", err);
        end = s->pos;
        if (s->text[digits] == '0' && end - digits > 1) {
                s->pos = digits + 1;
                return scan_fail(s, "no digit after a leading zero", err);
        }
        if (s->pos < s->len && s->text[s->pos] == '.') {
                integer = false;
                s->pos++;
                if (!scan_digits(s))
                        return scan_fail(s, "a digit", err);
        }
        if (s->pos < s->len && (s->text[s->pos] == 'e' || s->text[s->pos] == 'E')) {
                integer = false;
                s->pos++;
                if (s->pos < s->len && (s->text[s->pos] == '+' || s->text[s->pos] == '-'))
                        s->pos++;
                if (!scan_digits(s))
                        return scan_fail(s, "a digit", err);
        }
        if (integer && !integer_fits(s->text + digits, end - digits, negative)) {
                s->pos = digits;
                return scan_fail(s, "an integer of at most 64 bits", err);
        }
        return 0;
}

static int scan_word(struct scan *s, const char *word, struct err *err) {
        size_t n = strlen(word);

        if (s->len - s->pos < n || memcmp(s->text + s->pos, word, n) != 0)
                return scan_fail(s, "a value", err);
        s->pos += n;
        return 0;
}

/* json-c would end the name at the NUL: "a\u0000b" must not read as "a". */
static int scan_name(struct scan *s, struct err *err) {
        size_t start = s->pos;

        if (scan_string(s, err) < 0)
                return -1;
        for (const unsigned char *p = s->text + start; p < s->text + s->pos; p++) {
                if (*p != '\\')
                        continue;
                if (*++p == 'u' && memcmp(p + 1, "0000", 4) == 0) {
                        s->pos = start;
                        return scan_fail(s, "a member name without NUL", err);
                }
        }
        return 0;
}

/* A value begins at pos; sets what must come after it. */
static int scan_value(struct scan *s, enum scan_state *next, struct err *err) {
        if (++s->nodes > s->limits->max_nodes)
                return err_set(err, ERR_TOO_LARGE, "JSON byte %zu: more than %zu values", s->pos,
                               s->limits->max_nodes);
        *next = SCAN_AFTER_VALUE;
        switch (s->text[s->pos]) {
        case '{':
                *next = SCAN_FIRST_MEMBER;
                return scan_open(s, true, err);
        case '[':
                *next = SCAN_FIRST_ITEM;
                return scan_open(s, false, err);
        case '"':
                return scan_string(s, err);
        case 't':
                return scan_word(s, "true", err);
        case 'f':
                return scan_word(s, "false", err);
        case 'n':
                return scan_word(s, "null", err);
        case '-':
        case '0':
        case '1':
        case '2':
        case '3':
        case '4':
        case '5':
        case '6':
        case '7':
        case '8':
        case '9':
                return scan_number(s, err);
        default:
                return scan_fail(s, "a value", err);
        }
}

/* After a value: a comma, the closing bracket of this level, or nothing more at depth 0. */
static int scan_after_value(struct scan *s, enum scan_state *next, struct err *err) {
        unsigned char c = s->text[s->pos];

        if (s->depth == 0)
                return scan_fail(s, "nothing after the value", err);
        if (c == ',') {
                s->pos++;
                *next = scan_in_object(s) ? SCAN_MEMBER : SCAN_VALUE;
                return 0;
        }
        if (c != (scan_in_object(s) ? '}' : ']'))
                return scan_fail(s, scan_in_object(s) ? "',' or '}'" : "',' or ']'", err);
        s->pos++;
        s->depth--;
        *next = SCAN_AFTER_VALUE;
        return 0;
}

static int scan_step(struct scan *s, enum scan_state *state, struct err *err) {
        unsigned char c = s->text[s->pos];

        switch (*state) {
        case SCAN_FIRST_ITEM:
                if (c == ']')
                        return scan_after_value(s, state, err);
                return scan_value(s, state, err);
        case SCAN_VALUE:
                return scan_value(s, state, err);
        case SCAN_FIRST_MEMBER:
                if (c == '}')
                        return scan_after_value(s, state, err);
                *state = SCAN_MEMBER;
                return 0;
        case SCAN_MEMBER:
                if (c != '"')
                        return scan_fail(s, "a member name", err);
                *state = SCAN_COLON;
                return scan_name(s, err);
        case SCAN_COLON:
                if (c != ':')
                        return scan_fail(s, "':'", err);
                s->pos++;
                *state = SCAN_VALUE;
                return 0;
        case SCAN_AFTER_VALUE:
                return scan_after_value(s, state, err);
        }
        return scan_fail(s, "nothing after the value", err);
}

int json_scan(struct bytes text, const struct json_limits *limits, size_t *ret_depth,
              struct err *err) {
        struct scan s = {
                .text = (const unsigned char *)text.ptr,
                .len = text.len,
                .limits = limits,
        };
        enum scan_state state = SCAN_VALUE;

        assert(limits->max_depth <= SCAN_DEPTH_MAX);
        if (text.len > limits->max_bytes)
                return err_set(err, ERR_TOO_LARGE, "JSON of %zu bytes, at most %zu are allowed",
                               text.len, limits->max_bytes);
        for (;;) {
                while (s.pos < s.len && is_space(s.text[s.pos]))
                        s.pos++;
                if (s.pos >= s.len)
                        break;
                if (scan_step(&s, &state, err) < 0)
                        return -1;
        }
        if (state != SCAN_AFTER_VALUE || s.depth > 0)
                return scan_fail(&s, "a complete value", err);
        *ret_depth = s.deepest;
        return 0;
}
