/*
 * What the caches cost by malloc's own count, and that promotions leave nothing behind. What the
 * process costs is measured by tests/bench/bench_memory.
 */
#include "fixture.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#include "llc/sys/log.h"
#include "server.h"

enum {
        OBJECTS = 10000,
        OBJECT_MOST_BYTES = 400, /* with its place in the table and malloc's own */
        ITEM_MAX = 1024,
        WARM_UP = 200,
        PROMOTIONS = 3000,
        FEW_PROMOTIONS = 100, /* where a sanitizer or valgrind looks for what is left */
        LEFT_MOST_BYTES = 1024,
        PAUSE_MS = 200,
        PROBE_BYTES = 100000, /* more than malloc may have at hand, counted as taken */
};

static size_t allocated_bytes(void) {
        const struct mallinfo2 info = mallinfo2();

        return info.uordblks + info.hblkhd;
}

/* Sanitizers and valgrind have allocators of their own, which do not tell. */
static bool is_counted(void) {
        size_t before = allocated_bytes();
        void *volatile memory = malloc(PROBE_BYTES);
        bool counted = allocated_bytes() >= before + PROBE_BYTES;

        free(memory);
        return counted;
}

static void write_rollout(int i, char item[static ITEM_MAX]) {
        snprintf(item, ITEM_MAX,
                 "{\"metadata\":{\"name\":\"checkout-%05d\",\"namespace\":\"team-payments-%02d\","
                 "\"uid\":\"0c5dcd2e-3e1a-4c48-8f0e-%012d\",\"resourceVersion\":\"%d\","
                 "\"generation\":7,\"labels\":{\"app\":\"checkout\"}},\"spec\":{\"replicas\":3,"
                 "\"strategy\":{\"blueGreen\":{\"activeService\":\"checkout-%05d\"}}},\"status\":{"
                 "\"stableRS\":\"6d8f7b9c5\",\"availableReplicas\":3}}",
                 i, i % 50, i, 1000000 + i, i);
}

static void write_service(int i, char item[static ITEM_MAX]) {
        snprintf(item, ITEM_MAX,
                 "{\"metadata\":{\"name\":\"checkout-%05d\",\"namespace\":\"team-payments-%02d\","
                 "\"uid\":\"0c5dcd2e-3e1a-4c48-8f0e-%012d\",\"resourceVersion\":\"%d\"},\"spec\":{"
                 "\"selector\":{\"app\":\"checkout-%05d\","
                 "\"rollouts-pod-template-hash\":\"6d8f7b9c5\"}}}",
                 i, i % 50, i, 1000000 + i, i);
}

/* What each object of a list has added to what is allocated. */
static size_t bytes_of_each(struct fixture *f, const char *path,
                            void (*write)(int i, char item[static ITEM_MAX])) {
        struct strbuf body = STRBUF_INIT(OBJECTS * ITEM_MAX);
        struct client_call *list = expect_call(f, path);
        size_t before = allocated_bytes();
        char item[ITEM_MAX];

        strbuf_puts(&body, "{\"metadata\":{\"resourceVersion\":\"10\"},\"items\":[");
        for (int i = 0; i < OBJECTS; i++) {
                write(i, item);
                strbuf_printf(&body, "%s%s", i ? "," : "", item);
        }
        strbuf_puts(&body, "]}");
        assert_true(strbuf_ok(&body));
        fake_call_end(list, ERR_NONE, strbuf_str(&body));
        strbuf_deinit(&body);
        return (allocated_bytes() - before) / OBJECTS;
}

static void test_memory__a_cached_rollout_is_small(void **state) {
        struct fixture *f = *state;
        size_t bytes;

        if (!is_counted())
                skip();
        bytes = bytes_of_each(f, ROLLOUTS, write_rollout);
        print_message("a cached Rollout takes %zu bytes\n", bytes);
        assert_int_equal(store_count(f->controller->stores[CACHE_ROLLOUTS]), OBJECTS);
        assert_in_range(bytes, 1, OBJECT_MOST_BYTES);
}

static void test_memory__a_cached_service_is_small(void **state) {
        struct fixture *f = *state;
        size_t bytes;

        if (!is_counted())
                skip();
        bytes = bytes_of_each(f, SERVICES, write_service);
        print_message("a cached Service takes %zu bytes\n", bytes);
        assert_int_equal(store_count(f->controller->stores[CACHE_SERVICES]), OBJECTS);
        assert_in_range(bytes, 1, OBJECT_MOST_BYTES);
}

/* An even number of them: what was stable before is so again. */
static void promote(struct server *server, int n) {
        for (int i = 0; i < n; i++) {
                server_change(server, SERVED_ROLLOUTS,
                              i % 2 ? "{\"status\":{\"stableRS\":\"aaa\"}}"
                                    : "{\"status\":{\"stableRS\":\"bbb\"}}");
                server_run(server, PAUSE_MS);
        }
        server_run(server, 60 * 1000);
}

static void test_memory__promotions_leave_nothing_behind(void **state) {
        struct fixture *f = *state;
        int n = is_counted() ? PROMOTIONS : FEW_PROMOTIONS;
        size_t before, after;
        struct server server;

        server_start(&server, f);
        promote(&server, WARM_UP);
        before = allocated_bytes();
        promote(&server, n);
        after = allocated_bytes();
        server_stop(&server);
        print_message("%d promotions, %llu relabels: %td bytes more are allocated\n", n,
                      (unsigned long long)f->controller->counters.relabels,
                      (ptrdiff_t)(after - before));
        assert_int_equal(f->controller->counters.relabels, WARM_UP + n);
        assert_true(!is_counted() || after <= before + LEFT_MOST_BYTES);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                FIXTURE_TEST(test_memory__a_cached_rollout_is_small),
                FIXTURE_TEST(test_memory__a_cached_service_is_small),
                FIXTURE_TEST(test_memory__promotions_leave_nothing_behind),
        };

        log_configure(LOG_ERROR, LOG_TEXT);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
