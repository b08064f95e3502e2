#include "asking.h"

#include <stdlib.h>
#include <string.h>

enum { ANSWER_MAX = 16 << 20 };

void asking_init(struct asking *asking, bool with_access) {
        *asking = (struct asking){ .authorization = NULL };
        fixture_init(&asking->fixture);
        asking->server.sim = &asking->fixture.sim;
        if (with_access)
                asking->server.access = access_new(&asking->fixture.sim);
}

void asking_deinit(struct asking *asking) {
        http_response_deinit(&asking->response);
        access_free(asking->server.access);
        fixture_deinit(&asking->fixture);
        arena_deinit(&asking->arena);
}

static const char *cleaned(struct asking *asking, struct bytes text) {
        static const char key[] = "\"uid\":\"";
        struct strbuf out STRBUF_CLEANUP = STRBUF_INIT(ANSWER_MAX);

        for (size_t i = 0; i < text.len; i++) {
                if (text.len - i > sizeof key + 36 &&
                    memcmp(text.ptr + i, key, sizeof key - 1) == 0 &&
                    text.ptr[i + sizeof key - 1 + 36] == '"') {
                        strbuf_puts(&out, "\"uid\":\"<uid>");
                        i += sizeof key - 2 + 36;
                } else {
                        strbuf_append_char(&out, text.ptr[i]);
                }
        }
        return arena_strdup(&asking->arena, strbuf_str(&out));
}

static const char *line(const char **at, struct arena *arena) {
        size_t n = strcspn(*at, "\n");
        const char *text = arena_copy(arena, (struct bytes){ *at, n });

        *at += n;
        *at += **at == '\n';
        return text;
}

static void set_header(struct http_request *request, const char *text) {
        static const struct {
                const char *name;
                size_t offset;
        } headers[] = {
                { "Accept: ", offsetof(struct http_request, accept) },
                { "Authorization: ", offsetof(struct http_request, authorization) },
                { "Content-Type: ", offsetof(struct http_request, content_type) },
                { "If-None-Match: ", offsetof(struct http_request, if_none_match) },
                { "Impersonate-User: ", offsetof(struct http_request, impersonate) },
                { "User-Agent: ", offsetof(struct http_request, user_agent) },
        };

        for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
                size_t n = strlen(headers[i].name);

                if (strncmp(text, headers[i].name, n) == 0) {
                        *(const char **)(void *)((char *)request + headers[i].offset) = text + n;
                        return;
                }
        }
        fail_msg("no such header: %s", text);
}

const char *ask_with(struct asking *asking, const char *text, struct bytes body) {
        struct http_request request = { .authorization = asking->authorization };
        const char *first, *space;

        http_response_deinit(&asking->response);
        arena_deinit(&asking->arena);
        asking->arena = ARENA_INIT;
        asking->response = (struct http_response){ .arena = &asking->arena };

        first = line(&text, &asking->arena);
        space = strchr(first, ' ');
        assert_non_null(space);
        request.method =
                arena_copy(&asking->arena, (struct bytes){ first, (size_t)(space - first) });
        request.target = space + 1;
        while (*text && *text != '\n')
                set_header(&request, line(&text, &asking->arena));
        request.body = body.len > 0 ? body : bytes_of(*text == '\n' ? text + 1 : text);
        if (request.body.len > 0 && !request.content_type)
                request.content_type = "application/json";
        serve(&asking->server, &request, &asking->response);
        return arena_printf(&asking->arena, "%d %s", asking->response.status,
                            cleaned(asking, strbuf_bytes(&asking->response.body)));
}

const char *ask(struct asking *asking, const char *text) {
        return ask_with(asking, text, BYTES_NULL);
}

const char *asking_header(const struct asking *asking, const char *name) {
        for (size_t i = 0; i < asking->response.n_headers; i++) {
                if (strcmp(asking->response.headers[i].name, name) == 0)
                        return asking->response.headers[i].value;
        }
        return NULL;
}

const char *asking_take(struct asking *asking) {
        struct strbuf out STRBUF_CLEANUP = STRBUF_INIT(ANSWER_MAX);

        watch_take(asking->response.watch, ANSWER_MAX, &out);
        return cleaned(asking, strbuf_bytes(&out));
}

void assert_refused(struct asking *asking, const char *request, int code, const char *message) {
        const char *answer = ask(asking, request);
        struct json *status JSON_CLEANUP = NULL;
        struct err err;

        if (asking->response.status != code)
                fail_msg("%s: %s", request, answer);
        assert_int_equal(json_parse(bytes_of(answer + 4), &JSON_LIMITS_OBJECT, &status, &err), 0);
        assert_string_equal(json_text_at(status, "kind"), "Status");
        assert_string_equal(json_text_at(status, "message"), message);
        assert_int_equal(json_int_at(status, "code", 0), code);
}
