#include "scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "llc/base/strbuf.h"
#include "llc/sys/file.h"

#define STABLE "6d8f7b9c5"
#define NEXT   "79b5f4d6c8"
/* Rollout i is checkout-i, in the namespace of its number's turn. */
#define NAMESPACE "/namespaces/team-payments-%02d"
#define ROLLOUTS  "/apis/argoproj.io/v1alpha1" NAMESPACE "/rollouts"
#define CANARIES  "/apis/argo-canary.dev/v1alpha1" NAMESPACE "/longlivedcanaries"

enum { NAMESPACES = 50, TEXT_BYTES = 1900, BODY_MAX = 16 << 10, SOON_MS = 10 * 1000 };

/* Some 5 KB as the API server writes it: what was applied, and a pod template. */
static void create_rollout(struct scene *scene, int i) {
        char target[256], body[BODY_MAX];
        const int team = i % NAMESPACES;

        snprintf(target, sizeof(target), ROLLOUTS, team);
        snprintf(body, sizeof(body),
                 "{\"apiVersion\":\"argoproj.io/v1alpha1\",\"kind\":\"Rollout\",\"metadata\":{"
                 "\"name\":\"checkout-%05d\",\"labels\":{\"app\":\"checkout-%05d\",\"team\":"
                 "\"payments\"},\"annotations\":{\"rollout.argoproj.io/revision\":\"7\","
                 "\"kubectl.kubernetes.io/last-applied-configuration\":\"%0*d\"}},\"spec\":{"
                 "\"replicas\":3,\"selector\":{\"matchLabels\":{\"app\":\"checkout-%05d\"}},"
                 "\"template\":{\"metadata\":{\"labels\":{\"app\":\"checkout-%05d\"}},\"spec\":{"
                 "\"containers\":[{\"name\":\"app\",\"image\":\"registry.example.com/checkout:v1\","
                 "\"env\":[{\"name\":\"SETTINGS\",\"value\":\"%0*d\"}],\"resources\":{\"limits\":{"
                 "\"cpu\":\"1\",\"memory\":\"1Gi\"}}}]}},\"strategy\":{\"blueGreen\":{"
                 "\"activeService\":\"checkout-%05d\",\"autoPromotionEnabled\":false}}}}",
                 i, i, TEXT_BYTES, i, i, i, TEXT_BYTES, i, i);
        stage_ask(scene->stage, "POST", target, body);
        snprintf(target, sizeof(target), ROLLOUTS "/checkout-%05d/status", team, i);
        stage_ask(scene->stage, "PATCH", target,
                  "{\"status\":{\"stableRS\":\"" STABLE "\",\"currentPodHash\":\"" STABLE "\","
                  "\"observedGeneration\":\"1\",\"phase\":\"Healthy\",\"replicas\":3,"
                  "\"readyReplicas\":3,\"updatedReplicas\":3,\"availableReplicas\":3,"
                  "\"conditions\":[{\"lastTransitionTime\":\"2026-01-02T03:04:05Z\","
                  "\"lastUpdateTime\":\"2026-01-02T03:04:05Z\",\"message\":\"Rollout has minimum "
                  "availability\",\"reason\":\"AvailableReason\",\"status\":\"True\",\"type\":"
                  "\"Available\"}]}}");
}

static void create_service(struct scene *scene, int i) {
        char target[256], body[BODY_MAX];

        snprintf(target, sizeof(target), "/api/v1/namespaces/team-payments-%02d/services",
                 i % NAMESPACES);
        snprintf(body, sizeof(body),
                 "{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"name\":"
                 "\"checkout-%05d\"},\"spec\":{\"selector\":{\"app\":\"checkout-%05d\","
                 "\"rollouts-pod-template-hash\":\"" STABLE "\"},\"ports\":[{\"port\":80}]}}",
                 i, i);
        stage_ask(scene->stage, "POST", target, body);
}

static void uid_of(const char *object, char ret_uid[static 64]) {
        static const char mark[] = "\"uid\":\"";
        const char *at = strstr(object, mark);

        snprintf(ret_uid, 64, "%.36s", at ? at + strlen(mark) : "");
}

static void create_replicaset(struct scene *scene, int i, const char *hash) {
        char target[256], body[BODY_MAX], uid[64];

        snprintf(target, sizeof(target), ROLLOUTS "/checkout-%05d", i % NAMESPACES, i);
        uid_of(stage_ask(scene->stage, "GET", target, NULL), uid);
        snprintf(target, sizeof(target), "/apis/apps/v1/namespaces/team-payments-%02d/replicasets",
                 i % NAMESPACES);
        snprintf(body, sizeof(body),
                 "{\"apiVersion\":\"apps/v1\",\"kind\":\"ReplicaSet\",\"metadata\":{\"name\":"
                 "\"checkout-%05d-%s\",\"labels\":{\"rollouts-pod-template-hash\":\"%s\"},"
                 "\"ownerReferences\":[{\"apiVersion\":"
                 "\"argoproj.io/v1alpha1\",\"kind\":\"Rollout\",\"name\":\"checkout-%05d\","
                 "\"uid\":\"%s\",\"controller\":true}]},\"spec\":{\"replicas\":3,\"selector\":{"
                 "\"matchLabels\":{"
                 "\"app\":\"checkout-%05d\",\"rollouts-pod-template-hash\":\"%s\"}},\"template\":{"
                 "\"metadata\":{\"labels\":{\"app\":\"checkout-%05d\","
                 "\"rollouts-pod-template-hash\":\"%s\"}},\"spec\":{\"containers\":[{\"name\":"
                 "\"app\",\"image\":\"registry.example.com/checkout:v1\"}]}}}}",
                 i, hash, hash, i, uid, i, hash, i, hash);
        stage_ask(scene->stage, "POST", target, body);
        snprintf(target, sizeof(target),
                 "/apis/apps/v1/namespaces/team-payments-%02d/replicasets/checkout-%05d-%s/status",
                 i % NAMESPACES, i, hash);
        stage_ask(scene->stage, "PATCH", target,
                  "{\"status\":{\"replicas\":3,\"readyReplicas\":3,\"availableReplicas\":3}}");
}

static void create_canary(struct scene *scene, int i) {
        char target[256], body[BODY_MAX];

        snprintf(target, sizeof(target), CANARIES, i % NAMESPACES);
        snprintf(body, sizeof(body),
                 "{\"apiVersion\":\"argo-canary.dev/v1alpha1\",\"kind\":\"LongLivedCanary\","
                 "\"metadata\":{\"name\":\"jdk21\"},\"spec\":{\"rolloutRef\":{\"name\":"
                 "\"checkout-%05d\"},\"image\":\"registry.example.com/checkout:jdk21\","
                 "\"replicas\":%d}}",
                 i, SCENE_REPLICAS);
        stage_ask(scene->stage, "POST", target, body);
}

static void create_definition(struct scene *scene) {
        STRBUF_CLEANUP struct strbuf text = STRBUF_INIT(1 << 20);
        struct err err;

        if (file_read(LLC_SOURCE_DIR "/crds/longlivedcanaries.argo-canary.dev.yaml", &text, &err) <
            0) {
                fprintf(stderr, "bench: %s\n", err.msg);
                exit(EXIT_FAILURE);
        }
        stage_ask(scene->stage, "POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
                  strbuf_str(&text));
}

static bool is_established(void *ctx) {
        struct scene *scene = ctx;

        return strstr(stage_ask(scene->stage, "GET",
                                "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/"
                                "longlivedcanaries.argo-canary.dev",
                                NULL),
                      "\"Established\"");
}

void scene_add_rollouts(struct scene *scene, int n) {
        for (; scene->n_rollouts < n; scene->n_rollouts++)
                create_rollout(scene, scene->n_rollouts);
}

void scene_add_services(struct scene *scene, int n) {
        for (; scene->n_services < n; scene->n_services++)
                create_service(scene, scene->n_services);
}

void scene_init(struct scene *scene, struct stage *stage) {
        char body[256];

        *scene = (struct scene){ .stage = stage, .hash = STABLE, .replicas = SCENE_REPLICAS };
        create_definition(scene);
        for (int i = 0; i < NAMESPACES; i++) {
                snprintf(body, sizeof(body),
                         "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":"
                         "\"team-payments-%02d\"}}",
                         i);
                stage_ask(scene->stage, "POST", "/api/v1/namespaces", body);
                snprintf(body, sizeof(body),
                         "/api/v1/namespaces/team-payments-%02d/serviceaccounts", i);
                stage_ask(scene->stage, "POST", body,
                          "{\"apiVersion\":\"v1\",\"kind\":\"ServiceAccount\",\"metadata\":{"
                          "\"name\":\"default\"}}");
        }
        scene_add_rollouts(scene, SCENE_CANARIES);
        scene_add_services(scene, SCENE_CANARIES);
        for (int i = 0; i < SCENE_CANARIES; i++) {
                create_replicaset(scene, i, STABLE);
                create_replicaset(scene, i, NEXT);
        }
        stage_serve_until(scene->stage, is_established, scene, SOON_MS, "the CRD");
        for (int i = 0; i < SCENE_CANARIES; i++)
                create_canary(scene, i);
}

void scene_scale(struct scene *scene, int replicas) {
        char target[256], body[64];

        scene->replicas = replicas;
        snprintf(body, sizeof(body), "{\"spec\":{\"replicas\":%d}}", replicas);
        for (int i = 0; i < SCENE_CANARIES; i++) {
                snprintf(target, sizeof(target), CANARIES "/jdk21", i % NAMESPACES);
                stage_ask(scene->stage, "PATCH", target, body);
        }
}

/* What Argo does to the objects that a controller of canaries watches. */
static void promote(struct scene *scene, int i) {
        char target[256], body[256];

        snprintf(body, sizeof(body),
                 "{\"spec\":{\"template\":{\"metadata\":{\"annotations\":{\"version\":\"%s\"}}}}}",
                 scene->hash);
        snprintf(target, sizeof(target), ROLLOUTS "/checkout-%05d", i % NAMESPACES, i);
        stage_ask(scene->stage, "PATCH", target, body);
        snprintf(body, sizeof(body),
                 "{\"spec\":{\"selector\":{\"rollouts-pod-template-hash\":\"%s\"}}}", scene->hash);
        snprintf(target, sizeof(target), "/api/v1" NAMESPACE "/services/checkout-%05d",
                 i % NAMESPACES, i);
        stage_ask(scene->stage, "PATCH", target, body);
        snprintf(body, sizeof(body), "{\"status\":{\"stableRS\":\"%s\",\"currentPodHash\":\"%s\"}}",
                 scene->hash, scene->hash);
        snprintf(target, sizeof(target), ROLLOUTS "/checkout-%05d/status", i % NAMESPACES, i);
        stage_ask(scene->stage, "PATCH", target, body);
}

void scene_promote(struct scene *scene) {
        scene->hash = strcmp(scene->hash, STABLE) == 0 ? NEXT : STABLE;
        for (int i = 0; i < SCENE_CANARIES; i++)
                promote(scene, i);
}

void scene_forget_events(struct scene *scene) {
        char target[256];

        for (int i = 0; i < NAMESPACES; i++) {
                snprintf(target, sizeof(target), "/apis/events.k8s.io/v1" NAMESPACE "/events", i);
                stage_ask(scene->stage, "DELETE", target, NULL);
        }
}

/* How many objects a list has. */
static int count(struct scene *scene, const char *target) {
        static const char mark[] = "\"creationTimestamp\":";
        int n = 0;

        for (const char *at = stage_ask(scene->stage, "GET", target, NULL); (at = strstr(at, mark));
             at += strlen(mark))
                n++;
        return n;
}

bool scene_is_followed(void *ctx) {
        struct scene *scene = ctx;
        char target[256];

        snprintf(target, sizeof(target),
                 "/api/v1/"
                 "pods?labelSelector=argo-canary.dev%%2Fname,rollouts-pod-template-hash%%3D%s",
                 scene->hash);
        return count(scene, target) == SCENE_CANARIES * scene->replicas;
}
