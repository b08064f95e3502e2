/* The first line is an expression, the rest a text. A group around an expression changes nothing,
 * and an expression that is one choice of two matches what the other does. */
#include "fuzz.h"
#include "schema/pattern.h"

enum { EXPRESSION_MAX = 256, TEXT_MAX = 1024 };

static bool matches(struct arena *arena, const char *expression, struct bytes text) {
        const struct pattern *pattern;
        struct err err;

        must(pattern_compile(bytes_of(expression), arena, &pattern, &err) == 0);
        return pattern_matches(pattern, text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
        size_t length = end ? (size_t)(end - data) : size;
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        struct bytes text = fuzz_bytes(data + length, size - length);
        const struct pattern *pattern;
        const char *expression;
        struct err err;
        bool matched;

        if (length > EXPRESSION_MAX || text.len > TEXT_MAX)
                return 0;
        if (pattern_compile(fuzz_bytes(data, length), &arena, &pattern, &err) < 0) {
                must(err.code == ERR_INVALID);
                return 0;
        }
        matched = pattern_matches(pattern, text);
        if (pattern_size(pattern) > 10000) /* twice would be too large */
                return 0;
        if (fuzz_count(fuzz_bytes(data, length), "[:") > 0) /* looks for its end beyond the group */
                return 0;
        if (memchr(data, '\0', length)) /* which printf takes for the end */
                return 0;
        expression = arena_copy(&arena, fuzz_bytes(data, length));
        must(matches(&arena, arena_printf(&arena, "(?:%s)", expression), text) == matched);
        must(matches(&arena, arena_printf(&arena, "(%s)|(?:%s)", expression, expression), text) ==
             matched);
        return 0;
}
