/* A body in protobuf, if it can be read, is what a body in JSON could have been. */
#include "fuzz.h"
#include "serve/protobuf.h"

static void check(const struct json *tree) {
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(JSON_LIMITS_OBJECT.max_bytes);
        struct json *again JSON_CLEANUP = NULL;
        struct err err;

        json_write(tree, &text);
        must(strbuf_ok(&text));
        must(json_parse(strbuf_bytes(&text), &JSON_LIMITS_OBJECT, &again, &err) == 0);
        must(json_equal(tree, again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        struct json *tree JSON_CLEANUP = NULL;
        struct protobuf_body body;
        struct err err;

        if (protobuf_open(fuzz_bytes(data, size), &arena, &body, &err) == 0 &&
            protobuf_object(&body, &arena, &tree, &err) == 0)
                check(tree);
        return 0;
}
