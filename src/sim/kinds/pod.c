/*
 * Pods: what the API server's defaults and its admission plugins add to one, and what may still be
 * changed once it is there.
 *
 * The volume with the token of its ServiceAccount (kube-api-access-*) is left out: nothing runs in a
 * pod that could read it, and 100,000 copies of it would be most of the memory.
 */
#include <stdio.h>
#include <string.h>

#include "kinds/hooks.h"
#include "kinds/member.h"
#include "kinds/pod_cells.h"
#include "kinds/pod_spec.h"
#include "kinds/quantity.h"
#include "kinds/syntax.h"

enum { DEADLINE_MAX = 2147483647, EVICTED_AFTER_S = 300 };

static const char *const SETS[] = { "initContainers", "containers" };

/* A limit without a request is the request as well. */
static void default_requests(struct json *container) {
        struct json *resources = member_object_mut(container, "resources"), *requests;
        const struct json *limits = member_object(resources, "limits"), *value;
        const char *name;
        void *cursor = NULL;

        if (!limits)
                return;
        requests = member_object_made(resources, "requests");
        while (requests && json_next(limits, &cursor, &name, &value))
                if (!json_has(requests, name))
                        json_set(requests, name, json_clone(value));
}

static void default_host_ports(struct json *container) {
        struct json *ports = member_array_mut(container, "ports");

        for (size_t i = 0; i < json_length(ports); i++) {
                struct json *port = json_at_mut(ports, i);

                if (json_int_at(port, "hostPort", 0) == 0 && json_int_at(port, "containerPort", 0))
                        json_set_int(port, "hostPort", json_int_at(port, "containerPort", 0));
        }
}

static void default_containers(struct json *spec) {
        for (size_t set = 0; set < sizeof(SETS) / sizeof(SETS[0]); set++) {
                struct json *containers = member_array_mut(spec, SETS[set]);

                for (size_t i = 0; i < json_length(containers); i++) {
                        default_requests(json_at_mut(containers, i));
                        if (json_is_true_at(spec, "hostNetwork"))
                                default_host_ports(json_at_mut(containers, i));
                }
        }
}

static bool tolerates(const struct json *tolerations, const char *key) {
        for (size_t i = 0; i < json_length(tolerations); i++) {
                const struct json *one = json_at(tolerations, i);
                const char *effect = json_text_at(one, "effect"), *its = json_text_at(one, "key");

                if ((!*its || strcmp(its, key) == 0) &&
                    (!*effect || strcmp(effect, "NoExecute") == 0))
                        return true;
        }
        return false;
}

/* For five minutes a pod stays on a node that is gone. */
static void default_tolerations(struct json *spec) {
        static const char *const keys[] = { "node.kubernetes.io/not-ready",
                                            "node.kubernetes.io/unreachable" };
        struct json *tolerations;

        if (!json_get(spec, "tolerations"))
                json_set(spec, "tolerations", json_new_array());
        tolerations = member_array_mut(spec, "tolerations");
        for (size_t i = 0; tolerations && i < sizeof(keys) / sizeof(keys[0]); i++) {
                struct json *one;

                if (tolerates(tolerations, keys[i]))
                        continue;
                one = json_new_object();
                json_set_str(one, "key", keys[i]);
                json_set_str(one, "operator", "Exists");
                json_set_str(one, "effect", "NoExecute");
                json_set_int(one, "tolerationSeconds", EVICTED_AFTER_S);
                json_append(tolerations, one);
        }
}

/* The two classes that every cluster has. False: there is no such class. */
static bool priority_of(const char *class, int64_t *ret_priority) {
        if (!*class)
                *ret_priority = 0;
        else if (strcmp(class, "system-cluster-critical") == 0)
                *ret_priority = 2000000000;
        else if (strcmp(class, "system-node-critical") == 0)
                *ret_priority = 2000001000;
        else
                return false;
        return true;
}

static void admit(struct json *spec) {
        int64_t priority;

        member_default(spec, "serviceAccountName", "default");
        if (*json_text_at(spec, "serviceAccountName"))
                json_set_str(spec, "serviceAccount", json_text_at(spec, "serviceAccountName"));
        default_tolerations(spec);
        if (!json_get(spec, "priority") &&
            priority_of(json_text_at(spec, "priorityClassName"), &priority))
                json_set_int(spec, "priority", priority);
        member_default(spec, "preemptionPolicy", "PreemptLowerPriority");
}

/* Whether one of the resources that quality of service looks at is given, and limit = request. */
static void look_at(const struct json *resources, const char *name, bool *given, bool *all_equal) {
        struct quantity limit, request;
        bool limited = quantity_parse(json_get(json_get(resources, "limits"), name), &limit) &&
                       limit.nano > 0;
        bool requested =
                quantity_parse(json_get(json_get(resources, "requests"), name), &request) &&
                request.nano > 0;

        *given = *given || limited || requested;
        if (!limited || !requested || quantity_compare(&limit, &request) != 0)
                *all_equal = false;
}

static const char *quality_of(const struct json *spec) {
        bool given = false, all_equal = true;

        for (size_t set = 0; set < sizeof(SETS) / sizeof(SETS[0]); set++) {
                const struct json *containers = member_array(spec, SETS[set]);

                for (size_t i = 0; i < json_length(containers); i++) {
                        const struct json *resources =
                                json_get(json_at(containers, i), "resources");

                        look_at(resources, "cpu", &given, &all_equal);
                        look_at(resources, "memory", &given, &all_equal);
                }
        }
        if (!given)
                return "BestEffort";
        return all_equal ? "Guaranteed" : "Burstable";
}

static void prepare(const struct kind *kind, struct json *object, const struct json *before,
                    enum part part, int64_t now_ms) {
        struct json *spec = member_object_mut(object, "spec"), *status;

        (void)kind;
        (void)now_ms;
        if (!spec || part == PART_STATUS)
                return;
        pod_spec_prepare(spec);
        if (!json_get(spec, "enableServiceLinks"))
                json_set_bool(spec, "enableServiceLinks", true);
        default_containers(spec);
        if (before)
                return;
        admit(spec);
        status = member_object_made(object, "status");
        json_set_str(status, "phase", "Pending");
        json_set_str(status, "qosClass", quality_of(spec));
}

/* Takes the image of each container, whatever else of it changed. */
static void take_images(struct json *spec, const struct json *old, const char *key) {
        struct json *containers = member_array_mut(spec, key);

        for (size_t i = 0; i < json_length(containers); i++) {
                const struct json *image = json_get(json_at(member_array(old, key), i), "image");

                if (image && json_kind(json_at(containers, i)) == JSON_OBJECT)
                        json_set(json_at_mut(containers, i), "image", json_clone(image));
        }
}

static void take_member(struct json *spec, const struct json *old, const char *key) {
        if (json_get(old, key))
                json_set(spec, key, json_clone(json_get(old, key)));
        else
                json_remove(spec, key);
}

static bool same_containers(const struct json *spec, const struct json *old, const char *key) {
        const struct json *now = member_array(spec, key), *had = member_array(old, key);

        if (json_length(now) != json_length(had))
                return false;
        for (size_t i = 0; i < json_length(now); i++)
                if (strcmp(json_text_at(json_at(now, i), "name"),
                           json_text_at(json_at(had, i), "name")) != 0)
                        return false;
        return true;
}

static void check_deadline(const struct json *spec, const struct json *old,
                           struct field_errors *errors) {
        const struct json *now = member_of_kind(spec, "activeDeadlineSeconds", JSON_INT);
        const struct json *had = member_of_kind(old, "activeDeadlineSeconds", JSON_INT);

        if (had && !now)
                field_error_add(errors, FIELD_ERROR_INVALID, "spec.activeDeadlineSeconds", NULL,
                                "%s", "null: must not update from a positive integer to nil value");
        else if (now && (json_as_int(now) < 0 || json_as_int(now) > DEADLINE_MAX))
                field_error_add(errors, FIELD_ERROR_INVALID, "spec.activeDeadlineSeconds", now,
                                "must be between 0 and %d, inclusive", DEADLINE_MAX);
        else if (now && had && json_as_int(had) < json_as_int(now))
                field_error_add(errors, FIELD_ERROR_INVALID, "spec.activeDeadlineSeconds", now,
                                "%s", "must be less than or equal to previous value");
}

/* The same but for how long it is tolerated; a gate has a name only. */
static bool same_item(const struct json *a, const struct json *b) {
        static const char *const keys[] = { "name", "key", "operator", "value", "effect" };

        for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
                if (strcmp(json_text_at(a, keys[i]), json_text_at(b, keys[i])) != 0)
                        return false;
        return true;
}

static bool contains(const struct json *list, const struct json *item) {
        for (size_t i = 0; i < json_length(list); i++)
                if (same_item(json_at(list, i), item))
                        return true;
        return false;
}

/* Every item of the first list is in the second. */
static bool all_in(const struct json *list, const struct json *other) {
        for (size_t i = 0; i < json_length(list); i++)
                if (!contains(other, json_at(list, i)))
                        return false;
        return true;
}

static void check_grown_or_shrunk(const struct json *spec, const struct json *old,
                                  struct field_errors *errors) {
        const struct json *gates = member_array(spec, "schedulingGates");

        if (!all_in(member_array(old, "tolerations"), member_array(spec, "tolerations")))
                field_error_add(errors, FIELD_ERROR_FORBIDDEN, "spec.tolerations", NULL, "%s",
                                "existing toleration can not be modified except its "
                                "tolerationSeconds");
        if (!all_in(gates, member_array(old, "schedulingGates")))
                field_error_add(errors, FIELD_ERROR_FORBIDDEN, "spec.schedulingGates", NULL, "%s",
                                "only deletion is allowed, but found new scheduling gates");
}

/* The same as before but for what may change: that is put back, then all must be equal. */
static bool only_allowed_changes(const struct json *spec, const struct json *old) {
        struct json *copy JSON_CLEANUP = json_clone(spec);

        take_images(copy, old, "containers");
        take_images(copy, old, "initContainers");
        take_member(copy, old, "activeDeadlineSeconds");
        take_member(copy, old, "tolerations");
        take_member(copy, old, "schedulingGates");
        if (json_int_at(old, "terminationGracePeriodSeconds", 0) < 0 &&
            json_int_at(copy, "terminationGracePeriodSeconds", 0) == 1)
                take_member(copy, old, "terminationGracePeriodSeconds");
        return json_equal(copy, old);
}

static void check_update(const struct json *spec, const struct json *old,
                         struct field_errors *errors) {
        for (size_t set = sizeof(SETS) / sizeof(SETS[0]); set-- > 0;)
                if (!same_containers(spec, old, SETS[set])) {
                        field_error_add(errors, FIELD_ERROR_FORBIDDEN,
                                        arena_printf(errors->arena, "spec.%s", SETS[set]), NULL,
                                        "%s", "pod updates may not add or remove containers");
                        return;
                }
        check_deadline(spec, old, errors);
        check_grown_or_shrunk(spec, old, errors);
        if (errors->n == 0 && !only_allowed_changes(spec, old))
                field_error_add(
                        errors, FIELD_ERROR_FORBIDDEN, "spec", NULL, "%s",
                        "pod updates may not change fields other than "
                        "`spec.containers[*].image`,`spec.initContainers[*].image`,"
                        "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to "
                        "existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to "
                        "be set to 1 if it was previously negative)");
}

static void check_status(const struct json *status, const struct json *old,
                         struct field_errors *errors) {
        const char *nominated = json_text_at(status, "nominatedNodeName");

        if (*nominated)
                syntax_check(SYNTAX_DNS_SUBDOMAIN, nominated, "status.nominatedNodeName", errors);
        if (*json_text_at(old, "qosClass") &&
            strcmp(json_text_at(old, "qosClass"), json_text_at(status, "qosClass")) != 0)
                field_error_add(errors, FIELD_ERROR_INVALID, "status.qosClass",
                                json_get(status, "qosClass"), "%s", "field is immutable");
}

static void validate(const struct kind *kind, const struct json *object, const struct json *before,
                     enum part part, struct field_errors *errors) {
        const struct json *spec = member_object(object, "spec"), *old = json_get(before, "spec");

        (void)kind;
        if (part == PART_STATUS) {
                check_status(json_get(object, "status"), json_get(before, "status"), errors);
                return;
        }
        if (before && json_equal(spec, old))
                return;
        pod_spec_validate(spec, "spec", errors);
        if (before) {
                check_update(spec, old, errors);
                return;
        }
        if (json_length(member_array(spec, "ephemeralContainers")) > 0)
                field_error_add(errors, FIELD_ERROR_FORBIDDEN, "spec.ephemeralContainers", NULL,
                                "%s", "cannot be set on create");
        if (*json_text_at(spec, "nodeName") && json_length(member_array(spec, "schedulingGates")))
                field_error_add(errors, FIELD_ERROR_FORBIDDEN, "spec.nodeName", NULL, "%s",
                                "cannot be set until all schedulingGates have been cleared");
}

/* Every namespace gets an account named default, if not at once; others somebody must have made. */
static bool has_account(const struct kind *kind, const struct json *pod) {
        const struct kind *accounts = kinds_find(kind->kinds, "", "v1", "serviceaccounts");
        const char *name = json_text_at(json_get(pod, "spec"), "serviceAccountName");

        return strcmp(name, "default") == 0 ||
               collection_get(accounts->objects,
                              json_text_at(json_get(pod, "metadata"), "namespace"), name);
}

static const char *forbidden(const struct kind *kind, const struct json *object,
                             const struct json *before, struct arena *arena) {
        const struct json *spec = json_get(object, "spec");
        const char *class = json_text_at(spec, "priorityClassName");
        int64_t computed, given = json_int_at(spec, "priority", 0);

        if (before)
                return NULL;
        if (!has_account(kind, object))
                return arena_printf(
                        arena,
                        "error looking up service account %s/%s: serviceaccount \"%s\" not found",
                        json_text_at(json_get(object, "metadata"), "namespace"),
                        json_text_at(spec, "serviceAccountName"),
                        json_text_at(spec, "serviceAccountName"));
        if (!priority_of(class, &computed))
                return arena_printf(arena, "no PriorityClass with name %s was found", class);
        if (given != computed)
                return arena_printf(arena,
                                    "the integer value of priority (%lld) must not be provided in "
                                    "pod spec; priority admission controller computed %lld from "
                                    "the given PriorityClass name",
                                    (long long)given, (long long)computed);
        return NULL;
}

const struct kind_hooks POD_HOOKS = {
        .prepare = prepare, .validate = validate, .forbidden = forbidden, .cells = pod_cells
};
