#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base64.h"

static void test_base64__vectors_of_rfc_4648(void **state) {
        static const char *const cases[][2] = {
                { "", "" },
                { "Zg==", "f" },
                { "Zm8=", "fo" },
                { "Zm9v", "foo" },
                { "Zm9vYg==", "foob" },
                { "Zm9vYmE=", "fooba" },
                { "Zm9vYmFy", "foobar" },
                { "Zm9v\r\nYm\nFy\n", "foobar" },
                { "Zg\n=\n=\n", "f" },
                { "//79", "\xff\xfe\xfd" },
                { "++++", "\xfb\xef\xbe" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                STRBUF_CLEANUP struct strbuf out = STRBUF_INIT(100);

                assert_true(base64_decode(bytes_of(cases[i][0]), &out));
                assert_string_equal(strbuf_str(&out), cases[i][1]);
        }
}

static void test_base64__anything_else_is_refused(void **state) {
        static const char *const cases[] = {
                "Z",     "Zg",   "Zg=",      "Zm8",      "Zg===",      "=",
                "====",  "Z===", "Zg==Zg==", "Zm9v=",    "Zm 8",       "Zm-_",
                "Zm9v!", "Zh==", "Zm9=",     "Zm8=Zm8=", "Zg==\nZg==", "Zm9v\tYg==",
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                STRBUF_CLEANUP struct strbuf out = STRBUF_INIT(100);

                if (base64_decode(bytes_of(cases[i]), &out))
                        fail_msg("\"%s\" was taken", cases[i]);
                assert_int_equal(out.len, 0);
        }
        {
                STRBUF_CLEANUP struct strbuf out = STRBUF_INIT(100);

                assert_false(base64_decode((struct bytes){ "Zm\0v", 4 }, &out));
        }
}

/* RFC 4648, section 10; and what is written is read back. */
static void test_base64__encodes(void **state) {
        static const char *const cases[][2] = {
                { "", "" },
                { "f", "Zg==" },
                { "fo", "Zm8=" },
                { "foo", "Zm9v" },
                { "foob", "Zm9vYg==" },
                { "fooba", "Zm9vYmE=" },
                { "\xff\xfe\xfd", "//79" },
                { "\xfb\xef\xbe", "++++" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                STRBUF_CLEANUP struct strbuf out = STRBUF_INIT(100);
                STRBUF_CLEANUP struct strbuf back = STRBUF_INIT(100);

                base64_encode(bytes_of(cases[i][0]), &out);
                assert_string_equal(strbuf_str(&out), cases[i][1]);
                assert_true(base64_decode(strbuf_bytes(&out), &back));
                assert_string_equal(strbuf_str(&back), cases[i][0]);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_base64__vectors_of_rfc_4648),
                cmocka_unit_test(test_base64__anything_else_is_refused),
                cmocka_unit_test(test_base64__encodes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
