/* kube/client beside rest.Request: what the server asked to wait for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "integration/client_rig.h"
#include "llc/sys/clock.h"
#include "vectors.h"

static struct rig rig;

/* "/503/35": that status, with this Retry-After in hex. */
static void serve(struct http_peer *peer, const struct http_request *request, void *ctx) {
        char header[64] = "", answer[256];
        const char *hex = strrchr(request->target, '/') + 1;
        size_t length = strlen(hex) / 2;

        (void)ctx;
        for (size_t i = 0; i < length && i + 1 < sizeof(header); i++) {
                const char digits[] = { hex[2 * i], hex[2 * i + 1], '\0' };

                header[i] = (char)strtol(digits, NULL, 16);
        }
        snprintf(answer, sizeof(answer), "HTTP/1.1 %.3s X\r\n%s%s%sContent-Length: 2\r\n\r\n{}",
                 request->target + 1, length > 0 ? "Retry-After: " : "", header,
                 length > 0 ? "\r\n" : "");
        http_peer_send(peer, answer);
}

static enum request_verb verb_of(const struct json *method) {
        if (bytes_is(json_as_string(method), "POST"))
                return REQUEST_CREATE;
        if (bytes_is(json_as_string(method), "PATCH"))
                return REQUEST_PATCH;
        return bytes_is(json_as_string(method), "DELETE") ? REQUEST_DELETE : REQUEST_GET;
}

static void put_target(const struct json *row, char *out, size_t size) {
        struct bytes header = json_as_string(json_at(row, 2));
        int length = snprintf(out, size, "/%" PRId64 "/", json_as_int(json_at(row, 1)));

        for (size_t i = 0; i < header.len; i++)
                length += snprintf(out + length, size - (size_t)length, "%02x",
                                   (unsigned char)header.ptr[i]);
}

/* Asks twice: the second time nothing is sent before the time has come. */
static bool retry_agrees(const struct json *row, struct strbuf *ours) {
        OUTCOME_CLEANUP struct outcome first = { 0 }, second = { 0 };
        enum request_verb verb = verb_of(json_at(row, 0));
        const char *body = verb == REQUEST_CREATE || verb == REQUEST_PATCH ? "{}" : NULL;
        int64_t theirs = json_at(row, 3) ? json_as_int(json_at(row, 3)) : 0;
        int64_t began_ms = clock_monotonic_ms();
        unsigned before = http_server_requests(rig.server);
        char target[256];
        bool held;

        put_target(row, target, sizeof(target));
        rig_do(&rig, &first, verb, target, body);
        rig_do(&rig, &second, verb, target, body);
        held = http_server_requests(rig.server) - before == 1;
        strbuf_printf(ours, "%" PRId64 ", %s", first.err.retry_after_ms,
                      held ? "not sent before" : "sent again");
        if (held)
                return first.err.retry_after_ms == theirs;
        return theirs <= clock_monotonic_ms() - began_ms;
}

static bool has_loose_number(const struct json *row) {
        const char *header = json_as_string(json_at(row, 2)).ptr;

        return header[strspn(header, "0123456789")] && strchr("0123456789", header[0]);
}

static bool has_date(const struct json *row) {
        return strstr(json_as_string(json_at(row, 2)).ptr, "GMT");
}

static const struct difference RETRY_DIFFERENCES[] = {
        { "retry-after-number", has_loose_number, NULL },
        { "retry-after-date", has_date, NULL },
        { NULL, NULL, NULL },
};

static void test_client__waits_as_client_go(void **state) {
        (void)state;
        rig_init(&rig, serve);
        vectors_compare(&(struct vectors){
                .name = "retries", .agrees = retry_agrees, .differences = RETRY_DIFFERENCES });
        rig_deinit(&rig);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_client__waits_as_client_go),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
