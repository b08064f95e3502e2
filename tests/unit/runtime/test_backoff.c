#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "backoff.h"

/* Time goes on by each wait. */
struct fixture {
        struct backoff backoff;
        struct jitter jitter;
        int64_t now_ms;
};

static struct fixture fixture(void) {
        return (struct fixture){ .jitter = { .seed = { 1, 2 } }, .now_ms = 1000000 };
}

static int64_t next(struct fixture *f, struct backoff_failure failure) {
        int64_t delay_ms = backoff_next(&f->backoff, &f->jitter, &failure, f->now_ms);

        f->now_ms += delay_ms;
        return delay_ms;
}

static void check_doubles(struct fixture *f, struct backoff_failure failure, int64_t max) {
        int64_t base = 800;

        for (int i = 0; i < 9; i++) {
                assert_in_range(next(f, failure), base, 2 * base);
                base = base * 2 > max ? max : base * 2;
        }
}

static const struct backoff_failure REFUSED = { .has_worked = false };
static const struct backoff_failure UNREACHABLE = { .unreachable = true };

static void test_backoff__doubles_up_to_its_bound(void **state) {
        struct fixture answered = fixture(), unreachable = fixture(), no_kind = fixture();

        (void)state;
        check_doubles(&answered, REFUSED, 30000);
        check_doubles(&unreachable, UNREACHABLE, 4000);
        check_doubles(&no_kind, (struct backoff_failure){ .no_kind = true }, 5000);
}

static void test_backoff__what_worked_begins_anew(void **state) {
        struct fixture f = fixture();

        (void)state;
        check_doubles(&f, REFUSED, 30000);
        f.now_ms += 10 * 1000; /* since the end of the wait: not long enough */
        assert_in_range(next(&f, REFUSED), 30000, 60000);
        f.now_ms += 10 * 1000 + 1;
        assert_in_range(next(&f, REFUSED), 800, 1600);
        assert_in_range(next(&f, REFUSED), 1600, 3200);
        assert_in_range(next(&f, (struct backoff_failure){ .has_worked = true }), 800, 1600);
        assert_in_range(next(&f, REFUSED), 1600, 3200);
        assert_in_range(next(&f, UNREACHABLE), 800, 1600); /* of another sort */
        assert_in_range(next(&f, REFUSED), 800, 1600);
}

static void test_backoff__the_server_says_when(void **state) {
        struct fixture f = fixture();

        (void)state;
        assert_in_range(next(&f, (struct backoff_failure){ .retry_after_ms = 17000 }), 17000,
                        17000 + 17000 / 4);
        assert_in_range(next(&f, (struct backoff_failure){ .retry_after_ms = INT64_MAX }), 60000,
                        75000);
        assert_in_range(next(&f, (struct backoff_failure){ .retry_after_ms = 1 }), 1, 2);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_backoff__doubles_up_to_its_bound),
                cmocka_unit_test(test_backoff__what_worked_begins_anew),
                cmocka_unit_test(test_backoff__the_server_says_when),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
