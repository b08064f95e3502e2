#include "llc/api/resource_version.h"

#include <string.h>

int resource_version_compare(const char *a, const char *b) {
        size_t a_len = strlen(a), b_len = strlen(b);

        if (a_len != b_len)
                return a_len < b_len ? -1 : 1;
        return strcmp(a, b);
}
