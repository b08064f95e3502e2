/* canary/quantity beside apimachinery. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "quantity.h"
#include "quantity_differences.h"
#include "vectors.h"

enum { POWER_1E29 = 38 }; /* of ten, in billionths */

static bool has_strange_blank(const struct json *row) {
        return quantity_has_strange_blank(json_at(row, 0));
}

static bool has_no_digit(const struct json *row) {
        return quantity_has_no_digit(json_at(row, 0));
}

static bool has_long_exponent(const struct json *row) {
        return quantity_has_long_exponent(json_at(row, 0));
}

static const struct difference QUANTITY_DIFFERENCES[] = {
        { "quantity-strange-blank", has_strange_blank, NULL },
        { "quantity-no-digit", has_no_digit, NULL },
        { "quantity-long-exponent", has_long_exponent, NULL },
        { NULL, NULL, NULL },
};

static bool quantity_agrees(const struct json *row, struct strbuf *ours) {
        __int128 nano;
        bool good = quantity_parse(json_at(row, 0), &nano);

        strbuf_puts(ours, good ? "a quantity" : "none");
        return good == (json_at(row, 1) != NULL);
}

static void test_quantity__is_read_as_apimachinery_reads_it(void **state) {
        (void)state;
        vectors_compare(&(struct vectors){ .name = "quantities",
                                           .agrees = quantity_agrees,
                                           .differences = QUANTITY_DIFFERENCES });
}

static bool has_odd_pair(const struct json *row) {
        return has_strange_blank(row) || quantity_has_strange_blank(json_at(row, 1));
}

/* In billionths; the most that we count to. */
static bool is_from_1e29(const struct json *text) {
        __int128 nano, bound = 1;

        for (int i = 0; i < POWER_1E29; i++)
                bound *= 10;
        return quantity_parse(text, &nano) && (nano == bound || nano == -bound);
}

static bool has_pair_from_1e29(const struct json *row) {
        return is_from_1e29(json_at(row, 0)) || is_from_1e29(json_at(row, 1));
}

static const struct difference PAIR_DIFFERENCES[] = {
        { "quantity-strange-blank", has_odd_pair, NULL },
        { "quantity-from-1e29", has_pair_from_1e29, NULL },
        { NULL, NULL, NULL },
};

static bool pair_agrees(const struct json *row, struct strbuf *ours) {
        __int128 a, b;
        int order;

        if (!quantity_parse(json_at(row, 0), &a) || !quantity_parse(json_at(row, 1), &b)) {
                strbuf_puts(ours, "none");
                return false;
        }
        order = (a > b) - (a < b);
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
                cmocka_unit_test(test_quantity__is_read_as_apimachinery_reads_it),
                cmocka_unit_test(test_quantity__compares_as_apimachinery),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
