#include "cluster.h"

#include <stdio.h>
#include <string.h>

#include "llc/sys/yaml.h"
#include "storage/selector.h"

enum { FILE_MAX = 256 * 1024 };

void cluster_init(struct cluster *cluster, const struct actor_type *const *types) {
        cluster->n = 0;
        fixture_init(&cluster->fixture);
        for (; types[cluster->n]; cluster->n++) {
                cluster->types[cluster->n] = types[cluster->n];
                cluster->actors[cluster->n] = types[cluster->n]->start(&cluster->fixture.sim);
        }
        cluster_run(cluster, 0);
}

void cluster_deinit(struct cluster *cluster) {
        while (cluster->n-- > 0)
                cluster->types[cluster->n]->stop(cluster->actors[cluster->n]);
        fixture_deinit(&cluster->fixture);
}

void cluster_run(struct cluster *cluster, int64_t ms) {
        agenda_advance(cluster->fixture.agenda, ms);
}

const struct kind *cluster_kind(const struct cluster *cluster, const char *name) {
        const struct kind *kind;
        size_t cursor = 0;

        while (kinds_next(cluster->fixture.kinds, &cursor, &kind))
                if (strcmp(kind->name, name) == 0)
                        return kind;
        fail_msg("no kind %s", name);
        return NULL;
}

void cluster_create_tree(struct cluster *cluster, struct json *tree) {
        struct fixture *fixture = &cluster->fixture;
        const struct kind *kind = kinds_find_name(fixture->kinds, json_text_at(tree, "apiVersion"),
                                                  json_text_at(tree, "kind"));
        struct written written;

        if (!kind)
                fail_msg("no kind %s", json_text_at(tree, "kind"));
        if (verb_create(&fixture->sim, kind, kind->namespaced ? fixture->namespace_ : "", tree,
                        &fixture->options, &written, &fixture->refusal) < 0)
                fail_msg("%s", fixture->refusal.message);
        record_unref(written.record);
}

void cluster_create(struct cluster *cluster, const char *yaml) {
        struct json *documents = NULL;
        struct err err;

        if (yaml_parse_all(bytes_of(yaml), &documents, &err) < 0)
                fail_msg("%s: %s", yaml, err.msg);
        for (size_t i = 0; i < json_length(documents); i++)
                cluster_create_tree(cluster, json_take_at(documents, i));
        json_free(documents);
        cluster_run(cluster, 0);
}

const char *cluster_file(struct cluster *cluster, const char *path) {
        char *text = arena_alloc(&cluster->fixture.arena, FILE_MAX);
        FILE *file =
                fopen(arena_printf(&cluster->fixture.arena, "%s/%s", LLC_SOURCE_DIR, path), "r");
        size_t n;

        assert_non_null(file);
        n = fread(text, 1, FILE_MAX - 1, file);
        fclose(file);
        text[n] = '\0';
        return text;
}

void cluster_patch(struct cluster *cluster, const char *kind, const char *name, enum part part,
                   const char *yaml) {
        struct fixture *fixture = &cluster->fixture;
        struct record *record;

        fixture->options.part = part;
        record = fixture_patch(fixture, cluster_kind(cluster, kind), name, PATCH_MERGE, yaml);
        fixture->options.part = PART_OBJECT;
        if (!record)
                fail_msg("%s", fixture->refusal.message);
        cluster_run(cluster, 0);
}

void cluster_delete(struct cluster *cluster, const char *kind, const char *name) {
        struct fixture *fixture = &cluster->fixture;
        bool gone;

        if (!fixture_delete(fixture, cluster_kind(cluster, kind), name, &FIXTURE_DELETE, &gone))
                fail_msg("%s", fixture->refusal.message);
        cluster_run(cluster, 0);
}

struct record *cluster_get(const struct cluster *cluster, const char *kind_name, const char *name) {
        const struct kind *kind = cluster_kind(cluster, kind_name);

        return collection_get(kind->objects, kind->namespaced ? cluster->fixture.namespace_ : "",
                              name);
}

const char *cluster_value(struct cluster *cluster, const char *kind, const char *name,
                          const char *path) {
        struct record *record = cluster_get(cluster, kind, name);

        if (!record)
                fail_msg("no %s %s", kind, name);
        return fixture_value(&cluster->fixture, record, path);
}

void cluster_assert(struct cluster *cluster, const char *kind, const char *name, const char *path,
                    const char *json) {
        const char *value = cluster_value(cluster, kind, name, path);
        JSON_CLEANUP struct json *is = *value ? fixture_tree(value) : NULL;
        JSON_CLEANUP struct json *should = *json ? fixture_tree(json) : NULL;

        if (!json_equal(is, should))
                fail_msg("%s of %s is %s, not %s", path, name, value, json);
}

const char *cluster_text(struct cluster *cluster, const char *kind, const char *name,
                         const char *path) {
        const char *json = cluster_value(cluster, kind, name, path);
        size_t len = strlen(json);

        if (len < 2 || json[0] != '"')
                return json;
        return arena_copy(&cluster->fixture.arena, (struct bytes){ json + 1, len - 2 });
}

const char *cluster_condition(struct cluster *cluster, const char *kind, const char *name,
                              const char *type) {
        struct record *record = cluster_get(cluster, kind, name);
        JSON_CLEANUP struct json *tree = record ? record_tree(record) : NULL;
        const struct json *conditions = json_get(json_get(tree, "status"), "conditions");

        for (size_t i = 0; i < json_length(conditions); i++) {
                const struct json *condition = json_at(conditions, i);
                const char *status = json_text_at(condition, "status");

                if (strcmp(json_text_at(condition, "type"), type) == 0)
                        return arena_printf(&cluster->fixture.arena, "%s%s: %s",
                                            strcmp(status, "True") == 0 ? "" : "!",
                                            json_text_at(condition, "reason"),
                                            json_text_at(condition, "message"));
        }
        return "";
}

struct naming {
        struct arena *arena;
        const struct selector *selector;
        const char *names;
        size_t n;
};

static bool add_name(void *ctx, struct record *record) {
        struct naming *naming = ctx;

        if (!selector_matches(naming->selector, record->labels))
                return true;
        naming->names =
                arena_printf(naming->arena, "%s%s%s%s", naming->names, *naming->names ? " " : "",
                             record->deleting ? "-" : "", record->name);
        naming->n += !record->deleting;
        return true;
}

static struct naming names_of(struct cluster *cluster, const char *kind, const char *selector) {
        struct naming naming = { .arena = &cluster->fixture.arena, .names = "" };
        struct err err;

        assert_int_equal(selector_parse(selector, naming.arena, &naming.selector, &err), 0);
        collection_walk(cluster_kind(cluster, kind)->objects, "", "", "", add_name, &naming);
        return naming;
}

const char *cluster_names(struct cluster *cluster, const char *kind, const char *selector) {
        return names_of(cluster, kind, selector).names;
}

size_t cluster_count(struct cluster *cluster, const char *kind, const char *selector) {
        return names_of(cluster, kind, selector).n;
}

int64_t cluster_revision(const struct cluster *cluster) {
        return storage_revision(cluster->fixture.storage);
}
