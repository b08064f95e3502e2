/* What parses is written as YAML that parses to the same tree. */
#include "fuzz.h"
#include "llc/sys/yaml.h"

static void check_round_trip(const struct json *json) {
        STRBUF_CLEANUP struct strbuf text = STRBUF_INIT(64u << 20);
        JSON_CLEANUP struct json *back = NULL;
        struct err err;

        yaml_write(json, &text);
        must(strbuf_ok(&text));
        must(yaml_parse(strbuf_bytes(&text), &back, &err) == 0);
        must(json_equal(json, back));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        struct bytes text = fuzz_bytes(data, size);
        JSON_CLEANUP struct json *json = NULL, *all = NULL;
        struct err err;

        if (yaml_parse(text, &json, &err) == 0) {
                check_round_trip(json);
                must(yaml_parse_all(text, &all, &err) == 0);
                must(json_length(all) == (json ? 1 : 0));
        } else if (yaml_parse_all(text, &all, &err) == 0) { /* several, of which some are empty */
                must(json_kind(all) == JSON_ARRAY);
        }
        return 0;
}
