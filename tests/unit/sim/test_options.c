#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "llc/base/strbuf.h"
#include "llc/sys/file.h"
#include "options.h"

enum { ARGS_MAX = 40 };

static int parse(const char *const *args, struct options *options, enum options_verdict *verdict,
                 struct err *err) {
        char *argv[ARGS_MAX + 2] = { (char *)(uintptr_t) "llc-sim" };
        int argc = 1;

        for (; *args; args++)
                argv[argc++] = (char *)(uintptr_t)*args;
        return options_parse(argc, argv, options, verdict, err);
}

#define ARGS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void test_options__defaults(void **state) {
        enum options_verdict verdict;
        struct options options;
        struct err err;

        (void)state;
        assert_int_equal(parse(ARGS("--namespace=default"), &options, &verdict, &err), 0);
        assert_int_equal(verdict, OPTIONS_RUN);
        assert_string_equal(options.listen, "127.0.0.1:6443");
        assert_string_equal(options.namespace_, "default");
        assert_null(options.folder);
        assert_null(options.kubeconfig);
        assert_null(options.token_file);
        assert_null(options.audit_log);
        assert_false(options.plain);
        assert_false(options.is_virtual);
        assert_int_equal(options.history, 0);
        assert_int_equal(options.n_no_actors, 0);
}

static void test_options__all(void **state) {
        enum options_verdict verdict;
        struct options options;
        struct err err;

        (void)state;
        assert_int_equal(parse(ARGS("--audit-log", "/a", "--dir", "/d", "--history=7",
                                    "--kubeconfig", "/k", "--listen", "[::1]:0", "--namespace", "n",
                                    "--no-actors", "kubelet", "--no-actors", "rollouts", "--seed",
                                    "9", "--token-auth-file", "/t", "--virtual-time",
                                    "2001-01-01T00:00:00Z"),
                               &options, &verdict, &err),
                         0);
        assert_string_equal(options.audit_log, "/a");
        assert_string_equal(options.folder, "/d");
        assert_int_equal(options.history, 7);
        assert_string_equal(options.kubeconfig, "/k");
        assert_string_equal(options.listen, "[::1]:0");
        assert_string_equal(options.namespace_, "n");
        assert_int_equal(options.n_no_actors, 2);
        assert_string_equal(options.no_actors[1], "rollouts");
        assert_int_equal(options.seed, 9);
        assert_string_equal(options.token_file, "/t");
        assert_true(options.is_virtual);
        assert_int_equal(options.start_ms, INT64_C(978307200000));
}

static void test_options__help_and_version_win(void **state) {
        enum options_verdict verdict;
        struct options options;
        struct err err;

        (void)state;
        assert_int_equal(parse(ARGS("--help", "--wrong"), &options, &verdict, &err), 0);
        assert_int_equal(verdict, OPTIONS_HELP);
        assert_int_equal(parse(ARGS("--version"), &options, &verdict, &err), 0);
        assert_int_equal(verdict, OPTIONS_VERSION);
}

static void test_options__refused(void **state) {
        static const struct {
                const char *args[4], *told;
        } CASES[] = {
                { { "--wrong" }, "--wrong" },
                { { "--listen" }, "--listen needs a value" },
                { { "word" }, "\"word\"" },
                { { "--history", "0" }, "--history" },
                { { "--history", "many" }, "--history: \"many\"" },
                { { "--history", "-1" }, "--history" },
                { { "--seed", "1x" }, "--seed" },
                { { "--seed", "99999999999999999999" }, "--seed" },
                { { "--seed", "1" }, "--seed needs --virtual-time" },
                { { "--virtual-time", "noon" }, "--virtual-time" },
                { { "--http", "--token-auth-file", "f" }, "--token-auth-file" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
                enum options_verdict verdict;
                struct options options;
                struct err err;

                assert_int_equal(parse(CASES[i].args, &options, &verdict, &err), -1);
                assert_int_equal(err.code, ERR_INVALID);
                if (!strstr(err.msg, CASES[i].told))
                        fail_msg("%s: %s", CASES[i].told, err.msg);
        }
}

/* In --help and in the man page. */
static void test_options__every_flag_is_documented(void **state) {
        static const char *const FLAGS[] = {
                "--audit-log",    "--dir",       "--history",   "--http", "--kubeconfig",
                "--listen",       "--namespace", "--no-actors", "--seed", "--token-auth-file",
                "--virtual-time", "--help",      "--version"
        };

        STRBUF_CLEANUP struct strbuf page = STRBUF_INIT(1 << 20);
        struct err err;

        (void)state;
        for (size_t i = 0; i < sizeof(FLAGS) / sizeof(FLAGS[0]); i++)
                assert_non_null(strstr(options_usage, FLAGS[i]));
        assert_int_equal(file_read(LLC_SOURCE_DIR "/docs/llc-sim.1", &page, &err), 0);
        for (size_t i = 0; i < sizeof(FLAGS) / sizeof(FLAGS[0]); i++)
                if (!strstr(strbuf_str(&page), FLAGS[i] + 1))
                        fail_msg("%s", FLAGS[i]);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_options__defaults),
                cmocka_unit_test(test_options__all),
                cmocka_unit_test(test_options__help_and_version_win),
                cmocka_unit_test(test_options__refused),
                cmocka_unit_test(test_options__every_flag_is_documented),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
