#include "patch/managers.h"

#include <stdlib.h>
#include <string.h>

#include "llc/base/timestamp.h"

enum { UPDATERS_MAX = 10 };

static int64_t seconds_of(const struct manager *manager) {
        struct err err;
        int64_t ms;

        if (!manager->time || timestamp_parse(bytes_of(manager->time), &ms, &err) < 0)
                return 0;
        return ms / 1000;
}

static int compare(const void *a, const void *b) {
        const struct manager *x = a, *y = b;
        int64_t old = seconds_of(x), new = seconds_of(y);
        int order;

        if (x->applies != y->applies)
                return x->applies ? -1 : 1;
        if (old != new)
                return old < new ? -1 : 1;
        order = strcmp(x->name, y->name);
        if (order == 0)
                order = strcmp(x->api_version, y->api_version);
        return order != 0 ? order : strcmp(x->subresource, y->subresource);
}

void managers_sort(struct managers *managers) {
        if (managers->n > 0)
                qsort(managers->all, managers->n, sizeof(*managers->all), compare);
}

static const char *copied(struct managers *managers, const struct json *entry, const char *key) {
        return arena_strdup(managers->arena, json_text_at(entry, key));
}

static int parse_entry(struct managers *managers, const struct json *entry, struct err *err) {
        struct manager manager = {
                .name = copied(managers, entry, "manager"),
                .applies = strcmp(json_text_at(entry, "operation"), "Apply") == 0,
                .api_version = copied(managers, entry, "apiVersion"),
                .subresource = copied(managers, entry, "subresource"),
        };
        struct manager *same;

        if (!manager.applies && strcmp(json_text_at(entry, "operation"), "Update") != 0)
                return err_set(err, ERR_INVALID, "operation must be `Apply` or `Update`");
        if (manager.api_version[0] == '\0')
                return err_set(err, ERR_INVALID, "apiVersion must not be empty");
        if (strcmp(json_text_at(entry, "fieldsType"), "FieldsV1") != 0)
                return err_set(err, ERR_INVALID, "invalid fieldsType \"%s\"",
                               json_text_at(entry, "fieldsType"));
        if (json_text_at(entry, "time")[0] != '\0')
                manager.time = copied(managers, entry, "time");
        if (field_set_parse(json_get(entry, "fieldsV1"), managers->arena, &manager.fields, err) < 0)
                return -1;
        same = managers_find(managers, &manager);
        if (same)
                *same = manager;
        else
                managers_add(managers, &manager);
        return 0;
}

int managers_parse(struct managers *managers, const struct json *managed_fields, struct err *err) {
        if (managed_fields && json_kind(managed_fields) != JSON_ARRAY)
                return err_set(err, ERR_INVALID, "managedFields is no list");
        for (size_t i = 0; i < json_length(managed_fields); i++)
                if (parse_entry(managers, json_at(managed_fields, i), err) < 0)
                        return -1;
        return 0;
}

struct json *managers_json(struct managers *managers) {
        struct json *entries, *entry;

        if (managers->n == 0)
                return NULL;
        managers_sort(managers);
        entries = json_new_array();
        for (size_t i = 0; i < managers->n; i++) {
                const struct manager *manager = &managers->all[i];

                entry = json_new_object();
                if (manager->name[0] != '\0')
                        json_set_str(entry, "manager", manager->name);
                json_set_str(entry, "operation", manager->applies ? "Apply" : "Update");
                json_set_str(entry, "apiVersion", manager->api_version);
                if (manager->time)
                        json_set_str(entry, "time", manager->time);
                json_set_str(entry, "fieldsType", "FieldsV1");
                json_set(entry, "fieldsV1", field_set_json(manager->fields));
                if (manager->subresource[0] != '\0')
                        json_set_str(entry, "subresource", manager->subresource);
                json_append(entries, entry);
        }
        return entries;
}

static bool is_same(const struct manager *a, const struct manager *b) {
        return strcmp(a->name, b->name) == 0 && a->applies == b->applies &&
               strcmp(a->subresource, b->subresource) == 0 &&
               (a->applies || strcmp(a->api_version, b->api_version) == 0);
}

struct manager *managers_find(struct managers *managers, const struct manager *as) {
        for (size_t i = 0; i < managers->n; i++)
                if (is_same(&managers->all[i], as))
                        return &managers->all[i];
        return NULL;
}

struct manager *managers_add(struct managers *managers, const struct manager *manager) {
        struct manager *larger;

        if (managers->n == managers->cap) {
                managers->cap = managers->cap ? 2 * managers->cap : 4;
                larger = ARENA_NEW_ARRAY(managers->arena, struct manager, managers->cap);
                if (managers->n > 0)
                        memcpy(larger, managers->all, managers->n * sizeof(*larger));
                managers->all = larger;
        }
        managers->all[managers->n] = *manager;
        return &managers->all[managers->n++];
}

void managers_drop_empty(struct managers *managers) {
        size_t n = 0;

        for (size_t i = 0; i < managers->n; i++)
                if (managers->all[i].fields)
                        managers->all[n++] = managers->all[i];
        managers->n = n;
}

/* Puts an updater's fields to those of older ones of its version, if there is one. */
static void age(struct managers *managers, struct manager *manager, struct manager *const *firsts,
                size_t n_firsts) {
        struct manager bucket = { .name = "ancient-changes",
                                  .api_version = manager->api_version,
                                  .subresource = "" };

        for (size_t i = 0; i < n_firsts; i++) {
                if (strcmp(firsts[i]->api_version, manager->api_version) != 0)
                        continue;
                bucket.time = manager->time;
                bucket.fields =
                        field_set_union(firsts[i]->fields, manager->fields, managers->arena);
                *firsts[i] = bucket;
                manager->fields = NULL;
                return;
        }
}

void managers_cap(struct managers *managers) {
        struct manager **firsts = ARENA_NEW_ARRAY(managers->arena, struct manager *, managers->n);
        size_t n_updaters = 0, n_firsts = 0;

        managers_sort(managers);
        for (size_t i = 0; i < managers->n; i++)
                n_updaters += !managers->all[i].applies;
        for (size_t i = 0; i < managers->n && n_updaters > UPDATERS_MAX; i++) {
                struct manager *manager = &managers->all[i];

                if (manager->applies)
                        continue;
                age(managers, manager, firsts, n_firsts);
                if (manager->fields)
                        firsts[n_firsts++] = manager;
                else
                        n_updaters--;
        }
        managers_drop_empty(managers);
}

const char *manager_text(const struct manager *manager, struct arena *arena) {
        const char *text = arena_printf(arena, "\"%s\"", manager->name);

        if (manager->subresource[0] != '\0')
                text = arena_printf(arena, "%s with subresource \"%s\"", text,
                                    manager->subresource);
        return manager->applies ? text
                                : arena_printf(arena, "%s using %s", text, manager->api_version);
}
