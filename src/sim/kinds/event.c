/*
 * Events, which two API groups show: they are kept in the form of the core group, and those of
 * events.k8s.io are the same ones with other names for their fields.
 *
 * What events.k8s.io demands of an event counts for those written through it: they are the ones that
 * have an eventTime.
 */
#include <ctype.h>
#include <string.h>

#include "kinds/age.h"
#include "kinds/cells.h"
#include "kinds/field_checks.h"
#include "kinds/hooks.h"
#include "kinds/member.h"
#include "kinds/syntax.h"

enum { TEXT_MAX = 64 * 1024, NAME_MAX_LEN = 128, NOTE_MAX = 1024 };

/* core, events.k8s.io */
static const char *const FIELDS[][2] = {
        { "involvedObject", "regarding" },
        { "message", "note" },
        { "source", "deprecatedSource" },
        { "firstTimestamp", "deprecatedFirstTimestamp" },
        { "lastTimestamp", "deprecatedLastTimestamp" },
        { "count", "deprecatedCount" },
        { "reportingComponent", "reportingController" },
};

static void rename_fields(struct json *object, size_t from, size_t to) {
        for (size_t i = 0; i < sizeof(FIELDS) / sizeof(FIELDS[0]); i++)
                if (json_has(object, FIELDS[i][from])) {
                        struct json *value = json_take(object, FIELDS[i][from]);

                        json_set(object, FIELDS[i][to], value);
                }
}

void kind_to_stored(const struct kind *kind, struct json *object) {
        if (!kind->stored_as)
                return;
        rename_fields(object, 1, 0);
        json_set_str(object, "apiVersion", "v1");
}

struct record *kind_shown(const struct kind *kind, struct record *record) {
        struct json *tree JSON_CLEANUP = NULL;

        if (!kind->stored_as)
                return record_ref(record);
        tree = record_tree(record);
        rename_fields(tree, 0, 1);
        json_set_str(tree, "apiVersion", "events.k8s.io/v1");
        /* Empty ones are written in the one form and not in the other. */
        if (!*json_text_at(tree, "reportingController"))
                json_remove(tree, "reportingController");
        if (!*json_text_at(tree, "reportingInstance"))
                json_remove(tree, "reportingInstance");
        return record_new(tree, record->revision);
}

static void check_length(const struct json *event, const char *key, size_t most,
                         struct field_errors *errors) {
        if (strlen(json_text_at(event, key)) > most)
                error_invalid(errors, key, "",
                              arena_printf(errors->arena, "can have at most %zu characters", most));
}

static void check_new(const struct json *event, struct field_errors *errors) {
        const char *type = json_text_at(event, "type");
        const char *component = json_text_at(event, "reportingComponent");
        const struct json *series = member_object(event, "series");

        if (!json_get(event, "eventTime")) {
                error_required(errors, "eventTime", "");
                return;
        }
        if (!*component)
                error_required(errors, "reportingController", "");
        else
                syntax_check(SYNTAX_QUALIFIED_NAME, component, "reportingController", errors);
        if (!*json_text_at(event, "reportingInstance"))
                error_required(errors, "reportingInstance", "");
        check_length(event, "reportingInstance", NAME_MAX_LEN, errors);
        if (!*json_text_at(event, "action"))
                error_required(errors, "action", "");
        check_length(event, "action", NAME_MAX_LEN, errors);
        if (!*json_text_at(event, "reason"))
                error_required(errors, "reason", "");
        check_length(event, "reason", NAME_MAX_LEN, errors);
        check_length(event, "message", NOTE_MAX, errors);
        if (series && json_int_at(series, "count", 0) < 2)
                error_invalid(errors, "series.count", "", "should be at least 2");
        if (strcmp(type, "Normal") != 0 && strcmp(type, "Warning") != 0)
                error_invalid(errors, "type", "",
                              arena_printf(errors->arena, "has invalid value: %s", type));
}

static void check_changed(const struct json *event, const struct json *before,
                          struct field_errors *errors) {
        static const char *const keys[] = {
                "involvedObject",   "reason",        "message", "source",
                "firstTimestamp",   "lastTimestamp", "count",   "type",
                "eventTime",        "action",        "related", "reportingComponent",
                "reportingInstance"
        };

        for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
                check_immutable(event, before, keys[i], "", errors);
}

static void validate(const struct kind *kind, const struct json *object, const struct json *before,
                     enum part part, struct field_errors *errors) {
        const char *about = json_text_at(json_get(object, "involvedObject"), "namespace");
        const char *namespace_ = json_text_at(json_get(object, "metadata"), "namespace");
        bool is_new_form = json_get(object, "eventTime") || (kind->stored_as && !before);

        (void)part;
        if (*about ? strcmp(about, namespace_) != 0 && !is_new_form
                   : strcmp(namespace_, "default") != 0 &&
                             (!is_new_form || strcmp(namespace_, "kube-system") != 0))
                error_invalid(errors, "involvedObject.namespace", about,
                              "does not match event.namespace");
        if (!is_new_form)
                return;
        if (before)
                check_changed(object, before, errors);
        else
                check_new(object, errors);
}

static void cell_object(const struct json *about, struct json *cells) {
        const char *name = json_text_at(about, "name"), *kind = json_text_at(about, "kind");
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(TEXT_MAX);

        for (; *kind; kind++)
                strbuf_append_char(&text, (char)tolower((unsigned char)*kind));
        if (*name)
                strbuf_printf(&text, "/%s", name);
        cells_text(cells, strbuf_str(&text));
}

static void cell_source(const struct json *event, struct json *cells) {
        const struct json *source = json_get(event, "source");
        const char *component = json_text_at(source, "component");
        const char *host = json_text_at(source, "host");
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(TEXT_MAX);

        if (!*component)
                component = json_text_at(event, "reportingComponent");
        if (!*host)
                host = json_text_at(event, "reportingInstance");
        strbuf_printf(&text, "%s%s%s", component, *host ? ", " : "", host);
        cells_text(cells, strbuf_str(&text));
}

static void cell_message(const struct json *event, struct json *cells) {
        struct bytes text = bytes_of(json_text_at(event, "message"));

        while (text.len > 0 && isspace((unsigned char)text.ptr[0])) {
                text.ptr++;
                text.len--;
        }
        while (text.len > 0 && isspace((unsigned char)text.ptr[text.len - 1]))
                text.len--;
        json_append(cells, json_new_string(text));
}

static void cells(const struct kind *kind, const struct json *event, int64_t now_ms,
                  struct json *cells) {
        const struct json *series = member_object(event, "series");
        const struct json *first = json_get(event, "firstTimestamp");
        const struct json *last = json_get(event, "lastTimestamp");
        int64_t count = json_int_at(series ? series : event, "count", 0);
        char age[AGE_SIZE];

        (void)kind;
        if (!first)
                first = json_get(event, "eventTime");
        if (series)
                last = json_get(series, "lastObservedTime");
        cells_text(cells, age_of_timestamp(last ? last : first, now_ms, age));
        cells_text(cells, json_text_at(event, "type"));
        cells_text(cells, json_text_at(event, "reason"));
        cell_object(json_get(event, "involvedObject"), cells);
        cells_text(cells, json_text_at(json_get(event, "involvedObject"), "fieldPath"));
        cell_source(event, cells);
        cell_message(event, cells);
        cells_text(cells, age_of_timestamp(first, now_ms, age));
        cells_int(cells, count == 0 && !series ? 1 : count);
        cells_name(event, cells);
}

/* The same row from the other form. */
static void cells_view(const struct kind *kind, const struct json *event, int64_t now_ms,
                       struct json *row) {
        struct json *stored JSON_CLEANUP = json_clone(event);

        kind_to_stored(kind, stored);
        cells(kind, stored, now_ms, row);
}

const struct kind_hooks EVENT_HOOKS = { .validate = validate, .cells = cells };

const struct kind_hooks EVENT_VIEW_HOOKS = { .cells = cells_view };
