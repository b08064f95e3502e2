/*
 * What a client shows to say who it is: a token, the token of a file that somebody else renews, or
 * what an exec plugin answers. A configured client certificate is the transport's business.
 */
#pragma once

#include "bearer.h"
#include "exec_plugin.h"
#include "llc/kube/config.h"
#include "llc/sys/loop.h"

struct credentials {
        struct bearer bearer;
        struct exec_plugin *plugin; /* NULL = none */
};

/* One of them; borrowed until the loop turns. */
struct credential {
        const char *token;                  /* NULL = none */
        const struct exec_credential *exec; /* NULL = not by a plugin */
        uint64_t generation;                /* another number: another credential */
};

/* config must outlive it. on_change: credentials_get may say something else now. */
void credentials_init(struct credentials *credentials, struct loop *loop,
                      const struct kube_config *config, void (*on_change)(void *ctx), void *ctx);
void credentials_deinit(struct credentials *credentials);

enum credentials_answer {
        CREDENTIALS_READY,
        CREDENTIALS_PENDING, /* on_change will be called */
        CREDENTIALS_FAILED,
};

/* READY sets *ret_credential, FAILED sets err. */
enum credentials_answer credentials_get(struct credentials *credentials,
                                        struct credential *ret_credential, struct err *err);

/*
 * The server said 401 to the credential of this generation. True: another one is there, or will
 * be, so that it is worth to ask once more.
 */
bool credentials_refused(struct credentials *credentials, uint64_t generation);
