/*
 * Nothing is kept of what was given: the Services say it. Their texts are searched rather than
 * parsed, which is quick even with ten thousand of them.
 */
#define _GNU_SOURCE
#include "kinds/address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "llc/base/map.h"

enum {
        NETWORK = 10 << 24 | 96 << 16, /* 10.96.0.0 */
        HOSTS = 1 << 16,
        RESERVED = 256, /* the first ones are for those who ask for them by number */
        TEXT_MAX = 64
};

struct search {
        const char *namespace_, *name; /* whose own does not count */
        struct bytes needle;
        bool found;
};

static bool look(void *ctx, struct record *record) {
        struct search *search = ctx;

        if (strcmp(record->name, search->name) == 0 &&
            strcmp(record->namespace_, search->namespace_) == 0)
                return true;
        search->found = memmem(record->text, record->text_len, search->needle.ptr,
                               search->needle.len) != NULL;
        return !search->found;
}

static bool is_said(const struct kind *services, const struct json *service, const char *needle) {
        const struct json *metadata = json_get(service, "metadata");
        struct search search = { .namespace_ = json_text_at(metadata, "namespace"),
                                 .name = json_text_at(metadata, "name"),
                                 .needle = bytes_of(needle) };

        collection_walk(services->objects, "", "", "", look, &search);
        return search.found;
}

static uint64_t number_of(const struct json *service, size_t salt) {
        const uint64_t seed[2] = { 0x6c6c63, salt };
        const struct json *metadata = json_get(service, "metadata");
        char text[1024];
        int n = snprintf(text, sizeof(text), "%s/%s", json_text_at(metadata, "namespace"),
                         json_text_at(metadata, "name"));

        return siphash13(text, (size_t)n < sizeof(text) ? (size_t)n : sizeof(text), seed);
}

bool address_taken(const struct kind *services, const struct json *service, const char *address) {
        char needle[TEXT_MAX];

        snprintf(needle, sizeof(needle), "\"clusterIP\":\"%s\"", address);
        return is_said(services, service, needle);
}

const char *address_allocate(const struct kind *services, const struct json *service,
                             char out[static ADDRESS_SIZE]) {
        uint64_t start = number_of(service, 0);

        for (uint64_t i = 0; i < HOSTS; i++) {
                struct in_addr address = { .s_addr = htonl(NETWORK + RESERVED +
                                                           (uint32_t)((start + i) %
                                                                      (HOSTS - RESERVED - 1))) };

                inet_ntop(AF_INET, &address, out, ADDRESS_SIZE);
                if (!address_taken(services, service, out))
                        break;
        }
        return out;
}

bool address_in_range(const char *address) {
        struct in_addr parsed;

        return inet_pton(AF_INET, address, &parsed) == 1 &&
               (ntohl(parsed.s_addr) & ~(uint32_t)(HOSTS - 1)) == NETWORK;
}

int64_t address_node_port(const struct kind *services, const struct json *service, size_t index) {
        uint64_t start = number_of(service, index + 1);
        int64_t range = NODE_PORT_LAST - NODE_PORT_FIRST + 1, port = NODE_PORT_FIRST;

        for (int64_t i = 0; i < range; i++) {
                char needle[TEXT_MAX];

                port = NODE_PORT_FIRST + (int64_t)((start + (uint64_t)i) % (uint64_t)range);
                snprintf(needle, sizeof(needle), "\"nodePort\":%lld", (long long)port);
                if (!is_said(services, service, needle))
                        break;
        }
        return port;
}
