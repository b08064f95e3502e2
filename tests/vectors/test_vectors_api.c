/* llc/api beside apimachinery: label selectors of objects, resourceVersions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "llc/api/meta.h"
#include "llc/api/selector.h"
#include "vectors.h"

enum { SETS_MAX = 16, LABELS_MAX = 8 };

/* labels.jsonl */
static struct {
        struct arena arena;
        struct str_pair labels[SETS_MAX][LABELS_MAX];
        size_t n_labels[SETS_MAX];
        size_t n;
} sets;

static void keep_labels(void *ctx, const struct json *row) {
        const struct json *value;
        void *cursor = NULL;
        const char *key;

        (void)ctx;
        assert_true(sets.n < SETS_MAX);
        while (json_next(json_at(row, 0), &cursor, &key, &value)) {
                size_t *n = &sets.n_labels[sets.n];

                assert_true(*n < LABELS_MAX);
                sets.labels[sets.n][*n] =
                        (struct str_pair){ arena_strdup(&sets.arena, key),
                                           arena_copy(&sets.arena, json_as_string(value)) };
                (*n)++;
        }
        sets.n++;
}

static int read_labels(void **state) {
        (void)state;
        vectors_each("labels", keep_labels, NULL);
        return 0;
}

static int free_labels(void **state) {
        (void)state;
        arena_deinit(&sets.arena);
        return 0;
}

static bool object_agrees(const struct json *row, struct strbuf *ours) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        struct label_selector selector;
        struct err err;

        if (!json_at(row, 0)) { /* absent: whoever asks sees to that */
                strbuf_puts(ours, "0000000000");
                return bytes_equal(json_as_string(json_at(row, 1)), strbuf_bytes(ours));
        }
        if (desc_decode_foreign(&label_selector_type, json_at(row, 0), &arena, &selector, &err) <
            0) {
                strbuf_puts(ours, err.msg);
                return !json_at(row, 1);
        }
        for (size_t i = 0; i < sets.n; i++)
                strbuf_append_char(ours, label_selector_matches(&selector, sets.labels[i],
                                                                sets.n_labels[i])
                                                 ? '1'
                                                 : '0');
        return json_at(row, 1) && bytes_equal(json_as_string(json_at(row, 1)), strbuf_bytes(ours));
}

static bool is_none(const struct json *row) {
        return !json_at(row, json_length(row) - 1);
}

static const struct difference SELECTOR_DIFFERENCES[] = {
        { "selector-unchecked", is_none, NULL },
        { NULL, NULL, NULL },
};

static void test_label_selector__matches_as_metav1(void **state) {
        (void)state;
        vectors_compare(&(struct vectors){ .name = "label-selector-objects",
                                           .agrees = object_agrees,
                                           .differences = SELECTOR_DIFFERENCES });
}

static bool version_agrees(const struct json *row, struct strbuf *ours) {
        int order = resource_version_compare(json_as_string(json_at(row, 0)),
                                             json_as_string(json_at(row, 1)));

        order = (order > 0) - (order < 0);
        strbuf_printf(ours, "%d", order);
        return json_at(row, 2) && json_as_int(json_at(row, 2)) == order;
}

static const struct difference VERSION_DIFFERENCES[] = {
        { "resource-version-unchecked", is_none, NULL },
        { NULL, NULL, NULL },
};

static void test_resource_version__compares_as_apimachinery(void **state) {
        (void)state;
        vectors_compare(&(struct vectors){ .name = "resource-versions",
                                           .agrees = version_agrees,
                                           .differences = VERSION_DIFFERENCES });
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_label_selector__matches_as_metav1),
                cmocka_unit_test(test_resource_version__compares_as_apimachinery),
        };

        return cmocka_run_group_tests(tests, read_labels, free_labels);
}
