#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kubeconfig.h"
#include "llc/base/strbuf.h"
#include "llc/sys/file.h"
#include "private_file.h"

static const struct kubeconfig CONFIG = {
        .server = "https://127.0.0.1:6443",
        .authority_base64 = "Y2E=",
        .token = "0123456789abcdef",
        .namespace_ = "demo",
};

struct fixture {
        char folder[64], path[96];
};

static int setup(void **state) {
        static struct fixture fixture;

        snprintf(fixture.folder, sizeof(fixture.folder), "/tmp/llc-kubeconfig-XXXXXX");
        if (!mkdtemp(fixture.folder))
                return -1;
        snprintf(fixture.path, sizeof(fixture.path), "%s/config", fixture.folder);
        *state = &fixture;
        return 0;
}

static int teardown(void **state) {
        struct fixture *fixture = *state;

        unlink(fixture->path);
        return rmdir(fixture->folder);
}

static void write_config(const struct fixture *fixture, const struct kubeconfig *config) {
        struct err err;

        if (kubeconfig_write(fixture->path, config, &err) < 0)
                fail_msg("%s", err.msg);
}

static void assert_content(const struct fixture *fixture, const char *expected) {
        STRBUF_CLEANUP struct strbuf text = STRBUF_INIT(65536);
        struct err err;

        assert_int_equal(file_read(fixture->path, &text, &err), 0);
        assert_string_equal(strbuf_str(&text), expected);
}

static void test_kubeconfig__names_server_authority_and_token(void **state) {
        const struct fixture *fixture = *state;
        struct stat file;

        write_config(fixture, &CONFIG);
        assert_content(fixture, "# written by llc-sim, which replaces it\n"
                                "apiVersion: v1\n"
                                "kind: Config\n"
                                "current-context: llc-sim\n"
                                "clusters:\n"
                                "- name: llc-sim\n"
                                "  cluster:\n"
                                "    server: https://127.0.0.1:6443\n"
                                "    certificate-authority-data: Y2E=\n"
                                "contexts:\n"
                                "- name: llc-sim\n"
                                "  context:\n"
                                "    cluster: llc-sim\n"
                                "    user: llc-sim\n"
                                "    namespace: demo\n"
                                "users:\n"
                                "- name: llc-sim\n"
                                "  user:\n"
                                "    token: 0123456789abcdef\n");
        assert_int_equal(stat(fixture->path, &file), 0);
        assert_int_equal(file.st_mode & 0777, 0600);
}

static void test_kubeconfig__without_tls_has_no_secrets(void **state) {
        const struct kubeconfig plain = { .server = "http://127.0.0.1:80", .namespace_ = "x" };
        const struct fixture *fixture = *state;

        write_config(fixture, &plain);
        assert_content(fixture, "# written by llc-sim, which replaces it\n"
                                "apiVersion: v1\n"
                                "kind: Config\n"
                                "current-context: llc-sim\n"
                                "clusters:\n"
                                "- name: llc-sim\n"
                                "  cluster:\n"
                                "    server: http://127.0.0.1:80\n"
                                "contexts:\n"
                                "- name: llc-sim\n"
                                "  context:\n"
                                "    cluster: llc-sim\n"
                                "    user: llc-sim\n"
                                "    namespace: x\n"
                                "users:\n"
                                "- name: llc-sim\n"
                                "  user: {}\n");
}

static void test_kubeconfig__replaces_only_its_own(void **state) {
        static const char OTHERS[] = "apiVersion: v1\nkind: Config\n";
        const struct fixture *fixture = *state;
        struct err err;

        write_config(fixture, &CONFIG);
        write_config(fixture, &CONFIG);
        assert_int_equal(private_file_write(fixture->path, bytes_of(OTHERS), &err), 0);
        assert_int_equal(kubeconfig_write(fixture->path, &CONFIG, &err), -1);
        assert_int_equal(err.code, ERR_ALREADY_EXISTS);
        assert_content(fixture, OTHERS);
}

static void test_kubeconfig__a_folder_that_is_not_there(void **state) {
        struct err err;

        (void)state;
        assert_int_equal(kubeconfig_write("/nonexistent/config", &CONFIG, &err), -1);
        assert_int_equal(err.code, ERR_IO);
}

static void test_private_file__makes_folders(void **state) {
        const struct fixture *fixture = *state;
        char deep[128], above[128];
        struct stat folder;
        struct err err;

        snprintf(above, sizeof(above), "%s/a", fixture->folder);
        snprintf(deep, sizeof(deep), "%s/a/b", fixture->folder);
        assert_int_equal(private_file_make_folder(deep, &err), 0);
        assert_int_equal(private_file_make_folder(deep, &err), 0);
        assert_int_equal(stat(deep, &folder), 0);
        assert_int_equal(folder.st_mode & 0777, 0700);
        assert_int_equal(rmdir(deep), 0);
        assert_int_equal(rmdir(above), 0);
        assert_int_equal(private_file_make_folder("/proc/nothing/here", &err), -1);
        assert_int_equal(err.code, ERR_IO);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                WITH(test_kubeconfig__names_server_authority_and_token),
                WITH(test_kubeconfig__without_tls_has_no_secrets),
                WITH(test_kubeconfig__replaces_only_its_own),
                WITH(test_kubeconfig__a_folder_that_is_not_there),
                WITH(test_private_file__makes_folders),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
