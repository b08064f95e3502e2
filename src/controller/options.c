#include "options.h"

#include <getopt.h>
#include <string.h>

#include "config_file.h"
#include "llc/base/duration.h"

enum {
        CONSISTENCY_DEFAULT_MS = 5 * 60 * 1000,
        CONSISTENCY_MIN_MS = 1000,
        CONSISTENCY_MAX_MS = 24 * 60 * 60 * 1000,
};

const char options_usage[] =
        "Usage: llc-controller [flags]\n"
        "\n"
        "Creates and keeps the pods of LongLivedCanary resources of one cluster.\n"
        "\n"
        "  --config FILE         settings as YAML; flags win over it\n"
        "  --consistency-relist-interval TIME\n"
        "                        how often each cache is compared with what the API server has,\n"
        "                        and listed anew where it is out of step (default 5m, 1s to 24h;\n"
        "                        0 = never)\n"
        "  --http-address ADDR   serve /healthz, /readyz and /metrics on ADDR, host:port\n"
        "                        (default :8080; \"\" = off)\n"
        "  --kubeconfig FILE     how to reach the cluster (default: the pod's ServiceAccount,\n"
        "                        outside a cluster the file that $KUBECONFIG names)\n"
        "  --log-format FORMAT   text or json (default text)\n"
        "  --log-level LEVEL     debug, info, warn or error (default info)\n"
        "  --namespace NAME      look after this namespace only; repeat it for more (default all)\n"
        "  --help                print this and exit\n"
        "  --version             print the version and exit\n"
        "\n"
        "Exit codes: 0 stopped by SIGTERM or SIGINT, 1 cannot start, 2 wrong usage.\n";

enum flag {
        FLAG_CONFIG = 256,
        FLAG_CONSISTENCY,
        FLAG_HELP,
        FLAG_HTTP_ADDRESS,
        FLAG_KUBECONFIG,
        FLAG_LOG_FORMAT,
        FLAG_LOG_LEVEL,
        FLAG_NAMESPACE,
        FLAG_VERSION,
};

static const struct option flags[] = {
        { "config", required_argument, NULL, FLAG_CONFIG },
        { "consistency-relist-interval", required_argument, NULL, FLAG_CONSISTENCY },
        { "help", no_argument, NULL, FLAG_HELP },
        { "http-address", required_argument, NULL, FLAG_HTTP_ADDRESS },
        { "kubeconfig", required_argument, NULL, FLAG_KUBECONFIG },
        { "log-format", required_argument, NULL, FLAG_LOG_FORMAT },
        { "log-level", required_argument, NULL, FLAG_LOG_LEVEL },
        { "namespace", required_argument, NULL, FLAG_NAMESPACE },
        { "version", no_argument, NULL, FLAG_VERSION },
        { NULL, 0, NULL, 0 },
};

/* What the command line said; NULL = nothing. */
struct flag_values {
        const char *config, *consistency, *http_address, *kubeconfig, *log_format, *log_level;
        const char *namespaces[OPTIONS_NAMESPACES_MAX];
        size_t n_namespaces;
};

static int flags_read(int argc, char *const *argv, struct flag_values *values,
                      enum options_verdict *verdict, struct err *err) {
        int flag;

        optind = 1;
        opterr = 0;
        while ((flag = getopt_long(argc, argv, ":", flags, NULL)) != -1) {
                switch (flag) {
                case FLAG_CONFIG:
                        values->config = optarg;
                        break;
                case FLAG_CONSISTENCY:
                        values->consistency = optarg;
                        break;
                case FLAG_HTTP_ADDRESS:
                        values->http_address = optarg;
                        break;
                case FLAG_KUBECONFIG:
                        values->kubeconfig = optarg;
                        break;
                case FLAG_LOG_FORMAT:
                        values->log_format = optarg;
                        break;
                case FLAG_LOG_LEVEL:
                        values->log_level = optarg;
                        break;
                case FLAG_NAMESPACE:
                        if (values->n_namespaces == OPTIONS_NAMESPACES_MAX)
                                return err_set(err, ERR_INVALID, "more than %d --namespace flags",
                                               OPTIONS_NAMESPACES_MAX);
                        values->namespaces[values->n_namespaces++] = optarg;
                        break;
                case FLAG_HELP:
                        *verdict = OPTIONS_HELP;
                        return 0;
                case FLAG_VERSION:
                        *verdict = OPTIONS_VERSION;
                        return 0;
                case ':':
                        return err_set(err, ERR_INVALID, "%s needs a value", argv[optind - 1]);
                default:
                        return err_set(err, ERR_INVALID, "unknown flag %s", argv[optind - 1]);
                }
        }
        if (optind < argc)
                return err_set(err, ERR_INVALID, "unexpected argument \"%s\"", argv[optind]);
        return 0;
}

static int parse_format(const char *text, enum log_format *ret, struct err *err) {
        if (strcmp(text, "text") == 0)
                *ret = LOG_TEXT;
        else if (strcmp(text, "json") == 0)
                *ret = LOG_JSON;
        else
                return err_set(err, ERR_INVALID, "--log-format: \"%s\" is not text or json", text);
        return 0;
}

static int parse_level(const char *text, enum log_level *ret, struct err *err) {
        static const char *const names[] = {
                [LOG_DEBUG] = "debug",
                [LOG_INFO] = "info",
                [LOG_WARN] = "warn",
                [LOG_ERROR] = "error",
        };

        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
                if (strcmp(text, names[i]) == 0) {
                        *ret = (enum log_level)i;
                        return 0;
                }
        }
        return err_set(err, ERR_INVALID, "--log-level: \"%s\" is not debug, info, warn or error",
                       text);
}

int options_set_consistency(struct options *options, const char *text, struct err *err) {
        int64_t ns, ms;

        if (duration_parse(bytes_of(text), &ns, err) < 0)
                return -1;
        ms = ns / DURATION_MS;
        if (ns != 0 && (ms < CONSISTENCY_MIN_MS || ms > CONSISTENCY_MAX_MS))
                return err_set(err, ERR_INVALID, "\"%s\" is not within 1s to 24h, or 0", text);
        options->consistency_ms = ms;
        return 0;
}

/* A DNS label (RFC 1123), as namespaces are named; it goes into request paths. */
static bool is_namespace(const char *name) {
        size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");

        return len > 0 && len <= 63 && name[len] == '\0' && name[0] != '-' && name[len - 1] != '-';
}

/* Two informers of one namespace would take each other's objects for gone. */
static int options_check(const struct options *options, struct err *err) {
        for (size_t i = 0; i < options->n_namespaces; i++) {
                const char *name = options->namespaces[i];

                if (!is_namespace(name))
                        return err_set(err, ERR_INVALID, "namespace \"%s\" is not a valid name",
                                       name);
                for (size_t j = 0; j < i; j++)
                        if (strcmp(options->namespaces[j], name) == 0)
                                return err_set(err, ERR_INVALID, "namespace \"%s\" is given twice",
                                               name);
        }
        return 0;
}

static int options_apply(const struct flag_values *values, struct arena *arena,
                         struct options *options, struct err *err) {
        if (values->kubeconfig)
                options->kubeconfig = arena_strdup(arena, values->kubeconfig);
        if (values->http_address)
                options->http_address = arena_strdup(arena, values->http_address);
        if (values->log_format && parse_format(values->log_format, &options->log_format, err) < 0)
                return -1;
        if (values->log_level && parse_level(values->log_level, &options->log_level, err) < 0)
                return -1;
        if (values->consistency && options_set_consistency(options, values->consistency, err) < 0)
                return err_wrap(err, "--consistency-relist-interval");
        if (values->n_namespaces > 0) {
                const char **names = ARENA_NEW_ARRAY(arena, const char *, values->n_namespaces);

                for (size_t i = 0; i < values->n_namespaces; i++)
                        names[i] = arena_strdup(arena, values->namespaces[i]);
                options->namespaces = names;
                options->n_namespaces = values->n_namespaces;
        }
        return options_check(options, err);
}

int options_parse(int argc, char *const *argv, struct arena *arena, struct options *ret_options,
                  enum options_verdict *ret_verdict, struct err *err) {
        struct options options = {
                .log_format = LOG_TEXT,
                .log_level = LOG_INFO,
                .consistency_ms = CONSISTENCY_DEFAULT_MS,
                .http_address = ":8080",
        };
        struct flag_values values = { .config = NULL };

        *ret_verdict = OPTIONS_RUN;
        if (flags_read(argc, argv, &values, ret_verdict, err) < 0)
                return -1;
        if (*ret_verdict != OPTIONS_RUN)
                return 0;
        if (values.config && config_file_load(values.config, arena, &options, err) < 0)
                return -1;
        if (options_apply(&values, arena, &options, err) < 0)
                return -1;
        *ret_options = options;
        return 0;
}
