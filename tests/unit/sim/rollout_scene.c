#include "rollout_scene.h"

#include <stdlib.h>
#include <string.h>

#include "llc/sys/yaml.h"

static const struct actor_type *const ACTORS[] = {
        &GARBAGE_COLLECTOR, &REPLICASETS, &DEPLOYMENTS, &KUBELET, &ROLLOUTS, NULL,
};

static struct json *deployment_of(struct json *template_) {
        struct json *deployment =
                fixture_tree("{apiVersion: apps/v1, kind: Deployment, metadata: {name: " DEMO
                             "}, spec: {replicas: 0, selector: {matchLabels: {app: " DEMO "}}}}");

        json_set(json_object_at(deployment, "spec"), "template", template_);
        return deployment;
}

static void create(struct scene *scene, const char *strategy) {
        const char *text = cluster_file(&scene->cluster, "examples/blue-green/rollout.yaml");
        JSON_CLEANUP struct json *documents = NULL;
        struct json *spec;
        struct err err;

        assert_int_equal(yaml_parse_all(bytes_of(text), &documents, &err), 0);
        spec = json_object_at(json_at_mut(documents, 0), "spec");
        if (strategy)
                json_set(spec, "strategy", fixture_tree(strategy));
        if (scene->has_workload) {
                json_append(documents, deployment_of(json_take(spec, "template")));
                json_remove(spec, "template");
                json_set(spec, "workloadRef",
                         fixture_tree("{apiVersion: apps/v1, kind: Deployment, name: " DEMO "}"));
        }
        for (size_t i = 0; i < json_length(documents); i++)
                cluster_create_tree(&scene->cluster, json_take_at(documents, i));
        cluster_run(&scene->cluster, 0);
}

void scene_init(struct scene *scene, const char *strategy, bool has_workload) {
        scene->has_workload = has_workload;
        cluster_init(&scene->cluster, ACTORS);
        create(scene, strategy);
}

void scene_init_healthy(struct scene *scene, const char *strategy, bool has_workload) {
        scene_init(scene, strategy, has_workload);
        scene_rest(scene);
}

void scene_deinit(struct scene *scene) {
        cluster_deinit(&scene->cluster);
}

void scene_rest(struct scene *scene) {
        cluster_run(&scene->cluster, 1000);
}

static void patch_json(struct scene *scene, const char *kind, const char *yaml) {
        struct fixture *fixture = &scene->cluster.fixture;

        if (!fixture_patch(fixture, cluster_kind(&scene->cluster, kind), DEMO, PATCH_JSON, yaml))
                fail_msg("%s", fixture->refusal.message);
        cluster_run(&scene->cluster, 0);
}

static const char *template_owner(const struct scene *scene) {
        return scene->has_workload ? "Deployment" : "Rollout";
}

void scene_set_image(struct scene *scene, const char *colour) {
        patch_json(scene, template_owner(scene),
                   arena_printf(&scene->cluster.fixture.arena,
                                "[{op: replace, path: /spec/template/spec/containers/0/image, "
                                "value: \"argoproj/rollouts-demo:%s\"}]",
                                colour));
}

static void patch_status(struct scene *scene, const char *yaml) {
        cluster_patch(&scene->cluster, "Rollout", DEMO, PART_STATUS, yaml);
}

void scene_promote(struct scene *scene) {
        patch_status(scene, "{status: {pauseConditions: null}}");
}

void scene_promote_full(struct scene *scene) {
        if (strcmp(scene_text(scene, "status.currentPodHash"), scene_stable(scene)) != 0)
                patch_status(scene, "{status: {promoteFull: true}}");
}

void scene_abort(struct scene *scene) {
        patch_status(scene, "{status: {abort: true}}");
}

void scene_retry(struct scene *scene) {
        patch_status(scene, "{status: {abort: false}}");
}

void scene_patch(struct scene *scene, const char *yaml) {
        cluster_patch(&scene->cluster, "Rollout", DEMO, PART_OBJECT, yaml);
}

void scene_pause(struct scene *scene, bool paused) {
        scene_patch(scene, paused ? "{spec: {paused: true}}" : "{spec: {paused: false}}");
}

void scene_scale(struct scene *scene, int replicas) {
        cluster_patch(&scene->cluster, "Rollout", DEMO, PART_SCALE,
                      arena_printf(&scene->cluster.fixture.arena, "{spec: {replicas: %d}}",
                                   replicas));
}

struct search {
        const char *text; /* of the ReplicaSet that is looked for */
        long first, second;
        struct json *found;
};

/* Of a Rollout: those of its Deployment have no hash of Argo's. */
static bool is_ours(const struct record *record) {
        return record_label(record, "rollouts-pod-template-hash") != NULL;
}

static long revision_of(const struct json *set) {
        return strtol(json_text_at(json_get(json_get(set, "metadata"), "annotations"),
                                   "rollout.argoproj.io/revision"),
                      NULL, 10);
}

static bool find_second(void *ctx, struct record *record) {
        struct search *search = ctx;
        JSON_CLEANUP struct json *tree = record_tree(record);
        long revision = is_ours(record) ? revision_of(tree) : 0;

        if (revision > search->first) {
                search->second = search->first;
                search->first = revision;
        } else if (revision > search->second) {
                search->second = revision;
        }
        return true;
}

static bool take_second(void *ctx, struct record *record) {
        struct search *search = ctx;
        struct json *tree = record_tree(record);

        if (is_ours(record) && revision_of(tree) == search->second) {
                search->found = tree;
                return false;
        }
        json_free(tree);
        return true;
}

void scene_undo(struct scene *scene) {
        const struct kind *sets = cluster_kind(&scene->cluster, "ReplicaSet");
        struct search search = { 0 };
        STRBUF_CLEANUP struct strbuf text = STRBUF_INIT(1 << 16);
        struct json *template_;

        collection_walk(sets->objects, "", "", "", find_second, &search);
        collection_walk(sets->objects, "", "", "", take_second, &search);
        if (!search.found)
                return; /* kubectl: no revision found */
        template_ = json_get_mut(json_get_mut(search.found, "spec"), "template");
        json_remove(json_get_mut(json_get_mut(template_, "metadata"), "labels"),
                    "rollouts-pod-template-hash");
        strbuf_puts(&text, "[{\"op\":\"replace\",\"path\":\"/spec/template\",\"value\":");
        json_write(template_, &text);
        strbuf_puts(&text, "}]");
        json_free(search.found);
        patch_json(scene, template_owner(scene), strbuf_str(&text));
}

const char *scene_text(struct scene *scene, const char *path) {
        return cluster_text(&scene->cluster, "Rollout", DEMO, path);
}

const char *scene_phase(struct scene *scene) {
        return arena_printf(&scene->cluster.fixture.arena, "%s: %s",
                            scene_text(scene, "status.phase"), scene_text(scene, "status.message"));
}

const char *scene_stable(struct scene *scene) {
        return scene_text(scene, "status.stableRS");
}

const char *scene_hash(struct scene *scene, const char *service) {
        return cluster_text(&scene->cluster, "Service", service,
                            "spec.selector.rollouts-pod-template-hash");
}

static bool find_image(void *ctx, struct record *record) {
        struct search *search = ctx;

        if (!is_ours(record) || !strstr(record->text, search->text))
                return true;
        search->found = record_tree(record);
        return false;
}

const char *scene_hash_of(struct scene *scene, const char *colour) {
        struct arena *arena = &scene->cluster.fixture.arena;
        struct search search = { .text = arena_printf(arena, "rollouts-demo:%s\"", colour) };
        const char *hash;

        collection_walk(cluster_kind(&scene->cluster, "ReplicaSet")->objects, "", "", "",
                        find_image, &search);
        hash = arena_strdup(arena,
                            json_text_at(json_get(json_get(search.found, "metadata"), "labels"),
                                         "rollouts-pod-template-hash"));
        json_free(search.found);
        return hash;
}

size_t scene_pods(struct scene *scene, const char *hash) {
        return cluster_count(&scene->cluster, "Pod",
                             arena_printf(&scene->cluster.fixture.arena,
                                          "rollouts-pod-template-hash=%s", hash));
}

const char *scene_set_text(struct scene *scene, const char *hash, const char *path) {
        return cluster_text(&scene->cluster, "ReplicaSet",
                            arena_printf(&scene->cluster.fixture.arena, DEMO "-%s", hash), path);
}

static void see(struct scene *scene, bool is_true, const char *what) {
        if (is_true && !strstr(scene->seen, what))
                scene->seen =
                        arena_printf(&scene->cluster.fixture.arena, "%s%s", scene->seen, what);
}

static void watch(void *ctx, const struct change *change) {
        struct scene *scene = ctx;
        const struct kind *kind = collection_owner(change->collection);
        JSON_CLEANUP struct json *tree = record_tree(change->record);
        const struct json *selector = json_get(json_get(tree, "spec"), "selector");
        const struct json *status = json_get(tree, "status");

        if (strcmp(change->record->name, DEMO) != 0)
                return;
        if (strcmp(kind->name, "Service") == 0) {
                see(scene,
                    strcmp(json_text_at(selector, "rollouts-pod-template-hash"), scene->watched) ==
                            0,
                    "service ");
        } else if (strcmp(kind->name, "Rollout") == 0) {
                see(scene, strcmp(json_text_at(status, "stableRS"), scene->watched) == 0,
                    "stable ");
                see(scene,
                    strcmp(json_text_at(json_get(status, "blueGreen"), "activeSelector"),
                           scene->watched) == 0,
                    "active ");
        }
}

void scene_watch(struct scene *scene, const char *hash) {
        scene->watched = hash;
        scene->seen = "";
        storage_listen(scene->cluster.fixture.storage,
                       (struct listener){ .fn = watch, .ctx = scene });
}

const char *scene_seen(struct scene *scene) {
        storage_unlisten(scene->cluster.fixture.storage,
                         (struct listener){ .fn = watch, .ctx = scene });
        return scene->seen;
}
