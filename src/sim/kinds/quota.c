/*
 * ResourceQuotas and LimitRanges: stored and checked, not enforced.
 */
#include <stdlib.h>
#include <string.h>

#include "kinds/cells.h"
#include "kinds/field_checks.h"
#include "kinds/hooks.h"
#include "kinds/member.h"
#include "kinds/quantity.h"
#include "kinds/syntax.h"

enum { TEXT_MAX = 64 * 1024 };

/* Those that are counted one by one. */
static bool is_count(const char *name) {
        static const char *const names[] = { "configmaps",
                                             "persistentvolumeclaims",
                                             "pods",
                                             "replicationcontrollers",
                                             "resourcequotas",
                                             "secrets",
                                             "services",
                                             "services.loadbalancers",
                                             "services.nodeports" };

        if (strncmp(name, "count/", strlen("count/")) == 0)
                return true;
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
                if (strcmp(name, names[i]) == 0)
                        return true;
        return false;
}

static bool is_counted(const char *name) {
        static const char *const names[] = { "cpu",
                                             "memory",
                                             "ephemeral-storage",
                                             "requests.cpu",
                                             "requests.memory",
                                             "requests.storage",
                                             "requests.ephemeral-storage",
                                             "limits.cpu",
                                             "limits.memory",
                                             "limits.ephemeral-storage" };

        if (is_count(name) || strchr(name, '/') || strstr(name, "hugepages-"))
                return true;
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
                if (strcmp(name, names[i]) == 0)
                        return true;
        return false;
}

static void check_hard(const struct json *hard, const char *at, struct field_errors *errors) {
        const struct json *value;
        const char *name;
        void *cursor = NULL;

        while (json_next(hard, &cursor, &name, &value)) {
                const char *field = arena_printf(errors->arena, "%s[%s]", at, name);
                struct quantity quantity;

                if (!is_counted(name)) {
                        error_invalid(errors, field, name,
                                      "must be a standard resource type or fully qualified");
                        error_invalid(errors, field, name, "must be a standard resource for quota");
                }
                if (!quantity_parse(value, &quantity))
                        continue;
                if (quantity.nano < 0)
                        field_error_add(errors, FIELD_ERROR_INVALID, field, value, "%s",
                                        "must be greater than or equal to 0");
                if (is_count(name) && !quantity_is_integer(&quantity))
                        field_error_add(errors, FIELD_ERROR_INVALID, field, value, "%s",
                                        "must be an integer");
        }
}

static void validate_quota(const struct kind *kind, const struct json *object,
                           const struct json *before, enum part part, struct field_errors *errors) {
        const struct json *spec = json_get(object, "spec"), *status = json_get(object, "status");

        (void)kind;
        (void)before;
        if (part == PART_STATUS) {
                check_hard(member_object(status, "hard"), "status.hard", errors);
                check_hard(member_object(status, "used"), "status.used", errors);
                return;
        }
        check_hard(member_object(spec, "hard"), "spec.hard", errors);
}

static int by_text(const void *a, const void *b) {
        const char *const *one = a, *const *other = b;

        return strcmp(*one, *other);
}

static void cells_used(const struct json *status, struct json *cells) {
        const struct json *hard = member_object(status, "hard"), *value;
        const struct json *used = member_object(status, "used");
        struct strbuf texts[2] = { STRBUF_INIT(TEXT_MAX), STRBUF_INIT(TEXT_MAX) };
        const char **names = calloc(json_length(hard) + 1, sizeof(*names)), *name;
        void *cursor = NULL;
        size_t n = 0;

        if (!names)
                abort();
        while (json_next(hard, &cursor, &name, &value))
                names[n++] = name;
        qsort(names, n, sizeof(*names), by_text);
        for (size_t i = 0; i < n; i++) {
                struct strbuf *text = &texts[strncmp(names[i], "limits.", 7) == 0];
                const char *its = json_text_at(used, names[i]);

                strbuf_printf(text, "%s%s: %s/%s", text->len > 0 ? ", " : "", names[i],
                              *its ? its : "0", json_text_at(hard, names[i]));
        }
        free(names);
        for (size_t i = 0; i < 2; i++) {
                cells_text(cells, strbuf_str(&texts[i]));
                strbuf_deinit(&texts[i]);
        }
}

static void cells_quota(const struct kind *kind, const struct json *object, int64_t now_ms,
                        struct json *cells) {
        (void)kind;
        cells_name(object, cells);
        cells_used(json_get(object, "status"), cells);
        cells_age(object, now_ms, cells);
}

/* A maximum is the limit of who gives none, and a limit is the request. */
static void default_limits(struct json *item) {
        static const char *const chain[][2] = { { "max", "default" },
                                                { "default", "defaultRequest" },
                                                { "min", "defaultRequest" } };

        for (size_t i = 0; i < sizeof(chain) / sizeof(chain[0]); i++) {
                const struct json *from = member_object(item, chain[i][0]), *value;
                struct json *to;
                const char *name;
                void *cursor = NULL;

                if (json_length(from) == 0)
                        continue;
                to = member_object_made(item, chain[i][1]);
                while (to && json_next(from, &cursor, &name, &value))
                        if (!json_has(to, name))
                                json_set(to, name, json_clone(value));
        }
}

static void prepare_range(const struct kind *kind, struct json *object, const struct json *before,
                          enum part part, int64_t now_ms) {
        struct json *limits = member_array_mut(member_object_mut(object, "spec"), "limits");

        (void)kind;
        (void)before;
        (void)part;
        (void)now_ms;
        for (size_t i = 0; i < json_length(limits); i++)
                if (strcmp(json_text_at(json_at(limits, i), "type"), "Container") == 0)
                        default_limits(json_at_mut(limits, i));
}

static void check_item(const struct json *item, const char *at, struct field_errors *errors) {
        const struct json *min = member_object(item, "min"), *max = member_object(item, "max");
        const struct json *value;
        const char *name;
        void *cursor = NULL;

        if (strcmp(json_text_at(item, "type"), "Pod") == 0) {
                if (json_length(member_object(item, "default")) > 0)
                        error_forbidden(errors, field_under(errors, at, "default"),
                                        "may not be specified when `type` is 'Pod'");
                if (json_length(member_object(item, "defaultRequest")) > 0)
                        error_forbidden(errors, field_under(errors, at, "defaultRequest"),
                                        "may not be specified when `type` is 'Pod'");
        }
        while (json_next(min, &cursor, &name, &value)) {
                char low_text[QUANTITY_SIZE], high_text[QUANTITY_SIZE];
                struct quantity low, high;

                if (quantity_parse(value, &low) && quantity_parse(json_get(max, name), &high) &&
                    quantity_compare(&low, &high) > 0)
                        field_error_add(errors, FIELD_ERROR_INVALID,
                                        arena_printf(errors->arena, "%s.min[%s]", at, name), value,
                                        "min value %s is greater than max value %s",
                                        quantity_text(&low, low_text),
                                        quantity_text(&high, high_text));
        }
}

static void validate_range(const struct kind *kind, const struct json *object,
                           const struct json *before, enum part part, struct field_errors *errors) {
        const struct json *limits = member_array(json_get(object, "spec"), "limits");

        (void)kind;
        (void)before;
        (void)part;
        for (size_t i = 0; i < json_length(limits); i++) {
                const char *at = field_item(errors, "spec", "limits", i);

                if (member_of_kind(json_at(limits, i), "type", JSON_STRING))
                        syntax_check(SYNTAX_QUALIFIED_NAME,
                                     json_text_at(json_at(limits, i), "type"),
                                     field_under(errors, at, "type"), errors);
                check_item(json_at(limits, i), at, errors);
        }
}

static void cells_range(const struct kind *kind, const struct json *object, int64_t now_ms,
                        struct json *cells) {
        (void)kind;
        (void)now_ms;
        cells_name(object, cells);
        cells_created(object, cells);
}

const struct kind_hooks RESOURCE_QUOTA_HOOKS = { .validate = validate_quota, .cells = cells_quota };

const struct kind_hooks LIMIT_RANGE_HOOKS = { .prepare = prepare_range,
                                              .validate = validate_range,
                                              .cells = cells_range };
