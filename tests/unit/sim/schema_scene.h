/*
 * A schema and values to hold against it, written with ' for " so that they can be read.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "schema/schema.h"

struct scene {
        struct arena arena;
        struct json *source, *definitions, *value, *before;
        struct strbuf text;
};

#define SCENE_INIT ((struct scene){ .text = STRBUF_INIT(1u << 20) })

static inline void scene_deinit(struct scene *scene) {
        arena_deinit(&scene->arena);
        json_free(scene->source);
        json_free(scene->definitions);
        json_free(scene->value);
        json_free(scene->before);
        strbuf_deinit(&scene->text);
}
#define SCENE_CLEANUP __attribute__((cleanup(scene_deinit)))

static inline struct json *parsed(const char *quoted) {
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(1u << 20);
        struct json *json = NULL;
        struct err err;

        for (const char *c = quoted; *c; c++)
                strbuf_append_char(&text, *c == '\'' ? '"' : *c);
        assert_int_equal(json_parse(strbuf_bytes(&text), &JSON_LIMITS_OBJECT, &json, &err), 0);
        return json;
}

/* definitions may be NULL. */
static inline const struct schema *compiled(struct scene *scene, const char *source,
                                            const char *definitions) {
        const struct schema *schema = NULL;
        struct err err;

        json_free(scene->source);
        json_free(scene->definitions);
        scene->source = parsed(source);
        scene->definitions = definitions ? parsed(definitions) : NULL;
        if (schema_compile(scene->source, scene->definitions, &scene->arena, &schema, &err) < 0)
                fail_msg("%s", err.msg);
        return schema;
}

/* Why it is. */
static inline const char *refused(struct scene *scene, const char *source,
                                  const char *definitions) {
        const struct schema *schema = NULL;
        struct err err = { .msg = "" };

        json_free(scene->source);
        json_free(scene->definitions);
        scene->source = parsed(source);
        scene->definitions = definitions ? parsed(definitions) : NULL;
        assert_int_equal(schema_compile(scene->source, scene->definitions, &scene->arena, &schema,
                                        &err),
                         -1);
        assert_int_equal(err.code, ERR_INVALID);
        return arena_strdup(&scene->arena, err.msg);
}

/* A line for each error. */
static inline const char *lines(struct scene *scene, const struct field_errors *errors) {
        strbuf_clear(&scene->text);
        for (size_t i = 0; i < errors->n; i++)
                strbuf_printf(&scene->text, "%s %s: %s\n",
                              field_error_reason(errors->items[i].type), errors->items[i].field,
                              errors->items[i].message);
        return strbuf_str(&scene->text);
}

static inline void read_values(struct scene *scene, const char *value, const char *before) {
        json_free(scene->value);
        json_free(scene->before);
        scene->value = parsed(value);
        scene->before = before ? parsed(before) : NULL;
}
