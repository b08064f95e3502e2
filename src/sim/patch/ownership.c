/*
 * An apply is: merge the configuration into what is live, take away what the applier no longer says
 * and nobody else owns, compare with what was there, and settle whose the changed fields are.
 */
#include "patch/ownership.h"

#include <string.h>

#include "patch/body.h"
#include "patch/conflicts.h"
#include "patch/writing.h"

enum {
        TEXT_MAX = 16 << 20,
        ANNOTATIONS_MAX = 256 * 1024, /* as the API server allows */
        HTTP_INTERNAL = 500,
};

static const char LAST_APPLIED[] = "kubectl.kubernetes.io/last-applied-configuration";

/* An empty list, or one empty entry: nobody is to own anything any more. */
static bool is_reset(const struct json *managed_fields) {
        const struct json *first;

        if (json_kind(managed_fields) != JSON_ARRAY || json_length(managed_fields) > 1)
                return false;
        first = json_length(managed_fields) == 1 ? json_at(managed_fields, 0) : NULL;
        return json_length(managed_fields) == 0 ||
               (json_kind(first) == JSON_OBJECT && json_length(first) == 0);
}

static const struct json *managed_fields_of(const struct json *object) {
        return json_get(json_get(object, "metadata"), "managedFields");
}

/* A write may itself change managedFields; entries that cannot be read are as if not there. */
static void read_managers(struct writing *writing, const struct json *before,
                          const struct json *object) {
        const struct json *written = managed_fields_of(object);
        struct err err;

        if (writing->of->subresource[0] == '\0') {
                if (is_reset(written))
                        return;
                if (managers_parse(&writing->managers, written, &err) == 0 &&
                    writing->managers.n > 0)
                        return;
                writing->managers.n = 0;
        }
        if (managers_parse(&writing->managers, managed_fields_of(before), &err) < 0)
                writing->managers.n = 0;
}

void ownership_update(const struct ownership_of *of, const struct json *before,
                      struct json *object) {
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        struct writing writing = writing_of(of, &arena);

        read_managers(&writing, before, object);
        if (writing.managers.n > 0)
                writing_update(&writing, before, object, of->manager);
        writing_done(&writing, object);
}

static const char *errors_text(const struct strings *errors, struct arena *arena) {
        const char *text = "errors:";

        if (errors->n == 1)
                return errors->items[0];
        for (size_t i = 0; i < errors->n; i++)
                text = arena_printf(arena, "%s\n  %s", text, errors->items[i]);
        return text;
}

static int check_config(const struct writing *writing, const struct json *config,
                        struct refusal *refusal) {
        struct strings errors = { .arena = writing->arena };
        const struct json *metadata = json_get(config, "metadata");
        const char *api_version = json_text_at(config, "apiVersion");
        const char *core = strchr(api_version, '/') ? "" : "/";

        if (json_kind(config) != JSON_OBJECT)
                return body_refuse(refusal,
                                   "error decoding YAML: error unmarshaling JSON: while decoding "
                                   "JSON: ",
                                   config, "value of type map[string]interface {}");
        if (strcmp(api_version, writing->of->api_version) != 0 ||
            strcmp(json_text_at(config, "kind"), writing->of->kind) != 0)
                return refuse_bad_request(refusal, "invalid object type: %s%s, Kind=%s", core,
                                          api_version, json_text_at(config, "kind"));
        if (json_get(metadata, "managedFields"))
                return refuse_bad_request(refusal, "metadata.managedFields must be nil");
        typed_check(config, writing->root, false, &errors);
        if (errors.n == 0)
                return 0;
        return refuse(refusal, HTTP_INTERNAL, "",
                      "failed to create typed patch object (%s/%s; %s%s, Kind=%s): %s",
                      json_text_at(metadata, "namespace"), json_text_at(metadata, "name"), core,
                      api_version, writing->of->kind, errors_text(&errors, writing->arena));
}

static const struct field_set *parents(const struct writing *writing, const struct field_set *set) {
        return typed_with_parents(set, writing->root, writing->arena);
}

static const struct field_set *fields(const struct writing *writing, const struct json *object) {
        return typed_fields(object, writing->root, writing->arena);
}

/*
 * Takes out of merged what the applier owned and no longer says, unless somebody owns it. What is
 * below a given-up field and was never the applier's stays, and so its parents do.
 */
static void prune(const struct writing *writing, struct json *merged,
                  const struct field_set *given_before) {
        struct arena *arena = writing->arena;
        struct json *pruned JSON_CLEANUP = json_clone(merged);
        const struct field_set *all = parents(writing, fields(writing, merged));
        const struct field_set *owned = NULL, *kept;

        for (size_t i = 0; i < writing->managers.n; i++)
                owned = field_set_union(owned, writing->managers.all[i].fields, arena);
        typed_remove(pruned, parents(writing, given_before), writing->root, arena);
        kept = field_set_union(parents(writing, fields(writing, pruned)), parents(writing, owned),
                               arena);

        json_free(pruned);
        pruned = json_clone(merged);
        typed_remove(pruned, field_set_difference(all, kept, arena), writing->root, arena);
        kept = parents(writing, fields(writing, pruned));
        typed_remove(merged,
                     field_set_intersection(field_set_difference(all, kept, arena),
                                            parents(writing, given_before), arena),
                     writing->root, arena);
}

/*
 * What client-side apply left behind says that these fields were kubectl's already: as far as they
 * still are what it says, kubectl may have them as an applier.
 */
static const struct field_set *allowed_to_kubectl(const struct writing *writing,
                                                  const struct json *live) {
        const struct json *annotations = json_get(json_get(live, "metadata"), "annotations");
        struct strings errors = { .arena = writing->arena };
        struct json *config JSON_CLEANUP = NULL;
        const struct field_set *set;
        struct comparison since;
        struct err err;

        if (strcmp(writing->of->manager, "kubectl") != 0 ||
            json_parse(bytes_of(json_text_at(annotations, LAST_APPLIED)), &JSON_LIMITS_OBJECT,
                       &config, &err) < 0 ||
            strcmp(json_text_at(config, "apiVersion"), writing->of->api_version) != 0)
                return NULL;
        typed_check(config, writing->root, false, &errors);
        typed_check(live, writing->root, false, &errors);
        if (errors.n > 0)
                return NULL;
        since = typed_compare(config, live, writing->root, writing->arena);
        set = field_set_difference(fields(writing, config), since.modified, writing->arena);
        set = field_set_difference(set, since.added, writing->arena);
        return field_set_difference(set, since.removed, writing->arena);
}

/* Client-side apply is to find what was applied last, should kubectl go back to it. */
static void keep_last_applied(const struct writing *writing, struct json *object,
                              const struct json *config) {
        struct json *annotations = json_get_mut(json_get_mut(object, "metadata"), "annotations");
        struct json *saved JSON_CLEANUP = NULL;
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(TEXT_MAX);
        const struct json *value;
        const char *key;
        void *cursor = NULL;
        size_t size = 0;

        if (strcmp(writing->of->manager, "kubectl") != 0 ||
            json_text_at(annotations, LAST_APPLIED)[0] == '\0')
                return;
        saved = json_clone(config);
        if (json_get(json_get(json_get(saved, "metadata"), "annotations"), LAST_APPLIED))
                json_remove(json_get_mut(json_get_mut(saved, "metadata"), "annotations"),
                            LAST_APPLIED);
        json_write(saved, &text);
        strbuf_append_char(&text, '\n');
        json_set(annotations, LAST_APPLIED, json_new_string(strbuf_bytes(&text)));
        while (json_next(annotations, &cursor, &key, &value))
                size += strlen(key) + strlen(json_text_at(annotations, key));
        if (size > ANNOTATIONS_MAX || !strbuf_ok(&text))
                json_remove(annotations, LAST_APPLIED);
}

/* The managers of the live object, from before its first apply on. Takes managedFields out of it. */
static void read_live(struct writing *writing, struct json *live) {
        struct json *entries JSON_CLEANUP = NULL, *nothing JSON_CLEANUP = NULL;
        struct err err;

        if (json_length(live) == 0)
                return;
        if (json_kind(json_get(live, "metadata")) == JSON_OBJECT)
                entries = json_take(json_get_mut(live, "metadata"), "managedFields");
        if (managers_parse(&writing->managers, entries, &err) < 0)
                writing->managers.n = 0;
        if (writing->managers.n > 0)
                return;
        nothing = json_new_object();
        writing_update(writing, nothing, live, "before-first-apply");
}

static int apply(struct writing *writing, struct json *live, const struct json *config, bool force,
                 struct json *merged, struct refusal *refusal) {
        struct manager applier = writing_manager(writing, writing->of->manager, true), *self;
        const struct field_set *given_before;
        struct comparison comparison;
        struct conflicts conflicts;

        self = managers_find(&writing->managers, &applier);
        if (!self)
                self = managers_add(&writing->managers, &applier);
        given_before = self->fields;
        self->api_version = writing->of->api_version;
        self->fields = writing_in_reach(writing, fields(writing, config));
        typed_merge(merged, config, writing->root, writing->arena);
        if (field_set_difference(given_before, self->fields, writing->arena))
                prune(writing, merged, given_before);

        comparison = writing_compare(writing, live, merged);
        conflicts = conflicts_of(writing, &comparison, self, NULL);
        if (!force && conflicts.n > 0)
                conflicts =
                        conflicts_of(writing, &comparison, self, allowed_to_kubectl(writing, live));
        if (!force && conflicts.n > 0)
                return conflicts_refuse(&conflicts, refusal);
        writing_take_from_others(writing, &comparison, self);
        self->fields = writing_without_servers(writing, self->fields);
        if (!json_equal(live, merged))
                self->time = writing->now;
        managers_drop_empty(&writing->managers);
        return 0;
}

int ownership_apply(const struct ownership_of *of, struct json **object, const struct json *applied,
                    bool force, struct refusal *refusal) {
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        struct json *live JSON_CLEANUP = NULL, *merged JSON_CLEANUP = NULL;
        struct writing writing = writing_of(of, &arena);

        live = *object ? *object : json_new_object();
        *object = NULL;
        if (check_config(&writing, applied, refusal) < 0)
                return -1;
        read_live(&writing, live);
        merged = json_clone(live);
        if (apply(&writing, live, applied, force, merged, refusal) < 0)
                return -1;
        keep_last_applied(&writing, merged, applied);
        writing_done(&writing, merged);
        *object = merged;
        merged = NULL;
        return 0;
}

/* The entries differ in nothing but when they were written. */
static bool is_same_but_times(const struct json *a, const struct json *b) {
        if (json_kind(a) != JSON_ARRAY || json_kind(b) != JSON_ARRAY ||
            json_length(a) != json_length(b))
                return false;
        for (size_t i = 0; i < json_length(a); i++) {
                struct json *x JSON_CLEANUP = json_clone(json_at(a, i)),
                               *y JSON_CLEANUP = json_clone(json_at(b, i));

                if (json_has(x, "time") && json_has(y, "time")) {
                        json_remove(x, "time");
                        json_remove(y, "time");
                }
                if (!json_equal(x, y))
                        return false;
        }
        return true;
}

void ownership_keep_times(const struct json *before, struct json *object) {
        const struct json *old = managed_fields_of(before);
        struct json *metadata = json_get_mut(object, "metadata"), *new;

        if (!old || json_equal(old, managed_fields_of(object)) ||
            !is_same_but_times(old, managed_fields_of(object)))
                return;
        new = json_take(metadata, "managedFields");
        json_set(metadata, "managedFields", json_clone(old));
        if (json_equal(before, object))
                json_free(new);
        else
                json_set(metadata, "managedFields", new);
}
