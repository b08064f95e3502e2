#include "requirement.h"

#include <string.h>

#include "llc/api/resource.h"
#include "llc/base/strbuf.h"

enum { TEXT_MAX = 200 }; /* in a message */

static const struct str_pair *string_pairs(const struct json *labels, struct arena *arena,
                                           size_t *ret_n) {
        struct str_pair *pairs = ARENA_NEW_ARRAY(arena, struct str_pair, json_length(labels));
        const struct json *value;
        void *cursor = NULL;
        const char *key;
        size_t n = 0;

        while (json_next(labels, &cursor, &key, &value))
                if (json_kind(value) == JSON_STRING)
                        pairs[n++] = (struct str_pair){ key, json_as_string(value).ptr };
        *ret_n = n;
        return pairs;
}

static const char *values_text(const struct selector_expression *expression, struct arena *arena) {
        STRBUF_CLEANUP struct strbuf text = STRBUF_INIT(TEXT_MAX);

        for (size_t i = 0; i < expression->n_values; i++)
                strbuf_printf(&text, "%s%s", i > 0 ? "," : "", expression->values[i]);
        return arena_strdup(arena, strbuf_str(&text));
}

static const char *expression_text(const struct selector_expression *expression,
                                   struct arena *arena) {
        switch ((enum selector_operator)expression->operator_) {
        case SELECTOR_IN:
                return arena_printf(arena, "%s in (%s)", expression->key,
                                    values_text(expression, arena));
        case SELECTOR_NOT_IN:
                return arena_printf(arena, "%s notin (%s)", expression->key,
                                    values_text(expression, arena));
        case SELECTOR_EXISTS:
                return expression->key;
        case SELECTOR_DOES_NOT_EXIST:
                return arena_printf(arena, "!%s", expression->key);
        }
        return arena_printf(arena, "%s in an unknown way", expression->key);
}

static bool is_unmet(const struct label_selector *one, const char *key,
                     const struct str_pair *labels, size_t n_labels) {
        return strcmp(key, LABEL_HASH) != 0 && !label_selector_matches(one, labels, n_labels);
}

bool requirement_find_unmet(const struct label_selector *selector, const struct json *labels,
                            struct arena *arena, struct requirement *ret_unmet) {
        size_t n;
        const struct str_pair *pairs = string_pairs(labels, arena, &n);

        for (size_t i = 0; i < selector->n_match_labels; i++) {
                const struct str_pair *want = &selector->match_labels[i];
                const struct label_selector one = { .match_labels = want, .n_match_labels = 1 };

                if (!is_unmet(&one, want->key, pairs, n))
                        continue;
                *ret_unmet =
                        (struct requirement){ want->key, arena_printf(arena, "%s=%s", want->key,
                                                                      want->value) };
                return true;
        }
        for (size_t i = 0; i < selector->n_match_expressions; i++) {
                const struct selector_expression *want = &selector->match_expressions[i];
                const struct label_selector one = { .match_expressions = want,
                                                    .n_match_expressions = 1 };

                if (!is_unmet(&one, want->key, pairs, n))
                        continue;
                *ret_unmet = (struct requirement){ want->key, expression_text(want, arena) };
                return true;
        }
        return false;
}
