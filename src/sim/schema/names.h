/*
 * The forms that names, label keys and label values must have
 * (k8s.io/apimachinery/pkg/util/validation), and what is said of one that has not.
 */
#pragma once

#include <stdbool.h>

#include "schema/field_error.h"

enum name_form {
        NAME_QUALIFIED,   /* a label key: "example.com/MyName", "my.name" */
        NAME_LABEL_VALUE, /* "" or "MyValue" */
        NAME_SUBDOMAIN,   /* RFC 1123: most objects' names */
        NAME_DNS_LABEL,   /* RFC 1123, no dots: a namespace's name */
        NAME_DNS_1035,    /* begins with a letter: a Service's name */
};

/* Has the text the form? If not, why goes to ret_why ("must be no more than 63 characters", …),
 * unless it is NULL. */
bool name_check(enum name_form form, const char *text, struct strings *ret_why);
/* The same in one line, in the arena; NULL when there is nothing to say. */
const char *name_trouble(enum name_form form, const char *text, struct arena *arena);
