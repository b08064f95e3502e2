#include "kinds/syntax.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

#include "schema/names.h"

enum { CONFIG_KEY_MAX = 253, PORT_NAME_MAX = 15, TEXT_MAX = 4096 };

#define CONFIG_KEY_TEXT                                                                            \
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. "       \
        "'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is "                \
        "'[-._a-zA-Z0-9]+')"

/* Whom to tell what is wrong; errors NULL: only that something is. */
struct report {
        const char *field, *text;
        struct field_errors *errors;
        bool wrong;
};

static void say(struct report *report, const char *message) {
        struct json *value JSON_CLEANUP = NULL;

        report->wrong = true;
        if (!report->errors)
                return;
        value = json_new_string(bytes_of(report->text));
        field_error_add(report->errors, FIELD_ERROR_INVALID, report->field, value, "%s", message);
}

static bool lower(char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool alphanumeric(char c) {
        return isascii((unsigned char)c) && isalnum((unsigned char)c);
}

static void check_form(struct report *report, enum name_form form, const char *text) {
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        struct strings why = { .arena = &arena };

        if (!name_check(form, text, report->errors ? &why : NULL))
                report->wrong = true;
        for (size_t i = 0; i < why.n; i++)
                say(report, why.items[i]);
}

static void check_path_segment(struct report *report, const char *text) {
        if (strcmp(text, ".") == 0)
                say(report, "may not be '.'");
        if (strcmp(text, "..") == 0)
                say(report, "may not be '..'");
        if (strchr(text, '/'))
                say(report, "may not contain '/'");
        if (strchr(text, '%'))
                say(report, "may not contain '%'");
}

static void check_config_key(struct report *report, const char *text) {
        bool right = *text != '\0';

        if (strlen(text) > CONFIG_KEY_MAX)
                say(report, "must be no more than 253 characters");
        for (const char *c = text; *c; c++)
                right = right && (alphanumeric(*c) || strchr("-._", *c));
        if (!right)
                say(report, CONFIG_KEY_TEXT);
        if (strcmp(text, ".") == 0)
                say(report, "must not be '.'");
        else if (strcmp(text, "..") == 0)
                say(report, "must not be '..'");
        else if (strncmp(text, "..", 2) == 0)
                say(report, "must not start with '..'");
}

static void check_env_name(struct report *report, const char *text) {
        bool right = *text != '\0';

        for (const char *c = text; *c; c++)
                right = right && *c >= ' ' && *c <= '~' && *c != '=';
        if (!right)
                say(report,
                    "a valid environment variable name must consist only of printable ASCII "
                    "characters other than '='");
}

static void check_port_name(struct report *report, const char *text) {
        size_t len = strlen(text);
        bool known = true, letter = false;

        for (const char *c = text; *c; c++) {
                known = known && (lower(*c) || *c == '-');
                letter = letter || (*c >= 'a' && *c <= 'z');
        }
        if (len > PORT_NAME_MAX)
                say(report, "must be no more than 15 characters");
        if (!known)
                say(report,
                    "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
        if (!letter)
                say(report, "must contain at least one letter (a-z)");
        if (strstr(text, "--"))
                say(report, "must not contain consecutive hyphens");
        if (len > 0 && (text[0] == '-' || text[len - 1] == '-'))
                say(report, "must not begin or end with a hyphen");
}

static void check_ip(struct report *report, const char *text) {
        struct in6_addr address;

        if (inet_pton(AF_INET, text, &address) != 1 && inet_pton(AF_INET6, text, &address) != 1)
                say(report, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");
}

static void check(unsigned syntax, const char *text, struct report *report) {
        switch ((enum syntax)syntax) {
        case SYNTAX_DNS_LABEL:
                check_form(report, NAME_DNS_LABEL, text);
                break;
        case SYNTAX_DNS_SUBDOMAIN:
                check_form(report, NAME_SUBDOMAIN, text);
                break;
        case SYNTAX_DNS_1035:
                check_form(report, NAME_DNS_1035, text);
                break;
        case SYNTAX_PATH_SEGMENT:
                check_path_segment(report, text);
                break;
        case SYNTAX_QUALIFIED_NAME:
                check_form(report, NAME_QUALIFIED, text);
                break;
        case SYNTAX_LABEL_VALUE:
                check_form(report, NAME_LABEL_VALUE, text);
                break;
        case SYNTAX_CONFIG_KEY:
                check_config_key(report, text);
                break;
        case SYNTAX_ENV_NAME:
                check_env_name(report, text);
                break;
        case SYNTAX_PORT_NAME:
                check_port_name(report, text);
                break;
        case SYNTAX_IP:
                check_ip(report, text);
                break;
        case SYNTAX_PREFIX_OF:
                break;
        }
}

/* What starts a name may end with hyphens: the last one is taken as any letter. */
static void check_prefix(unsigned syntax, const char *text, struct report *report) {
        size_t len = strlen(text);
        char start[TEXT_MAX];

        if (len < 2 || len >= sizeof(start) || text[len - 1] != '-') {
                check(syntax, text, report);
                return;
        }
        memcpy(start, text, len + 1);
        start[len - 2] = 'a';
        start[len - 1] = '\0';
        check(syntax, start, report);
}

static bool run(unsigned syntax, const char *text, struct report *report) {
        if (syntax & SYNTAX_PREFIX_OF)
                check_prefix(syntax & ~(unsigned)SYNTAX_PREFIX_OF, text, report);
        else
                check(syntax, text, report);
        return !report->wrong;
}

void syntax_check(unsigned syntax, const char *text, const char *field,
                  struct field_errors *errors) {
        struct report report = { .field = field, .text = text, .errors = errors };

        run(syntax, text, &report);
}

bool syntax_holds(unsigned syntax, const char *text) {
        struct report report = { .text = text };

        return run(syntax, text, &report);
}
