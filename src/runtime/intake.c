#include "intake.h"

#include <stdlib.h>
#include <string.h>

enum { KEY_MAX = 63 + 1 + 253 }; /* a namespace is a DNS label, a name at most a subdomain */

void intake_init(struct intake *intake, const struct informer_options *options,
                 struct informer_counters *counters) {
        *intake = (struct intake){ .options = options, .counters = counters };
        intake->pending_end = &intake->pending;
}

static void intake_drop_pending(struct intake *intake) {
        struct object *object, *next;

        for (object = intake->pending; object; object = next) {
                next = object->next;
                object_free(object);
        }
        intake->pending = NULL;
        intake->pending_end = &intake->pending;
}

void intake_deinit(struct intake *intake) {
        intake_drop_pending(intake);
}

static void intake_changed(struct intake *intake, const struct object *old,
                           const struct object *new, bool initial) {
        const struct informer_change change = { .old = old, .new = new, .initial = initial };

        if (intake->options->on_change)
                intake->options->on_change(intake->options->ctx, &change);
}

static void intake_unreadable(struct intake *intake, const struct decoder_item *item,
                              const struct err *why) {
        struct decoder_item report = *item;

        intake->counters->unreadable++;
        report.readable = false;
        report.json = BYTES_NULL;
        report.error = *why;
        if (intake->options->on_unreadable)
                intake->options->on_unreadable(intake->options->ctx, &report);
}

static bool intake_is_ours(const struct intake *intake, const struct object *object) {
        const char *ours = intake->options->namespace_;

        return !ours || (object->meta->namespace_ && strcmp(object->meta->namespace_, ours) == 0);
}

static int intake_decode(const struct intake *intake, const struct decoder_item *item,
                         struct object **ret_object, struct err *err) {
        const struct informer_options *options = intake->options;
        JSON_CLEANUP struct json *json = NULL;
        struct object *object;

        if (!item->readable) {
                *err = item->error;
                return -1;
        }
        if (json_parse(item->json, &JSON_LIMITS_OBJECT, &json, err) < 0)
                return -1;
        if (object_new(json, options->decode, store_index(options->store), &object, err) < 0)
                return -1;
        if (!intake_is_ours(intake, object)) {
                object_free(object);
                return err_set(err, ERR_PROTOCOL, "object of another namespace");
        }
        *ret_object = object;
        return 0;
}

/*
 * The cached object that an item is about, by the name found lexically, or NULL. *ret_known says
 * whether the item could be told at all.
 */
static struct object *intake_find(const struct intake *intake, const struct decoder_item *item,
                                  bool *ret_known) {
        STRBUF_CLEANUP struct strbuf key = STRBUF_INIT(KEY_MAX);
        struct bytes namespace_ = item->namespace_;
        struct object *cached;

        *ret_known = false;
        if (item->name.len == 0)
                return NULL;
        if (namespace_.len == 0)
                namespace_ = bytes_of(intake->options->namespace_);
        if (namespace_.len > 0) {
                strbuf_append(&key, namespace_);
                strbuf_append_char(&key, '/');
        }
        strbuf_append(&key, item->name);
        if (!strbuf_ok(&key))
                return NULL;
        cached = store_get_mut(intake->options->store, strbuf_str(&key));
        *ret_known = cached || namespace_.len > 0;
        return cached;
}

static bool object_is_same(const struct object *a, const struct object *b) {
        return strcmp(a->meta->uid, b->meta->uid) == 0;
}

static bool object_is_same_version(const struct object *cached, const struct object *object) {
        return !cached->unreadable && object_is_same(cached, object) &&
               strcmp(cached->meta->resource_version, object->meta->resource_version) == 0;
}

static bool is_decimal(struct bytes text) {
        for (size_t i = 0; i < text.len; i++)
                if (text.ptr[i] < '0' || text.ptr[i] > '9')
                        return false;
        return text.len > 0 && text.ptr[0] != '0';
}

/* Only decimal versions can be compared (KEP-5504); what can't is taken as it comes. */
static bool object_is_newer(const struct object *cached, const struct decoder_item *item) {
        struct bytes a = bytes_of(cached->meta->resource_version), b = item->resource_version;

        if (!is_decimal(a) || !is_decimal(b))
                return false;
        return resource_version_compare(a, b) > 0;
}

static void intake_remove(struct intake *intake, const char *key, bool initial) {
        struct object *object = store_take(intake->options->store, key);

        intake_changed(intake, object, NULL, initial);
        object_free(object);
}

/* Takes object. */
static void intake_put(struct intake *intake, struct object *object, bool initial) {
        struct store *store = intake->options->store;
        const struct object *cached = store_get(store, object->key);
        struct object *former;

        if (cached && object_is_same_version(cached, object)) {
                object_free(object);
                return;
        }
        if (cached && !object_is_same(cached, object)) /* deleted and created again unseen */
                intake_remove(intake, object->key, initial);
        former = store_exchange(store, object);
        intake_changed(intake, former, object, initial);
        object_free(former);
}

void intake_list_begin(struct intake *intake) {
        intake_drop_pending(intake);
        intake->list++;
        intake->blind = false;
}

void intake_list_item(struct intake *intake, const struct decoder_item *item) {
        struct object *object, *cached;
        struct err err;
        bool known;

        if (intake_decode(intake, item, &object, &err) < 0) {
                cached = intake_find(intake, item, &known);
                if (!known)
                        intake->blind = true;
                if (cached) {
                        cached->mark = intake->list;
                        cached->unreadable = true;
                }
                intake_unreadable(intake, item, &err);
                return;
        }
        cached = store_get_mut(intake->options->store, object->key);
        if (cached)
                cached->mark = intake->list;
        if (cached && object_is_same_version(cached, object)) {
                object_free(object);
                return;
        }
        *intake->pending_end = object;
        intake->pending_end = &object->next;
}

static bool intake_is_missing(const struct intake *intake, const struct object *object) {
        return object->mark != intake->list && intake_is_ours(intake, object);
}

static void intake_remove_missing(struct intake *intake) {
        const struct store *store = intake->options->store;
        const struct object *object;
        const char **keys;
        size_t n = 0, cursor;

        for (cursor = 0; store_next(store, &cursor, &object);)
                n += intake_is_missing(intake, object);
        if (n == 0)
                return;
        keys = calloc(n, sizeof(*keys)); /* the store must not change while it is walked */
        n = 0;
        for (cursor = 0; store_next(store, &cursor, &object);)
                if (intake_is_missing(intake, object))
                        keys[n++] = object->key;
        for (size_t i = 0; i < n; i++)
                intake_remove(intake, keys[i], true);
        free(keys);
}

void intake_list_end(struct intake *intake) {
        struct object *object = intake->pending, *next;

        if (!intake->blind)
                intake_remove_missing(intake);
        intake->pending = NULL;
        intake->pending_end = &intake->pending;
        for (; object; object = next) {
                next = object->next;
                intake_put(intake, object, true);
        }
}

static int intake_deleted(struct intake *intake, const struct decoder_item *item, struct err *err) {
        bool known;
        struct object *cached = intake_find(intake, item, &known);

        if (!known)
                return err_set(err, ERR_INVALID, "DELETED event without a name");
        if (cached && !object_is_newer(cached, item))
                intake_remove(intake, cached->key, false);
        return 0;
}

int intake_event(struct intake *intake, const struct decoder_item *item, struct err *err) {
        struct object *object, *cached;
        struct err why;
        bool known;

        intake->counters->events++;
        if (item->event == DECODER_DELETED)
                return intake_deleted(intake, item, err);
        cached = intake_find(intake, item, &known);
        if (cached && object_is_newer(cached, item))
                return 0;
        if (intake_decode(intake, item, &object, &why) < 0) {
                if (cached)
                        cached->unreadable = true;
                intake_unreadable(intake, item, &why);
                if (!known)
                        return err_set(err, ERR_INVALID, "unreadable event of an unknown object");
        } else {
                intake_put(intake, object, false);
        }
        return 0;
}
