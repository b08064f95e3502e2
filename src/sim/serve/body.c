#include "serve/body.h"

#include <string.h>
#include <strings.h>

#include "llc/sys/yaml.h"
#include "serve/duplicates.h"
#include "serve/protobuf.h"
#include "serve/utf8.h"
#include "storage/record.h"

enum {
        HTTP_TOO_LARGE = 413,
        HTTP_UNSUPPORTED = 415,
        HTTP_INTERNAL = 500,
        BODY_MAX = 3 << 20,
        SUMMARY_MAX = 30,
};

static const char PROTOBUF[] = "application/vnd.kubernetes.protobuf";

/* The Content-Type without its parameters. */
static struct bytes media_type(const struct exchange *exchange) {
        const char *text = exchange->request->content_type;
        size_t n = text ? strcspn(text, "; \t") : 0;

        return (struct bytes){ .ptr = text ? text : "", .len = n };
}

static bool type_is(struct bytes type, const char *name) {
        return type.len == strlen(name) && strncasecmp(type.ptr, name, type.len) == 0;
}

static int check_size(struct exchange *exchange) {
        if (exchange->request->body.len <= BODY_MAX)
                return 0;
        return refuse(&exchange->refusal, HTTP_TOO_LARGE, "RequestEntityTooLarge",
                      "Request entity too large: limit is %d", BODY_MAX);
}

static int refuse_type(struct exchange *exchange, const char *accepted) {
        return refuse(&exchange->refusal, HTTP_UNSUPPORTED, "UnsupportedMediaType",
                      "the body of the request was in an unknown format - accepted media types "
                      "include: %s",
                      accepted);
}

/* Go's words for the mistake that is made most; ours for the others. */
static const char *parse_error(const struct exchange *exchange, const struct err *err) {
        struct bytes body = exchange->request->body;
        const char *text = err->msg;

        if (body.len == 0 || strncmp(text, "JSON ends", 9) == 0)
                return "unexpected end of JSON input";
        return arena_strdup(exchange->arena, text);
}

/* The beginning of a body that could not be read: as it is when it looks like JSON, or in hex. */
static const char *summary(const struct exchange *exchange) {
        struct bytes body = exchange->request->body;
        const char *more = body.len > SUMMARY_MAX ? " ..." : "";
        struct strbuf hex STRBUF_CLEANUP = STRBUF_INIT(256);

        if (body.len == 0)
                return "<empty>";
        if (body.len > SUMMARY_MAX)
                body.len = SUMMARY_MAX;
        if (body.ptr[0] == '{')
                return arena_printf(exchange->arena, "%s%s", utf8_clean(body, exchange->arena),
                                    more);
        for (size_t i = 0; i < body.len; i++)
                strbuf_printf(&hex, "%02x", (unsigned char)body.ptr[i]);
        return arena_printf(exchange->arena, "%s%s", strbuf_str(&hex), more);
}

static int refuse_unread(struct exchange *exchange, const char *kind_name, const char *why) {
        return refuse_bad_request(
                &exchange->refusal,
                "the object provided is unrecognized (must be of type %s): %s (%s)", kind_name, why,
                summary(exchange));
}

static int read_protobuf(struct exchange *exchange, const char *kind_name, struct json **ret_tree) {
        struct protobuf_body body;
        const char *slash;
        struct err err;

        if (protobuf_open(exchange->request->body, exchange->arena, &body, &err) < 0)
                return refuse_unread(exchange, kind_name, arena_strdup(exchange->arena, err.msg));
        if (body.kind[0] == '\0' || body.api_version[0] == '\0')
                return refuse_unread(exchange, kind_name, "it does not say its version and kind");
        if (protobuf_object(&body, exchange->arena, ret_tree, &err) == 0)
                return 0;
        if (err.code == ERR_NO_KIND)
                return refuse(&exchange->refusal, HTTP_UNSUPPORTED, "UnsupportedMediaType",
                              "llc-sim does not read %s in protobuf: send JSON or YAML (kubectl "
                              "apply -f)",
                              err.msg);
        slash = strchr(body.api_version, '/');
        return refuse_bad_request(&exchange->refusal,
                                  "%s in version \"%s\" cannot be handled as a %s: %s", body.kind,
                                  slash ? slash + 1 : body.api_version, kind_name, err.msg);
}

int body_object(struct exchange *exchange, const char *kind_name, struct json **ret_tree) {
        struct bytes type = media_type(exchange), body = exchange->request->body;
        struct err err;

        if (check_size(exchange) < 0)
                return -1;
        if (type_is(type, "application/yaml")) {
                if (yaml_parse(body, ret_tree, &err) == 0)
                        return 0;
                return refuse_unread(exchange, kind_name, arena_strdup(exchange->arena, err.msg));
        }
        if (type_is(type, PROTOBUF))
                return read_protobuf(exchange, kind_name, ret_tree);
        if (type.len > 0 && !type_is(type, "application/json"))
                return refuse_type(exchange, "application/json, application/yaml, "
                                             "application/vnd.kubernetes.protobuf");
        if (json_parse(body, &RECORD_LIMITS, ret_tree, &err) == 0)
                return 0;
        return refuse_unread(exchange, kind_name,
                             arena_printf(exchange->arena,
                                          "couldn't get version/kind; json parse error: %s",
                                          parse_error(exchange, &err)));
}

int body_check_kind(struct exchange *exchange, const struct json *tree) {
        struct bytes body = exchange->request->body;

        if (exchange->kind->builtin || json_kind(tree) != JSON_OBJECT || json_has(tree, "kind") ||
            type_is(media_type(exchange), "application/yaml"))
                return 0;
        return refuse_unread(exchange, exchange->kind->name,
                             arena_printf(exchange->arena, "Object 'Kind' is missing in '%s'",
                                          utf8_clean(body, exchange->arena)));
}

const struct strings *body_duplicates(struct exchange *exchange) {
        struct strings *found = ARENA_NEW(exchange->arena, struct strings);

        found->arena = exchange->arena;
        if (!type_is(media_type(exchange), "application/yaml") &&
            !type_is(media_type(exchange), PROTOBUF))
                duplicates_find(exchange->request->body, found);
        return found;
}

int body_patch_type(struct exchange *exchange, enum patch_type *ret_type) {
        static const struct {
                const char *name;
                enum patch_type type;
        } types[] = {
                { "application/json-patch+json", PATCH_JSON },
                { "application/merge-patch+json", PATCH_MERGE },
                { "application/strategic-merge-patch+json", PATCH_STRATEGIC },
                { "application/apply-patch+yaml", PATCH_APPLY },
        };
        struct bytes type = media_type(exchange);

        for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
                if (!type_is(type, types[i].name) ||
                    (types[i].type == PATCH_STRATEGIC && !exchange->kind->builtin))
                        continue;
                *ret_type = types[i].type;
                return 0;
        }
        if (!exchange->kind->builtin)
                return refuse_type(exchange,
                                   "application/json-patch+json, application/merge-patch+json, "
                                   "application/apply-patch+yaml");
        refuse(&exchange->refusal, HTTP_UNSUPPORTED, "UnsupportedMediaType",
               "415: Unsupported Media Type");
        exchange->refusal.has_details = true;
        return -1;
}

int body_patch(struct exchange *exchange, enum patch_type type, struct json **ret_patch) {
        struct bytes body = exchange->request->body;
        struct err err;

        if (check_size(exchange) < 0)
                return -1;
        switch (type) {
        case PATCH_APPLY:
                if (yaml_parse(body, ret_patch, &err) == 0)
                        return 0;
                return refuse_bad_request(&exchange->refusal,
                                          "error decoding YAML: error converting YAML to JSON: %s",
                                          err.msg);
        case PATCH_JSON:
        case PATCH_MERGE:
        case PATCH_STRATEGIC:
                break;
        }
        if (json_parse(body, &RECORD_LIMITS, ret_patch, &err) == 0)
                return 0;
        return refuse_bad_request(&exchange->refusal, "%s%s",
                                  type == PATCH_STRATEGIC ? "" : "error decoding patch: ",
                                  parse_error(exchange, &err));
}

static int refuse_foreign(struct exchange *exchange, const char *kind, const char *api_version) {
        return refuse(&exchange->refusal, HTTP_INTERNAL, "",
                      "no kind \"%s\" is registered for version \"%s\" in scheme "
                      "\"pkg/runtime/scheme.go:110\"",
                      kind, api_version);
}

/* A body that is read as DeleteOptions may say that it is; nothing else. */
static int check_is_options(struct exchange *exchange, const struct json *options) {
        const char *kind = json_text_at(options, "kind");

        if (json_kind(options) != JSON_OBJECT)
                return refuse(&exchange->refusal, HTTP_INTERNAL, "",
                              "couldn't get version/kind; json parse error: json: cannot unmarshal "
                              "%s into Go value",
                              json_kind_name(json_kind(options)));
        if (kind[0] == '\0' || strcmp(kind, "DeleteOptions") == 0)
                return 0;
        return refuse_foreign(exchange, kind, json_text_at(options, "apiVersion"));
}

static int read_protobuf_options(struct exchange *exchange, struct json **ret_options) {
        struct protobuf_body body;
        struct json *options = NULL;
        struct err err;

        if (protobuf_open(exchange->request->body, exchange->arena, &body, &err) < 0)
                return refuse(&exchange->refusal, HTTP_INTERNAL, "", "%s", err.msg);
        if (strcmp(body.kind, "DeleteOptions") != 0)
                return refuse_foreign(exchange, body.kind, body.api_version);
        if (protobuf_object(&body, exchange->arena, &options, &err) < 0)
                return refuse(&exchange->refusal, HTTP_INTERNAL, "", "%s", err.msg);
        *ret_options = options;
        return 0;
}

int body_delete_options(struct exchange *exchange, struct json **ret_options) {
        struct bytes type = media_type(exchange), body = exchange->request->body;
        struct json *options = NULL;
        struct err err;

        *ret_options = NULL;
        if (check_size(exchange) < 0)
                return -1;
        if (body.len == 0)
                return 0;
        if (type_is(type, PROTOBUF))
                return read_protobuf_options(exchange, ret_options);
        if (type.len > 0 && !type_is(type, "application/json") &&
            !type_is(type, "application/yaml"))
                return refuse_type(exchange, "application/json, application/yaml, "
                                             "application/vnd.kubernetes.protobuf");
        if ((type_is(type, "application/yaml")
                     ? yaml_parse(body, &options, &err)
                     : json_parse(body, &RECORD_LIMITS, &options, &err)) < 0)
                return refuse(&exchange->refusal, HTTP_INTERNAL, "",
                              "couldn't get version/kind; json parse error: %s",
                              parse_error(exchange, &err));
        if (check_is_options(exchange, options) < 0) {
                json_free(options);
                return -1;
        }
        *ret_options = options;
        return 0;
}
