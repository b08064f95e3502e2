#include "schema/cel_lexer.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "llc/base/strbuf.h"
#include "schema/rune.h"

enum { NUMBER_MAX = 64 };

static char peek(const struct cel_lexer *lexer, size_t ahead) {
        return lexer->at + ahead < lexer->text.len ? lexer->text.ptr[lexer->at + ahead] : '\0';
}

static bool next_is(const struct cel_lexer *lexer, const char *text) {
        size_t n = strlen(text);

        return lexer->text.len - lexer->at >= n &&
               memcmp(lexer->text.ptr + lexer->at, text, n) == 0;
}

static bool is_digit(char c) {
        return c >= '0' && c <= '9';
}

static bool is_hex(char c) {
        return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_letter(char c) {
        return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static void skip_space(struct cel_lexer *lexer) {
        for (;;) {
                while (lexer->at < lexer->text.len && strchr(" \t\r\n\f", peek(lexer, 0)) &&
                       peek(lexer, 0) != '\0')
                        lexer->at++;
                if (!next_is(lexer, "//"))
                        return;
                while (lexer->at < lexer->text.len && peek(lexer, 0) != '\n')
                        lexer->at++;
        }
}

static int read_int(struct cel_token *token, const char *digits, int base, struct err *err) {
        char *end;
        unsigned long long number;

        errno = 0;
        number = strtoull(digits, &end, base);
        if (errno != 0 || *end || number > (unsigned long long)INT64_MAX + 1)
                return err_set(err, ERR_INVALID, "invalid int literal");
        token->least_int = number > INT64_MAX;
        token->value = cel_int(token->least_int ? INT64_MIN : (int64_t)number);
        return 0;
}

static int read_number(struct cel_lexer *lexer, struct cel_token *token, struct err *err) {
        size_t start = lexer->at;
        bool is_real = false, is_hexadecimal = next_is(lexer, "0x") || next_is(lexer, "0X");
        char digits[NUMBER_MAX];

        if (is_hexadecimal)
                for (lexer->at += 2; is_hex(peek(lexer, 0));)
                        lexer->at++;
        else {
                while (is_digit(peek(lexer, 0)))
                        lexer->at++;
                if (peek(lexer, 0) == '.' && is_digit(peek(lexer, 1)))
                        for (is_real = true, lexer->at++; is_digit(peek(lexer, 0));)
                                lexer->at++;
                if (peek(lexer, 0) == 'e' || peek(lexer, 0) == 'E') {
                        size_t sign = peek(lexer, 1) == '+' || peek(lexer, 1) == '-';

                        if (is_digit(peek(lexer, 1 + sign)))
                                for (is_real = true, lexer->at += 1 + sign;
                                     is_digit(peek(lexer, 0));)
                                        lexer->at++;
                }
        }
        if (peek(lexer, 0) == 'u' || peek(lexer, 0) == 'U')
                return err_set(err, ERR_INVALID, "llc-sim does not know unsigned integers");
        if (lexer->at - start >= sizeof(digits))
                return err_set(err, ERR_INVALID, "invalid number literal");
        memcpy(digits, lexer->text.ptr + start, lexer->at - start);
        digits[lexer->at - start] = '\0';
        token->type = CEL_TOKEN_LITERAL;
        if (!is_real)
                return read_int(token, digits, is_hexadecimal ? 16 : 10, err);
        token->value = cel_double(strtod(digits, NULL));
        return 0;
}

/* digits of a base, from *at on; false when there are fewer. */
static bool read_code(struct cel_lexer *lexer, int n, int base, uint32_t *ret) {
        char digits[9] = { 0 };
        char *end;

        for (int i = 0; i < n; i++, lexer->at++)
                digits[i] = is_hex(peek(lexer, 0)) ? peek(lexer, 0) : '\0';
        *ret = (uint32_t)strtoul(digits, &end, base);
        return end == digits + n;
}

/* After a backslash. */
static bool read_escape(struct cel_lexer *lexer, struct strbuf *out) {
        static const char letters[] = "abfnrtv\\'\"`?", meant[] = "\a\b\f\n\r\t\v\\'\"`?";
        char c = peek(lexer, 0), encoded[4];
        const char *found = c != '\0' ? strchr(letters, c) : NULL;
        uint32_t rune;
        bool ok;

        if (found) {
                strbuf_append_char(out, meant[found - letters]);
                lexer->at++;
                return true;
        }
        if (c >= '0' && c <= '3')
                ok = read_code(lexer, 3, 8, &rune);
        else {
                lexer->at++;
                ok = c == 'x' || c == 'X' ? read_code(lexer, 2, 16, &rune)
                     : c == 'u'           ? read_code(lexer, 4, 16, &rune)
                     : c == 'U'           ? read_code(lexer, 8, 16, &rune)
                                          : false;
        }
        if (!ok || rune > RUNE_MAX || (rune >= 0xD800 && rune <= 0xDFFF))
                return false;
        strbuf_append(out, (struct bytes){ encoded, rune_write(rune, encoded) });
        return true;
}

static int read_string(struct cel_lexer *lexer, struct cel_token *token, bool raw,
                       struct err *err) {
        static const char *const quotes[] = { "\"\"\"", "'''", "\"", "'" };
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(lexer->text.len);
        const char *quote = NULL;

        for (size_t i = 0; !quote && i < sizeof(quotes) / sizeof(quotes[0]); i++)
                if (next_is(lexer, quotes[i]))
                        quote = quotes[i];
        assert(quote); /* the caller has seen one */
        lexer->at += strlen(quote);
        while (!next_is(lexer, quote)) {
                char c = peek(lexer, 0);

                if (lexer->at >= lexer->text.len || (c == '\n' && !quote[1]))
                        return err_set(err, ERR_INVALID, "a text without its closing quote");
                lexer->at++;
                if (c != '\\' || raw)
                        strbuf_append_char(&text, c);
                else if (!read_escape(lexer, &text))
                        return err_set(err, ERR_INVALID, "invalid escape sequence in a text");
        }
        lexer->at += strlen(quote);
        token->type = CEL_TOKEN_LITERAL;
        token->value = cel_string(
                (struct bytes){ arena_copy(lexer->arena, strbuf_bytes(&text)), text.len });
        return 0;
}

static int read_sign(struct cel_lexer *lexer, struct cel_token *token, struct err *err) {
        static const char *const signs[] = { "&&", "||", "==", "!=", "<=", ">=", ".?", "[?", "<",
                                             ">",  "!",  "+",  "-",  "*",  "/",  "%",  "?",  ":",
                                             "(",  ")",  "[",  "]",  "{",  "}",  ",",  "." };

        for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
                if (!next_is(lexer, signs[i]))
                        continue;
                token->type = CEL_TOKEN_SIGN;
                token->text = bytes_of(signs[i]);
                lexer->at += strlen(signs[i]);
                return 0;
        }
        return err_set(err, ERR_INVALID, "syntax error at \"%.*s\"", 1,
                       lexer->text.ptr + lexer->at);
}

int cel_lexer_next(struct cel_lexer *lexer, struct cel_token *ret_token, struct err *err) {
        struct cel_token token = { .type = CEL_TOKEN_END };
        char c, after;
        size_t start;
        int result = 0;

        skip_space(lexer);
        c = peek(lexer, 0);
        after = peek(lexer, 1);
        start = lexer->at;
        if (is_digit(c) || (c == '.' && is_digit(after)))
                result = read_number(lexer, &token, err);
        else if (c == '"' || c == '\'')
                result = read_string(lexer, &token, false, err);
        else if ((c == 'r' || c == 'R') && (after == '"' || after == '\'')) {
                lexer->at++;
                result = read_string(lexer, &token, true, err);
        } else if ((c == 'b' || c == 'B') && (after == '"' || after == '\''))
                return err_set(err, ERR_INVALID, "llc-sim does not know literals of bytes");
        else if (is_letter(c)) {
                while (is_letter(peek(lexer, 0)) || is_digit(peek(lexer, 0)))
                        lexer->at++;
                token.type = CEL_TOKEN_NAME;
                token.text = (struct bytes){ lexer->text.ptr + start, lexer->at - start };
        } else if (start < lexer->text.len)
                result = read_sign(lexer, &token, err);
        if (result == 0)
                *ret_token = token;
        return result;
}
