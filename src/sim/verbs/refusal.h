/*
 * Why a request was refused: what a metav1.Status says. Functions return -1 with it, 0 without.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "kinds/kind.h"
#include "llc/base/arena.h"
#include "llc/base/json.h"
#include "schema/field_error.h"

struct refusal {
        struct arena *arena; /* set by the caller; holds the texts */
        int code;            /* HTTP */
        const char *reason;  /* "NotFound", "AlreadyExists", …; "" = absent */
        const char *message;
        const char *group, *kind, *name; /* of details; NULL = absent */
        const char *uid;                 /* of details; NULL = absent */
        bool has_details;                /* even if they are empty */
        const char *continue_;           /* of metadata: how an expired list may go on; or NULL */
        int retry_after_s;               /* 0 = absent */
        struct json *causes;             /* array; NULL = none; freed by refusal_deinit */
};

void refusal_deinit(struct refusal *refusal);

/* All return -1. name may be NULL where there is none. */
int refuse(struct refusal *refusal, int code, const char *reason, const char *fmt, ...)
        __attribute__((format(printf, 4, 5)));
int refuse_not_found(struct refusal *refusal, const struct kind *kind, const char *name);
int refuse_exists(struct refusal *refusal, const struct kind *kind, const char *name);
/* "Operation cannot be fulfilled on pods \"a\": …" */
int refuse_conflict(struct refusal *refusal, const struct kind *kind, const char *name,
                    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
int refuse_bad_request(struct refusal *refusal, const char *fmt, ...)
        __attribute__((format(printf, 2, 3)));
int refuse_invalid(struct refusal *refusal, const struct kind *kind, const char *name,
                   const struct field_errors *errors); /* 422, a cause for each */
int refuse_forbidden(struct refusal *refusal, const struct kind *kind, const char *name,
                     const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* 501, reason NotImplemented: what llc-sim leaves out. */
int refuse_out_of_scope(struct refusal *refusal, const char *fmt, ...)
        __attribute__((format(printf, 2, 3)));

void refusal_cause(struct refusal *refusal, const char *reason, const char *message,
                   const char *field);
/* The Status object, for the caller to free. */
struct json *refusal_status(const struct refusal *refusal);
