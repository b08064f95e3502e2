/*
 * llc-sim within this process, over TLS on a port of its own: a bench fills it without sockets,
 * and other processes find it by a kubeconfig.
 *
 * Its own Rollout and ReplicaSet controllers are left out: what they would do is said by the bench;
 * and nobody asks for endpoints.
 * What can't go wrong here ends the process with a message.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct stage;

/* folder: an empty one, for certificates and the kubeconfig. */
struct stage *stage_new(const char *folder);
void stage_free(struct stage *stage);

const char *stage_kubeconfig(const struct stage *stage);

/*
 * A request of the administrator; the answer's body, until the next one. The body of a PATCH is a
 * merge patch, another may be YAML or JSON.
 */
const char *stage_ask(struct stage *stage, const char *method, const char *target,
                      const char *body);

/* Serves until done says so, which is asked every few milliseconds; ends the process after limit_ms. */
void stage_serve_until(struct stage *stage, bool (*done)(void *ctx), void *ctx, int64_t limit_ms,
                       const char *what);
