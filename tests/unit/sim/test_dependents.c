#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "actors/dependents.h"
#include "llc/base/strbuf.h"

static const uint64_t SEED[2] = { 1, 2 };
static const struct kind KIND = { .name = "Thing" };

struct world {
        struct dependents *dependents;
        struct strbuf seen;
};

static void world_init(struct world *world) {
        *world = (struct world){ .dependents = dependents_new(SEED), .seen = STRBUF_INIT(4096) };
}

static void world_deinit(struct world *world) {
        dependents_free(world->dependents);
        strbuf_deinit(&world->seen);
}

/* uid is the name too; owners: "x !y", with ! for one whose deletion is blocked. */
static void put(struct world *world, const char *uid, const char *owners, const char *finalizer) {
        JSON_CLEANUP struct json *tree = json_new_object();
        struct json *meta = json_object_at(tree, "metadata");
        struct json *references = json_new_array(), *finalizers = json_new_array();
        struct record *record;

        json_set_str(meta, "name", uid);
        json_set_str(meta, "uid", uid);
        json_set(meta, "ownerReferences", references);
        json_set(meta, "finalizers", finalizers);
        for (const char *word = owners; *word; word += strspn(word, " ")) {
                struct json *reference = json_new_object();
                bool blocks = *word == '!';
                size_t len = strcspn(word += blocks, " ");

                json_set_bool(reference, "blockOwnerDeletion", blocks);
                json_set(reference, "uid", json_new_string((struct bytes){ word, len }));
                json_append(references, reference);
                word += len;
        }
        if (finalizer) {
                json_append(finalizers, json_new_string(bytes_of(finalizer)));
                json_set_str(meta, "deletionTimestamp", "2026-01-01T00:00:00Z");
        }
        record = record_new(tree, 1);
        dependents_put(world->dependents, &KIND, record);
        record_unref(record);
}

static bool see(void *ctx, const struct dependent *dependent) {
        struct world *world = ctx;

        assert_ptr_equal(dependent->kind, &KIND);
        strbuf_puts(&world->seen, dependent->record->uid);
        return true;
}

/* The last that came is the first. */
static void assert_dependents(struct world *world, const char *owner, bool blocking,
                              const char *expected) {
        dependents_walk(world->dependents, owner, blocking, see, world);
        assert_string_equal(strbuf_str(&world->seen), expected);
        strbuf_clear(&world->seen);
}

static void test_dependents__are_found_by_their_owner(void **state) {
        struct world world;

        (void)state;
        world_init(&world);
        put(&world, "a", "x", NULL);
        put(&world, "b", "x !y", NULL);
        put(&world, "c", "", NULL);
        assert_dependents(&world, "x", false, "ba");
        assert_dependents(&world, "x", true, "");
        assert_dependents(&world, "y", false, "b");
        assert_dependents(&world, "y", true, "b");
        assert_dependents(&world, "z", false, "");
        assert_true(dependents_has(world.dependents, "x"));
        assert_false(dependents_has(world.dependents, "a"));
        world_deinit(&world);
}

static void test_dependents__follow_changes(void **state) {
        struct world world;

        (void)state;
        world_init(&world);
        put(&world, "a", "x", NULL);
        put(&world, "b", "x", NULL);
        put(&world, "a", "!x", NULL);
        assert_dependents(&world, "x", true, "a");
        put(&world, "a", "y x", NULL);
        assert_dependents(&world, "x", true, "");
        assert_dependents(&world, "x", false, "ab");
        put(&world, "a", "y", NULL);
        assert_dependents(&world, "x", false, "b");
        put(&world, "a", "", NULL);
        assert_dependents(&world, "y", false, "");
        assert_null(dependents_get(world.dependents, "a"));
        dependents_remove(world.dependents, "b");
        dependents_remove(world.dependents, "none");
        assert_false(dependents_has(world.dependents, "x"));
        world_deinit(&world);
}

static void test_dependents__hold_the_newest_state(void **state) {
        struct world world;

        (void)state;
        world_init(&world);
        put(&world, "a", "x", NULL);
        put(&world, "a", "x", "y.io/z");
        assert_true(dependents_get(world.dependents, "a")->record->deleting);
        world_deinit(&world);
}

static void test_dependents__one_that_waits_needs_no_owner(void **state) {
        struct world world;

        (void)state;
        world_init(&world);
        put(&world, "a", "", "foregroundDeletion");
        put(&world, "b", "", "orphan");
        put(&world, "c", "", "y.io/z");
        assert_true(dependents_get(world.dependents, "a")->record->foreground);
        assert_true(dependents_get(world.dependents, "b")->record->orphan);
        assert_null(dependents_get(world.dependents, "c"));
        world_deinit(&world);
}

static bool see_one(void *ctx, const struct dependent *dependent) {
        see(ctx, dependent);
        return false;
}

static void test_dependents__walk_can_be_stopped(void **state) {
        struct world world;

        (void)state;
        world_init(&world);
        put(&world, "a", "x", NULL);
        put(&world, "b", "x", NULL);
        dependents_walk(world.dependents, "x", false, see_one, &world);
        assert_string_equal(strbuf_str(&world.seen), "b");
        world_deinit(&world);
}

static void test_dependents__two_references_to_one_owner(void **state) {
        struct world world;

        (void)state;
        world_init(&world);
        put(&world, "a", "x x", NULL);
        assert_dependents(&world, "x", false, "aa");
        dependents_remove(world.dependents, "a");
        assert_false(dependents_has(world.dependents, "x"));
        world_deinit(&world);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_dependents__are_found_by_their_owner),
                cmocka_unit_test(test_dependents__follow_changes),
                cmocka_unit_test(test_dependents__hold_the_newest_state),
                cmocka_unit_test(test_dependents__one_that_waits_needs_no_owner),
                cmocka_unit_test(test_dependents__walk_can_be_stopped),
                cmocka_unit_test(test_dependents__two_references_to_one_owner),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
