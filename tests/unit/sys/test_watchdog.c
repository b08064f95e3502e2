/*
 * Each callback runs in a child process, which the watchdog may end.
 */
#define _GNU_SOURCE /* sched_setaffinity */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "llc/sys/clock.h"
#include "llc/sys/loop.h"

enum {
        TOO_LONG_MS = LIMIT_MS + LIMIT_MS / 2,
        TOO_LONG_ASLEEP_MS = 80,
        OTHERS = 8,
        OTHERS_LIVE_S = 10
};

static void wait_too_long(void *ctx) {
        poll(NULL, 0, TOO_LONG_ASLEEP_MS);
        loop_stop(ctx);
}

static void read_for_too_long(void *ctx, int events) {
        (void)events;
        wait_too_long(ctx);
}

/* Of its own time, however long others use the machine. */
static void work(int ms) {
        clock_t began = clock();

        while (clock() - began < ms * CLOCKS_PER_SEC / 1000) {}
}

static void work_too_long(void *ctx) {
        work(TOO_LONG_MS);
        loop_stop(ctx);
}

static void work_a_little(void *ctx) {
        work(LIMIT_MS / 5);
        loop_stop(ctx);
}

/* The time passes, but others have the only CPU for most of it. */
static void share_a_cpu(void *ctx) {
        int64_t began = clock_monotonic_ms();
        pid_t others[OTHERS];
        cpu_set_t one;

        CPU_ZERO(&one);
        CPU_SET((unsigned)sched_getcpu(), &one);
        sched_setaffinity(0, sizeof(one), &one);
        for (size_t i = 0; i < OTHERS; i++) {
                others[i] = fork();
                if (others[i] == 0) {
                        alarm(OTHERS_LIVE_S);
                        for (;;) {}
                }
        }
        while (clock_monotonic_ms() - began < LIMIT_MS + LIMIT_MS / 5) {}
        for (size_t i = 0; i < OTHERS; i++)
                if (others[i] > 0)
                        kill(others[i], SIGKILL);
        loop_stop(ctx);
}

static void run_timer(void (*fn)(void *ctx)) {
        struct loop *loop = loop_new();

        loop_timer_set(loop_timer_new(loop, fn, loop), 0);
        loop_run(loop);
}

static void run_fd(void) {
        struct loop *loop = loop_new();
        int fds[2];

        if (pipe(fds) < 0)
                abort();
        loop_fd_new(loop, fds[1], LOOP_WRITE, read_for_too_long, loop);
        loop_run(loop);
}

static void run_signal(void) {
        struct loop *loop = loop_new();

        loop_signal_new(loop, SIGTERM, wait_too_long, loop);
        raise(SIGTERM);
        loop_run(loop);
}

static void run_waiting(void) {
        run_timer(wait_too_long);
}

static void run_working(void) {
        run_timer(work_too_long);
}

static void run_short(void) {
        run_timer(work_a_little);
}

static void run_sharing(void) {
        run_timer(share_a_cpu);
}

/* What it said, in a static buffer; *ret_status as of waitpid. */
static const char *in_a_child(void (*run)(void), int *ret_status) {
        static char text[256];
        int fds[2];
        pid_t pid;

        memset(text, 0, sizeof(text));
        assert_int_equal(pipe(fds), 0);
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                const struct rlimit none = { 0 };

                setrlimit(RLIMIT_CORE, &none);
                signal(SIGABRT, SIG_DFL); /* lint: allow signal because SIG_DFL is no handler */
                dup2(fds[1], STDERR_FILENO);
                run();
                _exit(0);
        }
        close(fds[1]);
        assert_int_equal(waitpid(pid, ret_status, 0), pid);
        poll(&(struct pollfd){ .fd = fds[0], .events = POLLIN }, 1, 0);
        assert_true(read(fds[0], text, sizeof(text) - 1) >= 0);
        close(fds[0]);
        return text;
}

static void check_caught(void (*run)(void), const char *said) {
        int status;
        const char *text = in_a_child(run, &status);

        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), SIGABRT);
        if (strncmp(text, said, strlen(said)) != 0)
                fail_msg("%s", text);
}

static void check_let_be(void (*run)(void)) {
        int status;
        const char *text = in_a_child(run, &status);

        assert_string_equal(text, "");
        assert_int_equal(status, 0);
}

static void test_watchdog__names_a_callback_that_waits(void **state) {
        (void)state;
        check_caught(run_waiting, "watchdog: wait_too_long kept the loop for ");
        check_caught(run_fd, "watchdog: read_for_too_long kept the loop for ");
        check_caught(run_signal, "watchdog: wait_too_long kept the loop for ");
}

static void test_watchdog__names_a_callback_that_works_too_long(void **state) {
        (void)state;
        check_caught(run_working, "watchdog: work_too_long kept the loop for ");
}

static void test_watchdog__lets_short_callbacks_be(void **state) {
        (void)state;
        check_let_be(run_short);
}

static void test_watchdog__a_busy_machine_is_no_alarm(void **state) {
        (void)state;
        check_let_be(run_sharing);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_watchdog__names_a_callback_that_waits),
                cmocka_unit_test(test_watchdog__names_a_callback_that_works_too_long),
                cmocka_unit_test(test_watchdog__lets_short_callbacks_be),
                cmocka_unit_test(test_watchdog__a_busy_machine_is_no_alarm),
        };

        if (access("/proc/thread-self/schedstat", R_OK) < 0)
                return 77; /* nothing to go by */
        return cmocka_run_group_tests(tests, NULL, NULL);
}
