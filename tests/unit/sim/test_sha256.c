#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "kinds/sha256.h"

static void assert_digest(struct bytes message, const char *hex) {
        uint8_t digest[SHA256_BYTES];
        char shown[2 * SHA256_BYTES + 1];

        sha256(message, digest);
        for (size_t i = 0; i < SHA256_BYTES; i++)
                snprintf(shown + 2 * i, 3, "%02x", digest[i]);
        assert_string_equal(shown, hex);
}

/* FIPS 180-4's own examples, and messages around the end of a block. */
static void test_sha256__agrees_with_the_standard(void **state) {
        char text[129];

        (void)state;
        memset(text, 'a', sizeof(text));
        assert_digest(bytes_of("abc"),
                      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_digest(bytes_of(""),
                      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_digest(bytes_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
                      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
        assert_digest((struct bytes){ text, 55 },
                      "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318");
        assert_digest((struct bytes){ text, 56 },
                      "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a");
        assert_digest((struct bytes){ text, 63 },
                      "7d3e74a05d7db15bce4ad9ec0658ea98e3f06eeecf16b4c6fff2da457ddc2f34");
        assert_digest((struct bytes){ text, 64 },
                      "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb");
        assert_digest((struct bytes){ text, 65 },
                      "635361c48bb9eab14198e76ea8ab7f1a41685d6ad62aa9146d301d4f17eb0ae0");
        assert_digest((struct bytes){ text, 119 },
                      "31eba51c313a5c08226adf18d4a359cfdfd8d2e816b13f4af952f7ea6584dcfb");
        assert_digest((struct bytes){ text, 120 },
                      "2f3d335432c70b580af0e8e1b3674a7c020d683aa5f73aaaedfdc55af904c21c");
        assert_digest((struct bytes){ text, 128 },
                      "6836cf13bac400e9105071cd6af47084dfacad4e5e302c94bfed24e013afb73e");
        assert_digest((struct bytes){ text, 129 },
                      "c12cb024a2e5551cca0e08fce8f1c5e314555cc3fef6329ee994a3db752166ae");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_sha256__agrees_with_the_standard),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
