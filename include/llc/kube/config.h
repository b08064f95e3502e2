/*
 * How to reach and trust one API server, and as whom: from a kubeconfig or from inside a cluster.
 * Source: client-go tools/clientcmd and rest.InClusterConfig.
 */
#pragma once

#include <stdbool.h>

#include "llc/base/bytes.h"
#include "llc/base/err.h"
#include "llc/base/strbuf.h"
#include "llc/base/strlist.h"

/* A program that says who we are (KEP-541, client.authentication.k8s.io). */
struct kube_exec {
        char *api_version;   /* NULL = there is none */
        struct strlist argv; /* [0] is looked up in PATH unless it has a slash */
        struct strlist env;  /* "NAME=value", beside the process's own */
        char *install_hint;  /* NULL = none */
};

struct kube_config {
        char *server;     /* "https://host:port[/prefix]"; plain http only for loopback */
        char *namespace_; /* of the context; NULL = none */
        struct strbuf ca; /* PEM; empty = the connection cannot be trusted (http, insecure) */
        bool insecure;    /* whoever answers is trusted; never together with a ca */
        struct strbuf client_certificate, client_key; /* PEM; both or neither */
        char *token;           /* bearer token; NULL = none. Wiped when freed, as is client_key */
        char *token_file;      /* read by the client, again and again; NULL = none */
        struct kube_exec exec; /* only when there is no other credential */
        char *tls_server_name; /* NULL = the host of server */
        char *proxy_url;       /* see proxy.h; NULL = none. May hold a password: wiped */
        bool disable_compression;
        struct strlist impersonation; /* header lines: "Impersonate-User: a", … */
};

/* Empty, with room for PEM; for filling by hand. */
struct kube_config *kube_config_new(void);
struct kube_config *kube_config_clone(const struct kube_config *config);
void kube_config_free(struct kube_config *config);
void kube_config_freep(struct kube_config **config);
#define KUBE_CONFIG_CLEANUP __attribute__((cleanup(kube_config_freep)))

/*
 * Reads one kubeconfig file (YAML or JSON, 1 MiB at most) and resolves its current-context.
 * Relative paths in it are relative to its directory. Errors name the file and the field, never a
 * value: "kubeconfig /home/a/.kube/config: users[0].user.token: …".
 *
 * Without a proxy-url, the proxy of HTTPS_PROXY and NO_PROXY is taken, read as Go reads them.
 *
 * Refused, as ignoring them would connect elsewhere or as somebody else: auth-provider, username,
 * password, an exec that needs a terminal, and https with neither a certificate-authority nor
 * insecure-skip-tls-verify (the system's authorities are not trusted). Unknown fields are ignored.
 */
int kube_config_load(const char *path, struct kube_config **ret_config, struct err *err);

/* As kube_config_load, from text and without a look at the environment. */
int kube_config_parse(struct bytes yaml, const char *directory, struct kube_config **ret_config,
                      struct err *err);

/*
 * The pod's ServiceAccount; root is "/var/run/secrets/kubernetes.io/serviceaccount". HTTPS_PROXY
 * and NO_PROXY count here too.
 */
int kube_config_in_cluster(const char *root, struct kube_config **ret_config, struct err *err);
