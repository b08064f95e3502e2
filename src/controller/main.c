/*
 * llc-controller: reads its options, connects, runs until SIGTERM.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "controller.h"
#include "endpoints.h"
#include "llc/sys/clock.h"
#include "options.h"
#include "version.h"

enum {
        EXIT_OK = 0,
        EXIT_CANNOT_START = 1,
        EXIT_USAGE = 2,
        /* Writes in flight get this long after SIGTERM; SIGKILL usually follows after 30 s. */
        DRAIN_MS = 4000,
};

static const char in_cluster_root[] = "/var/run/secrets/kubernetes.io/serviceaccount";

struct daemon {
        struct loop *loop;
        struct client *client;
        struct controller *controller;
        struct httpd *httpd;
        struct loop_signal *sigterm, *sigint;
        struct loop_timer *drain_timer;
        char hostname[256];
        bool stopping;
};

static void daemon_stop_now(void *ctx) {
        struct daemon *daemon = ctx;

        loop_stop(daemon->loop);
}

/* The first signal lets writes in flight end, the second one does not wait. */
static void daemon_on_signal(void *ctx) {
        struct daemon *daemon = ctx;

        if (daemon->stopping) {
                loop_stop(daemon->loop);
                return;
        }
        daemon->stopping = true;
        log_line(LOG_INFO, "stopping",
                 LOG_INT("writes_pending", (int64_t)writes_pending(daemon->controller->writes)));
        loop_timer_set(daemon->drain_timer, DRAIN_MS);
        controller_drain(daemon->controller, daemon_stop_now, daemon);
}

static int load_kube_config(const struct options *options, struct kube_config **ret_config,
                            struct err *err) {
        const char *env = getenv("KUBECONFIG");

        if (options->kubeconfig)
                return kube_config_load(options->kubeconfig, ret_config, err);
        if (getenv("KUBERNETES_SERVICE_HOST"))
                return kube_config_in_cluster(in_cluster_root, ret_config, err);
        if (env && *env)
                return kube_config_load(env, ret_config, err);
        return err_set(err, ERR_INVALID,
                       "no cluster: not in a pod, and neither --kubeconfig nor $KUBECONFIG is set");
}

static int daemon_init(struct daemon *daemon, const struct options *options, struct err *err) {
        KUBE_CONFIG_CLEANUP struct kube_config *config = NULL;
        struct client_options client_options;
        struct controller_options controller_options;

        if (load_kube_config(options, &config, err) < 0)
                return -1;
        if (gethostname(daemon->hostname, sizeof(daemon->hostname) - 1) < 0)
                daemon->hostname[0] = '\0'; /* a name that is cut short still tells */
        daemon->loop = loop_new();
        client_options = (struct client_options){
                .loop = daemon->loop,
                .config = config,
                .user_agent = "llc-controller/" LLC_VERSION " (" LLC_PLATFORM ")",
        };
        if (client_new(&client_options, &daemon->client, err) < 0)
                return -1;
        controller_options = (struct controller_options){
                .loop = daemon->loop,
                .client = daemon->client,
                .namespaces = options->namespaces,
                .n_namespaces = options->n_namespaces,
                .consistency_ms = options->consistency_ms,
                .hostname = daemon->hostname,
        };
        daemon->controller = controller_new(&controller_options);
        if (options->http_address[0] != '\0') {
                const struct httpd_options httpd_options = {
                        .loop = daemon->loop,
                        .address = options->http_address,
                        .routes = endpoints_routes,
                        .n_routes = endpoints_n_routes,
                        .ctx = daemon->controller,
                };

                if (httpd_new(&httpd_options, &daemon->httpd, err) < 0)
                        return -1;
        }
        daemon->sigterm = loop_signal_new(daemon->loop, SIGTERM, daemon_on_signal, daemon);
        daemon->sigint = loop_signal_new(daemon->loop, SIGINT, daemon_on_signal, daemon);
        daemon->drain_timer = loop_timer_new(daemon->loop, daemon_stop_now, daemon);
        if (config->insecure)
                log_line(LOG_WARN,
                         "insecure-skip-tls-verify: whoever answers is trusted and gets "
                         "the credentials",
                         LOG_STR("server", config->server));
        log_line(LOG_INFO, "starting", LOG_STR("version", LLC_VERSION),
                 LOG_STR("server", config->server),
                 LOG_INT("http_port", daemon->httpd ? httpd_port(daemon->httpd) : 0));
        return 0;
}

static void daemon_deinit(struct daemon *daemon) {
        loop_timer_free(daemon->drain_timer);
        loop_signal_free(daemon->sigint);
        loop_signal_free(daemon->sigterm);
        httpd_free(daemon->httpd);
        controller_free(daemon->controller);
        client_free(daemon->client);
        loop_free(daemon->loop);
}

/* No core dumps and no ptrace by others of the same user: the heap holds a bearer token. */
static void harden_process(void) {
        const struct rlimit no_core = { .rlim_cur = 0, .rlim_max = 0 };

        setrlimit(RLIMIT_CORE, &no_core);
        prctl(PR_SET_DUMPABLE, 0);
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static int run(const struct options *options) {
        struct daemon daemon = { .loop = NULL };
        struct err err;

        log_configure(options->log_level, options->log_format);
        if (daemon_init(&daemon, options, &err) < 0) {
                log_line(LOG_ERROR, "cannot start", LOG_STR("error", err.msg));
                daemon_deinit(&daemon);
                return EXIT_CANNOT_START;
        }
        controller_start(daemon.controller);
        loop_run(daemon.loop);
        log_line(LOG_INFO, "stopped",
                 LOG_INT("writes_abandoned", (int64_t)writes_pending(daemon.controller->writes)));
        daemon_deinit(&daemon);
        return EXIT_OK;
}

int main(int argc, char **argv) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        enum options_verdict verdict;
        struct options options;
        struct err err;

        if (options_parse(argc, argv, &arena, &options, &verdict, &err) < 0) {
                fprintf(stderr, "llc-controller: %s\nTry llc-controller --help.\n", err.msg);
                return EXIT_USAGE;
        }
        switch (verdict) {
        case OPTIONS_HELP:
                fputs(options_usage, stdout);
                return EXIT_OK;
        case OPTIONS_VERSION:
                puts("llc-controller " LLC_VERSION);
                return EXIT_OK;
        case OPTIONS_RUN:
                break;
        }
        harden_process();
        return run(&options);
}
