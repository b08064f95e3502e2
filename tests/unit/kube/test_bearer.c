#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "bearer.h"

struct fixture {
        char path[32];
        struct bearer bearer;
};

static void write_file(const char *path, const char *text) {
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

        assert_true(fd >= 0);
        assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
        close(fd);
}

static int setup(void **state) {
        struct fixture *f = calloc(1, sizeof(*f));

        memcpy(f->path, "/tmp/llc-test-token-XXXXXX", 27);
        close(mkstemp(f->path));
        *state = f;
        return 0;
}

static int teardown(void **state) {
        struct fixture *f = *state;

        unlink(f->path);
        bearer_deinit(&f->bearer);
        free(f);
        return 0;
}

static const char *get(struct fixture *f, int64_t now_ms) {
        const char *token = "unset";
        struct err err;

        return bearer_get(&f->bearer, now_ms, &token, &err) < 0 ? "failed" : token;
}

static void test_bearer__fixed_or_none(void **state) {
        struct fixture *f = *state;

        bearer_init(&f->bearer, NULL, NULL);
        assert_null(get(f, 0));
        bearer_init(&f->bearer, "abc", NULL);
        assert_string_equal(get(f, 0), "abc");
        bearer_refused(&f->bearer);
        assert_string_equal(get(f, 1000000), "abc");
}

static void test_bearer__file_is_read_again_after_a_minute(void **state) {
        struct fixture *f = *state;

        bearer_init(&f->bearer, NULL, f->path);
        write_file(f->path, " one\n");
        assert_string_equal(get(f, 5000), "one");
        write_file(f->path, "two");
        assert_string_equal(get(f, 64999), "one");
        assert_string_equal(get(f, 65000), "two");
}

static void test_bearer__file_is_read_again_at_once_when_refused(void **state) {
        struct fixture *f = *state;

        bearer_init(&f->bearer, NULL, f->path);
        write_file(f->path, "one");
        assert_string_equal(get(f, 0), "one");
        write_file(f->path, "two");
        assert_string_equal(get(f, 1), "one");
        bearer_refused(&f->bearer);
        assert_string_equal(get(f, 2), "two");
        write_file(f->path, "three");
        assert_string_equal(get(f, 3), "two");
}

static void test_bearer__file_wins_over_the_fixed_token(void **state) {
        struct fixture *f = *state;

        bearer_init(&f->bearer, "fixed", f->path);
        write_file(f->path, "");
        assert_string_equal(get(f, 0), "fixed");
        write_file(f->path, "file");
        assert_string_equal(get(f, 60000), "file");
}

static void test_bearer__last_good_token_stays(void **state) {
        struct fixture *f = *state;

        bearer_init(&f->bearer, NULL, f->path);
        write_file(f->path, "two words");
        assert_string_equal(get(f, 0), "failed");
        write_file(f->path, "good");
        assert_string_equal(get(f, 1), "good"); /* not only after a minute */
        write_file(f->path, "evil\r\nHost: x");
        bearer_refused(&f->bearer);
        assert_string_equal(get(f, 2), "good");
        unlink(f->path);
        assert_string_equal(get(f, 100000), "good");
}

static void test_bearer__error_names_the_file_and_not_its_content(void **state) {
        struct fixture *f = *state;
        const char *token;
        struct err err;

        bearer_init(&f->bearer, NULL, f->path);
        write_file(f->path, "my secret");
        assert_int_equal(bearer_get(&f->bearer, 0, &token, &err), -1);
        assert_non_null(strstr(err.msg, f->path));
        assert_null(strstr(err.msg, "secret"));
        assert_int_equal(bearer_check_file(f->path, &err), -1);
        write_file(f->path, "secret");
        assert_int_equal(bearer_check_file(f->path, &err), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_bearer__fixed_or_none, setup, teardown),
                cmocka_unit_test_setup_teardown(test_bearer__file_is_read_again_after_a_minute,
                                                setup, teardown),
                cmocka_unit_test_setup_teardown(
                        test_bearer__file_is_read_again_at_once_when_refused, setup, teardown),
                cmocka_unit_test_setup_teardown(test_bearer__file_wins_over_the_fixed_token, setup,
                                                teardown),
                cmocka_unit_test_setup_teardown(test_bearer__last_good_token_stays, setup,
                                                teardown),
                cmocka_unit_test_setup_teardown(
                        test_bearer__error_names_the_file_and_not_its_content, setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
