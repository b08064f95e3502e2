/*
 * posix_spawn, a pidfd for the end and two pipes. The end of the program counts, not the end of its
 * output: a child of its own that lives on may keep the pipes open.
 */
#define _GNU_SOURCE /* pipe2, environ, posix_spawn_file_actions_addclosefrom_np */
#include "llc/sys/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "llc/base/strbuf.h"

enum { LAST_SAY_BYTES = 512 };

struct pipe {
        struct process *process;
        int fd; /* -1 = at its end */
        struct loop_fd *watch;
};

struct process {
        struct process_options options;
        pid_t pid;
        int pidfd;
        struct loop_fd *ended;
        struct loop_timer *timer;
        struct pipe out, err;
        struct strbuf output, last_say;
        bool killed;
        enum process_end why; /* when killed */
};

static void pipe_close(struct pipe *pipe) {
        loop_fd_free(pipe->watch);
        pipe->watch = NULL;
        if (pipe->fd >= 0)
                close(pipe->fd);
        pipe->fd = -1;
}

static void process_free(struct process *process) {
        pipe_close(&process->out);
        pipe_close(&process->err);
        loop_fd_free(process->ended);
        loop_timer_free(process->timer);
        if (process->pidfd >= 0)
                close(process->pidfd);
        if (process->output.data)
                explicit_bzero(process->output.data, process->output.cap);
        strbuf_deinit(&process->output);
        strbuf_deinit(&process->last_say);
        free(process);
}

static void process_kill(struct process *process, enum process_end why) {
        if (process->killed)
                return;
        process->killed = true;
        process->why = why;
        kill(-process->pid, SIGKILL); /* not reaped yet, so the id is still its own */
}

static void process_take_output(struct process *process, struct bytes bytes) {
        strbuf_append(&process->output, bytes);
        if (!strbuf_ok(&process->output))
                process_kill(process, PROCESS_TOO_LOUD);
}

/* Keeps the end. */
static void process_take_say(struct process *process, struct bytes bytes) {
        struct strbuf *say = &process->last_say;
        size_t keep = LAST_SAY_BYTES - (bytes.len < LAST_SAY_BYTES ? bytes.len : LAST_SAY_BYTES);

        if (bytes.len > LAST_SAY_BYTES) {
                bytes.ptr += bytes.len - LAST_SAY_BYTES;
                bytes.len = LAST_SAY_BYTES;
        }
        if (say->len > keep) {
                memmove(say->data, say->data + say->len - keep, keep);
                say->len = keep;
        }
        strbuf_append(say, bytes);
}

/* Reads what is there; false when there is no more for now. */
static bool pipe_read(struct pipe *pipe) {
        char chunk[4096];
        struct bytes bytes = { .ptr = chunk };
        ssize_t n = read(pipe->fd, chunk, sizeof(chunk));

        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return false;
        if (n <= 0) {
                pipe_close(pipe);
                return false;
        }
        bytes.len = (size_t)n;
        if (pipe == &pipe->process->out)
                process_take_output(pipe->process, bytes);
        else
                process_take_say(pipe->process, bytes);
        explicit_bzero(chunk, sizeof(chunk));
        return true;
}

static void pipe_ready(void *ctx, int events) {
        (void)events;
        pipe_read(ctx); /* once a turn: who writes without end is stopped by the timer */
}

/* What was written before the end is in the pipes; whoever else writes to them is cut off. */
static void pipe_drain(struct pipe *pipe, const struct process *process) {
        size_t most = process->options.output_max / 4096 + 32;

        while (pipe->fd >= 0 && most-- > 0 && pipe_read(pipe))
                ;
}

static void process_ended(void *ctx, int events) {
        struct process *process = ctx;
        struct process_options options = process->options;
        struct process_result result = { .end = PROCESS_EXITED };
        siginfo_t info = { .si_pid = 0 };

        (void)events;
        if (waitid(P_PIDFD, (id_t)process->pidfd, &info, WEXITED | WNOHANG) < 0 || info.si_pid == 0)
                return;
        pipe_drain(&process->out, process);
        pipe_drain(&process->err, process);
        if (!strbuf_ok(&process->output))
                result.end = PROCESS_TOO_LOUD;
        else if (process->killed)
                result.end = process->why;
        else if (info.si_code != CLD_EXITED)
                result.end = PROCESS_SIGNALLED;
        result.code = info.si_status;
        result.output = strbuf_bytes(&process->output);
        result.last_say = strbuf_bytes(&process->last_say);
        options.on_end(options.ctx, &result);
        process_free(process);
}

static void process_timed_out(void *ctx) {
        process_kill(ctx, PROCESS_TOO_LONG);
}

/* Ours, with env's in their place. */
static void environment_merge(const struct strlist *env, struct strlist *out) {
        for (char **ours = environ; ours && *ours; ours++) {
                size_t name = strcspn(*ours, "=") + 1;
                bool replaced = false;

                for (size_t i = 0; i < env->n; i++)
                        replaced |= strncmp(*ours, env->items[i], name) == 0;
                if (!replaced)
                        strlist_add(out, *ours);
        }
        for (size_t i = 0; i < env->n; i++)
                strlist_add(out, env->items[i]);
}

/* Returns an errno. */
static int spawn(const struct process_options *options, int out, int err, pid_t *ret_pid) {
        posix_spawn_file_actions_t actions;
        posix_spawnattr_t attributes;
        struct strlist env = { .n = 0 };
        sigset_t none, all;
        int r;

        sigemptyset(&none);
        sigfillset(&all);
        environment_merge(options->env, &env);
        posix_spawn_file_actions_init(&actions);
        posix_spawnattr_init(&attributes);
        r = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                                          POSIX_SPAWN_SETSIGDEF);
        r = r ? r : posix_spawnattr_setpgroup(&attributes, 0);
        r = r ? r : posix_spawnattr_setsigmask(&attributes, &none);
        r = r ? r : posix_spawnattr_setsigdefault(&attributes, &all);
        r = r ? r : posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
        r = r ? r : posix_spawn_file_actions_adddup2(&actions, out, 1);
        r = r ? r : posix_spawn_file_actions_adddup2(&actions, err, 2);
        r = r ? r : posix_spawn_file_actions_addclosefrom_np(&actions, 3);
        r = r ? r
              : posix_spawnp(ret_pid, options->argv->items[0], &actions, &attributes,
                             options->argv->items, env.items);
        posix_spawnattr_destroy(&attributes);
        posix_spawn_file_actions_destroy(&actions);
        strlist_deinit(&env);
        return r;
}

static void pipe_init(struct pipe *pipe, struct process *process, int fd) {
        fcntl(fd, F_SETFL, O_NONBLOCK); /* of our end alone: a pipe has two descriptions */
        *pipe = (struct pipe){ .process = process, .fd = fd };
        pipe->watch = loop_fd_new(process->options.loop, fd, LOOP_READ, pipe_ready, pipe);
}

static struct process *process_new(const struct process_options *options, pid_t pid, int pidfd,
                                   int out, int err) {
        struct process *process = calloc(1, sizeof(*process));

        process->options = *options;
        process->pid = pid;
        process->pidfd = pidfd;
        process->output = STRBUF_INIT(options->output_max);
        process->last_say = STRBUF_INIT(LAST_SAY_BYTES);
        pipe_init(&process->out, process, out);
        pipe_init(&process->err, process, err);
        process->ended = loop_fd_new(options->loop, pidfd, LOOP_READ, process_ended, process);
        process->timer = loop_timer_new(options->loop, process_timed_out, process);
        loop_timer_set(process->timer, options->timeout_ms);
        return process;
}

static void close_both(const int fds[2]) {
        close(fds[0]);
        close(fds[1]);
}

int process_start(const struct process_options *options, struct process **ret_process,
                  struct err *err) {
        const char *name = options->argv->items[0];
        int out[2], errors[2], pidfd, error;
        pid_t pid;

        if (pipe2(out, O_CLOEXEC) < 0)
                return err_set(err, ERR_IO, "pipe: %s", strerror(errno));
        if (pipe2(errors, O_CLOEXEC) < 0) {
                close_both(out);
                return err_set(err, ERR_IO, "pipe: %s", strerror(errno));
        }
        error = spawn(options, out[1], errors[1], &pid);
        close(out[1]);
        close(errors[1]);
        pidfd = error == 0 ? pidfd_open(pid, 0) : -1;
        if (pidfd < 0) {
                if (error == 0) { /* a kernel before 5.3 */
                        error = errno;
                        kill(-pid, SIGKILL);
                        waitpid(pid, NULL, 0);
                }
                close(out[0]);
                close(errors[0]);
                return err_set(err, error == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", name,
                               strerror(error));
        }
        *ret_process = process_new(options, pid, pidfd, out[0], errors[0]);
        return 0;
}

void process_cancel(struct process *process) {
        if (!process)
                return;
        kill(-process->pid, SIGKILL);
        waitid(P_PIDFD, (id_t)process->pidfd, &(siginfo_t){ .si_pid = 0 }, WEXITED);
        process_free(process);
}
