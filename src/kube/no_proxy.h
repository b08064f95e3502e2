/*
 * NO_PROXY as Go reads it (golang.org/x/net/http/httpproxy), which is not how libcurl does: names,
 * ".suffixes", "*.suffixes", addresses, CIDRs, each but the last with ":port" perhaps, and "*".
 * "example.com" covers its subdomains too. localhost and loopback addresses are never proxied.
 */
#pragma once

#include <stdbool.h>

#include "authority.h"

/* Must the server be reached directly? no_proxy may be NULL. What makes no sense is ignored. */
bool no_proxy_covers(const char *no_proxy, const struct authority *server);
