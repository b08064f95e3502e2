#include "intake.h"

#include <stdlib.h>
#include <string.h>

/* A version of an object that could not be read. */
struct unread {
        uint32_t list;       /* the last one that named it, or that came before its event */
        const char *version; /* "" = not even that */
        bool listed;         /* a list said so too: the object is like that, not the event */
        char key[];          /* then the version */
};

void intake_init(struct intake *intake, const struct informer_options *options,
                 struct informer_counters *counters) {
        *intake = (struct intake){ .options = options, .counters = counters };
        intake->pending_end = &intake->pending;
        map_init(&intake->unread, options->seed);
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
        const char *key;
        size_t cursor = 0;
        void *unread;

        intake_drop_pending(intake);
        while (map_next(&intake->unread, &cursor, &key, &unread))
                free(unread);
        map_deinit(&intake->unread);
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

bool intake_is_ours(const struct intake *intake, const struct object *object) {
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

bool intake_key(const struct intake *intake, const struct decoder_item *item,
                struct strbuf *ret_key) {
        struct bytes namespace_ = item->namespace_;

        strbuf_clear(ret_key);
        if (item->name.len == 0 || memchr(item->name.ptr, '\0', item->name.len))
                return false;
        if (namespace_.len == 0)
                namespace_ = bytes_of(intake->options->namespace_);
        if (namespace_.len > 0) {
                strbuf_append(ret_key, namespace_);
                strbuf_append_char(ret_key, '/');
        }
        strbuf_append(ret_key, item->name);
        return strbuf_ok(ret_key) &&
               (namespace_.len > 0 || store_get(intake->options->store, strbuf_str(ret_key)));
}

/* The cached object that an item is about, or NULL; key as of intake_key, "" when it can't tell. */
static struct object *intake_find(const struct intake *intake, const struct decoder_item *item,
                                  struct strbuf *ret_key) {
        if (!intake_key(intake, item, ret_key)) {
                strbuf_clear(ret_key);
                return NULL;
        }
        return store_get_mut(intake->options->store, strbuf_str(ret_key));
}

static void intake_read(struct intake *intake, const char *key) {
        free(map_remove(&intake->unread, key));
}

static void intake_not_read(struct intake *intake, const char *key, const struct decoder_item *item,
                            bool listed) {
        size_t key_size = strlen(key) + 1, len = item->resource_version.len;
        struct unread *unread = calloc(1, sizeof(*unread) + key_size + len + 1);

        memcpy(unread->key, key, key_size);
        if (len > 0)
                memcpy(unread->key + key_size, item->resource_version.ptr, len);
        unread->version = unread->key + key_size;
        unread->list = intake->list;
        unread->listed = listed;
        free(map_put(&intake->unread, unread->key, unread));
}

static bool object_is_same(const struct object *a, const struct object *b) {
        return strcmp(a->meta->uid, b->meta->uid) == 0;
}

static bool object_is_same_version(const struct object *cached, const struct object *object) {
        return !cached->unreadable && object_is_same(cached, object) &&
               strcmp(cached->meta->resource_version, object->meta->resource_version) == 0;
}

static bool object_is_newer(const struct object *cached, const struct decoder_item *item) {
        return resource_version_is_older(item->resource_version,
                                         bytes_of(cached->meta->resource_version));
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

        intake_read(intake, object->key);
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
        STRBUF_CLEANUP struct strbuf key = STRBUF_INIT(INTAKE_KEY_MAX);
        struct object *object, *cached;
        struct err err;

        if (intake_decode(intake, item, &object, &err) < 0) {
                cached = intake_find(intake, item, &key);
                if (key.len == 0)
                        intake->blind = true;
                else
                        intake_not_read(intake, strbuf_str(&key), item, true);
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

/* What the list under way has said of an object so far does not count. Was there anything? */
static bool intake_list_forget(struct intake *intake, const char *key) {
        struct object *cached = store_get_mut(intake->options->store, key), *object, **link;
        bool found = cached && cached->mark == intake->list;

        for (link = &intake->pending; (object = *link);) {
                if (strcmp(object->key, key) == 0) {
                        *link = object->next;
                        object_free(object);
                        found = true;
                } else {
                        link = &object->next;
                }
        }
        intake->pending_end = link;
        if (cached && cached->mark == intake->list)
                cached->mark--;
        return found;
}

int intake_list_event(struct intake *intake, const struct decoder_item *item, struct err *err) {
        STRBUF_CLEANUP struct strbuf key = STRBUF_INIT(INTAKE_KEY_MAX);
        bool known, found;

        if (item->event == DECODER_ADDED) {
                intake_list_item(intake, item);
                return 0;
        }
        known = intake_key(intake, item, &key);
        found = strbuf_ok(&key) && key.len > 0 && intake_list_forget(intake, strbuf_str(&key));
        if (item->event != DECODER_DELETED) {
                intake_list_item(intake, item);
                return 0;
        }
        if (!known && !found)
                return err_set(err, ERR_PROTOCOL, "DELETED event of an unknown object");
        intake_read(intake, strbuf_str(&key));
        return 0;
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

/* Versions that can't be read of objects that are not there any more. */
static void intake_forget_unread(struct intake *intake) {
        struct map unread;
        const char *key;
        size_t cursor = 0;
        void *value;

        map_init(&unread, intake->options->seed);
        while (map_next(&intake->unread, &cursor, &key, &value)) {
                const struct unread *version = value;

                if (version->list == intake->list)
                        map_put(&unread, key, value);
                else
                        free(value);
        }
        map_deinit(&intake->unread);
        intake->unread = unread;
}

void intake_list_end(struct intake *intake) {
        struct object *object = intake->pending, *next;

        if (!intake->blind) {
                intake_remove_missing(intake);
                intake_forget_unread(intake);
        }
        intake->pending = NULL;
        intake->pending_end = &intake->pending;
        for (; object; object = next) {
                next = object->next;
                intake_put(intake, object, true);
        }
}

static int intake_deleted(struct intake *intake, const struct decoder_item *item, struct err *err) {
        STRBUF_CLEANUP struct strbuf key = STRBUF_INIT(INTAKE_KEY_MAX);
        struct object *cached = intake_find(intake, item, &key);

        if (key.len == 0)
                return err_set(err, ERR_INVALID, "DELETED event without a name");
        if (cached && object_is_newer(cached, item))
                return 0;
        intake_read(intake, strbuf_str(&key));
        if (cached)
                intake_remove(intake, cached->key, false);
        return 0;
}

int intake_event(struct intake *intake, const struct decoder_item *item, bool is_old,
                 struct err *err) {
        STRBUF_CLEANUP struct strbuf key = STRBUF_INIT(INTAKE_KEY_MAX);
        struct object *object, *cached;
        struct err why;

        intake->counters->events++;
        if (item->event == DECODER_DELETED)
                return intake_deleted(intake, item, err);
        cached = intake_find(intake, item, &key);
        if (cached ? object_is_newer(cached, item) : is_old && key.len > 0)
                return 0;
        if (intake_decode(intake, item, &object, &why) < 0) {
                if (cached)
                        cached->unreadable = true;
                if (key.len > 0)
                        intake_not_read(intake, strbuf_str(&key), item, false);
                intake_unreadable(intake, item, &why);
                if (key.len == 0)
                        return err_set(err, ERR_INVALID, "unreadable event of an unknown object");
        } else {
                intake_put(intake, object, false);
        }
        return 0;
}

bool intake_knows(const struct intake *intake, const char *key, const struct decoder_item *item) {
        const struct object *cached = store_get(intake->options->store, key);
        const struct unread *unread = map_get(&intake->unread, key);

        if (unread)
                return unread->listed &&
                       (!*unread->version || bytes_is(item->resource_version, unread->version));
        return cached && bytes_is(item->uid, cached->meta->uid) &&
               bytes_is(item->resource_version, cached->meta->resource_version);
}

uint32_t intake_next_mark(struct intake *intake) {
        return ++intake->list;
}
