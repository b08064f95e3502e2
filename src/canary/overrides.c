#include "overrides.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "env.h"
#include "labels.h"
#include "llc/api/resource.h"
#include "llc/base/map.h"
#include "llc/base/strbuf.h"
#include "quantity.h"

/* Public and fixed for ever: another seed would replace every canary pod on upgrade. */
static const uint64_t SPEC_SEED[2] = { 0x6f76657272696465, 0x732d6f662d6c6c63 };

/* The members of spec that change the pod, in the order in which they are hashed. */
static const char *const OVERRIDE_MEMBERS[] = { "image", "containers", "podMetadata" };

enum {
        HASHED_MAX = 4 << 20,
        IMAGES_MAX = 32 << 10,
        NAMES_MAX = 200, /* of container names, in a message */
};

static int container_by_name(const void *a, const void *b) {
        const struct llc_container *left = a, *right = b;

        return strcmp(left->name, right->name);
}

/* The containers are a map by name: their order means nothing. */
static struct llc_spec with_sorted_containers(const struct llc_spec *spec, struct arena *arena) {
        struct llc_container *sorted =
                ARENA_NEW_ARRAY(arena, struct llc_container, spec->n_containers);
        struct llc_spec copy = *spec;

        if (spec->n_containers == 0)
                return copy;
        memcpy(sorted, spec->containers, spec->n_containers * sizeof(*sorted));
        qsort(sorted, spec->n_containers, sizeof(*sorted), container_by_name);
        copy.containers = sorted;
        return copy;
}

/* What says nothing is left out: {name: app, resources: {}} changes as little as {}. */
static struct json *said_by_container(const struct json *container) {
        struct json *said = json_clone(container);

        if (json_length(json_get(said, "resources")) == 0)
                json_remove(said, "resources");
        if (json_length(said) > 1)
                return said;
        json_free(said);
        return NULL;
}

static struct json *said_by_containers(const struct json *containers) {
        struct json *all = json_new_array();

        for (size_t i = 0; i < json_length(containers); i++) {
                struct json *said = said_by_container(json_at(containers, i));

                if (said)
                        json_append(all, said);
        }
        return all;
}

const char *overrides_hash(const struct llc_spec *spec, struct arena *arena) {
        STRBUF_CLEANUP struct strbuf text = STRBUF_INIT(HASHED_MAX);
        const struct llc_spec sorted = with_sorted_containers(spec, arena);
        JSON_CLEANUP struct json *encoded = desc_encode(&llc_spec_type, &sorted);
        JSON_CLEANUP struct json *overrides = json_new_object();

        json_set(encoded, "containers", said_by_containers(json_get(encoded, "containers")));
        for (size_t i = 0; i < sizeof(OVERRIDE_MEMBERS) / sizeof(OVERRIDE_MEMBERS[0]); i++) {
                const char *key = OVERRIDE_MEMBERS[i];
                const struct json *value = json_get(encoded, key);

                if (json_kind(value) == JSON_STRING || json_length(value) > 0)
                        json_set(overrides, key, json_clone(value));
        }
        json_write(overrides, &text);
        return arena_printf(arena, "%016" PRIx64, siphash13(text.data, text.len, SPEC_SEED));
}

const char *overrides_image(const struct llc_spec *spec, struct arena *arena) {
        STRBUF_CLEANUP struct strbuf images = STRBUF_INIT(IMAGES_MAX);

        if (spec->image)
                strbuf_puts(&images, spec->image);
        for (size_t i = 0; i < spec->n_containers; i++) {
                if (!spec->containers[i].image)
                        continue;
                strbuf_printf(&images, "%s%s", images.len > 0 ? "," : "",
                              spec->containers[i].image);
        }
        return images.len > 0 ? arena_strdup(arena, strbuf_str(&images)) : NULL;
}

static bool container_is_named(const struct json *container, const char *name) {
        const struct json *value = json_get(container, "name");

        return json_kind(value) == JSON_STRING && bytes_is(json_as_string(value), name);
}

static struct json *container_find(struct json *pod_spec, const char *name) {
        static const char *const lists[] = { "containers", "initContainers" };

        for (size_t l = 0; l < 2; l++) {
                struct json *list = json_get_mut(pod_spec, lists[l]);

                for (size_t i = 0; i < json_length(list); i++)
                        if (container_is_named(json_at(list, i), name))
                                return json_at_mut(list, i);
        }
        return NULL;
}

static void list_container_names(const struct json *containers, struct strbuf *out) {
        for (size_t i = 0; i < json_length(containers); i++) {
                const struct json *name = json_get(json_at(containers, i), "name");

                if (json_kind(name) != JSON_STRING)
                        continue;
                if (out->len > 0)
                        strbuf_puts(out, ", ");
                strbuf_append(out, json_as_string(name));
        }
}

static int apply_image(const char *image, struct json *pod_spec, struct err *err) {
        struct json *containers = json_get_mut(pod_spec, "containers");

        if (json_length(containers) != 1) {
                STRBUF_CLEANUP struct strbuf names = STRBUF_INIT(NAMES_MAX);

                list_container_names(containers, &names);
                return err_set(err, ERR_INVALID,
                               "spec.image: the template has %zu containers (%s); say which one "
                               "under spec.containers",
                               json_length(containers), strbuf_str(&names));
        }
        json_set_str(json_at_mut(containers, 0), "image", image);
        return 0;
}

/* A template that the API server has not checked may hold anything under the key. */
static struct json *object_member(struct json *object, const char *key) {
        if (json_kind(json_get(object, key)) != JSON_OBJECT)
                json_set(object, key, json_new_object());
        return json_get_mut(object, key);
}

static void merge_resources(struct json *container, const struct json *resources) {
        const struct json *amounts, *amount;
        void *list_cursor = NULL;
        const char *list, *name;

        while (json_next(resources, &list_cursor, &list, &amounts)) {
                struct json *present = object_member(object_member(container, "resources"), list);
                void *cursor = NULL;

                while (json_next(amounts, &cursor, &name, &amount))
                        json_set(present, name, json_clone(amount));
        }
}

/* Members not named here replace the template's: image, command, args, envFrom, … */
static const struct {
        const char *key;
        void (*merge)(struct json *container, const struct json *value);
} MERGED_MEMBERS[] = {
        { "env", env_merge },
        { "resources", merge_resources },
};

static void apply_member(struct json *container, const char *key, const struct json *value) {
        for (size_t i = 0; i < sizeof(MERGED_MEMBERS) / sizeof(MERGED_MEMBERS[0]); i++) {
                if (strcmp(key, MERGED_MEMBERS[i].key) == 0) {
                        MERGED_MEMBERS[i].merge(container, value);
                        return;
                }
        }
        json_set(container, key, json_clone(value));
}

static const struct json *amount_of(const struct json *container, const char *list,
                                    const char *name) {
        return json_get(json_get(json_get(container, "resources"), list), name);
}

/* What is no amount, the server refuses. */
static bool is_above(const struct json *request, const struct json *limit) {
        __int128 requested, allowed;

        return quantity_parse(request, &requested) && quantity_parse(limit, &allowed) &&
               requested > allowed;
}

/* "500m"; 2 is an amount too. */
static const char *amount_text(const struct json *amount, struct strbuf *out) {
        if (json_kind(amount) == JSON_STRING)
                strbuf_append(out, json_as_string(amount));
        else
                json_write(amount, out);
        return strbuf_str(out);
}

static int fail_amount(size_t index, const char *list, const char *name, const struct json *amount,
                       const char *relation, const struct json *other, struct err *err) {
        STRBUF_CLEANUP struct strbuf text = STRBUF_INIT(NAMES_MAX);
        STRBUF_CLEANUP struct strbuf other_text = STRBUF_INIT(NAMES_MAX);

        return err_set(err, ERR_INVALID,
                       "spec.containers[%zu].resources.%s[\"%s\"]: %s is %s of %s", index, list,
                       name, amount_text(amount, &text), relation, amount_text(other, &other_text));
}

/*
 * The one mistake that takes the template to be seen: running pods would be deleted for new ones
 * that no server accepts.
 */
static int check_resources(const struct json *container, const struct json *override, size_t index,
                           struct err *err) {
        const struct json *request;
        void *cursor = NULL;
        const char *name;

        while (json_next(json_get(json_get(container, "resources"), "requests"), &cursor, &name,
                         &request)) {
                const struct json *limit = amount_of(container, "limits", name);

                if (!is_above(request, limit))
                        continue;
                if (amount_of(override, "requests", name))
                        return fail_amount(index, "requests", name, request, "above the limit",
                                           limit, err);
                if (amount_of(override, "limits", name))
                        return fail_amount(index, "limits", name, limit, "below the request",
                                           request, err);
        }
        return 0;
}

static int apply_container(const struct json *override, const char *name, size_t index,
                           struct json *pod_spec, struct err *err) {
        struct json *container = container_find(pod_spec, name);
        const struct json *value;
        void *cursor = NULL;
        const char *key;

        if (!container) {
                STRBUF_CLEANUP struct strbuf names = STRBUF_INIT(NAMES_MAX);

                list_container_names(json_get(pod_spec, "containers"), &names);
                list_container_names(json_get(pod_spec, "initContainers"), &names);
                return err_set(err, ERR_INVALID,
                               "spec.containers[%zu].name: the template has no container \"%s\", "
                               "only %s",
                               index, name, strbuf_str(&names));
        }
        while (json_next(override, &cursor, &key, &value))
                apply_member(container, key, value);
        return check_resources(container, override, index, err);
}

int overrides_apply(const struct llc_spec *spec, struct json *pod_spec, struct err *err) {
        JSON_CLEANUP struct json *encoded = desc_encode(&llc_spec_type, spec);
        const struct json *containers = json_get(encoded, "containers");

        if (spec->image && apply_image(spec->image, pod_spec, err) < 0)
                return -1;
        for (size_t i = 0; i < spec->n_containers; i++)
                if (apply_container(json_at(containers, i), spec->containers[i].name, i, pod_spec,
                                    err) < 0)
                        return -1;
        return 0;
}

static int apply_pairs(const char *member, const struct str_pair *pairs, size_t n,
                       struct json *meta, struct err *err) {
        for (size_t i = 0; i < n; i++) {
                const char *key = pairs[i].key;

                if (strcmp(key, LABEL_HASH) == 0)
                        return err_set(err, ERR_INVALID,
                                       "spec.podMetadata.%s[\"%s\"]: the hash is the stable "
                                       "ReplicaSet's, it cannot be set",
                                       member, key);
                if (label_is_ours(key))
                        return err_set(err, ERR_INVALID,
                                       "spec.podMetadata.%s[\"%s\"]: " LABEL_OURS_PREFIX
                                       " is the controller's own prefix",
                                       member, key);
                json_set_str(object_member(meta, member), key, pairs[i].value);
        }
        return 0;
}

int overrides_apply_metadata(const struct llc_spec *spec, struct json *meta, struct err *err) {
        const struct llc_pod_metadata *add = spec->pod_metadata;

        if (!add)
                return 0;
        if (apply_pairs("labels", add->labels, add->n_labels, meta, err) < 0)
                return -1;
        return apply_pairs("annotations", add->annotations, add->n_annotations, meta, err);
}
