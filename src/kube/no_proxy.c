#define _GNU_SOURCE /* memrchr */
#include "no_proxy.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum {
        TEXT_MAX_BYTES = 255, /* longer than any name or address */
        ADDRESS_BYTES = sizeof(struct in6_addr),
        V4_PREFIX_BITS = 96,
};

/* IPv4 as ::ffff:a.b.c.d: as for Go, these are the same. */
struct address {
        unsigned char bytes[ADDRESS_BYTES];
};

/* One entry of the list. */
struct entry {
        struct bytes host;
        struct bytes port; /* empty = any */
};

static bool address_parse(struct bytes text, struct address *ret) {
        static const unsigned char v4_prefix[12] = { [10] = 0xff, [11] = 0xff };
        char copy[TEXT_MAX_BYTES + 1];

        if (text.len == 0 || text.len > TEXT_MAX_BYTES)
                return false;
        memcpy(copy, text.ptr, text.len);
        copy[text.len] = '\0';
        memcpy(ret->bytes, v4_prefix, sizeof(v4_prefix));
        return inet_pton(AF_INET, copy, ret->bytes + sizeof(v4_prefix)) == 1 ||
               inet_pton(AF_INET6, copy, ret->bytes) == 1;
}

static bool address_is_v4(const struct address *address) {
        struct in6_addr v6;

        memcpy(&v6, address->bytes, sizeof(v6));
        return IN6_IS_ADDR_V4MAPPED(&v6);
}

static void address_mask(struct address *address, unsigned bits) {
        for (unsigned i = 0; i < ADDRESS_BYTES; i++) {
                unsigned kept = bits > i * 8 ? bits - i * 8 : 0;

                if (kept < 8)
                        address->bytes[i] &= (unsigned char)(0xff00 >> kept);
        }
}

static bool address_equal(const struct address *a, const struct address *b) {
        return memcmp(a->bytes, b->bytes, ADDRESS_BYTES) == 0;
}

static const char *find(struct bytes text, char c) {
        return text.len > 0 ? memchr(text.ptr, c, text.len) : NULL;
}

/* "10.0.0.0/8" */
static bool cidr_parse(struct bytes text, struct address *ret_network, unsigned *ret_bits) {
        const char *slash = find(text, '/'), *end = text.ptr + text.len;
        unsigned bits = 0, max;
        struct bytes address;

        if (!slash || slash + 1 == end)
                return false;
        address = (struct bytes){ text.ptr, (size_t)(slash - text.ptr) };
        if (!address_parse(address, ret_network))
                return false;
        max = find(address, ':') ? 128 : 32;
        for (const char *p = slash + 1; p < end; p++) {
                if (!isdigit((unsigned char)*p) || (bits = bits * 10 + (unsigned)(*p - '0')) > max)
                        return false;
        }
        *ret_bits = max == 32 ? V4_PREFIX_BITS + bits : bits;
        address_mask(ret_network, *ret_bits);
        return true;
}

static bool cidr_contains(const struct address *network, unsigned bits,
                          const struct address *address) {
        struct address masked = *address;

        if (address_is_v4(network) != address_is_v4(address))
                return false;
        address_mask(&masked, bits);
        return address_equal(network, &masked);
}

/* "host:port" or "[host]:port"; else all of it is the host, brackets included. */
static struct entry entry_split(struct bytes text) {
        const struct entry whole = { .host = text };
        const char *colon = text.len > 0 ? memrchr(text.ptr, ':', text.len) : NULL;
        const char *end = text.ptr + text.len;
        struct entry entry = whole;

        if (!colon)
                return whole;
        entry.host.len = (size_t)(colon - text.ptr);
        entry.port = (struct bytes){ colon + 1, (size_t)(end - colon) - 1 };
        if (entry.host.len > 1 && entry.host.ptr[0] == '[' && colon[-1] == ']') {
                entry.host.ptr++;
                entry.host.len -= 2;
        } else if (find(entry.host, ':')) {
                return whole;
        }
        if (find(entry.host, '[') || find(entry.host, ']') || find(entry.port, '[') ||
            find(entry.port, ']'))
                return whole;
        return entry;
}

static bool ends_with(struct bytes text, struct bytes suffix) {
        return text.len >= suffix.len &&
               strncasecmp(text.ptr + text.len - suffix.len, suffix.ptr, suffix.len) == 0;
}

static bool name_matches(struct bytes pattern, struct bytes name) {
        bool itself;

        if (pattern.len > 1 && pattern.ptr[0] == '*' && pattern.ptr[1] == '.') {
                pattern.ptr++;
                pattern.len--;
        }
        itself = pattern.ptr[0] != '.';
        if (!ends_with(name, pattern))
                return false;
        /* "example.com" is the end of "an-example.com" too. */
        return !itself || name.len == pattern.len || name.ptr[name.len - pattern.len - 1] == '.';
}

static bool port_matches(struct bytes port, unsigned server_port) {
        char text[16];

        snprintf(text, sizeof(text), "%u", server_port);
        return port.len == 0 || bytes_is(port, text);
}

/* server_address is NULL for a name. */
static bool entry_covers(struct bytes text, const struct authority *server,
                         const struct address *server_address) {
        struct address address;
        struct entry entry;
        unsigned bits;

        if (bytes_is(text, "*"))
                return true;
        if (cidr_parse(text, &address, &bits))
                return server_address && cidr_contains(&address, bits, server_address);
        entry = entry_split(text);
        if (entry.host.len == 0 || !port_matches(entry.port, server->port))
                return false;
        if (address_parse(entry.host, &address))
                return server_address && address_equal(&address, server_address);
        return !server_address && name_matches(entry.host, server->host);
}

static struct bytes trim(struct bytes text) {
        while (text.len > 0 && isspace((unsigned char)text.ptr[0])) {
                text.ptr++;
                text.len--;
        }
        while (text.len > 0 && isspace((unsigned char)text.ptr[text.len - 1]))
                text.len--;
        return text;
}

bool no_proxy_covers(const char *no_proxy, const struct authority *server) {
        struct address address;
        bool is_address = address_parse(server->host, &address);

        if (authority_is_loopback(server) ||
            (is_address && address_is_v4(&address) && address.bytes[V4_PREFIX_BITS / 8] == 127))
                return true;
        for (const char *at = no_proxy; at && *at;) {
                struct bytes text = { at, strcspn(at, ",") };

                at += text.len;
                at += *at == ',';
                text = trim(text);
                if (text.len > 0 && entry_covers(text, server, is_address ? &address : NULL))
                        return true;
        }
        return false;
}
