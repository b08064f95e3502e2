#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "client_rig.h"

static const char text[] = "{\"kind\":\"PodList\",\"items\":[{},{},{},{},{},{},{},{},{},{},{}]}";

/* What the server holds, packed. */
static unsigned char *packed;
static size_t packed_len;

static void pack_begin(z_stream *stream) {
        enum { GZIP = 16 };

        memset(stream, 0, sizeof(*stream));
        if (deflateInit2(stream, 6, Z_DEFLATED, GZIP + MAX_WBITS, 9, Z_DEFAULT_STRATEGY) != Z_OK)
                abort();
}

static void pack(const void *data, size_t len) {
        z_stream stream;

        pack_begin(&stream);
        free(packed);
        packed_len = deflateBound(&stream, len);
        packed = malloc(packed_len);
        stream.next_in = (Bytef *)(uintptr_t)data;
        stream.avail_in = (uInt)len;
        stream.next_out = packed;
        stream.avail_out = (uInt)packed_len;
        if (deflate(&stream, Z_FINISH) != Z_STREAM_END)
                abort();
        packed_len = stream.total_out;
        deflateEnd(&stream);
}

/* So many spaces, which may be more than fits in memory twice. */
static void pack_spaces(size_t megabytes) {
        char *spaces = malloc(megabytes << 20);

        memset(spaces, ' ', megabytes << 20);
        pack(spaces, megabytes << 20);
        free(spaces);
}

/* "/cut" without the last bytes, "/chunked" in small pieces. */
static void serve_packed(struct http_peer *peer, const struct http_request *request, void *ctx) {
        size_t len = strcmp(request->target, "/cut") == 0 ? packed_len - 12 : packed_len;
        char head[256];

        (void)ctx;
        if (strcmp(request->target, "/chunked") == 0) {
                http_peer_send(peer, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
                                     "Transfer-Encoding: chunked\r\n\r\n");
                for (size_t i = 0; i < packed_len; i++) {
                        http_peer_send(peer, "1\r\n");
                        http_peer_send_bytes(peer, packed + i, 1);
                        http_peer_send(peer, "\r\n");
                }
                http_peer_send(peer, "0\r\n\r\n");
                return;
        }
        snprintf(head, sizeof(head),
                 "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %zu\r\n\r\n", len);
        http_peer_send(peer, head);
        http_peer_send_bytes(peer, packed, len);
}

static void test_client_gzip__is_unpacked(void **state) {
        OUTCOME_CLEANUP struct outcome whole = { 0 }, list = { 0 }, write = { 0 };
        struct rig rig;

        (void)state;
        pack(text, sizeof(text) - 1);
        rig_init(&rig, serve_packed);
        rig_do(&rig, &whole, REQUEST_GET, "/x", NULL);
        check_ok(&whole, text);
        rig_begin_stream(&rig, &list, REQUEST_LIST, "/chunked");
        rig_run(&rig);
        check_ok(&list, text);
        rig_do(&rig, &write, REQUEST_PATCH, "/x", "{}");
        check_ok(&write, text);
        rig_deinit(&rig);
}

static void serve_head(struct http_peer *peer, const struct http_request *request, void *ctx) {
        (void)ctx;
        http_peer_answer(peer, 200, request->head);
}

static bool asks(struct rig *rig, enum request_verb verb) {
        OUTCOME_CLEANUP struct outcome a = { 0 };

        rig_begin_stream(rig, &a, verb, "/x");
        rig_run(rig);
        check_ok(&a, NULL);
        if (!strstr(strbuf_str(&a.body), "Accept-Encoding"))
                return false;
        assert_non_null(strstr(strbuf_str(&a.body), "\r\nAccept-Encoding: gzip\r\n"));
        return true;
}

static void test_client_gzip__is_asked_for_but_in_watches(void **state) {
        struct rig rig;

        (void)state;
        rig_init(&rig, serve_head);
        assert_true(asks(&rig, REQUEST_LIST));
        assert_true(asks(&rig, REQUEST_GET));
        assert_false(asks(&rig, REQUEST_WATCH));
        client_free(rig.client);
        rig.config->disable_compression = true;
        rig_connect(&rig);
        assert_false(asks(&rig, REQUEST_LIST));
        rig_deinit(&rig);
}

/* What is unpacked is compared as it comes and not kept: the loop must go on. */
struct reading {
        struct outcome outcome;
        const char *expected; /* NULL = spaces */
        size_t len;
};

static int read_data(void *ctx, struct bytes bytes, struct err *err) {
        struct reading *reading = ctx;
        bool equal = !reading->expected ||
                     memcmp(reading->expected + reading->len, bytes.ptr, bytes.len) == 0;

        reading->len += bytes.len;
        return equal ? 0 : err_set(err, ERR_PROTOCOL, "something else");
}

static void read_list(struct rig *rig, struct reading *reading) {
        static const struct client_stream stream = { read_data, outcome_end };
        REQUEST_CLEANUP struct request request = { .verb = REQUEST_LIST,
                                                   .target = STRBUF_INIT(10) };

        strbuf_puts(&request.target, "/x");
        reading->outcome.rig = rig;
        rig->pending++;
        client_stream(rig->client, &request, &stream, reading);
        rig_run(rig);
}

static void test_client_gzip__bombs_are_errors(void **state) {
        OUTCOME_CLEANUP struct outcome get = { 0 }, write = { 0 };
        struct reading list = { .expected = NULL };
        struct rig rig;

        (void)state;
        pack_spaces(40);
        assert_true(packed_len < 50000);
        rig_init(&rig, serve_packed);
        rig_do(&rig, &get, REQUEST_GET, "/x", NULL);
        check_failed(&get, ERR_TOO_LARGE, "unpacks to more than 200 times its size");
        rig_do(&rig, &write, REQUEST_PATCH, "/x", "{}");
        check_failed(&write, ERR_AMBIGUOUS, "unpacks to more than 200 times its size");
        read_list(&rig, &list);
        check_failed(&list.outcome, ERR_TOO_LARGE, "unpacks to more than 200 times its size");
        assert_true(list.len <= (16 << 20));
        rig_deinit(&rig);
}

/* Objects that differ in their names only: as well packed as an honest list gets. */
static void test_client_gzip__large_lists_are_no_bombs(void **state) {
        enum { OBJECTS = 4000, OBJECT_BYTES = 5000 };
        char *objects = malloc(OBJECTS * OBJECT_BYTES);
        struct reading list = { .expected = objects };
        struct rig rig;

        (void)state;
        for (unsigned i = 0; i < OBJECT_BYTES; i++)
                objects[i] = (char)('a' + i * i % 23);
        for (unsigned i = 1; i < OBJECTS; i++)
                memcpy(objects + i * OBJECT_BYTES, objects, OBJECT_BYTES);
        for (unsigned i = 0; i < OBJECTS; i++) {
                char uid[40];

                snprintf(uid, sizeof(uid), "%08x-%08x-%08x-%08x", i * 2654435761u, i * 2246822519u,
                         i * 3266489917u, i * 668265263u);
                memcpy(objects + i * OBJECT_BYTES + 100, uid, 35);
        }
        pack(objects, OBJECTS * OBJECT_BYTES);
        assert_true(OBJECTS * OBJECT_BYTES > 30 * packed_len);
        rig_init(&rig, serve_packed);
        read_list(&rig, &list);
        check_ok(&list.outcome, NULL);
        assert_int_equal(list.len, OBJECTS * OBJECT_BYTES);
        free(objects);
        rig_deinit(&rig);
}

static void test_client_gzip__broken_packing_is_an_error(void **state) {
        OUTCOME_CLEANUP struct outcome noise = { 0 }, write = { 0 };
        struct rig rig;

        (void)state;
        pack(text, sizeof(text) - 1);
        memset(packed, 'x', packed_len);
        rig_init(&rig, serve_packed);
        rig_do(&rig, &noise, REQUEST_GET, "/x", NULL);
        check_failed(&noise, ERR_PROTOCOL, "GET /x: ");
        rig_do(&rig, &write, REQUEST_PATCH, "/x", "{}");
        check_failed(&write, ERR_AMBIGUOUS, "PATCH /x: ");
        rig_deinit(&rig);
}

/* That it is cut is for the reader of JSON to notice: nothing may be made up. */
static void test_client_gzip__a_cut_answer_is_never_more_than_was_sent(void **state) {
        OUTCOME_CLEANUP struct outcome cut = { 0 };
        struct rig rig;

        (void)state;
        pack(text, sizeof(text) - 1);
        rig_init(&rig, serve_packed);
        rig_do(&rig, &cut, REQUEST_GET, "/cut", NULL);
        if (cut.ok) {
                assert_true(cut.body.len < sizeof(text) - 1);
                assert_memory_equal(strbuf_str(&cut.body), text, cut.body.len);
        }
        rig_deinit(&rig);
}

static int teardown(void **state) {
        (void)state;
        free(packed);
        return 0;
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_client_gzip__is_unpacked),
                cmocka_unit_test(test_client_gzip__is_asked_for_but_in_watches),
                cmocka_unit_test(test_client_gzip__bombs_are_errors),
                cmocka_unit_test(test_client_gzip__large_lists_are_no_bombs),
                cmocka_unit_test(test_client_gzip__broken_packing_is_an_error),
                cmocka_unit_test(test_client_gzip__a_cut_answer_is_never_more_than_was_sent),
        };

        return cmocka_run_group_tests(tests, NULL, teardown);
}
