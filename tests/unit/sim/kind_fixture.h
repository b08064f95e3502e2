/*
 * Objects through a kind's completion and checks, as a verb would put them, and what came of it.
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kinds/kind.h"
#include "kinds/metadata.h"
#include "llc/base/timestamp.h"
#include "llc/sys/yaml.h"

enum { FIXTURE_NOW_MS = 1000000 }; /* 1970-01-01T00:16:40Z */

struct fixture {
        struct storage *storage;
        struct kinds *kinds;
        struct arena arena;
};

static inline void fixture_init(struct fixture *fixture) {
        struct err err;

        *fixture = (struct fixture){ .storage = storage_new(&STORAGE_LIMITS_DEFAULT) };
        if (kinds_new(fixture->storage, &fixture->kinds, &err) < 0) {
                fprintf(stderr, "%s\n", err.msg);
                abort();
        }
}

static inline void fixture_deinit(struct fixture *fixture) {
        kinds_free(fixture->kinds);
        storage_free(fixture->storage);
        arena_deinit(&fixture->arena);
}
#define FIXTURE_CLEANUP __attribute__((cleanup(fixture_deinit)))

/* Of YAML text, for the caller to free. */
static inline struct json *tree_of(const char *yaml) {
        struct json *tree;
        struct err err;

        if (yaml_parse(bytes_of(yaml), &tree, &err) < 0) {
                fprintf(stderr, "%s: %s\n", yaml, err.msg);
                abort();
        }
        return tree;
}

/* As JSON text; in the arena. */
static inline const char *text_of_tree(struct fixture *fixture, const struct json *tree) {
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(1 << 20);

        json_write(tree, &text);
        return arena_strdup(&fixture->arena, strbuf_str(&text));
}

static inline const struct kind *kind_of(const struct fixture *fixture, const struct json *tree) {
        const struct kind *kind = kinds_find_name(fixture->kinds, json_text_at(tree, "apiVersion"),
                                                  json_text_at(tree, "kind"));

        if (!kind)
                abort();
        return kind;
}

/* Prunes and completes; before NULL = a new object. */
static inline void complete(const struct fixture *fixture, struct json *tree,
                            const struct json *before, enum part part) {
        const struct kind *kind = kind_of(fixture, tree);
        struct err err;

        if (kind->namespaced && !*json_text_at(json_get(tree, "metadata"), "namespace"))
                json_set_str(json_object_at(tree, "metadata"), "namespace", "default");
        schema_prune(kind->schema, tree, NULL);
        if (kind_complete(kind, tree, before, part, FIXTURE_NOW_MS, &err) < 0) {
                fprintf(stderr, "%s\n", err.msg);
                abort();
        }
}

/* What is wrong with it, one "field: message" a line; in the arena. */
static inline const char *errors_of(struct fixture *fixture, const struct json *tree,
                                    const struct json *before, enum part part) {
        struct field_errors errors = { .arena = &fixture->arena };
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(1 << 20);
        const struct kind *kind = kind_of(fixture, tree);

        metadata_validate(kind, tree, before, &errors);
        schema_validate(kind->schema, tree, before, &errors);
        if (kind->hooks && kind->hooks->validate)
                kind->hooks->validate(kind, tree, before, part, &errors);
        for (size_t i = 0; i < errors.n; i++)
                strbuf_printf(&text, "%s: %s\n", errors.items[i].field, errors.items[i].message);
        return arena_strdup(&fixture->arena, strbuf_str(&text));
}

/* Completed as a new object from YAML; for the caller to free. */
static inline struct json *created(const struct fixture *fixture, const char *yaml) {
        struct json *tree = tree_of(yaml);

        complete(fixture, tree, NULL, PART_OBJECT);
        return tree;
}

/* What is wrong with a new object. */
static inline const char *errors_of_new(struct fixture *fixture, const char *yaml) {
        struct json *tree JSON_CLEANUP = created(fixture, yaml);

        return errors_of(fixture, tree, NULL, PART_OBJECT);
}

/* What is wrong with changing an object (completed as new) into another state. */
static inline const char *errors_of_update(struct fixture *fixture, const char *before_yaml,
                                           const char *yaml, enum part part) {
        struct json *before JSON_CLEANUP = created(fixture, before_yaml);
        struct json *tree JSON_CLEANUP = tree_of(yaml);

        complete(fixture, tree, before, part);
        return errors_of(fixture, tree, before, part);
}

/* The cells of its row as JSON text; in the arena. */
static inline const char *cells_of(struct fixture *fixture, const char *yaml) {
        struct json *tree JSON_CLEANUP = tree_of(yaml), *cells JSON_CLEANUP = json_new_array();
        const struct kind *kind = kind_of(fixture, tree);

        kind->hooks->cells(kind, tree, FIXTURE_NOW_MS, cells);
        if (json_length(cells) != kind->n_columns)
                abort();
        return text_of_tree(fixture, cells);
}

/* A new object comes back with these members (besides apiVersion, kind and metadata), and nothing is
 * wrong with it. */
static inline void assert_comes_back(struct fixture *fixture, const char *yaml,
                                     const char *expected_yaml) {
        struct json *tree JSON_CLEANUP = created(fixture, yaml);
        struct json *expected JSON_CLEANUP = tree_of(expected_yaml);

        assert_string_equal(errors_of(fixture, tree, NULL, PART_OBJECT), "");
        json_remove(tree, "apiVersion");
        json_remove(tree, "kind");
        json_remove(tree, "metadata");
        if (!json_equal(tree, expected))
                assert_string_equal(text_of_tree(fixture, tree), text_of_tree(fixture, expected));
}

/* Why a new object cannot be decoded; in the arena. */
static inline const char *undecodable(struct fixture *fixture, const char *yaml) {
        struct json *tree JSON_CLEANUP = tree_of(yaml);
        struct err err = { .msg = "" };

        kind_complete(kind_of(fixture, tree), tree, NULL, PART_OBJECT, FIXTURE_NOW_MS, &err);
        return arena_strdup(&fixture->arena, err.msg);
}
