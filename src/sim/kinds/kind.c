#include "kinds/kind.h"

#include <string.h>

const char *kind_api_version(const struct kind *kind, struct arena *arena) {
        if (kind->group[0] == '\0')
                return kind->version;
        return arena_printf(arena, "%s/%s", kind->group, kind->version);
}

const char *kind_resource_name(const struct kind *kind, struct arena *arena) {
        if (kind->group[0] == '\0')
                return kind->plural;
        return arena_printf(arena, "%s.%s", kind->plural, kind->group);
}

bool kind_selects_on(const struct kind *kind, const char *path) {
        if (strcmp(path, "metadata.name") == 0)
                return true;
        if (strcmp(path, "metadata.namespace") == 0)
                return kind->namespaced;
        for (size_t i = 0; kind->fields && kind->fields[i]; i++)
                if (strcmp(path, kind->fields[i]) == 0)
                        return true;
        return false;
}
