#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "options.h"

struct fixture {
        struct arena arena;
        struct options options;
        enum options_verdict verdict;
        struct err err;
        char path[64];
};

static int fixture_setup(void **state) {
        *state = calloc(1, sizeof(struct fixture));
        return 0;
}

static int fixture_teardown(void **state) {
        struct fixture *f = *state;

        if (f->path[0])
                unlink(f->path);
        arena_deinit(&f->arena);
        free(f);
        return 0;
}

/* Parses a NULL-terminated list of arguments. */
static int parse(struct fixture *f, const char *first, ...) {
        char *argv[16] = { (char *)(uintptr_t) "llc-controller" };
        const char *arg = first;
        int argc = 1;
        va_list ap;

        va_start(ap, first);
        for (; arg; arg = va_arg(ap, const char *))
                argv[argc++] = (char *)(uintptr_t)arg;
        va_end(ap);
        return options_parse(argc, argv, &f->arena, &f->options, &f->verdict, &f->err);
}

static void write_file(struct fixture *f, const char *text) {
        FILE *file;
        int fd;

        snprintf(f->path, sizeof(f->path), "llc-options-XXXXXX");
        fd = mkstemp(f->path);
        assert_true(fd >= 0);
        file = fdopen(fd, "w");
        assert_true(fputs(text, file) >= 0);
        assert_int_equal(fclose(file), 0);
}

static void test_options__defaults(void **state) {
        struct fixture *f = *state;

        assert_int_equal(parse(f, NULL), 0);
        assert_int_equal(f->verdict, OPTIONS_RUN);
        assert_null(f->options.kubeconfig);
        assert_int_equal(f->options.n_namespaces, 0);
        assert_int_equal(f->options.log_format, LOG_TEXT);
        assert_int_equal(f->options.log_level, LOG_INFO);
        assert_string_equal(f->options.http_address, ":8080");
        assert_int_equal(f->options.consistency_ms, 300 * 1000);
}

static void test_options__consistency_interval(void **state) {
        struct fixture *f = *state;

        assert_int_equal(parse(f, "--consistency-relist-interval", "10s", NULL), 0);
        assert_int_equal(f->options.consistency_ms, 10 * 1000);
        write_file(f, "consistencyRelistInterval: 1h\n");
        assert_int_equal(parse(f, "--config", f->path, NULL), 0);
        assert_int_equal(f->options.consistency_ms, 3600 * 1000);
        assert_int_equal(parse(f, "--config", f->path, "--consistency-relist-interval", "0", NULL),
                         0);
        assert_int_equal(f->options.consistency_ms, 0);
        assert_int_equal(parse(f, "--consistency-relist-interval", "999ms", NULL), -1);
        assert_string_equal(
                f->err.msg,
                "--consistency-relist-interval: \"999ms\" is not within 1s to 24h, or 0");
        assert_int_equal(parse(f, "--consistency-relist-interval", "25h", NULL), -1);
        assert_int_equal(parse(f, "--consistency-relist-interval", "often", NULL), -1);
        assert_int_equal(f->err.code, ERR_INVALID);
}

static void test_options__bad_consistency_interval_in_file(void **state) {
        struct fixture *f = *state;

        write_file(f, "consistencyRelistInterval: -5m\n");
        assert_int_equal(parse(f, "--config", f->path, NULL), -1);
        assert_non_null(strstr(f->err.msg, f->path));
        assert_non_null(
                strstr(f->err.msg, "consistencyRelistInterval: \"-5m\" is not within 1s to 24h"));
}

static void test_options__flags(void **state) {
        struct fixture *f = *state;

        assert_int_equal(parse(f, "--kubeconfig=k", "--namespace", "a", "--namespace", "b",
                               "--log-format", "json", "--log-level", "debug", "--http-address", "",
                               NULL),
                         0);
        assert_string_equal(f->options.kubeconfig, "k");
        assert_int_equal(f->options.n_namespaces, 2);
        assert_string_equal(f->options.namespaces[1], "b");
        assert_int_equal(f->options.log_format, LOG_JSON);
        assert_int_equal(f->options.log_level, LOG_DEBUG);
        assert_string_equal(f->options.http_address, "");
}

static void test_options__help_and_version_win(void **state) {
        struct fixture *f = *state;

        assert_int_equal(parse(f, "--help", NULL), 0);
        assert_int_equal(f->verdict, OPTIONS_HELP);
        assert_int_equal(parse(f, "--version", NULL), 0);
        assert_int_equal(f->verdict, OPTIONS_VERSION);
}

static void test_options__bad_flags_are_named(void **state) {
        struct fixture *f = *state;

        assert_int_equal(parse(f, "--nonsense", NULL), -1);
        assert_string_equal(f->err.msg, "unknown flag --nonsense");
        assert_int_equal(parse(f, "--kubeconfig", NULL), -1);
        assert_string_equal(f->err.msg, "--kubeconfig needs a value");
        assert_int_equal(parse(f, "extra", NULL), -1);
        assert_string_equal(f->err.msg, "unexpected argument \"extra\"");
        assert_int_equal(parse(f, "--log-level", "loud", NULL), -1);
        assert_non_null(strstr(f->err.msg, "--log-level: \"loud\""));
        assert_int_equal(parse(f, "--log-format", "xml", NULL), -1);
        assert_non_null(strstr(f->err.msg, "--log-format: \"xml\""));
        assert_int_equal(parse(f, "--namespace", "../x", NULL), -1);
        assert_string_equal(f->err.msg, "namespace \"../x\" is not a valid name");
        assert_int_equal(parse(f, "--namespace", "a", "--namespace", "b", "--namespace", "a", NULL),
                         -1);
        assert_string_equal(f->err.msg, "namespace \"a\" is given twice");
        assert_int_equal(parse(f, "-h", NULL), -1);
        assert_string_equal(f->err.msg, "unknown flag -h");
}

static void test_options__file_sets_and_flags_win(void **state) {
        struct fixture *f = *state;

        write_file(f, "httpAddress: \"127.0.0.1:9\"\n"
                      "kubeconfig: /etc/k\n"
                      "logFormat: json\n"
                      "logLevel: warn\n"
                      "namespaces: [shop, payments]\n");
        assert_int_equal(parse(f, "--config", f->path, "--log-level", "error", NULL), 0);
        assert_string_equal(f->options.http_address, "127.0.0.1:9");
        assert_string_equal(f->options.kubeconfig, "/etc/k");
        assert_int_equal(f->options.log_format, LOG_JSON);
        assert_int_equal(f->options.log_level, LOG_ERROR);
        assert_int_equal(f->options.n_namespaces, 2);
        assert_string_equal(f->options.namespaces[0], "shop");
}

static void test_options__empty_file_is_fine(void **state) {
        struct fixture *f = *state;

        write_file(f, "");
        assert_int_equal(parse(f, "--config", f->path, NULL), 0);
        assert_string_equal(f->options.http_address, ":8080");
}

static void test_options__unknown_key_is_an_error_with_its_line(void **state) {
        struct fixture *f = *state;

        write_file(f, "logLevel: warn\nlogColour: blue\n");
        assert_int_equal(parse(f, "--config", f->path, NULL), -1);
        assert_int_equal(f->err.code, ERR_INVALID);
        assert_non_null(strstr(f->err.msg, f->path));
        assert_non_null(strstr(f->err.msg, ": line 2: unknown key \"logColour\""));
}

static void test_options__bad_value_in_file_is_an_error(void **state) {
        struct fixture *f = *state;

        write_file(f, "logFormat: json\nlogLevel: loud\n");
        assert_int_equal(parse(f, "--config", f->path, NULL), -1);
        assert_non_null(strstr(f->err.msg, "logLevel"));
        assert_non_null(strstr(f->err.msg, "line: 2"));
}

static void test_options__bad_namespace_in_file_is_an_error(void **state) {
        struct fixture *f = *state;

        write_file(f, "namespaces: [Shop]\n");
        assert_int_equal(parse(f, "--config", f->path, NULL), -1);
        assert_string_equal(f->err.msg, "namespace \"Shop\" is not a valid name");
}

static void test_options__broken_yaml_is_an_error(void **state) {
        struct fixture *f = *state;

        write_file(f, "namespaces: [a\n");
        assert_int_equal(parse(f, "--config", f->path, NULL), -1);
        assert_int_equal(f->err.code, ERR_INVALID);
}

static void test_options__missing_file_is_an_error(void **state) {
        struct fixture *f = *state;

        assert_int_equal(parse(f, "--config", "/nonexistent/llc.yaml", NULL), -1);
        assert_int_equal(f->err.code, ERR_IO);
        assert_non_null(strstr(f->err.msg, "/nonexistent/llc.yaml"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_options__defaults),
                TEST(test_options__consistency_interval),
                TEST(test_options__bad_consistency_interval_in_file),
                TEST(test_options__flags),
                TEST(test_options__help_and_version_win),
                TEST(test_options__bad_flags_are_named),
                TEST(test_options__file_sets_and_flags_win),
                TEST(test_options__empty_file_is_fine),
                TEST(test_options__unknown_key_is_an_error_with_its_line),
                TEST(test_options__bad_value_in_file_is_an_error),
                TEST(test_options__bad_namespace_in_file_is_an_error),
                TEST(test_options__broken_yaml_is_an_error),
                TEST(test_options__missing_file_is_an_error),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
