#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client_rig.h"
#include "llc/base/json.h"
#include "llc/base/timestamp.h"
#include "llc/sys/clock.h"

#define V1 "client.authentication.k8s.io/v1"

/* Plugins are shell scripts that print the file "answer" of their directory. */
struct fixture {
        char dir[40];
        struct rig rig;
};

static void path_in(const struct fixture *f, const char *name, char out[static 64]) {
        snprintf(out, 64, "%s/%s", f->dir, name);
}

static void write_file(const struct fixture *f, const char *name, const char *text) {
        char path[64];
        FILE *file;

        path_in(f, name, path);
        file = fopen(path, "w");
        assert_non_null(file);
        fputs(text, file);
        assert_int_equal(fclose(file), 0);
}

static int setup(void **state) {
        struct fixture *f = calloc(1, sizeof(*f));

        memcpy(f->dir, "/tmp/llc-test-exec-XXXXXX", 26);
        assert_non_null(mkdtemp(f->dir));
        *state = f;
        return 0;
}

static int teardown(void **state) {
        static const char *const names[] = { "answer", "plugin", "gate", "runs" };
        struct fixture *f = *state;
        char path[64];

        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
                path_in(f, names[i], path);
                unlink(path);
        }
        rmdir(f->dir);
        free(f);
        return 0;
}

/* Has the config run this script, with the directory as its argument. */
static void set_plugin(struct fixture *f, const char *script) {
        struct kube_exec *exec = &f->rig.config->exec;
        char path[64];

        write_file(f, "plugin", script);
        path_in(f, "plugin", path);
        exec->api_version = strdup(V1);
        strlist_add(&exec->argv, "sh");
        strlist_add(&exec->argv, path);
        strlist_add(&exec->argv, f->dir);
        strlist_add(&exec->env, "KUBERNETES_EXEC_INFO={}");
}

static void write_token(struct fixture *f, const char *token) {
        char text[256];

        snprintf(text, sizeof(text),
                 "{\"kind\":\"ExecCredential\",\"apiVersion\":\"" V1
                 "\",\"status\":{\"token\":\"%s\"}}",
                 token);
        write_file(f, "answer", text);
}

static void write_certificate(struct fixture *f, const struct identity *identity,
                              const char *expires) {
        STRBUF_CLEANUP struct strbuf text = STRBUF_INIT(1 << 16);
        JSON_CLEANUP struct json *json = json_new_object();
        struct json *status = json_object_at(json, "status");

        json_set_str(json, "kind", "ExecCredential");
        json_set_str(json, "apiVersion", V1);
        json_set_str(status, "clientCertificateData", identity->certificate_pem);
        json_set_str(status, "clientKeyData", identity->key_pem);
        if (expires)
                json_set_str(status, "expirationTimestamp", expires);
        json_write(json, &text);
        write_file(f, "answer", strbuf_str(&text));
}

#define CAT "echo >>$1/runs; [ \"$KUBERNETES_EXEC_INFO\" = {} ] && cat $1/answer"

/* How often the plugin has run. */
static long runs(const struct fixture *f) {
        struct stat status;
        char path[64];

        path_in(f, "runs", path);
        return stat(path, &status) == 0 ? (long)status.st_size : 0;
}

static void serve_token(struct http_peer *peer, const struct http_request *request, void *ctx) {
        (void)ctx;
        http_peer_answer(peer, strstr(request->head, "\r\nAuthorization: Bearer new") ? 200 : 401,
                         "{}");
}

static void init(struct fixture *f, rig_script script) {
        const struct http_server_options options = { .serve = script, .ctx = &f->rig };

        rig_init_server(&f->rig, &options, "http://127.0.0.1");
}

static void test_client_exec__all_wait_for_one_run(void **state) {
        struct outcome outcomes[4];
        struct fixture *f = *state;

        memset(outcomes, 0, sizeof(outcomes));
        init(f, serve_token);
        set_plugin(f, CAT);
        write_token(f, "new");
        rig_connect(&f->rig);
        rig_begin(&f->rig, &outcomes[0], REQUEST_GET, "/x", NULL, 0);
        rig_begin(&f->rig, &outcomes[1], REQUEST_PATCH, "/x", "{}", 0);
        rig_begin_stream(&f->rig, &outcomes[2], REQUEST_WATCH, "/x");
        rig_begin(&f->rig, &outcomes[3], REQUEST_GET, "/x", NULL, 0);
        rig_run(&f->rig);
        for (size_t i = 0; i < 4; i++) {
                check_ok(&outcomes[i], "{}");
                outcome_deinit(&outcomes[i]);
        }
        assert_int_equal(runs(f), 1);
        rig_deinit(&f->rig);
}

static void loop_turned(void *ctx) {
        struct fixture *f = ctx;

        write_file(f, "gate", "");
}

/* The plugin ends only after a timer of the loop has fired. */
static void test_client_exec__the_loop_goes_on_meanwhile(void **state) {
        OUTCOME_CLEANUP struct outcome get = { 0 };
        struct fixture *f = *state;
        struct loop_timer *timer;

        init(f, serve_token);
        set_plugin(f, "until [ -e $1/gate ]; do sleep 0.01; done; cat $1/answer");
        write_token(f, "new");
        rig_connect(&f->rig);
        timer = loop_timer_new(f->rig.loop, loop_turned, f);
        loop_timer_set(timer, 20);
        rig_do(&f->rig, &get, REQUEST_GET, "/x", NULL);
        check_ok(&get, "{}");
        loop_timer_free(timer);
        rig_deinit(&f->rig);
}

static void test_client_exec__failure_is_the_calls_and_nothing_is_sent(void **state) {
        OUTCOME_CLEANUP struct outcome get = { 0 }, patch = { 0 };
        struct fixture *f = *state;

        init(f, serve_token);
        set_plugin(f, "echo log in first >&2; exit 3");
        rig_connect(&f->rig);
        rig_begin(&f->rig, &get, REQUEST_GET, "/x", NULL, 0);
        rig_begin(&f->rig, &patch, REQUEST_PATCH, "/x", "{}", 0);
        rig_run(&f->rig);
        check_failed(&get, ERR_IO, "GET /x: exec plugin sh: exit status 3: log in first");
        check_failed(&patch, ERR_IO, "PATCH /x: exec plugin sh: exit status 3: log in first");
        assert_int_equal(http_server_connections(f->rig.server), 0);
        rig_deinit(&f->rig);
}

/* A credential that is new is not asked for again: that would go on for ever. */
static void test_client_exec__refused_at_once_is_refused(void **state) {
        OUTCOME_CLEANUP struct outcome get = { 0 };
        struct fixture *f = *state;

        init(f, serve_token);
        set_plugin(f, CAT);
        write_token(f, "old");
        rig_connect(&f->rig);
        rig_do(&f->rig, &get, REQUEST_GET, "/x", NULL);
        check_failed(&get, ERR_UNAUTHORIZED, "GET /x: ");
        assert_int_equal(runs(f), 1);
        assert_int_equal(http_server_requests(f->rig.server), 1);
        rig_deinit(&f->rig);
}

static void test_client_exec__a_token_that_is_given_goes_first(void **state) {
        OUTCOME_CLEANUP struct outcome get = { 0 };
        struct fixture *f = *state;

        init(f, serve_token);
        set_plugin(f, CAT);
        f->rig.config->token = strdup("new");
        rig_connect(&f->rig);
        rig_do(&f->rig, &get, REQUEST_GET, "/x", NULL);
        check_ok(&get, "{}");
        assert_int_equal(runs(f), 0);
        rig_deinit(&f->rig);
}

static void stop(void *ctx) {
        struct fixture *f = ctx;

        loop_stop(f->rig.loop);
}

/* Lets the loop work for a moment. */
static void turn(struct fixture *f) {
        struct loop_timer *timer = loop_timer_new(f->rig.loop, stop, f);

        loop_timer_set(timer, 10);
        loop_run(f->rig.loop);
        loop_timer_free(timer);
}

static void test_client_exec__freed_while_it_runs(void **state) {
        OUTCOME_CLEANUP struct outcome get = { 0 };
        struct fixture *f = *state;

        init(f, serve_token);
        set_plugin(f, "echo >>$1/runs; exec sleep 600");
        rig_connect(&f->rig);
        rig_begin(&f->rig, &get, REQUEST_GET, "/x", NULL, 0);
        while (runs(f) == 0)
                turn(f);
        client_free(f->rig.client); /* ends it without calling back */
        f->rig.client = NULL;
        assert_int_equal(get.n_ends, 0);
        rig_deinit(&f->rig);
}

static void serve_name(struct http_peer *peer, const struct http_request *request, void *ctx) {
        (void)ctx;
        http_peer_answer(peer, 200, request->client_name ? request->client_name : "nobody");
}

/* Asks until this client is seen; the guard of the rig says when it is enough. */
static void ask_until(struct fixture *f, const char *client_name) {
        for (bool seen = false; !seen;) {
                OUTCOME_CLEANUP struct outcome get = { 0 };

                rig_do(&f->rig, &get, REQUEST_GET, "/x", NULL);
                check_ok(&get, NULL);
                seen = strcmp(strbuf_str(&get.body), client_name) == 0;
                turn(f);
        }
}

static void test_client_exec__new_certificates_are_for_new_connections(void **state) {
        struct identity *authority = identity_new_authority("cluster");
        struct identity *server = identity_issue(authority, "api", "IP:127.0.0.1");
        struct identity *first = identity_issue(authority, "first", NULL);
        struct identity *second = identity_issue(authority, "second", NULL);
        const struct http_server_options options = {
                .identity = server,
                .client_authority = authority,
                .serve = serve_name,
        };
        char expires[TIMESTAMP_SIZE];
        struct fixture *f = *state;

        rig_init_server(&f->rig, &options, "https://127.0.0.1");
        strbuf_puts(&f->rig.config->ca, authority->certificate_pem);
        set_plugin(f, CAT);
        timestamp_format(clock_wall_ms() + 2000, expires);
        write_certificate(f, first, expires);
        rig_connect(&f->rig);
        ask_until(f, "first");
        ask_until(f, "first");
        assert_int_equal(http_server_connections(f->rig.server), 1);
        write_certificate(f, second, NULL);
        ask_until(f, "second");
        assert_int_equal(http_server_connections(f->rig.server), 2);
        assert_int_equal(runs(f), 2);
        rig_deinit(&f->rig);
        identity_free(authority);
        identity_free(server);
        identity_free(first);
        identity_free(second);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_client_exec__##name, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(all_wait_for_one_run),
                TEST(the_loop_goes_on_meanwhile),
                TEST(failure_is_the_calls_and_nothing_is_sent),
                TEST(refused_at_once_is_refused),
                TEST(a_token_that_is_given_goes_first),
                TEST(freed_while_it_runs),
                TEST(new_certificates_are_for_new_connections),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
