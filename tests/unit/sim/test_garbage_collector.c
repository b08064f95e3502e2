#include "fixture.h"

#include <string.h>

#include "actors/actor.h"
#include "storage/record.h"

struct world {
        struct fixture fixture;
        const struct kind *items; /* objects without a life of their own */
        void *collector;
};

static const struct kind *define(struct world *world, const char *plural, const char *name) {
        JSON_CLEANUP struct json *definition = fixture_tree(arena_printf(
                &world->fixture.arena,
                "{metadata: {name: %s.example.dev}, spec: {group: example.dev, scope: Namespaced, "
                "names: {plural: %s, singular: %s, kind: %s, listKind: %sList}, versions: [{name: "
                "v1, served: true, storage: true, "
                "schema: {openAPIV3Schema: {type: object}}}]}}",
                plural, plural, plural, name, name));
        struct err err;

        if (kinds_define(world->fixture.kinds, definition, &err) < 0)
                fail_msg("%s", err.msg);
        return fixture_kind(&world->fixture, "example.dev/v1", name);
}

static void world_init(struct world *world) {
        fixture_init(&world->fixture);
        world->items = define(world, "items", "Item");
        world->collector = GARBAGE_COLLECTOR.start(&world->fixture.sim);
}

static void world_deinit(struct world *world) {
        GARBAGE_COLLECTOR.stop(world->collector);
        fixture_deinit(&world->fixture);
}

static void settle(struct world *world) {
        agenda_advance(world->fixture.agenda, 0);
}

static const char *uid_of(struct world *world, const char *name) {
        const struct record *record =
                collection_get(world->items->objects, world->fixture.namespace_, name);

        assert_non_null(record);
        return record->uid;
}

static const char *reference(struct world *world, const char *owner, const char *flags) {
        return arena_printf(&world->fixture.arena,
                            "{apiVersion: example.dev/v1, kind: Item, name: %s, uid: %s%s}", owner,
                            uid_of(world, owner), flags);
}

static void create(struct world *world, const char *name, const char *references,
                   const char *finalizers) {
        if (!fixture_create(&world->fixture, world->items,
                            arena_printf(&world->fixture.arena,
                                         "{apiVersion: example.dev/v1, kind: Item, metadata: "
                                         "{name: %s, ownerReferences: [%s], "
                                         "finalizers: [%s]}}",
                                         name, references, finalizers)))
                fail_msg("%s", world->fixture.refusal.message);
}

static void create_owned(struct world *world, const char *name, const char *owner,
                         const char *flags) {
        create(world, name, reference(world, owner, flags), "");
}

static bool is_there(const struct world *world, const char *name) {
        return collection_get(world->items->objects, world->fixture.namespace_, name) != NULL;
}

static bool is_deleting(const struct world *world, const char *name) {
        return collection_get(world->items->objects, world->fixture.namespace_, name)->deleting;
}

static void delete_as(struct world *world, const char *name, enum propagation propagation) {
        const struct delete_options options = { .grace_s = -1, .propagation = propagation };
        bool gone;

        assert_non_null(fixture_delete(&world->fixture, world->items, name, &options, &gone));
}

static void assert_references(struct world *world, const char *name, const char *json) {
        fixture_assert_value(&world->fixture, fixture_get(&world->fixture, world->items, name),
                             "metadata.ownerReferences", json);
}

static void test_garbage_collector__background_deletes_generation_after_generation(void **state) {
        struct world world;

        (void)state;
        world_init(&world);
        create(&world, "top", "", "");
        create_owned(&world, "middle", "top", "");
        create_owned(&world, "bottom", "middle", "");
        create(&world, "other", "", "");
        settle(&world);
        assert_true(is_there(&world, "bottom"));
        delete_as(&world, "top", PROPAGATION_BACKGROUND);
        assert_false(is_there(&world, "top"));
        assert_true(is_there(&world, "middle"));
        settle(&world);
        assert_false(is_there(&world, "middle"));
        assert_false(is_there(&world, "bottom"));
        assert_true(is_there(&world, "other"));
        world_deinit(&world);
}

static void test_garbage_collector__one_living_owner_is_enough(void **state) {
        struct world world;
        const char *both, *second;

        (void)state;
        world_init(&world);
        create(&world, "first", "", "");
        create(&world, "second", "", "");
        second = reference(&world, "second", "");
        both = arena_printf(&world.fixture.arena, "%s, %s", reference(&world, "first", ""), second);
        create(&world, "child", both, "");
        delete_as(&world, "first", PROPAGATION_BACKGROUND);
        settle(&world);
        assert_references(
                &world, "child",
                arena_printf(&world.fixture.arena,
                             "[{\"apiVersion\":\"example.dev/v1\",\"kind\":\"Item\",\"name\":"
                             "\"second\",\"uid\":\"%s\"}]",
                             uid_of(&world, "second")));
        delete_as(&world, "second", PROPAGATION_BACKGROUND);
        settle(&world);
        assert_false(is_there(&world, "child"));
        world_deinit(&world);
}

static void test_garbage_collector__absent_owner(void **state) {
        struct world world;

        (void)state;
        world_init(&world);
        create(&world, "owner", "", "");
        create(&world, "none",
               "{apiVersion: example.dev/v1, kind: Item, name: nobody, uid: "
               "11111111-1111-4111-8111-111111111111}",
               "");
        create(&world, "namesake",
               "{apiVersion: example.dev/v1, kind: Item, name: owner, uid: "
               "11111111-1111-4111-8111-111111111111}",
               "");
        create_owned(&world, "child", "owner", "");
        settle(&world);
        assert_false(is_there(&world, "none"));
        assert_false(is_there(&world, "namesake"));
        assert_true(is_there(&world, "child"));
        world_deinit(&world);
}

/* The owner is looked for in the dependent's namespace, whatever its UID says. */
static void test_garbage_collector__owner_in_another_namespace_is_none(void **state) {
        struct world world;
        const char *owner;

        (void)state;
        world_init(&world);
        fixture_create(&world.fixture, fixture_kind(&world.fixture, "v1", "Namespace"),
                       "{metadata: {name: other}}");
        create(&world, "owner", "", "");
        owner = reference(&world, "owner", "");
        world.fixture.namespace_ = "other";
        create(&world, "child", owner, "");
        settle(&world);
        assert_false(is_there(&world, "child"));
        world_deinit(&world);
}

static void test_garbage_collector__owner_in_no_namespace(void **state) {
        struct world world;
        const struct kind *namespaces;
        const struct record *owner;

        (void)state;
        world_init(&world);
        namespaces = fixture_kind(&world.fixture, "v1", "Namespace");
        owner = collection_get(namespaces->objects, "", "default");
        create(&world, "child",
               arena_printf(&world.fixture.arena,
                            "{apiVersion: v1, kind: Namespace, name: default, uid: %s}",
                            owner->uid),
               "");
        settle(&world);
        assert_true(is_there(&world, "child"));
        world_deinit(&world);
}

static void test_garbage_collector__namespaced_owner_of_what_is_in_none_decides_nothing(
        void **state) {
        struct world world;
        const struct kind *namespaces;

        (void)state;
        world_init(&world);
        namespaces = fixture_kind(&world.fixture, "v1", "Namespace");
        fixture_create(
                &world.fixture, namespaces,
                "{metadata: {name: odd, ownerReferences: [{apiVersion: example.dev/v1, kind: Item, "
                "name: a, uid: 11111111-1111-4111-8111-111111111111}]}}");
        agenda_advance(world.fixture.agenda, 60000);
        assert_non_null(collection_get(namespaces->objects, "", "odd"));
        assert_false(collection_get(namespaces->objects, "", "odd")->deleting);
        world_deinit(&world);
}

static void test_garbage_collector__owner_of_unknown_kind_waits_until_it_is_known(void **state) {
        struct world world;

        (void)state;
        world_init(&world);
        create(&world, "child",
               "{apiVersion: example.dev/v1, kind: Late, name: a, uid: "
               "11111111-1111-4111-8111-111111111111}",
               "");
        agenda_advance(world.fixture.agenda, 60000);
        assert_true(is_there(&world, "child"));
        define(&world, "lates", "Late");
        agenda_advance(world.fixture.agenda, 60000);
        assert_false(is_there(&world, "child"));
        world_deinit(&world);
}

static void test_garbage_collector__orphans_lose_their_owner(void **state) {
        struct world world;

        (void)state;
        world_init(&world);
        create(&world, "owner", "", "");
        create_owned(&world, "a", "owner", "");
        create_owned(&world, "b", "owner", ", blockOwnerDeletion: true");
        delete_as(&world, "owner", PROPAGATION_ORPHAN);
        assert_true(is_deleting(&world, "owner"));
        settle(&world);
        assert_false(is_there(&world, "owner"));
        assert_references(&world, "a", "");
        assert_references(&world, "b", "");
        world_deinit(&world);
}

static void test_garbage_collector__foreground_waits_for_who_blocks(void **state) {
        struct world world;

        (void)state;
        world_init(&world);
        create(&world, "owner", "", "");
        create(&world, "blocking", reference(&world, "owner", ", blockOwnerDeletion: true"),
               "example.dev/held");
        create(&world, "lax", reference(&world, "owner", ""), "example.dev/held");
        create_owned(&world, "free", "owner", "");
        delete_as(&world, "owner", PROPAGATION_FOREGROUND);
        settle(&world);
        assert_true(is_deleting(&world, "owner"));
        assert_true(is_deleting(&world, "blocking"));
        assert_true(is_deleting(&world, "lax"));
        assert_false(is_there(&world, "free"));
        fixture_patch(&world.fixture, world.items, "blocking", PATCH_MERGE,
                      "{metadata: {finalizers: null}}");
        settle(&world);
        assert_false(is_there(&world, "blocking"));
        assert_false(is_there(&world, "owner")); /* the other one does not block */
        assert_true(is_deleting(&world, "lax"));
        world_deinit(&world);
}

static void test_garbage_collector__foreground_ends_when_the_last_stops_blocking(void **state) {
        struct world world;

        (void)state;
        world_init(&world);
        create(&world, "owner", "", "");
        create(&world, "child", reference(&world, "owner", ", blockOwnerDeletion: true"),
               "example.dev/held");
        delete_as(&world, "owner", PROPAGATION_FOREGROUND);
        settle(&world);
        assert_true(is_there(&world, "owner"));
        fixture_patch(&world.fixture, world.items, "child", PATCH_MERGE,
                      "{metadata: {ownerReferences: null}}");
        settle(&world);
        assert_false(is_there(&world, "owner"));
        assert_true(is_there(&world, "child"));
        world_deinit(&world);
}

/* From the top down it is marked, from the bottom up it goes. */
static void test_garbage_collector__foreground_goes_down_and_up(void **state) {
        struct world world;

        (void)state;
        world_init(&world);
        create(&world, "top", "", "");
        create_owned(&world, "middle", "top", ", blockOwnerDeletion: true");
        create(&world, "bottom", reference(&world, "middle", ", blockOwnerDeletion: true"),
               "example.dev/held");
        delete_as(&world, "top", PROPAGATION_FOREGROUND);
        settle(&world);
        assert_true(is_deleting(&world, "top"));
        assert_true(is_deleting(&world, "middle"));
        assert_true(is_deleting(&world, "bottom"));
        fixture_assert_value(&world.fixture, fixture_get(&world.fixture, world.items, "middle"),
                             "metadata.finalizers", "[\"foregroundDeletion\"]");
        fixture_patch(&world.fixture, world.items, "bottom", PATCH_MERGE,
                      "{metadata: {finalizers: null}}");
        settle(&world);
        assert_false(is_there(&world, "bottom"));
        assert_false(is_there(&world, "middle"));
        assert_false(is_there(&world, "top"));
        world_deinit(&world);
}

static void test_garbage_collector__foreground_leaves_who_has_another_owner(void **state) {
        struct world world;

        (void)state;
        world_init(&world);
        create(&world, "going", "", "");
        create(&world, "staying", "", "");
        create(&world, "child",
               arena_printf(&world.fixture.arena, "%s, %s",
                            reference(&world, "going", ", blockOwnerDeletion: true"),
                            reference(&world, "staying", "")),
               "");
        delete_as(&world, "going", PROPAGATION_FOREGROUND);
        settle(&world);
        assert_false(is_there(&world, "going"));
        assert_true(is_there(&world, "child"));
        assert_references(
                &world, "child",
                arena_printf(&world.fixture.arena,
                             "[{\"apiVersion\":\"example.dev/v1\",\"kind\":\"Item\",\"name\":"
                             "\"staying\",\"uid\":\"%s\"}]",
                             uid_of(&world, "staying")));
        world_deinit(&world);
}

static void test_garbage_collector__a_circle_comes_to_an_end(void **state) {
        struct world world;

        (void)state;
        world_init(&world);
        create(&world, "a", "", "");
        create_owned(&world, "b", "a", ", blockOwnerDeletion: true");
        fixture_patch(&world.fixture, world.items, "a", PATCH_MERGE,
                      arena_printf(&world.fixture.arena, "{metadata: {ownerReferences: [%s]}}",
                                   reference(&world, "b", ", blockOwnerDeletion: true")));
        settle(&world);
        assert_true(is_there(&world, "a"));
        delete_as(&world, "a", PROPAGATION_FOREGROUND);
        settle(&world);
        assert_false(is_there(&world, "a"));
        assert_false(is_there(&world, "b"));
        world_deinit(&world);
}

static void test_garbage_collector__finalizers_of_the_dependent_decide_how_it_goes(void **state) {
        struct world world;

        (void)state;
        world_init(&world);
        create(&world, "top", "", "");
        create(&world, "middle", reference(&world, "top", ""), "orphan");
        create_owned(&world, "bottom", "middle", "");
        delete_as(&world, "top", PROPAGATION_BACKGROUND);
        settle(&world);
        assert_false(is_there(&world, "middle"));
        assert_true(is_there(&world, "bottom"));
        assert_references(&world, "bottom", "");
        world_deinit(&world);
}

static void test_garbage_collector__other_finalizers_stay(void **state) {
        struct world world;

        (void)state;
        world_init(&world);
        create(&world, "owner", "", "example.dev/held");
        delete_as(&world, "owner", PROPAGATION_ORPHAN);
        settle(&world);
        fixture_assert_value(&world.fixture, fixture_get(&world.fixture, world.items, "owner"),
                             "metadata.finalizers", "[\"example.dev/held\"]");
        world_deinit(&world);
}

static void test_garbage_collector__sees_what_was_there_before_it(void **state) {
        struct world world;

        (void)state;
        world_init(&world);
        create(&world, "owner", "", "");
        create_owned(&world, "child", "owner", "");
        GARBAGE_COLLECTOR.stop(world.collector);
        delete_as(&world, "owner", PROPAGATION_BACKGROUND);
        world.collector = GARBAGE_COLLECTOR.start(&world.fixture.sim);
        settle(&world);
        assert_false(is_there(&world, "child"));
        world_deinit(&world);
}

static void test_garbage_collector__leaves_events_alone(void **state) {
        struct world world;
        const struct kind *events;

        (void)state;
        world_init(&world);
        events = fixture_kind(&world.fixture, "v1", "Event");
        assert_non_null(fixture_create(
                &world.fixture, events,
                "{metadata: {name: e, ownerReferences: [{apiVersion: example.dev/v1, kind: Item, "
                "name: a, uid: 11111111-1111-4111-8111-111111111111}]}, involvedObject: "
                "{namespace: default}}"));
        settle(&world);
        assert_non_null(collection_get(events->objects, "default", "e"));
        world_deinit(&world);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(
                        test_garbage_collector__background_deletes_generation_after_generation),
                cmocka_unit_test(test_garbage_collector__one_living_owner_is_enough),
                cmocka_unit_test(test_garbage_collector__absent_owner),
                cmocka_unit_test(test_garbage_collector__owner_in_another_namespace_is_none),
                cmocka_unit_test(test_garbage_collector__owner_in_no_namespace),
                cmocka_unit_test(
                        test_garbage_collector__namespaced_owner_of_what_is_in_none_decides_nothing),
                cmocka_unit_test(
                        test_garbage_collector__owner_of_unknown_kind_waits_until_it_is_known),
                cmocka_unit_test(test_garbage_collector__orphans_lose_their_owner),
                cmocka_unit_test(test_garbage_collector__foreground_waits_for_who_blocks),
                cmocka_unit_test(
                        test_garbage_collector__foreground_ends_when_the_last_stops_blocking),
                cmocka_unit_test(test_garbage_collector__foreground_goes_down_and_up),
                cmocka_unit_test(test_garbage_collector__foreground_leaves_who_has_another_owner),
                cmocka_unit_test(test_garbage_collector__a_circle_comes_to_an_end),
                cmocka_unit_test(
                        test_garbage_collector__finalizers_of_the_dependent_decide_how_it_goes),
                cmocka_unit_test(test_garbage_collector__other_finalizers_stay),
                cmocka_unit_test(test_garbage_collector__sees_what_was_there_before_it),
                cmocka_unit_test(test_garbage_collector__leaves_events_alone),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
