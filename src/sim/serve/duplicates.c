#include "serve/duplicates.h"

#include <string.h>

#include "llc/base/map.h"
#include "llc/base/strbuf.h"

enum { PATH_MAX_BYTES = 64 * 1024 };

struct scan {
        const char *at, *end;
        struct strbuf path;
        struct strings *duplicates;
};

static void skip_space(struct scan *scan) {
        while (scan->at < scan->end && strchr(" \t\r\n", *scan->at))
                scan->at++;
}

static char peek(struct scan *scan) {
        skip_space(scan);
        return scan->at < scan->end ? *scan->at : '\0';
}

/* The bytes between the quotes, as they stand. */
static struct bytes take_string(struct scan *scan) {
        const char *start = ++scan->at;

        while (scan->at < scan->end && *scan->at != '"')
                scan->at += *scan->at == '\\' ? 2 : 1;
        if (scan->at >= scan->end)
                return (struct bytes){ start, 0 };
        return (struct bytes){ start, (size_t)(scan->at++ - start) };
}

static void scan_value(struct scan *scan);

static void truncate_path(struct scan *scan, size_t length) {
        scan->path.len = length;
        if (scan->path.data)
                scan->path.data[length] = '\0';
}

static void scan_object(struct scan *scan) {
        static const uint64_t SEED[2] = { 0x6c6c632d73696d00, 0x6475706c69636174 };
        struct map seen;
        size_t length = scan->path.len;

        map_init(&seen, SEED);
        scan->at++;
        while (peek(scan) == '"') {
                const char *key = arena_copy(scan->duplicates->arena, take_string(scan));

                strbuf_printf(&scan->path, "%s%s", length > 0 ? "." : "", key);
                if (map_put(&seen, key, scan))
                        strings_add(scan->duplicates, "%s", strbuf_str(&scan->path));
                if (peek(scan) == ':')
                        scan->at++;
                scan_value(scan);
                truncate_path(scan, length);
                if (peek(scan) == ',')
                        scan->at++;
        }
        if (peek(scan) == '}')
                scan->at++;
        map_deinit(&seen);
}

static void scan_array(struct scan *scan) {
        size_t length = scan->path.len;

        scan->at++;
        for (size_t i = 0; peek(scan) != ']' && peek(scan) != '\0'; i++) {
                strbuf_printf(&scan->path, "[%zu]", i);
                scan_value(scan);
                truncate_path(scan, length);
                if (peek(scan) == ',')
                        scan->at++;
        }
        if (peek(scan) == ']')
                scan->at++;
}

static void scan_value(struct scan *scan) {
        switch (peek(scan)) {
        case '{':
                scan_object(scan);
                break;
        case '[':
                scan_array(scan);
                break;
        case '"':
                take_string(scan);
                break;
        default:
                while (scan->at < scan->end && !strchr(",]} \t\r\n", *scan->at))
                        scan->at++;
                break;
        }
}

void duplicates_find(struct bytes text, struct strings *ret_duplicates) {
        struct scan scan = { .at = text.ptr,
                             .end = text.ptr + text.len,
                             .path = STRBUF_INIT(PATH_MAX_BYTES),
                             .duplicates = ret_duplicates };

        scan_value(&scan);
        strbuf_deinit(&scan.path);
}
