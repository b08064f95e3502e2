/* llc-sim beside apimachinery, as its clients and its controllers see it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "kinds/quantity.h"
#include "quantity_differences.h"
#include "storage/selector.h"
#include "vectors.h"

enum { POWER_1000E = 30, POWER_1E29 = 38 }; /* of ten, in billionths */

/* labels.jsonl */
static struct json *sets;

static void keep_labels(void *ctx, const struct json *row) {
        (void)ctx;
        json_append(sets, json_clone(json_at(row, 0)));
}

static int read_labels(void **state) {
        (void)state;
        sets = json_new_array();
        vectors_each("labels", keep_labels, NULL);
        return 0;
}

static int free_labels(void **state) {
        (void)state;
        json_free(sets);
        return 0;
}

static bool text_is(const struct json *json, const char *text) {
        return json_kind(json) == JSON_STRING && bytes_is(json_as_string(json), text);
}

static bool selector_agrees(const struct selector *selector, const struct json *row,
                            struct strbuf *ours) {
        for (size_t i = 0; i < json_length(sets); i++)
                strbuf_append_char(ours,
                                   selector_matches_json(selector, json_at(sets, i)) ? '1' : '0');
        return text_is(json_at(row, 1), strbuf_str(ours));
}

static bool label_text_agrees(const struct json *row, struct strbuf *ours) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        const struct selector *selector;
        struct err err;

        if (selector_parse(json_as_string(json_at(row, 0)).ptr, &arena, &selector, &err) == 0)
                return selector_agrees(selector, row, ours);
        strbuf_puts(ours, err.msg);
        return !json_at(row, 1);
}

static void test_label_selector__is_read_as_apimachinery_reads_it(void **state) {
        (void)state;
        vectors_compare(
                &(struct vectors){ .name = "label-selectors", .agrees = label_text_agrees });
}

static bool label_object_agrees(const struct json *row, struct strbuf *ours) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        const struct selector *selector;
        struct err err;

        if (selector_of_json(json_at(row, 0), &arena, &selector, &err) == 0)
                return selector_agrees(selector, row, ours);
        strbuf_puts(ours, err.msg);
        return !json_at(row, 1);
}

static void test_label_selector__is_decoded_as_apimachinery_decodes_it(void **state) {
        (void)state;
        vectors_compare(&(struct vectors){ .name = "label-selector-objects",
                                           .agrees = label_object_agrees });
}

static bool field_agrees(const struct json *row, struct strbuf *ours) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        JSON_CLEANUP struct json *terms = json_new_array();
        struct field_selector selector;
        struct err err;

        if (field_selector_parse(json_as_string(json_at(row, 0)).ptr, &arena, &selector, &err) <
            0) {
                strbuf_puts(ours, err.msg);
                return !json_at(row, 1);
        }
        for (size_t i = 0; i < selector.n_terms; i++) {
                struct json *term = json_new_array();

                json_append(term, json_new_string(bytes_of(selector.terms[i].path)));
                json_append(term, json_new_bool(selector.terms[i].equal));
                json_append(term, json_new_string(bytes_of(selector.terms[i].value)));
                json_append(terms, term);
        }
        json_write(terms, ours);
        return json_equal(terms, json_at(row, 1));
}

static void test_field_selector__is_read_as_apimachinery_reads_it(void **state) {
        (void)state;
        vectors_compare(&(struct vectors){ .name = "field-selectors", .agrees = field_agrees });
}

static bool has_strange_blank(const struct json *row) {
        return quantity_has_strange_blank(json_at(row, 0));
}

static bool has_no_digit(const struct json *row) {
        return quantity_has_no_digit(json_at(row, 0));
}

static bool has_long_exponent(const struct json *row) {
        return quantity_has_long_exponent(json_at(row, 0));
}

static bool is_long_binary(const struct json *row) {
        return quantity_is_long_binary(json_at(row, 0));
}

/* At least 10^power, in billionths. */
static bool is_from(const struct json *text, int power) {
        struct quantity quantity;
        __int128 bound = 1;

        while (power-- > 0)
                bound *= 10;
        return quantity_parse(text, &quantity) &&
               (quantity.nano >= bound || quantity.nano <= -bound);
}

static bool is_from_1000e(const struct json *row) {
        return is_from(json_at(row, 0), POWER_1000E);
}

static const struct difference QUANTITY_DIFFERENCES[] = {
        { "quantity-strange-blank", has_strange_blank, NULL },
        { "quantity-no-digit", has_no_digit, NULL },
        { "quantity-long-exponent", has_long_exponent, NULL },
        { "quantity-long-binary", is_long_binary, NULL },
        { "quantity-from-1000E", is_from_1000e, NULL },
        { NULL, NULL, NULL },
};

static bool quantity_agrees(const struct json *row, struct strbuf *ours) {
        struct quantity quantity;

        if (!quantity_parse(json_at(row, 0), &quantity)) {
                strbuf_puts(ours, "none");
                return !json_at(row, 1);
        }
        quantity_store(&quantity, json_at(row, 0), ours);
        return text_is(json_at(row, 1), strbuf_str(ours));
}

static void test_quantity__is_written_as_apimachinery_writes_it(void **state) {
        (void)state;
        vectors_compare(&(struct vectors){ .name = "quantities",
                                           .agrees = quantity_agrees,
                                           .differences = QUANTITY_DIFFERENCES });
}

static bool has_odd_pair(const struct json *row) {
        return has_strange_blank(row) || quantity_has_strange_blank(json_at(row, 1));
}

static bool has_pair_from_1e29(const struct json *row) {
        return is_from(json_at(row, 0), POWER_1E29) || is_from(json_at(row, 1), POWER_1E29);
}

static const struct difference PAIR_DIFFERENCES[] = {
        { "quantity-strange-blank", has_odd_pair, NULL },
        { "quantity-from-1e29", has_pair_from_1e29, NULL },
        { NULL, NULL, NULL },
};

static bool pair_agrees(const struct json *row, struct strbuf *ours) {
        struct quantity a, b;
        int order;

        if (!quantity_parse(json_at(row, 0), &a) || !quantity_parse(json_at(row, 1), &b)) {
                strbuf_puts(ours, "none");
                return false;
        }
        order = quantity_compare(&a, &b);
        strbuf_printf(ours, "%d", order);
        return json_as_int(json_at(row, 2)) == order;
}

static void test_quantity__compares_as_apimachinery(void **state) {
        (void)state;
        vectors_compare(&(struct vectors){
                .name = "quantity-pairs", .agrees = pair_agrees, .differences = PAIR_DIFFERENCES });
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_label_selector__is_read_as_apimachinery_reads_it),
                cmocka_unit_test(test_label_selector__is_decoded_as_apimachinery_decodes_it),
                cmocka_unit_test(test_field_selector__is_read_as_apimachinery_reads_it),
                cmocka_unit_test(test_quantity__is_written_as_apimachinery_writes_it),
                cmocka_unit_test(test_quantity__compares_as_apimachinery),
        };

        return cmocka_run_group_tests(tests, read_labels, free_labels);
}
