/*
 * Our own CustomResourceDefinition against what the real API server answered to each manifest in
 * tests/e2e/testdata/manifests (answers.txt there, written by the e2e test of that name).
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "llc/sys/file.h"
#include "llc/sys/yaml.h"
#include "schema/schema.h"

#define MANIFESTS LLC_SOURCE_DIR "/tests/e2e/testdata/manifests/"
#define CRD       LLC_SOURCE_DIR "/crds/longlivedcanaries.argo-canary.dev.yaml"

/* Said by others than the schema: the scale subresource's path begins with a dot. */
#define SCALE "* .spec.replicas: "

enum { FILE_MAX_BYTES = 1 << 20 };

struct scene {
        struct arena arena;
        struct json *crd;
        const struct schema *schema;
        struct strbuf answers;
};

static struct json *read_yaml(const char *path) {
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(FILE_MAX_BYTES);
        struct json *all = NULL;
        struct err err;

        if (file_read(path, &text, &err) < 0 || yaml_parse_all(strbuf_bytes(&text), &all, &err) < 0)
                fail_msg("%s: %s", path, err.msg);
        return all;
}

static int setup(void **state) {
        struct scene *scene = calloc(1, sizeof(*scene));
        const struct json *version;
        struct err err;

        assert_non_null(scene);
        scene->answers = STRBUF_INIT(FILE_MAX_BYTES);
        scene->crd = read_yaml(CRD);
        version = json_at(json_get(json_get(json_at(scene->crd, 0), "spec"), "versions"), 0);
        if (schema_compile(json_get(json_get(version, "schema"), "openAPIV3Schema"), NULL,
                           &scene->arena, &scene->schema, &err) < 0 ||
            file_read(MANIFESTS "answers.txt", &scene->answers, &err) < 0)
                fail_msg("%s", err.msg);
        *state = scene;
        return 0;
}

static int teardown(void **state) {
        struct scene *scene = *state;

        arena_deinit(&scene->arena);
        json_free(scene->crd);
        strbuf_deinit(&scene->answers);
        free(scene);
        return 0;
}

/* What stands under the file's name, without what the scale subresource has to say. */
static void expect(const struct scene *scene, const char *file, struct strbuf *out) {
        char heading[128];
        const char *start, *end;

        snprintf(heading, sizeof(heading), "%s:\n", file);
        start = strstr(strbuf_str(&scene->answers), heading);
        if (!start || (start > scene->answers.data && start[-1] != '\n'))
                fail_msg("no answer for %s", file);
        for (start += strlen(heading); *start && *start != '\n'; start = end + 1) {
                end = strchr(start, '\n');
                assert_non_null(end);
                if (strncmp(start, SCALE, strlen(SCALE)) != 0)
                        strbuf_append(out, (struct bytes){ start, (size_t)(end - start) + 1 });
        }
}

/* As kubectl says it: "…: one" or a line for each; both forms become the latter. */
static void as_lines(const char *answer, struct strbuf *out) {
        const char *invalid = strstr(answer, "\" is invalid: ");

        if (!invalid)
                strbuf_puts(out, answer);
        else if (strncmp(invalid + 14, "\n", 1) == 0)
                strbuf_puts(out, invalid + 15);
        else
                strbuf_printf(out, "* %s", invalid + 14);
}

static void answer_of(const struct scene *scene, struct json *object, const struct json *before,
                      struct strbuf *out) {
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        struct field_errors errors = { .arena = &arena };
        struct strings unknown = { .arena = &arena };

        schema_prune(scene->schema, object, &unknown);
        for (size_t i = 0; i < unknown.n; i++)
                strbuf_printf(out, "strict decoding error: unknown field \"%s\"\n",
                              unknown.items[i]);
        if (unknown.n > 0)
                return;
        schema_default(scene->schema, object);
        schema_validate(scene->schema, object, before, &errors);
        schema_validate_rules(scene->schema, object, before, &errors);
        for (size_t i = 0; i < errors.n; i++)
                strbuf_printf(out, "* %s: %s\n", errors.items[i].field, errors.items[i].message);
}

static void check_manifest(const struct scene *scene, const char *file) {
        struct strbuf wanted STRBUF_CLEANUP = STRBUF_INIT(FILE_MAX_BYTES);
        struct strbuf lines STRBUF_CLEANUP = STRBUF_INIT(FILE_MAX_BYTES);
        struct strbuf found STRBUF_CLEANUP = STRBUF_INIT(FILE_MAX_BYTES);
        struct json *objects JSON_CLEANUP = NULL;
        char path[512];

        snprintf(path, sizeof(path), MANIFESTS "%s", file);
        objects = read_yaml(path);
        for (size_t i = 0; i < json_length(objects); i++) {
                strbuf_clear(&found);
                answer_of(scene, json_at_mut(objects, i), i > 0 ? json_at(objects, i - 1) : NULL,
                          &found);
                if (i + 1 < json_length(objects))
                        assert_string_equal(strbuf_str(&found), "");
        }
        expect(scene, file, &wanted);
        as_lines(strbuf_str(&wanted), &lines);
        if (strncmp(strbuf_str(&lines), "Error from server (BadRequest)", 30) == 0) {
                const char *strict = strstr(strbuf_str(&lines), "strict decoding error");

                assert_non_null(strict);
                assert_string_equal(strbuf_str(&found), strict);
        } else if (strcmp(strbuf_str(&found), strbuf_str(&lines)) != 0) {
                fail_msg("%s\n%swanted\n%s", file, strbuf_str(&found), strbuf_str(&lines));
        }
}

static void test_validate_llc__answers_as_the_api_server_did(void **state) {
        const struct scene *scene = *state;
        const struct dirent *entry;
        unsigned n = 0;
        DIR *dir = opendir(MANIFESTS);

        assert_non_null(dir);
        while ((entry = readdir(dir))) {
                const char *dot = strrchr(entry->d_name, '.');

                if (dot && strcmp(dot, ".yaml") == 0) {
                        check_manifest(scene, entry->d_name);
                        n++;
                }
        }
        closedir(dir);
        assert_true(n >= 67);
}

static void test_validate_llc__the_example_is_in_order(void **state) {
        const struct scene *scene = *state;
        struct strbuf found STRBUF_CLEANUP = STRBUF_INIT(FILE_MAX_BYTES);
        struct json *objects JSON_CLEANUP = NULL;

        objects = read_yaml(LLC_SOURCE_DIR "/examples/canary-full.yaml");
        answer_of(scene, json_at_mut(objects, 0), NULL, &found);
        assert_string_equal(strbuf_str(&found), "");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_validate_llc__answers_as_the_api_server_did),
                cmocka_unit_test(test_validate_llc__the_example_is_in_order),
        };

        return cmocka_run_group_tests(tests, setup, teardown);
}
