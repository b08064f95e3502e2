#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "llc/base/arena.h"

static void assert_aligned(const void *p) {
        assert_int_equal((uintptr_t)p % ARENA_ALIGNMENT, 0);
}

static void assert_all(const unsigned char *p, size_t n, unsigned char value) {
        for (size_t i = 0; i < n; i++)
                assert_int_equal(p[i], value);
}

static void test_arena__memory_is_zeroed_aligned_and_apart(void **state) {
        enum { N = 300 };
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        unsigned char *items[N];

        (void)state;
        for (size_t i = 0; i < N; i++) {
                items[i] = arena_alloc(&arena, i);
                assert_aligned(items[i]);
                assert_all(items[i], i, 0);
                memset(items[i], (int)(i % 255) + 1, i);
                arena_strdup(&arena, "odd"); /* the next one has to be aligned again */
        }
        for (size_t i = 0; i < N; i++)
                assert_all(items[i], i, (unsigned char)((i % 255) + 1));
}

static void test_arena__larger_than_a_block(void **state) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        unsigned char *small = arena_alloc(&arena, 100);
        unsigned char *large = arena_alloc(&arena, 1u << 20);
        unsigned char *after = arena_alloc(&arena, 100);

        (void)state;
        memset(small, 1, 100);
        memset(large, 2, 1u << 20);
        memset(after, 3, 100);
        assert_all(small, 100, 1);
        assert_all(large, 1u << 20, 2);
        assert_aligned(large);
}

static void test_arena__every_size_around_the_block_size(void **state) {
        (void)state;
        for (size_t first = 0; first <= 64; first++) {
                for (size_t second = 0; second <= 80; second++) {
                        ARENA_CLEANUP struct arena arena = { .block_bytes = 57 + second % 8 };
                        unsigned char *a = arena_alloc(&arena, first);
                        unsigned char *b = arena_alloc(&arena, second);
                        char *c = arena_copy(&arena, (struct bytes){ .ptr = "xy", .len = 2 });

                        memset(a, 1, first);
                        memset(b, 2, second);
                        assert_all(a, first, 1);
                        assert_all(b, second, 2);
                        assert_string_equal(c, "xy");
                        assert_aligned(b);
                }
        }
}

static void test_arena__array_is_zeroed(void **state) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        uint64_t *numbers = ARENA_NEW_ARRAY(&arena, uint64_t, 1000);
        struct err_like {
                void *p;
                int n;
        } *one = ARENA_NEW(&arena, struct err_like);

        (void)state;
        for (size_t i = 0; i < 1000; i++)
                assert_int_equal(numbers[i], 0);
        assert_null(one->p);
        assert_non_null(arena_array(&arena, 0, SIZE_MAX));
}

static void test_arena__array_size_overflow_aborts(void **state) {
        struct arena arena = ARENA_INIT;
        pid_t child = fork();
        int status;

        (void)state;
        assert_true(child >= 0);
        if (child == 0) {
                arena_array(&arena, SIZE_MAX / 2 + 2, 2);
                _exit(0);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static void test_arena__strings(void **state) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        char *copy;

        (void)state;
        assert_null(arena_strdup(&arena, NULL));
        assert_string_equal(arena_strdup(&arena, "text"), "text");
        assert_string_equal(arena_copy(&arena, BYTES_NULL), "");
        copy = arena_copy(&arena, (struct bytes){ .ptr = "a\0bc", .len = 3 });
        assert_memory_equal(copy, "a\0b\0", 4);
        assert_string_equal(arena_printf(&arena, "%s-%d", "pod", 3), "pod-3");
        assert_string_equal(arena_printf(&arena, "%s", ""), "");
        assert_int_equal(strlen(arena_printf(&arena, "%9000d", 1)), 9000);
}

static void test_arena__used_bytes_is_what_one_block_needs(void **state) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;

        (void)state;
        arena_alloc(&arena, 10);
        arena_strdup(&arena, "abc");
        arena_array(&arena, 3, 8);
        assert_int_equal(arena.used_bytes, 16 + 4 + 24);
        arena_deinit(&arena);
        assert_int_equal(arena.used_bytes, 0);
}

/* Structs and texts in turn: no byte is lost between them. */
static void test_arena__fills_memory_of_the_callers_to_the_last_byte(void **state) {
        _Alignas(ARENA_ALIGNMENT) unsigned char memory[2 * 16 + 3 + 6] = { 0 };
        struct arena arena = ARENA_OVER(memory, sizeof(memory));
        unsigned char *first = arena_alloc(&arena, 16), *second;
        char *a = arena_strdup(&arena, "ab"), *b;

        (void)state;
        second = arena_alloc(&arena, 16);
        b = arena_printf(&arena, "%d", 12345);
        assert_ptr_equal(first, memory);
        assert_ptr_equal(second, memory + 16);
        assert_string_equal(a, "ab");
        assert_string_equal(b, "12345");
        assert_null(arena.head);
        assert_ptr_equal(arena.at, arena.end);
        assert_int_equal(arena.used_bytes, sizeof(memory));
        memset(arena_alloc(&arena, 1), 1, 8);
        assert_non_null(arena.head);
        arena_deinit(&arena);
}

static void test_arena__usable_again_after_deinit(void **state) {
        struct arena arena = { .block_bytes = 128 };

        (void)state;
        arena_deinit(&arena);
        memset(arena_alloc(&arena, 128), 0xff, 128);
        arena_deinit(&arena);
        arena_deinit(&arena);
        assert_int_equal(arena.block_bytes, 128);
        assert_all(arena_alloc(&arena, 128), 128, 0);
        arena_deinit(&arena);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_arena__memory_is_zeroed_aligned_and_apart),
                cmocka_unit_test(test_arena__larger_than_a_block),
                cmocka_unit_test(test_arena__every_size_around_the_block_size),
                cmocka_unit_test(test_arena__array_is_zeroed),
                cmocka_unit_test(test_arena__array_size_overflow_aborts),
                cmocka_unit_test(test_arena__strings),
                cmocka_unit_test(test_arena__used_bytes_is_what_one_block_needs),
                cmocka_unit_test(test_arena__fills_memory_of_the_callers_to_the_last_byte),
                cmocka_unit_test(test_arena__usable_again_after_deinit),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
