/*
 * llc-sim: reads its options, begins an empty cluster, serves until SIGTERM.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <unistd.h>

#include "credentials.h"
#include "http.h"
#include "kubeconfig.h"
#include "llc/base/arena.h"
#include "llc/sys/clock.h"
#include "llc/sys/file.h"
#include "options.h"
#include "private_file.h"
#include "simulator.h"

enum {
        TOKEN_FILE_BYTES = 1024 * 1024,
        OPEN_FILES = HTTP_CONNECTIONS + 100,
};

struct daemon {
        struct arena arena;
        struct loop *loop;
        struct simulator *simulator;
        struct credentials *credentials; /* NULL over plain HTTP */
        struct http *http;
        struct loop_timer *timer;
        struct loop_signal *sigterm, *sigint;
        const char *folder, *kubeconfig;
        int audit_fd;  /* -1 = none is kept */
        int exit_code; /* why it could not start */
};

static void daemon_run(void *ctx) {
        struct daemon *daemon = ctx;
        int64_t next_ms = simulator_run(daemon->simulator);

        if (next_ms >= 0)
                loop_timer_set(daemon->timer, next_ms);
}

static void daemon_on_change(void *ctx) {
        struct daemon *daemon = ctx;

        loop_timer_set(daemon->timer, 0);
}

static void daemon_on_signal(void *ctx) {
        struct daemon *daemon = ctx;

        loop_stop(daemon->loop);
}

static int daemon_fail(struct daemon *daemon, int exit_code) {
        daemon->exit_code = exit_code;
        return -1;
}

static int daemon_find_folder(struct daemon *daemon, const struct options *options,
                              struct err *err) {
        const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

        if (options->folder)
                daemon->folder = options->folder;
        else if (state && *state)
                daemon->folder = arena_printf(&daemon->arena, "%s/llc-sim", state);
        else if (home && *home)
                daemon->folder = arena_printf(&daemon->arena, "%s/.local/state/llc-sim", home);
        else
                return err_set(err, ERR_INVALID, "neither --dir nor $HOME is set");
        daemon->kubeconfig =
                options->kubeconfig ? options->kubeconfig
                                    : arena_printf(&daemon->arena, "%s/kubeconfig", daemon->folder);
        return 0;
}

static int daemon_open_audit_log(struct daemon *daemon, const char *path, struct err *err) {
        daemon->audit_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (daemon->audit_fd >= 0)
                return 0;
        daemon->exit_code = EX_CANTCREAT;
        return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
}

/* A line that is lost on a full disk is no reason to stop serving. */
static void daemon_audit(void *ctx, struct bytes line) {
        struct daemon *daemon = ctx;

        (void)!write(daemon->audit_fd, line.ptr, line.len);
}

static int daemon_read_tokens(struct daemon *daemon, const struct options *options,
                              struct err *err) {
        STRBUF_CLEANUP struct strbuf text = STRBUF_INIT(TOKEN_FILE_BYTES);
        const char *admin = arena_printf(&daemon->arena, "%s,system:admin,,system:masters\n",
                                         daemon->credentials->token);

        if (simulator_add_tokens(daemon->simulator, bytes_of(admin), err) < 0)
                return daemon_fail(daemon, EX_SOFTWARE);
        if (!options->token_file)
                return 0;
        if (file_read(options->token_file, &text, err) < 0)
                return daemon_fail(daemon, EX_NOINPUT);
        if (simulator_add_tokens(daemon->simulator, strbuf_bytes(&text), err) < 0) {
                daemon->exit_code = EX_DATAERR;
                return err_wrap(err, "%s", options->token_file);
        }
        return 0;
}

static int daemon_start_simulator(struct daemon *daemon, const struct options *options,
                                  struct err *err) {
        const struct simulator_options simulator = {
                .clock = { .is_virtual = options->is_virtual,
                           .start_ms = options->start_ms,
                           .seed = options->seed },
                .history = options->history,
                .open = options->plain,
                .audit = options->audit_log ? daemon_audit : NULL,
                .audit_ctx = daemon,
                .no_actors = options->no_actors,
                .n_no_actors = options->n_no_actors,
        };

        if (options->audit_log && daemon_open_audit_log(daemon, options->audit_log, err) < 0)
                return -1;
        if (simulator_new(&simulator, &daemon->simulator, err) < 0)
                return daemon_fail(daemon, err->code == ERR_NOT_FOUND ? EX_USAGE : EX_SOFTWARE);
        if (options->plain)
                return 0;
        if (credentials_load(daemon->folder, clock_wall_ms(), &daemon->credentials, err) < 0)
                return daemon_fail(daemon, EX_CANTCREAT);
        return daemon_read_tokens(daemon, options, err);
}

static int daemon_listen(struct daemon *daemon, const struct options *options, struct err *err) {
        struct http_options http = {
                .loop = daemon->loop,
                .address = options->listen,
                .serve = simulator_serve,
                .ctx = daemon->simulator,
        };

        if (daemon->credentials) {
                http.certificate_pem = daemon->credentials->certificate_pem;
                http.key_pem = daemon->credentials->key_pem;
        }
        if (http_new(&http, &daemon->http, err) < 0)
                return daemon_fail(daemon, err->code == ERR_INVALID ? EX_USAGE : EX_UNAVAILABLE);
        return 0;
}

/* The address as it was asked for, with the port as it came out. */
static const char *daemon_url(struct daemon *daemon, const struct options *options) {
        int host_len = (int)(strrchr(options->listen, ':') - options->listen);

        return arena_printf(&daemon->arena, "%s://%.*s:%u", options->plain ? "http" : "https",
                            host_len, options->listen, http_port(daemon->http));
}

static int daemon_write_kubeconfig(struct daemon *daemon, const struct options *options,
                                   struct err *err) {
        struct kubeconfig config = {
                .server = daemon_url(daemon, options),
                .namespace_ = options->namespace_,
        };

        if (daemon->credentials) {
                config.authority_base64 = daemon->credentials->authority_base64;
                config.token = daemon->credentials->token;
        }
        if (kubeconfig_write(daemon->kubeconfig, &config, err) < 0)
                return daemon_fail(daemon, EX_CANTCREAT);
        return 0;
}

static int daemon_init(struct daemon *daemon, const struct options *options, struct err *err) {
        if (daemon_find_folder(daemon, options, err) < 0)
                return daemon_fail(daemon, EX_USAGE);
        if (private_file_make_folder(daemon->folder, err) < 0)
                return daemon_fail(daemon, EX_CANTCREAT);
        daemon->loop = loop_new();
        daemon->timer = loop_timer_new(daemon->loop, daemon_run, daemon);
        if (daemon_start_simulator(daemon, options, err) < 0 ||
            daemon_listen(daemon, options, err) < 0 ||
            daemon_write_kubeconfig(daemon, options, err) < 0)
                return -1;
        simulator_on_change(daemon->simulator, daemon_on_change, daemon);
        loop_timer_set(daemon->timer, 0);
        daemon->sigterm = loop_signal_new(daemon->loop, SIGTERM, daemon_on_signal, daemon);
        daemon->sigint = loop_signal_new(daemon->loop, SIGINT, daemon_on_signal, daemon);
        return 0;
}

static void daemon_deinit(struct daemon *daemon) {
        loop_signal_free(daemon->sigint);
        loop_signal_free(daemon->sigterm);
        http_free(daemon->http);
        loop_timer_free(daemon->timer);
        simulator_free(daemon->simulator);
        credentials_free(daemon->credentials);
        if (daemon->loop)
                loop_free(daemon->loop);
        if (daemon->audit_fd >= 0)
                close(daemon->audit_fd);
        arena_deinit(&daemon->arena);
}

/* A shell's usual 1,024 are fewer than the connections we take. */
static void raise_open_files(void) {
        struct rlimit files;

        if (getrlimit(RLIMIT_NOFILE, &files) < 0 || files.rlim_cur >= OPEN_FILES)
                return;
        files.rlim_cur = files.rlim_max < OPEN_FILES ? files.rlim_max : OPEN_FILES;
        setrlimit(RLIMIT_NOFILE, &files);
}

static int run(const struct options *options) {
        struct daemon daemon = { .audit_fd = -1, .exit_code = EX_OK };
        struct err err;

        raise_open_files();
        if (daemon_init(&daemon, options, &err) < 0) {
                fprintf(stderr, "llc-sim: %s\n", err.msg);
        } else {
                printf("llc-sim is ready at %s; export KUBECONFIG=%s\n",
                       daemon_url(&daemon, options), daemon.kubeconfig);
                fflush(stdout);
                loop_run(daemon.loop);
        }
        daemon_deinit(&daemon);
        return daemon.exit_code;
}

int main(int argc, char **argv) {
        enum options_verdict verdict;
        struct options options;
        struct err err;

        if (options_parse(argc, argv, &options, &verdict, &err) < 0) {
                fprintf(stderr, "llc-sim: %s\nTry llc-sim --help.\n", err.msg);
                return EX_USAGE;
        }
        switch (verdict) {
        case OPTIONS_HELP:
                fputs(options_usage, stdout);
                return EX_OK;
        case OPTIONS_VERSION:
                puts("llc-sim " LLC_VERSION);
                return EX_OK;
        case OPTIONS_RUN:
                break;
        }
        return run(&options);
}
