/*
 * An owned list of strings, as argv and envp are: NULL after the last. Wiped when freed, as some
 * hold secrets.
 */
#pragma once

#include <stddef.h>

struct strlist {
        char **items; /* NULL = empty */
        size_t n;
};

void strlist_deinit(struct strlist *list);
void strlist_add(struct strlist *list, const char *string);
void strlist_addf(struct strlist *list, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
struct strlist strlist_clone(const struct strlist *list);
