#include "serve/filter.h"

#include <string.h>

#include "serve/cut.h"

/* Selectable fields that are not simply a path whose absence is the empty text. */
static const struct {
        const char *field, *path, *absent;
} FIELDS[] = {
        { "spec.hostNetwork", "spec.hostNetwork", "false" },
        { "spec.unschedulable", "spec.unschedulable", "false" },
        { "status.replicas", "status.replicas", "0" },
        { "status.successful", "status.succeeded", "0" },
};

static bool knows_field(const struct kind *kind, const char *path) {
        return strcmp(path, "metadata.name") == 0 || strcmp(path, "metadata.namespace") == 0 ||
               kind_selects_on(kind, path);
}

static int check_fields(const struct kind *kind, const struct field_selector *fields,
                        struct refusal *refusal) {
        bool has_own = !kind->builtin || (kind->fields && kind->fields[0]);

        for (size_t i = 0; i < fields->n_terms; i++) {
                const char *path = fields->terms[i].path;

                if (knows_field(kind, path))
                        continue;
                if (has_own)
                        return refuse_bad_request(refusal, "field label not supported: %s", path);
                return refuse_bad_request(refusal,
                                          "\"%s\" is not a known field selector: only "
                                          "\"metadata.name\", \"metadata.namespace\"",
                                          path);
        }
        return 0;
}

int filter_parse(const struct kind *kind, const struct target *target, struct arena *arena,
                 struct filter *ret_filter, struct refusal *refusal) {
        const char *labels = target_option(target, "labelSelector");
        const char *fields = target_option(target, "fieldSelector");
        struct filter filter = {
                .namespace_ = kind->namespaced ? arena_strdup(arena, target->namespace_) : "",
                .name = target->is_watch ? arena_strdup(arena, target->name) : "",
        };
        struct err err;

        if (labels[strspn(labels, " ")] && selector_parse(labels, arena, &filter.labels, &err) < 0)
                return refuse_bad_request(refusal, "%s", err.msg);
        if (field_selector_parse(fields, arena, &filter.fields, &err) < 0)
                return refuse_bad_request(refusal, "%s", err.msg);
        if (check_fields(kind, &filter.fields, refusal) < 0)
                return -1;
        filter.selects = filter.labels || filter.fields.n_terms > 0;
        *ret_filter = filter;
        return 0;
}

bool filter_covers(const struct filter *filter, const struct record *record) {
        return (!filter->namespace_[0] || strcmp(filter->namespace_, record->namespace_) == 0) &&
               (!filter->name[0] || strcmp(filter->name, record->name) == 0);
}

/* events.k8s.io calls the parts of an Event otherwise than the store. */
static const char *stored_field(const char *field, struct arena *arena) {
        static const char regarding[] = "regarding.";

        if (strncmp(field, regarding, sizeof regarding - 1) == 0)
                return arena_printf(arena, "involvedObject.%s", field + sizeof regarding - 1);
        return strcmp(field, "reportingController") == 0 ? "reportingComponent" : field;
}

/* Who reported an Event: its source, or since events.k8s.io its controller. */
static struct bytes event_source(struct bytes text) {
        struct bytes source = cut_path(text, "source.component");

        return source.len > 2 ? source : cut_member(text, "reportingComponent");
}

static const char *field_value(const struct record *record, const char *field,
                               struct arena *arena) {
        struct bytes value;

        if (strcmp(field, "metadata.name") == 0)
                return record->name;
        if (strcmp(field, "metadata.namespace") == 0)
                return record->namespace_;
        if (strcmp(field, "source") == 0)
                return cut_scalar(event_source(record_text(record)), arena);
        for (size_t i = 0; i < sizeof FIELDS / sizeof FIELDS[0]; i++) {
                if (strcmp(field, FIELDS[i].field) != 0)
                        continue;
                value = cut_path(record_text(record), FIELDS[i].path);
                return value.len > 0 ? cut_scalar(value, arena) : FIELDS[i].absent;
        }
        return cut_scalar(cut_path(record_text(record), stored_field(field, arena)), arena);
}

static bool fields_match(const struct field_selector *fields, const struct record *record) {
        struct arena arena ARENA_CLEANUP = ARENA_INIT;

        for (size_t i = 0; i < fields->n_terms; i++) {
                const struct field_term *term = &fields->terms[i];
                const char *value = field_value(record, term->path, &arena);

                if ((strcmp(value, term->value) == 0) != term->equal)
                        return false;
        }
        return true;
}

bool filter_matches(const struct filter *filter, const struct record *record) {
        return filter_covers(filter, record) &&
               (!filter->labels || selector_matches(filter->labels, record->labels)) &&
               (filter->fields.n_terms == 0 || fields_match(&filter->fields, record));
}
