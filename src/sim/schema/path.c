#include "schema/path.h"

void path_write(const struct path *path, struct strbuf *out) {
        if (!path)
                return;
        path_write(path->parent, out);
        switch (path->step) {
        case PATH_MEMBER:
                if (path->parent)
                        strbuf_append_char(out, '.');
                strbuf_puts(out, path->name);
                break;
        case PATH_KEY:
                strbuf_printf(out, "[%s]", path->name);
                break;
        case PATH_INDEX:
                strbuf_printf(out, "[%zu]", path->index);
                break;
        }
}
