#include "simulator.h"

#include <stdlib.h>
#include <string.h>

#include "actors/actor.h"
#include "bootstrap.h"
#include "control.h"
#include "llc/base/strbuf.h"
#include "serve/access.h"
#include "storage/storage.h"

static const struct actor_type *const ACTORS[] = {
        &NAMESPACES, &DEFINITIONS, &GARBAGE_COLLECTOR, &REPLICASETS, &DEPLOYMENTS,
        &KUBELET,    &ENDPOINTS,   &BUDGETS,           &ROLLOUTS,
};
enum { N_ACTORS = sizeof(ACTORS) / sizeof(ACTORS[0]) };

struct simulator {
        struct sim sim;
        struct server server;
        bool is_virtual;
        void *actors[N_ACTORS]; /* NULL = left out */
};

static bool is_left_out(const struct simulator_options *options, const char *name) {
        for (size_t i = 0; i < options->n_no_actors; i++)
                if (strcmp(options->no_actors[i], name) == 0)
                        return true;
        return false;
}

static int check_actors(const struct simulator_options *options, struct err *err) {
        STRBUF_CLEANUP struct strbuf names = STRBUF_INIT(1024);

        for (size_t i = 0; i < N_ACTORS; i++)
                strbuf_printf(&names, "%s%s", i > 0 ? ", " : "", ACTORS[i]->name);
        for (size_t i = 0; i < options->n_no_actors; i++) {
                size_t j = 0;

                while (j < N_ACTORS && strcmp(options->no_actors[i], ACTORS[j]->name) != 0)
                        j++;
                if (j == N_ACTORS)
                        return err_set(err, ERR_NOT_FOUND, "no controller \"%s\"; there are %s",
                                       options->no_actors[i], strbuf_str(&names));
        }
        return 0;
}

int simulator_new(const struct simulator_options *options, struct simulator **ret_simulator,
                  struct err *err) {
        struct storage_limits limits = STORAGE_LIMITS_DEFAULT;
        struct simulator *simulator;

        if (check_actors(options, err) < 0)
                return -1;
        if (options->history > 0)
                limits.history_changes = options->history;
        simulator = calloc(1, sizeof(*simulator));
        simulator->is_virtual = options->clock.is_virtual;
        simulator->sim.agenda = agenda_new(&options->clock);
        simulator->sim.storage = storage_new(&limits);
        if (kinds_new(simulator->sim.storage, &simulator->sim.kinds, err) < 0) {
                simulator_free(simulator);
                return -1;
        }
        simulator->server = (struct server){
                .sim = &simulator->sim,
                .audit = options->audit,
                .audit_ctx = options->audit_ctx,
        };
        if (!options->open)
                simulator->server.access = access_new(&simulator->sim);
        for (size_t i = 0; i < N_ACTORS; i++)
                if (!is_left_out(options, ACTORS[i]->name))
                        simulator->actors[i] = ACTORS[i]->start(&simulator->sim);
        if (bootstrap(&simulator->sim, err) < 0) {
                simulator_free(simulator);
                return -1;
        }
        *ret_simulator = simulator;
        return 0;
}

void simulator_free(struct simulator *simulator) {
        if (!simulator)
                return;
        for (size_t i = N_ACTORS; i > 0; i--)
                if (simulator->actors[i - 1])
                        ACTORS[i - 1]->stop(simulator->actors[i - 1]);
        access_free(simulator->server.access);
        kinds_free(simulator->sim.kinds);
        storage_free(simulator->sim.storage);
        agenda_free(simulator->sim.agenda);
        free(simulator);
}

int simulator_add_tokens(struct simulator *simulator, struct bytes lines, struct err *err) {
        return access_read_tokens(simulator->server.access, lines, err);
}

void simulator_serve(void *ctx, const struct http_request *request,
                     struct http_response *response) {
        struct simulator *simulator = ctx;

        if (simulator->is_virtual && control_serve(&simulator->server, request, response))
                return;
        serve(&simulator->server, request, response);
}

int64_t simulator_run(struct simulator *simulator) {
        int64_t next_ms = agenda_run(simulator->sim.agenda);

        /* Virtual time stands still until somebody moves it. */
        return simulator->is_virtual && next_ms > 0 ? -1 : next_ms;
}

void simulator_on_change(struct simulator *simulator, void (*fn)(void *ctx), void *ctx) {
        agenda_on_change(simulator->sim.agenda, fn, ctx);
}
