/*
 * Written beside its place and renamed: whoever reads meanwhile sees the old file or the new one.
 */
#include "private_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "llc/base/arena.h"

static int write_all(int fd, struct bytes content) {
        while (content.len > 0) {
                ssize_t n = write(fd, content.ptr, content.len);

                if (n < 0 && errno != EINTR)
                        return -1;
                if (n > 0) {
                        content.ptr += n;
                        content.len -= (size_t)n;
                }
        }
        return 0;
}

int private_file_write(const char *path, struct bytes content, struct err *err) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        const char *part = arena_printf(&arena, "%s.part", path);
        int fd, saved = 0;

        unlink(part); /* of a run that was killed */
        fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
                return err_set(err, ERR_IO, "%s: %s", part, strerror(errno));
        if (write_all(fd, content) < 0)
                saved = errno;
        if (close(fd) < 0 && saved == 0)
                saved = errno;
        if (saved == 0 && rename(part, path) < 0)
                saved = errno;
        if (saved == 0)
                return 0;
        unlink(part);
        return err_set(err, ERR_IO, "%s: %s", path, strerror(saved));
}

int private_file_make_folder(const char *path, struct err *err) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        char *folder = arena_strdup(&arena, path), *slash = folder;

        do {
                slash = strchr(slash + 1, '/');
                if (slash)
                        *slash = '\0';
                if (mkdir(folder, 0700) < 0 && errno != EEXIST)
                        return err_set(err, ERR_IO, "%s: %s", folder, strerror(errno));
                if (slash)
                        *slash = '/';
        } while (slash);
        return 0;
}
