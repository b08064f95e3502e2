#define _GNU_SOURCE /* vasprintf */
#include "llc/base/strlist.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Takes string. */
static void strlist_take(struct strlist *list, char *string) {
        char **items = realloc(list->items, (list->n + 2) * sizeof(*items));

        if (!items || !string)
                abort();
        items[list->n++] = string;
        items[list->n] = NULL;
        list->items = items;
}

void strlist_deinit(struct strlist *list) {
        for (size_t i = 0; i < list->n; i++) {
                explicit_bzero(list->items[i], strlen(list->items[i]));
                free(list->items[i]);
        }
        free(list->items);
        *list = (struct strlist){ .n = 0 };
}

void strlist_add(struct strlist *list, const char *string) {
        strlist_take(list, strdup(string));
}

void strlist_addf(struct strlist *list, const char *fmt, ...) {
        char *string = NULL;
        va_list args;

        va_start(args, fmt);
        if (vasprintf(&string, fmt, args) < 0)
                abort();
        va_end(args);
        strlist_take(list, string);
}

struct strlist strlist_clone(const struct strlist *list) {
        struct strlist clone = { .n = 0 };

        for (size_t i = 0; i < list->n; i++)
                strlist_add(&clone, list->items[i]);
        return clone;
}
