/*
 * What the messages of Kubernetes' protobuf hold, as tables: the numbers of fields, and how each is
 * written in JSON (generated.proto and the json tags of k8s.io/api and k8s.io/apimachinery).
 * Private to sim/serve.
 *
 * An object has all its fields here: any other is a newer client's, and is passed over, as the API
 * server does. Of a part there are fields besides, which nobody may use.
 */
#pragma once

enum protobuf_form {
        PB_FORM_TEXT,
        PB_FORM_BYTES, /* base64 in JSON */
        PB_FORM_BOOL,
        PB_FORM_INT32,
        PB_FORM_INT64,
        PB_FORM_JSON,          /* bytes that are JSON */
        PB_FORM_OBJECT,        /* a message, as all from here on */
        PB_FORM_PART,          /* an object */
        PB_FORM_WRAPPER,       /* its one field stands in its place */
        PB_FORM_TIME,          /* seconds; nanos do not count */
        PB_FORM_MICRO_TIME,    /* seconds, nanos */
        PB_FORM_INT_OR_STRING, /* type, intVal, strVal */
};

struct protobuf_field;

struct protobuf_type {
        enum protobuf_form form;
        const struct protobuf_field *fields; /* of a message; the last has number 0 */
};

enum protobuf_count {
        PB_ONE,    /* there when it was sent */
        PB_IF_SET, /* absent when "", 0 or false: what is not optional in Go is always sent */
        PB_LIST,
        PB_MAP, /* by strings; type: of the values */
};

struct protobuf_field {
        unsigned number;
        const char *name;
        enum protobuf_count count;
        const struct protobuf_type *type;
};

extern const struct protobuf_type PB_TEXT, PB_BYTES, PB_BOOL, PB_INT32, PB_INT64, PB_TIME,
        PB_MICRO_TIME, PB_INT_OR_STRING, PB_QUANTITY, PB_TEXTS;
/* meta.k8s.io/v1 */
extern const struct protobuf_type PB_OBJECT_META, PB_DELETE_OPTIONS, PB_LABEL_SELECTOR,
        PB_LABEL_REQUIREMENT, PB_FIELD_REQUIREMENT, PB_CONDITION;

/* v1 */
extern const struct protobuf_type PB_EVENT_SOURCE, PB_LOCAL_REFERENCE, PB_OBJECT_REFERENCE;

/* The types of the kinds that are in one file; ends with a NULL kind. */
struct protobuf_kind {
        const char *api_version, *kind;
        const struct protobuf_type *type;
};

extern const struct protobuf_kind PB_APPS_KINDS[], PB_CORE_KINDS[], PB_GROUP_KINDS[],
        PB_REVIEW_KINDS[];
