#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client_rig.h"

enum {
        GUARD_MS = 60 * 1000,
        BODY_MAX_BYTES = 64 << 20,
};

static void guard_fired(void *ctx) {
        (void)ctx;
        fprintf(stderr, "the test hangs\n");
        abort();
}

void rig_init_server(struct rig *rig, const struct http_server_options *options,
                     const char *scheme_and_host) {
        char url[128];

        *rig = (struct rig){ .loop = loop_new() };
        rig->guard = loop_timer_new(rig->loop, guard_fired, rig);
        loop_timer_set(rig->guard, GUARD_MS);
        sem_init(&rig->step, 0, 0);
        rig->server = http_server_start(options);
        rig->config = kube_config_new();
        snprintf(url, sizeof(url), "%s:%u", scheme_and_host, http_server_port(rig->server));
        rig->config->server = strdup(url);
}

void rig_connect(struct rig *rig) {
        const struct client_options options = {
                .loop = rig->loop,
                .config = rig->config,
                .user_agent = "llc-test/1.0 (linux/amd64)",
        };
        struct err err;

        if (client_new(&options, &rig->client, &err) < 0)
                fail_msg("%s", err.msg);
}

void rig_init(struct rig *rig, rig_script script) {
        const struct http_server_options options = { .serve = script, .ctx = rig };

        rig_init_server(rig, &options, "http://127.0.0.1");
        rig_connect(rig);
}

void rig_deinit(struct rig *rig) {
        client_free(rig->client);
        for (int i = 0; i < 100; i++)
                sem_post(&rig->step); /* scripts that wait must not hold up the end */
        http_server_stop(rig->server);
        kube_config_free(rig->config);
        loop_timer_free(rig->guard);
        loop_free(rig->loop);
        sem_destroy(&rig->step);
}

void rig_run(struct rig *rig) {
        if (rig->pending > 0)
                loop_run(rig->loop);
        assert_int_equal(rig->pending, 0);
}

static void outcome_begin(struct rig *rig, struct outcome *outcome) {
        outcome_deinit(outcome);
        *outcome = (struct outcome){ .rig = rig, .body = STRBUF_INIT(BODY_MAX_BYTES) };
        rig->pending++;
}

static void outcome_finish(struct outcome *outcome, const struct err *err) {
        outcome->n_ends++;
        outcome->ok = !err;
        if (err)
                outcome->err = *err;
        if (--outcome->rig->pending == 0)
                loop_stop(outcome->rig->loop);
}

void outcome_done(void *ctx, struct bytes body, const struct err *err) {
        struct outcome *outcome = ctx;

        strbuf_append(&outcome->body, body);
        outcome_finish(outcome, err);
}

int outcome_data(void *ctx, struct bytes bytes, struct err *err) {
        struct outcome *outcome = ctx;

        (void)err;
        strbuf_append(&outcome->body, bytes);
        return 0;
}

void outcome_end(void *ctx, const struct err *err) {
        outcome_finish(ctx, err);
}

void outcome_deinit(struct outcome *outcome) {
        strbuf_deinit(&outcome->body);
}

static void request_fill(struct request *request, enum request_verb verb, const char *target,
                         const char *body, int64_t timeout_ms) {
        *request = (struct request){
                .verb = verb,
                .target = STRBUF_INIT(1 << 20),
                .body = STRBUF_INIT(1 << 20),
                .content_type = body ? "application/merge-patch+json" : NULL,
                .timeout_ms = timeout_ms,
        };
        strbuf_puts(&request->target, target);
        if (body)
                strbuf_puts(&request->body, body);
}

void rig_begin(struct rig *rig, struct outcome *outcome, enum request_verb verb, const char *target,
               const char *body, int64_t timeout_ms) {
        REQUEST_CLEANUP struct request request;

        request_fill(&request, verb, target, body, timeout_ms);
        outcome_begin(rig, outcome);
        outcome->call = client_send(rig->client, &request, outcome_done, outcome);
        assert_int_equal(outcome->n_ends, 0); /* never from within */
}

void rig_begin_stream(struct rig *rig, struct outcome *outcome, enum request_verb verb,
                      const char *target) {
        static const struct client_stream stream = { outcome_data, outcome_end };
        REQUEST_CLEANUP struct request request;

        request_fill(&request, verb, target, NULL, 0);
        outcome_begin(rig, outcome);
        outcome->call = client_stream(rig->client, &request, &stream, outcome);
        assert_int_equal(outcome->n_ends, 0);
}

void rig_do(struct rig *rig, struct outcome *outcome, enum request_verb verb, const char *target,
            const char *body) {
        rig_begin(rig, outcome, verb, target, body, 30 * 1000);
        rig_run(rig);
        assert_int_equal(outcome->n_ends, 1);
}

void check_ok(const struct outcome *outcome, const char *body) {
        assert_int_equal(outcome->n_ends, 1);
        if (!outcome->ok)
                fail_msg("%s: %s", err_code_name(outcome->err.code), outcome->err.msg);
        if (body)
                assert_string_equal(strbuf_str(&outcome->body), body);
}

void check_failed(const struct outcome *outcome, enum err_code code, const char *part_of_message) {
        assert_int_equal(outcome->n_ends, 1);
        if (outcome->ok)
                fail_msg("it succeeded: %s", strbuf_str(&outcome->body));
        if (outcome->err.code != code || !strstr(outcome->err.msg, part_of_message))
                fail_msg("%s: %s", err_code_name(outcome->err.code), outcome->err.msg);
}
