/*
 * EndpointSlices: who answers behind a Service. Pods that its selector matches, with an address and
 * not ended, a hundred a slice; a pod that is being deleted, or not ready, is told as such.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "actors/actor.h"
#include "actors/keys.h"
#include "actors/owned.h"
#include "actors/pod_state.h"
#include "actors/selector_index.h"
#include "actors/writer.h"
#include "storage/selector.h"
#include "storage/storage.h"

enum { PER_SLICE = 100 };

#define LABEL_SERVICE    "kubernetes.io/service-name"
#define LABEL_MANAGED_BY "endpointslice.kubernetes.io/managed-by"
#define MANAGED_BY       "endpointslice-controller.k8s.io"

struct endpoints {
        struct writer writer;
        struct keys *keys;
        struct selector_index *selectors; /* of the Services */
        const struct kind *services, *slices, *pods;
};

struct pass {
        struct endpoints *endpoints;
        struct arena arena;
        const char *namespace_, *name;
        struct json *service;
        const struct selector *selector;
        struct json *ports;   /* of the slices; NULL until a pod has said which they are */
        struct json *members; /* an array of endpoints, in the order of their pods' names */
        size_t n_shared;      /* of them, how many are in a slice already */
        struct record **slices;
        size_t n_slices, cap;
};

static int64_t port_number(const struct json *pod, const struct json *port) {
        const struct json *target = json_get(port, "targetPort");
        const struct json *containers = json_get(json_get(pod, "spec"), "containers");

        if (json_kind(target) == JSON_INT)
                return json_as_int(target);
        if (json_kind(target) != JSON_STRING)
                return json_int_at(port, "port", 0);
        for (size_t i = 0; i < json_length(containers); i++) {
                const struct json *ports = json_get(json_at(containers, i), "ports");

                for (size_t k = 0; k < json_length(ports); k++)
                        if (strcmp(json_text_at(json_at(ports, k), "name"),
                                   json_as_string(target).ptr) == 0)
                                return json_int_at(json_at(ports, k), "containerPort", 0);
        }
        return 0;
}

static struct json *ports_of(const struct json *pod, const struct json *service) {
        const struct json *wanted = json_get(json_get(service, "spec"), "ports");
        struct json *ports = json_new_array();

        for (size_t i = 0; i < json_length(wanted); i++) {
                const struct json *port = json_at(wanted, i);
                const char *protocol = json_text_at(port, "protocol");
                int64_t number = port_number(pod, port);
                struct json *one;

                if (number == 0)
                        continue;
                one = json_new_object();
                json_set_str(one, "name", json_text_at(port, "name"));
                json_set_str(one, "protocol", *protocol ? protocol : "TCP");
                json_set_int(one, "port", number);
                json_append(ports, one);
        }
        return ports;
}

static struct json *endpoint_of(const struct json *pod, const struct json *service) {
        const struct json *meta = json_get(pod, "metadata");
        bool ready = pod_ready_since_ms(pod) > 0;
        bool anyhow = json_is_true_at(json_get(service, "spec"), "publishNotReadyAddresses");
        bool ending = json_get(meta, "deletionTimestamp") != NULL;
        struct json *endpoint = json_new_object(), *addresses = json_new_array();
        struct json *conditions = json_object_at(endpoint, "conditions"), *target;

        json_append(addresses, json_clone(json_get(json_get(pod, "status"), "podIP")));
        json_set(endpoint, "addresses", addresses);
        json_set_bool(conditions, "ready", anyhow || (ready && !ending));
        json_set_bool(conditions, "serving", ready);
        json_set_bool(conditions, "terminating", ending);
        json_set_str(endpoint, "nodeName", json_text_at(json_get(pod, "spec"), "nodeName"));
        target = json_object_at(endpoint, "targetRef");
        json_set_str(target, "kind", "Pod");
        json_set_str(target, "namespace", json_text_at(meta, "namespace"));
        json_set_str(target, "name", json_text_at(meta, "name"));
        json_set_str(target, "uid", json_text_at(meta, "uid"));
        return endpoint;
}

static bool add_pod(void *ctx, struct record *record) {
        struct pass *pass = ctx;
        JSON_CLEANUP struct json *pod = NULL;

        if (!selector_matches(pass->selector, record->labels))
                return true;
        pod = record_tree(record);
        if (pod_has_ended(pod) || !*json_text_at(json_get(pod, "status"), "podIP"))
                return true;
        if (!pass->ports)
                pass->ports = ports_of(pod, pass->service);
        json_append(pass->members, endpoint_of(pod, pass->service));
        return true;
}

static bool add_slice(void *ctx, struct record *record) {
        struct pass *pass = ctx;
        const char *service = record_label(record, LABEL_SERVICE);
        const char *manager = record_label(record, LABEL_MANAGED_BY);

        if (!service || strcmp(service, pass->name) != 0 || !manager ||
            strcmp(manager, MANAGED_BY) != 0 || record->deleting)
                return true;
        if (pass->n_slices == pass->cap) {
                size_t cap = pass->cap ? 2 * pass->cap : 8;
                struct record **grown = ARENA_NEW_ARRAY(&pass->arena, struct record *, cap);

                if (pass->n_slices > 0)
                        memcpy(grown, pass->slices, pass->n_slices * sizeof(struct record *));
                pass->slices = grown;
                pass->cap = cap;
        }
        pass->slices[pass->n_slices++] = record_ref(record);
        return true;
}

static bool is_all_shared(const struct pass *pass) {
        return pass->n_shared == json_length(pass->members);
}

/* The endpoints of the next slice. */
static struct json *next_share(struct pass *pass) {
        struct json *share = json_new_array();

        while (!is_all_shared(pass) && json_length(share) < PER_SLICE)
                json_append(share, json_take_at(pass->members, pass->n_shared++));
        return share;
}

static void create_slice(struct pass *pass) {
        const struct json *meta = json_get(pass->service, "metadata");
        struct json *slice = json_new_object(), *own = json_object_at(slice, "metadata");
        struct json *labels = json_object_at(own, "labels"), *owners = json_new_array();

        json_set_str(slice, "apiVersion", "discovery.k8s.io/v1");
        json_set_str(slice, "kind", "EndpointSlice");
        json_set_str(own, "generateName", arena_printf(&pass->arena, "%s-", pass->name));
        json_set_str(labels, LABEL_MANAGED_BY, MANAGED_BY);
        json_set_str(labels, LABEL_SERVICE, pass->name);
        json_append(owners,
                    owned_reference("v1", "Service", pass->name, json_text_at(meta, "uid")));
        json_set(own, "ownerReferences", owners);
        json_set_str(slice, "addressType", "IPv4");
        json_set(slice, "endpoints", next_share(pass));
        json_set(slice, "ports", pass->ports ? json_clone(pass->ports) : json_new_array());
        writer_create(&pass->endpoints->writer, pass->endpoints->slices, pass->namespace_, slice);
}

static void change_slice(struct pass *pass, const struct record *record) {
        struct json *patch = json_new_object();

        json_set(patch, "endpoints", next_share(pass));
        json_set(patch, "ports", pass->ports ? json_clone(pass->ports) : json_new_array());
        writer_patch(&pass->endpoints->writer, pass->endpoints->slices, pass->namespace_,
                     record->name, PART_OBJECT, patch);
}

/* A Service without endpoints has one empty slice. */
static void write_slices(struct pass *pass) {
        for (size_t i = 0; i < pass->n_slices; i++) {
                const struct record *record = pass->slices[i];

                if (i == 0 || !is_all_shared(pass))
                        change_slice(pass, record);
                else
                        writer_delete(&pass->endpoints->writer, pass->endpoints->slices,
                                      pass->namespace_, record->name, record->uid);
        }
        if (pass->n_slices == 0)
                create_slice(pass);
        while (!is_all_shared(pass))
                create_slice(pass);
}

static void look(void *ctx, const char *namespace_, const char *name) {
        struct endpoints *endpoints = ctx;
        struct record *record = collection_get(endpoints->services->objects, namespace_, name);
        struct pass pass = {
                .endpoints = endpoints,
                .arena = ARENA_INIT,
                .namespace_ = namespace_,
                .name = name,
                .members = json_new_array(),
        };

        if (record && !record->deleting) {
                pass.service = record_tree(record);
                pass.selector =
                        selector_of_map(json_get(json_get(pass.service, "spec"), "selector"),
                                        &pass.arena);
        }
        if (json_length(json_get(json_get(pass.service, "spec"), "selector")) > 0) {
                collection_walk(endpoints->pods->objects, namespace_, namespace_, "", add_pod,
                                &pass);
                collection_walk(endpoints->slices->objects, namespace_, namespace_, "", add_slice,
                                &pass);
                write_slices(&pass);
        }
        for (size_t i = 0; i < pass.n_slices; i++)
                record_unref(pass.slices[i]);
        json_free(pass.members);
        json_free(pass.ports);
        json_free(pass.service);
        arena_deinit(&pass.arena);
}

/* --- what wakes it ---------------------------------------------------------------------------- */

static bool learn_service(void *ctx, struct record *record) {
        struct endpoints *endpoints = ctx;
        JSON_CLEANUP struct json *tree = record_tree(record);
        const struct json *selector = json_get(json_get(tree, "spec"), "selector");

        if (json_length(selector) > 0)
                selector_index_put(endpoints->selectors, record->namespace_, record->name,
                                   selector);
        else
                selector_index_remove(endpoints->selectors, record->namespace_, record->name);
        keys_add(endpoints->keys, record->namespace_, record->name, 0);
        return true;
}

static void note(void *ctx, const char *namespace_, const char *name) {
        struct endpoints *endpoints = ctx;

        keys_add(endpoints->keys, namespace_, name, 0);
}

static void note_services(struct endpoints *endpoints, const struct record *pod) {
        selector_index_walk(endpoints->selectors, pod->namespace_, pod->labels, note, endpoints);
}

static void on_change(void *ctx, const struct change *change) {
        struct endpoints *endpoints = ctx;
        const struct kind *kind = collection_owner(change->collection);
        struct record *record = change->record;

        if (kind == endpoints->services && change->type == CHANGE_DELETED) {
                selector_index_remove(endpoints->selectors, record->namespace_, record->name);
        } else if (kind == endpoints->services) {
                learn_service(endpoints, record);
        } else if (kind == endpoints->slices && record_label(record, LABEL_SERVICE)) {
                note(endpoints, record->namespace_, record_label(record, LABEL_SERVICE));
        } else if (kind == endpoints->pods) {
                note_services(endpoints, record);
                if (change->before)
                        note_services(endpoints, change->before);
        }
}

static void *start(struct sim *sim) {
        struct endpoints *endpoints = calloc(1, sizeof(*endpoints));
        uint64_t seed[2];

        assert(endpoints);
        endpoints->writer = (struct writer){ .sim = sim, .manager = ENDPOINTS.name };
        endpoints->keys = keys_new(sim->agenda, look, endpoints);
        endpoints->services = kinds_find(sim->kinds, "", "v1", "services");
        endpoints->slices = kinds_find(sim->kinds, "discovery.k8s.io", "v1", "endpointslices");
        endpoints->pods = kinds_find(sim->kinds, "", "v1", "pods");
        storage_listen(sim->storage, (struct listener){ .fn = on_change, .ctx = endpoints });
        agenda_random(sim->agenda, seed, sizeof(seed));
        endpoints->selectors = selector_index_new(seed);
        collection_walk(endpoints->services->objects, "", "", "", learn_service, endpoints);
        return endpoints;
}

static void stop(void *actor) {
        struct endpoints *endpoints = actor;

        storage_unlisten(endpoints->writer.sim->storage,
                         (struct listener){ .fn = on_change, .ctx = endpoints });
        keys_free(endpoints->keys);
        selector_index_free(endpoints->selectors);
        free(endpoints);
}

const struct actor_type ENDPOINTS = {
        .name = "endpointslice-controller",
        .start = start,
        .stop = stop,
};
