#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "storage/history.h"

/* Each change at revision n is of a record with that revision, after the one before it. */
struct world {
        struct history history;
        struct record *last;
        int64_t revision;
};

static void world_init(struct world *world, size_t changes, size_t bytes) {
        *world = (struct world){ .revision = 1 };
        history_init(&world->history, &(struct storage_limits){ changes, bytes });
}

static void world_deinit(struct world *world) {
        history_deinit(&world->history);
        record_unref(world->last);
}

static size_t push(struct world *world, enum change_type type) {
        JSON_CLEANUP struct json *tree = json_new_object();
        struct change change = { .type = type, .before = world->last };

        json_set_str(json_object_at(tree, "metadata"), "name", "a");
        change.revision = ++world->revision;
        change.record = record_new(tree, change.revision);
        assert_int_equal(history_push(&world->history, &change)->revision, change.revision);
        record_unref(world->last);
        world->last = change.record;
        return world->last->text_len;
}

static void test_history__is_bounded_by_count(void **state) {
        struct world world;

        (void)state;
        world_init(&world, 3, 1 << 20);
        push(&world, CHANGE_ADDED);
        for (int i = 0; i < 9; i++)
                push(&world, CHANGE_MODIFIED); /* up to 11 */
        assert_int_equal(world.history.compacted, 8);
        for (int64_t revision = 9; revision <= 11; revision++) {
                assert_int_equal(history_at(&world.history, revision)->revision, revision);
                assert_int_equal(history_at(&world.history, revision)->record->revision, revision);
                assert_int_equal(history_at(&world.history, revision)->before->revision,
                                 revision - 1);
        }
        world_deinit(&world);
}

/* What is still an object does not count; what only the history holds does. */
static void test_history__is_bounded_by_bytes(void **state) {
        struct world world;
        size_t bytes;

        (void)state;
        world_init(&world, 1000, 1 << 20);
        bytes = push(&world, CHANGE_ADDED);
        world_deinit(&world);

        world_init(&world, 1000, 3 * bytes);
        push(&world, CHANGE_ADDED);
        for (int i = 0; i < 3; i++)
                push(&world, CHANGE_MODIFIED); /* up to 5: three have passed */
        assert_int_equal(world.history.compacted, 0);
        push(&world, CHANGE_MODIFIED);
        assert_int_equal(world.history.compacted, 3); /* what was added has no state before it */
        assert_int_equal(world.history.bytes, 3 * bytes);
        push(&world, CHANGE_DELETED); /* two states at once */
        assert_int_equal(world.history.compacted, 5);
        assert_int_equal(world.history.bytes, 3 * bytes);
        world_deinit(&world);
}

static void test_history__newest_change_is_kept_whatever_its_size(void **state) {
        struct world world;

        (void)state;
        world_init(&world, 1000, 1);
        push(&world, CHANGE_ADDED);
        push(&world, CHANGE_MODIFIED);
        assert_int_equal(world.history.compacted, 2);
        assert_int_equal(history_at(&world.history, 3)->before->revision, 2);
        world_deinit(&world);
}

static void test_history__forgets_on_request(void **state) {
        struct world world;

        (void)state;
        world_init(&world, 1000, 1 << 20);
        push(&world, CHANGE_ADDED);
        for (int i = 0; i < 4; i++)
                push(&world, CHANGE_MODIFIED); /* up to 6 */
        history_compact(&world.history, 4);
        assert_int_equal(world.history.compacted, 4);
        assert_int_equal(world.history.n, 2);
        assert_int_equal(history_at(&world.history, 5)->revision, 5);
        history_compact(&world.history, 2);
        assert_int_equal(world.history.compacted, 4);
        history_compact(&world.history, 6);
        assert_int_equal(world.history.n, 0);
        assert_int_equal(world.history.bytes, 0);
        push(&world, CHANGE_MODIFIED);
        assert_int_equal(history_at(&world.history, 7)->revision, 7);
        world_deinit(&world);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_history__is_bounded_by_count),
                cmocka_unit_test(test_history__is_bounded_by_bytes),
                cmocka_unit_test(test_history__newest_change_is_kept_whatever_its_size),
                cmocka_unit_test(test_history__forgets_on_request),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
