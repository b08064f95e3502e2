/*
 * The whole controller between a scripted server and a clock that stands still.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller.h"
#include "llc/base/json.h"
#include "support/fake_client.h"
#include "support/fake_loop.h"

#define LLCS     "/apis/argo-canary.dev/v1alpha1/"
#define ROLLOUTS "/apis/argoproj.io/v1alpha1/"
#define PODS     "/api/v1/pods"
#define SERVICES "/api/v1/services"

#define LLC_OF(version, replicas, status)                                                          \
        "{\"metadata\":{\"name\":\"jdk\",\"namespace\":\"n\",\"uid\":\"u1\","                      \
        "\"resourceVersion\":\"" version "\",\"generation\":1},"                                   \
        "\"spec\":{\"rolloutRef\":{\"name\":\"app\"},\"image\":\"i:2\",\"replicas\":" replicas     \
        "}" status "}"

#define LLC LLC_OF("5", "1", "")

/* A live read of it, and an answer. */
#define CANARY_READ  "GET /apis/argo-canary.dev/v1alpha1/namespaces/n/longlivedcanaries/jdk"
#define CANARY_ALIVE "{\"metadata\":{\"name\":\"jdk\",\"namespace\":\"n\",\"uid\":\"u1\"}}"

#define ROLLOUT(version, hash)                                                                     \
        "{\"metadata\":{\"name\":\"app\",\"namespace\":\"n\",\"uid\":\"r1\","                      \
        "\"resourceVersion\":\"" version "\",\"generation\":1},"                                   \
        "\"spec\":{\"selector\":{\"matchLabels\":{\"app\":\"app\"}}},"                             \
        "\"status\":{\"stableRS\":\"" hash "\"}}"

#define REPLICASET                                                                                 \
        "{\"metadata\":{\"name\":\"app-aaa\",\"namespace\":\"n\",\"uid\":\"s1\","                  \
        "\"resourceVersion\":\"7\",\"labels\":{\"rollouts-pod-template-hash\":\"aaa\"},"           \
        "\"ownerReferences\":[{\"apiVersion\":\"argoproj.io/v1alpha1\",\"kind\":\"Rollout\","      \
        "\"name\":\"app\",\"uid\":\"r1\",\"controller\":true}]},"                                  \
        "\"spec\":{\"template\":{\"metadata\":{\"labels\":{\"app\":\"app\","                       \
        "\"rollouts-pod-template-hash\":\"aaa\"}},"                                                \
        "\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"i:1\"}]}}},"                        \
        "\"status\":{\"readyReplicas\":1}}"

/* What the server answers to a write, as far as we read it. */
#define ANSWER(version) ANSWER_OF("x", version)
#define ANSWER_OF(uid, version)                                                                    \
        "{\"metadata\":{\"name\":\"x\",\"uid\":\"" uid "\",\"resourceVersion\":\"" version "\"}}"

#define BOOKMARK(kind, version)                                                                    \
        "{\"kind\":\"" kind "\",\"metadata\":{\"resourceVersion\":\"" version "\"}}"

struct fixture {
        struct loop *loop;
        struct client *client;
        struct controller *controller;
        bool drained;
        /* A server that refuses: see serve(). */
        struct json *status; /* of the canary, as patched */
        unsigned version, n_creates, n_statuses;
        char pod[4096]; /* a canary pod as the server would have it */
};

/* For cmocka_unit_test_setup_teardown: the informers have begun their lists. */
int fixture_setup(void **state);
int fixture_teardown(void **state);

#define FIXTURE_TEST(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)

/* The open call whose "METHOD target" contains text; it must be there. */
struct client_call *expect_call(struct fixture *f, const char *text);
/* The open create of a pod whose name starts so. */
struct client_call *find_create(struct fixture *f, const char *name);
void expect_no_write(struct fixture *f);
void expect_no_pod_patch(struct fixture *f);
/* For ten seconds; not even the template is asked for. */
void expect_no_create(struct fixture *f);

void answer_list(struct fixture *f, const char *path, const char *items);
void send_event(struct fixture *f, const char *path, const char *type, const char *object);
/* Puts the pod that the controller asks for into f->pod, as the server would store it. */
void store_pod(struct fixture *f, struct client_call *create, const char *version,
               const char *hash);

/* A server that answers all but creates, for so long; next says what becomes of a create. */
void serve(struct fixture *f, int64_t ms, void (*next)(const struct fixture *f, struct err *err),
           const char *pod);
/* Of f->status. */
const struct json *condition_member(const struct fixture *f, const char *type, const char *key);

/* The caches are filled; the canary has no pod yet and its first pass waits for the template. */
void start_with_no_pod(struct fixture *f);
/* One ready pod with the stable hash; every status write so far is answered. */
void start_converged(struct fixture *f);
