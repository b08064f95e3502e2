#include "kinds/pod_spec.h"

#include <string.h>

#include "kinds/container.h"
#include "kinds/field_checks.h"
#include "kinds/member.h"
#include "kinds/placement.h"
#include "kinds/syntax.h"

enum { DEADLINE_MAX = 2147483647 };

/* Without a tag and a digest, latest is meant. */
static const char *pull_policy(const char *image) {
        const char *name = strrchr(image, '/'), *tag, *digest;

        name = name ? name + 1 : image;
        digest = strchr(name, '@');
        tag = strchr(name, ':');
        if (digest && tag > digest)
                tag = NULL;
        if (*name == '\0' || (digest && !tag))
                return "IfNotPresent";
        if (!tag)
                return "Always";
        tag++;
        return strncmp(tag, "latest", 6) == 0 && (tag[6] == '\0' || tag[6] == '@') ? "Always"
                                                                                   : "IfNotPresent";
}

static void prepare_containers(struct json *spec, const char *key) {
        struct json *containers = member_array_mut(spec, key);

        for (size_t i = 0; i < json_length(containers); i++) {
                struct json *container = json_at_mut(containers, i);

                if (!json_get(container, "imagePullPolicy"))
                        member_default(container, "imagePullPolicy",
                                       pull_policy(json_text_at(container, "image")));
        }
}

static void prepare_volumes(struct json *spec) {
        struct json *volumes = member_array_mut(spec, "volumes");

        for (size_t i = 0; i < json_length(volumes); i++) {
                struct json *volume = json_at_mut(volumes, i);

                if (json_kind(volume) == JSON_OBJECT && json_length(volume) == 1 &&
                    json_has(volume, "name"))
                        json_set(volume, "emptyDir", json_new_object());
        }
}

void pod_spec_prepare(struct json *spec) {
        const char *account = json_text_at(spec, "serviceAccountName");

        prepare_containers(spec, "initContainers");
        prepare_containers(spec, "containers");
        prepare_containers(spec, "ephemeralContainers");
        prepare_volumes(spec);
        if (!*account && *json_text_at(spec, "serviceAccount"))
                json_set_str(spec, "serviceAccountName", json_text_at(spec, "serviceAccount"));
        else if (*account)
                json_set_str(spec, "serviceAccount", account);
}

static void check_bounds(const struct json *spec, const char *at, struct field_errors *errors) {
        const struct json *deadline = member_of_kind(spec, "activeDeadlineSeconds", JSON_INT);

        check_not_negative(spec, "terminationGracePeriodSeconds", at, errors);
        if (deadline && (json_as_int(deadline) < 1 || json_as_int(deadline) > DEADLINE_MAX))
                field_error_add(errors, FIELD_ERROR_INVALID,
                                arena_printf(errors->arena, "%s.activeDeadlineSeconds", at),
                                deadline, "must be between 1 and %d, inclusive", DEADLINE_MAX);
}

static void check_text(const struct json *spec, const char *key, unsigned syntax, const char *at,
                       struct field_errors *errors) {
        if (*json_text_at(spec, key))
                syntax_check(syntax, json_text_at(spec, key),
                             arena_printf(errors->arena, "%s.%s", at, key), errors);
}

static void check_gates(const struct json *spec, const char *at, struct field_errors *errors) {
        const struct json *gates = member_array(spec, "readinessGates");

        for (size_t i = 0; i < json_length(gates); i++)
                if (member_of_kind(json_at(gates, i), "conditionType", JSON_STRING))
                        syntax_check(SYNTAX_QUALIFIED_NAME,
                                     json_text_at(json_at(gates, i), "conditionType"),
                                     field_under(errors,
                                                 field_item(errors, at, "readinessGates", i),
                                                 "conditionType"),
                                     errors);
}

void pod_spec_validate(const struct json *spec, const char *at, struct field_errors *errors) {
        containers_validate(spec, at, errors);
        check_gates(spec, at, errors);
        check_bounds(spec, at, errors);
        check_labels(member_object(spec, "nodeSelector"), field_under(errors, at, "nodeSelector"),
                     errors);
        check_text(spec, "serviceAccountName", SYNTAX_DNS_SUBDOMAIN, at, errors);
        check_text(spec, "nodeName", SYNTAX_DNS_SUBDOMAIN, at, errors);
        placement_validate(spec, at, errors);
        check_text(spec, "hostname", SYNTAX_DNS_LABEL, at, errors);
        check_text(spec, "subdomain", SYNTAX_DNS_LABEL, at, errors);
        check_text(spec, "priorityClassName", SYNTAX_DNS_SUBDOMAIN, at, errors);
}
