#include "patch/conflicts.h"

#include <stdlib.h>
#include <string.h>

enum { MESSAGE_MAX = 1 << 20, HTTP_CONFLICT = 409 };

static int compare_conflicts(const void *a, const void *b) {
        const struct conflict *x = a, *y = b;
        int order = strcmp(x->with->name, y->with->name);

        if (order == 0)
                order = (int)y->with->applies - (int)x->with->applies;
        return order != 0 ? order : strcmp(x->with->subresource, y->with->subresource);
}

struct conflicts conflicts_of(const struct writing *writing, const struct comparison *comparison,
                              const struct manager *self, const struct field_set *allowed) {
        const struct managers *managers = &writing->managers;
        struct conflicts conflicts = { .all = ARENA_NEW_ARRAY(writing->arena, struct conflict,
                                                              managers->n + 1) };

        for (size_t i = 0; i < managers->n; i++) {
                struct conflict *conflict = &conflicts.all[conflicts.n];
                const struct field_set *set =
                        field_set_intersection(managers->all[i].fields,
                                               writing_changed(writing, comparison),
                                               writing->arena);

                set = field_set_difference(set, allowed, writing->arena);
                if (&managers->all[i] == self || !set)
                        continue;
                *conflict = (struct conflict){ .with = &managers->all[i],
                                               .paths = { .arena = writing->arena } };
                field_set_paths(set, &conflict->paths);
                conflicts.n_paths += conflict->paths.n;
                conflicts.n++;
        }
        qsort(conflicts.all, conflicts.n, sizeof(*conflicts.all), compare_conflicts);
        return conflicts;
}

int conflicts_refuse(const struct conflicts *conflicts, struct refusal *refusal) {
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(MESSAGE_MAX);

        strbuf_printf(&text, "Apply failed with %zu conflict%s: ", conflicts->n_paths,
                      conflicts->n_paths == 1 ? "" : "s");
        for (size_t i = 0; i < conflicts->n; i++) {
                const struct conflict *conflict = &conflicts->all[i];
                const char *with = manager_text(conflict->with, refusal->arena);

                if (conflicts->n_paths == 1) {
                        strbuf_printf(&text, "conflict with %s: %s", with,
                                      conflict->paths.items[0]);
                        break;
                }
                strbuf_printf(&text, "%sconflicts with %s:", i > 0 ? "\n" : "", with);
                for (size_t j = 0; j < conflict->paths.n; j++)
                        strbuf_printf(&text, "\n- %s", conflict->paths.items[j]);
        }
        refuse(refusal, HTTP_CONFLICT, "Conflict", "%s", strbuf_str(&text));
        for (size_t i = 0; i < conflicts->n; i++) {
                const struct conflict *conflict = &conflicts->all[i];
                const char *with = manager_text(conflict->with, refusal->arena);

                for (size_t j = 0; j < conflict->paths.n; j++)
                        refusal_cause(refusal, "FieldManagerConflict",
                                      arena_printf(refusal->arena, "conflict with %s", with),
                                      conflict->paths.items[j]);
        }
        return -1;
}
