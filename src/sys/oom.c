/*
 * malloc and its kin that never answer NULL: out of memory ends the process.
 *
 * Linked into executables only, it also covers their shared libraries (json-c otherwise succeeds
 * with keys missing when an allocation fails). The C library's own functions do the work; free()
 * stays theirs.
 */
#include <errno.h>
#include <malloc.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static void *oom_check(void *p) {
        static const char line[] = "out of memory\n";

        if (p)
                return p;
        if (write(STDERR_FILENO, line, sizeof(line) - 1) < 0)
                abort();
        abort();
}

void *malloc(size_t size) {
        return oom_check(__libc_malloc(size)); /* not NULL for 0 bytes either */
}

void *calloc(size_t count, size_t size) {
        return oom_check(__libc_calloc(count, size));
}

void *realloc(void *old, size_t size) {
        void *p = __libc_realloc(old, size);

        return old && size == 0 ? p : oom_check(p); /* freed: NULL */
}

void *reallocarray(void *old, size_t count, size_t size) {
        size_t bytes;

        if (__builtin_mul_overflow(count, size, &bytes))
                return oom_check(NULL);
        return realloc(old, bytes);
}

void *memalign(size_t alignment, size_t size) {
        return oom_check(__libc_memalign(alignment, size));
}

void *aligned_alloc(size_t alignment, size_t size) {
        return oom_check(__libc_memalign(alignment, size));
}

int posix_memalign(void **out, size_t alignment, size_t size) {
        if (alignment < sizeof(void *) || (alignment & (alignment - 1)) != 0)
                return EINVAL;
        *out = oom_check(__libc_memalign(alignment, size));
        return 0;
}
