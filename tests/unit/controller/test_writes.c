#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "llc/api/resource.h"
#include "support/fake_client.h"
#include "support/fake_loop.h"
#include "writes.h"

struct fixture {
        struct loop *loop;
        struct client *client;
        struct writes *writes;
        char done[64]; /* the names of finished writes, in order */
};

static int fixture_setup(void **state) {
        struct fixture *f = calloc(1, sizeof(*f));
        struct err err;

        f->loop = loop_new();
        assert_int_equal(client_new(&(struct client_options){ .loop = f->loop }, &f->client, &err),
                         0);
        f->writes = writes_new(f->loop, f->client, 2);
        *state = f;
        return 0;
}

static int fixture_teardown(void **state) {
        struct fixture *f = *state;

        writes_free(f->writes);
        client_free(f->client);
        loop_free(f->loop);
        free(f);
        return 0;
}

static struct fixture *current; /* write_done's ctx is the name */

static void write_done(void *ctx, struct bytes body, const struct err *err) {
        (void)body;
        (void)err;
        strcat(current->done, ctx); /* lint: allow strcat because the names are one letter */
}

static void send_write(struct fixture *f, enum writes_lane lane, const char *name) {
        const struct request_object pod = {
                .resource = &RESOURCE_POD,
                .namespace_ = "n",
                .name = name,
        };
        struct request request = { .verb = REQUEST_GET };

        current = f;
        request_merge_patch(&pod, bytes_of("{}"), &request);
        writes_send(f->writes, lane, &request, write_done, (void *)(uintptr_t)name);
        assert_null(request.target.data); /* taken */
}

static void test_writes__no_more_than_the_bound_are_in_flight(void **state) {
        struct fixture *f = *state;

        for (const char *name = "abcde"; *name; name++)
                send_write(f, WRITES_NORMAL, (char[]){ *name, 0 });
        assert_int_equal(fake_client_open(f->client), 2);
        assert_int_equal(writes_pending(f->writes), 5);
}

static void test_writes__urgent_ones_overtake(void **state) {
        struct fixture *f = *state;

        send_write(f, WRITES_NORMAL, "a");
        send_write(f, WRITES_NORMAL, "b");
        send_write(f, WRITES_NORMAL, "c");
        send_write(f, WRITES_URGENT, "u");
        send_write(f, WRITES_URGENT, "v");
        while (fake_client_open(f->client) > 0)
                fake_call_end(fake_client_call(f->client), ERR_NONE, "{}");
        assert_string_equal(f->done, "abuvc");
        assert_int_equal(writes_pending(f->writes), 0);
}

/* Creates may hang in a slow webhook for half a minute; who takes traffic must not wait for them. */
static void test_writes__normal_ones_never_take_all_places(void **state) {
        struct fixture *f = *state;

        writes_free(f->writes);
        f->writes = writes_new(f->loop, f->client, 8);
        for (const char *name = "abcdefghij"; *name; name++)
                send_write(f, WRITES_NORMAL, (char[]){ *name, 0 });
        assert_int_equal(fake_client_open(f->client), 6);
        send_write(f, WRITES_URGENT, "u");
        send_write(f, WRITES_URGENT, "v");
        send_write(f, WRITES_URGENT, "w");
        assert_int_equal(fake_client_open(f->client), 8);
        assert_non_null(fake_client_find(f->client, "/pods/v"));
        fake_call_end(fake_client_find(f->client, "/pods/u"), ERR_NONE, "{}");
        assert_non_null(fake_client_find(f->client, "/pods/w"));
        assert_null(fake_client_find(f->client, "/pods/g"));
        assert_int_equal(writes_pending(f->writes), 12);
}

static void test_writes__background_ones_take_a_quarter_and_wait_for_all_others(void **state) {
        static const char *const normal[] = { "m", "n", "o", "p", "q", "r" };
        struct fixture *f = *state;

        writes_free(f->writes);
        f->writes = writes_new(f->loop, f->client, 8);
        send_write(f, WRITES_BACKGROUND, "a");
        send_write(f, WRITES_BACKGROUND, "b");
        send_write(f, WRITES_BACKGROUND, "c");
        assert_int_equal(fake_client_open(f->client), 2);
        for (size_t i = 0; i < sizeof(normal) / sizeof(normal[0]); i++)
                send_write(f, WRITES_NORMAL, normal[i]);
        assert_int_equal(fake_client_open(f->client), 6); /* all places but the urgent */
        fake_call_end(fake_client_find(f->client, "/pods/a"), ERR_NONE, "{}");
        assert_non_null(fake_client_find(f->client, "/pods/q"));
        assert_null(fake_client_find(f->client, "/pods/c"));
        send_write(f, WRITES_URGENT, "u");
        send_write(f, WRITES_URGENT, "v");
        assert_int_equal(fake_client_open(f->client), 8);
        while (fake_client_open(f->client) > 0)
                fake_call_end(fake_client_call(f->client), ERR_NONE, "{}");
        assert_string_equal(f->done, "abmnopquvrc");
}

/* A webhook that hangs is one namespace's trouble, not everybody's. */
static void test_writes__slow_ones_keep_nobody_waiting(void **state) {
        struct fixture *f = *state;

        send_write(f, WRITES_NORMAL, "a");
        fake_loop_advance(f->loop, 500);
        send_write(f, WRITES_NORMAL, "b");
        send_write(f, WRITES_NORMAL, "c");
        send_write(f, WRITES_NORMAL, "d");
        send_write(f, WRITES_URGENT, "u");
        fake_loop_advance(f->loop, 499);
        assert_int_equal(fake_client_open(f->client), 2);
        fake_loop_advance(f->loop, 1);
        assert_int_equal(fake_client_open(f->client), 3);
        assert_non_null(fake_client_find(f->client, "/pods/u"));
        fake_loop_advance(f->loop, 500);
        assert_non_null(fake_client_find(f->client, "/pods/c"));
        assert_null(fake_client_find(f->client, "/pods/d"));
        fake_loop_advance(f->loop, 500);
        assert_non_null(fake_client_find(f->client, "/pods/d"));
        fake_loop_advance(f->loop, 60000);
        assert_int_equal(fake_loop_next(f->loop), -1); /* nothing waits */
        assert_int_equal(writes_pending(f->writes), 5);
}

static void test_writes__slow_ones_have_a_bound(void **state) {
        struct fixture *f = *state;

        for (int i = 0; i < 40; i++)
                send_write(f, WRITES_NORMAL, "a");
        fake_loop_advance(f->loop, 60000);
        assert_int_equal(fake_client_open(f->client), 16);
        assert_int_equal(fake_loop_next(f->loop), -1);
        fake_call_end(fake_client_call(f->client), ERR_NONE, "{}");
        assert_int_equal(fake_client_open(f->client), 16);
}

static void test_writes__slow_background_ones_keep_their_places(void **state) {
        struct fixture *f = *state;

        send_write(f, WRITES_BACKGROUND, "a");
        send_write(f, WRITES_BACKGROUND, "b");
        fake_loop_advance(f->loop, 60000);
        assert_int_equal(fake_client_open(f->client), 1);
        send_write(f, WRITES_NORMAL, "c");
        send_write(f, WRITES_NORMAL, "d");
        assert_int_equal(fake_client_open(f->client), 3);
}

static void test_writes__a_failure_makes_room_too(void **state) {
        struct fixture *f = *state;

        send_write(f, WRITES_NORMAL, "a");
        send_write(f, WRITES_NORMAL, "b");
        send_write(f, WRITES_NORMAL, "c");
        fake_call_end(fake_client_call(f->client), ERR_FORBIDDEN, "no");
        assert_string_equal(f->done, "a");
        assert_int_equal(fake_client_open(f->client), 2);
        assert_non_null(fake_client_find(f->client, "/pods/c"));
}

static void test_writes__free_cancels_without_calling_back(void **state) {
        struct fixture *f = *state;

        send_write(f, WRITES_NORMAL, "a");
        send_write(f, WRITES_NORMAL, "b");
        send_write(f, WRITES_NORMAL, "c");
        writes_free(f->writes);
        f->writes = NULL;
        assert_int_equal(fake_client_open(f->client), 0);
        assert_string_equal(f->done, "");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_writes__no_more_than_the_bound_are_in_flight),
                TEST(test_writes__urgent_ones_overtake),
                TEST(test_writes__normal_ones_never_take_all_places),
                TEST(test_writes__background_ones_take_a_quarter_and_wait_for_all_others),
                TEST(test_writes__slow_ones_keep_nobody_waiting),
                TEST(test_writes__slow_ones_have_a_bound),
                TEST(test_writes__slow_background_ones_keep_their_places),
                TEST(test_writes__a_failure_makes_room_too),
                TEST(test_writes__free_cancels_without_calling_back),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
