#include "overrides.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "llc/base/map.h"
#include "llc/base/strbuf.h"

/* Public and fixed for ever: another seed would replace every canary pod on upgrade. */
static const uint64_t SPEC_SEED[2] = { 0x6f76657272696465, 0x732d6f662d6c6c63 };

/* The members of spec that change the pod. replicas and rolloutRef don't. */
static const char *const OVERRIDE_MEMBERS[] = { "image", "containers" };

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

const char *overrides_hash(const struct llc_spec *spec, struct arena *arena) {
        STRBUF_CLEANUP struct strbuf text = STRBUF_INIT(HASHED_MAX);
        const struct llc_spec sorted = with_sorted_containers(spec, arena);
        JSON_CLEANUP struct json *encoded = desc_encode(&llc_spec_type, &sorted);
        JSON_CLEANUP struct json *overrides = json_new_object();

        for (size_t i = 0; i < sizeof(OVERRIDE_MEMBERS) / sizeof(OVERRIDE_MEMBERS[0]); i++) {
                const char *key = OVERRIDE_MEMBERS[i];

                if (json_get(encoded, key))
                        json_set(overrides, key, json_clone(json_get(encoded, key)));
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

static int apply_container(const struct llc_container *override, size_t index,
                           struct json *pod_spec, struct err *err) {
        struct json *container = container_find(pod_spec, override->name);

        if (!container) {
                STRBUF_CLEANUP struct strbuf names = STRBUF_INIT(NAMES_MAX);

                list_container_names(json_get(pod_spec, "containers"), &names);
                list_container_names(json_get(pod_spec, "initContainers"), &names);
                return err_set(err, ERR_INVALID,
                               "spec.containers[%zu].name: the template has no container \"%s\", "
                               "only %s",
                               index, override->name, strbuf_str(&names));
        }
        if (override->image)
                json_set_str(container, "image", override->image);
        return 0;
}

int overrides_apply(const struct llc_spec *spec, struct json *pod_spec, struct err *err) {
        if (spec->image && apply_image(spec->image, pod_spec, err) < 0)
                return -1;
        for (size_t i = 0; i < spec->n_containers; i++)
                if (apply_container(&spec->containers[i], i, pod_spec, err) < 0)
                        return -1;
        return 0;
}
