#include "support/fake_process.h"

#include <assert.h>
#include <stdlib.h>

unsigned fake_process_starts, fake_process_running;
struct err fake_process_refusal;

struct process {
        struct process_options options;
};

static struct process *running;

int process_start(const struct process_options *options, struct process **ret_process,
                  struct err *err) {
        if (fake_process_refusal.code != ERR_NONE) {
                *err = fake_process_refusal;
                return -1;
        }
        assert(!running);
        running = calloc(1, sizeof(*running));
        running->options = *options;
        fake_process_starts++;
        fake_process_running++;
        *ret_process = running;
        return 0;
}

static void forget(struct process *process) {
        assert(process == running);
        running = NULL;
        fake_process_running--;
        free(process);
}

void process_cancel(struct process *process) {
        if (process)
                forget(process);
}

void fake_process_end(enum process_end end, int code, const char *output, const char *last_say) {
        const struct process_result result = {
                .end = end,
                .code = code,
                .output = bytes_of(output),
                .last_say = bytes_of(last_say),
        };
        struct process *process = running;

        assert(process);
        process->options.on_end(process->options.ctx, &result);
        forget(process);
}

void fake_process_answer(const char *output) {
        fake_process_end(PROCESS_EXITED, 0, output, "");
}

const struct process_options *fake_process_options(void) {
        assert(running);
        return &running->options;
}
