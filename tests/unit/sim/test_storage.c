#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "llc/base/strbuf.h"
#include "storage/storage.h"

struct world {
        struct storage *storage;
        struct collection *pods;
        struct strbuf seen;
        struct err err;
};

static void world_init(struct world *world, size_t changes, size_t bytes) {
        *world = (struct world){
                .storage = storage_new(&(struct storage_limits){
                        .history_changes = changes,
                        .history_bytes = bytes,
                }),
                .seen = STRBUF_INIT(1 << 20),
        };
        world->pods = collection_new(world->storage, world);
}

static void world_deinit(struct world *world) {
        storage_free(world->storage);
        strbuf_deinit(&world->seen);
}

static struct json *object_new(const char *namespace_, const char *name, int64_t value) {
        struct json *tree = json_new_object();
        struct json *meta = json_object_at(tree, "metadata");

        if (namespace_[0] != '\0')
                json_set_str(meta, "namespace", namespace_);
        json_set_str(meta, "name", name);
        json_set_int(tree, "v", value);
        return tree;
}

static struct record *put(struct world *world, const char *namespace_, const char *name,
                          int64_t value) {
        JSON_CLEANUP struct json *tree = object_new(namespace_, name, value);

        return storage_put(world->storage, world->pods, tree);
}

static int64_t value_of(const struct record *record) {
        JSON_CLEANUP struct json *tree = record_tree(record);

        return json_as_int(json_get(tree, "v"));
}

static bool see(void *ctx, struct record *record) {
        struct world *world = ctx;

        strbuf_printf(&world->seen, "%s/%s=%" PRId64 " ", record->namespace_, record->name,
                      value_of(record));
        return true;
}

static bool see_one(void *ctx, struct record *record) {
        see(ctx, record);
        return false;
}

static void see_change(void *ctx, const struct change *change) {
        static const char types[] = "+~-";
        struct world *world = ctx;

        strbuf_printf(&world->seen, "%c%" PRId64 ":%s=%" PRId64, types[change->type],
                      change->revision, change->record->name, value_of(change->record));
        if (change->before)
                strbuf_printf(&world->seen, "<%" PRId64, value_of(change->before));
        strbuf_puts(&world->seen, " ");
}

static bool replay(void *ctx, const struct change *change) {
        see_change(ctx, change);
        return true;
}

static bool replay_one(void *ctx, const struct change *change) {
        see_change(ctx, change);
        return false;
}

#define assert_seen(world, text)                                                                   \
        do {                                                                                       \
                assert_string_equal(strbuf_str(&(world)->seen), text);                             \
                strbuf_clear(&(world)->seen);                                                      \
        } while (0)

static void walk(struct world *world, const char *namespace_, const char *after_namespace,
                 const char *after_name) {
        collection_walk(world->pods, namespace_, after_namespace, after_name, see, world);
}

static int walk_at(struct world *world, int64_t revision) {
        return collection_walk_at(world->pods, revision, "", "", "", see, world, &world->err);
}

static void test_storage__each_commit_takes_the_next_revision(void **state) {
        struct world world;

        (void)state;
        world_init(&world, 10, 1 << 20);
        assert_int_equal(storage_revision(world.storage), 1);
        assert_int_equal(put(&world, "n", "a", 1)->revision, 2);
        assert_int_equal(put(&world, "n", "a", 2)->revision, 3);
        storage_remove(world.storage, world.pods, "n", "a", NULL);
        assert_int_equal(storage_revision(world.storage), 4);
        assert_null(collection_get(world.pods, "n", "a"));
        assert_ptr_equal(collection_owner(world.pods), &world);
        world_deinit(&world);
}

static void test_storage__get_is_by_both_names(void **state) {
        struct world world;

        (void)state;
        world_init(&world, 10, 1 << 20);
        put(&world, "n", "a", 1);
        put(&world, "m", "a", 2);
        put(&world, "", "a", 3);
        assert_int_equal(value_of(collection_get(world.pods, "n", "a")), 1);
        assert_int_equal(value_of(collection_get(world.pods, "m", "a")), 2);
        assert_int_equal(value_of(collection_get(world.pods, "", "a")), 3);
        assert_null(collection_get(world.pods, "o", "a"));
        assert_null(collection_get(world.pods, "n", "b"));
        assert_int_equal(collection_count(world.pods), 3);
        world_deinit(&world);
}

static void test_storage__walk_is_in_order(void **state) {
        static const char *const names[] = { "d", "b", "a-1", "c", "a" };
        struct world world;

        (void)state;
        world_init(&world, 100, 1 << 20);
        for (size_t i = 0; i < 5; i++) {
                put(&world, "n", names[i], (int64_t)i);
                put(&world, "m", names[i], 9);
        }
        walk(&world, "n", "", "");
        assert_seen(&world, "n/a=4 n/a-1=2 n/b=1 n/c=3 n/d=0 ");
        walk(&world, "", "m", "c");
        assert_seen(&world, "m/d=9 n/a=4 n/a-1=2 n/b=1 n/c=3 n/d=0 ");
        walk(&world, "n", "n", "b");
        assert_seen(&world, "n/c=3 n/d=0 ");
        walk(&world, "n", "n", "bb"); /* it went since the last page */
        assert_seen(&world, "n/c=3 n/d=0 ");
        walk(&world, "m", "n", "b");
        assert_seen(&world, "");
        walk(&world, "o", "", "");
        assert_seen(&world, "");
        collection_walk(world.pods, "n", "", "", see_one, &world);
        assert_seen(&world, "n/a=4 ");
        world_deinit(&world);
}

static void test_storage__walk_at_is_the_past(void **state) {
        struct world world;

        (void)state;
        world_init(&world, 100, 1 << 20);
        put(&world, "n", "b", 1); /* 2 */
        put(&world, "n", "d", 1); /* 3 */
        put(&world, "n", "b", 2); /* 4 */
        put(&world, "n", "a", 1); /* 5 */
        storage_remove(world.storage, world.pods, "n", "d", NULL);
        put(&world, "n", "b", 3); /* 7 */
        put(&world, "n", "d", 2); /* 8 */
        put(&world, "n", "e", 1); /* 9 */
        assert_int_equal(walk_at(&world, 9), 0);
        assert_seen(&world, "n/a=1 n/b=3 n/d=2 n/e=1 ");
        assert_int_equal(walk_at(&world, 6), 0);
        assert_seen(&world, "n/a=1 n/b=2 ");
        assert_int_equal(walk_at(&world, 5), 0);
        assert_seen(&world, "n/a=1 n/b=2 n/d=1 ");
        assert_int_equal(walk_at(&world, 3), 0);
        assert_seen(&world, "n/b=1 n/d=1 ");
        assert_int_equal(walk_at(&world, 1), 0);
        assert_seen(&world, "");
        world_deinit(&world);
}

static void test_storage__walk_at_knows_place_and_namespace(void **state) {
        struct world world;
        struct collection *other;
        JSON_CLEANUP struct json *tree = object_new("n", "z", 1);

        (void)state;
        world_init(&world, 100, 1 << 20);
        other = collection_new(world.storage, NULL);
        put(&world, "m", "x", 1);
        put(&world, "n", "a", 1);
        put(&world, "n", "b", 1);
        put(&world, "o", "x", 1); /* 5 */
        storage_put(world.storage, other, tree);
        put(&world, "m", "x", 2);
        put(&world, "n", "a", 2);
        storage_remove(world.storage, world.pods, "n", "b", NULL);
        put(&world, "n", "c", 2);
        put(&world, "o", "x", 2);
        collection_walk_at(world.pods, 5, "n", "", "", see, &world, &world.err);
        assert_seen(&world, "n/a=1 n/b=1 ");
        collection_walk_at(world.pods, 5, "n", "n", "a", see, &world, &world.err);
        assert_seen(&world, "n/b=1 ");
        collection_walk_at(world.pods, 5, "", "n", "a", see_one, &world, &world.err);
        assert_seen(&world, "n/b=1 ");
        world_deinit(&world);
}

static void test_storage__walk_at_refuses_what_it_cannot_know(void **state) {
        struct world world;

        (void)state;
        world_init(&world, 2, 1 << 20);
        for (int64_t i = 0; i < 4; i++)
                put(&world, "n", "a", i); /* up to 5 */
        assert_int_equal(storage_compacted(world.storage), 3);
        assert_int_equal(walk_at(&world, 3), 0);
        assert_seen(&world, "n/a=1 ");
        assert_int_equal(walk_at(&world, 2), -1);
        assert_int_equal(world.err.code, ERR_GONE);
        assert_string_equal(world.err.msg, "The resourceVersion for the provided list is too old.");
        assert_int_equal(walk_at(&world, 6), -1);
        assert_int_equal(world.err.code, ERR_INVALID);
        assert_string_equal(world.err.msg, "Too large resource version: 6, current: 5");
        assert_seen(&world, "");
        world_deinit(&world);
}

static void test_storage__replay_is_what_happened(void **state) {
        struct world world;

        (void)state;
        world_init(&world, 100, 1 << 20);
        put(&world, "n", "a", 1);
        put(&world, "n", "a", 2);
        put(&world, "n", "b", 3);
        storage_remove(world.storage, world.pods, "n", "a", NULL);
        assert_int_equal(collection_replay(world.pods, 1, replay, &world, &world.err), 0);
        assert_seen(&world, "+2:a=1 ~3:a=2<1 +4:b=3 -5:a=2<2 ");
        assert_int_equal(collection_replay(world.pods, 3, replay, &world, &world.err), 0);
        assert_seen(&world, "+4:b=3 -5:a=2<2 ");
        assert_int_equal(collection_replay(world.pods, 3, replay_one, &world, &world.err), 0);
        assert_seen(&world, "+4:b=3 ");
        assert_int_equal(collection_replay(world.pods, 5, replay, &world, &world.err), 0);
        assert_int_equal(collection_replay(world.pods, 50, replay, &world, &world.err), 0);
        assert_seen(&world, "");
        world_deinit(&world);
}

static void test_storage__replay_leaves_out_other_collections(void **state) {
        struct world world;
        struct collection *other;
        JSON_CLEANUP struct json *tree = object_new("n", "z", 1);

        (void)state;
        world_init(&world, 100, 1 << 20);
        other = collection_new(world.storage, NULL);
        put(&world, "n", "a", 1);
        storage_put(world.storage, other, tree);
        put(&world, "n", "a", 2);
        collection_replay(world.pods, 1, replay, &world, &world.err);
        assert_seen(&world, "+2:a=1 ~4:a=2<1 ");
        collection_replay(other, 1, replay, &world, &world.err);
        assert_seen(&world, "+3:z=1 ");
        world_deinit(&world);
}

static void test_storage__compaction_is_gone(void **state) {
        struct world world;

        (void)state;
        world_init(&world, 100, 1 << 20);
        for (int64_t i = 0; i < 4; i++)
                put(&world, "n", "a", i); /* up to 5 */
        storage_compact(world.storage, 3);
        assert_int_equal(storage_compacted(world.storage), 3);
        assert_int_equal(collection_replay(world.pods, 2, replay, &world, &world.err), -1);
        assert_int_equal(world.err.code, ERR_GONE);
        assert_string_equal(world.err.msg, "too old resource version: 2 (3)");
        assert_int_equal(collection_replay(world.pods, 3, replay, &world, &world.err), 0);
        assert_seen(&world, "~4:a=2<1 ~5:a=3<2 ");
        storage_compact(world.storage, 2);
        assert_int_equal(storage_compacted(world.storage), 3);
        storage_compact(world.storage, 99);
        assert_int_equal(storage_compacted(world.storage), 5);
        assert_int_equal(collection_replay(world.pods, 5, replay, &world, &world.err), 0);
        assert_seen(&world, "");
        put(&world, "n", "a", 9);
        assert_int_equal(collection_replay(world.pods, 5, replay, &world, &world.err), 0);
        assert_seen(&world, "~6:a=9<3 ");
        world_deinit(&world);
}

static void test_storage__remove_commits_the_last_state(void **state) {
        struct world world;
        JSON_CLEANUP struct json *last = object_new("n", "a", 77);
        struct record *record;

        (void)state;
        world_init(&world, 10, 1 << 20);
        put(&world, "n", "a", 1);
        record = storage_remove(world.storage, world.pods, "n", "a", last);
        assert_int_equal(record->revision, 3);
        collection_replay(world.pods, 2, replay, &world, &world.err);
        assert_seen(&world, "-3:a=77<1 ");
        assert_true(
                bytes_is(json_as_string(json_get(json_get(last, "metadata"), "resourceVersion")),
                         "3"));
        world_deinit(&world);
}

static void test_storage__retired_collection_is_empty_and_remembered(void **state) {
        struct world world;

        (void)state;
        world_init(&world, 10, 1 << 20);
        put(&world, "n", "a", 1);
        put(&world, "n", "b", 2);
        collection_retire(world.storage, world.pods);
        assert_int_equal(collection_count(world.pods), 0);
        collection_replay(world.pods, 3, replay, &world, &world.err);
        assert_seen(&world, "-4:b=2<2 -5:a=1<1 ");
        assert_int_equal(walk_at(&world, 3), 0);
        assert_seen(&world, "n/a=1 n/b=2 ");
        world_deinit(&world);
}

static void see_revision(void *ctx, const struct change *change) {
        struct world *world = ctx;

        strbuf_printf(&world->seen, "%" PRId64 "@%" PRId64 " ", change->revision,
                      storage_revision(world->storage));
}

static void test_storage__listeners_are_told_in_order_after_the_commit(void **state) {
        struct world world;

        (void)state;
        world_init(&world, 10, 1 << 20);
        storage_listen(world.storage, (struct listener){ see_revision, &world });
        storage_listen(world.storage, (struct listener){ see_change, &world });
        put(&world, "n", "a", 1);
        put(&world, "n", "a", 2);
        assert_seen(&world, "2@2 +2:a=1 3@3 ~3:a=2<1 ");
        storage_unlisten(world.storage, (struct listener){ see_revision, &world });
        storage_remove(world.storage, world.pods, "n", "a", NULL);
        assert_seen(&world, "-4:a=2<2 ");
        world_deinit(&world);
}

/* The first of several to be told; takes itself and the last away, and brings a new one. */
static void leave(void *ctx, const struct change *change) {
        struct world *world = ctx;

        (void)change;
        strbuf_puts(&world->seen, "leave ");
        storage_unlisten(world->storage, (struct listener){ leave, world });
        storage_unlisten(world->storage, (struct listener){ see_change, world });
        storage_listen(world->storage, (struct listener){ see_change, world });
}

static void test_storage__listeners_may_come_and_go_in_the_call(void **state) {
        struct world world;

        (void)state;
        world_init(&world, 10, 1 << 20);
        storage_listen(world.storage, (struct listener){ leave, &world });
        storage_listen(world.storage, (struct listener){ see_revision, &world });
        storage_listen(world.storage, (struct listener){ see_change, &world });
        put(&world, "n", "a", 1);
        assert_seen(&world, "leave 2@2 ");
        put(&world, "n", "a", 2);
        assert_seen(&world, "3@3 ~3:a=2<1 ");
        world_deinit(&world);
}

static void test_storage__listener_may_hold_a_record(void **state) {
        struct world world;
        struct record *held;

        (void)state;
        world_init(&world, 1, 1);
        held = record_ref(put(&world, "n", "a", 1));
        put(&world, "n", "a", 2);
        storage_remove(world.storage, world.pods, "n", "a", NULL);
        storage_compact(world.storage, storage_revision(world.storage));
        storage_free(world.storage);
        assert_int_equal(value_of(held), 1);
        record_unref(held);
        strbuf_deinit(&world.seen);
}

/* A small deterministic sequence; no more is asked of it. */
static uint32_t next_number(uint32_t *state) {
        *state = *state * 1664525u + 1013904223u;
        return *state >> 8;
}

/* Any order of writes, read at every revision, against lists noted at the time. */
static void test_storage__every_revision_stays_as_it_was(void **state) {
        enum { STEPS = 300 };
        struct world world;
        char *lists[STEPS];
        uint32_t random = 5;

        (void)state;
        world_init(&world, STEPS, 1 << 20);
        for (int64_t i = 0; i < STEPS; i++) {
                char namespace_[2] = { (char)('m' + (char)(next_number(&random) % 3)), '\0' };
                char name[2] = { (char)('a' + (char)(next_number(&random) % 9)), '\0' };

                if (collection_get(world.pods, namespace_, name) && next_number(&random) % 2 == 0)
                        storage_remove(world.storage, world.pods, namespace_, name, NULL);
                else
                        put(&world, namespace_, name, i);
                walk(&world, "", "", "");
                lists[i] = strdup(strbuf_str(&world.seen));
                strbuf_clear(&world.seen);
        }
        for (int64_t i = 0; i < STEPS; i++) {
                assert_int_equal(walk_at(&world, i + 2), 0);
                assert_seen(&world, lists[i]);
                free(lists[i]);
        }
        world_deinit(&world);
}

/* A pod costs its text and at most 450 bytes: 100,000 of them fit where they must. */
static void test_storage__pod_costs_little_beside_its_text(void **state) {
        enum { PODS = 2000, TEXT = 3000 };
        struct world world;
        JSON_CLEANUP struct json *tree = object_new("an-ordinary-namespace", "", 0);
        struct json *meta = json_get_mut(tree, "metadata");
        struct json *labels = json_object_at(meta, "labels");
        char name[64], filler[TEXT - 400 + 1];
        size_t before, text = 0;

        (void)state;
        world_init(&world, 1, 1); /* the history is bounded by itself */
        memset(filler, 'x', sizeof(filler) - 1);
        filler[sizeof(filler) - 1] = '\0';
        json_set_str(tree, "filler", filler);
        json_set_str(meta, "uid", "01234567-89ab-cdef-0123-456789abcdef");
        json_set_str(labels, "app.kubernetes.io/name", "an-ordinary-application");
        json_set_str(labels, "rollouts-pod-template-hash", "6bf8cf9c5d");
        json_set_str(labels, "role", "stable");
        before = mallinfo2().uordblks;
        for (int i = 0; i < PODS; i++) {
                snprintf(name, sizeof(name), "an-ordinary-application-6bf8cf9c5d-%05d", i);
                json_set_str(meta, "name", name);
                text += storage_put(world.storage, world.pods, tree)->text_len;
        }
        if (mallinfo2().uordblks > before) /* a sanitizer's allocator does not say */
                assert_true(mallinfo2().uordblks - before < text + 450u * PODS);
        world_deinit(&world);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_storage__each_commit_takes_the_next_revision),
                cmocka_unit_test(test_storage__get_is_by_both_names),
                cmocka_unit_test(test_storage__walk_is_in_order),
                cmocka_unit_test(test_storage__walk_at_is_the_past),
                cmocka_unit_test(test_storage__walk_at_knows_place_and_namespace),
                cmocka_unit_test(test_storage__walk_at_refuses_what_it_cannot_know),
                cmocka_unit_test(test_storage__replay_is_what_happened),
                cmocka_unit_test(test_storage__replay_leaves_out_other_collections),
                cmocka_unit_test(test_storage__compaction_is_gone),
                cmocka_unit_test(test_storage__remove_commits_the_last_state),
                cmocka_unit_test(test_storage__retired_collection_is_empty_and_remembered),
                cmocka_unit_test(test_storage__listeners_are_told_in_order_after_the_commit),
                cmocka_unit_test(test_storage__listeners_may_come_and_go_in_the_call),
                cmocka_unit_test(test_storage__listener_may_hold_a_record),
                cmocka_unit_test(test_storage__every_revision_stays_as_it_was),
                cmocka_unit_test(test_storage__pod_costs_little_beside_its_text),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
