/* What a path finds, it finds as a path that can be read. */
#include "fuzz.h"
#include "kinds/jsonpath.h"

static const char OBJECT[] =
        "{\"spec\":{\"replicas\":3,\"half\":0.5,\"none\":null,\"names\":[\"a\",\"b\"]},"
        "\"metadata\":{\"labels\":{\"app.io/x\":\"y\"}},"
        "\"status\":{\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\",\"age\":5},"
        "{\"type\":\"Other\",\"message\":\"m\"}]}}";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        char path[256];
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(4096);
        struct json *json JSON_CLEANUP = NULL;
        struct err err;

        if (size >= sizeof(path))
                return 0;
        memcpy(path, data, size);
        path[size] = '\0';
        must(json_parse(bytes_of(OBJECT), &JSON_LIMITS_OBJECT, &json, &err) == 0);
        if (jsonpath_first(json, path))
                must(path[0] == '\0' || jsonpath_valid(path));
        if (!jsonpath_text(json, path, &text))
                must(!jsonpath_first(json, path) && text.len == 0);
        return 0;
}
