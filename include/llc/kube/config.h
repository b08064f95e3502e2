/*
 * How to reach and trust one API server: from a kubeconfig or from inside a cluster.
 * Source: client-go tools/clientcmd and rest.InClusterConfig.
 */
#pragma once

#include <stdbool.h>

#include "llc/base/bytes.h"
#include "llc/base/err.h"
#include "llc/base/strbuf.h"

struct kube_config {
        char *server;     /* "https://host:port[/prefix]"; plain http only for loopback */
        char *namespace_; /* of the context; NULL = none */
        struct strbuf ca; /* PEM; empty = the connection cannot be trusted (http) */
        struct strbuf client_certificate, client_key; /* PEM; both or neither */
        char *token;           /* bearer token; NULL = none. Wiped when freed, as is client_key */
        char *token_file;      /* read by the client, again and again; NULL = none */
        char *tls_server_name; /* NULL = the host of server */
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
 * Refused for now, as ignoring them would connect elsewhere or as somebody else: exec,
 * auth-provider, username, password, as*, proxy-url, insecure-skip-tls-verify, and https without a
 * certificate-authority (the system's are not trusted). Unknown fields are ignored.
 */
int kube_config_load(const char *path, struct kube_config **ret_config, struct err *err);

/* As kube_config_load, from text; relative paths are relative to directory. */
int kube_config_parse(struct bytes yaml, const char *directory, struct kube_config **ret_config,
                      struct err *err);

/* The pod's ServiceAccount; root is "/var/run/secrets/kubernetes.io/serviceaccount". */
int kube_config_in_cluster(const char *root, struct kube_config **ret_config, struct err *err);
