/*
 * How rows of a descriptor table are written: ROW_STR(llc_spec, image, "image", .max = 1024, …).
 *
 * The first argument is the struct's tag, the second its member. Each row checks the member's C
 * type, so a table that lies about its struct does not compile.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "llc/api/desc.h"
#include "llc/base/json.h"

/* The member's offset; no valid array size when the member has another type. */
/* NOLINTBEGIN(bugprone-macro-parentheses): a type cannot stand in parentheses */
#define TABLE_OFFSET(tag, member, want)                                                            \
        (offsetof(struct tag, member) +                                                            \
         0 * sizeof(char[_Generic(((struct tag *)0)->member, want : 1, default                     \
                                  : -1)]))

/* NOLINTEND(bugprone-macro-parentheses) */

#define TABLE_ROW(tag, member, want, json_key, field_kind, ...)                                    \
        {                                                                                          \
                .key = (json_key), .kind = (field_kind),                                           \
                .offset = TABLE_OFFSET(tag, member, want), __VA_ARGS__                             \
        }
#define TABLE_COUNTED(tag, member, want, json_key, field_kind, ...)                                \
        TABLE_ROW(tag, member, want, json_key, field_kind,                                         \
                  .len_offset = TABLE_OFFSET(tag, n_##member, size_t), __VA_ARGS__)

#define ROW_BOOL(tag, member, key, ...) TABLE_ROW(tag, member, bool, key, FIELD_BOOL, __VA_ARGS__)
#define ROW_INT(tag, member, key, ...)  TABLE_ROW(tag, member, int64_t, key, FIELD_INT, __VA_ARGS__)
#define ROW_STR(tag, member, key, ...)                                                             \
        TABLE_ROW(tag, member, const char *, key, FIELD_STR, __VA_ARGS__)
#define ROW_ENUM(tag, member, key, values, ...)                                                    \
        TABLE_ROW(tag, member, int, key, FIELD_ENUM, .names = (values), __VA_ARGS__)
#define ROW_TIME(tag, member, key, ...)                                                            \
        TABLE_ROW(tag, member, int64_t, key, FIELD_TIME, __VA_ARGS__)
#define ROW_RAW(tag, member, key, ...)                                                             \
        TABLE_ROW(tag, member, const struct json *, key, FIELD_RAW, __VA_ARGS__)

/* The member points to struct sub_tag, described by sub_tag_type; _AS names another table of it. */
#define ROW_OBJ(tag, member, key, sub_tag, ...)                                                    \
        ROW_OBJ_AS(tag, member, key, sub_tag, sub_tag##_type, __VA_ARGS__)
#define ROW_OBJ_AS(tag, member, key, sub_tag, sub_type, ...)                                       \
        TABLE_ROW(tag, member, const struct sub_tag *, key, FIELD_OBJ, .sub = &(sub_type),         \
                  __VA_ARGS__)
/* The object's members are members of the same struct, as sub_type says. */
#define ROW_FLAT(json_key, sub_type, ...)                                                          \
        { .key = (json_key), .kind = FIELD_FLAT, .sub = &(sub_type), __VA_ARGS__ }
#define ROW_LIST(tag, member, key, sub_tag, ...)                                                   \
        TABLE_COUNTED(tag, member, const struct sub_tag *, key, FIELD_LIST,                        \
                      .sub = &sub_tag##_type, __VA_ARGS__)
#define ROW_STR_LIST(tag, member, key, ...)                                                        \
        TABLE_COUNTED(tag, member, const char *const *, key, FIELD_STR_LIST, __VA_ARGS__)
#define ROW_INT_LIST(tag, member, key, ...)                                                        \
        TABLE_COUNTED(tag, member, const int64_t *, key, FIELD_INT_LIST, __VA_ARGS__)
#define ROW_STR_MAP(tag, member, key, ...)                                                         \
        TABLE_COUNTED(tag, member, const struct str_pair *, key, FIELD_STR_MAP, __VA_ARGS__)

/* Added to a BOOL or INT row: the member has_… says whether the field was there. */
#define TABLE_PRESENT(tag, member)                                                                 \
        .has_present = true, .present_offset = TABLE_OFFSET(tag, has_##member, bool)

/* Patterns of text: RE2. */
#define TABLE_DNS_LABEL "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
#define TABLE_IMAGE     "^\\S+$"

#define TABLE_LENGTH(array) (sizeof(array) / sizeof((array)[0]))
/* Added to a row or a type. */
#define TABLE_RULES(array) .rules = (array), .n_rules = TABLE_LENGTH(array)
/* Added to a row of a list or map of values. */
#define TABLE_ITEM_RULES(array) .item_rules = (array), .n_item_rules = TABLE_LENGTH(array)

#define TABLE_TYPE(tag, rows, ...)                                                                 \
        {                                                                                          \
                .name = #tag, .size = sizeof(struct tag), .fields = (rows),                        \
                .n_fields = TABLE_LENGTH(rows), __VA_ARGS__                                        \
        }
