#include "patch/body.h"

static const char *const WORDS[] = {
        [JSON_NULL] = "null",     [JSON_BOOL] = "bool",     [JSON_INT] = "number",
        [JSON_DOUBLE] = "number", [JSON_STRING] = "string", [JSON_ARRAY] = "array",
        [JSON_OBJECT] = "object",
};

int body_refuse(struct refusal *refusal, const char *before, const struct json *found,
                const char *wanted) {
        return refuse_bad_request(refusal, "%sjson: cannot unmarshal %s into Go %s", before,
                                  WORDS[json_kind(found)], wanted);
}
