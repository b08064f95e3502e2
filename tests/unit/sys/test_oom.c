#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "llc/base/json.h"

static volatile size_t huge = PTRDIFF_MAX - 4096;
static void *volatile sink; /* keeps the compiler from removing an allocation */

static void ask_malloc(void) {
        sink = malloc(huge);
}

static void ask_calloc(void) {
        sink = calloc(huge, 16); /* overflows */
}

static void ask_realloc(void) {
        sink = malloc(8);
        sink = realloc(sink, huge);
}

static void ask_reallocarray(void) {
        sink = reallocarray(NULL, huge, 16);
}

static void ask_aligned(void) {
        sink = aligned_alloc(64, huge);
}

static void ask_posix_memalign(void) {
        void *p;

        if (posix_memalign(&p, 64, huge) == 0)
                sink = p;
}

/* From inside a shared library: json-c's own allocations must end the process as well. */
static void ask_json_c(void) {
        struct rlimit limit = { .rlim_cur = 64u << 20, .rlim_max = 64u << 20 };
        struct json *array;

        setrlimit(RLIMIT_AS, &limit);
        array = json_new_array();
        for (;;)
                json_append(array, json_new_object());
}

/* The child must die by SIGABRT and say one line. */
static void check_death(void (*ask)(void)) {
        char text[64] = "";
        int fds[2], status;
        pid_t pid;

        assert_int_equal(pipe(fds), 0);
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                struct rlimit none = { 0 };

                setrlimit(RLIMIT_CORE, &none);
                signal(SIGABRT, SIG_DFL); /* lint: allow signal because SIG_DFL is no handler */
                dup2(fds[1], STDERR_FILENO);
                ask();
                _exit(0);
        }
        close(fds[1]);
        assert_true(read(fds[0], text, sizeof(text) - 1) >= 0);
        close(fds[0]);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), SIGABRT);
        assert_string_equal(text, "out of memory\n");
}

static void test_oom__every_allocator_aborts_with_a_line(void **state) {
        (void)state;
        check_death(ask_malloc);
        check_death(ask_calloc);
        check_death(ask_realloc);
        check_death(ask_reallocarray);
        check_death(ask_aligned);
        check_death(ask_posix_memalign);
}

static void test_oom__covers_shared_libraries(void **state) {
        (void)state;
        check_death(ask_json_c);
}

static void test_oom__ordinary_allocations_work(void **state) {
        void *p = NULL;

        (void)state;
        free(malloc(0));
        assert_int_equal(posix_memalign(&p, 3, 8), EINVAL);
        assert_int_equal(posix_memalign(&p, 256, 1000), 0);
        assert_int_equal((uintptr_t)p % 256, 0);
        free(p);
        p = calloc(3, 5);
        assert_memory_equal(p, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 15);
        p = realloc(p, 100000);
        free(p);
        p = reallocarray(NULL, 10, 10);
        memset(p, 1, 100);
        free(p);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_oom__every_allocator_aborts_with_a_line),
                cmocka_unit_test(test_oom__covers_shared_libraries),
                cmocka_unit_test(test_oom__ordinary_allocations_work),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
