/*
 * Sleeping is what must not be: for a name server, a full pipe, a disk. It is the time that passes but
 * for that in which the thread ran, or could have run and was not let: a busy machine is no fault of
 * ours. The kernel keeps account of it (schedstat); where it does not, nothing is judged.
 */
#include "watchdog.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "llc/sys/clock.h"
#include "symbol.h"

enum {
        SLEPT_US = 50 * 1000,
        WORKED_US = LIMIT_MS * 1000, /* it takes longer without optimisation */
};

/* So long the thread has waited for a CPU in its life; -1 = unknown. */
static int64_t waited_us(void) {
        int fd = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
        char text[128], *end;
        ssize_t n;

        if (fd < 0)
                return -1;
        n = read(fd, text, sizeof(text) - 1);
        close(fd);
        if (n <= 0)
                return -1;
        text[n] = '\0';
        strtoll(text, &end, 10); /* so long it has run */
        return *end == ' ' ? strtoll(end, NULL, 10) / 1000 : -1;
}

/* stderr may be a pipe that nobody reads. */
static void say(const char *line, size_t len) {
        struct pollfd poll_stderr = { .fd = STDERR_FILENO, .events = POLLOUT };

        if (poll(&poll_stderr, 1, 0) == 1 && write(STDERR_FILENO, line, len) < 0)
                return;
}

static int64_t ran_us(void) {
        struct timespec ran;

        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ran);
        return (int64_t)ran.tv_sec * 1000000 + ran.tv_nsec / 1000;
}

void watchdog_start(struct watchdog *watchdog) {
        watchdog->waited = waited_us();
        watchdog->ran = ran_us();
        watchdog->started = clock_monotonic_us();
}

void watchdog_stop(const struct watchdog *watchdog, void (*fn)(void)) {
        int64_t took = clock_monotonic_us() - watchdog->started;
        int64_t worked = ran_us() - watchdog->ran, waited;
        char line[256], name[128];
        int len;

        if (watchdog->waited < 0 || took <= SLEPT_US)
                return;
        waited = waited_us();
        if (waited < 0)
                return;
        waited -= watchdog->waited;
        if (worked <= WORKED_US && took - worked - waited <= SLEPT_US)
                return;
        symbol_name(fn, name, sizeof(name));
        len = snprintf(
                line, sizeof(line),
                "watchdog: %s kept the loop for %lld ms: worked %lld, waited for a CPU %lld\n",
                name, (long long)took / 1000, (long long)worked / 1000, (long long)waited / 1000);
        say(line, (size_t)len);
        abort();
}
