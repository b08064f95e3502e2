/*
 * Event, events.k8s.io/v1: what `kubectl describe` shows. Written only, never read.
 */
#pragma once

#include "llc/api/meta.h"

enum { EVENT_NOTE_MAX = 1024 }; /* bytes; the API server refuses longer ones */

struct event_regarding {
        const char *api_version, *kind, *namespace_, *name, *uid, *resource_version;
};

struct event_meta {
        const char *name, *namespace_;
};

struct event {
        const char *api_version, *kind; /* always events.k8s.io/v1, Event */
        const struct event_meta *meta;
        const char *event_time; /* RFC 3339 with microseconds */
        const char *reporting_controller, *reporting_instance;
        const char *action, *reason; /* CamelCase, at most 128 characters */
        const char *type;            /* "Normal" or "Warning" */
        const char *note;
        const struct event_regarding *regarding;
};

extern const struct type event_type;
