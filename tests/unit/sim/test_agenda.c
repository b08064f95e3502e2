#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "llc/base/strbuf.h"
#include "llc/sys/clock.h"
#include "verbs/agenda.h"

enum { START = 1000000 };

struct world {
        struct agenda *agenda;
        struct strbuf seen;
};

struct entry {
        struct world *world;
        struct agenda_item *item;
        char name;
        int64_t again_ms; /* when it has run it is set again, unless -1 */
};

static void world_init(struct world *world) {
        *world = (struct world){
                .agenda = agenda_new(&(struct agenda_options){
                        .is_virtual = true,
                        .start_ms = START,
                        .seed = 1,
                }),
                .seen = STRBUF_INIT(4096),
        };
}

static void world_deinit(struct world *world) {
        agenda_free(world->agenda);
        strbuf_deinit(&world->seen);
}

static void entry_run(void *ctx) {
        struct entry *entry = ctx;

        strbuf_printf(&entry->world->seen, "%c%d ", entry->name,
                      (int)(agenda_now_ms(entry->world->agenda) - START));
        if (entry->again_ms >= 0)
                agenda_set(entry->item, entry->again_ms);
}

static void entries_init(struct entry *entries, size_t n, struct world *world) {
        for (size_t i = 0; i < n; i++) {
                entries[i] =
                        (struct entry){ .world = world, .name = (char)('a' + i), .again_ms = -1 };
                entries[i].item = agenda_item_new(world->agenda, entry_run, &entries[i]);
        }
}

static void entries_deinit(struct entry *entries, size_t n) {
        for (size_t i = 0; i < n; i++)
                agenda_item_free(entries[i].item);
}

#define assert_seen(world, text)                                                                   \
        do {                                                                                       \
                assert_string_equal(strbuf_str(&(world)->seen), text);                             \
                strbuf_clear(&(world)->seen);                                                      \
        } while (0)

static void test_agenda__items_run_at_their_time_in_order(void **state) {
        struct world world;
        struct entry e[4];

        (void)state;
        world_init(&world);
        entries_init(e, 4, &world);
        agenda_set(e[0].item, 300);
        agenda_set(e[1].item, 100);
        agenda_set(e[2].item, 200);
        agenda_set(e[3].item, 1000);
        agenda_advance(world.agenda, 999);
        assert_seen(&world, "b100 c200 a300 ");
        assert_int_equal(agenda_now_ms(world.agenda), START + 999);
        agenda_advance(world.agenda, 1);
        assert_seen(&world, "d1000 ");
        entries_deinit(e, 4);
        world_deinit(&world);
}

static void test_agenda__due_together_the_one_set_first_is_first(void **state) {
        struct world world;
        struct entry e[5];

        (void)state;
        world_init(&world);
        entries_init(e, 5, &world);
        for (size_t i = 0; i < 5; i++)
                agenda_set(e[i].item, 50);
        agenda_set(e[1].item, 50); /* set again: last */
        agenda_advance(world.agenda, 50);
        assert_seen(&world, "a50 c50 d50 e50 b50 ");
        entries_deinit(e, 5);
        world_deinit(&world);
}

static void test_agenda__set_again_moves(void **state) {
        struct world world;
        struct entry e[1];

        (void)state;
        world_init(&world);
        entries_init(e, 1, &world);
        agenda_set(e[0].item, 10);
        agenda_set(e[0].item, 30);
        agenda_advance(world.agenda, 20);
        assert_seen(&world, "");
        agenda_advance(world.agenda, 20);
        assert_seen(&world, "a30 ");
        agenda_advance(world.agenda, 100); /* one shot */
        assert_seen(&world, "");
        agenda_set(e[0].item, -5);
        agenda_advance(world.agenda, 0);
        assert_seen(&world, "a140 ");
        entries_deinit(e, 1);
        world_deinit(&world);
}

static void test_agenda__sooner_never_puts_off(void **state) {
        struct world world;
        struct entry e[1];

        (void)state;
        world_init(&world);
        entries_init(e, 1, &world);
        agenda_set_sooner(e[0].item, 30);
        agenda_set_sooner(e[0].item, 50);
        agenda_advance(world.agenda, 20);
        agenda_set_sooner(e[0].item, 10); /* the same time */
        agenda_advance(world.agenda, 10);
        assert_seen(&world, "a30 ");
        agenda_set_sooner(e[0].item, 30);
        agenda_set_sooner(e[0].item, 10);
        agenda_advance(world.agenda, 100);
        assert_seen(&world, "a40 ");
        entries_deinit(e, 1);
        world_deinit(&world);
}

static void test_agenda__cleared_and_freed_do_not_run(void **state) {
        struct world world;
        struct entry e[3];

        (void)state;
        world_init(&world);
        entries_init(e, 3, &world);
        for (size_t i = 0; i < 3; i++)
                agenda_set(e[i].item, 10);
        agenda_clear(e[0].item);
        agenda_clear(e[0].item);
        agenda_item_free(e[1].item);
        e[1].item = NULL;
        agenda_advance(world.agenda, 10);
        assert_seen(&world, "c10 ");
        assert_int_equal(agenda_run(world.agenda), -1);
        entries_deinit(e, 3);
        world_deinit(&world);
}

static void test_agenda__run_leaves_what_it_sets_to_the_next(void **state) {
        struct world world;
        struct entry e[2];

        (void)state;
        world_init(&world);
        entries_init(e, 2, &world);
        e[0].again_ms = 0;
        agenda_set(e[0].item, 0);
        agenda_set(e[1].item, 70);
        assert_int_equal(agenda_run(world.agenda), 0);
        assert_seen(&world, "a0 ");
        e[0].again_ms = -1;
        assert_int_equal(agenda_run(world.agenda), 70);
        assert_seen(&world, "a0 ");
        entries_deinit(e, 2);
        world_deinit(&world);
}

static void test_agenda__advance_runs_what_is_set_on_the_way(void **state) {
        struct world world;
        struct entry e[2];

        (void)state;
        world_init(&world);
        entries_init(e, 2, &world);
        e[0].again_ms = 30;
        agenda_set(e[0].item, 10);
        agenda_set(e[1].item, 50);
        agenda_advance(world.agenda, 70);
        assert_seen(&world, "a10 a40 b50 a70 ");
        entries_deinit(e, 2);
        world_deinit(&world);
}

static void count(void *ctx) {
        ++*(int *)ctx;
}

static void test_agenda__change_is_told_outside_a_run(void **state) {
        struct world world;
        struct entry e[3];
        int changes = 0;

        (void)state;
        world_init(&world);
        entries_init(e, 3, &world);
        agenda_on_change(world.agenda, count, &changes);
        agenda_set(e[0].item, 100);
        assert_int_equal(changes, 1);
        agenda_set(e[1].item, 200); /* not the next one */
        assert_int_equal(changes, 1);
        agenda_set(e[2].item, 50);
        assert_int_equal(changes, 2);
        e[2].again_ms = 10;
        agenda_advance(world.agenda, 60);
        assert_int_equal(changes, 2);
        entries_deinit(e, 3);
        world_deinit(&world);
}

struct due {
        const struct agenda *agenda;
        int64_t due_ms, *last_ms;
        struct agenda_item *item;
        bool ran;
};

static void due_run(void *ctx) {
        struct due *due = ctx;

        assert_int_equal(agenda_now_ms(due->agenda), due->due_ms);
        assert_true(due->due_ms >= *due->last_ms);
        *due->last_ms = due->due_ms;
        due->ran = true;
}

static void test_agenda__many_items_keep_their_order(void **state) {
        enum { MANY = 500 };
        static struct due dues[MANY];
        struct world world;
        int64_t last_ms = 0;
        uint32_t random = 7;

        (void)state;
        world_init(&world);
        for (size_t i = 0; i < MANY; i++) {
                random = random * 1664525u + 1013904223u;
                dues[i] = (struct due){
                        .agenda = world.agenda,
                        .due_ms = START + (random >> 16) % 1000,
                        .last_ms = &last_ms,
                        .item = agenda_item_new(world.agenda, due_run, &dues[i]),
                };
                agenda_set(dues[i].item, dues[i].due_ms - START);
                if (i >= 10 && i % 3 == 0)
                        agenda_clear(dues[i - 10].item);
        }
        agenda_advance(world.agenda, 1000);
        for (size_t i = 0; i < MANY; i++) {
                assert_int_equal(dues[i].ran, !(i + 10 < MANY && (i + 10) % 3 == 0));
                agenda_item_free(dues[i].item);
        }
        world_deinit(&world);
}

static void test_agenda__random_repeats_with_the_seed(void **state) {
        struct world a, b;
        char x[37], y[37];
        unsigned char bytes[11] = { 0 }, same[11] = { 0 };

        (void)state;
        world_init(&a);
        world_init(&b);
        agenda_uid(a.agenda, x);
        agenda_uid(b.agenda, y);
        assert_string_equal(x, y);
        agenda_uid(b.agenda, y);
        assert_string_not_equal(x, y);
        agenda_uid(a.agenda, x);
        agenda_random(a.agenda, bytes, sizeof(bytes));
        agenda_random(b.agenda, same, sizeof(same));
        assert_memory_equal(bytes, same, sizeof(bytes));
        world_deinit(&a);
        world_deinit(&b);
}

static void test_agenda__uid_is_version_4(void **state) {
        struct world world;
        char uid[37];

        (void)state;
        world_init(&world);
        for (int i = 0; i < 100; i++) {
                agenda_uid(world.agenda, uid);
                assert_int_equal(strlen(uid), 36);
                for (size_t k = 0; k < 36; k++)
                        if (k == 8 || k == 13 || k == 18 || k == 23)
                                assert_int_equal(uid[k], '-');
                        else
                                assert_non_null(strchr("0123456789abcdef", uid[k]));
                assert_int_equal(uid[14], '4');
                assert_non_null(strchr("89ab", uid[19]));
        }
        world_deinit(&world);
}

static void test_agenda__name_has_no_vowels(void **state) {
        struct world world;
        char names[1001], name[6];

        (void)state;
        world_init(&world);
        agenda_name(world.agenda, names, 1000);
        assert_int_equal(strlen(names), 1000);
        assert_int_equal(strspn(names, "bcdfghjklmnpqrstvwxz2456789"), 1000);
        for (const char *letter = "bcdfghjklmnpqrstvwxz2456789"; *letter; letter++)
                assert_non_null(strchr(names, *letter));
        agenda_name(world.agenda, name, 5);
        assert_int_equal(strlen(name), 5);
        world_deinit(&world);
}

static void test_agenda__real_one_has_the_clock_and_random_bytes(void **state) {
        struct agenda *agenda = agenda_new(&(struct agenda_options){ .is_virtual = false });
        int64_t before = clock_wall_ms(), now = agenda_now_ms(agenda), left;
        struct agenda_item *item;
        char a[37], b[37];
        int runs = 0;

        (void)state;
        assert_true(now >= before && now <= clock_wall_ms());
        agenda_uid(agenda, a);
        agenda_uid(agenda, b);
        assert_string_not_equal(a, b);
        item = agenda_item_new(agenda, count, &runs);
        agenda_set(item, 3600000);
        left = agenda_run(agenda);
        assert_true(left > 3500000 && left <= 3600000);
        assert_int_equal(runs, 0);
        agenda_set(item, 0);
        assert_int_equal(agenda_run(agenda), -1);
        assert_int_equal(runs, 1);
        agenda_item_free(item);
        agenda_free(agenda);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_agenda__items_run_at_their_time_in_order),
                cmocka_unit_test(test_agenda__due_together_the_one_set_first_is_first),
                cmocka_unit_test(test_agenda__set_again_moves),
                cmocka_unit_test(test_agenda__sooner_never_puts_off),
                cmocka_unit_test(test_agenda__cleared_and_freed_do_not_run),
                cmocka_unit_test(test_agenda__run_leaves_what_it_sets_to_the_next),
                cmocka_unit_test(test_agenda__advance_runs_what_is_set_on_the_way),
                cmocka_unit_test(test_agenda__change_is_told_outside_a_run),
                cmocka_unit_test(test_agenda__many_items_keep_their_order),
                cmocka_unit_test(test_agenda__random_repeats_with_the_seed),
                cmocka_unit_test(test_agenda__uid_is_version_4),
                cmocka_unit_test(test_agenda__name_has_no_vowels),
                cmocka_unit_test(test_agenda__real_one_has_the_clock_and_random_bytes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
