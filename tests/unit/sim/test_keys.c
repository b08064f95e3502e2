#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "actors/keys.h"
#include "llc/base/strbuf.h"

struct world {
        struct agenda *agenda;
        struct keys *keys;
        struct strbuf seen;
        int again; /* how often a key is noted from within its own call */
};

static void look(void *ctx, const char *namespace_, const char *name) {
        struct world *world = ctx;

        strbuf_printf(&world->seen, "%s/%s@%d ", namespace_, name,
                      (int)agenda_now_ms(world->agenda));
        if (world->again > 0) {
                world->again--;
                keys_add(world->keys, namespace_, name, 5);
                keys_add(world->keys, namespace_, "other", 0);
        }
}

static void world_init(struct world *world) {
        *world = (struct world){
                .agenda = agenda_new(&(struct agenda_options){ .is_virtual = true }),
                .seen = STRBUF_INIT(4096),
        };
        world->keys = keys_new(world->agenda, look, world);
}

static void world_deinit(struct world *world) {
        keys_free(world->keys);
        agenda_free(world->agenda);
        strbuf_deinit(&world->seen);
}

static void test_keys__each_is_looked_at_once(void **state) {
        struct world world;

        (void)state;
        world_init(&world);
        keys_add(world.keys, "n", "a", 0);
        keys_add(world.keys, "n", "b", 0);
        keys_add(world.keys, "n", "a", 0);
        keys_add(world.keys, "", "a", 0);
        agenda_advance(world.agenda, 10);
        assert_string_equal(strbuf_str(&world.seen), "n/a@0 n/b@0 /a@0 ");
        world_deinit(&world);
}

static void test_keys__earliest_time_counts(void **state) {
        struct world world;

        (void)state;
        world_init(&world);
        keys_add(world.keys, "n", "a", 50);
        keys_add(world.keys, "n", "a", 20);
        keys_add(world.keys, "n", "a", 90);
        agenda_advance(world.agenda, 100);
        assert_string_equal(strbuf_str(&world.seen), "n/a@20 ");
        world_deinit(&world);
}

static void test_keys__may_be_noted_within_the_call(void **state) {
        struct world world;

        (void)state;
        world_init(&world);
        world.again = 1;
        keys_add(world.keys, "n", "a", 0);
        agenda_advance(world.agenda, 100);
        assert_string_equal(strbuf_str(&world.seen), "n/a@0 n/other@0 n/a@5 ");
        world_deinit(&world);
}

static void test_keys__free_forgets_what_waits(void **state) {
        struct world world;

        (void)state;
        world_init(&world);
        for (int i = 0; i < 100; i++) {
                char name[16];

                snprintf(name, sizeof(name), "p%d", i);
                keys_add(world.keys, "n", name, i);
        }
        keys_free(world.keys);
        world.keys = NULL;
        agenda_advance(world.agenda, 1000);
        assert_string_equal(strbuf_str(&world.seen), "");
        world_deinit(&world);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_keys__each_is_looked_at_once),
                cmocka_unit_test(test_keys__earliest_time_counts),
                cmocka_unit_test(test_keys__may_be_noted_within_the_call),
                cmocka_unit_test(test_keys__free_forgets_what_waits),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
