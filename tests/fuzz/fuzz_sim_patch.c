/*
 * The first byte says how to patch, then follow the object and the patch, a line each. What comes
 * out is written as text that parses; what is merged or applied again changes nothing more.
 */
#include "fuzz.h"
#include "llc/base/json.h"
#include "patch/ownership.h"
#include "patch/patch.h"
#include "schema/schema.h"

enum { TEXT_MAX = 64 << 20 };

/* Patches grow objects: what comes out may be larger than what may come in. */
static const struct json_limits WRITTEN = { .max_bytes = TEXT_MAX,
                                            .max_depth = 512,
                                            .max_nodes = SIZE_MAX };

/* With ' for ". */
static const char SCHEMA[] =
        "{'type':'object','properties':{'metadata':{'type':'object','properties':{"
        "'labels':{'type':'object','additionalProperties':{'type':'string'}},"
        "'finalizers':{'type':'array','items':{'type':'string'},'x-kubernetes-list-type':'set',"
        "'x-kubernetes-patch-strategy':'merge'}}},"
        "'spec':{'type':'object','properties':{'n':{'type':'integer'},'s':{'type':'string'},"
        "'t':{'type':'object','x-kubernetes-map-type':'atomic','additionalProperties':"
        "{'type':'string'}},'m':{'type':'object','additionalProperties':{'type':'object',"
        "'additionalProperties':{'type':'string'}}},"
        "'x':{'type':'object','x-kubernetes-preserve-unknown-fields':true},"
        "'a':{'type':'array','items':{'type':'string'}},"
        "'h':{'type':'array','items':{'type':'string'},'x-kubernetes-list-type':'set'},"
        "'c':{'type':'array','x-kubernetes-patch-merge-key':'name',"
        "'x-kubernetes-patch-strategy':'merge','items':{'type':'object','properties':{"
        "'name':{'type':'string'},'n':{'type':'integer'},"
        "'p':{'type':'array','x-kubernetes-list-type':'map',"
        "'x-kubernetes-list-map-keys':['port','proto'],'x-kubernetes-patch-merge-key':'port',"
        "'x-kubernetes-patch-strategy':'merge','items':{'type':'object','properties':{"
        "'port':{'type':'integer'},'proto':{'type':'string','default':'TCP'},"
        "'n':{'type':'integer'}}}}}}}}},"
        "'status':{'type':'object','properties':{'n':{'type':'integer'}}}}}";

struct input {
        struct arena *arena;
        const struct schema *schema;
        char type;
        struct json *object, *patch;
        struct refusal refusal;
};

static struct json *parse(struct bytes text) {
        struct json *json = NULL;
        struct err err;

        return json_parse(text, &JSON_LIMITS_OBJECT, &json, &err) == 0 ? json : NULL;
}

static struct json *parse_schema(struct arena *arena) {
        char *text = arena_strdup(arena, SCHEMA);

        for (char *c = text; *c; c++)
                *c = *c == '\'' ? '"' : *c;
        return parse(bytes_of(text));
}

static struct ownership_of owner(const struct input *input, const char *manager) {
        return (struct ownership_of){
                .schema = input->schema,
                .api_version = "v1",
                .kind = "A",
                .manager = manager,
                .subresource = input->type == 'S' ? "status" : "",
                .has_status = true,
                .now_ms = 1000,
        };
}

static void check_written(const struct json *object) {
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(TEXT_MAX);
        struct json *back JSON_CLEANUP = NULL;
        struct err err;

        json_write(object, &text);
        must(strbuf_ok(&text));
        must(json_parse(strbuf_bytes(&text), &WRITTEN, &back, &err) == 0);
        must(json_equal(object, back));
}

static void check_refused(const struct input *input) {
        must(input->refusal.code >= 400 && input->refusal.code <= 500);
        must(input->refusal.message[0] != '\0');
}

/* The other ways of patching, and whose the fields are after. */
static void patch(struct input *input) {
        struct ownership_of by = owner(input, "me");
        struct json *after JSON_CLEANUP = json_clone(input->object), *once JSON_CLEANUP = NULL;
        int result;

        if (input->type == 'j')
                result = patch_json(after, input->patch, &input->refusal);
        else if (input->type == 'm')
                result = patch_merge(after, input->patch, &input->refusal);
        else
                result = patch_strategic(after, input->patch, input->schema, &input->refusal);
        if (result < 0) {
                check_refused(input);
                return;
        }
        check_written(after);
        if (input->type == 'm') {
                once = json_clone(after);
                must(patch_merge(after, input->patch, &input->refusal) == 0);
                must(json_equal(after, once));
        }
        if (json_kind(json_get(after, "metadata")) == JSON_OBJECT) {
                ownership_update(&by, input->object, after);
                ownership_keep_times(input->object, after);
                check_written(after);
        }
}

static void apply(struct input *input) {
        struct ownership_of by = owner(input, input->type == 'k' ? "kubectl" : "me");
        struct json *after JSON_CLEANUP = json_clone(input->object), *once JSON_CLEANUP = NULL;

        if (ownership_apply(&by, &after, input->patch, true, &input->refusal) < 0) {
                must(!after);
                check_refused(input);
                return;
        }
        check_written(after);
        once = json_clone(after);
        must(ownership_apply(&by, &after, input->patch, false, &input->refusal) == 0);
        must(json_equal(after, once));
        json_free(after);
        after = json_clone(input->object);
        if (ownership_apply(&by, &after, input->patch, false, &input->refusal) < 0)
                must(input->refusal.code == 409);
        else
                must(json_equal(after, once));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        struct bytes text = fuzz_bytes(data, size);
        const char *line = size > 1 ? memchr(text.ptr + 1, '\n', text.len - 1) : NULL;
        struct json *source JSON_CLEANUP = parse_schema(&arena);
        struct input input = { .arena = &arena, .refusal = { .arena = &arena } };
        struct err err;

        if (!line || !strchr("jmsakS", text.ptr[0]) || text.ptr[0] == '\0')
                return 0;
        must(schema_compile(source, NULL, &arena, &input.schema, &err) == 0);
        input.type = text.ptr[0];
        input.object = parse((struct bytes){ text.ptr + 1, (size_t)(line - text.ptr) - 1 });
        input.patch = parse((struct bytes){ line + 1, (size_t)(text.ptr + size - line) - 1 });
        if (json_kind(input.object) == JSON_OBJECT) {
                if (strchr("jms", input.type))
                        patch(&input);
                else
                        apply(&input);
        }
        refusal_deinit(&input.refusal);
        json_free(input.object);
        json_free(input.patch);
        return 0;
}
