#include "control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "llc/base/timestamp.h"
#include "serve/access.h"
#include "verbs/agenda.h"
#include "verbs/refusal.h"

enum {
        HTTP_OK = 200,
        HTTP_UNAUTHORIZED = 401,
        HTTP_FORBIDDEN = 403,
        HTTP_METHOD_NOT_ALLOWED = 405,
        ANSWER_BYTES = 64 * 1024,
};

/* A year at once; a run of it takes its time. */
static const int64_t ADVANCE_MAX_MS = INT64_C(366) * 24 * 60 * 60 * 1000;

static const char PATH[] = "/llc-sim/advance", QUERY[] = "?ms=";

static int control_check(struct server *server, const struct http_request *request,
                         struct refusal *refusal) {
        const struct attempt attempt = {
                .verb = "post",
                .group = "",
                .resource = "",
                .subresource = "",
                .namespace_ = "",
                .name = "",
                .path = PATH,
        };
        struct user user = ACCESS_ADMIN;
        const char *reason;

        if (server->access &&
            !access_authenticate(server->access, request->authorization, refusal->arena, &user))
                return refuse(refusal, HTTP_UNAUTHORIZED, "Unauthorized", "Unauthorized");
        if (!access_allows(server->access, &user, &attempt, refusal->arena, &reason))
                return refuse(refusal, HTTP_FORBIDDEN, "Forbidden",
                              "forbidden: User \"%s\" cannot post path \"%s\"", user.name, PATH);
        if (strcmp(request->method, "POST") != 0)
                return refuse(refusal, HTTP_METHOD_NOT_ALLOWED, "MethodNotAllowed",
                              "%s is for POST", PATH);
        return 0;
}

static int control_advance(struct server *server, const char *query, struct refusal *refusal) {
        long long delta_ms;
        char *end;

        errno = 0;
        if (strncmp(query, QUERY, sizeof(QUERY) - 1) != 0)
                return refuse_bad_request(refusal, "want %s%sN", PATH, QUERY);
        query += sizeof(QUERY) - 1;
        delta_ms = strtoll(query, &end, 10);
        if (query[0] < '0' || query[0] > '9' || *end || errno != 0 || delta_ms > ADVANCE_MAX_MS)
                return refuse_bad_request(refusal, "ms=%s: want milliseconds, at most a year",
                                          query);
        agenda_advance(server->sim->agenda, delta_ms);
        return 0;
}

bool control_serve(struct server *server, const struct http_request *request,
                   struct http_response *response) {
        struct refusal refusal = { .arena = response->arena };
        JSON_CLEANUP struct json *answer = NULL;
        char now[TIMESTAMP_SIZE];

        if (strncmp(request->target, PATH, sizeof(PATH) - 1) != 0)
                return false;
        if (control_check(server, request, &refusal) < 0 ||
            control_advance(server, request->target + sizeof(PATH) - 1, &refusal) < 0) {
                answer = refusal_status(&refusal);
                response->status = refusal.code;
                refusal_deinit(&refusal);
        } else {
                answer = json_new_object();
                json_set_str(answer, "now",
                             timestamp_format(agenda_now_ms(server->sim->agenda), now));
                response->status = HTTP_OK;
        }
        response->content_type = "application/json";
        response->body = STRBUF_INIT(ANSWER_BYTES);
        json_write(answer, &response->body);
        strbuf_append_char(&response->body, '\n');
        return true;
}
