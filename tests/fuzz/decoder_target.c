#include "decoder_target.h"

#include <string.h>

#include "fuzz.h"
#include "llc/base/json.h"
#include "support/decoder_run.h"

#define N(array) (sizeof(array) / sizeof(*(array)))

enum { INPUT_MAX = 65536, PLAN_MAX = 16, IDENTITY_MAX = 2048 };

const struct decoder_limits DECODER_TARGET_SMALL = {
        .item_bytes = 200,
        .kept_bytes = 100,
        .depth = 4,
        .nodes = 12,
};

static const struct projection METADATA[] = {
        { .key = "name" },   { .key = "namespace" }, { .key = "uid" }, { .key = "resourceVersion" },
        { .key = "labels" },
};
static const struct projection CONTAINER[] = { { .key = "name" }, { .key = "image" } };
static const struct projection SPEC[] = {
        { .key = "a" },
        { .key = "containers", .children = CONTAINER, .n_children = N(CONTAINER) },
};
static const struct projection MEMBERS[] = {
        { .key = "metadata", .children = METADATA, .n_children = N(METADATA) },
        { .key = "spec", .children = SPEC, .n_children = N(SPEC) },
        { .key = "status" },
};
const struct projection DECODER_TARGET_PROJECTION = { .children = MEMBERS,
                                                      .n_children = N(MEMBERS) };

struct check {
        const struct decoder_limits *limits;
        const struct json *items; /* the list as json_parse sees it; NULL = it cannot be compared */
        size_t n_items;
};

/* The projection as it is meant, on a tree. */
static struct json *project(const struct json *json, const struct projection *node) {
        struct json *out;
        const struct json *value;
        const char *key;
        void *cursor = NULL;

        if (node->children && json_kind(json) == JSON_ARRAY) {
                out = json_new_array();
                for (size_t i = 0; i < json_length(json); i++)
                        json_append(out, project(json_at(json, i), node));
                return out;
        }
        if (!node->children || json_kind(json) != JSON_OBJECT)
                return json_clone(json);
        out = json_new_object();
        while (json_next(json, &cursor, &key, &value))
                for (size_t i = 0; i < node->n_children; i++)
                        if (strcmp(node->children[i].key, key) == 0)
                                json_set(out, key, project(value, &node->children[i]));
        return out;
}

/*
 * The text with empty strings and no number of more than 18 digits: what is left is structure,
 * and for that the decoder alone answers.
 */
static void put_structure(struct bytes text, struct strbuf *out) {
        size_t digits = 0;
        bool string = false;

        for (size_t i = 0; i < text.len; i++) {
                char c = text.ptr[i];

                if (string && c == '\\')
                        i++;
                if (c == '"')
                        string = !string;
                digits = c >= '0' && c <= '9' ? digits + 1 : 0;
                if ((!string || c == '"') && digits <= 18)
                        strbuf_append_char(out, c);
        }
}

static void check_identity(const struct json *metadata, const char *key, struct bytes found) {
        const struct json *value = json_get(metadata, key);

        if (json_kind(value) == JSON_STRING)
                must(bytes_equal(found, json_as_string(value)));
        else
                must(found.len == 0);
}

static void check_tree(const struct check *check, const struct decoder_item *item,
                       const struct json *json) {
        const struct json *metadata = json_get(json, "metadata");
        JSON_CLEANUP struct json *expected = NULL;

        must(json_kind(json) == JSON_OBJECT);
        if (item->json.len <= IDENTITY_MAX) {
                check_identity(metadata, "name", item->name);
                check_identity(metadata, "namespace", item->namespace_);
                check_identity(metadata, "uid", item->uid);
                check_identity(metadata, "resourceVersion", item->resource_version);
        }
        if (check->items) {
                must(check->n_items < json_length(check->items));
                expected =
                        project(json_at(check->items, check->n_items), &DECODER_TARGET_PROJECTION);
                must(json_equal(json, expected));
        }
}

static void check_item(void *ctx, const struct decoder_item *item) {
        struct check *check = ctx;
        struct json_limits limits = {
                .max_bytes = check->limits->kept_bytes,
                .max_depth = check->limits->depth,
                .max_nodes = check->limits->nodes,
        };
        STRBUF_CLEANUP struct strbuf structure = STRBUF_INIT(INPUT_MAX);
        JSON_CLEANUP struct json *json = NULL;
        struct err err;

        must(item->name.len <= IDENTITY_MAX && item->uid.len <= IDENTITY_MAX);
        if (!item->readable) {
                must(item->json.len == 0 && item->error.code != ERR_NONE && item->error.msg[0]);
        } else if (json_parse(item->json, &limits, &json, &err) == 0) {
                check_tree(check, item, json);
        } else {
                must(err.code == ERR_INVALID && !check->items);
                put_structure(item->json, &structure);
                must(json_parse(strbuf_bytes(&structure), &limits, &json, &err) == 0);
        }
        check->n_items++;
}

/* A list in which nothing is hidden: the decoder must see what json_parse sees. */
static struct json *parse_list(struct bytes text) {
        struct json_limits limits = { .max_bytes = INPUT_MAX,
                                      .max_depth = 128,
                                      .max_nodes = 20000 };
        JSON_CLEANUP struct json *list = NULL;
        struct err err;

        if (fuzz_count(text, "items") != 1 || fuzz_count(text, "continue") > 0 ||
            fuzz_count(text, "\\") > 0 || json_parse(text, &limits, &list, &err) < 0 ||
            json_kind(list) != JSON_OBJECT || json_kind(json_get(list, "items")) != JSON_ARRAY)
                return NULL;
        return json_clone(json_get(list, "items"));
}

static void run(const struct decoder_run *run, struct bytes text, struct bytes expected) {
        STRBUF_CLEANUP struct strbuf out = STRBUF_INIT(64u << 20);

        decoder_run(run, text, &out);
        must(strbuf_ok(&out) && bytes_equal(strbuf_bytes(&out), expected));
}

int decoder_target(enum decoder_kind kind, const uint8_t *data, size_t size) {
        const uint8_t *newline = size > 0 && size <= INPUT_MAX ? memchr(data, '\n', size) : NULL;
        STRBUF_CLEANUP struct strbuf whole = STRBUF_INIT(64u << 20);
        JSON_CLEANUP struct json *items = NULL;
        struct check check = { .limits = &DECODER_LIMITS };
        struct decoder_run plan = { .kind = kind, .projection = &DECODER_TARGET_PROJECTION };
        struct bytes text;

        if (!newline || newline == data || newline - data > PLAN_MAX)
                return 0;
        text = fuzz_bytes(newline + 1, size - (size_t)(newline + 1 - data));
        if (data[0] % 2 == 1)
                check.limits = &DECODER_TARGET_SMALL;
        else if (kind == DECODER_LIST)
                check.items = items = parse_list(text);
        plan.limits = check.limits;
        plan.on_item = check_item;
        plan.ctx = &check;
        decoder_run(&plan, text, &whole);
        must(strbuf_ok(&whole));
        if (items) {
                must(check.n_items == json_length(items));
                must(fuzz_count(strbuf_bytes(&whole), "end Protocol: list:") == 0);
        }

        plan.on_item = NULL;
        plan.chunks = data + 1;
        plan.n_chunks = (size_t)(newline - data - 1);
        run(&plan, text, strbuf_bytes(&whole));
        plan.chunks = (const uint8_t *)"\1";
        plan.n_chunks = 1;
        run(&plan, text, strbuf_bytes(&whole));
        return 0;
}
