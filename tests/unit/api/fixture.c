#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "llc/base/strbuf.h"
#include "table.h"

enum { TEXT_MAX_BYTES = 1 << 20 };

static const struct field toy_part_fields[] = {
        ROW_STR(toy_part, name, "name", .flags = FIELD_REQUIRED, .min = 1, .max = TOY_TEXT_MAX,
                .doc = "Its name."),
        ROW_INT(toy_part, size, "size", .def = "7", .doc = "Its size."),
};

static const struct type toy_part_type = TABLE_TYPE(toy_part, toy_part_fields, .doc = "A part.");

static const struct field toy_place_fields[] = {
        ROW_STR(toy, street, "street", .max = TOY_TEXT_MAX, .doc = "A street."),
};

static const struct type toy_place_type = TABLE_TYPE(toy, toy_place_fields, .doc = "A place.");

static const char *const choices[] = { "left", "right", NULL };
static const char *const colors[] = { "Red", "Green", NULL };
static const char *const picks[] = { "a.b/one", "a.b/two", NULL };

static const struct desc_rule part_rules[] = {
        { .rule = "self == oldSelf", .message = "part is immutable" },
};

static const struct desc_rule amount_rules[] = {
        { .rule = "self != 'none'", .message = "say how much" },
};

static const struct desc_rule toy_rules[] = {
        { .rule = "has(self.on)", .message = "say whether it is on", .field_path = ".on" },
};

static const struct field toy_fields[] = {
        ROW_BOOL(toy, on, "on", .doc = "Whether it runs."),
        ROW_BOOL(toy, switch_, "switch", TABLE_PRESENT(toy, switch_), .doc = "A switch."),
        ROW_INT(toy, count, "count", .min = 0, .max = 10, .doc = "How many."),
        ROW_INT(toy, total, "total", .min = -1, .max = INT64_MAX, TABLE_PRESENT(toy, total),
                .doc = "All of them."),
        ROW_STR(toy, text, "text", .min = 2, .max = TOY_TEXT_MAX, .pattern = "^\\S+$",
                .doc = "Some text."),
        ROW_STR(toy, amount, "amount", .flags = FIELD_INT_OR_STRING, .min = 1, .max = TOY_TEXT_MAX,
                .def = "1", .doc = "How much."),
        ROW_STR(toy, choice, "choice", .names = choices, .doc = "One of two."),
        ROW_ENUM(toy, color, "color", colors, .doc = "Its color."),
        ROW_TIME(toy, at, "at", .doc = "When."),
        ROW_OBJ(toy, part, "part", toy_part, TABLE_RULES(part_rules), .doc = "Its main part."),
        ROW_LIST(toy, parts, "parts", toy_part, .flags = FIELD_MAP_LIST, .list_key = "name",
                 .max = 3, .doc = "Its parts."),
        ROW_STR_LIST(toy, tags, "tags", .min = 1, .max = 2, .item_min = 1, .item_max = 4,
                     .doc = "Its tags."),
        ROW_INT_LIST(toy, numbers, "numbers", .max = 3, .item_min = 0, .item_max = 9,
                     .doc = "Its numbers."),
        ROW_STR_MAP(toy, labels, "labels", .max = 3, .item_max = 4, .doc = "Its labels."),
        ROW_STR_MAP(toy, picked, "picked", .flags = FIELD_HIDDEN, .names = picks),
        ROW_STR_MAP(toy, amounts, "amounts", .flags = FIELD_INT_OR_STRING, .max = 3, .item_min = 1,
                    .item_max = 4, TABLE_ITEM_RULES(amount_rules), .doc = "How much of each."),
        ROW_STR_LIST(toy, words, "words", .flags = FIELD_MAY_BE_EMPTY, .max = 2, .item_max = 4,
                     .doc = "Its words."),
        ROW_LIST(toy, spares, "spares", toy_part, .flags = FIELD_MAY_BE_EMPTY, .max = 2,
                 .doc = "Its spare parts."),
        ROW_FLAT("place", toy_place_type, .doc = "Where it is."),
        ROW_RAW(toy, raw, "raw", .doc = "Anything."),
};

const struct type toy_type =
        TABLE_TYPE(toy, toy_fields, TABLE_RULES(toy_rules), .doc = "A toy of every kind.");

struct json *json_read(const char *text) {
        struct json *json;
        struct err err;

        if (json_parse(bytes_of(text), &JSON_LIMITS_OBJECT, &json, &err) < 0)
                fail_msg("%s: %s", err.msg, text);
        return json;
}

void assert_json(const struct json *json, const char *text) {
        JSON_CLEANUP struct json *want = json_read(text);
        STRBUF_CLEANUP struct strbuf got = STRBUF_INIT(TEXT_MAX_BYTES);

        json_write(json, &got);
        if (!json_equal(json, want))
                fail_msg("found    %s\nexpected %s", strbuf_str(&got), text);
}

const char *json_text(const struct json *json, struct arena *arena) {
        STRBUF_CLEANUP struct strbuf out = STRBUF_INIT(TEXT_MAX_BYTES);

        json_write(json, &out);
        assert_true(strbuf_ok(&out));
        return arena_copy(arena, strbuf_bytes(&out));
}

static void projection_print(const struct projection *node, struct strbuf *out) {
        for (size_t i = 0; i < node->n_children; i++) {
                strbuf_printf(out, "%s%s", i ? "," : "", node->children[i].key);
                if (!node->children[i].children)
                        continue;
                strbuf_puts(out, "(");
                projection_print(&node->children[i], out);
                strbuf_puts(out, ")");
        }
}

const char *projection_text(const struct projection *projection, struct arena *arena) {
        STRBUF_CLEANUP struct strbuf out = STRBUF_INIT(TEXT_MAX_BYTES);

        projection_print(projection, &out);
        return arena_copy(arena, strbuf_bytes(&out));
}
