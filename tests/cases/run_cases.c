/*
 * Golden cases: tests/cases/NN-name/world.yaml must give plan.txt, and keep to the laws.
 *
 *   run_cases [--update] [NN-name...]     without names: all of them
 *
 * --update rewrites every plan.txt that differs. Read what it wrote: nobody else will.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "case.h"
#include "laws.h"
#include "llc/sys/file.h"
#include "settles.h"

enum { PLAN_MAX = 4 << 20, PATH_SIZE = 4096 };

static const char CASES_DIR[] = LLC_SOURCE_DIR "/tests/cases";

static bool arg_update;

static int fail(const char *name, const char *what, const char *detail) {
        fprintf(stderr, "FAIL %s: %s%s%s\n", name, what, detail ? ": " : "", detail ? detail : "");
        return -1;
}

static size_t line_length(const char *text) {
        return strcspn(text, "\n");
}

/* Shows the first line that differs. */
static void show_difference(const char *name, const char *expected, const char *found) {
        size_t line = 1;

        while (*expected && *found && line_length(expected) == line_length(found) &&
               strncmp(expected, found, line_length(expected)) == 0) {
                expected += line_length(expected);
                found += line_length(found);
                expected += *expected == '\n';
                found += *found == '\n';
                line++;
        }
        fprintf(stderr, "FAIL %s: plan.txt:%zu\n  expected: %.*s\n  found:    %.*s\n", name, line,
                (int)line_length(expected), expected, (int)line_length(found), found);
}

static int write_plan(const char *path, const struct strbuf *text) {
        FILE *file = fopen(path, "w");

        if (!file)
                return -1;
        fputs(strbuf_str(text), file);
        return fclose(file);
}

static int compare(const char *name, const struct strbuf *found) {
        STRBUF_CLEANUP struct strbuf expected = STRBUF_INIT(PLAN_MAX);
        char path[PATH_SIZE];
        struct err err;

        snprintf(path, sizeof(path), "%s/%s/plan.txt", CASES_DIR, name);
        if (file_read(path, &expected, &err) < 0 && !arg_update)
                return fail(name, "no plan", err.msg);
        if (bytes_equal(strbuf_bytes(&expected), strbuf_bytes(found)))
                return 0;
        if (!arg_update) {
                show_difference(name, strbuf_str(&expected), strbuf_str(found));
                return -1;
        }
        printf("updated %s\n", name);
        return write_plan(path, found) == 0 ? 0 : fail(name, "cannot write", path);
}

/* The cache has no order: pods turned round give the same plan. */
static int check_order(const char *name, const struct test_case *c, const struct strbuf *found) {
        STRBUF_CLEANUP struct strbuf text = STRBUF_INIT(PLAN_MAX);
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        PLAN_CLEANUP struct plan plan = { .n_actions = 0 };
        const struct pod **turned = ARENA_NEW_ARRAY(&arena, const struct pod *, c->world.n_pods);
        struct world world = c->world;
        struct err err;

        for (size_t i = 0; i < world.n_pods; i++)
                turned[i] = world.pods[world.n_pods - 1 - i];
        world.pods = turned;
        if (test_case_decide(c, &world, &arena, &plan, &err) < 0)
                return fail(name, "turned round", err.msg);
        plan_print(&plan, &text);
        return bytes_equal(strbuf_bytes(&text), strbuf_bytes(found))
                       ? 0
                       : fail(name, "the order of the pods changes the plan", NULL);
}

/* Once written, a status is not written again five seconds later, or before the plan's deadline. */
static int check_settled(const char *name, const struct test_case *c, const struct plan *written) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        PLAN_CLEANUP struct plan plan = { .n_actions = 0 };
        struct world world = c->world;
        struct llc llc;
        struct err err;

        if (!written->has_status || c->has_failure)
                return 0;
        llc = *world.llc;
        llc.status = &written->status;
        world.llc = &llc;
        if (written->has_deadline && written->deadline <= world.now + 5000)
                world.now = written->deadline - 1;
        else
                world.now += 5000;
        if (test_case_decide(c, &world, &arena, &plan, &err) < 0)
                return fail(name, "settled", err.msg);
        return plan.has_status ? fail(name, "the status is written again and again", NULL) : 0;
}

static int check_settles(const char *name, const struct test_case *c) {
        struct err err;

        return settles(c, &err) < 0 ? fail(name, "left to itself", err.msg) : 0;
}

static int run_case(const char *name) {
        STRBUF_CLEANUP struct strbuf text = STRBUF_INIT(PLAN_MAX);
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        PLAN_CLEANUP struct plan plan = { .n_actions = 0 };
        struct test_case c;
        char path[PATH_SIZE];
        const char *broken;
        struct err err;
        int r;

        snprintf(path, sizeof(path), "%s/%s/world.yaml", CASES_DIR, name);
        if (test_case_load(path, &c, &err) < 0)
                return fail(name, "cannot load", err.msg);
        r = test_case_decide(&c, &c.world, &arena, &plan, &err);
        if (r < 0) {
                fail(name, "cannot decide", err.msg);
        } else {
                plan_print(&plan, &text);
                broken = laws_broken(&c.world, &plan);
                r = broken ? fail(name, "breaks a law", broken) : compare(name, &text);
                r |= check_order(name, &c, &text);
                r |= check_settled(name, &c, &plan);
                r |= check_settles(name, &c);
        }
        test_case_deinit(&c);
        return r;
}

static int is_case(const struct dirent *entry) {
        return entry->d_name[0] >= '0' && entry->d_name[0] <= '9';
}

static size_t run_all(size_t *ret_failed) {
        struct dirent **entries;
        int n = scandir(CASES_DIR, &entries, is_case, alphasort);

        for (int i = 0; i < n; i++) {
                *ret_failed += run_case(entries[i]->d_name) < 0;
                free(entries[i]);
        }
        if (n >= 0)
                free(entries);
        return n > 0 ? (size_t)n : 0;
}

int main(int argc, char **argv) {
        size_t n = 0, failed = 0;

        for (int i = 1; i < argc; i++) {
                if (strcmp(argv[i], "--update") == 0) {
                        arg_update = true;
                        continue;
                }
                failed += run_case(argv[i]) < 0;
                n++;
        }
        if (n == 0)
                n = run_all(&failed);
        printf("%zu cases, %zu failed\n", n, failed);
        return n == 0 || failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
