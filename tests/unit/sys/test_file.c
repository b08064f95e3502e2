#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "llc/sys/file.h"

/* A temporary file with len bytes of 'x'; its path is kept in path. */
static void make_file(char path[static 32], size_t len) {
        char *content = malloc(len + 1);
        int fd;

        snprintf(path, 32, "/tmp/llc-test-file-XXXXXX");
        fd = mkstemp(path);
        assert_true(fd >= 0);
        memset(content, 'x', len + 1);
        assert_int_equal(write(fd, content, len), (ssize_t)len);
        close(fd);
        free(content);
}

static void test_file__appends_the_whole_file(void **state) {
        STRBUF_CLEANUP struct strbuf out = STRBUF_INIT(20000);
        struct err err;
        char path[32];

        (void)state;
        make_file(path, 10000);
        strbuf_puts(&out, "before ");
        assert_int_equal(file_read(path, &out, &err), 0);
        unlink(path);
        assert_int_equal(out.len, 10007);
        assert_memory_equal(out.data, "before xxx", 10);
        assert_int_equal(out.data[10006], 'x');
}

static void test_file__cap_is_exact(void **state) {
        struct strbuf fits = STRBUF_INIT(8192), small = STRBUF_INIT(8191);
        struct err err;
        char path[32];

        (void)state;
        make_file(path, 8192);
        assert_int_equal(file_read(path, &fits, &err), 0);
        assert_int_equal(fits.len, 8192);
        assert_int_equal(file_read(path, &small, &err), -1);
        assert_int_equal(err.code, ERR_TOO_LARGE);
        assert_non_null(strstr(err.msg, path));
        assert_int_equal(small.len, 0);
        assert_true(strbuf_ok(&small)); /* still usable */
        unlink(path);
        strbuf_deinit(&fits);
        strbuf_deinit(&small);
}

static void test_file__errors_name_the_path(void **state) {
        STRBUF_CLEANUP struct strbuf out = STRBUF_INIT(100);
        struct err err;

        (void)state;
        assert_int_equal(file_read("/nonexistent/token", &out, &err), -1);
        assert_int_equal(err.code, ERR_IO);
        assert_string_equal(err.msg, "/nonexistent/token: No such file or directory");
        assert_int_equal(file_read("/", &out, &err), -1);
        assert_int_equal(err.code, ERR_IO);
        assert_string_equal(err.msg, "/: Is a directory");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_file__appends_the_whole_file),
                cmocka_unit_test(test_file__cap_is_exact),
                cmocka_unit_test(test_file__errors_name_the_path),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
