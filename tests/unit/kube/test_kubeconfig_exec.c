#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "llc/kube/config.h"

#define CA_64 "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCmNhCg=="
#define V1    "apiVersion: client.authentication.k8s.io/v1, interactiveMode: IfAvailable, "

/* Parses a kubeconfig whose user has this exec (flow style, without braces). */
static int parse(const char *exec, const char *cluster, struct kube_config **ret, struct err *err) {
        char text[4096];

        snprintf(text, sizeof(text),
                 "current-context: a\n"
                 "contexts: [{name: a, context: {cluster: c, user: u}}]\n"
                 "clusters: [{name: c, cluster: {server: 'https://api.example', %s}}]\n"
                 "users: [{name: u, user: {exec: {%s}}}]\n",
                 cluster, exec);
        return kube_config_parse(bytes_of(text), "/home/a/.kube", ret, err);
}

static struct kube_config *parsed(const char *exec, const char *cluster) {
        struct kube_config *config = NULL;
        struct err err;

        if (parse(exec, cluster, &config, &err) < 0)
                fail_msg("%s", err.msg);
        return config;
}

static void test_kubeconfig_exec__command(void **state) {
        KUBE_CONFIG_CLEANUP struct kube_config *config =
                parsed(V1 "command: aws, args: [eks, '', 'get token'], installHint: 'ask me', "
                          "env: [{name: A, value: b=c}, {name: E}]",
                       "certificate-authority-data: " CA_64);
        const struct kube_exec *exec = &config->exec;

        (void)state;
        assert_string_equal(exec->api_version, "client.authentication.k8s.io/v1");
        assert_int_equal(exec->argv.n, 4);
        assert_string_equal(exec->argv.items[0], "aws");
        assert_string_equal(exec->argv.items[2], "");
        assert_string_equal(exec->argv.items[3], "get token");
        assert_string_equal(exec->install_hint, "ask me");
        assert_int_equal(exec->env.n, 3);
        assert_string_equal(exec->env.items[0], "A=b=c");
        assert_string_equal(exec->env.items[1], "E=");
        assert_string_equal(exec->env.items[2],
                            "KUBERNETES_EXEC_INFO={\"spec\":{\"interactive\":false},"
                            "\"kind\":\"ExecCredential\","
                            "\"apiVersion\":\"client.authentication.k8s.io/v1\"}");
}

static void test_kubeconfig_exec__paths_are_relative_to_the_file(void **state) {
        static const char *const cases[][2] = {
                { "aws", "aws" },
                { "bin/aws", "/home/a/.kube/bin/aws" },
                { "./aws", "/home/a/.kube/./aws" },
                { "/usr/bin/aws", "/usr/bin/aws" },
        };
        char exec[256];

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                KUBE_CONFIG_CLEANUP struct kube_config *config = NULL;

                snprintf(exec, sizeof(exec), V1 "command: %s", cases[i][0]);
                config = parsed(exec, "certificate-authority-data: " CA_64);
                assert_string_equal(config->exec.argv.items[0], cases[i][1]);
        }
}

static void test_kubeconfig_exec__cluster_is_told_to_whom_asks(void **state) {
        KUBE_CONFIG_CLEANUP struct kube_config *config =
                parsed("apiVersion: client.authentication.k8s.io/v1beta1, command: x, "
                       "provideClusterInfo: true",
                       "certificate-authority-data: " CA_64 ", tls-server-name: api, "
                       "proxy-url: 'http://a', disable-compression: true, "
                       "extensions: [{name: other, extension: 1}, "
                       "{name: client.authentication.k8s.io/exec, extension: {audience: b}}]");

        (void)state;
        assert_int_equal(config->exec.env.n, 1);
        assert_string_equal(config->exec.env.items[0],
                            "KUBERNETES_EXEC_INFO={\"spec\":{\"cluster\":{"
                            "\"server\":\"https://api.example\",\"tls-server-name\":\"api\","
                            "\"certificate-authority-data\":\"" CA_64 "\","
                            "\"proxy-url\":\"http://a\",\"disable-compression\":true,"
                            "\"config\":{\"audience\":\"b\"}},\"interactive\":false},"
                            "\"kind\":\"ExecCredential\","
                            "\"apiVersion\":\"client.authentication.k8s.io/v1beta1\"}");
}

static void test_kubeconfig_exec__what_can_not_be_is_refused_by_name(void **state) {
        static const char *const cases[][2] = {
                { "command: x", "apiVersion: must be client.authentication.k8s.io/v1 or v1beta1" },
                { "apiVersion: client.authentication.k8s.io/v1alpha1, command: x",
                  "apiVersion: must be client.authentication.k8s.io/v1 or v1beta1" },
                { "apiVersion: client.authentication.k8s.io/v1, command: x",
                  "interactiveMode: not set" },
                { "apiVersion: client.authentication.k8s.io/v1, interactiveMode: Always, "
                  "command: x",
                  "interactiveMode: Always: there is no terminal" },
                { "apiVersion: client.authentication.k8s.io/v1, interactiveMode: never, "
                  "command: x",
                  "interactiveMode: must be Never or IfAvailable" },
                { V1 "args: [x]", "command: not set" },
                { V1 "command: [x]", "command: must be a string, not array" },
                { V1 "command: x, args: secret", "args: must be a list, not string" },
                { V1 "command: x, args: [1]", "args: must be a string, not int" },
                { V1 "command: x, env: {A: secret}", "env: must be a list, not object" },
                { V1 "command: x, env: [{value: secret}]", "env: an entry has no usable name" },
                { V1 "command: x, env: [{name: 'A=secret'}]", "env: an entry has no usable name" },
                { V1 "command: x, env: [{name: A, value: 1}]",
                  "env.value: must be a string, not int" },
                { V1 "command: x, provideClusterInfo: 'yes'",
                  "provideClusterInfo: must be true or false, not string" },
        };
        struct kube_config *config = NULL;
        char expected[256];
        struct err err;

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                assert_int_equal(parse(cases[i][0], "certificate-authority-data: " CA_64, &config,
                                       &err),
                                 -1);
                snprintf(expected, sizeof(expected), "kubeconfig: users[0].user.exec.%s",
                         cases[i][1]);
                assert_string_equal(err.msg, expected);
        }
        assert_null(config);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_kubeconfig_exec__command),
                cmocka_unit_test(test_kubeconfig_exec__paths_are_relative_to_the_file),
                cmocka_unit_test(test_kubeconfig_exec__cluster_is_told_to_whom_asks),
                cmocka_unit_test(test_kubeconfig_exec__what_can_not_be_is_refused_by_name),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
