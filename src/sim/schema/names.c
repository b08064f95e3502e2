/*
 * The forms are regular expressions in the messages only: here they are "which first, which last,
 * which between", for these are looked at with each write.
 */
#include "schema/names.h"

#include <string.h>

#include "llc/base/strbuf.h"

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGIT "0123456789"

#define QUALIFIED_REGEX "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
#define LABEL_REGEX     "[a-z0-9]([-a-z0-9]*[a-z0-9])?"

enum { TROUBLE_MAX = 64 * 1024 };

static const struct {
        const char *first, *between, *last;
        size_t max;
        bool may_be_empty;
        bool parts; /* of several such, with dots between them */
        const char *must;
} FORMS[] = {
        [NAME_QUALIFIED] = { LOWER UPPER DIGIT, LOWER UPPER DIGIT "-_.", LOWER UPPER DIGIT, 63,
                             false, false,
                             "must consist of alphanumeric characters, '-', '_' or '.', and must "
                             "start and end with an alphanumeric character (e.g. 'MyName',  or "
                             "'my.name',  or '123-abc', regex used for validation is "
                             "'" QUALIFIED_REGEX "')" },
        [NAME_LABEL_VALUE] = { LOWER UPPER DIGIT, LOWER UPPER DIGIT "-_.", LOWER UPPER DIGIT, 63,
                               true, false,
                               "a valid label must be an empty string or consist of alphanumeric "
                               "characters, '-', '_' or '.', and must start and end with an "
                               "alphanumeric character (e.g. 'MyValue',  or 'my_value',  or "
                               "'12345', regex used for validation is '(" QUALIFIED_REGEX ")?')" },
        [NAME_SUBDOMAIN] = { LOWER DIGIT, LOWER DIGIT "-", LOWER DIGIT, 253, false, true,
                             "a lowercase RFC 1123 subdomain must consist of lower case "
                             "alphanumeric characters, '-' or '.', and must start and end with an "
                             "alphanumeric character (e.g. 'example.com', regex used for "
                             "validation is '" LABEL_REGEX "(\\." LABEL_REGEX ")*')" },
        [NAME_DNS_LABEL] = { LOWER DIGIT, LOWER DIGIT "-", LOWER DIGIT, 63, false, false,
                             "a lowercase RFC 1123 label must consist of lower case alphanumeric "
                             "characters or '-', and must start and end with an alphanumeric "
                             "character (e.g. 'my-name',  or '123-abc', regex used for validation "
                             "is '" LABEL_REGEX "')" },
        [NAME_DNS_1035] = { LOWER, LOWER DIGIT "-", LOWER DIGIT, 63, false, false,
                            "a DNS-1035 label must consist of lower case alphanumeric characters "
                            "or '-', start with an alphabetic character, and end with an "
                            "alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used "
                            "for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')" },
};

static bool one_of(const char *set, char c) {
        return c != '\0' && strchr(set, c);
}

static bool part_matches(enum name_form form, const char *text, size_t len) {
        if (len == 0)
                return FORMS[form].may_be_empty;
        for (size_t i = 0; i < len; i++)
                if (!one_of(FORMS[form].between, text[i]))
                        return false;
        return one_of(FORMS[form].first, text[0]) && one_of(FORMS[form].last, text[len - 1]);
}

static bool form_matches(enum name_form form, const char *text) {
        const char *dot;

        if (!FORMS[form].parts)
                return part_matches(form, text, strlen(text));
        for (; (dot = strchr(text, '.')); text = dot + 1)
                if (!part_matches(form, text, (size_t)(dot - text)))
                        return false;
        return part_matches(form, text, strlen(text));
}

static bool say(struct strings *ret_why, const char *part, const char *why) {
        if (ret_why)
                strings_add(ret_why, "%s%s", part, why);
        return false;
}

/* part: what of a name it is ("name part "), or "". */
static bool check_part(enum name_form form, const char *text, const char *part,
                       struct strings *ret_why) {
        bool good = true;

        if (strlen(text) > FORMS[form].max) {
                good = false;
                if (ret_why)
                        strings_add(ret_why, "%smust be no more than %zu characters", part,
                                    FORMS[form].max);
        }
        if (form_matches(form, text))
                return good;
        if (form == NAME_DNS_LABEL && form_matches(NAME_SUBDOMAIN, text))
                return say(ret_why, part, "must not contain dots");
        return say(ret_why, part, FORMS[form].must);
}

static bool check_qualified(const char *text, struct strings *ret_why) {
        const char *slash = strchr(text, '/'), *name = slash ? slash + 1 : text;
        bool good = true;

        if (strchr(name, '/')) {
                if (ret_why)
                        strings_add(ret_why,
                                    "a qualified name %s with an optional DNS subdomain prefix "
                                    "and '/' (e.g. 'example.com/MyName')",
                                    FORMS[NAME_QUALIFIED].must);
                return false;
        }
        if (slash == text) {
                good = say(ret_why, "prefix part ", "must be non-empty");
        } else if (slash) {
                struct arena arena ARENA_CLEANUP = ARENA_INIT;
                const char *prefix =
                        arena_copy(&arena, (struct bytes){ text, (size_t)(slash - text) });

                good = check_part(NAME_SUBDOMAIN, prefix, "prefix part ", ret_why);
        }
        if (name[0] == '\0')
                good = say(ret_why, "name part ", "must be non-empty");
        return check_part(NAME_QUALIFIED, name, "name part ", ret_why) && good;
}

bool name_check(enum name_form form, const char *text, struct strings *ret_why) {
        return form == NAME_QUALIFIED ? check_qualified(text, ret_why)
                                      : check_part(form, text, "", ret_why);
}

const char *name_trouble(enum name_form form, const char *text, struct arena *arena) {
        struct strings why = { .arena = arena };
        struct strbuf line STRBUF_CLEANUP = STRBUF_INIT(TROUBLE_MAX);

        if (name_check(form, text, &why))
                return NULL;
        for (size_t i = 0; i < why.n; i++)
                strbuf_printf(&line, "%s%s", i > 0 ? "; " : "", why.items[i]);
        return arena_copy(arena, strbuf_bytes(&line));
}
