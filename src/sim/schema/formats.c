#include "schema/formats.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "schema/pattern.h"

/* A letter, digit or symbol of a host name; beyond ASCII, anything. */
#define HOST      "[a-zA-Z0-9$+<=>^`|~\\x{80}-\\x{10FFFF}]"
#define HOST_DASH "[-a-zA-Z0-9$+<=>^`|~\\x{80}-\\x{10FFFF}]"
#define HOST_LAST "[a-zA-Z\\x{80}-\\x{10FFFF}]"
#define HEX4      "[0-9a-f]{4}"
#define RGB       "\\s*(0|[1-9]\\d?|1\\d\\d?|2[0-4]\\d|25[0-5])\\s*"
#define HEX12     HEX4 HEX4 HEX4 "$"
#define BASE64    "[A-Za-z0-9+/]"
#define ATOM      "[-a-zA-Z0-9.!#$%&'*+/=?^_`{|}~\\x{80}-\\x{10FFFF}]"
#define WORD      "[-a-zA-Z0-9!#$%&'*+/=?^_`{|}~\\x{80}-\\x{10FFFF}]+"
#define WORDS     WORD "(?:\\." WORD ")*"
#define ADDRESS   "(?:" WORDS "|\"(?:[^\"\\\\]|\\\\.)*\")@(?:" WORDS "|\\[[0-9a-fA-F:.]+\\])"

enum { NAME_MAX_BYTES = 32, HOSTNAME_MAX = 255, LABEL_MAX = 63 };

/* The pattern must match, and the function say yes; either may be absent. */
struct format_type {
        const char *name;
        const char *pattern;
        bool (*fits)(struct bytes text);
        bool left_out;
};

struct format {
        const struct format_type *type;
        const struct pattern *pattern;
};

static bool is_digit(char c) {
        return c >= '0' && c <= '9';
}

/* The value of n digits at the text's beginning, -1 when they are not. */
static int digits(struct bytes text, size_t n) {
        int value = 0;

        if (text.len < n)
                return -1;
        for (size_t i = 0; i < n; i++) {
                if (!is_digit(text.ptr[i]))
                        return -1;
                value = 10 * value + (text.ptr[i] - '0');
        }
        return value;
}

static struct bytes from(struct bytes text, size_t start) {
        return (struct bytes){ .ptr = text.ptr + start, .len = text.len - start };
}

static bool is_date(struct bytes text) {
        static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
        int year, month, day, last;

        if (text.len != 10 || text.ptr[4] != '-' || text.ptr[7] != '-')
                return false;
        year = digits(text, 4);
        month = digits(from(text, 5), 2);
        day = digits(from(text, 8), 2);
        if (year < 0 || month < 1 || month > 12 || day < 1)
                return false;
        last = days[month - 1];
        if (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))
                last = 29;
        return day <= last;
}

/* The pattern has seen to the rest. */
static bool is_date_time(struct bytes text) {
        struct bytes date = { .ptr = text.ptr, .len = 10 };

        return is_date(date) && digits(from(text, 11), 2) <= 23 &&
               digits(from(text, 14), 2) <= 59 && digits(from(text, 17), 2) <= 59;
}

static bool is_hostname(struct bytes text) {
        size_t label = 0;

        for (size_t i = 0; i < text.len; i++) {
                label = text.ptr[i] == '.' ? 0 : label + 1;
                if (label > LABEL_MAX)
                        return false;
        }
        return text.len <= HOSTNAME_MAX;
}

/* Four numbers to 255, with any zeros before them: as Go read them once. */
static bool is_dotted_quad(struct bytes text) {
        size_t at = 0;

        for (int part = 0; part < 4; part++) {
                int value = 0;
                size_t start = at;

                for (; at < text.len && is_digit(text.ptr[at]) && value <= 255; at++)
                        value = 10 * value + (text.ptr[at] - '0');
                if (at == start || value > 255)
                        return false;
                if (part < 3 && (at == text.len || text.ptr[at++] != '.'))
                        return false;
        }
        return at == text.len;
}

static bool is_ipv6(struct bytes text) {
        char copy[INET6_ADDRSTRLEN];
        struct in6_addr address;

        if (text.len >= sizeof(copy) || memchr(text.ptr, '\0', text.len))
                return false;
        memcpy(copy, text.ptr, text.len);
        copy[text.len] = '\0';
        return inet_pton(AF_INET6, copy, &address) == 1;
}

static bool is_ipv4(struct bytes text) {
        return is_dotted_quad(text) || (memchr(text.ptr, '.', text.len) && is_ipv6(text));
}

static bool is_cidr(struct bytes text) {
        const char *slash = memchr(text.ptr, '/', text.len);
        struct bytes address, bits;
        int value = 0;

        if (!slash)
                return false;
        address = (struct bytes){ .ptr = text.ptr, .len = (size_t)(slash - text.ptr) };
        bits = from(text, address.len + 1);
        if (bits.len == 0)
                return false;
        for (size_t i = 0; i < bits.len && value <= 128; i++) {
                if (!is_digit(bits.ptr[i]))
                        return false;
                value = 10 * value + (bits.ptr[i] - '0');
        }
        return (is_dotted_quad(address) && value <= 32) || (is_ipv6(address) && value <= 128);
}

/* The last c in the text, NULL = none. */
static const char *last_of(struct bytes text, char c) {
        for (size_t i = text.len; i > 0; i--)
                if (text.ptr[i - 1] == c)
                        return text.ptr + i - 1;
        return NULL;
}

static bool has_no_controls(struct bytes text) {
        for (size_t i = 0; i < text.len; i++)
                if ((unsigned char)text.ptr[i] < ' ' || text.ptr[i] == 0x7f)
                        return false;
        return true;
}

static bool has_good_escapes(struct bytes text) {
        for (size_t i = 0; i < text.len; i++)
                if (text.ptr[i] == '%') {
                        if (i + 2 >= text.len || !isxdigit((unsigned char)text.ptr[i + 1]) ||
                            !isxdigit((unsigned char)text.ptr[i + 2]))
                                return false;
                        i += 2;
                }
        return true;
}

/* host:port, perhaps after user@. */
static bool is_authority(struct bytes text) {
        const char *at = last_of(text, '@'), *colon;
        struct bytes host = at ? from(text, (size_t)(at - text.ptr) + 1) : text;

        for (size_t i = 0; i < host.len; i++) {
                unsigned char c = (unsigned char)host.ptr[i];

                if (c < 0x80 && !isalnum(c) && !strchr("-_.~!$&'()*+,;=:[]<>\"%", c))
                        return false;
        }
        colon = last_of(host, ':');
        if (!colon || memchr(colon, ']', (size_t)(host.ptr + host.len - colon)))
                return has_good_escapes(host);
        for (const char *c = colon + 1; c < host.ptr + host.len; c++)
                if (!is_digit(*c))
                        return false;
        return has_good_escapes(host);
}

/* Go's url.ParseRequestURI: an absolute URI or path. The pattern has seen to how it begins. */
static bool is_uri(struct bytes text) {
        const char *end = memchr(text.ptr, '?', text.len), *colon, *slash;
        struct bytes rest = { .ptr = text.ptr, .len = end ? (size_t)(end - text.ptr) : text.len };

        if (!has_no_controls(text))
                return false;
        if (rest.ptr[0] == '/' || rest.ptr[0] == '*')
                return has_good_escapes(rest);
        colon = memchr(rest.ptr, ':', rest.len);
        rest = from(rest, colon ? (size_t)(colon - rest.ptr) + 1 : 0);
        if (rest.len == 0 || rest.ptr[0] != '/')
                return true;
        if (rest.len > 1 && rest.ptr[1] == '/') {
                struct bytes authority = from(rest, 2);

                slash = memchr(authority.ptr, '/', authority.len);
                if (slash)
                        authority.len = (size_t)(slash - authority.ptr);
                if (!is_authority(authority))
                        return false;
                rest = from(rest, 2 + authority.len);
        }
        return has_good_escapes(rest);
}

/* Unit names, each with what may stand for it; the last of a row also with more letters after. */
static bool is_unit(struct bytes text) {
        static const char *const rows[][4] = {
                { "ns", "nano" },  { "us", "\u00b5s", "\u03bcs", "micro" },
                { "ms", "milli" }, { "s", "sec" },
                { "m", "min" },    { "h", "hr", "hour" },
                { "d", "day" },    { "w", "wk", "week" },
        };

        for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++)
                for (size_t i = 0; i < 4 && rows[row][i]; i++) {
                        size_t len = strlen(rows[row][i]);
                        bool last = i == 3 || !rows[row][i + 1];

                        if (text.len < len || (text.len > len && !last))
                                continue;
                        if (strncasecmp(text.ptr, rows[row][i], len) == 0)
                                return true;
                }
        return false;
}

/* How many bytes from at on are letters, the micro signs among them. */
static size_t letters_at(struct bytes text, size_t at) {
        size_t start = at;

        while (at < text.len) {
                if (isalpha((unsigned char)text.ptr[at]))
                        at++;
                else if (at + 1 < text.len && (memcmp(text.ptr + at, "\u00b5", 2) == 0 ||
                                               memcmp(text.ptr + at, "\u03bc", 2) == 0))
                        at += 2;
                else
                        break;
        }
        return at - start;
}

/* A number and a unit that is known, somewhere: "22 ns", "3 weeks"; Go's own are among them but 0. */
static bool is_duration(struct bytes text) {
        bool found = false;

        if (bytes_is(text, "0") || bytes_is(text, "+0") || bytes_is(text, "-0"))
                return true;
        for (size_t at = 0; at < text.len;) {
                size_t start = at, letters;

                while (at < text.len && is_digit(text.ptr[at]))
                        at++;
                if (at == start) {
                        at++;
                        continue;
                }
                if (at - start > 18)
                        return false;
                while (at < text.len && isspace((unsigned char)text.ptr[at]))
                        at++;
                letters = letters_at(text, at);
                found |= is_unit((struct bytes){ .ptr = text.ptr + at, .len = letters });
                at += letters;
        }
        return found;
}

static const struct format_type TYPES[] = {
        { .name = "bsonobjectid", .pattern = "^[0-9a-fA-F]{24}$" },
        { .name = "byte",
          .pattern = "^(?:" BASE64 "{4})*(?:" BASE64 "{2}==|" BASE64 "{3}=|" BASE64 "{4})$" },
        { .name = "cidr", .fits = is_cidr },
        { .name = "creditcard", .left_out = true },
        { .name = "date", .fits = is_date },
        { .name = "datetime",
          .pattern = "^[-0-9]{10}[tT][0-9]{2}:[0-9]{2}:[0-9]{2}([^tT\\n][0-9]+)?"
                     "([zZ]|[-+][0-9]{2}:[0-9]{2})([tT](?s:.*))?$",
          .fits = is_date_time },
        { .name = "duration", .fits = is_duration },
        { .name = "email",
          .pattern = "^(?:" ADDRESS "|(?:" ATOM "+|\"[^\"]*\"| )*<" ADDRESS "> *)$",
          .fits = has_no_controls },
        { .name = "hexcolor", .pattern = "^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$" },
        { .name = "hostname",
          .pattern = "^(" HOST "(-?" HOST "{0,62})?|(" HOST "(" HOST_DASH "{0,61}" HOST
                     ")?\\.)+" HOST_LAST "{2,63})$",
          .fits = is_hostname },
        { .name = "ipv4", .fits = is_ipv4 },
        { .name = "ipv6", .fits = is_ipv6 },
        { .name = "isbn", .left_out = true },
        { .name = "isbn10", .left_out = true },
        { .name = "isbn13", .left_out = true },
        { .name = "mac",
          .pattern = "(?i)^([0-9a-f]{2}(?:(:[0-9a-f]{2}){5}|(:[0-9a-f]{2}){7}|(:[0-9a-f]{2}){19}|"
                     "(-[0-9a-f]{2}){5}|(-[0-9a-f]{2}){7}|(-[0-9a-f]{2}){19})|" HEX4 "(?:(\\." HEX4
                     "){2}|(\\." HEX4 "){3}|(\\." HEX4 "){9}))$" },
        { .name = "password" },
        { .name = "rgbcolor", .pattern = "^rgb\\(" RGB "," RGB "," RGB "\\)$" },
        { .name = "ssn", .pattern = "^\\d{3}[- ]\\d{2}[- ]\\d{4}$" },
        { .name = "uri", .pattern = "^(/|\\*$|[a-zA-Z][-+.a-zA-Z0-9]*:)", .fits = is_uri },
        { .name = "uuid", .pattern = "(?i)^" HEX4 HEX4 "-?" HEX4 "-?" HEX4 "-?" HEX4 "-?" HEX12 },
        { .name = "uuid3",
          .pattern = "(?i)^" HEX4 HEX4 "-?" HEX4 "-?3[0-9a-f]{3}-?" HEX4 "-?" HEX12 },
        { .name = "uuid4",
          .pattern = "(?i)^" HEX4 HEX4 "-?" HEX4 "-?4[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?" HEX12 },
        { .name = "uuid5",
          .pattern = "(?i)^" HEX4 HEX4 "-?" HEX4 "-?5[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?" HEX12 },
};

static const struct format_type *find(const char *name) {
        char plain[NAME_MAX_BYTES];
        size_t n = 0;

        for (; *name && n + 1 < sizeof(plain); name++)
                if (*name != '-')
                        plain[n++] = *name;
        plain[n] = '\0';
        for (size_t i = 0; !*name && i < sizeof(TYPES) / sizeof(TYPES[0]); i++)
                if (strcmp(TYPES[i].name, plain) == 0)
                        return &TYPES[i];
        return NULL;
}

bool format_is_known(const char *name) {
        return find(name) != NULL;
}

const struct format *format_new(const char *name, struct arena *arena) {
        const struct format_type *type = find(name);
        struct format *format;
        struct err err;

        if (!type || type->left_out)
                return NULL;
        format = ARENA_NEW(arena, struct format);
        format->type = type;
        if (type->pattern &&
            pattern_compile(bytes_of(type->pattern), arena, &format->pattern, &err) < 0)
                abort();
        return format;
}

bool format_matches(const struct format *format, struct bytes text) {
        if (format->pattern && !pattern_matches(format->pattern, text))
                return false;
        return !format->type->fits || format->type->fits(text);
}
