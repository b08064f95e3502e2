#include "serve/audit.h"

#include <string.h>

#include "llc/base/timestamp.h"
#include "serve/utf8.h"
#include "verbs/agenda.h"

static struct json *user_of(const struct user *user) {
        struct json *json = json_new_object(), *groups = json_new_array();

        json_set_str(json, "username", user->name ? user->name : "");
        for (const char *const *group = user->groups; group && *group; group++)
                json_append(groups, json_new_string(bytes_of(*group)));
        json_set(json, "groups", groups);
        return json;
}

static void set_unless_empty(struct json *object, const char *key, const char *text) {
        if (text && *text)
                json_set_str(object, key, text);
}

static struct json *reference_of(const struct exchange *exchange) {
        const struct target *target = &exchange->target;
        struct json *json = json_new_object();

        set_unless_empty(json, "resource", target->resource);
        set_unless_empty(json, "namespace", target->namespace_);
        set_unless_empty(json, "name", target->name[0] ? target->name : exchange->body_name);
        set_unless_empty(json, "apiGroup", target->group);
        set_unless_empty(json, "apiVersion", target->version);
        set_unless_empty(json, "subresource", target->subresource);
        return json;
}

static struct json *outcome_of(const struct exchange *exchange) {
        struct json *json = json_new_object();

        json_set_int(json, "code", exchange->response->status);
        set_unless_empty(json, "reason", exchange->refusal.reason);
        set_unless_empty(json, "message", exchange->refusal.message);
        return json;
}

static const char *audit_id(const struct exchange *exchange) {
        for (size_t i = 0; i < exchange->response->n_headers; i++)
                if (strcmp(exchange->response->headers[i].name, "Audit-Id") == 0)
                        return exchange->response->headers[i].value;
        return "";
}

void audit_write(const struct exchange *exchange, int64_t received_ms, struct strbuf *out) {
        const struct target *target = &exchange->target;
        int64_t now_ms = agenda_now_ms(exchange->sim->agenda);
        JSON_CLEANUP struct json *line = json_new_object();
        char time[TIMESTAMP_SIZE];

        json_set_str(line, "kind", "Event");
        json_set_str(line, "apiVersion", "audit.k8s.io/v1");
        json_set_str(line, "level", "Metadata");
        json_set_str(line, "auditID", audit_id(exchange));
        json_set_str(line, "stage",
                     exchange->response->watch ? "ResponseStarted" : "ResponseComplete");
        json_set_str(line, "requestURI",
                     utf8_clean(bytes_of(exchange->request->target), exchange->arena));
        json_set_str(line, "verb",
                     target->is_resource
                             ? asked_name(target->asked)
                             : utf8_clean(bytes_of(exchange->request->method), exchange->arena));
        json_set(line, "user", user_of(&exchange->user));
        if (exchange->request->user_agent)
                json_set_str(line, "userAgent",
                             utf8_clean(bytes_of(exchange->request->user_agent), exchange->arena));
        if (target->is_resource)
                json_set(line, "objectRef", reference_of(exchange));
        json_set(line, "responseStatus", outcome_of(exchange));
        json_set_str(line, "requestReceivedTimestamp", timestamp_format_micro(received_ms, time));
        json_set_str(line, "stageTimestamp", timestamp_format_micro(now_ms, time));
        json_write(line, out);
        strbuf_append_char(out, '\n');
}
