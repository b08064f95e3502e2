#include "events.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "llc/api/event.h"
#include "llc/api/resource.h"
#include "llc/base/map.h"
#include "llc/base/timestamp.h"
#include "llc/sys/clock.h"
#include "llc/sys/log.h"

enum {
        BODY_MAX = 64 << 10,
        INSTANCE_MAX = 128, /* the API server's bound */
        NAME_PREFIX_MAX = 200,
};

static const char controller_name[] = "argo-canary.dev/llc-controller";

/* Fixed: the same Event has the same name after a restart. */
static const uint64_t NAME_SEED[2] = { 0x6c6c632d6576656e, 0x742d6e616d652d31 };

struct events {
        struct writes *writes;
        char instance[INSTANCE_MAX + 1];
        size_t n_pending;
        bool refusal_told;
        struct events_counters counters;
};

struct events *events_new(struct writes *writes, const char *instance) {
        struct events *events = calloc(1, sizeof(*events));

        events->writes = writes;
        snprintf(events->instance, sizeof(events->instance), "%s",
                 instance && *instance ? instance : "unknown");
        return events;
}

void events_free(struct events *events) {
        free(events);
}

const struct events_counters *events_counters(const struct events *events) {
        return &events->counters;
}

/* "<canary>.<hash>"; a canary whose name leaves no room for it goes by the hash alone. */
static const char *event_name(const struct event_subject *subject, const char *id,
                              const char *reason, struct arena *arena) {
        const char *text = arena_printf(arena, "%s/%s/%s", subject->uid, id, reason);
        uint64_t hash = siphash13(text, strlen(text), NAME_SEED);

        if (strlen(subject->name) > NAME_PREFIX_MAX)
                return arena_printf(arena, "llc.%016" PRIx64, hash);
        return arena_printf(arena, "%s.%016" PRIx64, subject->name, hash);
}

static const char *event_note(const char *note, struct arena *arena) {
        size_t len = strlen(note);

        if (len > EVENT_NOTE_MAX)
                for (len = EVENT_NOTE_MAX; len > 0 && ((unsigned char)note[len] & 0xc0) == 0x80;)
                        len--;
        return arena_copy(arena, (struct bytes){ .ptr = note, .len = len });
}

static void event_request(const struct events *events, const struct event_subject *subject,
                          const char *id, const struct plan_event *told,
                          struct request *ret_request) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        STRBUF_CLEANUP struct strbuf text = STRBUF_INIT(BODY_MAX);
        const struct event_meta meta = {
                .name = event_name(subject, id, told->reason, &arena),
                .namespace_ = subject->namespace_,
        };
        const struct event_regarding regarding = {
                .api_version = LLC_API_VERSION,
                .kind = LLC_KIND,
                .namespace_ = subject->namespace_,
                .name = subject->name,
                .uid = subject->uid,
                .resource_version = subject->resource_version,
        };
        char event_time[TIMESTAMP_SIZE];
        const struct event event = {
                .api_version = "events.k8s.io/v1",
                .kind = "Event",
                .meta = &meta,
                .event_time = timestamp_format_micro(clock_wall_ms(), event_time),
                .reporting_controller = controller_name,
                .reporting_instance = events->instance,
                .action = told->action,
                .reason = told->reason,
                .type = told->warning ? "Warning" : "Normal",
                .note = event_note(told->note, &arena),
                .regarding = &regarding,
        };
        const struct request_object object = {
                .resource = &RESOURCE_EVENT,
                .namespace_ = subject->namespace_,
        };
        JSON_CLEANUP struct json *body = desc_encode(&event_type, &event);

        json_write(body, &text);
        request_create(&object, strbuf_bytes(&text), ret_request);
}

/* A namespace that is going takes no more Events: that is no missing right. */
static bool is_missing_right(const struct err *err) {
        return err->code == ERR_FORBIDDEN;
}

static void event_done(void *ctx, struct bytes body, const struct err *err) {
        struct events *events = ctx;

        (void)body;
        events->n_pending--;
        events->counters.sent += !err;
        events->counters.dropped += err && err->code != ERR_ALREADY_EXISTS;
        if (!err || !is_missing_right(err) || events->refusal_told)
                return;
        events->refusal_told = true;
        log_line(LOG_WARN, "Events are refused: what happens is told in the status only",
                 LOG_STR("error", err->msg));
}

/* Takes the request. */
static void event_send(struct events *events, struct request *request) {
        if (events->n_pending == EVENTS_PENDING_MAX) {
                events->counters.dropped++;
                request_deinit(request);
                return;
        }
        events->n_pending++;
        writes_send(events->writes, WRITES_BACKGROUND, request, event_done, events);
}

void events_send(struct events *events, const struct event_subject *subject, const char *id,
                 const struct plan_event *event) {
        struct request request;

        event_request(events, subject, id, event, &request);
        event_send(events, &request);
}

void event_batch_init(struct event_batch *batch, const struct events *events,
                      const struct event_subject *subject, const struct plan_event *told,
                      size_t n) {
        *batch = (struct event_batch){ .n = n };
        if (n == 0)
                return;
        batch->requests = calloc(n, sizeof(*batch->requests));
        for (size_t i = 0; i < n; i++)
                event_request(events, subject, subject->resource_version, &told[i],
                              &batch->requests[i]);
}

void event_batch_deinit(struct event_batch *batch) {
        for (size_t i = 0; i < batch->n; i++)
                request_deinit(&batch->requests[i]);
        free(batch->requests);
        *batch = (struct event_batch){ .n = 0 };
}

void events_send_batch(struct events *events, struct event_batch *batch) {
        for (size_t i = 0; i < batch->n; i++)
                event_send(events, &batch->requests[i]);
        free(batch->requests);
        *batch = (struct event_batch){ .n = 0 };
}
