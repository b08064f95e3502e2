/*
 * What names, keys and values may look like: the forms of schema/names.h and those that only some
 * kinds know (k8s.io/apimachinery/pkg/util/validation).
 */
#pragma once

#include <stdbool.h>

#include "schema/field_error.h"

enum syntax {
        SYNTAX_DNS_LABEL,      /* RFC 1123 label: namespaces, containers */
        SYNTAX_DNS_SUBDOMAIN,  /* RFC 1123 subdomain: most names */
        SYNTAX_DNS_1035,       /* RFC 1035 label: Services */
        SYNTAX_PATH_SEGMENT,   /* anything a path can hold: roles */
        SYNTAX_QUALIFIED_NAME, /* "example.com/name": label keys, finalizers */
        SYNTAX_LABEL_VALUE,
        SYNTAX_CONFIG_KEY,    /* keys of ConfigMaps and Secrets */
        SYNTAX_ENV_NAME,      /* environment variables */
        SYNTAX_PORT_NAME,     /* names of a container's ports */
        SYNTAX_IP,            /* an address, of either family */
        SYNTAX_PREFIX_OF = 64 /* with one of the names: the start of such a one (generateName) */
};

/* Appends an error on the field for each thing wrong with the text. */
void syntax_check(unsigned syntax, const char *text, const char *field,
                  struct field_errors *errors);
/* Is it right? */
bool syntax_holds(unsigned syntax, const char *text);
