#include "serve/accept.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { HTTP_NOT_ACCEPTABLE = 406, PERMILLE = 1000 };

/* One of the header's choices: "application/json;as=Table;v=v1;g=meta.k8s.io;q=0.9". */
struct choice {
        struct bytes type, as, version, group;
        int quality; /* in permille */
};

static struct bytes trim(const char *text, size_t n) {
        while (n > 0 && (*text == ' ' || *text == '\t'))
                text++, n--;
        while (n > 0 && (text[n - 1] == ' ' || text[n - 1] == '\t'))
                n--;
        return (struct bytes){ .ptr = text, .len = n };
}

static struct bytes param_value(struct bytes param, const char *name) {
        size_t n = strlen(name);

        if (param.len < n || memcmp(param.ptr, name, n) != 0)
                return BYTES_NULL;
        return (struct bytes){ .ptr = param.ptr + n, .len = param.len - n };
}

static void take(struct bytes *to, struct bytes value) {
        if (value.ptr)
                *to = value;
}

/* Reads the choice that text begins with; returns its end. */
static const char *parse_choice(const char *text, struct choice *ret_choice) {
        struct choice choice = { .quality = PERMILLE };
        bool first = true;

        while (*text && (first || *text == ';')) {
                struct bytes part, quality;
                size_t n;

                text += !first;
                n = strcspn(text, ";,");
                part = trim(text, n);
                if (first)
                        choice.type = part;
                take(&choice.as, param_value(part, "as="));
                take(&choice.version, param_value(part, "v="));
                take(&choice.group, param_value(part, "g="));
                quality = param_value(part, "q=");
                if (quality.ptr)
                        choice.quality = (int)(strtod(quality.ptr, NULL) * PERMILLE);
                text += n;
                first = false;
        }
        *ret_choice = choice;
        return *text == ',' ? text + 1 : text;
}

static bool type_is(struct bytes type, const char *name) {
        return type.len == strlen(name) && strncasecmp(type.ptr, name, type.len) == 0;
}

static bool is_json(struct bytes type) {
        return type_is(type, "application/json") || type_is(type, "application/*") ||
               type_is(type, "*/*");
}

/* Can the choice be served? */
static bool form_of(const struct choice *choice, enum accept_of of, enum form *ret_form) {
        static const struct {
                const char *as;
                enum form form;
        } forms[] = {
                { "Table", FORM_TABLE },
                { "PartialObjectMetadata", FORM_METADATA },
                { "PartialObjectMetadataList", FORM_METADATA_LIST },
        };

        if (choice->as.len == 0) {
                *ret_form = FORM_OBJECT;
                return true;
        }
        if (of == ACCEPT_DISCOVERY) {
                *ret_form = FORM_DISCOVERY;
                return bytes_is(choice->as, "APIGroupDiscoveryList") &&
                       bytes_is(choice->group, "apidiscovery.k8s.io") &&
                       bytes_is(choice->version, "v2");
        }
        if (!bytes_is(choice->group, "meta.k8s.io") ||
            (!bytes_is(choice->version, "v1") && !bytes_is(choice->version, "v1beta1")))
                return false;
        for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
                if (bytes_is(choice->as, forms[i].as)) {
                        *ret_form = forms[i].form;
                        return true;
                }
        }
        return false;
}

static int refuse_all(bool type_known, bool protobuf, enum accept_of of, struct refusal *refusal) {
        if (protobuf && !type_known)
                return refuse_out_of_scope(refusal, "llc-sim does not speak protobuf");
        if (type_known)
                return refuse(refusal, HTTP_NOT_ACCEPTABLE, "NotAcceptable",
                              "only the following media types are accepted: application/json, "
                              "application/yaml, application/vnd.kubernetes.protobuf");
        refuse(refusal, HTTP_NOT_ACCEPTABLE, "NotAcceptable",
               "406: Not Acceptable\n\nAvailable representations: application/json, "
               "application/yaml, application/vnd.kubernetes.protobuf%s",
               of == ACCEPT_MANY ? ", application/json;stream=watch, "
                                   "application/vnd.kubernetes.protobuf;stream=watch"
                                 : "");
        refusal->has_details = true;
        return -1;
}

int accept_parse(const char *header, enum accept_of of, struct accept *ret_accept,
                 struct refusal *refusal) {
        struct accept best = { .form = FORM_OBJECT };
        bool type_known = false, protobuf = false;
        int quality = 0;

        if (!header || header[strspn(header, " \t")] == '\0') {
                *ret_accept = best;
                return 0;
        }
        while (*header) {
                struct choice choice;
                enum form form;
                bool yaml;

                header = parse_choice(header, &choice);
                yaml = type_is(choice.type, "application/yaml");
                protobuf |= type_is(choice.type, "application/vnd.kubernetes.protobuf");
                if (!yaml && !is_json(choice.type))
                        continue;
                type_known = true;
                if (choice.quality <= quality || !form_of(&choice, of, &form))
                        continue;
                best = (struct accept){ .form = form, .yaml = yaml };
                quality = choice.quality;
        }
        if (quality == 0)
                return refuse_all(type_known, protobuf, of, refusal);
        *ret_accept = best;
        return 0;
}
