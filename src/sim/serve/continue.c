#include "serve/continue.h"

#include <string.h>

#include "llc/base/json.h"

enum { TOKEN_MAX = 4096, BITS = 6 };

static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* Base64 with the URL's alphabet and no padding (RFC 4648). */
static const char *base64(struct bytes in, struct arena *arena) {
        char *out = arena_alloc(arena, in.len / 3 * 4 + 5), *to = out;
        unsigned bits = 0, n = 0;

        for (size_t i = 0; i < in.len; i++) {
                bits = bits << 8 | (unsigned char)in.ptr[i];
                for (n += 8; n >= BITS; n -= BITS)
                        *to++ = DIGITS[bits >> (n - BITS) & 63];
                bits &= (1u << n) - 1;
        }
        if (n > 0)
                *to++ = DIGITS[bits << (BITS - n) & 63];
        return out;
}

static int from_base64(const char *in, struct arena *arena, struct bytes *ret_out,
                       struct err *err) {
        size_t len = strlen(in), n_out = 0;
        char *out = arena_alloc(arena, len + 1);
        unsigned bits = 0, n = 0;

        for (size_t i = 0; i < len; i++) {
                const char *digit = strchr(DIGITS, in[i]);

                if (!digit || len % 4 == 1)
                        return err_set(err, ERR_INVALID,
                                       "continue key is not valid: illegal base64 data at input "
                                       "byte %zu",
                                       digit ? len : i);
                bits = bits << BITS | (unsigned)(digit - DIGITS);
                n += BITS;
                if (n >= 8) {
                        n -= 8;
                        out[n_out++] = (char)(bits >> n & 0xFF);
                        bits &= (1u << n) - 1;
                }
        }
        *ret_out = (struct bytes){ .ptr = out, .len = n_out };
        return 0;
}

const char *continue_encode(const struct continuation *continuation, struct arena *arena) {
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(TOKEN_MAX);

        strbuf_printf(&text, "{\"v\":\"meta.k8s.io/v1\",\"rv\":%lld,\"start\":\"/%s%s%s\\u0000\"}",
                      (long long)continuation->revision, continuation->namespace_,
                      continuation->namespace_[0] ? "/" : "", continuation->name);
        return base64(strbuf_bytes(&text), arena);
}

/* "/NAME\0", with "NAMESPACE/" before the name where the list is of all of them. */
static int parse_key(struct bytes key, bool has_namespace, struct arena *arena,
                     struct continuation *continuation, struct err *err) {
        const char *slash;

        if (key.len > 0 && key.ptr[0] == '/')
                key.ptr++, key.len--;
        if (key.len == 0)
                return err_set(err, ERR_INVALID,
                               "continue key is not valid: encoded start key empty (version "
                               "meta.k8s.io/v1)");
        if (key.ptr[key.len - 1] == '\0')
                key.len--;
        slash = memchr(key.ptr, '/', key.len);
        if ((slash != NULL) != has_namespace || memchr(key.ptr, '\0', key.len) ||
            (slash && memchr(slash + 1, '/', key.len - (size_t)(slash + 1 - key.ptr))))
                return err_set(err, ERR_INVALID, "continue key is not valid: %.*s", (int)key.len,
                               key.ptr);
        continuation->namespace_ = "";
        if (slash) {
                size_t n = (size_t)(slash - key.ptr);

                continuation->namespace_ = arena_copy(arena, (struct bytes){ key.ptr, n });
                key = (struct bytes){ slash + 1, key.len - n - 1 };
        }
        continuation->name = arena_copy(arena, key);
        return 0;
}

int continue_decode(const char *token, bool key_has_namespace, struct arena *arena,
                    struct continuation *ret_continuation, struct err *err) {
        const struct json_limits limits = { .max_bytes = TOKEN_MAX,
                                            .max_depth = 2,
                                            .max_nodes = 8 };
        struct json *json JSON_CLEANUP = NULL;
        struct continuation continuation = { 0 };
        const struct json *revision, *start, *version;
        struct bytes text;

        if (from_base64(token, arena, &text, err) < 0)
                return -1;
        if (json_parse(text, &limits, &json, err) < 0)
                return err_wrap(err, "continue key is not valid");
        version = json_get(json, "v");
        revision = json_get(json, "rv");
        start = json_get(json, "start");
        if (json_kind(version) != JSON_STRING ||
            !bytes_is(json_as_string(version), "meta.k8s.io/v1"))
                return err_set(err, ERR_INVALID,
                               "continue key is not valid: server does not recognize this encoded "
                               "version");
        if (json_kind(revision) != JSON_INT || json_as_int(revision) == 0 ||
            json_as_int(revision) < -1)
                return err_set(err, ERR_INVALID,
                               "continue key is not valid: incorrect encoded start resourceVersion "
                               "(version meta.k8s.io/v1)");
        continuation.revision = json_as_int(revision);
        if (parse_key(json_kind(start) == JSON_STRING ? json_as_string(start) : BYTES_NULL,
                      key_has_namespace, arena, &continuation, err) < 0)
                return -1;
        *ret_continuation = continuation;
        return 0;
}
