#include "serve/reviews.h"

#include <string.h>

#include "llc/base/timestamp.h"
#include "serve/body.h"
#include "verbs/agenda.h"

enum { HTTP_CREATED = 201, SECOND_MS = 1000, TOKEN_LEAST_S = 600, TOKEN_DEFAULT_S = 3600 };

static const char AUTHENTICATION[] = "authentication.k8s.io";
static const char AUTHORIZATION[] = "authorization.k8s.io";
static const char AUDIENCE[] = "https://kubernetes.default.svc";

enum review {
        SUBJECT_ACCESS,
        LOCAL_SUBJECT_ACCESS,
        SELF_ACCESS,
        SELF_RULES,
        SELF,
        TOKEN,
};

static const struct {
        const char *group, *resource, *kind;
} REVIEWS[] = {
        [SUBJECT_ACCESS] = { AUTHORIZATION, "subjectaccessreviews", "SubjectAccessReview" },
        [LOCAL_SUBJECT_ACCESS] = { AUTHORIZATION, "localsubjectaccessreviews",
                                   "LocalSubjectAccessReview" },
        [SELF_ACCESS] = { AUTHORIZATION, "selfsubjectaccessreviews", "SelfSubjectAccessReview" },
        [SELF_RULES] = { AUTHORIZATION, "selfsubjectrulesreviews", "SelfSubjectRulesReview" },
        [SELF] = { AUTHENTICATION, "selfsubjectreviews", "SelfSubjectReview" },
        [TOKEN] = { AUTHENTICATION, "tokenreviews", "TokenReview" },
};

static bool find(const struct target *target, enum review *ret_review) {
        for (size_t i = 0; i < sizeof REVIEWS / sizeof REVIEWS[0]; i++) {
                if (strcmp(target->group, REVIEWS[i].group) == 0 &&
                    strcmp(target->version, "v1") == 0 &&
                    strcmp(target->resource, REVIEWS[i].resource) == 0) {
                        *ret_review = (enum review)i;
                        return true;
                }
        }
        return false;
}

bool reviews_know(const struct target *target) {
        enum review review;

        return find(target, &review);
}

bool reviews_know_group(const char *group) {
        return strcmp(group, AUTHENTICATION) == 0 || strcmp(group, AUTHORIZATION) == 0;
}

static const struct json *object_at(const struct json *object, const char *key) {
        const struct json *value = json_get(object, key);

        return json_kind(value) == JSON_OBJECT ? value : NULL;
}

static struct json *user_info(const struct user *user) {
        struct json *info = json_new_object(), *groups = json_new_array();

        json_set_str(info, "username", user->name);
        if (user->uid[0])
                json_set_str(info, "uid", user->uid);
        for (size_t i = 0; user->groups[i]; i++)
                json_append(groups, json_new_string(bytes_of(user->groups[i])));
        json_set(info, "groups", groups);
        return info;
}

/* The user that spec names. */
static struct user subject_of(const struct json *spec, struct arena *arena) {
        const struct json *list = json_get(spec, "groups");
        size_t length = json_kind(list) == JSON_ARRAY ? json_length(list) : 0, n = 0;
        const char **groups = ARENA_NEW_ARRAY(arena, const char *, length + 1);

        for (size_t i = 0; i < length; i++) {
                if (json_kind(json_at(list, i)) == JSON_STRING)
                        groups[n++] = arena_copy(arena, json_as_string(json_at(list, i)));
        }
        return (struct user){ .name = json_text_at(spec, "user"),
                              .uid = json_text_at(spec, "uid"),
                              .groups = groups };
}

static int check_spec(struct exchange *exchange, enum review review, const struct json *spec) {
        static const char both[] = "cannot be specified in combination with resourceAttributes";
        static const char none[] = "null: exactly one of nonResourceAttributes or "
                                   "resourceAttributes must be specified";
        const struct kind kind = { .group = AUTHORIZATION, .name = "", .plural = "" };
        const struct json *resource = object_at(spec, "resourceAttributes"),
                          *path = object_at(spec, "nonResourceAttributes");
        struct field_errors errors = { .arena = exchange->arena };
        struct json *empty JSON_CLEANUP = json_new_string(bytes_of(""));

        if (resource && path)
                field_error_add(&errors, FIELD_ERROR_INVALID, "spec.nonResourceAttributes", path,
                                "%s", both);
        if (!resource && !path)
                field_error_add(&errors, FIELD_ERROR_INVALID, "spec.resourceAttributes", NULL, "%s",
                                none);
        if (review != SELF_ACCESS && json_text_at(spec, "user")[0] == '\0' &&
            json_length(json_get(spec, "groups")) == 0)
                field_error_add(&errors, FIELD_ERROR_INVALID, "spec.user", empty,
                                "at least one of user or group must be specified");
        return errors.n > 0 ? refuse_invalid(&exchange->refusal, &kind, "", &errors) : 0;
}

/* The answer to "may they?" in tree's status. */
static int review_access(struct exchange *exchange, enum review review, struct json *tree) {
        const struct json *spec = object_at(tree, "spec");
        const struct json *resource, *path;
        struct attempt attempt;
        struct user user;
        struct json *status;
        const char *reason;
        bool allowed;

        if (check_spec(exchange, review, spec) < 0)
                return -1;
        resource = object_at(spec, "resourceAttributes");
        path = object_at(spec, "nonResourceAttributes");
        attempt = (struct attempt){
                .verb = json_text_at(path ? path : resource, "verb"),
                .group = json_text_at(resource, "group"),
                .resource = json_text_at(resource, "resource"),
                .subresource = json_text_at(resource, "subresource"),
                .namespace_ = json_text_at(resource, "namespace"),
                .name = json_text_at(resource, "name"),
                .path = json_text_at(path, "path"),
        };
        user = review == SELF_ACCESS ? exchange->user : subject_of(spec, exchange->arena);
        allowed =
                access_allows(exchange->server->access, &user, &attempt, exchange->arena, &reason);
        status = json_new_object();
        json_set_bool(status, "allowed", allowed);
        if (reason[0])
                json_set_str(status, "reason", reason);
        json_set(tree, "status", status);
        return 0;
}

static int review_token(struct exchange *exchange, struct json *tree) {
        const char *token = json_text_at(object_at(tree, "spec"), "token");
        struct access *access = exchange->server->access;
        struct json *status, *audiences;
        struct user user;

        if (token[0] == '\0')
                return refuse_bad_request(&exchange->refusal,
                                          "token is required for TokenReview in authentication");
        status = json_new_object();
        if (access && access_authenticate_token(access, token, exchange->arena, &user)) {
                audiences = json_new_array();
                json_append(audiences, json_new_string(bytes_of(AUDIENCE)));
                json_set_bool(status, "authenticated", true);
                json_set(status, "user", user_info(&user));
                json_set(status, "audiences", audiences);
        } else {
                json_set(status, "user", json_new_object());
                json_set_str(status, "error", "invalid bearer token");
        }
        json_set(tree, "status", status);
        return 0;
}

/* The rules of whoever may do everything, when there is no access control. */
static struct json *all_rules(void) {
        static const char *const keys[][2] = { { "apiGroups", "resources" },
                                               { "nonResourceURLs", NULL } };
        struct json *status = json_new_object();

        for (size_t i = 0; i < 2; i++) {
                struct json *rules = json_new_array(), *rule = json_new_object();

                for (size_t k = 0; k < 3; k++) {
                        const char *key = k < 2 ? keys[i][k] : "verbs";
                        struct json *any = key ? json_new_array() : NULL;

                        if (!key)
                                continue;
                        json_append(any, json_new_string(bytes_of("*")));
                        json_set(rule, key, any);
                }
                json_append(rules, rule);
                json_set(status, i == 0 ? "resourceRules" : "nonResourceRules", rules);
        }
        json_set_bool(status, "incomplete", false);
        return status;
}

static int review_rules(struct exchange *exchange, struct json *tree) {
        const char *namespace_ = json_text_at(object_at(tree, "spec"), "namespace");
        struct access *access = exchange->server->access;

        if (namespace_[0] == '\0')
                return refuse_bad_request(&exchange->refusal, "no namespace on request");
        json_set(tree, "status",
                 access ? access_rules(access, &exchange->user, namespace_) : all_rules());
        return 0;
}

static int review_self(struct exchange *exchange, struct json *tree) {
        struct json *status = json_new_object();
        char time[TIMESTAMP_SIZE];

        json_set_str(json_object_at(tree, "metadata"), "creationTimestamp",
                     timestamp_format(agenda_now_ms(exchange->sim->agenda), time));
        json_set(status, "userInfo", user_info(&exchange->user));
        json_set(tree, "status", status);
        return 0;
}

static int complete(struct exchange *exchange, enum review review, struct json *tree) {
        switch (review) {
        case SUBJECT_ACCESS:
        case LOCAL_SUBJECT_ACCESS:
        case SELF_ACCESS:
                return review_access(exchange, review, tree);
        case SELF_RULES:
                return review_rules(exchange, tree);
        case SELF:
                return review_self(exchange, tree);
        case TOKEN:
                return review_token(exchange, tree);
        }
        return -1;
}

/* The body as an object of the kind, typed; what it says of itself must fit. */
static int read_body(struct exchange *exchange, const char *group, const char *kind,
                     struct json **ret_tree) {
        const char *api_version = arena_printf(exchange->arena, "%s/v1", group);
        struct json *tree = NULL;
        const char *said;

        if (body_object(exchange, kind, &tree) < 0)
                return -1;
        if (json_kind(tree) != JSON_OBJECT) {
                json_free(tree);
                return refuse_bad_request(
                        &exchange->refusal,
                        "the object provided is unrecognized (must be of type %s)", kind);
        }
        said = arena_strdup(exchange->arena, json_text_at(tree, "kind"));
        if (said[0] && strcmp(said, kind) != 0) {
                json_free(tree);
                return refuse_bad_request(&exchange->refusal,
                                          "%s in version \"v1\" cannot be handled as a %s", said,
                                          kind);
        }
        json_set_str(tree, "kind", kind);
        json_set_str(tree, "apiVersion", api_version);
        if (!object_at(tree, "metadata"))
                json_set(tree, "metadata", json_new_object());
        if (!object_at(tree, "spec"))
                json_set(tree, "spec", json_new_object());
        *ret_tree = tree;
        return 0;
}

int reviews_serve(struct exchange *exchange) {
        const struct target *target = &exchange->target;
        const struct accept accept = { .form = FORM_OBJECT };
        struct json *tree JSON_CLEANUP = NULL;
        enum review review;

        if (!find(target, &review) || target->name[0] ||
            (target->namespace_[0] != '\0') != (review == LOCAL_SUBJECT_ACCESS))
                return exchange_no_resource(exchange);
        if (target->asked != ASKED_CREATE)
                return exchange_no_method(exchange);
        if (read_body(exchange, REVIEWS[review].group, REVIEWS[review].kind, &tree) < 0 ||
            complete(exchange, review, tree) < 0)
                return -1;
        return exchange_json(exchange, HTTP_CREATED, tree, &accept);
}

static int token_seconds(struct exchange *exchange, const struct json *spec, int64_t *ret_seconds) {
        const struct kind kind = { .group = AUTHENTICATION,
                                   .name = "TokenRequest",
                                   .plural = "tokenrequests" };
        struct field_errors errors = { .arena = exchange->arena };
        int64_t seconds = json_int_at(spec, "expirationSeconds", TOKEN_DEFAULT_S);
        struct json *value JSON_CLEANUP = json_new_int(seconds);

        if (seconds < TOKEN_LEAST_S)
                field_error_add(&errors, FIELD_ERROR_INVALID, "spec.expirationSeconds", value,
                                "may not specify a duration less than 10 minutes");
        if (seconds > INT64_C(1) << 32)
                field_error_add(&errors, FIELD_ERROR_INVALID, "spec.expirationSeconds", value,
                                "may not specify a duration larger than 2^32 seconds");
        *ret_seconds = seconds;
        return errors.n > 0 ? refuse_invalid(&exchange->refusal, &kind, "", &errors) : 0;
}

static void complete_request(struct exchange *exchange, const struct record *account,
                             int64_t seconds, struct json *tree) {
        struct json *metadata = json_object_at(tree, "metadata"),
                    *spec = json_object_at(tree, "spec"), *status = json_new_object();
        int64_t now_ms = agenda_now_ms(exchange->sim->agenda);
        int64_t expires_ms = now_ms + seconds * SECOND_MS;
        char time[TIMESTAMP_SIZE];

        json_set_str(metadata, "name", account->name);
        json_set_str(metadata, "namespace", account->namespace_);
        json_set_str(metadata, "uid", account->uid);
        json_set_str(metadata, "creationTimestamp", timestamp_format(now_ms, time));
        json_set_int(spec, "expirationSeconds", seconds);
        if (!json_get(spec, "audiences")) {
                struct json *audiences = json_new_array();

                json_append(audiences, json_new_string(bytes_of(AUDIENCE)));
                json_set(spec, "audiences", audiences);
        }
        json_set_str(status, "token",
                     access_issue(exchange->server->access, account, expires_ms, exchange->arena));
        json_set_str(status, "expirationTimestamp", timestamp_format(expires_ms, time));
        json_set(tree, "status", status);
}

int reviews_issue_token(struct exchange *exchange) {
        const struct target *target = &exchange->target;
        const struct accept accept = { .form = FORM_OBJECT };
        struct json *tree JSON_CLEANUP = NULL;
        const struct record *account;
        int64_t seconds;

        if (!exchange->server->access)
                return refuse_out_of_scope(&exchange->refusal,
                                           "this server has no access control, and so no tokens");
        account = collection_get(exchange->kind->objects, target->namespace_, target->name);
        if (!account)
                return refuse_not_found(&exchange->refusal, exchange->kind, target->name);
        if (read_body(exchange, AUTHENTICATION, "TokenRequest", &tree) < 0 ||
            token_seconds(exchange, json_get(tree, "spec"), &seconds) < 0)
                return -1;
        complete_request(exchange, account, seconds, tree);
        return exchange_json(exchange, HTTP_CREATED, tree, &accept);
}
