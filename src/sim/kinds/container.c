/*
 * What the schema can say (required, one of) it says; here is the rest, in the API server's order
 * within one container.
 */
#include "kinds/container.h"

#include <string.h>

#include "kinds/field_checks.h"
#include "kinds/member.h"
#include "kinds/quantity.h"
#include "kinds/syntax.h"

/* Is it the name of an earlier one? */
static bool named_before(const struct json *list, size_t index, const char *name) {
        for (size_t i = 0; i < index; i++)
                if (strcmp(json_text_at(json_at(list, i), "name"), name) == 0)
                        return true;
        return false;
}

static bool named(const struct json *list, const char *name) {
        return named_before(list, json_length(list), name);
}

static void check_ports(const struct json *ports, const char *at, struct field_errors *errors) {
        for (size_t i = 0; i < json_length(ports); i++) {
                const struct json *port = json_at(ports, i);
                const char *place = field_item(errors, at, "ports", i);
                const char *name = json_text_at(port, "name");

                if (*name && !syntax_holds(SYNTAX_PORT_NAME, name))
                        syntax_check(SYNTAX_PORT_NAME, name, field_under(errors, place, "name"),
                                     errors);
                else if (*name && named_before(ports, i, name))
                        field_error_add(errors, FIELD_ERROR_DUPLICATE,
                                        field_under(errors, place, "name"), json_get(port, "name"),
                                        "%s", "");
                if (json_has(port, "containerPort") && json_int_at(port, "containerPort", 1) == 0)
                        field_error_add(errors, FIELD_ERROR_REQUIRED,
                                        field_under(errors, place, "containerPort"), NULL, "%s",
                                        "");
                else
                        check_port(port, "containerPort", place, errors);
                check_port(port, "hostPort", place, errors);
        }
}

static void check_value_from(const struct json *from, bool has_value, const char *at,
                             struct field_errors *errors) {
        struct json *empty JSON_CLEANUP = json_new_string(bytes_of(""));
        size_t n = json_length(from);

        if (n == 0)
                field_error_add(errors, FIELD_ERROR_INVALID, at, empty, "%s",
                                "must specify one of: `fieldRef`, `resourceFieldRef`, "
                                "`configMapKeyRef` or `secretKeyRef`");
        else if (has_value)
                field_error_add(errors, FIELD_ERROR_INVALID, at, empty, "%s",
                                "may not be specified when `value` is not empty");
        else if (n > 1)
                field_error_add(errors, FIELD_ERROR_INVALID, at, empty, "%s",
                                "may not have more than one field specified at a time");
}

/* Fields of a pod that a container can be told in its environment. */
static void check_field_ref(const struct json *from, const char *at, struct field_errors *errors) {
        static const char *const paths[] = { "metadata.name",
                                             "metadata.namespace",
                                             "metadata.uid",
                                             "spec.nodeName",
                                             "spec.serviceAccountName",
                                             "status.hostIP",
                                             "status.hostIPs",
                                             "status.podIP",
                                             "status.podIPs" };
        const char *path = json_text_at(member_object(from, "fieldRef"), "fieldPath");
        size_t len = strlen(path);

        if (!*path || (path[len - 1] == ']' && (strncmp(path, "metadata.labels[", 16) == 0 ||
                                                strncmp(path, "metadata.annotations[", 21) == 0)))
                return;
        for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
                if (strcmp(paths[i], path) == 0)
                        return;
        error_invalid(errors, field_under(errors, at, "fieldRef.fieldPath"), path,
                      arena_printf(errors->arena,
                                   "error converting fieldPath: field label not supported: %s",
                                   path));
}

static void check_env(const struct json *env, const char *at, struct field_errors *errors) {
        for (size_t i = 0; i < json_length(env); i++) {
                const struct json *one = json_at(env, i);
                const struct json *from = member_object(one, "valueFrom");
                const char *place = field_item(errors, at, "env", i);
                const char *name = json_text_at(one, "name");

                if (*name)
                        syntax_check(SYNTAX_ENV_NAME, name, field_under(errors, place, "name"),
                                     errors);
                else
                        check_filled(one, "name", place, errors);
                if (from) {
                        check_value_from(from, *json_text_at(one, "value") != '\0',
                                         field_under(errors, place, "valueFrom"), errors);
                        check_field_ref(from, field_under(errors, place, "valueFrom"), errors);
                }
        }
}

static void check_mounts(const struct json *mounts, const struct json *volumes, const char *at,
                         struct field_errors *errors) {
        for (size_t i = 0; i < json_length(mounts); i++) {
                const struct json *mount = json_at(mounts, i);
                const char *place = field_item(errors, at, "volumeMounts", i);
                const struct json *name = member_of_kind(mount, "name", JSON_STRING);
                const char *path = json_text_at(mount, "mountPath");

                check_filled(mount, "name", place, errors);
                if (name && !named(volumes, json_as_string(name).ptr))
                        field_error_add(errors, FIELD_ERROR_NOT_FOUND,
                                        field_under(errors, place, "name"), name, "%s", "");
                check_filled(mount, "mountPath", place, errors);
                for (size_t j = 0; j < i && *path; j++)
                        if (strcmp(json_text_at(json_at(mounts, j), "mountPath"), path) == 0) {
                                field_error_add(errors, FIELD_ERROR_INVALID,
                                                field_under(errors, place, "mountPath"),
                                                json_get(mount, "mountPath"), "%s",
                                                "must be unique");
                                break;
                        }
        }
}

static void check_amount(const struct json *value, const char *place, struct field_errors *errors) {
        struct quantity quantity;

        if (!quantity_parse(value, &quantity))
                field_error_add(errors, FIELD_ERROR_INVALID, place, value, "%s",
                                "quantities must match the regular expression "
                                "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
        else if (quantity.nano < 0)
                field_error_add(errors, FIELD_ERROR_INVALID, place, value, "%s",
                                "must be greater than or equal to 0");
}

/* Of the resources without a domain there are these few. */
static bool is_resource(const char *name) {
        static const char *const names[] = { "cpu", "memory", "ephemeral-storage" };

        if (strncmp(name, "hugepages-", strlen("hugepages-")) == 0 || strchr(name, '/'))
                return true;
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
                if (strcmp(names[i], name) == 0)
                        return true;
        return false;
}

static void check_amounts(const struct json *amounts, const char *at, struct field_errors *errors) {
        const struct json *value;
        const char *name;
        void *cursor = NULL;

        while (json_next(amounts, &cursor, &name, &value)) {
                const char *place = arena_printf(errors->arena, "%s[%s]", at, name);
                struct json *key JSON_CLEANUP = json_new_string(bytes_of(name));

                if (!is_resource(name)) {
                        field_error_add(errors, FIELD_ERROR_INVALID, place, key, "%s",
                                        "must be a standard resource type or fully qualified");
                        field_error_add(errors, FIELD_ERROR_INVALID, place, key, "%s",
                                        "must be a standard resource for containers");
                }
                check_amount(value, place, errors);
        }
}

static void check_resources(const struct json *resources, const char *at,
                            struct field_errors *errors) {
        const struct json *limits = member_object(resources, "limits"), *value;
        const struct json *requests = member_object(resources, "requests");
        const char *name, *place = field_under(errors, at, "resources");
        void *cursor = NULL;

        check_amounts(limits, field_under(errors, place, "limits"), errors);
        check_amounts(requests, field_under(errors, place, "requests"), errors);
        while (json_next(requests, &cursor, &name, &value)) {
                struct quantity request, limit;
                char text[QUANTITY_SIZE];

                if (quantity_parse(value, &request) &&
                    quantity_parse(json_get(limits, name), &limit) &&
                    quantity_compare(&request, &limit) > 0)
                        field_error_add(errors, FIELD_ERROR_INVALID,
                                        field_under(errors, place, "requests"), value,
                                        "must be less than or equal to %s limit of %s", name,
                                        quantity_text(&limit, text));
        }
}

static void check_probe(const struct json *container, const char *key, const char *at,
                        struct field_errors *errors) {
        static const char *const handlers[] = { "exec", "httpGet", "tcpSocket", "grpc" };
        static const char *const counts[] = { "initialDelaySeconds", "timeoutSeconds",
                                              "periodSeconds", "successThreshold",
                                              "failureThreshold" };
        const struct json *probe = member_object(container, key);
        const char *place = field_under(errors, at, key);
        size_t n = 0;

        if (!probe)
                return;
        for (size_t i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++) {
                const struct json *handler = member_object(probe, handlers[i]);

                if (handler && n++ > 0)
                        field_error_add(errors, FIELD_ERROR_FORBIDDEN,
                                        field_under(errors, place, handlers[i]), NULL, "%s",
                                        "may not specify more than 1 handler type");
                else if (handler)
                        check_port(handler, "port", field_under(errors, place, handlers[i]),
                                   errors);
        }
        if (n == 0)
                field_error_add(errors, FIELD_ERROR_REQUIRED, place, NULL, "%s",
                                "must specify a handler type");
        for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
                if (json_int_at(probe, counts[i], 0) < 0)
                        field_error_add(errors, FIELD_ERROR_INVALID,
                                        field_under(errors, place, counts[i]),
                                        json_get(probe, counts[i]), "%s",
                                        "must be greater than or equal to 0");
}

static void check_image(const struct json *container, const char *at, struct field_errors *errors) {
        const char *image = json_text_at(container, "image");
        size_t len = strlen(image);

        if (len == 0)
                field_error_add(errors, FIELD_ERROR_REQUIRED, field_under(errors, at, "image"),
                                NULL, "%s", "");
        else if (strchr(" \t\n", image[0]) || strchr(" \t\n", image[len - 1]))
                field_error_add(errors, FIELD_ERROR_INVALID, field_under(errors, at, "image"),
                                json_get(container, "image"), "%s",
                                "must not have leading or trailing whitespace");
}

static void check_container(const struct json *spec, const struct json *container, const char *at,
                            struct field_errors *errors) {
        if (*json_text_at(container, "name"))
                syntax_check(SYNTAX_DNS_LABEL, json_text_at(container, "name"),
                             field_under(errors, at, "name"), errors);
        else
                check_filled(container, "name", at, errors);
        check_image(container, at, errors);
        check_ports(member_array(container, "ports"), at, errors);
        check_env(member_array(container, "env"), at, errors);
        check_mounts(member_array(container, "volumeMounts"), member_array(spec, "volumes"), at,
                     errors);
        check_resources(member_object(container, "resources"), at, errors);
        check_probe(container, "livenessProbe", at, errors);
        check_probe(container, "readinessProbe", at, errors);
        check_probe(container, "startupProbe", at, errors);
}

/* A name counts once among all containers of the pod, of whatever sort. */
static void check_containers(const struct json *spec, const char *key, const char *at,
                             struct field_errors *errors) {
        const struct json *list = member_array(spec, key);
        bool first = strcmp(key, "containers") == 0;

        for (size_t i = 0; i < json_length(list); i++) {
                const struct json *container = json_at(list, i);
                const char *place = field_item(errors, at, key, i);
                const char *name = json_text_at(container, "name");

                if (*name && (named_before(list, i, name) ||
                              (!first && named(member_array(spec, "containers"), name))))
                        field_error_add(errors, FIELD_ERROR_DUPLICATE,
                                        field_under(errors, place, "name"),
                                        json_get(container, "name"), "%s", "");
                check_container(spec, container, place, errors);
        }
}

/* Besides its name a volume has one source. */
static void check_source(const struct json *volume, const char *at, struct field_errors *errors) {
        const struct json *value;
        const char *key;
        void *cursor = NULL;
        size_t n = 0;

        while (json_next(volume, &cursor, &key, &value)) {
                if (strcmp(key, "name") == 0 || !value)
                        continue;
                if (n++ > 0)
                        field_error_add(errors, FIELD_ERROR_FORBIDDEN, field_under(errors, at, key),
                                        NULL, "%s", "may not specify more than 1 volume type");
        }
        value = member_object(volume, "secret");
        if (value && !*json_text_at(value, "secretName"))
                field_error_add(errors, FIELD_ERROR_REQUIRED,
                                field_under(errors, at, "secret.secretName"), NULL, "%s", "");
        value = member_object(volume, "configMap");
        if (value && !*json_text_at(value, "name"))
                field_error_add(errors, FIELD_ERROR_REQUIRED,
                                field_under(errors, at, "configMap.name"), NULL, "%s", "");
}

static void check_volumes(const struct json *volumes, const char *at, struct field_errors *errors) {
        for (size_t i = 0; i < json_length(volumes); i++) {
                const struct json *volume = json_at(volumes, i);
                const char *place = field_item(errors, at, "volumes", i);
                const char *name = json_text_at(volume, "name");

                check_source(volume, place, errors);
                if (*name)
                        syntax_check(SYNTAX_DNS_LABEL, name, field_under(errors, place, "name"),
                                     errors);
                else
                        check_filled(volume, "name", place, errors);
                if (*name && named_before(volumes, i, name))
                        field_error_add(errors, FIELD_ERROR_DUPLICATE,
                                        field_under(errors, place, "name"),
                                        json_get(volume, "name"), "%s", "");
        }
}

void containers_validate(const struct json *spec, const char *at, struct field_errors *errors) {
        check_volumes(member_array(spec, "volumes"), at, errors);
        check_containers(spec, "containers", at, errors);
        check_containers(spec, "ephemeralContainers", at, errors);
        check_containers(spec, "initContainers", at, errors);
}
