#include "settles.h"

#include "server.h"

enum {
        /* More than anything takes, and much less than a loop would. */
        LOUD_MAX = 12,
        QUIET_MAX = 20, /* passes in a row that write nothing: so it will be for ever */
        PASSES_MAX = 400,
};

static int lead(struct server *server, struct err *err) {
        struct passage passage;
        int loud = 0, quiet = 0;

        for (int i = 0; i < PASSES_MAX && quiet < QUIET_MAX; i++) {
                if (server_pass(server, &passage, err) < 0)
                        return -1;
                server_turn(server);
                if (passage.n_writes > 0) {
                        quiet = 0;
                        loud += passage.n_creates == 0;
                } else if (passage.has_deadline) {
                        quiet++;
                        if (passage.deadline > server->now)
                                server->now = passage.deadline;
                } else {
                        quiet = QUIET_MAX;
                }
        }
        if (loud > LOUD_MAX || quiet < QUIET_MAX)
                return err_set(err, ERR_INVALID, "does not settle: %d passes wrote", loud);
        return 0;
}

int settles(const struct test_case *test_case, struct err *err) {
        for (int i = 0; i < 4; i++) {
                struct server server;
                int result;

                server_init(&server, test_case->tree, test_case->world.now);
                server.pods_ready = i % 2 == 0;
                server.cache_lags = i / 2 == 0;
                result = lead(&server, err);
                server_deinit(&server);
                if (result < 0)
                        return err_wrap(err, "pods %s, cache %s",
                                        i % 2 == 0 ? "ready" : "not ready",
                                        i / 2 == 0 ? "late" : "fresh");
        }
        return 0;
}
