#include "patch/items.h"

#include <stdlib.h>
#include <string.h>

static int item_compare(const void *a, const void *b) {
        const struct item *x = a, *y = b;
        int order = element_compare(x->element, y->element);

        return order != 0 ? order : (x->at > y->at) - (x->at < y->at);
}

size_t items_alike(const struct items *items, size_t at) {
        size_t n = 1;

        while (at + n < items->n &&
               strcmp(items->sorted[at].element, items->sorted[at + n].element) == 0)
                n++;
        return n;
}

struct items items_of(const struct schema *schema, const struct json *list, struct arena *arena) {
        size_t length = json_kind(list) == JSON_ARRAY ? json_length(list) : 0, n = 0, alike;
        struct item *all, *sorted;
        struct items items;
        const char *why;

        if (length == 0)
                return (struct items){ .n = 0 };
        all = ARENA_NEW_ARRAY(arena, struct item, length);
        sorted = ARENA_NEW_ARRAY(arena, struct item, length);
        for (size_t i = 0; i < length; i++) {
                struct item item = { .value = json_at(list, i), .at = i };

                if (shape_item_element(schema, item.value, arena, &item.element, &why) == 0)
                        all[n++] = item;
        }
        memcpy(sorted, all, n * sizeof(*all));
        qsort(sorted, n, sizeof(*sorted), item_compare);
        items = (struct items){ .all = all, .sorted = sorted, .n = n };
        for (size_t i = 0; i < n; i += alike) {
                alike = items_alike(&items, i);
                for (size_t j = i; alike > 1 && j < i + alike; j++)
                        sorted[j].doubled = true;
        }
        for (size_t i = 0; i < n; i++)
                all[i].doubled = items_find(&items, all[i].element)->doubled;
        return items;
}

const struct item *items_find(const struct items *items, const char *element) {
        size_t low = 0, high = items->n, middle;

        while (low < high) {
                middle = low + (high - low) / 2;
                if (element_compare(items->sorted[middle].element, element) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low < items->n && strcmp(items->sorted[low].element, element) == 0
                       ? &items->sorted[low]
                       : NULL;
}
