#include "subject.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "llc/base/strbuf.h"
#include "llc/sys/clock.h"
#include "llc/sys/file.h"

enum { LOG_BYTES = 4 << 20, ANSWER_BYTES = 16 << 20, SAMPLE_US = 300, PROBE_MS = 5 };

struct subject {
        pid_t pid;
        char log[4096];
        int64_t started_ms;
        pthread_t thread;
        atomic_int port;
        atomic_int_fast64_t ready_ms, peak_bytes;
        atomic_bool stop;
};

__attribute__((noreturn)) static void subject_fail(const struct subject *subject, const char *why) {
        fprintf(stderr, "bench: llc-controller: %s; see %s\n", why, subject->log);
        exit(EXIT_FAILURE);
}

/* A line of /proc/PID/status, in bytes; 0 = the process is gone. */
static int64_t status_bytes(pid_t pid, const char *name) {
        char path[64], line[256];
        int64_t kib = 0;
        FILE *file;

        snprintf(path, sizeof(path), "/proc/%d/status", pid);
        file = fopen(path, "r");
        while (file && fgets(line, sizeof(line), file))
                if (strncmp(line, name, strlen(name)) == 0)
                        kib = strtoll(line + strlen(name) + 1, NULL, 10);
        if (file)
                fclose(file);
        return kib * 1024;
}

/* Asks for a path and reads until it hangs up. */
static int subject_get(const struct subject *subject, const char *path, struct strbuf *out) {
        const struct sockaddr_in address = {
                .sin_family = AF_INET,
                .sin_port = htons((uint16_t)subject->port),
                .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
        };
        char request[256], piece[16384];
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        ssize_t n = -1;
        int len = snprintf(request, sizeof(request),
                           "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", path);

        if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
            write(fd, request, (size_t)len) == len)
                while ((n = read(fd, piece, sizeof(piece))) > 0)
                        strbuf_append(out, (struct bytes){ piece, (size_t)n });
        close(fd);
        return n == 0 && strbuf_ok(out) ? 0 : -1;
}

/* It says itself which port it got. */
static void subject_find_port(struct subject *subject) {
        static const char mark[] = "http_port=";
        STRBUF_CLEANUP struct strbuf log = STRBUF_INIT(LOG_BYTES);
        const char *at;
        struct err err;

        if (file_read(subject->log, &log, &err) == 0 && log.len > 0 &&
            (at = strstr(strbuf_str(&log), mark)))
                subject->port = (int)strtol(at + strlen(mark), NULL, 10);
}

static void subject_probe(struct subject *subject) {
        STRBUF_CLEANUP struct strbuf answer = STRBUF_INIT(ANSWER_BYTES);

        if (subject->port == 0)
                subject_find_port(subject);
        else if (subject_get(subject, "/readyz", &answer) == 0 &&
                 strstr(strbuf_str(&answer), " 200 "))
                subject->ready_ms = clock_monotonic_ms() - subject->started_ms;
}

static void *subject_watch(void *ctx) {
        const struct timespec pause = { .tv_nsec = SAMPLE_US * 1000L };
        struct subject *subject = ctx;
        int64_t probed_ms = 0;

        while (!subject->stop) {
                int64_t bytes = status_bytes(subject->pid, "RssAnon");
                int64_t now_ms = clock_monotonic_ms();

                if (bytes > subject->peak_bytes)
                        subject->peak_bytes = bytes;
                if (subject->ready_ms < 0 && now_ms - probed_ms >= PROBE_MS) {
                        probed_ms = now_ms;
                        subject_probe(subject);
                }
                /* lint: allow nanosleep because a thread that samples has no loop */
                nanosleep(&pause, NULL);
        }
        return NULL;
}

/* In the child. */
__attribute__((noreturn)) static void subject_exec(const char *program, const char *kubeconfig,
                                                   int log) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* however we end */
        if (dup2(log, STDOUT_FILENO) < 0 || dup2(log, STDERR_FILENO) < 0)
                _exit(EXIT_FAILURE);
        execl(program, "llc-controller", "--http-address=127.0.0.1:0", "--kubeconfig", kubeconfig,
              (char *)NULL);
        dprintf(STDERR_FILENO, "%s: %s\n", program, strerror(errno));
        _exit(EXIT_FAILURE);
}

struct subject *subject_start(const char *program, const char *kubeconfig, const char *folder) {
        struct subject *subject = calloc(1, sizeof(*subject));
        int log, executed[2];

        subject->ready_ms = -1;
        snprintf(subject->log, sizeof(subject->log), "%s/llc-controller.log", folder);
        log = open(subject->log, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
        if (log < 0 || pipe(executed) < 0 || fcntl(executed[1], F_SETFD, FD_CLOEXEC) < 0)
                subject_fail(subject, strerror(errno));
        subject->started_ms = clock_monotonic_ms();
        subject->pid = fork();
        if (subject->pid == 0)
                subject_exec(program, kubeconfig, log);
        close(log);
        close(executed[1]);
        if (read(executed[0], executed, 1) != 0) /* until then the memory is a copy of ours */
                subject_fail(subject, strerror(errno));
        close(executed[0]);
        if (subject->pid < 0 || pthread_create(&subject->thread, NULL, subject_watch, subject) != 0)
                subject_fail(subject, "can't be started");
        return subject;
}

void subject_stop(struct subject *subject) {
        int status;

        kill(subject->pid, SIGTERM);
        if (waitpid(subject->pid, &status, 0) < 0 || status != 0)
                subject_fail(subject, "it did not end in order");
        subject->stop = true;
        pthread_join(subject->thread, NULL);
        free(subject);
}

int64_t subject_ready_ms(struct subject *subject) {
        if (waitpid(subject->pid, NULL, WNOHANG) != 0)
                subject_fail(subject, "it has died");
        return subject->ready_ms;
}

int64_t subject_anon_bytes(const struct subject *subject) {
        return status_bytes(subject->pid, "RssAnon");
}

/*
 * Two floors of the same: the samples, and the whole resident set's high-water mark less what is
 * mapped of files now.
 */
int64_t subject_anon_peak_bytes(const struct subject *subject) {
        int64_t mark = status_bytes(subject->pid, "VmHWM") - status_bytes(subject->pid, "RssFile");

        return mark > subject->peak_bytes ? mark : subject->peak_bytes;
}

double subject_metric(const struct subject *subject, const char *sample) {
        STRBUF_CLEANUP struct strbuf answer = STRBUF_INIT(ANSWER_BYTES);
        char line[256];
        const char *at;

        if (subject_get(subject, "/metrics", &answer) < 0)
                subject_fail(subject, "/metrics does not answer");
        snprintf(line, sizeof(line), "\n%s ", sample);
        at = strstr(strbuf_str(&answer), line);
        if (!at)
                subject_fail(subject, sample);
        return strtod(at + strlen(line), NULL);
}
