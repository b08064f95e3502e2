/*
 * The one error value of the project.
 *
 * Every function that can fail takes a `struct err *` as its last parameter, never NULL, and
 * returns 0 or -1. The error is written on failure only. The code is what callers switch on, the
 * message is for people: one line of UTF-8 (anything else in it becomes "?"), the innermost cause
 * last ("pods "a": patch: 403 ...").
 */
#pragma once

#include <stdint.h>

enum err_code {
        ERR_NONE,
        ERR_NOT_FOUND,      /* the object does not exist (404 that names the object) */
        ERR_NO_KIND,        /* the API server does not know the resource (404 for the whole path) */
        ERR_ALREADY_EXISTS, /* 409 AlreadyExists */
        ERR_CONFLICT,       /* 409 on resourceVersion, or 422 on a UID precondition */
        ERR_GONE,           /* 410 Gone or Expired: this resourceVersion is compacted */
        ERR_INVALID,        /* malformed input, 400 or 422; retrying the same cannot help */
        ERR_UNAUTHORIZED,   /* 401 */
        ERR_FORBIDDEN,      /* 403: RBAC, quota, Pod Security, admission */
        ERR_TERMINATING,    /* 403 to a create: its namespace is being deleted */
        ERR_THROTTLED,      /* 429; retry_after_ms says when to come back */
        ERR_UNREACHABLE,    /* no connection: nothing was sent */
        ERR_UNAVAILABLE, /* a connection that broke, or 5xx to a request that is safe to repeat */
        ERR_TIMEOUT,     /* no answer in time */
        ERR_AMBIGUOUS,   /* a write may or may not have been committed: find out by a live GET */
        ERR_TOO_LARGE,   /* a cap on bytes, depth, nodes or items was exceeded */
        ERR_PROTOCOL,    /* the peer sent what the protocol does not allow */
        ERR_IO,          /* a local file or system call failed */
};

enum { ERR_MSG_SIZE = 384 };

struct err {
        enum err_code code;
        int64_t retry_after_ms; /* 0 = the peer did not say */
        char msg[ERR_MSG_SIZE]; /* NUL-terminated; cut when longer */
};

/* Sets the error; always returns -1, so that `return err_set(...)` reads well. */
int err_set(struct err *err, enum err_code code, const char *fmt, ...)
        __attribute__((format(printf, 3, 4)));

/* Puts "context: " before the message and keeps the code; always returns -1. */
int err_wrap(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The -1 is said here, where compilers and analyzers of the caller see it. */
static inline int err_failed(void) {
        return -1;
}
#define err_set(...)  (err_set(__VA_ARGS__), err_failed())
#define err_wrap(...) (err_wrap(__VA_ARGS__), err_failed())

/* "NotFound", "Conflict", …: for logs and metrics. Never NULL. */
const char *err_code_name(enum err_code code);
