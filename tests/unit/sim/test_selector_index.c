#include "actors/selector_index.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "llc/base/strbuf.h"
#include "llc/sys/yaml.h"

enum { MANY = 300 };

static void put(struct selector_index *index, const char *namespace_, const char *name,
                const char *labels) {
        JSON_CLEANUP struct json *tree = NULL;
        struct err err;

        assert_int_equal(yaml_parse(bytes_of(labels), &tree, &err), 0);
        selector_index_put(index, namespace_, name, tree);
}

static void add(void *ctx, const char *namespace_, const char *name) {
        strbuf_printf(ctx, "%s/%s ", namespace_, name);
}

static struct selector_index *new_index(void) {
        return selector_index_new((const uint64_t[2]){ 1, 2 });
}

#define assert_found(index, namespace_, labels, expected)                                          \
        do {                                                                                       \
                STRBUF_CLEANUP struct strbuf found = STRBUF_INIT(1 << 16);                         \
                                                                                                   \
                selector_index_walk((index), (namespace_), (labels), add, &found);                 \
                assert_string_equal(strbuf_str(&found), (expected));                               \
        } while (0)

static void test_selector_index__all_labels_must_be_there(void **state) {
        struct selector_index *index = new_index();

        (void)state;
        put(index, "a", "web", "{app: web, tier: front}");
        assert_found(index, "a", "app\0web\0tier\0front\0x\0y\0", "a/web ");
        assert_found(index, "a", "app\0web\0", "");
        assert_found(index, "a", "app\0web\0tier\0back\0", "");
        assert_found(index, "a", "", "");
        assert_found(index, "b", "app\0web\0tier\0front\0", "");
        selector_index_free(index);
}

static void test_selector_index__no_labels_mean_every_pod(void **state) {
        struct selector_index *index = new_index();

        (void)state;
        put(index, "a", "all", "{}");
        selector_index_put(index, "b", "none", NULL);
        assert_found(index, "a", "app\0web\0", "a/all ");
        assert_found(index, "a", "", "a/all ");
        assert_found(index, "b", "", "b/none ");
        selector_index_free(index);
}

static void test_selector_index__the_last_put_counts(void **state) {
        struct selector_index *index = new_index();

        (void)state;
        put(index, "a", "web", "{app: web}");
        put(index, "a", "web", "{app: shop}");
        assert_found(index, "a", "app\0web\0", "");
        assert_found(index, "a", "app\0shop\0", "a/web ");
        selector_index_remove(index, "a", "web");
        selector_index_remove(index, "a", "web");
        assert_found(index, "a", "app\0shop\0", "");
        selector_index_free(index);
}

static void test_selector_index__many_share_a_label(void **state) {
        struct selector_index *index = new_index();
        STRBUF_CLEANUP struct strbuf found = STRBUF_INIT(1 << 16);
        char name[16];
        size_t n = 0;

        (void)state;
        for (int i = 0; i < MANY; i++) {
                snprintf(name, sizeof(name), "s%d", i);
                put(index, "a", name, i % 3 ? "{app: web}" : "{app: web, tier: back}");
        }
        for (int i = 0; i < MANY; i += 2) {
                snprintf(name, sizeof(name), "s%d", i);
                selector_index_remove(index, "a", name);
        }
        selector_index_walk(index, "a", "app\0web\0", add, &found);
        for (const char *at = strbuf_str(&found); *at; at++)
                n += *at == ' ';
        assert_int_equal(n, MANY / 3);
        selector_index_free(index);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_selector_index__all_labels_must_be_there),
                cmocka_unit_test(test_selector_index__no_labels_mean_every_pod),
                cmocka_unit_test(test_selector_index__the_last_put_counts),
                cmocka_unit_test(test_selector_index__many_share_a_label),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
