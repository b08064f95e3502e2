/*
 * What is refused is what the API server's generated decoders refuse, in their words, and besides
 * wrong wire types in the entries of maps, which they do not look at. Messages nest only as deep as
 * the tables do.
 */
#include "serve/protobuf.h"

#include <stdio.h>
#include <string.h>

#include "kinds/base64.h"
#include "llc/base/timestamp.h"
#include "schema/rune.h"
#include "serve/protobuf_types.h"
#include "serve/utf8.h"
#include "serve/wire.h"

enum { MICROSECONDS = 1000000, NANOS_A_MICROSECOND = 1000, MS = 1000, RUNE_BYTES = 4 };

static const char MAGIC[] = { 'k', '8', 's', '\0' };

/* The years 0 to 9999, and what Go's zero time is. */
static const int64_t TIME_LEAST_S = INT64_C(-62167219200), TIME_MOST_S = INT64_C(253402300799),
                     TIME_ZERO_S = INT64_C(-62135596800);

struct decoding {
        struct arena *arena;
        size_t nodes; /* read so far */
        struct err *err;
};

/* Go's strings need not be UTF-8; in JSON each byte that is no part of it is U+FFFD. */
static struct json *text_json(struct bytes text) {
        struct strbuf out STRBUF_CLEANUP = STRBUF_INIT(3 * text.len + RUNE_BYTES);
        char rune[RUNE_BYTES];

        for (size_t at = 0; at < text.len;) {
                size_t n = rune_write(rune_next(text, &at), rune);

                strbuf_append(&out, (struct bytes){ rune, n });
        }
        return json_new_string(strbuf_bytes(&out));
}

static bool is_varint(const struct protobuf_type *type) {
        return type->form == PB_FORM_BOOL || type->form == PB_FORM_INT32 ||
               type->form == PB_FORM_INT64;
}

static bool is_object(const struct protobuf_type *type) {
        return type->form == PB_FORM_OBJECT || type->form == PB_FORM_PART;
}

static unsigned type_on_wire(const struct protobuf_field *field) {
        return field->count != PB_MAP && is_varint(field->type) ? WIRE_VARINT : WIRE_CHUNK;
}

static struct json *list_at(struct json *object, const char *key) {
        if (!json_has(object, key))
                json_set(object, key, json_new_array());
        return json_get_mut(object, key);
}

static int spend(struct decoding *decoding, size_t nodes) {
        size_t left = JSON_LIMITS_OBJECT.max_nodes - decoding->nodes;

        if (nodes > left)
                return err_set(decoding->err, ERR_TOO_LARGE, "more than %zu fields",
                               JSON_LIMITS_OBJECT.max_nodes);
        decoding->nodes += nodes;
        return 0;
}

/* No text has more values than this. */
static size_t most_values(struct bytes text) {
        size_t n = 1;

        for (size_t i = 0; i < text.len; i++)
                n += text.ptr[i] == ',' || text.ptr[i] == '{' || text.ptr[i] == '[';
        return n;
}

static int read_raw_json(struct decoding *decoding, struct bytes text, struct json **ret_value) {
        if (text.len == 0) {
                *ret_value = NULL;
                return 0;
        }
        if (spend(decoding, most_values(text)) < 0)
                return -1;
        return json_parse(text, &JSON_LIMITS_OBJECT, ret_value, decoding->err);
}

static int read_fields(struct decoding *decoding, struct bytes text,
                       const struct protobuf_type *type, struct json *object);

static int format_time(struct decoding *decoding, enum protobuf_form form,
                       const struct json *fields, struct json **ret_value) {
        int64_t seconds = json_int_at(fields, "seconds", 0), micros = 0;
        char time[TIMESTAMP_SIZE], fine[2 * TIMESTAMP_SIZE];

        if (form == PB_FORM_MICRO_TIME) {
                micros = json_int_at(fields, "nanos", 0) / NANOS_A_MICROSECOND;
                if (seconds >= TIME_LEAST_S && seconds <= TIME_MOST_S)
                        seconds += micros / MICROSECONDS - (micros % MICROSECONDS < 0);
                micros = (micros % MICROSECONDS + MICROSECONDS) % MICROSECONDS;
        }
        if (seconds < TIME_LEAST_S || seconds > TIME_MOST_S)
                return err_set(decoding->err, ERR_INVALID, "year outside of range [0,9999]");
        if (json_length(fields) == 0 || (seconds == TIME_ZERO_S && micros == 0)) {
                *ret_value = NULL;
                return 0;
        }
        timestamp_format(seconds * MS, time);
        if (form == PB_FORM_MICRO_TIME) {
                snprintf(fine, sizeof fine, "%.*s.%06dZ", (int)strcspn(time, "Z"), time,
                         (int)micros);
                *ret_value = json_new_string(bytes_of(fine));
        } else {
                *ret_value = json_new_string(bytes_of(time));
        }
        return 0;
}

static int choose(struct decoding *decoding, struct json *fields, struct json **ret_value) {
        switch (json_int_at(fields, "type", 0)) {
        case 0:
                *ret_value = json_new_int(json_int_at(fields, "intVal", 0));
                return 0;
        case 1:
                *ret_value = json_take(fields, "strVal");
                if (!*ret_value)
                        *ret_value = json_new_string(BYTES_NULL);
                return 0;
        }
        return err_set(decoding->err, ERR_INVALID, "impossible IntOrString.Type");
}

/* A message that is no object in JSON. */
static int read_folded(struct decoding *decoding, struct bytes text,
                       const struct protobuf_type *type, struct json **ret_value) {
        struct json *fields JSON_CLEANUP = json_new_object();

        if (read_fields(decoding, text, type, fields) < 0)
                return -1;
        switch (type->form) {
        case PB_FORM_TIME:
        case PB_FORM_MICRO_TIME:
                return format_time(decoding, type->form, fields, ret_value);
        case PB_FORM_INT_OR_STRING:
                return choose(decoding, fields, ret_value);
        case PB_FORM_WRAPPER:
        case PB_FORM_OBJECT:
        case PB_FORM_PART:
        case PB_FORM_TEXT:
        case PB_FORM_BYTES:
        case PB_FORM_BOOL:
        case PB_FORM_INT32:
        case PB_FORM_INT64:
        case PB_FORM_JSON:
                break;
        }
        *ret_value = json_take(fields, type->fields[0].name);
        if (!*ret_value && type->fields[0].count == PB_LIST)
                *ret_value = json_new_array();
        return 0;
}

/* A value of any type but an object's. */
static int read_value(struct decoding *decoding, struct wire *wire,
                      const struct protobuf_type *type, struct json **ret_value) {
        struct bytes chunk = BYTES_NULL;
        uint64_t number = 0;

        if ((is_varint(type) ? wire_varint(wire, &number, decoding->err)
                             : wire_chunk(wire, &chunk, decoding->err)) < 0)
                return -1;
        switch (type->form) {
        case PB_FORM_TEXT:
                *ret_value = text_json(chunk);
                return 0;
        case PB_FORM_BYTES:
                *ret_value = base64_json(chunk);
                return 0;
        case PB_FORM_BOOL:
                *ret_value = json_new_bool(number != 0);
                return 0;
        case PB_FORM_INT32:
                *ret_value = json_new_int((int32_t)(uint32_t)number);
                return 0;
        case PB_FORM_INT64:
                *ret_value = json_new_int((int64_t)number);
                return 0;
        case PB_FORM_JSON:
                return read_raw_json(decoding, chunk, ret_value);
        case PB_FORM_OBJECT:
        case PB_FORM_PART:
        case PB_FORM_WRAPPER:
        case PB_FORM_TIME:
        case PB_FORM_MICRO_TIME:
        case PB_FORM_INT_OR_STRING:
                break;
        }
        return read_folded(decoding, chunk, type, ret_value);
}

/* An object that came before in the same place goes on. */
static int read_object(struct decoding *decoding, struct wire *wire,
                       const struct protobuf_field *field, struct json *object) {
        struct json *target;
        struct bytes chunk;

        if (wire_chunk(wire, &chunk, decoding->err) < 0)
                return -1;
        if (field->count == PB_LIST) {
                target = json_new_object();
                json_append(list_at(object, field->name), target);
        } else {
                target = json_object_at(object, field->name);
        }
        if (read_fields(decoding, chunk, field->type, target) == 0)
                return 0;
        return decoding->err->code == ERR_NO_KIND ? err_wrap(decoding->err, "%s", field->name) : -1;
}

/* An entry is a message of its own: key 1, value 2, each may be left out when it is empty. */
static int read_entry(struct decoding *decoding, struct wire *wire,
                      const struct protobuf_field *field, struct json *object) {
        const struct protobuf_field fields[] = {
                { 1, "key", PB_ONE, &PB_TEXT },
                { 2, "value", PB_ONE, field->type },
                { 0 },
        };
        const struct protobuf_type type = { PB_FORM_OBJECT, fields };
        struct json *entry JSON_CLEANUP = json_new_object();
        struct json *value;
        struct bytes chunk;
        const char *key;

        if (wire_chunk(wire, &chunk, decoding->err) < 0 ||
            read_fields(decoding, chunk, &type, entry) < 0)
                return -1;
        key = json_has(entry, "key")
                      ? utf8_clean(json_as_string(json_get(entry, "key")), decoding->arena)
                      : "";
        value = json_take(entry, "value");
        if (!value && (field->type->form == PB_FORM_TEXT || field->type->form == PB_FORM_BYTES))
                value = json_new_string(BYTES_NULL);
        json_set(json_object_at(object, field->name), key, value);
        return 0;
}

static bool is_zero(const struct json *value) {
        switch (json_kind(value)) {
        case JSON_NULL:
                return true;
        case JSON_BOOL:
                return !json_as_bool(value);
        case JSON_INT:
                return json_as_int(value) == 0;
        case JSON_STRING:
                return json_as_string(value).len == 0;
        case JSON_DOUBLE:
        case JSON_ARRAY:
        case JSON_OBJECT:
                break;
        }
        return false;
}

static int read_field(struct decoding *decoding, struct wire *wire,
                      const struct protobuf_field *field, struct json *object) {
        struct json *value = NULL;

        if (spend(decoding, 1) < 0)
                return -1;
        if (field->count == PB_MAP)
                return read_entry(decoding, wire, field, object);
        if (is_object(field->type))
                return read_object(decoding, wire, field, object);
        if (read_value(decoding, wire, field->type, &value) < 0)
                return -1;
        if (field->count == PB_LIST) {
                json_append(list_at(object, field->name), value);
        } else if (!value || (field->count == PB_IF_SET && is_zero(value))) {
                json_free(value);
                json_remove(object, field->name);
        } else {
                json_set(object, field->name, value);
        }
        return 0;
}

static int read_fields(struct decoding *decoding, struct bytes text,
                       const struct protobuf_type *type, struct json *object) {
        struct wire wire = wire_of(text);

        while (wire.at < wire.end) {
                const struct protobuf_field *field = type->fields;
                struct wire_tag tag;

                if (wire_tag(&wire, &tag, decoding->err) < 0)
                        return -1;
                while (field->number != 0 && field->number != tag.number)
                        field++;
                if (field->number == 0 && type->form == PB_FORM_PART)
                        return err_set(decoding->err, ERR_NO_KIND, "field %d", (int)tag.number);
                if (field->number == 0) {
                        if (wire_skip(&wire, tag, decoding->err) < 0)
                                return -1;
                        continue;
                }
                if (tag.type != type_on_wire(field))
                        return err_set(decoding->err, ERR_INVALID,
                                       "proto: wrong wireType = %u for field %s", tag.type,
                                       field->name);
                if (read_field(decoding, &wire, field, object) < 0)
                        return -1;
        }
        return 0;
}

/* TypeMeta of runtime, which is not that of meta.k8s.io. */
static const struct protobuf_type TYPE_META = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "apiVersion", PB_ONE, &PB_TEXT },
                { 2, "kind", PB_ONE, &PB_TEXT },
                { 0 },
        },
};

int protobuf_open(struct bytes body, struct arena *arena, struct protobuf_body *ret_body,
                  struct err *err) {
        struct json *said JSON_CLEANUP = json_new_object();
        struct decoding decoding = { .arena = arena, .err = err };
        struct protobuf_body opened = { .raw = BYTES_NULL };
        struct bytes chunk;
        struct wire wire;
        struct wire_tag tag;

        if (body.len < sizeof MAGIC || memcmp(body.ptr, MAGIC, sizeof MAGIC) != 0)
                return err_set(err, ERR_INVALID,
                               "provided data does not appear to be a protobuf message, expected "
                               "prefix [107 56 115 0]");
        wire = wire_of((struct bytes){ body.ptr + sizeof MAGIC, body.len - sizeof MAGIC });
        while (wire.at < wire.end) {
                if (wire_tag(&wire, &tag, err) < 0)
                        return -1;
                if ((tag.number != 1 && tag.number != 2) || tag.type != WIRE_CHUNK) {
                        if (wire_skip(&wire, tag, err) < 0)
                                return -1;
                        continue;
                }
                if (wire_chunk(&wire, &chunk, err) < 0 ||
                    (tag.number == 1 && read_fields(&decoding, chunk, &TYPE_META, said) < 0))
                        return -1;
                if (tag.number == 2)
                        opened.raw = chunk;
        }
        opened.api_version = arena_strdup(arena, json_text_at(said, "apiVersion"));
        opened.kind = arena_strdup(arena, json_text_at(said, "kind"));
        *ret_body = opened;
        return 0;
}

static const struct protobuf_type *find(const struct protobuf_body *body) {
        const struct protobuf_kind *const tables[] = { PB_APPS_KINDS, PB_CORE_KINDS, PB_GROUP_KINDS,
                                                       PB_REVIEW_KINDS };

        if (strcmp(body->kind, "DeleteOptions") == 0) /* each group has them */
                return &PB_DELETE_OPTIONS;
        for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
                for (const struct protobuf_kind *kind = tables[i]; kind->kind; kind++) {
                        if (strcmp(kind->kind, body->kind) == 0 &&
                            strcmp(kind->api_version, body->api_version) == 0)
                                return kind->type;
                }
        }
        return NULL;
}

/* Control characters take six bytes in JSON: a body within bounds may become an object beyond. */
static int check_size(const struct json *tree, struct err *err) {
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(JSON_LIMITS_OBJECT.max_bytes);

        json_write(tree, &text);
        if (!strbuf_ok(&text))
                return err_set(err, ERR_TOO_LARGE, "more than %zu bytes of JSON",
                               JSON_LIMITS_OBJECT.max_bytes);
        return 0;
}

int protobuf_object(const struct protobuf_body *body, struct arena *arena, struct json **ret_tree,
                    struct err *err) {
        struct decoding decoding = { .arena = arena, .err = err };
        const struct protobuf_type *type = find(body);
        struct json *tree JSON_CLEANUP = json_new_object();

        if (!type)
                return err_set(err, ERR_NO_KIND, "%s of %s", body->kind, body->api_version);
        json_set_str(tree, "kind", body->kind);
        json_set_str(tree, "apiVersion", body->api_version);
        if (read_fields(&decoding, body->raw, type, tree) < 0)
                return err->code == ERR_NO_KIND
                               ? err_wrap(err, "%s of %s", body->kind, body->api_version)
                               : -1;
        if (check_size(tree, err) < 0)
                return -1;
        *ret_tree = tree;
        tree = NULL;
        return 0;
}
