#define _GNU_SOURCE /* memrchr */
#include "proxy.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "no_proxy.h"
#include "server_url.h"

static const struct {
        const char *prefix;
        enum proxy_scheme scheme;
        unsigned port;
} SCHEMES[] = {
        { "http://", PROXY_HTTP, 80 },
        { "https://", PROXY_HTTPS, 443 },
        { "socks5://", PROXY_SOCKS5, 1080 },
        { "socks5h://", PROXY_SOCKS5, 1080 }, /* the same to Go */
};

static char *secret_free(char *s) {
        if (s)
                explicit_bzero(s, strlen(s));
        free(s);
        return NULL;
}

void proxy_deinit(struct proxy *proxy) {
        proxy->user = secret_free(proxy->user);
        proxy->password = secret_free(proxy->password);
}

static int hex(char c) {
        if (c >= '0' && c <= '9')
                return c - '0';
        c |= 0x20;
        return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* NULL when an escape is malformed, or stands for what no header can bear. */
static char *percent_decode(struct bytes text) {
        char *out = calloc(text.len + 1, 1), *to = out;

        for (size_t i = 0; i < text.len; i++) {
                char c = text.ptr[i];

                if (c == '%') {
                        int high = i + 2 < text.len ? hex(text.ptr[i + 1]) : -1;
                        int low = i + 2 < text.len ? hex(text.ptr[i + 2]) : -1;

                        if (high < 0 || low < 0)
                                return secret_free(out);
                        c = (char)(high << 4 | low);
                        i += 2;
                }
                if ((unsigned char)c < ' ' || c == 0x7f)
                        return secret_free(out);
                *to++ = c;
        }
        return out;
}

static int read_user(struct bytes text, struct proxy *proxy, struct err *err) {
        const char *colon = memchr(text.ptr, ':', text.len);
        struct bytes user = text, password = BYTES_NULL;

        if (colon) {
                user.len = (size_t)(colon - text.ptr);
                password = (struct bytes){ colon + 1, text.len - user.len - 1 };
        }
        proxy->user = percent_decode(user);
        proxy->password = percent_decode(password);
        if (!proxy->user || !proxy->password || strchr(proxy->user, ':'))
                return err_set(err, ERR_INVALID, "the user or password is malformed");
        return 0;
}

int proxy_parse(const char *text, struct proxy *ret_proxy, struct err *err) {
        struct proxy proxy = { .scheme = PROXY_HTTP };
        bool has_scheme = strstr(text, "://") != NULL;
        unsigned port = has_scheme ? 0 : 80;
        const char *at;

        for (size_t i = 0; has_scheme && i < sizeof(SCHEMES) / sizeof(SCHEMES[0]); i++) {
                if (strncasecmp(text, SCHEMES[i].prefix, strlen(SCHEMES[i].prefix)) != 0)
                        continue;
                proxy.scheme = SCHEMES[i].scheme;
                port = SCHEMES[i].port;
                text += strlen(SCHEMES[i].prefix);
                break;
        }
        if (port == 0)
                return err_set(err, ERR_INVALID, "must be an http, https or socks5 URL");
        at = memrchr(text, '@', strcspn(text, "/?#"));
        if (at && read_user((struct bytes){ text, (size_t)(at - text) }, &proxy, err) < 0) {
                proxy_deinit(&proxy);
                return -1;
        }
        text = at ? at + 1 : text;
        if (authority_read(&text, port, &proxy.at, err) < 0 || (*text && !strchr("/?#", *text))) {
                proxy_deinit(&proxy);
                return err_set(err, ERR_INVALID, "must be [scheme://][user:password@]host[:port]");
        }
        *ret_proxy = proxy;
        return 0;
}

static const char *environment(const char *name, const char *other) {
        const char *value = getenv(name);

        if (!value || !*value)
                value = getenv(other);
        return value && *value ? value : NULL;
}

int proxy_from_environment(struct kube_config *config, struct err *err) {
        const char *url = environment("HTTPS_PROXY", "https_proxy");
        struct server_url server;
        struct proxy proxy;

        if (config->proxy_url || !url)
                return 0;
        if (server_url_parse(config->server, &server, err) < 0)
                return err_wrap(err, "server");
        /* Plain http is for loopback, which is never proxied. */
        if (!server.https || no_proxy_covers(environment("NO_PROXY", "no_proxy"), &server.at))
                return 0;
        if (proxy_parse(url, &proxy, err) < 0)
                return err_wrap(err, "HTTPS_PROXY");
        proxy_deinit(&proxy);
        config->proxy_url = strdup(url);
        return 0;
}
