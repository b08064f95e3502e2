/*
 * A controller process that is measured. A thread samples its memory some thousand times a second
 * (the kernel keeps a high-water mark of the whole resident set only) and waits for it to be ready.
 */
#pragma once

#include <stdint.h>

struct subject;

/* folder: for its log. Ends this process with a message when it can't be started. */
struct subject *subject_start(const char *program, const char *kubeconfig, const char *folder);
/* SIGTERM, and waits for its end. */
void subject_stop(struct subject *subject);

/* From the start to the first 200 of /readyz; -1 = not yet. Ends this process when it has died. */
int64_t subject_ready_ms(struct subject *subject);
/* Anonymous resident memory (RssAnon): now, and the most since the start. */
int64_t subject_anon_bytes(const struct subject *subject);
int64_t subject_anon_peak_bytes(const struct subject *subject);
/* A metric without labels, or with just these: "process_open_fds". */
double subject_metric(const struct subject *subject, const char *sample);
