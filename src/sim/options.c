#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "llc/base/timestamp.h"

const char options_usage[] =
        "Usage: llc-sim [flags]\n"
        "\n"
        "A Kubernetes API server in memory, with the controllers that Argo Rollouts need: for "
        "demos\n"
        "and tests, on this machine only. What it leaves out is in llc-sim(1).\n"
        "\n"
        "  --audit-log FILE       append a line of JSON for each request, as kube-apiserver does\n"
        "  --dir DIR              where certificates, token and kubeconfig are kept\n"
        "                         (default $XDG_STATE_HOME/llc-sim or ~/.local/state/llc-sim)\n"
        "  --history N            changes that watches can go back (default 20000)\n"
        "  --http                 plain HTTP, and everybody may do everything\n"
        "  --kubeconfig FILE      write the kubeconfig there (default DIR/kubeconfig)\n"
        "  --listen ADDRESS       127.0.0.1:PORT or [::1]:PORT (default 127.0.0.1:6443);\n"
        "                         port 0 = any that is free\n"
        "  --namespace NAME       the namespace that the kubeconfig names (default default)\n"
        "  --no-actors NAME       leave this controller out; repeat it for more\n"
        "  --seed N               with --virtual-time: where names and UIDs come from (default 0)\n"
        "  --token-auth-file FILE more tokens: lines of token,user,uid[,\"group1,group2\"]\n"
        "  --virtual-time START   the clock stands at START (RFC 3339) and goes on only by\n"
        "                         POST /llc-sim/advance?ms=N\n"
        "  --help                 print this and exit\n"
        "  --version              print the version and exit\n"
        "\n"
        "Exit codes (sysexits): 0 stopped by SIGTERM or SIGINT, 64 wrong usage, 65 a file that "
        "was\n"
        "named does not hold what it should, 66 it cannot be read, 69 cannot listen, 73 cannot "
        "write.\n";

enum flag {
        FLAG_AUDIT_LOG = 256,
        FLAG_DIR,
        FLAG_HELP,
        FLAG_HISTORY,
        FLAG_HTTP,
        FLAG_KUBECONFIG,
        FLAG_LISTEN,
        FLAG_NAMESPACE,
        FLAG_NO_ACTORS,
        FLAG_SEED,
        FLAG_TOKEN_AUTH_FILE,
        FLAG_VERSION,
        FLAG_VIRTUAL_TIME,
};

static const struct option flags[] = {
        { "audit-log", required_argument, NULL, FLAG_AUDIT_LOG },
        { "dir", required_argument, NULL, FLAG_DIR },
        { "help", no_argument, NULL, FLAG_HELP },
        { "history", required_argument, NULL, FLAG_HISTORY },
        { "http", no_argument, NULL, FLAG_HTTP },
        { "kubeconfig", required_argument, NULL, FLAG_KUBECONFIG },
        { "listen", required_argument, NULL, FLAG_LISTEN },
        { "namespace", required_argument, NULL, FLAG_NAMESPACE },
        { "no-actors", required_argument, NULL, FLAG_NO_ACTORS },
        { "seed", required_argument, NULL, FLAG_SEED },
        { "token-auth-file", required_argument, NULL, FLAG_TOKEN_AUTH_FILE },
        { "version", no_argument, NULL, FLAG_VERSION },
        { "virtual-time", required_argument, NULL, FLAG_VIRTUAL_TIME },
        { NULL, 0, NULL, 0 },
};

static int parse_number(const char *flag, const char *text, uint64_t min, uint64_t *ret_number,
                        struct err *err) {
        unsigned long long number;
        char *end;

        errno = 0;
        number = strtoull(text, &end, 10);
        if (text[0] < '0' || text[0] > '9' || *end || errno != 0 || number < min)
                return err_set(err, ERR_INVALID, "%s: \"%s\" is not a number from %llu", flag, text,
                               (unsigned long long)min);
        *ret_number = number;
        return 0;
}

/* A flag that is more than a text. */
static int flag_read(int flag, const char *value, struct options *options, struct err *err) {
        uint64_t number;

        switch (flag) {
        case FLAG_HISTORY:
                if (parse_number("--history", value, 1, &number, err) < 0)
                        return -1;
                options->history = (size_t)number;
                return 0;
        case FLAG_SEED:
                return parse_number("--seed", value, 0, &options->seed, err);
        case FLAG_VIRTUAL_TIME:
                options->is_virtual = true;
                if (timestamp_parse(bytes_of(value), &options->start_ms, err) < 0)
                        return err_wrap(err, "--virtual-time");
                return 0;
        default:
                if (options->n_no_actors == OPTIONS_ACTORS_MAX)
                        return err_set(err, ERR_INVALID, "more than %d --no-actors flags",
                                       OPTIONS_ACTORS_MAX);
                options->no_actors[options->n_no_actors++] = value;
                return 0;
        }
}

static int flags_read(int argc, char *const *argv, struct options *options,
                      enum options_verdict *verdict, bool *has_seed, struct err *err) {
        int flag;

        optind = 1;
        opterr = 0;
        while ((flag = getopt_long(argc, argv, ":", flags, NULL)) != -1) {
                switch (flag) {
                case FLAG_AUDIT_LOG:
                        options->audit_log = optarg;
                        break;
                case FLAG_DIR:
                        options->folder = optarg;
                        break;
                case FLAG_HTTP:
                        options->plain = true;
                        break;
                case FLAG_KUBECONFIG:
                        options->kubeconfig = optarg;
                        break;
                case FLAG_LISTEN:
                        options->listen = optarg;
                        break;
                case FLAG_NAMESPACE:
                        options->namespace_ = optarg;
                        break;
                case FLAG_TOKEN_AUTH_FILE:
                        options->token_file = optarg;
                        break;
                case FLAG_HELP:
                        *verdict = OPTIONS_HELP;
                        return 0;
                case FLAG_VERSION:
                        *verdict = OPTIONS_VERSION;
                        return 0;
                case ':':
                        return err_set(err, ERR_INVALID, "%s needs a value", argv[optind - 1]);
                case '?':
                        return err_set(err, ERR_INVALID, "unknown flag %s", argv[optind - 1]);
                default:
                        if (flag == FLAG_SEED)
                                *has_seed = true;
                        if (flag_read(flag, optarg, options, err) < 0)
                                return -1;
                        break;
                }
        }
        if (optind < argc)
                return err_set(err, ERR_INVALID, "unexpected argument \"%s\"", argv[optind]);
        return 0;
}

int options_parse(int argc, char *const *argv, struct options *ret_options,
                  enum options_verdict *ret_verdict, struct err *err) {
        struct options options = { .listen = "127.0.0.1:6443", .namespace_ = "default" };
        bool has_seed = false;

        *ret_verdict = OPTIONS_RUN;
        if (flags_read(argc, argv, &options, ret_verdict, &has_seed, err) < 0)
                return -1;
        if (*ret_verdict != OPTIONS_RUN)
                return 0;
        if (has_seed && !options.is_virtual)
                return err_set(err, ERR_INVALID, "--seed needs --virtual-time");
        if (options.plain && options.token_file)
                return err_set(err, ERR_INVALID,
                               "--http and --token-auth-file exclude each other: over HTTP "
                               "everybody may do everything");
        *ret_options = options;
        return 0;
}
