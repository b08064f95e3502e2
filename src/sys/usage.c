#include "llc/sys/usage.h"

#include <dirent.h>
#include <malloc.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "llc/sys/file.h"

static double seconds_of(struct timeval time) {
        return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static void usage_read_memory(struct usage *usage) {
        STRBUF_CLEANUP struct strbuf text = STRBUF_INIT(256);
        uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
        struct err err;
        char *end;

        if (file_read("/proc/self/statm", &text, &err) < 0)
                return;
        usage->has_memory = true;
        usage->virtual_bytes = strtoull(strbuf_str(&text), &end, 10) * page;
        usage->resident_bytes = strtoull(end, NULL, 10) * page;
}

static void usage_read_fds(struct usage *usage) {
        DIR *dir = opendir("/proc/self/fd");
        const struct dirent *entry;
        uint64_t n = 0;

        if (!dir)
                return;
        while ((entry = readdir(dir)))
                n += entry->d_name[0] != '.';
        closedir(dir);
        usage->has_open_fds = true;
        usage->open_fds = n - 1; /* without the one that reads */
}

/* Blocks of their own, as large ones have, are counted apart. */
static uint64_t heap_bytes(void) {
        const struct mallinfo2 info = mallinfo2();

        return info.uordblks + info.hblkhd;
}

void usage_read(struct usage *ret_usage) {
        struct usage usage = { .cpu_seconds = 0 };
        struct rusage times;
        struct rlimit fds;

        if (getrusage(RUSAGE_SELF, &times) == 0)
                usage.cpu_seconds = seconds_of(times.ru_utime) + seconds_of(times.ru_stime);
        if (getrlimit(RLIMIT_NOFILE, &fds) == 0)
                usage.max_fds = fds.rlim_cur;
        usage.heap_bytes = heap_bytes();
        usage_read_memory(&usage);
        usage_read_fds(&usage);
        *ret_usage = usage;
}
