/*
 * Another program, run beside the loop: its output is collected, its end is told.
 *
 * It gets no input, none of our descriptors, signals as a shell would set them and a process group
 * of its own. When it takes too long, or says too much, the group is killed. What it leaves behind
 * in the background is not waited for.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "llc/base/bytes.h"
#include "llc/base/err.h"
#include "llc/base/strlist.h"
#include "llc/sys/loop.h"

struct process;

enum process_end {
        PROCESS_EXITED,    /* code is its exit status */
        PROCESS_SIGNALLED, /* code is the signal */
        PROCESS_TOO_LONG,  /* killed: the time was up */
        PROCESS_TOO_LOUD,  /* killed: more output than output_max */
};

/* Borrowed until the callback returns; the output is wiped then, as it may be a secret. */
struct process_result {
        enum process_end end;
        int code;
        struct bytes output;   /* stdout */
        struct bytes last_say; /* the end of stderr, 512 bytes at most */
};

struct process_options {
        struct loop *loop;
        const struct strlist *argv; /* [0] is looked up in PATH unless it has a slash */
        const struct strlist *env;  /* "NAME=value", replaces what we have of that name */
        size_t output_max;
        int64_t timeout_ms;
        void (*on_end)(void *ctx, const struct process_result *result); /* process is gone then */
        void *ctx;
};

/* Fails with ERR_NOT_FOUND when there is no such program, with ERR_IO when it can't be run. */
int process_start(const struct process_options *options, struct process **ret_process,
                  struct err *err);
/* Kills it without calling back. NULL is fine. Not from within on_end. */
void process_cancel(struct process *process);
