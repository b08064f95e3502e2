#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "llc/sys/usage.h"

static void test_usage__open_descriptors_are_counted(void **state) {
        struct usage before, after;
        uint64_t n = 0;
        int fd;

        (void)state;
        usage_read(&before);
        for (fd = 0; fd < 1024; fd++)
                n += fcntl(fd, F_GETFD) >= 0;
        fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
        usage_read(&after);
        close(fd);
        assert_true(before.has_open_fds);
        assert_int_equal(before.open_fds, n);
        assert_int_equal(after.open_fds, before.open_fds + 1);
        assert_true(after.max_fds > after.open_fds);
        assert_true(after.cpu_seconds >= before.cpu_seconds);
}

static void test_usage__heap_is_what_was_allocated(void **state) {
        enum { BYTES = 64 << 20 };
        struct usage before, after;
        void *volatile memory;

        (void)state;
        usage_read(&before);
        memory = malloc(BYTES);
        usage_read(&after);
        free(memory);
        if (before.heap_bytes == 0)
                skip(); /* a sanitizer's allocator */
        assert_true(after.heap_bytes >= before.heap_bytes + BYTES);
        usage_read(&after);
        assert_true(after.heap_bytes < before.heap_bytes + BYTES);
}

static void test_usage__memory_is_what_was_touched(void **state) {
        enum { BYTES = 64 << 20 };
        struct usage before, after;
        char *memory;

        (void)state;
        usage_read(&before);
        memory = malloc(BYTES);
        memset(memory, 1, BYTES);
        usage_read(&after);
        assert_int_equal(memory[BYTES / 2], 1);
        free(memory);
        assert_true(before.has_memory);
        assert_in_range(after.resident_bytes - before.resident_bytes, BYTES / 2, BYTES * 2);
        assert_true(after.virtual_bytes >= after.resident_bytes);
}

static void test_usage__without_descriptors_the_rest_is_told(void **state) {
        struct rlimit limit, none;
        struct usage usage;

        (void)state;
        getrlimit(RLIMIT_NOFILE, &limit);
        none = (struct rlimit){ .rlim_cur = 0, .rlim_max = limit.rlim_max };
        setrlimit(RLIMIT_NOFILE, &none);
        usage_read(&usage);
        setrlimit(RLIMIT_NOFILE, &limit);
        assert_false(usage.has_open_fds);
        assert_false(usage.has_memory);
        assert_int_equal(usage.max_fds, 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_usage__open_descriptors_are_counted),
                cmocka_unit_test(test_usage__heap_is_what_was_allocated),
                cmocka_unit_test(test_usage__memory_is_what_was_touched),
                cmocka_unit_test(test_usage__without_descriptors_the_rest_is_told),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
