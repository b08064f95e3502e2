#include "server_url.h"

#include <arpa/inet.h>
#include <netinet/in.h>

enum {
        HOST_MAX_BYTES = 253,
        PREFIX_MAX_BYTES = 4096,
};

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

static bool host_is_loopback(const struct server_url *url) {
        char text[HOST_MAX_BYTES + 1];
        struct in_addr v4;
        struct in6_addr v6;

        if (!host_copy(url->host, text))
                return false;
        if (url->ipv6)
                return inet_pton(AF_INET6, text, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
        if (inet_pton(AF_INET, text, &v4) == 1)
                return ntohl(v4.s_addr) >> 24 == 127;
        return strcmp(text, "localhost") == 0;
}

/* The rest of the text after the scheme, taken from the front. */
static int read_host(const char **at, struct server_url *url, struct err *err) {
        const char *start = *at, *end;

        if (*start == '[') {
                start++;
                end = strchr(start, ']');
                url->ipv6 = true;
                url->host = (struct bytes){ start, end ? (size_t)(end - start) : 0 };
                if (!host_is_ipv6(url->host))
                        return err_set(err, ERR_INVALID, "no IPv6 address in the brackets");
                *at = end + 1;
                return 0;
        }
        end = start + strcspn(start, ":/");
        url->host = (struct bytes){ start, (size_t)(end - start) };
        if (!host_is_name(url->host))
                return err_set(err, ERR_INVALID, "must be https://host[:port][/prefix]");
        *at = end;
        return 0;
}

static int read_port(const char **at, struct server_url *url, struct err *err) {
        const char *p = *at;

        url->port = url->https ? 443 : 80;
        if (*p != ':')
                return 0;
        url->port = 0;
        for (p++; *p >= '0' && *p <= '9' && url->port <= 65535; p++)
                url->port = url->port * 10 + (unsigned)(*p - '0');
        if (url->port == 0 || url->port > 65535)
                return err_set(err, ERR_INVALID, "the port must be between 1 and 65535");
        *at = p;
        return 0;
}

static int read_prefix(const char *at, struct server_url *url, struct err *err) {
        size_t len = strlen(at);

        if (*at != '\0' && *at != '/')
                return err_set(err, ERR_INVALID, "must be https://host[:port][/prefix]");
        if (len > PREFIX_MAX_BYTES)
                return err_set(err, ERR_INVALID, "the path is longer than %d bytes",
                               PREFIX_MAX_BYTES);
        for (size_t i = 0; i < len; i++)
                if (!is_alphanumeric(at[i]) && !strchr("/-._~%!$&'()*+,;=:@", at[i]))
                        return err_set(err, ERR_INVALID,
                                       "the path holds what no path of a URL may hold");
        while (len > 0 && at[len - 1] == '/')
                len--;
        url->prefix = (struct bytes){ at, len };
        return 0;
}

int server_url_parse(const char *text, struct server_url *ret_url, struct err *err) {
        struct server_url url = { .https = strncmp(text, "https://", 8) == 0 };

        if (!url.https && strncmp(text, "http://", 7) != 0)
                return err_set(err, ERR_INVALID, "must be https://host[:port][/prefix]");
        text += url.https ? 8 : 7;
        if (read_host(&text, &url, err) < 0 || read_port(&text, &url, err) < 0 ||
            read_prefix(text, &url, err) < 0)
                return -1;
        if (!url.https && !host_is_loopback(&url))
                return err_set(err, ERR_INVALID, "plain http is for loopback hosts only");
        *ret_url = url;
        return 0;
}
