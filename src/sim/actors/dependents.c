#include "actors/dependents.h"

#include <stdlib.h>
#include <string.h>

#include "llc/base/map.h"

struct entry;

/* A dependent in the list of one of its owners. */
struct link {
        struct entry *entry;
        struct owner *owner;
        struct link *previous, *next;
        bool blocks;
};

struct entry {
        struct dependent dependent;
        size_t n_links;
        struct link links[];
};

struct owner {
        struct link *first;
        char uid[];
};

struct dependents {
        struct map entries; /* UID, in the record → struct entry */
        struct map owners;  /* UID → struct owner with at least one link */
};

struct dependents *dependents_new(const uint64_t seed[2]) {
        struct dependents *dependents = malloc(sizeof(*dependents));

        if (!dependents)
                abort();
        map_init(&dependents->entries, seed);
        map_init(&dependents->owners, seed);
        return dependents;
}

static void link_in(struct dependents *dependents, struct link *link, const char *uid) {
        struct owner *owner = map_get(&dependents->owners, uid);

        if (!owner) {
                size_t bytes = strlen(uid) + 1;

                owner = malloc(sizeof(*owner) + bytes);
                if (!owner)
                        abort();
                owner->first = NULL;
                memcpy(owner->uid, uid, bytes);
                map_put(&dependents->owners, owner->uid, owner);
        }
        link->owner = owner;
        link->previous = NULL;
        link->next = owner->first;
        if (link->next)
                link->next->previous = link;
        owner->first = link;
}

static void link_out(struct dependents *dependents, struct link *link) {
        if (link->next)
                link->next->previous = link->previous;
        if (link->previous)
                link->previous->next = link->next;
        else
                link->owner->first = link->next;
        if (!link->owner->first) {
                map_remove(&dependents->owners, link->owner->uid);
                free(link->owner);
        }
}

static void entry_free(struct dependents *dependents, struct entry *entry) {
        for (size_t i = 0; i < entry->n_links; i++)
                link_out(dependents, &entry->links[i]);
        record_unref(entry->dependent.record);
        free(entry);
}

void dependents_free(struct dependents *dependents) {
        size_t cursor = 0;
        const char *uid;
        void *entry;

        if (!dependents)
                return;
        while (map_next(&dependents->entries, &cursor, &uid, &entry))
                entry_free(dependents, entry);
        map_deinit(&dependents->entries);
        map_deinit(&dependents->owners);
        free(dependents);
}

static size_t owners_count(const struct record *record) {
        const char *cursor = record->owners;
        unsigned flags;
        size_t n = 0;

        while (owners_next(&cursor, &flags))
                n++;
        return n;
}

static bool same_owners(const struct record *a, const struct record *b) {
        const char *x = a->owners, *y = b->owners;

        for (; *x && strcmp(x, y) == 0; x += strlen(x) + 1)
                y += strlen(y) + 1;
        return *x == '\0' && *y == '\0';
}

static void entry_new(struct dependents *dependents, const struct kind *kind, struct record *record,
                      size_t n_links) {
        struct entry *entry = malloc(sizeof(*entry) + n_links * sizeof(entry->links[0]));
        const char *cursor = record->owners;
        unsigned flags;

        if (!entry)
                abort();
        entry->dependent = (struct dependent){ .record = record_ref(record), .kind = kind };
        entry->n_links = n_links;
        for (size_t i = 0; i < n_links; i++) {
                const char *uid = owners_next(&cursor, &flags);

                entry->links[i].entry = entry;
                entry->links[i].blocks = (flags & OWNER_BLOCKS) != 0;
                link_in(dependents, &entry->links[i], uid);
        }
        map_put(&dependents->entries, record->uid, entry);
}

void dependents_put(struct dependents *dependents, const struct kind *kind, struct record *record) {
        struct entry *entry = map_get(&dependents->entries, record->uid);
        bool waits = record->deleting && (record->orphan || record->foreground);
        size_t n_links = owners_count(record);

        if (entry && same_owners(entry->dependent.record, record) && (n_links > 0 || waits)) {
                struct record *former = entry->dependent.record;

                entry->dependent.record = record_ref(record);
                map_put(&dependents->entries, record->uid, entry); /* the key is the record's */
                record_unref(former);
                return;
        }
        dependents_remove(dependents, record->uid);
        if (n_links > 0 || waits)
                entry_new(dependents, kind, record, n_links);
}

void dependents_remove(struct dependents *dependents, const char *uid) {
        struct entry *entry = map_remove(&dependents->entries, uid);

        if (entry)
                entry_free(dependents, entry);
}

const struct dependent *dependents_get(const struct dependents *dependents, const char *uid) {
        struct entry *entry = map_get(&dependents->entries, uid);

        return entry ? &entry->dependent : NULL;
}

bool dependents_has(const struct dependents *dependents, const char *owner_uid) {
        return map_get(&dependents->owners, owner_uid) != NULL;
}

void dependents_walk(const struct dependents *dependents, const char *owner_uid, bool blocking,
                     bool (*fn)(void *ctx, const struct dependent *dependent), void *ctx) {
        const struct owner *owner = map_get(&dependents->owners, owner_uid);

        for (const struct link *link = owner ? owner->first : NULL; link; link = link->next)
                if ((link->blocks || !blocking) && !fn(ctx, &link->entry->dependent))
                        return;
}
