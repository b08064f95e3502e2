/*
 * Programs that never run: a test links fake_process.c instead of llc/sys/process.h's own source and
 * says itself how they end.
 */
#pragma once

#include "llc/sys/process.h"

/* Of the test program; a test begins with both at 0. */
extern unsigned fake_process_starts;  /* so far */
extern unsigned fake_process_running; /* now: at most one */
/* The next start fails with this; ERR_NONE = it does not. */
extern struct err fake_process_refusal;

/* Ends the one that runs. */
void fake_process_end(enum process_end end, int code, const char *output, const char *last_say);
/* … well, with this output. */
void fake_process_answer(const char *output);
/* What it was started with. */
const struct process_options *fake_process_options(void);
