#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exec_plugin.h"
#include "llc/base/timestamp.h"
#include "llc/sys/clock.h"
#include "support/fake_loop.h"
#include "support/fake_process.h"

#define V1 "client.authentication.k8s.io/v1"

struct fixture {
        struct loop *loop;
        struct kube_exec exec;
        struct exec_plugin *plugin;
        unsigned n_ends;
        const struct exec_credential *credential;
        struct err err;
};

static void on_end(void *ctx) {
        struct fixture *f = ctx;

        f->n_ends++;
}

static int setup(void **state) {
        struct fixture *f = calloc(1, sizeof(*f));

        fake_process_starts = 0;
        fake_process_refusal.code = ERR_NONE;
        f->loop = loop_new();
        f->exec.api_version = strdup(V1);
        strlist_add(&f->exec.argv, "who");
        f->plugin = exec_plugin_new(f->loop, &f->exec, on_end, f);
        *state = f;
        return 0;
}

static int teardown(void **state) {
        struct fixture *f = *state;

        exec_plugin_free(f->plugin);
        free(f->exec.api_version);
        free(f->exec.install_hint);
        strlist_deinit(&f->exec.argv);
        loop_free(f->loop);
        free(f);
        return 0;
}

static enum exec_plugin_answer get(struct fixture *f) {
        return exec_plugin_get(f->plugin, &f->credential, &f->err);
}

static void check_token(struct fixture *f, const char *token) {
        assert_int_equal(get(f), EXEC_PLUGIN_READY);
        assert_string_equal(f->credential->token, token);
}

static void check_failed(struct fixture *f, const char *message) {
        assert_int_equal(get(f), EXEC_PLUGIN_FAILED);
        assert_string_equal(f->err.msg, message);
}

/* The plugin ends with this token, good for so many seconds from now; 0 = for ever. */
static void answer(const char *token, int64_t seconds) {
        char text[512], when[TIMESTAMP_SIZE];

        timestamp_format(clock_wall_ms() + seconds * 1000, when);
        snprintf(text, sizeof(text),
                 "{\"kind\":\"ExecCredential\",\"apiVersion\":\"" V1 "\",\"status\":"
                 "{\"token\":\"%s\",\"expirationTimestamp\":%s%s%s}}",
                 token, seconds ? "\"" : "", seconds ? when : "null", seconds ? "\"" : "");
        fake_process_answer(text);
}

static void test_exec_plugin__runs_once_for_all_who_wait(void **state) {
        struct fixture *f = *state;

        assert_int_equal(fake_process_starts, 0); /* not before somebody asks */
        assert_int_equal(get(f), EXEC_PLUGIN_PENDING);
        assert_int_equal(get(f), EXEC_PLUGIN_PENDING);
        assert_int_equal(fake_process_starts, 1);
        assert_ptr_equal(fake_process_options()->argv, &f->exec.argv);
        assert_int_equal(fake_process_options()->timeout_ms, 60000);
        answer("one", 0);
        assert_int_equal(f->n_ends, 1);
        check_token(f, "one");
        assert_int_equal(exec_plugin_generation(f->plugin), 1);
        fake_loop_advance(f->loop, 86400 * 1000); /* what has no end has none */
        check_token(f, "one");
        assert_int_equal(fake_process_starts, 1);
}

static void test_exec_plugin__renews_while_the_old_one_is_good(void **state) {
        struct fixture *f = *state;

        assert_int_equal(get(f), EXEC_PLUGIN_PENDING);
        answer("one", 900);
        fake_loop_advance(f->loop, 839 * 1000);
        check_token(f, "one");
        assert_int_equal(fake_process_running, 0);
        fake_loop_advance(f->loop, 1000); /* a minute before its end */
        check_token(f, "one");
        assert_int_equal(fake_process_running, 1);
        check_token(f, "one");
        answer("two", 900);
        check_token(f, "two");
        assert_int_equal(exec_plugin_generation(f->plugin), 2);
        assert_int_equal(fake_process_starts, 2);
}

static void test_exec_plugin__short_lives_are_renewed_late(void **state) {
        struct fixture *f = *state;

        assert_int_equal(get(f), EXEC_PLUGIN_PENDING);
        answer("one", 10);
        fake_loop_advance(f->loop, 7999);
        check_token(f, "one");
        assert_int_equal(fake_process_running, 0);
        fake_loop_advance(f->loop, 1);
        check_token(f, "one");
        assert_int_equal(fake_process_running, 1);
}

static void test_exec_plugin__what_has_expired_is_not_used(void **state) {
        struct fixture *f = *state;

        assert_int_equal(get(f), EXEC_PLUGIN_PENDING);
        answer("one", 900);
        fake_loop_advance(f->loop, 900 * 1000);
        assert_int_equal(get(f), EXEC_PLUGIN_PENDING);
        answer("two", -1);
        check_failed(f, "exec plugin who: the credential has expired already");
        fake_loop_advance(f->loop, 5000);
        assert_int_equal(get(f), EXEC_PLUGIN_PENDING);
        answer("three", 900);
        check_token(f, "three");
}

/* A renewal that fails harms nobody as long as the old one is good. */
static void test_exec_plugin__failed_renewal_is_tried_again(void **state) {
        struct fixture *f = *state;

        assert_int_equal(get(f), EXEC_PLUGIN_PENDING);
        answer("one", 900);
        fake_loop_advance(f->loop, 850 * 1000);
        check_token(f, "one");
        fake_process_end(PROCESS_EXITED, 1, "", "no network");
        fake_loop_advance(f->loop, 4999);
        check_token(f, "one");
        assert_int_equal(fake_process_running, 0);
        fake_loop_advance(f->loop, 1);
        check_token(f, "one");
        assert_int_equal(fake_process_running, 1);
}

static void test_exec_plugin__failures_are_told_and_held_back(void **state) {
        static const struct {
                enum process_end end;
                int code;
                const char *output, *say, *message;
        } cases[] = {
                { PROCESS_EXITED, 3, "", "log in first\n\n", "exit status 3: log in first" },
                { PROCESS_EXITED, 3, "", "", "exit status 3" },
                { PROCESS_SIGNALLED, 11, "", "oops", "killed by signal 11: oops" },
                { PROCESS_TOO_LONG, 9, "", "Open https://a in a browser",
                  "no answer within 60 s: Open https://a in a browser" },
                { PROCESS_TOO_LOUD, 9, "", "", "more than 262144 bytes of output" },
                { PROCESS_EXITED, 0, "{}", "", "the output is no ExecCredential" },
        };
        struct fixture *f = *state;
        char expected[256];

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                assert_int_equal(get(f), EXEC_PLUGIN_PENDING);
                fake_process_end(cases[i].end, cases[i].code, cases[i].output, cases[i].say);
                snprintf(expected, sizeof(expected), "exec plugin who: %s", cases[i].message);
                check_failed(f, expected);
                fake_loop_advance(f->loop, 4999);
                check_failed(f, expected);
                assert_int_equal(fake_process_starts, i + 1);
                fake_loop_advance(f->loop, 1);
        }
}

static void test_exec_plugin__missing_program(void **state) {
        struct fixture *f = *state;

        f->exec.install_hint = strdup("install it from over there");
        err_set(&fake_process_refusal, ERR_NOT_FOUND, "who: No such file or directory");
        check_failed(f, "exec plugin who: who: No such file or directory; install it from over "
                        "there");
        assert_int_equal(f->err.code, ERR_IO);
        fake_process_refusal.code = ERR_NONE;
        check_failed(f, "exec plugin who: who: No such file or directory; install it from over "
                        "there");
        fake_loop_advance(f->loop, 5000); /* somebody may have installed it */
        assert_int_equal(get(f), EXEC_PLUGIN_PENDING);
}

static void test_exec_plugin__refused_is_asked_again_unless_it_is_new(void **state) {
        struct fixture *f = *state;

        assert_int_equal(get(f), EXEC_PLUGIN_PENDING);
        answer("one", 0);
        fake_loop_advance(f->loop, 9999);
        assert_false(exec_plugin_refused(f->plugin));
        check_token(f, "one");
        fake_loop_advance(f->loop, 1);
        assert_true(exec_plugin_refused(f->plugin));
        assert_int_equal(get(f), EXEC_PLUGIN_PENDING);
        answer("two", 0);
        check_token(f, "two");
        assert_false(exec_plugin_refused(f->plugin));
        assert_int_equal(fake_process_starts, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_exec_plugin__##name, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(runs_once_for_all_who_wait),
                TEST(renews_while_the_old_one_is_good),
                TEST(short_lives_are_renewed_late),
                TEST(what_has_expired_is_not_used),
                TEST(failed_renewal_is_tried_again),
                TEST(failures_are_told_and_held_back),
                TEST(missing_program),
                TEST(refused_is_asked_again_unless_it_is_new),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
