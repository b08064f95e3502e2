#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "intake.h"
#include "thing.h"

/* What the callbacks were told, as one line: "+x1 -y3 x1>x2 !z", "*" after what is initial. */
struct fixture {
        struct store *store;
        struct informer_options options;
        struct informer_counters counters;
        struct intake intake;
        struct strbuf told;
};

static void on_change(void *ctx, const struct informer_change *change) {
        struct fixture *fixture = ctx;
        const struct object *object = change->new ? change->new : change->old;
        const struct object *cached = store_get(fixture->store, object->key);

        /* The store has changed already, and old can still be read. */
        assert_ptr_equal(cached, change->new);
        if (change->old && change->new)
                strbuf_printf(&fixture->told, "%s%s>", change->old->meta->name,
                              change->old->meta->resource_version);
        strbuf_printf(&fixture->told, "%s%s%s%s ",
                      !change->old   ? "+"
                      : !change->new ? "-"
                                     : "",
                      object->meta->name, object->meta->resource_version,
                      change->initial ? "*" : "");
}

static void on_unreadable(void *ctx, const struct decoder_item *item) {
        struct fixture *fixture = ctx;

        assert_false(item->readable);
        assert_int_equal(item->json.len, 0);
        assert_int_not_equal(item->error.msg[0], '\0');
        strbuf_printf(&fixture->told, "!%.*s ", (int)item->name.len, item->name.ptr);
}

static int setup(void **state) {
        static struct fixture fixture;

        fixture = (struct fixture){ .told = STRBUF_INIT(4096) };
        fixture.store = store_new(THING_SEED, thing_index);
        fixture.options = (struct informer_options){ .decode = thing_decode,
                                                     .store = fixture.store,
                                                     .on_change = on_change,
                                                     .on_unreadable = on_unreadable,
                                                     .ctx = &fixture };
        intake_init(&fixture.intake, &fixture.options, &fixture.counters);
        *state = &fixture;
        return 0;
}

static int teardown(void **state) {
        struct fixture *fixture = *state;

        intake_deinit(&fixture->intake);
        store_free(fixture->store);
        strbuf_deinit(&fixture->told);
        return 0;
}

static void told(struct fixture *fixture, const char *want) {
        assert_string_equal(strbuf_str(&fixture->told), want);
        strbuf_clear(&fixture->told);
}

static struct decoder_item item_of(enum decoder_event event, const char *name, const char *uid,
                                   const char *version, const char *color) {
        return (struct decoder_item){ .event = event,
                                      .readable = true,
                                      .json = bytes_of(thing_text(name, uid, version, color)),
                                      .name = bytes_of(name),
                                      .namespace_ = bytes_of("a"),
                                      .uid = bytes_of(uid),
                                      .resource_version = bytes_of(version) };
}

static struct decoder_item unreadable(enum decoder_event event, const char *name,
                                      const char *version) {
        struct decoder_item item = { .event = event,
                                     .name = bytes_of(name),
                                     .namespace_ = bytes_of(name ? "a" : NULL),
                                     .resource_version = bytes_of(version) };

        err_set(&item.error, ERR_TOO_LARGE, "too deep");
        return item;
}

static void list_item(struct fixture *fixture, const char *name, const char *uid,
                      const char *version) {
        struct decoder_item item = item_of(DECODER_ADDED, name, uid, version, "red");

        intake_list_item(&fixture->intake, &item);
}

static void list_unreadable(struct fixture *fixture, const char *name, const char *version) {
        struct decoder_item item = unreadable(DECODER_ADDED, name, version);

        intake_list_item(&fixture->intake, &item);
}

static void event(struct fixture *fixture, enum decoder_event kind, const char *name,
                  const char *uid, const char *version) {
        struct decoder_item item = item_of(kind, name, uid, version, "red");
        struct err err;

        assert_int_equal(intake_event(&fixture->intake, &item, false, &err), 0);
}

static void event_unreadable(struct fixture *fixture, enum decoder_event kind, const char *name,
                             const char *version) {
        struct decoder_item item = unreadable(kind, name, version);
        struct err err;

        assert_int_equal(intake_event(&fixture->intake, &item, false, &err), 0);
}

/* Lists x (version 1) and y (version 2). */
static void list_xy(struct fixture *fixture) {
        intake_list_begin(&fixture->intake);
        list_item(fixture, "x", "ux", "1");
        list_item(fixture, "y", "uy", "2");
        intake_list_end(&fixture->intake);
        told(fixture, "+x1* +y2* ");
}

static const char *version_of(struct fixture *fixture, const char *key) {
        const struct object *object = store_get(fixture->store, key);

        return object ? object->meta->resource_version : "none";
}

static void test_intake__a_list_counts_when_it_is_complete(void **state) {
        struct fixture *fixture = *state;

        intake_list_begin(&fixture->intake);
        list_item(fixture, "x", "ux", "1");
        assert_int_equal(store_count(fixture->store), 0);
        told(fixture, "");
        intake_list_end(&fixture->intake);
        assert_int_equal(store_count(fixture->store), 1);
        told(fixture, "+x1* ");
        assert_int_equal(fixture->counters.events, 0);
}

static void test_intake__a_list_begun_anew_drops_the_half_one(void **state) {
        struct fixture *fixture = *state;

        list_xy(fixture);
        intake_list_begin(&fixture->intake);
        list_item(fixture, "x", "ux", "5");
        list_item(fixture, "z", "uz", "6");
        intake_list_begin(&fixture->intake);
        list_item(fixture, "y", "uy", "2");
        intake_list_end(&fixture->intake);
        told(fixture, "-x1* ");
}

static void test_intake__relist_removes_first(void **state) {
        struct fixture *fixture = *state;

        list_xy(fixture);
        intake_list_begin(&fixture->intake);
        list_item(fixture, "w", "uw", "9");
        list_item(fixture, "y", "uy", "8");
        intake_list_end(&fixture->intake);
        told(fixture, "-x1* +w9* y2>y8* ");
        assert_int_equal(store_count(fixture->store), 2);
}

static void test_intake__relist_of_the_same_is_silent(void **state) {
        struct fixture *fixture = *state;
        const struct object *x;

        list_xy(fixture);
        x = store_get(fixture->store, "a/x");
        intake_list_begin(&fixture->intake);
        list_item(fixture, "x", "ux", "1");
        list_item(fixture, "y", "uy", "2");
        assert_null(fixture->intake.pending); /* no second copy is kept meanwhile */
        intake_list_end(&fixture->intake);
        told(fixture, "");
        assert_ptr_equal(store_get(fixture->store, "a/x"), x);
}

static void test_intake__relist_may_go_back_in_time(void **state) {
        struct fixture *fixture = *state;

        list_xy(fixture);
        intake_list_begin(&fixture->intake); /* etcd was restored from a backup */
        list_item(fixture, "x", "ux", "1");
        list_item(fixture, "y", "uy", "1");
        intake_list_end(&fixture->intake);
        told(fixture, "y2>y1* ");
}

static void test_intake__recreation_hidden_by_a_relist(void **state) {
        struct fixture *fixture = *state;

        list_xy(fixture);
        intake_list_begin(&fixture->intake);
        list_item(fixture, "x", "other", "7");
        list_item(fixture, "y", "uy", "2");
        intake_list_end(&fixture->intake);
        told(fixture, "-x1* +x7* ");
        assert_string_equal(store_get(fixture->store, "a/x")->meta->uid, "other");
}

static void test_intake__unreadable_in_a_list_keeps_the_last_good_copy(void **state) {
        struct fixture *fixture = *state;

        list_xy(fixture);
        intake_list_begin(&fixture->intake);
        list_unreadable(fixture, "x", "5");
        list_unreadable(fixture, "new", "6");
        intake_list_end(&fixture->intake);
        told(fixture, "!x !new -y2* "); /* what is really missing goes all the same */
        assert_true(store_get(fixture->store, "a/x")->unreadable);
        assert_string_equal(version_of(fixture, "a/x"), "1");
        assert_int_equal(fixture->counters.unreadable, 2);
        intake_list_begin(&fixture->intake);
        list_item(fixture, "x", "ux", "6");
        intake_list_end(&fixture->intake);
        told(fixture, "x1>x6* ");
        assert_false(store_get(fixture->store, "a/x")->unreadable);
}

static void test_intake__readable_again_at_the_same_version_is_told(void **state) {
        struct fixture *fixture = *state;

        list_xy(fixture);
        event_unreadable(fixture, DECODER_MODIFIED, "x", "5");
        told(fixture, "!x ");
        intake_list_begin(&fixture->intake);
        list_item(fixture, "x", "ux", "1");
        list_item(fixture, "y", "uy", "2");
        intake_list_end(&fixture->intake);
        told(fixture, "x1>x1* ");
        assert_false(store_get(fixture->store, "a/x")->unreadable);
}

static void test_intake__a_nameless_item_makes_a_list_blind(void **state) {
        struct fixture *fixture = *state;
        char name[400];

        list_xy(fixture);
        intake_list_begin(&fixture->intake);
        list_item(fixture, "x", "ux", "3");
        list_unreadable(fixture, NULL, "5");
        intake_list_end(&fixture->intake);
        told(fixture, "! x1>x3* ");
        assert_string_equal(version_of(fixture, "a/y"), "2");
        memset(name, 'n', sizeof(name) - 1); /* a name that can't be one */
        name[sizeof(name) - 1] = '\0';
        intake_list_begin(&fixture->intake);
        list_unreadable(fixture, name, "5");
        intake_list_end(&fixture->intake);
        assert_int_equal(store_count(fixture->store), 2);
        strbuf_clear(&fixture->told);
        intake_list_begin(&fixture->intake); /* blindness ends with its list */
        list_item(fixture, "x", "ux", "3");
        intake_list_end(&fixture->intake);
        told(fixture, "-y2* ");
}

static void test_intake__an_old_event_brings_nothing_back(void **state) {
        struct fixture *fixture = *state;
        struct decoder_item item = item_of(DECODER_MODIFIED, "x", "ux", "5", "red");
        struct err err;

        list_xy(fixture);
        event(fixture, DECODER_DELETED, "x", "ux", "6");
        told(fixture, "-x1 ");
        assert_int_equal(intake_event(&fixture->intake, &item, true, &err), 0);
        told(fixture, "");
        /* Of what is there it may well be news. */
        item = item_of(DECODER_MODIFIED, "y", "uy", "5", "red");
        assert_int_equal(intake_event(&fixture->intake, &item, true, &err), 0);
        told(fixture, "y2>y5 ");
}

static void test_intake__a_decode_error_is_unreadable(void **state) {
        struct fixture *fixture = *state;
        struct decoder_item item;
        struct err err;

        list_xy(fixture);
        item = item_of(DECODER_MODIFIED, "x", "ux", "5", "red");
        item.json = bytes_of("{\"metadata\":{\"name\":\"x\"},\"color\":5}");
        assert_int_equal(intake_event(&fixture->intake, &item, false, &err), 0);
        told(fixture, "!x ");
        item.json = bytes_of("{\"metadata\":");
        assert_int_equal(intake_event(&fixture->intake, &item, false, &err), 0);
        told(fixture, "!x ");
        assert_true(store_get(fixture->store, "a/x")->unreadable);
        assert_string_equal(version_of(fixture, "a/x"), "1");
        intake_list_begin(&fixture->intake);
        intake_list_item(&fixture->intake, &item);
        intake_list_end(&fixture->intake);
        told(fixture, "!x -y2* ");
}

static void test_intake__events(void **state) {
        struct fixture *fixture = *state;

        event(fixture, DECODER_ADDED, "x", "ux", "1");
        event(fixture, DECODER_MODIFIED, "x", "ux", "2");
        event(fixture, DECODER_MODIFIED, "y", "uy", "3"); /* unknown: an addition */
        event(fixture, DECODER_ADDED, "x", "ux", "4");    /* known: a change */
        event(fixture, DECODER_DELETED, "x", "ux", "5");
        event(fixture, DECODER_DELETED, "x", "ux", "6");
        told(fixture, "+x1 x1>x2 +y3 x2>x4 -x4 ");
        assert_int_equal(fixture->counters.events, 6);
}

static void test_intake__same_version_is_silent(void **state) {
        struct fixture *fixture = *state;

        list_xy(fixture);
        event(fixture, DECODER_MODIFIED, "x", "ux", "1");
        event(fixture, DECODER_ADDED, "x", "ux", "1");
        told(fixture, "");
}

static void test_intake__older_events_are_ignored(void **state) {
        struct fixture *fixture = *state;

        event(fixture, DECODER_ADDED, "x", "ux", "10");
        told(fixture, "+x10 ");
        event(fixture, DECODER_MODIFIED, "x", "ux", "9"); /* a number, not a string */
        event_unreadable(fixture, DECODER_MODIFIED, "x", "9");
        event(fixture, DECODER_DELETED, "x", "ux", "9");
        told(fixture, "");
        assert_false(store_get(fixture->store, "a/x")->unreadable);
        event(fixture, DECODER_MODIFIED, "x", "ux", "11");
        told(fixture, "x10>x11 ");
        event(fixture, DECODER_DELETED, "x", "ux", "11"); /* some servers repeat the last one */
        told(fixture, "-x11 ");
}

static void test_intake__versions_that_are_no_numbers_are_taken(void **state) {
        struct fixture *fixture = *state;

        event(fixture, DECODER_ADDED, "x", "ux", "b");
        event(fixture, DECODER_MODIFIED, "x", "ux", "a");
        event(fixture, DECODER_MODIFIED, "x", "ux", "007");
        event(fixture, DECODER_MODIFIED, "x", "ux", "06");
        told(fixture, "+xb xb>xa xa>x007 x007>x06 ");
}

static void test_intake__recreation_hidden_by_the_watch(void **state) {
        struct fixture *fixture = *state;

        list_xy(fixture);
        event(fixture, DECODER_MODIFIED, "x", "other", "5");
        told(fixture, "-x1 +x5 ");
}

static void test_intake__deleted_by_name_alone(void **state) {
        struct fixture *fixture = *state;

        list_xy(fixture);
        event_unreadable(fixture, DECODER_DELETED, "x", "5");
        told(fixture, "-x1 ");
        assert_int_equal(fixture->counters.unreadable, 0);
}

static void test_intake__deleted_without_a_name_needs_a_list(void **state) {
        struct fixture *fixture = *state;
        struct decoder_item item = unreadable(DECODER_DELETED, NULL, "5");
        struct err err;

        list_xy(fixture);
        assert_int_equal(intake_event(&fixture->intake, &item, false, &err), -1);
        assert_int_equal(err.code, ERR_INVALID);
        told(fixture, "");
}

static void test_intake__only_its_own_namespace_is_replaced(void **state) {
        struct fixture *fixture = *state;
        struct decoder_item foreign;
        struct err err;

        list_xy(fixture);
        fixture->options.namespace_ = "b"; /* another informer of the same store */
        intake_list_begin(&fixture->intake);
        intake_list_end(&fixture->intake);
        told(fixture, "");
        assert_int_equal(store_count(fixture->store), 2);
        foreign = item_of(DECODER_ADDED, "z", "uz", "7", "red"); /* of namespace a */
        assert_int_equal(intake_event(&fixture->intake, &foreign, false, &err), 0);
        told(fixture, "!z ");
        fixture->options.namespace_ = "a";
        intake_list_begin(&fixture->intake);
        intake_list_end(&fixture->intake);
        assert_int_equal(store_count(fixture->store), 0);
}

static void test_intake__own_namespace_completes_a_name(void **state) {
        struct fixture *fixture = *state;
        struct decoder_item item = unreadable(DECODER_MODIFIED, "x", "5");
        struct err err;

        list_xy(fixture);
        item.namespace_ = BYTES_NULL;
        assert_int_equal(intake_event(&fixture->intake, &item, false, &err), -1);
        assert_false(store_get(fixture->store, "a/x")->unreadable);
        fixture->options.namespace_ = "a";
        assert_int_equal(intake_event(&fixture->intake, &item, false, &err), 0);
        assert_true(store_get(fixture->store, "a/x")->unreadable);
}

static void test_intake__a_name_without_namespace_makes_a_list_blind(void **state) {
        struct fixture *fixture = *state;
        struct decoder_item item = unreadable(DECODER_ADDED, "x", "5");

        list_xy(fixture);
        item.namespace_ = BYTES_NULL;
        intake_list_begin(&fixture->intake);
        intake_list_item(&fixture->intake, &item);
        intake_list_end(&fixture->intake);
        assert_int_equal(store_count(fixture->store), 2);
}

static void test_intake__the_same_key_twice_in_a_list(void **state) {
        struct fixture *fixture = *state;

        intake_list_begin(&fixture->intake);
        list_item(fixture, "x", "ux", "1");
        list_item(fixture, "x", "ux", "1");
        list_item(fixture, "x", "ux", "2");
        intake_list_end(&fixture->intake);
        told(fixture, "+x1* x1>x2* ");
        assert_int_equal(store_count(fixture->store), 1);
}

static void test_intake__callbacks_may_be_missing(void **state) {
        struct fixture *fixture = *state;

        fixture->options.on_change = NULL;
        fixture->options.on_unreadable = NULL;
        event(fixture, DECODER_ADDED, "x", "ux", "1");
        event_unreadable(fixture, DECODER_MODIFIED, "x", "2");
        event(fixture, DECODER_DELETED, "x", "ux", "3");
        assert_int_equal(store_count(fixture->store), 0);
}

static int list_event(struct fixture *fixture, const struct decoder_item *item) {
        struct err err;

        return intake_list_event(&fixture->intake, item, &err);
}

static void list_change(struct fixture *fixture, enum decoder_event event, const char *name,
                        const char *version) {
        struct decoder_item item = item_of(event, name, "u", version, "red");

        assert_int_equal(list_event(fixture, &item), 0);
}

static void test_intake__a_list_of_events_takes_the_last_word(void **state) {
        struct fixture *fixture = *state;

        intake_list_begin(&fixture->intake);
        list_change(fixture, DECODER_ADDED, "x", "1");
        list_change(fixture, DECODER_ADDED, "y", "2");
        list_change(fixture, DECODER_MODIFIED, "x", "3");
        list_change(fixture, DECODER_DELETED, "y", "4");
        list_change(fixture, DECODER_ADDED, "z", "5");
        intake_list_end(&fixture->intake);
        told(fixture, "+x3* +z5* ");

        intake_list_begin(&fixture->intake);
        list_change(fixture, DECODER_ADDED, "x", "3");
        list_change(fixture, DECODER_ADDED, "z", "5");
        list_change(fixture, DECODER_DELETED, "x", "6"); /* what was the same is not, then */
        list_change(fixture, DECODER_DELETED, "z", "7");
        list_change(fixture, DECODER_ADDED, "z", "8");
        intake_list_end(&fixture->intake);
        told(fixture, "-x3* z5>z8* ");
        assert_int_equal(fixture->counters.events, 0);
}

static void test_intake__a_list_of_events_with_a_version_that_can_not_be_read(void **state) {
        struct fixture *fixture = *state;
        struct decoder_item item = unreadable(DECODER_MODIFIED, "x", "9");

        intake_list_begin(&fixture->intake);
        list_change(fixture, DECODER_ADDED, "x", "1");
        intake_list_end(&fixture->intake);
        told(fixture, "+x1* ");
        intake_list_begin(&fixture->intake);
        list_change(fixture, DECODER_ADDED, "x", "8");
        assert_int_equal(list_event(fixture, &item), 0);
        told(fixture, "!x ");
        intake_list_end(&fixture->intake);
        told(fixture, ""); /* the last good copy stays, and is marked */
        assert_true(store_get(fixture->store, "a/x")->unreadable);
        assert_true(intake_knows(&fixture->intake, "a/x", &item));

        intake_list_begin(&fixture->intake);
        assert_int_equal(list_event(fixture, &item), 0);
        list_change(fixture, DECODER_DELETED, "x", "10");
        intake_list_end(&fixture->intake);
        told(fixture, "!x -x1* ");
        assert_false(intake_knows(&fixture->intake, "a/x", &item));
}

static void test_intake__a_list_of_events_must_say_who_is_deleted(void **state) {
        struct decoder_item nobody = unreadable(DECODER_DELETED, NULL, "5");
        struct decoder_item anybody = unreadable(DECODER_DELETED, "x", "5");
        struct fixture *fixture = *state;

        intake_list_begin(&fixture->intake);
        list_change(fixture, DECODER_ADDED, "x", "1");
        assert_int_equal(list_event(fixture, &nobody), -1);
        anybody.namespace_ = BYTES_NULL; /* of which namespace? */
        assert_int_equal(list_event(fixture, &anybody), -1);
        anybody.namespace_ = bytes_of("b"); /* of one that was not listed: nothing to do */
        assert_int_equal(list_event(fixture, &anybody), 0);
        intake_list_end(&fixture->intake);
        told(fixture, "+x1* ");
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_intake__##name, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(a_list_counts_when_it_is_complete),
                TEST(a_list_begun_anew_drops_the_half_one),
                TEST(relist_removes_first),
                TEST(relist_of_the_same_is_silent),
                TEST(relist_may_go_back_in_time),
                TEST(recreation_hidden_by_a_relist),
                TEST(unreadable_in_a_list_keeps_the_last_good_copy),
                TEST(readable_again_at_the_same_version_is_told),
                TEST(a_nameless_item_makes_a_list_blind),
                TEST(an_old_event_brings_nothing_back),
                TEST(a_decode_error_is_unreadable),
                TEST(events),
                TEST(same_version_is_silent),
                TEST(older_events_are_ignored),
                TEST(versions_that_are_no_numbers_are_taken),
                TEST(recreation_hidden_by_the_watch),
                TEST(deleted_by_name_alone),
                TEST(deleted_without_a_name_needs_a_list),
                TEST(only_its_own_namespace_is_replaced),
                TEST(own_namespace_completes_a_name),
                TEST(a_name_without_namespace_makes_a_list_blind),
                TEST(the_same_key_twice_in_a_list),
                TEST(callbacks_may_be_missing),
                TEST(a_list_of_events_takes_the_last_word),
                TEST(a_list_of_events_with_a_version_that_can_not_be_read),
                TEST(a_list_of_events_must_say_who_is_deleted),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
