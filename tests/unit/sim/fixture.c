#include "fixture.h"

#include <string.h>

#include "llc/sys/yaml.h"

const struct delete_options FIXTURE_DELETE = { .grace_s = -1 };

enum { TEXT_MAX = 64 * 1024 };

static const char THINGS[] =
        "apiVersion: apiextensions.k8s.io/v1\n"
        "kind: CustomResourceDefinition\n"
        "metadata: {name: things.example.dev}\n"
        "spec:\n"
        "  group: example.dev\n"
        "  scope: Namespaced\n"
        "  names: {plural: things, singular: thing, kind: Thing, listKind: ThingList}\n"
        "  versions:\n"
        "  - name: v1\n"
        "    served: true\n"
        "    storage: true\n"
        "    subresources:\n"
        "      status: {}\n"
        "      scale: {specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas}\n"
        "    schema:\n"
        "      openAPIV3Schema:\n"
        "        type: object\n"
        "        properties:\n"
        "          spec:\n"
        "            type: object\n"
        "            properties:\n"
        "              replicas: {type: integer}\n"
        "              paused: {type: boolean, default: false}\n"
        "              size: {type: integer, minimum: 0, maximum: 9}\n"
        "          status:\n"
        "            type: object\n"
        "            properties:\n"
        "              phase: {type: string}\n"
        "              replicas: {type: integer}\n";

struct json *fixture_tree(const char *yaml) {
        struct json *tree = NULL;
        struct err err;

        if (yaml_parse(bytes_of(yaml), &tree, &err) < 0)
                fail_msg("%s: %s", yaml, err.msg);
        return tree;
}

void fixture_init(struct fixture *fixture) {
        struct err err;

        *fixture = (struct fixture){ .namespace_ = "default" };
        fixture->refusal.arena = &fixture->arena;
        fixture->warnings.arena = &fixture->arena;
        fixture->options =
                (struct write_options){ .manager = "test", .warnings = &fixture->warnings };
        fixture->agenda = agenda_new(&(struct agenda_options){
                .is_virtual = true, .start_ms = FIXTURE_START_MS, .seed = 1 });
        fixture->storage = storage_new(&STORAGE_LIMITS_DEFAULT);
        assert_int_equal(kinds_new(fixture->storage, &fixture->kinds, &err), 0);
        fixture->sim = (struct sim){ .storage = fixture->storage,
                                     .kinds = fixture->kinds,
                                     .agenda = fixture->agenda };
        fixture_create(fixture, fixture_kind(fixture, "v1", "Namespace"),
                       "{metadata: {name: default}}");
        assert_int_equal(fixture->refusal.code, 0);
}

void fixture_deinit(struct fixture *fixture) {
        refusal_deinit(&fixture->refusal);
        kinds_free(fixture->kinds);
        storage_free(fixture->storage);
        agenda_free(fixture->agenda);
        arena_deinit(&fixture->arena);
}

const struct kind *fixture_kind(const struct fixture *fixture, const char *api_version,
                                const char *name) {
        const struct kind *kind = kinds_find_name(fixture->kinds, api_version, name);

        assert_non_null(kind);
        return kind;
}

const struct kind *fixture_things(struct fixture *fixture) {
        const struct kind *definitions =
                fixture_kind(fixture, "apiextensions.k8s.io/v1", "CustomResourceDefinition");

        if (!fixture_create(fixture, definitions, THINGS))
                fail_msg("%s", fixture->refusal.message);
        return fixture_kind(fixture, "example.dev/v1", "Thing");
}

static const char *namespace_of(const struct fixture *fixture, const struct kind *kind) {
        return kind->namespaced ? fixture->namespace_ : "";
}

/* The store, or for a dry run nobody, goes on holding it; the arena frees nothing, so a state that
 * was not stored is kept by its text. */
static struct record *borrowed(struct fixture *fixture, struct record *record) {
        struct record *copy = arena_alloc(&fixture->arena, sizeof(*copy));

        *copy = *record;
        copy->text = arena_strdup(&fixture->arena, record->text);
        copy->name = arena_strdup(&fixture->arena, record->name);
        copy->namespace_ = arena_strdup(&fixture->arena, record->namespace_);
        copy->uid = arena_strdup(&fixture->arena, record->uid);
        copy->labels = "";
        record_unref(record);
        return copy;
}

struct record *fixture_create(struct fixture *fixture, const struct kind *kind, const char *yaml) {
        struct written written;

        if (verb_create(&fixture->sim, kind, namespace_of(fixture, kind), fixture_tree(yaml),
                        &fixture->options, &written, &fixture->refusal) < 0)
                return NULL;
        return borrowed(fixture, written.record);
}

struct record *fixture_update(struct fixture *fixture, const struct kind *kind, const char *name,
                              const char *yaml) {
        struct written written;

        if (verb_update(&fixture->sim, kind, namespace_of(fixture, kind), name, fixture_tree(yaml),
                        &fixture->options, &written, &fixture->refusal) < 0)
                return NULL;
        return borrowed(fixture, written.record);
}

struct record *fixture_patch(struct fixture *fixture, const struct kind *kind, const char *name,
                             enum patch_type type, const char *yaml) {
        struct json *patch JSON_CLEANUP = fixture_tree(yaml);
        struct written written;

        if (verb_patch(&fixture->sim, kind, namespace_of(fixture, kind), name, type, patch,
                       &fixture->options, &written, &fixture->refusal) < 0)
                return NULL;
        return borrowed(fixture, written.record);
}

struct record *fixture_delete(struct fixture *fixture, const struct kind *kind, const char *name,
                              const struct delete_options *options, bool *ret_gone) {
        struct record *record;

        if (verb_delete(&fixture->sim, kind, namespace_of(fixture, kind), name, options, &record,
                        ret_gone, &fixture->refusal) < 0)
                return NULL;
        return borrowed(fixture, record);
}

struct record *fixture_get(struct fixture *fixture, const struct kind *kind, const char *name) {
        struct record *record;

        if (verb_get(&fixture->sim, kind, namespace_of(fixture, kind), name, &record,
                     &fixture->refusal) < 0)
                return NULL;
        return borrowed(fixture, record);
}

const char *fixture_value(struct fixture *fixture, const struct record *record, const char *path) {
        struct json *tree JSON_CLEANUP = record_tree(record);
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(TEXT_MAX);
        const struct json *value = tree;

        while (value && *path) {
                size_t length = strcspn(path, ".");

                value = json_get(value,
                                 arena_copy(&fixture->arena, (struct bytes){ path, length }));
                path += length;
                if (*path == '.')
                        path++;
        }
        if (!value)
                return "";
        json_write(value, &text);
        return arena_copy(&fixture->arena, strbuf_bytes(&text));
}

void fixture_assert_value(struct fixture *fixture, const struct record *record, const char *path,
                          const char *json) {
        if (!record)
                fail_msg("%s", fixture->refusal.message);
        assert_string_equal(fixture_value(fixture, record, path), json);
}

void fixture_assert_refused(const struct fixture *fixture, const struct record *record, int code,
                            const char *message) {
        if (record)
                fail_msg("not refused: %s", record->text);
        assert_string_equal(fixture->refusal.message, message);
        assert_int_equal(fixture->refusal.code, code);
}
