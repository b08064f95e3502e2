#include "authority.h"

#include <arpa/inet.h>
#include <netinet/in.h>

enum { HOST_MAX_BYTES = 253 };

static bool is_alphanumeric(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool host_is_name(struct bytes host) {
        if (host.len == 0 || host.len > HOST_MAX_BYTES || !is_alphanumeric(host.ptr[0]))
                return false;
        for (size_t i = 0; i < host.len; i++)
                if (!is_alphanumeric(host.ptr[i]) && host.ptr[i] != '.' && host.ptr[i] != '-' &&
                    host.ptr[i] != '_')
                        return false;
        return true;
}

/* The address as text for inet_pton; false when it does not fit. */
static bool host_copy(struct bytes host, char out[static HOST_MAX_BYTES + 1]) {
        if (host.len == 0 || host.len > HOST_MAX_BYTES)
                return false;
        memcpy(out, host.ptr, host.len);
        out[host.len] = '\0';
        return true;
}

static bool host_is_ipv6(struct bytes host) {
        char text[HOST_MAX_BYTES + 1];
        struct in6_addr address;

        return host_copy(host, text) && inet_pton(AF_INET6, text, &address) == 1;
}

bool authority_is_loopback(const struct authority *authority) {
        char text[HOST_MAX_BYTES + 1];
        struct in_addr v4;
        struct in6_addr v6;

        if (!host_copy(authority->host, text))
                return false;
        if (authority->ipv6)
                return inet_pton(AF_INET6, text, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
        if (inet_pton(AF_INET, text, &v4) == 1)
                return ntohl(v4.s_addr) >> 24 == 127;
        return strcmp(text, "localhost") == 0;
}

static int read_host(const char **at, struct authority *authority, struct err *err) {
        const char *start = *at, *end;

        if (*start == '[') {
                start++;
                end = strchr(start, ']');
                authority->ipv6 = true;
                authority->host = (struct bytes){ start, end ? (size_t)(end - start) : 0 };
                if (!host_is_ipv6(authority->host))
                        return err_set(err, ERR_INVALID, "no IPv6 address in the brackets");
                *at = end + 1;
                return 0;
        }
        end = start + strcspn(start, ":/");
        authority->host = (struct bytes){ start, (size_t)(end - start) };
        if (!host_is_name(authority->host))
                return err_set(err, ERR_INVALID, "no host name or address");
        *at = end;
        return 0;
}

static int read_port(const char **at, struct authority *authority, struct err *err) {
        const char *p = *at;

        if (*p != ':')
                return 0;
        authority->port = 0;
        for (p++; *p >= '0' && *p <= '9' && authority->port <= 65535; p++)
                authority->port = authority->port * 10 + (unsigned)(*p - '0');
        if (authority->port == 0 || authority->port > 65535)
                return err_set(err, ERR_INVALID, "the port must be between 1 and 65535");
        *at = p;
        return 0;
}

int authority_read(const char **at, unsigned default_port, struct authority *ret_authority,
                   struct err *err) {
        struct authority authority = { .port = default_port };

        if (read_host(at, &authority, err) < 0 || read_port(at, &authority, err) < 0)
                return -1;
        *ret_authority = authority;
        return 0;
}
