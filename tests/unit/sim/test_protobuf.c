#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "asking.h"
#include "serve/protobuf.h"

enum { TEXT_MAX = 1 << 20, BODY_MAX = 512 };

/* The envelope of a Namespace, up to its object. */
#define HEAD "6b387300 0a0f0a02763112094e616d657370616365 "

/* kubectl create namespace x */
#define NAMESPACE HEAD "12190a110a017812001a0022002a0032003800420012001a020a00 1a002200"

/* An empty body of DeleteOptions, which may go on. */
#define DELETE_OPTIONS "6b387300 0a13 0a027631 120d44656c6574654f7074696f6e73 "

static unsigned digit(char c) {
        return c <= '9' ? (unsigned)(c - '0') : (unsigned)(c - 'a' + 10);
}

/* Spaces do not count. */
static struct bytes unhex(const char *hex, struct arena *arena) {
        char *out = arena_alloc(arena, BODY_MAX);
        size_t n = 0;

        for (const char *at = hex; *at; at++) {
                if (*at == ' ')
                        continue;
                assert_true(n < BODY_MAX);
                out[n++] = (char)(digit(at[0]) << 4 | digit(at[1]));
                at++;
        }
        return (struct bytes){ out, n };
}

/* The JSON of a body, or why it has none. */
static const char *decoded(const char *hex, struct arena *arena) {
        struct strbuf out STRBUF_CLEANUP = STRBUF_INIT(TEXT_MAX);
        struct json *tree JSON_CLEANUP = NULL;
        struct protobuf_body body;
        struct err err;

        if (protobuf_open(unhex(hex, arena), arena, &body, &err) < 0)
                return arena_strdup(arena, err.msg);
        if (protobuf_object(&body, arena, &tree, &err) < 0)
                return arena_strdup(arena, err.msg);
        json_write(tree, &out);
        return arena_strdup(arena, strbuf_str(&out));
}

struct row {
        const char *hex, *json;
};

static void check(const struct row *rows, size_t n) {
        for (size_t i = 0; i < n; i++) {
                struct arena arena ARENA_CLEANUP = ARENA_INIT;

                assert_string_equal(decoded(rows[i].hex, &arena), rows[i].json);
        }
}

static const struct row KUBECTL[] = {
        { "6b387300 0a0f0a02763112094e616d65737061636512190a110a017812001a0022002a00320"
          "03800420012001a020a001a002200",
          "{\"kind\":\"Namespace\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"x\"},"
          "\"spec\":{},"
          "\"status\":{}}" },
        { "6b387300 0a140a027631120e536572766963654163636f756e7412160a140a03626f6212001"
          "a017822002a003200380042001a002200",
          "{\"kind\":\"ServiceAccount\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":"
          "\"bob\","
          "\"namespace\":\"x\"}}" },
        { "6b387300 0a0f0a0276311209436f6e6669674d6170121c0a120a016312001a017822002a003"
          "2003800420012060a01611201621a002200",
          "{\"kind\":\"ConfigMap\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"c\","
          "\"namespace\":\"x\"},\"data\":{\"a\":\"b\"}}" },
        { "6b387300 0a0c0a0276311206536563726574121e0a120a017312001a017822002a003200380"
          "0420012060a01611201621a001a002200",
          "{\"kind\":\"Secret\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"s\","
          "\"namespace\":\"x\"},\"data\":{\"a\":\"Yg==\"}}" },
        { "6b387300 0a130a027631120d5265736f7572636551756f7461123d0a120a017112001a01782"
          "2002a0032003800420012250a0b0a04706f647312030a01330a160a0c72657175657374732e6"
          "3707512060a043530306d1a001a002200",
          "{\"kind\":\"ResourceQuota\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"q\","
          "\"namespace\":\"x\"},\"spec\":{\"hard\":{\"pods\":\"3\",\"requests.cpu\":"
          "\"500m\"}},"
          "\"status\":{}}" },
        { "6b387300 0a0d0a027631120753657276696365126a0a200a0373766312001a017822002a003"
          "200380042005a0a0a03617070120373766312420a1b0a0738302d38303830120354435018502"
          "207080010903f1a002800120a0a0361707012037376631a002209436c757374657249503a004"
          "20052005a00600068001a020a001a002200",
          "{\"kind\":\"Service\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"svc\","
          "\"namespace\":\"x\",\"labels\":{\"app\":\"svc\"}},"
          "\"spec\":{\"ports\":[{\"name\":\"80-8080\",\"protocol\":\"TCP\",\"port\":80,"
          "\"targetPort\":8080}],\"selector\":{\"app\":\"svc\"},\"type\":\"ClusterIP\"},"
          "\"status\":{\"loadBalancer\":{}}}" },
        { "6b387300 0a150a07617070732f7631120a4465706c6f796d656e74129c010a1c0a016412001"
          "a017822002a003200380042005a080a03617070120164126e0801120a0a080a0361707012016"
          "41a560a1a0a0012001a0022002a003200380042005a080a036170701201641238121a0a01691"
          "201692a0042006a007200800100880100900100a201001a00320042004a00520058006000680"
          "08201008a01009a0100c2010022020a00280038001a0c0800100018002000280038001a00220"
          "0",
          "{\"kind\":\"Deployment\",\"apiVersion\":\"apps/"
          "v1\",\"metadata\":{\"name\":\"d\","
          "\"namespace\":\"x\",\"labels\":{\"app\":\"d\"}},\"spec\":{\"replicas\":1,"
          "\"selector\":{\"matchLabels\":{\"app\":\"d\"}},"
          "\"template\":{\"metadata\":{\"labels\":{\"app\":\"d\"}},"
          "\"spec\":{\"containers\":[{\"name\":\"i\",\"image\":\"i\",\"resources\":{}}]}},"
          "\"strategy\":{}},\"status\":{}}" },
        { "6b387300 0a200a09706f6c6963792f76311213506f6444697372757074696f6e42756467657"
          "412370a120a017012001a017822002a0032003800420012150a09080110001a0335302512080"
          "a060a01611201621a0a080018002000280030001a002200",
          "{\"kind\":\"PodDisruptionBudget\",\"apiVersion\":\"policy/v1\","
          "\"metadata\":{\"name\":\"p\",\"namespace\":\"x\"},\"spec\":{\"minAvailable\":"
          "\"50%\","
          "\"selector\":{\"matchLabels\":{\"a\":\"b\"}}},\"status\":{"
          "\"disruptionsAllowed\":0,"
          "\"currentHealthy\":0,\"desiredHealthy\":0,\"expectedPods\":0}}" },
        { "6b387300 0a240a1c726261632e617574686f72697a6174696f6e2e6b38732e696f2f7631120"
          "4526f6c6512230a120a017212001a017822002a00320038004200120d0a0367657412001a047"
          "06f64731a002200",
          "{\"kind\":\"Role\",\"apiVersion\":\"rbac.authorization.k8s.io/v1\","
          "\"metadata\":{\"name\":\"r\",\"namespace\":\"x\"},\"rules\":[{\"verbs\":["
          "\"get\"],"
          "\"apiGroups\":[\"\"],\"resources\":[\"pods\"]}]}" },
        { "6b387300 0a320a1c726261632e617574686f72697a6174696f6e2e6b38732e696f2f7631121"
          "2436c7573746572526f6c6542696e64696e67126a0a120a02637212001a0022002a003200380"
          "0420012270a0547726f75701219726261632e617574686f72697a6174696f6e2e6b38732e696"
          "f1a017522001a2b0a19726261632e617574686f72697a6174696f6e2e6b38732e696f120b436"
          "c7573746572526f6c651a01721a002200",
          "{\"kind\":\"ClusterRoleBinding\","
          "\"apiVersion\":\"rbac.authorization.k8s.io/v1\",\"metadata\":{\"name\":\"cr\"},"
          "\"subjects\":[{\"kind\":\"Group\",\"apiGroup\":\"rbac.authorization.k8s.io\","
          "\"name\":\"u\"}],\"roleRef\":{\"apiGroup\":\"rbac.authorization.k8s.io\","
          "\"kind\":\"ClusterRole\",\"name\":\"r\"}}" },
        { "6b387300 0a320a17617574686f72697a6174696f6e2e6b38732e696f2f7631121753656c665"
          "375626a656374416363657373526576696577123c0a100a0012001a0022002a0032003800420"
          "0121e0a1c0a0764656661756c7412036765741a0022002a04706f647332003a001a080800120"
          "01a0020001a002200",
          "{\"kind\":\"SelfSubjectAccessReview\","
          "\"apiVersion\":\"authorization.k8s.io/v1\",\"metadata\":{},"
          "\"spec\":{\"resourceAttributes\":{\"namespace\":\"default\",\"verb\":\"get\","
          "\"resource\":\"pods\"}},\"status\":{\"allowed\":false}}" },
        { "6b387300 0a310a17617574686f72697a6174696f6e2e6b38732e696f2f7631121653656c665"
          "375626a65637452756c657352657669657712230a100a0012001a0022002a003200380042001"
          "2090a0764656661756c741a04180022001a002200",
          "{\"kind\":\"SelfSubjectRulesReview\",\"apiVersion\":\"authorization.k8s.io/v1\","
          "\"metadata\":{},\"spec\":{\"namespace\":\"default\"},"
          "\"status\":{\"incomplete\":false}}" },
        { "6b387300 0a2d0a1861757468656e7469636174696f6e2e6b38732e696f2f7631121153656c6"
          "65375626a656374526576696577121a0a100a0012001a0022002a0032003800420012060a040"
          "a0012001a002200",
          "{\"kind\":\"SelfSubjectReview\",\"apiVersion\":\"authentication.k8s.io/v1\","
          "\"metadata\":{},\"status\":{\"userInfo\":{}}}" },
        { "6b387300 0a280a1861757468656e7469636174696f6e2e6b38732e696f2f7631120c546f6b6"
          "56e52657175657374121a0a100a0012001a0022002a0032003800420012001a040a0012001a0"
          "02200",
          "{\"kind\":\"TokenRequest\",\"apiVersion\":\"authentication.k8s.io/v1\","
          "\"metadata\":{},\"spec\":{},\"status\":{\"token\":\"\"}}" },
        { "6b387300 0a130a027631120d44656c6574654f7074696f6e7312001a002200",
          "{\"kind\":\"DeleteOptions\",\"apiVersion\":\"v1\"}" },
};

static void test_protobuf__reads_what_kubectl_sends(void **state) {
        (void)state;
        check(KUBECTL, sizeof KUBECTL / sizeof KUBECTL[0]);
}

/* client-go, of types that kubectl sends in JSON. */
static void test_protobuf__reads_what_client_go_sends(void **state) {
        static const struct row rows[] = {
                { "6b387300 0a1f0a16636f6f7264696e6174696f6e2e6b38732e696f2f763112054c656173651"
                  "24d0a380a016c12001a017822002a0032003800420808c0d490cd0610005a060a01611201626"
                  "a0f0a03506f641a01702201752a0276317203662f6712110a026d65100f220908c0d490cd061"
                  "088271a002200",
                  "{\"kind\":\"Lease\",\"apiVersion\":\"coordination.k8s.io/v1\","
                  "\"metadata\":{\"name\":\"l\",\"namespace\":\"x\","
                  "\"creationTimestamp\":\"2026-03-01T12:00:00Z\",\"labels\":{\"a\":\"b\"},"
                  "\"ownerReferences\":[{\"kind\":\"Pod\",\"name\":\"p\",\"uid\":\"u\","
                  "\"apiVersion\":\"v1\"}],\"finalizers\":[\"f/"
                  "g\"]},\"spec\":{\"holderIdentity\":\"me\","
                  "\"leaseDurationSeconds\":15,\"renewTime\":\"2026-03-01T12:00:00.000005Z\"}}" },
                { "6b387300 0a150a09706f6c6963792f763112084576696374696f6e122d0a110a017012001a0"
                  "022002a00320038004200121808001203120137220a4261636b67726f756e642a03416c6c1a0"
                  "02200",
                  "{\"kind\":\"Eviction\",\"apiVersion\":\"policy/"
                  "v1\",\"metadata\":{\"name\":\"p\"},"
                  "\"deleteOptions\":{\"gracePeriodSeconds\":0,"
                  "\"preconditions\":{\"resourceVersion\":\"7\"},"
                  "\"propagationPolicy\":\"Background\",\"dryRun\":[\"All\"]}}" },
        };

        (void)state;
        check(rows, sizeof rows / sizeof rows[0]);
}

/* A Namespace from its metadata on; the lengths are those of a message of up to 127 bytes. */
static const char *named(const char *fields, struct arena *arena) {
        size_t n = unhex(fields, arena).len;

        assert_true(n < 126);
        return decoded(arena_printf(arena, HEAD "12%02zx 0a%02zx %s", n + 2, n, fields), arena);
}

#define METADATA "{\"kind\":\"Namespace\",\"apiVersion\":\"v1\",\"metadata\":%s}"

static void test_protobuf__reads_metadata_as_go_does(void **state) {
        static const struct row rows[] = {
                /* the last one counts, also when it is empty */
                { "0a0161 0a0162", "{\"name\":\"b\"}" },
                { "0a0161 0a00", "{}" },
                { "3800 3807", "{\"generation\":7}" },
                { "38ffffffffffffffffff01", "{\"generation\":-1}" },
                /* what is optional in Go is there when it was sent */
                { "5000", "{\"deletionGracePeriodSeconds\":0}" },
                /* entries of maps */
                { "5a06 0a0161 120162", "{\"labels\":{\"a\":\"b\"}}" },
                { "5a06 120162 0a0161", "{\"labels\":{\"a\":\"b\"}}" },
                { "5a03 0a0161", "{\"labels\":{\"a\":\"\"}}" },
                { "5a00", "{\"labels\":{\"\":\"\"}}" },
                { "5a0a 0a0161 120162 2a020101", "{\"labels\":{\"a\":\"b\"}}" },
                /* text that is not UTF-8, or holds NUL */
                { "0a03 61ff62", "{\"name\":\"a\357\277\275b\"}" },
                { "0a03 610062", "{\"name\":\"a\\u0000b\"}" },
                { "5a08 0a03610062 120163", "{\"labels\":{\"a\357\277\275b\":\"c\"}}" },
                /* times: seconds, nanos; Go's zero */
                { "4200", "{}" },
                { "4204 0800 1000", "{\"creationTimestamp\":\"1970-01-01T00:00:00Z\"}" },
                { "420b 088092b8c398feffffff01", "{}" },
                { "420a 08ffffffffffffffff7f", "year outside of range [0,9999]" },
                /* managedFields */
                { "8a010b 3a09 0a07 7b22663a61227d", "JSON byte 6: expected ':'" },
                { "8a010f 3a0d 0a0b 7b22663a61223a7b7d7d20",
                  "{\"managedFields\":[{\"fieldsV1\":{\"f:a\":{}}}]}" },
                /* numbers of newer clients, of each wire type, and a group in a group */
                { "9007ff01 9107 0102030405060708 9207020102 95070102 0304 0a0161",
                  "{\"name\":\"a\"}" },
                { "9307 9307 0801 9407 9407 0a0161", "{\"name\":\"a\"}" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
                struct arena arena ARENA_CLEANUP = ARENA_INIT;

                assert_string_equal(named(rows[i].hex, &arena),
                                    arena_printf(&arena, rows[i].json[0] == '{' ? METADATA : "%s",
                                                 rows[i].json));
        }
}

static void test_protobuf__goes_on_with_a_message_in_two_parts(void **state) {
        static const struct row rows[] = {
                { HEAD "120a 0a03 0a0161 0a03 120162",
                  "{\"kind\":\"Namespace\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"a\","
                  "\"generateName\":\"b\"}}" },
        };

        (void)state;
        check(rows, sizeof rows / sizeof rows[0]);
}

static void test_protobuf__refuses_what_is_none(void **state) {
        static const struct row rows[] = {
                { "7b7d", "provided data does not appear to be a protobuf message, expected prefix "
                          "[107 56 115 0]" },
                { "6b3873",
                  "provided data does not appear to be a protobuf message, expected prefix "
                  "[107 56 115 0]" },
                { "6b387300", " of " },
                /* envelopes */
                { "6b387300 0a", "unexpected EOF" },
                { "6b387300 0a0f 0a02", "unexpected EOF" },
                { "6b387300 0affffffffffffffffff01", "unexpected EOF" },
                { "6b387300 0affffffffffffffffffff01", "proto: integer overflow" },
                { "6b387300 00", "proto: illegal tag 0 (wire type 0)" },
                { "6b387300 f8ffffffffffffffff01", "proto: illegal tag 2305843009213693951 (wire "
                                                   "type 0)" },
                { "6b387300 0c", "proto: unexpected end of group" },
                { "6b387300 0e", "proto: illegal wireType 6" },
                { "6b387300 0b", "unexpected EOF" },
                { "6b387300 09 01020304050607", "unexpected EOF" },
                { "6b387300 0d 010203", "unexpected EOF" },
                { "6b387300 0a02 0801", "proto: wrong wireType = 0 for field apiVersion" },
                /* objects */
                { HEAD "1202 0801", "proto: wrong wireType = 0 for field metadata" },
                { HEAD "1204 0a02 3a00", "proto: wrong wireType = 2 for field generation" },
                { HEAD "1206 0a04 5a02 0801", "proto: wrong wireType = 0 for field key" },
                { HEAD "1204 0a02 5801", "proto: wrong wireType = 0 for field labels" },
                { HEAD "1202 0a03", "unexpected EOF" },
                { HEAD "1204 0a02 0a7f", "unexpected EOF" },
                { HEAD "1203 0a01 38", "unexpected EOF" },
        };

        (void)state;
        check(rows, sizeof rows / sizeof rows[0]);
}

/* A Namespace in bytes, its object n times the same. */
static struct bytes repeated(size_t n, const char *hex, struct arena *arena) {
        struct bytes head = unhex(HEAD, arena), one = unhex(hex, arena);
        size_t len = n * one.len, at = head.len;
        char *out = arena_alloc(arena, head.len + 4 + len);

        memcpy(out, head.ptr, head.len);
        out[at++] = 0x12;
        out[at++] = (char)(0x80 | (len & 0x7f));
        out[at++] = (char)(0x80 | (len >> 7 & 0x7f));
        out[at++] = (char)(len >> 14);
        for (size_t i = 0; i < n; i++, at += one.len)
                memcpy(out + at, one.ptr, one.len);
        return (struct bytes){ out, at };
}

static int decode(struct bytes text, struct arena *arena, struct err *err) {
        struct json *tree JSON_CLEANUP = NULL;
        struct protobuf_body body;

        assert_int_equal(protobuf_open(text, arena, &body, err), 0);
        return protobuf_object(&body, arena, &tree, err);
}

static void test_protobuf__is_bounded(void **state) {
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        struct err err;

        (void)state;
        /* spec.finalizers: "" */
        assert_int_equal(decode(repeated(10000, "1202 0a00", &arena), &arena, &err), 0);
        assert_int_equal(decode(repeated(10001, "1202 0a00", &arena), &arena, &err), -1);
        assert_int_equal(err.code, ERR_TOO_LARGE);
        assert_string_equal(err.msg, "more than 20000 fields");
        /* deep in groups, never closed */
        assert_int_equal(decode(repeated(100000, "2b", &arena), &arena, &err), -1);
        assert_string_equal(err.msg, "unexpected EOF");
}

static void test_protobuf__is_no_larger_than_json_may_be(void **state) {
        static char controls[1 << 20];
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        struct protobuf_body body = { "v1", "Binding", BYTES_NULL };
        struct json *tree = NULL;
        struct err err;
        char *raw = arena_alloc(&arena, sizeof controls + 16);
        size_t n = sizeof controls;

        (void)state;
        memset(controls, 1, n);
        /* target.name, each byte of which is \u0001 */
        memcpy(raw, "\x12\x84\x80\x40\x1a\x80\x80\x40", 8);
        memcpy(raw + 8, controls, n);
        body.raw = (struct bytes){ raw, 8 + n };
        assert_int_equal(protobuf_object(&body, &arena, &tree, &err), -1);
        assert_int_equal(err.code, ERR_TOO_LARGE);
        assert_string_equal(err.msg, "more than 4194304 bytes of JSON");
}

#define PROTOBUF "Content-Type: application/vnd.kubernetes.protobuf"
#define ACCEPT   "Accept: application/vnd.kubernetes.protobuf,application/json"

/* Status and message of the answer. */
static void assert_says(struct asking *asking, int code, const char *message) {
        struct json *status JSON_CLEANUP = NULL;
        struct err err;

        assert_int_equal(asking->response.status, code);
        assert_int_equal(json_parse(strbuf_bytes(&asking->response.body), &JSON_LIMITS_OBJECT,
                                    &status, &err),
                         0);
        assert_string_equal(json_text_at(status, "message"), message);
}

static void send_hex(struct asking *asking, const char *request, const char *hex) {
        struct arena arena ARENA_CLEANUP = ARENA_INIT;

        ask_with(asking, request, unhex(hex, &arena));
}

static void test_protobuf__creates_and_deletes(void **state) {
        struct asking *asking = *state;

        send_hex(asking, "POST /api/v1/namespaces\n" PROTOBUF "\n" ACCEPT, NAMESPACE);
        assert_int_equal(asking->response.status, 201);
        assert_string_equal(asking->response.content_type, "application/json");
        send_hex(asking, "POST /api/v1/namespaces\n" PROTOBUF "\n" ACCEPT, NAMESPACE);
        assert_says(asking, 409, "namespaces \"x\" already exists");
        /* preconditions: uid "u" */
        send_hex(asking, "DELETE /api/v1/namespaces/x\n" PROTOBUF,
                 DELETE_OPTIONS "1205 1203 0a0175");
        assert_int_equal(asking->response.status, 409);
        send_hex(asking, "DELETE /api/v1/namespaces/x\n" PROTOBUF, DELETE_OPTIONS);
        assert_int_equal(asking->response.status, 200);
}

static void test_protobuf__is_refused_in_words(void **state) {
        struct asking *asking = *state;

        /* apps/v1 ReplicaSet */
        send_hex(asking, "POST /apis/apps/v1/namespaces/default/replicasets\n" PROTOBUF,
                 "6b387300 0a15 0a07617070732f7631 120a5265706c696361536574 1200");
        assert_says(asking, 415,
                    "llc-sim does not read ReplicaSet of apps/v1 in protobuf: send "
                    "JSON or YAML (kubectl apply -f)");
        /* a Deployment with a volume */
        send_hex(asking, "POST /apis/apps/v1/namespaces/default/deployments\n" PROTOBUF,
                 "6b387300 0a15 0a07617070732f7631 120a4465706c6f796d656e74 "
                 "1208 1206 1a04 1202 0a00");
        assert_says(asking, 415,
                    "llc-sim does not read Deployment of apps/v1: spec: template: spec: field 1 in "
                    "protobuf: send JSON or YAML (kubectl apply -f)");
        send_hex(asking, "POST /api/v1/namespaces\n" PROTOBUF, HEAD "1202 0801");
        assert_says(asking, 400,
                    "Namespace in version \"v1\" cannot be handled as a Namespace: proto: wrong "
                    "wireType = 0 for field metadata");
        send_hex(asking, "POST /api/v1/namespaces/default/configmaps\n" PROTOBUF, NAMESPACE);
        assert_says(asking, 400,
                    "Namespace in version \"v1\" cannot be handled as a ConfigMap: converting "
                    "(v1.Namespace) to (core.ConfigMap): unknown conversion");
        send_hex(asking, "POST /api/v1/namespaces\n" PROTOBUF, "6b387300 0a");
        assert_says(asking, 400,
                    "the object provided is unrecognized (must be of type Namespace): unexpected "
                    "EOF (6b3873000a)");
        send_hex(asking, "POST /api/v1/namespaces\n" PROTOBUF, "6b387300");
        assert_says(asking, 400,
                    "the object provided is unrecognized (must be of type Namespace): it does not "
                    "say its version and kind (6b387300)");
        send_hex(asking, "DELETE /api/v1/namespaces/default\n" PROTOBUF, NAMESPACE);
        assert_says(asking, 500,
                    "no kind \"Namespace\" is registered for version \"v1\" in scheme "
                    "\"pkg/runtime/scheme.go:110\"");
        send_hex(asking, "DELETE /api/v1/namespaces/default\n" PROTOBUF, DELETE_OPTIONS "12020a00");
        assert_says(asking, 500, "proto: wrong wireType = 2 for field gracePeriodSeconds");
        send_hex(asking,
                 "POST /api/v1/namespaces\n" PROTOBUF
                 "\nAccept: application/vnd.kubernetes.protobuf",
                 NAMESPACE);
        assert_says(asking, 501, "llc-sim does not speak protobuf");
}

static int setup(void **state) {
        static struct asking asking;

        asking_init(&asking, false);
        *state = &asking;
        return 0;
}

static int teardown(void **state) {
        asking_deinit(*state);
        return 0;
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_protobuf__reads_what_kubectl_sends),
                cmocka_unit_test(test_protobuf__reads_what_client_go_sends),
                cmocka_unit_test(test_protobuf__reads_metadata_as_go_does),
                cmocka_unit_test(test_protobuf__goes_on_with_a_message_in_two_parts),
                cmocka_unit_test(test_protobuf__refuses_what_is_none),
                cmocka_unit_test(test_protobuf__is_bounded),
                cmocka_unit_test(test_protobuf__is_no_larger_than_json_may_be),
                cmocka_unit_test_setup_teardown(test_protobuf__creates_and_deletes, setup,
                                                teardown),
                cmocka_unit_test_setup_teardown(test_protobuf__is_refused_in_words, setup,
                                                teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
