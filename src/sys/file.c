#include "llc/sys/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Reads until the end; on failure out may have grown. */
static int file_read_fd(int fd, const char *path, struct strbuf *out, struct err *err) {
        char chunk[4096];
        ssize_t n;
        int r = 0;

        while ((n = read(fd, chunk, sizeof(chunk))) != 0) {
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0) {
                        r = err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
                        break;
                }
                strbuf_append(out, (struct bytes){ .ptr = chunk, .len = (size_t)n });
                if (!strbuf_ok(out)) {
                        r = err_set(err, ERR_TOO_LARGE, "%s: larger than %zu bytes", path,
                                    out->max);
                        break;
                }
        }
        explicit_bzero(chunk, sizeof(chunk)); /* the file may be a key */
        return r;
}

int file_read(const char *path, struct strbuf *out, struct err *err) {
        size_t before = out->len;
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        int r;

        if (fd < 0)
                return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
        r = file_read_fd(fd, path, out, err);
        close(fd);
        if (r < 0 && out->data) {
                explicit_bzero(out->data + before, out->len - before);
                out->len = before;
                out->overflow = false;
        }
        return r;
}
