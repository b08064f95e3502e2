/* A rule is refused, or gives a value within its cost; an error says what it is. */
#include "fuzz.h"
#include "schema/cel_eval.h"

static const char SCHEMA[] =
        "{\"type\":\"object\",\"properties\":{\"s\":{\"type\":\"string\"},"
        "\"i\":{\"type\":\"integer\"},\"n\":{\"type\":\"number\"},\"b\":{\"type\":\"boolean\"},"
        "\"l\":{\"type\":\"array\",\"items\":{\"type\":\"string\"},"
        "\"x-kubernetes-list-type\":\"set\"},"
        "\"m\":{\"type\":\"object\",\"additionalProperties\":{\"type\":\"integer\"}},"
        "\"t\":{\"type\":\"string\",\"format\":\"date-time\"},"
        "\"x\":{\"x-kubernetes-int-or-string\":true}}}";
static const char VALUE[] =
        "{\"s\":\"h\xC3\xA9llo\",\"i\":7,\"n\":2.5,\"b\":true,\"l\":[\"a\",\"b\"],"
        "\"m\":{\"k\":1,\"a-b\":2},\"t\":\"2026-01-02T03:04:05Z\",\"x\":\"50%\"}";

static struct json *parsed(const char *text) {
        struct json *json = NULL;
        struct err err;

        must(json_parse(bytes_of(text), &JSON_LIMITS_OBJECT, &json, &err) == 0);
        return json;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        struct cel_run run = { .arena = &arena, .cost_left = CEL_COST_MAX / 10 };
        struct json *source JSON_CLEANUP = NULL, *json JSON_CLEANUP = NULL;
        const struct cel_node *root;
        const struct schema *schema;
        struct cel_value self, result;
        bool uses_old_self;
        struct err err;

        if (cel_parse(fuzz_bytes(data, size), &arena, &root, &uses_old_self, &err) < 0) {
                must(err.code == ERR_INVALID && err.msg[0] != '\0');
                return 0;
        }
        source = parsed(SCHEMA);
        json = parsed(VALUE);
        must(schema_compile(source, NULL, &arena, &schema, &err) == 0);
        self = cel_of_json(&run, json, schema);
        result = cel_evaluate(&run, root, &self, &self);
        if (result.type == CEL_ERROR)
                must(result.text.len > 0);
        else
                must(run.cost_left >= 0);
        return 0;
}
