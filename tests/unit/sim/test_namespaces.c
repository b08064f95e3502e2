#include "fixture.h"

#include <string.h>

#include "actors/actor.h"

struct world {
        struct fixture fixture;
        const struct kind *namespaces, *items, *pods;
        void *actor;
};

static void settle(struct world *world) {
        agenda_advance(world->fixture.agenda, 0);
}

static const struct kind *define(struct world *world) {
        JSON_CLEANUP struct json *definition = fixture_tree(
                "{metadata: {name: items.example.dev}, spec: {group: example.dev, scope: "
                "Namespaced, names: {plural: items, kind: Item}, versions: [{name: v1, served: "
                "true, storage: true, schema: {openAPIV3Schema: {type: object}}}]}}");
        struct err err;

        if (kinds_define(world->fixture.kinds, definition, &err) < 0)
                fail_msg("%s", err.msg);
        return fixture_kind(&world->fixture, "example.dev/v1", "Item");
}

static void world_init(struct world *world) {
        fixture_init(&world->fixture);
        world->namespaces = fixture_kind(&world->fixture, "v1", "Namespace");
        world->items = define(world);
        world->pods = fixture_kind(&world->fixture, "v1", "Pod");
        world->actor = NAMESPACES.start(&world->fixture.sim);
        assert_non_null(
                fixture_create(&world->fixture, world->namespaces, "{metadata: {name: shop}}"));
        world->fixture.namespace_ = "shop";
        settle(world);
}

static void world_deinit(struct world *world) {
        NAMESPACES.stop(world->actor);
        fixture_deinit(&world->fixture);
}

static const struct record *shop(const struct world *world) {
        return collection_get(world->namespaces->objects, "", "shop");
}

static void end_shop(struct world *world) {
        bool gone;

        assert_non_null(
                fixture_delete(&world->fixture, world->namespaces, "shop", &FIXTURE_DELETE, &gone));
        assert_false(gone);
}

static void create_item(struct world *world, const char *metadata) {
        const char *yaml =
                arena_printf(&world->fixture.arena,
                             "{apiVersion: example.dev/v1, kind: Item, metadata: {%s}}", metadata);

        if (!fixture_create(&world->fixture, world->items, yaml))
                fail_msg("%s", world->fixture.refusal.message);
}

/* Status, reason and message of a condition. */
static void assert_condition(struct world *world, const char *type, const char *expected) {
        JSON_CLEANUP struct json *tree = record_tree(shop(world));
        const struct json *conditions = json_get(json_get(tree, "status"), "conditions");

        for (size_t i = 0; i < json_length(conditions); i++) {
                const struct json *item = json_at(conditions, i);

                if (strcmp(json_text_at(item, "type"), type) == 0) {
                        assert_string_equal(arena_printf(&world->fixture.arena, "%s %s: %s",
                                                         json_text_at(item, "status"),
                                                         json_text_at(item, "reason"),
                                                         json_text_at(item, "message")),
                                            expected);
                        return;
                }
        }
        fail_msg("no condition %s", type);
}

static void test_namespaces__empty_one_ends_at_once(void **state) {
        struct world world;

        (void)state;
        world_init(&world);
        end_shop(&world);
        assert_true(shop(&world)->deleting);
        settle(&world);
        assert_null(shop(&world));
        world_deinit(&world);
}

static void test_namespaces__all_in_it_is_deleted(void **state) {
        struct world world;

        (void)state;
        world_init(&world);
        create_item(&world, "name: a");
        create_item(&world, "name: b");
        world.fixture.namespace_ = "default";
        create_item(&world, "name: mine");
        end_shop(&world);
        settle(&world);
        assert_null(shop(&world));
        assert_null(collection_get(world.items->objects, "shop", "a"));
        assert_non_null(collection_get(world.items->objects, "default", "mine"));
        world_deinit(&world);
}

static void test_namespaces__waits_for_finalizers_and_says_so(void **state) {
        struct world world;

        (void)state;
        world_init(&world);
        create_item(&world, "name: a, finalizers: [example.dev/held]");
        create_item(&world, "name: b, finalizers: [example.dev/held, example.dev/x]");
        end_shop(&world);
        settle(&world);
        assert_condition(
                &world, "NamespaceContentRemaining",
                "True SomeResourcesRemain: Some resources are remaining: items.example.dev has 2 "
                "resource instances");
        assert_condition(&world, "NamespaceFinalizersRemaining",
                         "True SomeFinalizersRemain: Some content in the namespace has finalizers "
                         "remaining: example.dev/held in 2 resource instances, example.dev/x in 1 "
                         "resource instances");
        assert_condition(
                &world, "NamespaceDeletionContentFailure",
                "False ContentDeleted: All content successfully deleted, may be waiting on "
                "finalization");
        assert_condition(&world, "NamespaceDeletionDiscoveryFailure",
                         "False ResourcesDiscovered: All resources successfully discovered");
        assert_condition(&world, "NamespaceDeletionGroupVersionParsingFailure",
                         "False ParsedGroupVersions: All legacy kube types successfully parsed");

        fixture_patch(&world.fixture, world.items, "a", PATCH_MERGE,
                      "{metadata: {finalizers: null}}");
        agenda_advance(world.fixture.agenda, 8000); /* half of 15 s, and one */
        assert_condition(
                &world, "NamespaceContentRemaining",
                "True SomeResourcesRemain: Some resources are remaining: items.example.dev has 1 "
                "resource instances");
        fixture_patch(&world.fixture, world.items, "b", PATCH_MERGE,
                      "{metadata: {finalizers: null}}");
        settle(&world); /* the last one: no need to wait */
        assert_null(shop(&world));
        world_deinit(&world);
}

static void test_namespaces__conditions_are_written_when_they_change(void **state) {
        struct world world;
        int64_t revision;

        (void)state;
        world_init(&world);
        create_item(&world, "name: a, finalizers: [example.dev/held]");
        end_shop(&world);
        settle(&world);
        revision = storage_revision(world.fixture.storage);
        agenda_advance(world.fixture.agenda, 60000);
        assert_int_equal(storage_revision(world.fixture.storage), revision);
        world_deinit(&world);
}

static void test_namespaces__pods_go_first(void **state) {
        struct world world;
        bool gone;

        (void)state;
        world_init(&world);
        create_item(&world, "name: a");
        assert_non_null(fixture_create(
                &world.fixture, world.pods,
                "{metadata: {name: p}, spec: {nodeName: node, terminationGracePeriodSeconds: 30, "
                "containers: [{name: c, image: i}]}}"));
        end_shop(&world);
        settle(&world);
        assert_true(collection_get(world.pods->objects, "shop", "p")->deleting);
        assert_non_null(collection_get(world.items->objects, "shop", "a"));
        assert_condition(&world, "NamespaceContentRemaining",
                         "False ContentRemoved: All content successfully removed");
        fixture_delete(&world.fixture, world.pods, "p",
                       &(const struct delete_options){ .grace_s = 0 }, &gone);
        assert_true(gone);
        settle(&world);
        assert_null(collection_get(world.items->objects, "shop", "a"));
        assert_null(shop(&world));
        world_deinit(&world);
}

static void test_namespaces__pods_that_stay_too_long_are_a_failure(void **state) {
        struct world world;

        (void)state;
        world_init(&world);
        assert_non_null(fixture_create(
                &world.fixture, world.pods,
                "{metadata: {name: p}, spec: {nodeName: node, terminationGracePeriodSeconds: 30, "
                "containers: [{name: c, image: i}]}}"));
        end_shop(&world);
        agenda_advance(world.fixture.agenda, 29000);
        assert_condition(
                &world, "NamespaceDeletionContentFailure",
                "False ContentDeleted: All content successfully deleted, may be waiting on "
                "finalization");
        agenda_advance(world.fixture.agenda, 16000);
        assert_condition(&world, "NamespaceDeletionContentFailure",
                         "True ContentDeletionFailed: Failed to delete all resource types, 1 "
                         "remaining: unexpected items still remain in namespace: shop for gvr: "
                         "/v1, Resource=pods");
        world_deinit(&world);
}

static void test_namespaces__other_finalizers_keep_it(void **state) {
        struct world world;

        (void)state;
        world_init(&world);
        fixture_patch(&world.fixture, world.namespaces, "shop", PATCH_MERGE,
                      "{metadata: {finalizers: [example.dev/held]}}");
        end_shop(&world);
        settle(&world);
        assert_non_null(shop(&world));
        fixture_assert_value(&world.fixture, fixture_get(&world.fixture, world.namespaces, "shop"),
                             "spec.finalizers", "");
        fixture_patch(&world.fixture, world.namespaces, "shop", PATCH_MERGE,
                      "{metadata: {finalizers: null}}");
        assert_null(shop(&world));
        world_deinit(&world);
}

static void test_namespaces__each_has_the_default_service_account(void **state) {
        struct world world;
        const struct kind *accounts;
        bool gone;

        (void)state;
        world_init(&world);
        accounts = fixture_kind(&world.fixture, "v1", "ServiceAccount");
        assert_non_null(collection_get(accounts->objects, "shop", "default"));
        assert_non_null(collection_get(accounts->objects, "default", "default"));
        fixture_delete(&world.fixture, accounts, "default", &FIXTURE_DELETE, &gone);
        assert_null(collection_get(accounts->objects, "shop", "default"));
        settle(&world);
        assert_non_null(collection_get(accounts->objects, "shop", "default"));
        world_deinit(&world);
}

static void test_namespaces__one_that_was_ending_before_it_came(void **state) {
        struct world world;

        (void)state;
        world_init(&world);
        NAMESPACES.stop(world.actor);
        end_shop(&world);
        world.actor = NAMESPACES.start(&world.fixture.sim);
        settle(&world);
        assert_null(shop(&world));
        world_deinit(&world);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_namespaces__empty_one_ends_at_once),
                cmocka_unit_test(test_namespaces__all_in_it_is_deleted),
                cmocka_unit_test(test_namespaces__waits_for_finalizers_and_says_so),
                cmocka_unit_test(test_namespaces__conditions_are_written_when_they_change),
                cmocka_unit_test(test_namespaces__pods_go_first),
                cmocka_unit_test(test_namespaces__pods_that_stay_too_long_are_a_failure),
                cmocka_unit_test(test_namespaces__other_finalizers_keep_it),
                cmocka_unit_test(test_namespaces__each_has_the_default_service_account),
                cmocka_unit_test(test_namespaces__one_that_was_ending_before_it_came),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
