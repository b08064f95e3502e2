#include "serve/options.h"

#include "serve/grants.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
        HTTP_INTERNAL = 500,
        HTTP_GATEWAY_TIMEOUT = 504,
        MANAGER_MAX = 128, /* bytes */
};

/* A kind in name only: what the options are called in a refusal. */
static int refuse_options(struct exchange *exchange, const char *name,
                          const struct field_errors *errors) {
        const struct kind kind = { .group = "meta.k8s.io", .name = name, .plural = name };

        return refuse_invalid(&exchange->refusal, &kind, "", errors);
}

static int parse_revision(const char *text, int64_t *ret_revision) {
        char *end;

        if (text[strspn(text, "0123456789")] != '\0' || strlen(text) > 18)
                return -1;
        *ret_revision = strtoll(text, &end, 10);
        return 0;
}

static const char *bad_revision(struct exchange *exchange, const char *text) {
        bool digits = text[strspn(text, "0123456789")] == '\0';

        return arena_printf(exchange->arena,
                            "resourceVersion: Invalid value: \"%s\": strconv.ParseUint: parsing "
                            "\"%s\": %s",
                            text, text, digits ? "value out of range" : "invalid syntax");
}

int options_revision(struct exchange *exchange, int64_t *ret_revision, bool *ret_set) {
        const char *text = target_option(&exchange->target, "resourceVersion");

        *ret_revision = 0;
        *ret_set = text[0] != '\0';
        if (*ret_set && parse_revision(text, ret_revision) < 0)
                return refuse(&exchange->refusal, HTTP_INTERNAL, "", "%s",
                              bad_revision(exchange, text));
        return 0;
}

int options_check_revision(struct exchange *exchange, int64_t revision) {
        int64_t now = storage_revision(exchange->sim->storage);

        if (revision <= now)
                return 0;
        refuse(&exchange->refusal, HTTP_GATEWAY_TIMEOUT, "Timeout",
               "Timeout: Too large resource version: %" PRId64 ", current: %" PRId64, revision,
               now);
        refusal_cause(&exchange->refusal, "ResourceVersionTooLarge", "Too large resource version",
                      "");
        exchange->refusal.retry_after_s = 1;
        return -1;
}

static void forbid(struct field_errors *errors, const char *field, const char *why) {
        field_error_add(errors, FIELD_ERROR_FORBIDDEN, field, NULL, "%s", why);
}

static void unsupported(struct field_errors *errors, const char *field, const char *value,
                        const char *supported) {
        struct json *json JSON_CLEANUP = json_new_string(bytes_of(value));

        field_error_add(errors, FIELD_ERROR_NOT_SUPPORTED, field, json, "supported values: %s",
                        supported);
}

static void check_list(const struct target *target, struct field_errors *errors) {
        static const char field[] = "resourceVersionMatch";
        const char *match = target_option(target, field);
        const char *version = target_option(target, "resourceVersion");

        if (match[0]) {
                if (!version[0])
                        forbid(errors, field,
                               "resourceVersionMatch is forbidden unless resourceVersion is "
                               "provided");
                if (target_option(target, "continue")[0])
                        forbid(errors, field,
                               "resourceVersionMatch is forbidden when continue is provided");
                if (strcmp(match, "Exact") != 0 && strcmp(match, "NotOlderThan") != 0)
                        unsupported(errors, field, match, "\"Exact\", \"NotOlderThan\", \"\"");
                if (strcmp(match, "Exact") == 0 && strcmp(version, "0") == 0)
                        forbid(errors, field,
                               "resourceVersionMatch \"exact\" is forbidden for resourceVersion "
                               "\"0\"");
        }
        if (target_has(target, "sendInitialEvents"))
                forbid(errors, "sendInitialEvents", "sendInitialEvents is forbidden for list");
}

static void check_watch(const struct target *target, struct field_errors *errors) {
        static const char field[] = "resourceVersionMatch";
        const char *match = target_option(target, field);
        bool not_older = strcmp(match, "NotOlderThan") == 0;
        bool initial = target_has(target, "sendInitialEvents");

        if (initial && !not_older)
                forbid(errors, field,
                       "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
        if (!match[0])
                return;
        if (!initial)
                forbid(errors, field,
                       "resourceVersionMatch is forbidden for watch unless sendInitialEvents is "
                       "provided");
        if (!not_older)
                unsupported(errors, field, match, "\"NotOlderThan\"");
        if (target_option(target, "continue")[0])
                forbid(errors, field,
                       "resourceVersionMatch is forbidden when continue is provided");
}

int options_list(struct exchange *exchange, bool watch, struct list_options *ret_options) {
        const struct target *target = &exchange->target;
        const char *version = target_option(target, "resourceVersion");
        const char *match = target_option(target, "resourceVersionMatch");
        struct field_errors errors = { .arena = exchange->arena };
        struct list_options options = {
                .continue_ = target_option(target, "continue"),
                .has_revision = version[0] != '\0',
                .match = !match[0]                     ? MATCH_UNSET
                         : strcmp(match, "Exact") == 0 ? MATCH_EXACT
                                                       : MATCH_NOT_OLDER,
                .bookmarks = target_flag(target, "allowWatchBookmarks"),
                .initial = !target_has(target, "sendInitialEvents")   ? INITIAL_UNSET
                           : target_flag(target, "sendInitialEvents") ? INITIAL_YES
                                                                      : INITIAL_NO,
        };
        struct err err;

        if (target_number(target, "limit", &options.limit, &err) < 0 ||
            target_number(target, "timeoutSeconds", &options.timeout_s, &err) < 0)
                return refuse_bad_request(&exchange->refusal, "%s", err.msg);
        if (watch)
                check_watch(target, &errors);
        else
                check_list(target, &errors);
        if (errors.n > 0)
                return refuse_options(exchange, "ListOptions", &errors);
        if (watch) {
                bool set;

                if (options_revision(exchange, &options.revision, &set) < 0)
                        return -1;
        } else if (parse_revision(version, &options.revision) < 0) {
                return refuse_bad_request(&exchange->refusal, "invalid resource version: %s",
                                          bad_revision(exchange, version));
        }
        *ret_options = options;
        return 0;
}

/* dryRun=All, as often as it is said; anything else is no value of it. */
static void check_dry_run(const struct json *values, struct field_errors *errors) {
        for (size_t i = 0; i < json_length(values); i++) {
                const struct json *value = json_at(values, i);

                if (json_kind(value) != JSON_STRING || !bytes_is(json_as_string(value), "All")) {
                        field_error_add(errors, FIELD_ERROR_NOT_SUPPORTED, "dryRun", values,
                                        "supported values: \"All\"");
                        return;
                }
        }
}

static struct json *dry_run_of_query(const struct target *target) {
        struct json *values = json_new_array();

        for (size_t i = 0; i < target->n_query; i++) {
                if (strcmp(target->query[i].name, "dryRun") == 0)
                        json_append(values, json_new_string(bytes_of(target->query[i].value)));
        }
        return values;
}

static void check_manager(const char *manager, struct field_errors *errors) {
        struct json *value JSON_CLEANUP = json_new_string(bytes_of(manager));

        if (strlen(manager) > MANAGER_MAX) {
                field_error_add(errors, FIELD_ERROR_TOO_LONG, "fieldManager", NULL,
                                "may not be more than %d bytes", MANAGER_MAX);
                return;
        }
        for (size_t i = 0; manager[i]; i++) {
                if ((unsigned char)manager[i] < ' ' || manager[i] == 0x7F) {
                        field_error_add(errors, FIELD_ERROR_INVALID, "fieldManager", value,
                                        "invalid character U+%04X (at position %zu)",
                                        (unsigned char)manager[i], i);
                        return;
                }
        }
}

/* The part of the User-Agent before the first slash. */
static const char *agent_name(struct exchange *exchange) {
        const char *agent = exchange->request->user_agent;
        char *name;
        size_t n = 0;

        if (!agent)
                return "";
        name = arena_alloc(exchange->arena, MANAGER_MAX + 1);
        for (; *agent && *agent != '/' && n < MANAGER_MAX; agent++) {
                if (*agent >= ' ' && *agent < 0x7F)
                        name[n++] = *agent;
        }
        return name;
}

int options_write(struct exchange *exchange, enum written_by by,
                  struct write_options *ret_options) {
        static const char *const names[] = { [WRITTEN_CREATE] = "CreateOptions",
                                             [WRITTEN_UPDATE] = "UpdateOptions",
                                             [WRITTEN_PATCH] = "PatchOptions",
                                             [WRITTEN_APPLY] = "PatchOptions" };
        const struct target *target = &exchange->target;
        const char *validation = target_option(target, "fieldValidation");
        const char *manager = target_option(target, "fieldManager");
        struct field_errors errors = { .arena = exchange->arena };
        struct json *dry_run JSON_CLEANUP = dry_run_of_query(target);

        if (by == WRITTEN_APPLY && !manager[0])
                field_error_add(&errors, FIELD_ERROR_REQUIRED, "fieldManager", NULL,
                                "is required for apply patch");
        if (by == WRITTEN_PATCH && target_has(target, "force"))
                forbid(&errors, "force", "may not be specified for non-apply patch");
        check_manager(manager, &errors);
        check_dry_run(dry_run, &errors);
        if (validation[0] && strcmp(validation, "Ignore") != 0 &&
            strcmp(validation, "Strict") != 0 && strcmp(validation, "Warn") != 0)
                unsupported(&errors, "fieldValidation", validation,
                            "\"\", \"Ignore\", \"Strict\", \"Warn\"");
        if (errors.n > 0)
                return refuse_options(exchange, names[by], &errors);
        *ret_options = (struct write_options){
                .dry_run = json_length(dry_run) > 0,
                .field_validation = strcmp(validation, "Strict") == 0   ? FIELDS_STRICT
                                    : strcmp(validation, "Ignore") == 0 ? FIELDS_IGNORE
                                                                        : FIELDS_WARN,
                .manager = manager[0] ? manager : agent_name(exchange),
                .force = target_flag(target, "force"),
                .warnings = &exchange->warnings,
                .may_write = grants_check,
                .may_write_ctx = exchange,
        };
        return 0;
}

static const char *text_of(const struct json *object, const char *key, struct arena *arena) {
        return json_get(object, key) ? arena_strdup(arena, json_text_at(object, key)) : NULL;
}

/* DeleteOptions in the form of its body, whichever way they came. */
static int query_as_body(struct exchange *exchange, struct json *body) {
        const struct target *target = &exchange->target;
        struct err err;
        int64_t grace;

        if (target_has(target, "propagationPolicy"))
                json_set_str(body, "propagationPolicy", target_option(target, "propagationPolicy"));
        if (target_has(target, "gracePeriodSeconds")) {
                if (target_number(target, "gracePeriodSeconds", &grace, &err) < 0)
                        return refuse_bad_request(&exchange->refusal, "%s", err.msg);
                json_set_int(body, "gracePeriodSeconds", grace);
        }
        if (target_has(target, "orphanDependents"))
                json_set_bool(body, "orphanDependents", target_flag(target, "orphanDependents"));
        json_set(body, "dryRun", dry_run_of_query(target));
        return 0;
}

static int refuse_type(struct exchange *exchange, const char *field, const struct json *value,
                       const char *type) {
        enum json_kind kind = json_kind(value);

        return refuse(&exchange->refusal, HTTP_INTERNAL, "",
                      "json: cannot unmarshal %s into Go struct field DeleteOptions.%s of type %s",
                      kind == JSON_INT || kind == JSON_DOUBLE ? "number" : json_kind_name(kind),
                      field, type);
}

static int check_types(struct exchange *exchange, const struct json *body) {
        static const struct {
                const char *field;
                enum json_kind kind;
                const char *type;
        } table[] = {
                { "gracePeriodSeconds", JSON_INT, "int64" },
                { "orphanDependents", JSON_BOOL, "bool" },
                { "propagationPolicy", JSON_STRING, "v1.DeletionPropagation" },
                { "preconditions", JSON_OBJECT, "v1.Preconditions" },
                { "dryRun", JSON_ARRAY, "[]string" },
        };

        for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
                const struct json *value = json_get(body, table[i].field);

                if (value && json_kind(value) != table[i].kind)
                        return refuse_type(exchange, table[i].field, value, table[i].type);
        }
        return 0;
}

static enum propagation propagation_of(const char *policy, const struct json *orphan,
                                       struct field_errors *errors) {
        if (policy && orphan) {
                struct json *value JSON_CLEANUP = json_new_string(bytes_of(policy));

                field_error_add(errors, FIELD_ERROR_INVALID, "propagationPolicy", value,
                                "orphanDependents and deletionPropagation cannot be both set");
        }
        if (!policy)
                return !orphan                ? PROPAGATION_DEFAULT
                       : json_as_bool(orphan) ? PROPAGATION_ORPHAN
                                              : PROPAGATION_BACKGROUND;
        if (strcmp(policy, "Foreground") == 0)
                return PROPAGATION_FOREGROUND;
        if (strcmp(policy, "Background") == 0)
                return PROPAGATION_BACKGROUND;
        if (strcmp(policy, "Orphan") != 0)
                unsupported(errors, "propagationPolicy", policy,
                            "\"Foreground\", \"Background\", \"Orphan\", \"nil\"");
        return PROPAGATION_ORPHAN;
}

int options_delete(struct exchange *exchange, const struct json *body,
                   struct delete_options *ret_options) {
        struct field_errors errors = { .arena = exchange->arena };
        struct json *query JSON_CLEANUP = json_new_object();
        const struct json *preconditions, *grace, *dry_run;

        if (!body) {
                if (query_as_body(exchange, query) < 0)
                        return -1;
                body = query;
        }
        if (check_types(exchange, body) < 0)
                return -1;
        preconditions = json_get(body, "preconditions");
        grace = json_get(body, "gracePeriodSeconds");
        dry_run = json_get(body, "dryRun");
        *ret_options = (struct delete_options){
                .dry_run = json_length(dry_run) > 0,
                .grace_s = !grace                   ? -1
                           : json_as_int(grace) < 0 ? 1
                                                    : json_as_int(grace),
                .propagation = propagation_of(text_of(body, "propagationPolicy", exchange->arena),
                                              json_get(body, "orphanDependents"), &errors),
                .uid = text_of(preconditions, "uid", exchange->arena),
                .resource_version = text_of(preconditions, "resourceVersion", exchange->arena),
        };
        check_dry_run(dry_run, &errors);
        if (errors.n > 0)
                return refuse_options(exchange, "DeleteOptions", &errors);
        return 0;
}
