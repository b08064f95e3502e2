#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "llc/base/strbuf.h"
#include "llc/sys/clock.h"
#include "llc/sys/process.h"

struct ended {
        struct loop *loop;
        unsigned n;
        enum process_end end;
        int code;
        struct strbuf output, last_say;
};

static void on_end(void *ctx, const struct process_result *result) {
        struct ended *ended = ctx;

        ended->n++;
        ended->end = result->end;
        ended->code = result->code;
        strbuf_append(&ended->output, result->output);
        strbuf_append(&ended->last_say, result->last_say);
        loop_stop(ended->loop);
}

static void ended_deinit(struct ended *ended) {
        strbuf_deinit(&ended->output);
        strbuf_deinit(&ended->last_say);
}
#define ENDED_CLEANUP __attribute__((cleanup(ended_deinit)))

/* Runs a shell script to its end. */
static struct ended run(const char *script, size_t output_max, int64_t timeout_ms) {
        struct strlist argv = { .n = 0 }, env = { .n = 0 };
        struct ended ended = { .loop = loop_new(),
                               .output = STRBUF_INIT(1 << 20),
                               .last_say = STRBUF_INIT(1 << 20) };
        const struct process_options options = {
                .loop = ended.loop,
                .argv = &argv,
                .env = &env,
                .output_max = output_max,
                .timeout_ms = timeout_ms,
                .on_end = on_end,
                .ctx = &ended,
        };
        struct process *process;
        struct err err;

        strlist_add(&argv, "sh");
        strlist_add(&argv, "-c");
        strlist_add(&argv, script);
        strlist_add(&env, "LLC_TEST=ours");
        if (process_start(&options, &process, &err) < 0)
                fail_msg("%s", err.msg);
        assert_int_equal(ended.n, 0); /* never from within */
        loop_run(ended.loop);
        loop_free(ended.loop);
        strlist_deinit(&argv);
        strlist_deinit(&env);
        assert_int_equal(ended.n, 1);
        return ended;
}

static void test_process__output_and_status(void **state) {
        ENDED_CLEANUP struct ended ended =
                run("echo one; echo two >&2; echo three; exit 7", 100, 60000);

        (void)state;
        assert_int_equal(ended.end, PROCESS_EXITED);
        assert_int_equal(ended.code, 7);
        assert_string_equal(strbuf_str(&ended.output), "one\nthree\n");
        assert_string_equal(strbuf_str(&ended.last_say), "two\n");
}

static void test_process__signal(void **state) {
        ENDED_CLEANUP struct ended ended = run("kill -TERM $$", 100, 60000);

        (void)state;
        assert_int_equal(ended.end, PROCESS_SIGNALLED);
        assert_int_equal(ended.code, SIGTERM);
}

/* Its world is a shell's: no input, our environment, none of our descriptors. */
static void test_process__inherits_little(void **state) {
        ENDED_CLEANUP struct ended ended = { .n = 0 };
        int leak = fcntl(0, F_DUPFD, 50); /* without O_CLOEXEC, as libraries open them */

        (void)state;
        assert_int_equal(leak, 50);
        setenv("LLC_TEST", "theirs", 1);
        setenv("LLC_TEST_KEPT", "kept", 1);
        ended = run("cat; echo $LLC_TEST $LLC_TEST_KEPT; [ -e /proc/$$/fd/50 ] || echo closed",
                    1000, 60000);
        assert_int_equal(ended.end, PROCESS_EXITED);
        assert_string_equal(strbuf_str(&ended.output), "ours kept\nclosed\n");
        close(leak);
}

/* The loop ignores SIGPIPE, which would otherwise be inherited. */
static void test_process__signals_are_as_they_should(void **state) {
        ENDED_CLEANUP struct ended ended = run("kill -PIPE $$", 100, 60000);

        (void)state;
        assert_int_equal(ended.end, PROCESS_SIGNALLED);
        assert_int_equal(ended.code, SIGPIPE);
}

static void test_process__all_of_a_large_output_is_read(void **state) {
        ENDED_CLEANUP struct ended ended =
                run("head -c 500000 /dev/zero | tr '\\0' x", 500000, 60000);

        (void)state;
        assert_int_equal(ended.end, PROCESS_EXITED);
        assert_int_equal(ended.output.len, 500000);
}

static void test_process__too_loud(void **state) {
        ENDED_CLEANUP struct ended once = run("head -c 101 /dev/zero", 100, 60000);
        ENDED_CLEANUP struct ended endless = run("exec cat /dev/zero", 100, 60000);

        (void)state;
        assert_int_equal(once.end, PROCESS_TOO_LOUD);
        assert_int_equal(endless.end, PROCESS_TOO_LOUD);
}

static void test_process__of_what_it_complains_the_end_is_kept(void **state) {
        ENDED_CLEANUP struct ended ended =
                run("head -c 20000 /dev/zero | tr '\\0' x >&2; echo the end >&2", 100, 60000);

        (void)state;
        assert_int_equal(ended.end, PROCESS_EXITED);
        assert_int_equal(ended.last_say.len, 512);
        assert_string_equal(strbuf_str(&ended.last_say) + 512 - 8, "the end\n");
}

static void test_process__too_long(void **state) {
        int64_t began_ms = clock_monotonic_ms();
        /* A child of it holds the pipes, and must go as well. */
        ENDED_CLEANUP struct ended ended = run("trap '' TERM; cat /dev/zero >&2", 100, 100);

        (void)state;
        assert_int_equal(ended.end, PROCESS_TOO_LONG);
        assert_true(clock_monotonic_ms() - began_ms < 30000);
}

static void test_process__what_stays_in_the_background_is_not_waited_for(void **state) {
        ENDED_CLEANUP struct ended ended = run("tail -f /dev/null & echo $!; exit 0", 100, 60000);

        (void)state;
        assert_int_equal(ended.end, PROCESS_EXITED);
        assert_int_equal(kill((pid_t)strtol(strbuf_str(&ended.output), NULL, 10), SIGKILL), 0);
}

static int start(struct loop *loop, const char *name, struct process **ret, struct err *err) {
        struct strlist argv = { .n = 0 }, env = { .n = 0 };
        const struct process_options options = {
                .loop = loop,
                .argv = &argv,
                .env = &env,
                .output_max = 100,
                .timeout_ms = 60000,
        };
        int r;

        strlist_add(&argv, name);
        r = process_start(&options, ret, err);
        strlist_deinit(&argv);
        return r;
}

static void test_process__what_can_not_be_run_is_an_error(void **state) {
        struct loop *loop = loop_new();
        struct process *process;
        struct err err;

        (void)state;
        assert_int_equal(start(loop, "llc-no-such-program", &process, &err), -1);
        assert_int_equal(err.code, ERR_NOT_FOUND);
        assert_string_equal(err.msg, "llc-no-such-program: No such file or directory");
        assert_int_equal(start(loop, "/dev/null", &process, &err), -1);
        assert_int_equal(err.code, ERR_IO);
        assert_string_equal(err.msg, "/dev/null: Permission denied");
        loop_free(loop);
}

static void test_process__cancelled_is_gone_and_silent(void **state) {
        struct loop *loop = loop_new();
        struct process *process;
        struct err err;

        (void)state;
        assert_int_equal(start(loop, "cat", &process, &err), 0); /* on_end is NULL */
        process_cancel(process);
        process_cancel(NULL);
        loop_free(loop);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_process__output_and_status),
                cmocka_unit_test(test_process__signal),
                cmocka_unit_test(test_process__inherits_little),
                cmocka_unit_test(test_process__signals_are_as_they_should),
                cmocka_unit_test(test_process__all_of_a_large_output_is_read),
                cmocka_unit_test(test_process__too_loud),
                cmocka_unit_test(test_process__of_what_it_complains_the_end_is_kept),
                cmocka_unit_test(test_process__too_long),
                cmocka_unit_test(test_process__what_stays_in_the_background_is_not_waited_for),
                cmocka_unit_test(test_process__what_can_not_be_run_is_an_error),
                cmocka_unit_test(test_process__cancelled_is_gone_and_silent),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
