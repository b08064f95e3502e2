#include "stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "credentials.h"
#include "http.h"
#include "kubeconfig.h"
#include "llc/base/arena.h"
#include "llc/sys/clock.h"
#include "llc/sys/loop.h"
#include "simulator.h"

enum { POLL_MS = 4 };

struct stage {
        struct arena arena;
        struct loop *loop;
        struct loop_timer *work, *poll;
        struct simulator *simulator;
        struct credentials *credentials;
        struct http *http;
        const char *kubeconfig, *authorization;
        char *answer;
        bool (*done)(void *ctx);
        void *ctx;
        int64_t deadline_ms;
        bool late;
};

__attribute__((noreturn)) static void stage_fail(const char *what, const char *why) {
        fprintf(stderr, "bench: %s: %s\n", what, why);
        exit(EXIT_FAILURE);
}

static void stage_work(void *ctx) {
        struct stage *stage = ctx;
        int64_t next_ms = simulator_run(stage->simulator);

        if (next_ms >= 0)
                loop_timer_set(stage->work, next_ms);
}

static void stage_on_change(void *ctx) {
        struct stage *stage = ctx;

        loop_timer_set(stage->work, 0);
}

static void stage_poll(void *ctx) {
        struct stage *stage = ctx;

        stage->late = clock_monotonic_ms() > stage->deadline_ms;
        if (stage->late || stage->done(stage->ctx))
                loop_stop(stage->loop);
        else
                loop_timer_set(stage->poll, POLL_MS);
}

static void stage_listen(struct stage *stage, const char *folder) {
        struct http_options http = {
                .loop = stage->loop,
                .address = "127.0.0.1:0",
                .certificate_pem = stage->credentials->certificate_pem,
                .key_pem = stage->credentials->key_pem,
                .serve = simulator_serve,
                .ctx = stage->simulator,
        };
        struct kubeconfig config = {
                .authority_base64 = stage->credentials->authority_base64,
                .token = stage->credentials->token,
                .namespace_ = "default",
        };
        struct err err;

        if (http_new(&http, &stage->http, &err) < 0)
                stage_fail("llc-sim", err.msg);
        config.server = arena_printf(&stage->arena, "https://127.0.0.1:%u", http_port(stage->http));
        stage->kubeconfig = arena_printf(&stage->arena, "%s/kubeconfig", folder);
        if (kubeconfig_write(stage->kubeconfig, &config, &err) < 0)
                stage_fail(stage->kubeconfig, err.msg);
}

struct stage *stage_new(const char *folder) {
        static const char *const without[] = { "rollouts-controller", "replicaset-controller",
                                               "endpointslice-controller" };
        const struct simulator_options options = { .no_actors = without, .n_no_actors = 3 };
        struct stage *stage = calloc(1, sizeof(*stage));
        const char *tokens;
        struct err err;

        stage->loop = loop_new();
        stage->work = loop_timer_new(stage->loop, stage_work, stage);
        stage->poll = loop_timer_new(stage->loop, stage_poll, stage);
        if (simulator_new(&options, &stage->simulator, &err) < 0 ||
            credentials_load(folder, clock_wall_ms(), &stage->credentials, &err) < 0)
                stage_fail("llc-sim", err.msg);
        tokens = arena_printf(&stage->arena, "%s,system:admin,,system:masters\n",
                              stage->credentials->token);
        stage->authorization = arena_printf(&stage->arena, "Bearer %s", stage->credentials->token);
        if (simulator_add_tokens(stage->simulator, bytes_of(tokens), &err) < 0)
                stage_fail("llc-sim", err.msg);
        stage_listen(stage, folder);
        simulator_on_change(stage->simulator, stage_on_change, stage);
        stage_on_change(stage);
        return stage;
}

void stage_free(struct stage *stage) {
        http_free(stage->http);
        simulator_free(stage->simulator);
        credentials_free(stage->credentials);
        loop_timer_free(stage->poll);
        loop_timer_free(stage->work);
        loop_free(stage->loop);
        arena_deinit(&stage->arena);
        free(stage->answer);
        free(stage);
}

const char *stage_kubeconfig(const struct stage *stage) {
        return stage->kubeconfig;
}

const char *stage_ask(struct stage *stage, const char *method, const char *target,
                      const char *body) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        const struct http_request request = {
                .method = method,
                .target = target,
                .content_type = strcmp(method, "PATCH") == 0 ? "application/merge-patch+json"
                                                             : "application/yaml",
                .authorization = stage->authorization,
                .user_agent = "bench/1",
                .body = bytes_of(body),
        };
        struct http_response response = { .arena = &arena };

        simulator_serve(stage->simulator, &request, &response);
        free(stage->answer);
        stage->answer = strdup(strbuf_str(&response.body));
        if (response.status >= 300)
                stage_fail(target, stage->answer);
        http_response_deinit(&response);
        return stage->answer;
}

void stage_serve_until(struct stage *stage, bool (*done)(void *ctx), void *ctx, int64_t limit_ms,
                       const char *what) {
        stage->done = done;
        stage->ctx = ctx;
        stage->deadline_ms = clock_monotonic_ms() + limit_ms;
        loop_timer_set(stage->poll, 0);
        loop_run(stage->loop);
        if (stage->late)
                stage_fail(what, "it takes too long");
}
