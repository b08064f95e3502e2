#include "serve/exchange.h"

#include <string.h>

#include "llc/sys/yaml.h"
#include "serve/cut.h"
#include "serve/table.h"
#include "verbs/agenda.h"

enum {
        HTTP_OK = 200,
        HTTP_NOT_FOUND = 404,
        HTTP_METHOD_NOT_ALLOWED = 405,
        HTTP_NOT_ACCEPTABLE = 406,
};

static const struct json_limits LIMITS_ANSWER = {
        .max_bytes = 1u << 30,
        .max_depth = 10064,
        .max_nodes = 100u << 20,
};

void exchange_header(struct exchange *exchange, const char *name, const char *value) {
        struct http_response *response = exchange->response;

        if (response->n_headers < RESPONSE_HEADERS)
                response->headers[response->n_headers++] =
                        (struct header){ .name = name, .value = value };
}

int exchange_text(struct exchange *exchange, int status, const char *text) {
        exchange->response->status = status;
        exchange->response->content_type = "text/plain; charset=utf-8";
        exchange_header(exchange, "X-Content-Type-Options", "nosniff");
        strbuf_puts(&exchange->response->body, text);
        return 0;
}

int exchange_json(struct exchange *exchange, int status, const struct json *tree,
                  const struct accept *accept) {
        struct http_response *response = exchange->response;

        response->status = status;
        response->content_type = accept->yaml ? "application/yaml" : "application/json";
        if (accept->yaml)
                yaml_write(tree, &response->body);
        else
                json_write(tree, &response->body);
        return 0;
}

int exchange_raw(struct exchange *exchange, int status, struct bytes text,
                 const struct accept *accept) {
        struct json *tree JSON_CLEANUP = NULL;
        struct err err;

        if (accept->yaml && json_parse(text, &LIMITS_ANSWER, &tree, &err) == 0)
                return exchange_json(exchange, status, tree, accept);
        exchange->response->status = status;
        exchange->response->content_type = "application/json";
        strbuf_append(&exchange->response->body, text);
        return 0;
}

static int write_table(struct exchange *exchange, struct bytes text, struct strbuf *out) {
        enum table_include include;

        if (table_include(&exchange->target, &include, &exchange->refusal) < 0)
                return -1;
        table_head(text, out);
        strbuf_puts(out, ",\"columnDefinitions\":");
        table_columns(exchange->kind, out);
        strbuf_puts(out, ",\"rows\":[");
        table_row(exchange->kind, text, include, agenda_now_ms(exchange->sim->agenda), out);
        strbuf_puts(out, "]}");
        return 0;
}

int exchange_object(struct exchange *exchange, int status, struct bytes text,
                    const struct accept *accept) {
        struct strbuf out STRBUF_CLEANUP = STRBUF_INIT(LIMITS_ANSWER.max_bytes);
        const struct kind *kind = exchange->kind;

        switch (accept->form) {
        case FORM_TABLE:
                if (write_table(exchange, text, &out) < 0)
                        return -1;
                break;
        case FORM_METADATA:
                cut_metadata(text, &out);
                break;
        case FORM_METADATA_LIST:
                return refuse(&exchange->refusal, HTTP_NOT_ACCEPTABLE, "NotAcceptable",
                              "you requested PartialObjectMetadataList, but the requested object "
                              "is not a list (%s)",
                              table_go_type(kind, kind->name, exchange->arena));
        case FORM_OBJECT:
        case FORM_DISCOVERY:
                return exchange_raw(exchange, status, text, accept);
        }
        return exchange_raw(exchange, status, strbuf_bytes(&out), accept);
}

int exchange_success(struct exchange *exchange, int status, const char *name, const char *uid) {
        const struct accept accept = { .form = FORM_OBJECT };
        const struct kind *kind = exchange->kind;
        struct json *tree JSON_CLEANUP = json_new_object();

        json_set_str(tree, "kind", "Status");
        json_set_str(tree, "apiVersion", "v1");
        json_set(tree, "metadata", json_new_object());
        json_set_str(tree, "status", "Success");
        if (name) {
                struct json *details = json_object_at(tree, "details");

                json_set_str(details, "name", name);
                if (kind->group[0])
                        json_set_str(details, "group", kind->group);
                json_set_str(details, "kind", kind->plural);
                json_set_str(details, "uid", uid);
        }
        if (status != HTTP_OK)
                json_set_int(tree, "code", status);
        return exchange_json(exchange, status, tree, &accept);
}

int exchange_no_path(struct exchange *exchange) {
        return exchange_text(exchange, HTTP_NOT_FOUND, "404 page not found\n");
}

int exchange_no_resource(struct exchange *exchange) {
        refuse(&exchange->refusal, HTTP_NOT_FOUND, "NotFound",
               "the server could not find the requested resource");
        exchange->refusal.has_details = true;
        return -1;
}

int exchange_no_method(struct exchange *exchange) {
        refuse(&exchange->refusal, HTTP_METHOD_NOT_ALLOWED, "MethodNotAllowed",
               "the server does not allow this method on the requested resource");
        exchange->refusal.has_details = true;
        return -1;
}
