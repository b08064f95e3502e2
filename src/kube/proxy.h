/*
 * A proxy on the way to the API server, as Go's net/http understands one: http and https proxies
 * are asked to CONNECT, socks5 proxies resolve the server's name themselves.
 */
#pragma once

#include "authority.h"
#include "llc/base/err.h"
#include "llc/kube/config.h"

enum proxy_scheme {
        PROXY_HTTP,
        PROXY_HTTPS,
        PROXY_SOCKS5,
};

struct proxy {
        enum proxy_scheme scheme;
        struct authority at; /* borrowed from the text */
        char *user;          /* percent-decoded, owned; NULL = none */
        char *password;      /* the same */
};

/*
 * "[scheme://][user[:password]@]host[:port][/…]". Errors do not repeat the text, which may hold a
 * password.
 */
int proxy_parse(const char *text, struct proxy *ret_proxy, struct err *err);
void proxy_deinit(struct proxy *proxy);

/*
 * Takes over what HTTPS_PROXY and NO_PROXY, or https_proxy and no_proxy, say about config's server,
 * unless it has a proxy already. Go ignores a malformed HTTPS_PROXY and connects directly; here it
 * is an error.
 */
int proxy_from_environment(struct kube_config *config, struct err *err);
