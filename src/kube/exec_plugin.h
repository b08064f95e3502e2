/*
 * Asks an exec plugin who we are, and again before its answer expires. Nothing waits: a run takes
 * place beside the loop.
 *
 * The credential is renewed while the old one is still good, when there is time for that. A plugin
 * that fails, or whose answer is of no use, is not run again for some seconds.
 * Source: client-go plugin/pkg/client/auth/exec; it does not renew ahead, and does not hold back.
 */
#pragma once

#include "exec_credential.h"
#include "llc/kube/config.h"
#include "llc/sys/loop.h"

struct exec_plugin;

enum exec_plugin_answer {
        EXEC_PLUGIN_READY,
        EXEC_PLUGIN_PENDING, /* on_end will be called */
        EXEC_PLUGIN_FAILED,
};

/* exec is borrowed. on_end: what exec_plugin_get says may be another now. */
struct exec_plugin *exec_plugin_new(struct loop *loop, const struct kube_exec *exec,
                                    void (*on_end)(void *ctx), void *ctx);
/* Kills a run. NULL is fine. */
void exec_plugin_free(struct exec_plugin *plugin);

/* READY: *ret_credential is borrowed until the loop turns. FAILED: err says why. */
enum exec_plugin_answer exec_plugin_get(struct exec_plugin *plugin,
                                        const struct exec_credential **ret_credential,
                                        struct err *err);
/* Counts the credentials; never 0 when there is one. */
uint64_t exec_plugin_generation(const struct exec_plugin *plugin);

/* The server said 401 to the present credential. False: it is so new that another would not help. */
bool exec_plugin_refused(struct exec_plugin *plugin);
