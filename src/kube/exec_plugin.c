#include "exec_plugin.h"

#include <signal.h>
#include <stdlib.h>

#include "llc/sys/clock.h"
#include "llc/sys/process.h"

enum {
        RUN_TIMEOUT_MS = 60 * 1000,
        HOLD_MS = 5 * 1000,       /* after a run of no use */
        FRESH_MS = 10 * 1000,     /* a 401 this soon after a run is not about age */
        AHEAD_MAX_MS = 60 * 1000, /* of its expiry, or a fifth of its life */
};

struct exec_plugin {
        struct loop *loop;
        const struct kube_exec *exec;
        void (*on_end)(void *ctx);
        void *ctx;

        struct process *process; /* NULL = none runs */
        uint64_t generation;     /* 0 = no credential yet */
        struct exec_credential credential;
        bool refused;       /* by the server */
        int64_t renew_ms;   /* wall clock, when it expires */
        int64_t got_ms;     /* monotonic */
        int64_t hold_ms;    /* monotonic: not before */
        struct err failure; /* of the last run; ERR_NONE = none */
};

static int64_t min(int64_t a, int64_t b) {
        return a < b ? a : b;
}

static void exec_plugin_fail(struct exec_plugin *plugin, const struct err *err) {
        plugin->failure = *err;
        err_wrap(&plugin->failure, "exec plugin %s", plugin->exec->argv.items[0]);
        plugin->hold_ms = clock_monotonic_ms() + HOLD_MS;
}

static int exec_plugin_take(struct exec_plugin *plugin, struct bytes output, struct err *err) {
        int64_t now_ms = clock_wall_ms();
        struct exec_credential credential;

        if (exec_credential_parse(output, plugin->exec->api_version, &credential, err) < 0)
                return -1;
        if (credential.expires && credential.expires_ms <= now_ms) {
                exec_credential_deinit(&credential);
                return err_set(err, ERR_PROTOCOL, "the credential has expired already");
        }
        exec_credential_deinit(&plugin->credential);
        plugin->credential = credential;
        plugin->generation++;
        plugin->refused = false;
        plugin->got_ms = clock_monotonic_ms();
        plugin->renew_ms =
                credential.expires_ms - min(AHEAD_MAX_MS, (credential.expires_ms - now_ms) / 5);
        return 0;
}

static struct bytes trimmed(struct bytes text) {
        while (text.len > 0 && strchr(" \t\r\n", text.ptr[text.len - 1]))
                text.len--;
        return text;
}

static int result_check(const struct process_result *result, struct err *err) {
        struct bytes say = trimmed(result->last_say);
        const char *colon = say.len > 0 ? ": " : "";

        switch (result->end) {
        case PROCESS_EXITED:
                if (result->code == 0)
                        return 0;
                return err_set(err, ERR_IO, "exit status %d%s%.*s", result->code, colon,
                               (int)say.len, say.len > 0 ? say.ptr : "");
        case PROCESS_SIGNALLED:
                return err_set(err, ERR_IO, "killed by signal %d%s%.*s", result->code, colon,
                               (int)say.len, say.len > 0 ? say.ptr : "");
        case PROCESS_TOO_LONG:
                return err_set(err, ERR_IO, "no answer within %d s%s%.*s", RUN_TIMEOUT_MS / 1000,
                               colon, (int)say.len, say.len > 0 ? say.ptr : "");
        case PROCESS_TOO_LOUD:
                return err_set(err, ERR_IO, "more than %d bytes of output",
                               EXEC_CREDENTIAL_MAX_BYTES);
        }
        return err_set(err, ERR_IO, "ended in an unknown way");
}

static void exec_plugin_ended(void *ctx, const struct process_result *result) {
        struct exec_plugin *plugin = ctx;
        struct err err;

        plugin->process = NULL;
        plugin->failure.code = ERR_NONE;
        if (result_check(result, &err) < 0 || exec_plugin_take(plugin, result->output, &err) < 0)
                exec_plugin_fail(plugin, &err);
        plugin->on_end(plugin->ctx);
}

static void exec_plugin_run(struct exec_plugin *plugin) {
        const struct process_options options = {
                .loop = plugin->loop,
                .argv = &plugin->exec->argv,
                .env = &plugin->exec->env,
                .output_max = EXEC_CREDENTIAL_MAX_BYTES,
                .timeout_ms = RUN_TIMEOUT_MS,
                .on_end = exec_plugin_ended,
                .ctx = plugin,
        };
        const char *hint = plugin->exec->install_hint;
        struct err err, full;

        if (process_start(&options, &plugin->process, &err) == 0)
                return;
        full = err;
        if (err.code == ERR_NOT_FOUND && hint)
                err_set(&full, ERR_IO, "%s; %s", err.msg, hint);
        full.code = ERR_IO; /* what is not found is no object */
        exec_plugin_fail(plugin, &full);
}

struct exec_plugin *exec_plugin_new(struct loop *loop, const struct kube_exec *exec,
                                    void (*on_end)(void *ctx), void *ctx) {
        struct exec_plugin *plugin = calloc(1, sizeof(*plugin));

        plugin->loop = loop;
        plugin->exec = exec;
        plugin->on_end = on_end;
        plugin->ctx = ctx;
        plugin->hold_ms = INT64_MIN;
        return plugin;
}

void exec_plugin_free(struct exec_plugin *plugin) {
        if (!plugin)
                return;
        process_cancel(plugin->process);
        exec_credential_deinit(&plugin->credential);
        free(plugin);
}

static bool exec_plugin_is_good(const struct exec_plugin *plugin, int64_t wall_ms) {
        return plugin->generation > 0 && !plugin->refused &&
               (!plugin->credential.expires || wall_ms < plugin->credential.expires_ms);
}

enum exec_plugin_answer exec_plugin_get(struct exec_plugin *plugin,
                                        const struct exec_credential **ret_credential,
                                        struct err *err) {
        int64_t wall_ms = clock_wall_ms();
        bool good = exec_plugin_is_good(plugin, wall_ms);
        bool wanted = !good || (plugin->credential.expires && wall_ms >= plugin->renew_ms);

        if (wanted && !plugin->process && clock_monotonic_ms() >= plugin->hold_ms)
                exec_plugin_run(plugin);
        if (good) {
                *ret_credential = &plugin->credential;
                return EXEC_PLUGIN_READY;
        }
        if (plugin->process)
                return EXEC_PLUGIN_PENDING;
        *err = plugin->failure;
        return EXEC_PLUGIN_FAILED;
}

uint64_t exec_plugin_generation(const struct exec_plugin *plugin) {
        return plugin->generation;
}

bool exec_plugin_refused(struct exec_plugin *plugin) {
        if (clock_monotonic_ms() - plugin->got_ms < FRESH_MS)
                return false;
        plugin->refused = true;
        return true;
}
