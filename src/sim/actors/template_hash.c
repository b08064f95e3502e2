#include "actors/template_hash.h"

#include "llc/base/map.h"

enum { TEXT_MAX = 4 << 20, DIGITS = 10 };

const char *template_hash(const struct json *template_, struct arena *arena) {
        static const uint64_t seed[2] = { 0x6c6c632d73696d20, 0x74656d706c617465 };
        static const char alphabet[] = "bcdfghjklmnpqrstvwxz2456789";
        STRBUF_CLEANUP struct strbuf text = STRBUF_INIT(TEXT_MAX);
        char *hash = arena_alloc(arena, DIGITS + 1);
        uint64_t number;

        json_write(template_, &text);
        number = siphash13(strbuf_str(&text), text.len, seed);
        for (int i = 0; i < DIGITS; i++) {
                hash[i] = alphabet[number % (sizeof(alphabet) - 1)];
                number /= sizeof(alphabet) - 1;
        }
        return hash;
}
