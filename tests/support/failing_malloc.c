/*
 * Makes one allocation of the process fail: FAIL_ALLOCATION=K the Kth, 0 none. Linked in front of
 * the C library's (--wrap), so that src/sys/oom.c is tested as it is. Says in the end how many there
 * were, children apart: a child counts its own, and none of them fails.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void *__real___libc_malloc(size_t size);
void *__real___libc_calloc(size_t count, size_t size);
void *__real___libc_realloc(void *old, size_t size);
void *__real___libc_memalign(size_t alignment, size_t size);

void *__wrap___libc_malloc(size_t size);
void *__wrap___libc_calloc(size_t count, size_t size);
void *__wrap___libc_realloc(void *old, size_t size);
void *__wrap___libc_memalign(size_t alignment, size_t size);

static atomic_long n_allocations;
static long failing = -1; /* -1 = nobody has asked */
static pid_t self;        /* 0 = nothing has been allocated yet */

/* With the first allocation, which is in the constructor of some library: before there are threads. */
static void begin(void) {
        const char *text = getenv("FAIL_ALLOCATION");

        self = getpid();
        if (text)
                failing = strtol(text, NULL, 10);
}

__attribute__((destructor)) static void end(void) {
        if (failing >= 0 && getpid() == self)
                fprintf(stderr, "allocations: %ld\n", atomic_load(&n_allocations));
}

static bool fails(void) {
        if (self == 0)
                begin();
        return atomic_fetch_add(&n_allocations, 1) + 1 == failing && getpid() == self;
}

void *__wrap___libc_malloc(size_t size) {
        return fails() ? NULL : __real___libc_malloc(size);
}

void *__wrap___libc_calloc(size_t count, size_t size) {
        return fails() ? NULL : __real___libc_calloc(count, size);
}

void *__wrap___libc_realloc(void *old, size_t size) {
        return fails() ? NULL : __real___libc_realloc(old, size);
}

void *__wrap___libc_memalign(size_t alignment, size_t size) {
        return fails() ? NULL : __real___libc_memalign(alignment, size);
}
