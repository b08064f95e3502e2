/*
 * libyaml gives events, the tree is built here, so that caps, duplicates and aliases are refused
 * while reading: a document of "billion laughs" never gets to exist.
 */
#include "llc/sys/yaml.h"

#include <stdlib.h>
#include <yaml.h>

#include "yaml_scalar.h"

enum {
        YAML_MAX_BYTES = 4 << 20,
        YAML_MAX_DEPTH = 64,
        YAML_MAX_NODES = 20000,
};

struct level {
        struct json *container; /* owned by the level above or by root */
        char *key;              /* of an object whose value comes next; NULL = none */
};

struct reader {
        yaml_parser_t parser;
        struct level levels[YAML_MAX_DEPTH];
        size_t depth;
        size_t n_nodes;
        struct json *root; /* of the document being read */
};

static int fail(const yaml_event_t *event, struct err *err) {
        return err_wrap(err, "YAML line %zu", event->start_mark.line + 1);
}

static int reader_parse(struct reader *r, yaml_event_t *ret_event, struct err *err) {
        const yaml_parser_t *p = &r->parser;

        if (yaml_parser_parse(&r->parser, ret_event))
                return 0;
        if (p->error == YAML_MEMORY_ERROR)
                abort();
        if (p->error == YAML_READER_ERROR)
                return err_set(err, ERR_INVALID, "YAML byte %zu: %s", p->problem_offset,
                               p->problem);
        return err_set(err, ERR_INVALID, "YAML line %zu: %s", p->problem_mark.line + 1,
                       p->problem ? p->problem : "cannot be read");
}

static struct level *reader_top(struct reader *r) {
        return r->depth ? &r->levels[r->depth - 1] : NULL;
}

static bool reader_wants_key(struct reader *r) {
        const struct level *top = reader_top(r);

        return top && json_kind(top->container) == JSON_OBJECT && !top->key;
}

/* Puts a finished scalar or an opened container where it belongs; takes value. */
static void reader_attach(struct reader *r, struct json *value) {
        struct level *top = reader_top(r);

        if (!top) {
                r->root = value;
        } else if (json_kind(top->container) == JSON_ARRAY) {
                json_append(top->container, value);
        } else {
                json_set(top->container, top->key, value);
                free(top->key);
                top->key = NULL;
        }
}

static int reader_count(struct reader *r, struct err *err) {
        if (++r->n_nodes > YAML_MAX_NODES)
                return err_set(err, ERR_TOO_LARGE, "more than %d values", YAML_MAX_NODES);
        return 0;
}

static int reader_open(struct reader *r, bool object, struct err *err) {
        struct json *container;

        if (reader_wants_key(r))
                return err_set(err, ERR_INVALID, "a key must be a string");
        if (r->depth == YAML_MAX_DEPTH)
                return err_set(err, ERR_TOO_LARGE, "nested deeper than %d", YAML_MAX_DEPTH);
        if (reader_count(r, err) < 0)
                return -1;
        container = object ? json_new_object() : json_new_array();
        reader_attach(r, container);
        r->levels[r->depth++] = (struct level){ .container = container };
        return 0;
}

static struct bytes scalar_text(const yaml_event_t *event) {
        return (struct bytes){
                .ptr = (const char *)event->data.scalar.value,
                .len = event->data.scalar.length,
        };
}

static bool tag_is(const yaml_char_t *tag, const char *name) {
        return strcmp((const char *)tag, name) == 0;
}

static int scalar_value(const yaml_event_t *event, struct json **ret_json, struct err *err) {
        const yaml_char_t *tag = event->data.scalar.tag;

        if (tag && !tag_is(tag, "!") && !tag_is(tag, YAML_STR_TAG))
                return err_set(err, ERR_INVALID, "tags are not supported, but !!str");
        if (!tag && event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
                return yaml_scalar_resolve(scalar_text(event), ret_json, err);
        *ret_json = json_new_string(scalar_text(event));
        return 0;
}

/*
 * Keys are strings. A plain key that is no string (kubectl makes "true" of yes, "511" of 0777) is
 * taken only when its text is the same either way.
 */
static int reader_key(struct reader *r, const yaml_event_t *event, struct err *err) {
        STRBUF_CLEANUP struct strbuf same = STRBUF_INIT(64);
        JSON_CLEANUP struct json *value = NULL;
        struct level *top = reader_top(r);
        struct bytes text = scalar_text(event);

        if (memchr(text.ptr, '\0', text.len))
                return err_set(err, ERR_INVALID, "NUL in a key");
        if (scalar_value(event, &value, err) < 0)
                return -1;
        if (json_kind(value) != JSON_STRING) {
                json_write(value, &same);
                if (!value || !bytes_equal(strbuf_bytes(&same), text))
                        return err_set(err, ERR_INVALID, "key \"%.64s\" reads as %s: quote it",
                                       text.ptr, json_kind_name(json_kind(value)));
        } else if (bytes_is(text, "<<") && event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE) {
                return err_set(err, ERR_INVALID, "merge keys are not supported");
        }
        if (json_has(top->container, text.ptr))
                return err_set(err, ERR_INVALID, "key \"%.64s\" is there twice", text.ptr);
        top->key = strdup(text.ptr);
        return 0;
}

static int reader_scalar(struct reader *r, const yaml_event_t *event, struct err *err) {
        struct json *value = NULL;

        if (event->data.scalar.anchor)
                return err_set(err, ERR_INVALID, "anchors are not supported");
        if (reader_wants_key(r))
                return reader_key(r, event, err);
        if (reader_count(r, err) < 0 || scalar_value(event, &value, err) < 0)
                return -1;
        reader_attach(r, value);
        return 0;
}

static int collection_check(const yaml_char_t *anchor, const yaml_char_t *tag, const char *own_tag,
                            struct err *err) {
        if (anchor)
                return err_set(err, ERR_INVALID, "anchors are not supported");
        if (tag && !tag_is(tag, "!") && !tag_is(tag, own_tag))
                return err_set(err, ERR_INVALID, "tags are not supported, but !!str");
        return 0;
}

static int reader_event(struct reader *r, const yaml_event_t *event, struct err *err) {
        switch (event->type) {
        case YAML_ALIAS_EVENT:
                return err_set(err, ERR_INVALID, "aliases are not supported");
        case YAML_SCALAR_EVENT:
                return reader_scalar(r, event, err);
        case YAML_SEQUENCE_START_EVENT:
                if (collection_check(event->data.sequence_start.anchor,
                                     event->data.sequence_start.tag, YAML_SEQ_TAG, err) < 0)
                        return -1;
                return reader_open(r, false, err);
        case YAML_MAPPING_START_EVENT:
                if (collection_check(event->data.mapping_start.anchor,
                                     event->data.mapping_start.tag, YAML_MAP_TAG, err) < 0)
                        return -1;
                return reader_open(r, true, err);
        case YAML_SEQUENCE_END_EVENT:
        case YAML_MAPPING_END_EVENT:
                r->depth--;
                return 0;
        case YAML_NO_EVENT:
        case YAML_STREAM_START_EVENT:
        case YAML_STREAM_END_EVENT:
        case YAML_DOCUMENT_START_EVENT:
        case YAML_DOCUMENT_END_EVENT:
                return 0;
        }
        return 0;
}

/* Reads on to the end of the next document; *ret_more is false at the end of the stream. */
static int reader_document(struct reader *r, bool *ret_more, size_t *ret_line, struct err *err) {
        yaml_event_t event;
        yaml_event_type_t type;

        do {
                if (reader_parse(r, &event, err) < 0)
                        return -1;
                type = event.type;
                if (type == YAML_DOCUMENT_START_EVENT)
                        *ret_line = event.start_mark.line + 1;
                if (reader_event(r, &event, err) < 0) {
                        fail(&event, err);
                        yaml_event_delete(&event);
                        return -1;
                }
                yaml_event_delete(&event);
        } while (type != YAML_DOCUMENT_END_EVENT && type != YAML_STREAM_END_EVENT);
        *ret_more = type == YAML_DOCUMENT_END_EVENT;
        return 0;
}

static int reader_init(struct reader *r, struct bytes text, struct err *err) {
        if (text.len > YAML_MAX_BYTES)
                return err_set(err, ERR_TOO_LARGE, "YAML of %zu bytes, at most %d are allowed",
                               text.len, YAML_MAX_BYTES);
        *r = (struct reader){ .depth = 0 };
        if (!yaml_parser_initialize(&r->parser))
                abort();
        yaml_parser_set_encoding(&r->parser, YAML_UTF8_ENCODING);
        yaml_parser_set_input_string(&r->parser, (const unsigned char *)(text.ptr ? text.ptr : ""),
                                     text.len);
        return 0;
}

static void reader_deinit(struct reader *r) {
        while (r->depth > 0)
                free(r->levels[--r->depth].key);
        json_free(r->root);
        yaml_parser_delete(&r->parser);
}

int yaml_parse(struct bytes text, struct json **ret_json, struct err *err) {
        struct reader r;
        struct json *first = NULL;
        bool more;
        size_t line = 0;
        int result;

        if (reader_init(&r, text, err) < 0)
                return -1;
        result = reader_document(&r, &more, &line, err);
        if (result == 0 && more) {
                first = r.root;
                r.root = NULL;
                result = reader_document(&r, &more, &line, err);
                if (result == 0 && more)
                        result = err_set(err, ERR_INVALID,
                                         "YAML line %zu: only one document is expected", line);
        }
        if (result == 0)
                *ret_json = first;
        else
                json_free(first);
        reader_deinit(&r);
        return result;
}

int yaml_parse_all(struct bytes text, struct json **ret_json, struct err *err) {
        JSON_CLEANUP struct json *all = NULL;
        struct reader r;
        bool more = true;
        size_t line;
        int result;

        if (reader_init(&r, text, err) < 0)
                return -1;
        all = json_new_array();
        while ((result = reader_document(&r, &more, &line, err)) == 0 && more) {
                if (r.root)
                        json_append(all, r.root);
                r.root = NULL;
        }
        if (result == 0) {
                *ret_json = all;
                all = NULL;
        }
        reader_deinit(&r);
        return result;
}
