/*
 * How long a scrape holds up the loop, and how much it is, by the number of canaries: prints
 * milliseconds and bytes. A measuring tool, not a test: nothing fails here.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "exposition.h"
#include "support/fake_client.h"
#include "support/fake_loop.h"

enum { ROUNDS = 20, BODY_MAX = 64 << 20 };

static double cpu_ms(void) {
        struct timespec t;

        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
        return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

#define CONDITION(type)                                                                            \
        "{\"type\":\"" type "\",\"status\":\"True\",\"observedGeneration\":1,"                     \
        "\"lastTransitionTime\":\"2026-01-02T03:04:05Z\",\"reason\":\"SomeLongishReason\","        \
        "\"message\":\"as it should be\"}"

static void feed(struct client *client, unsigned n) {
        struct client_call *call = fake_client_find(client, "longlivedcanaries");
        struct strbuf body = STRBUF_INIT(BODY_MAX);

        strbuf_puts(&body, "{\"metadata\":{\"resourceVersion\":\"10\"},\"items\":[");
        for (unsigned i = 0; i < n; i++)
                strbuf_printf(
                        &body,
                        "%s{\"metadata\":{\"name\":\"a-canary-with-a-usual-name-%u\","
                        "\"namespace\":\"some-team-production\",\"uid\":\"u%u\","
                        "\"resourceVersion\":\"5\"},\"spec\":{\"rolloutRef\":{\"name\":"
                        "\"the-checkout-service\"},\"image\":\"i\",\"owner\":"
                        "\"team-checkout@example.org\"},\"status\":{\"phase\":\"Running\","
                        "\"traffic\":{\"sharePercent\":25},\"conditions\":[" CONDITION("Ready") "," CONDITION(
                                "Stalled") "," CONDITION("TrafficAttached") "," CONDITION("Template"
                                                                                          "Drifted") "]}}",
                        i ? "," : "", i, i);
        strbuf_puts(&body, "]}");
        fake_call_end(call, ERR_NONE, strbuf_str(&body));
        strbuf_deinit(&body);
}

static void measure(unsigned n_canaries) {
        struct loop *loop = loop_new();
        struct controller *controller;
        struct client *client;
        double slowest = 0;
        size_t bytes = 0;
        struct err err;

        if (client_new(&(struct client_options){ .loop = loop }, &client, &err) < 0)
                exit(EXIT_FAILURE);
        controller = controller_new(&(struct controller_options){ .loop = loop, .client = client });
        controller_start(controller);
        fake_loop_advance(loop, 0);
        feed(client, n_canaries);
        for (int i = 0; i < ROUNDS; i++) {
                struct strbuf body = STRBUF_INIT(BODY_MAX);
                double start = cpu_ms(), spent;

                exposition_write(controller, &body);
                spent = cpu_ms() - start;
                if (spent > slowest)
                        slowest = spent;
                bytes = body.len;
                strbuf_deinit(&body);
        }
        printf("%6u canaries %8.2f ms at most %10zu bytes\n", n_canaries, slowest, bytes);
        controller_free(controller);
        client_free(client);
        loop_free(loop);
}

int main(void) {
        static const unsigned CANARIES[] = { 0, 100, 1000, EXPOSITION_CANARIES_MAX,
                                             EXPOSITION_CANARIES_MAX + 1 };

        for (size_t i = 0; i < sizeof(CANARIES) / sizeof(CANARIES[0]); i++)
                measure(CANARIES[i]);
        return EXIT_SUCCESS;
}
