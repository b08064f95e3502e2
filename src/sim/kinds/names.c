/*
 * As the API server's naming controller has it: each name is taken or not for itself, the last one
 * that is taken gives the reason, and a definition once established stays so.
 */
#include "kinds/names.h"

#include <string.h>

#include "kinds/definition.h"
#include "kinds/member.h"
#include "kinds/metadata.h"
#include "llc/base/timestamp.h"

enum { MESSAGE_MAX = 4096 };

struct claim {
        const struct kinds *kinds;
        const char *definition; /* who claims */
        const char *group;
};

static bool in_list(const char *const *list, const char *name) {
        for (size_t i = 0; list[i]; i++)
                if (strcmp(list[i], name) == 0)
                        return true;
        return false;
}

static bool resource_taken(const struct claim *claim, const char *name) {
        const struct kind *kind;
        size_t cursor = 0;

        while (kinds_next_of_group(claim->kinds, claim->group, claim->definition, &cursor, &kind))
                if (strcmp(kind->plural, name) == 0 || strcmp(kind->singular, name) == 0 ||
                    in_list(kind->short_names, name))
                        return true;
        return false;
}

static bool kind_taken(const struct claim *claim, const char *name) {
        const struct kind *kind;
        size_t cursor = 0;

        while (kinds_next_of_group(claim->kinds, claim->group, claim->definition, &cursor, &kind))
                if (strcmp(kind->name, name) == 0 || strcmp(kind->list_name, name) == 0)
                        return true;
        return false;
}

static struct claim claim_of(const struct kinds *kinds, const char *definition_name,
                             const struct json *spec) {
        return (struct claim){ kinds, definition_name, json_text_at(spec, "group") };
}

/* The outcome for all the names of one definition. */
struct verdict {
        struct json *accepted;
        const char *reason; /* NULL = no conflict */
        struct strbuf message;
};

static void refuse(struct verdict *verdict, const char *reason, const char *name) {
        verdict->reason = reason;
        strbuf_clear(&verdict->message);
        strbuf_printf(&verdict->message, "\"%s\" is already in use", name);
}

static void claim_one(const struct claim *claim, const struct json *names, const char *key,
                      bool (*taken)(const struct claim *, const char *), const char *reason,
                      struct verdict *verdict) {
        const char *name = json_text_at(names, key);

        if (taken(claim, name))
                refuse(verdict, reason, name);
        else if (*name)
                json_set_str(verdict->accepted, key, name);
}

static void claim_short_names(const struct claim *claim, const struct json *names,
                              struct verdict *verdict) {
        const struct json *list = member_array(names, "shortNames");
        struct strbuf taken STRBUF_CLEANUP = STRBUF_INIT(MESSAGE_MAX);
        size_t n_taken = 0;

        for (size_t i = 0; i < json_length(list); i++) {
                const char *name = json_as_string(json_at(list, i)).ptr;

                if (resource_taken(claim, name))
                        strbuf_printf(&taken, "%s\"%s\" is already in use", n_taken++ ? ", " : "",
                                      name);
        }
        if (n_taken == 0) {
                if (list)
                        json_set(verdict->accepted, "shortNames", json_clone(list));
                return;
        }
        verdict->reason = "ShortNamesConflict";
        strbuf_clear(&verdict->message);
        strbuf_printf(&verdict->message, n_taken > 1 ? "[%s]" : "%s", strbuf_str(&taken));
}

/* The caller frees what the verdict holds. */
static void judge(const struct kinds *kinds, const char *definition_name, const struct json *spec,
                  struct verdict *verdict) {
        const struct json *names = json_get(spec, "names");
        const struct json *categories = json_get(names, "categories");
        struct claim claim = claim_of(kinds, definition_name, spec);

        json_set_str(verdict->accepted, "kind", "");
        claim_one(&claim, names, "plural", resource_taken, "PluralConflict", verdict);
        claim_one(&claim, names, "singular", resource_taken, "SingularConflict", verdict);
        claim_short_names(&claim, names, verdict);
        claim_one(&claim, names, "kind", kind_taken, "KindConflict", verdict);
        claim_one(&claim, names, "listKind", kind_taken, "ListKindConflict", verdict);
        if (categories)
                json_set(verdict->accepted, "categories", json_clone(categories));
}

bool names_conflict(const struct kinds *kinds, const char *definition_name,
                    const struct json *spec) {
        struct verdict verdict = { .accepted = json_new_object(),
                                   .message = STRBUF_INIT(MESSAGE_MAX) };

        judge(kinds, definition_name, spec, &verdict);
        json_free(verdict.accepted);
        strbuf_deinit(&verdict.message);
        return verdict.reason != NULL;
}

static const struct json *find_condition(const struct json *conditions, const char *type) {
        for (size_t i = 0; i < json_length(conditions); i++)
                if (strcmp(json_text_at(json_at(conditions, i), "type"), type) == 0)
                        return json_at(conditions, i);
        return NULL;
}

static struct json *own_condition(struct json *conditions, const char *type) {
        for (size_t i = 0; i < json_length(conditions); i++)
                if (strcmp(json_text_at(json_at(conditions, i), "type"), type) == 0)
                        return json_at_mut(conditions, i);
        json_append(conditions, json_new_object());
        return json_at_mut(conditions, json_length(conditions) - 1);
}

/* The time of a condition is that of the last change of its status. */
static void set_condition(struct json *conditions, const char *type, bool holds, const char *reason,
                          const char *message, int64_t now_ms) {
        struct json *condition = own_condition(conditions, type);
        const char *status = holds ? "True" : "False";
        char now[TIMESTAMP_SIZE];

        if (strcmp(json_text_at(condition, "status"), status) != 0)
                json_set_str(condition, "lastTransitionTime", timestamp_format(now_ms, now));
        json_set_str(condition, "message", message);
        json_set_str(condition, "reason", reason);
        json_set_str(condition, "status", status);
        json_set_str(condition, "type", type);
}

static struct json *array_at(struct json *object, const char *key) {
        if (json_kind(json_get(object, key)) != JSON_ARRAY)
                json_set(object, key, json_new_array());
        return json_get_mut(object, key);
}

void kinds_definition_status(const struct kinds *kinds, struct json *definition, int64_t now_ms) {
        struct verdict verdict = { .accepted = json_new_object(),
                                   .message = STRBUF_INIT(MESSAGE_MAX) };
        struct json *status = json_object_at(definition, "status");
        struct json *conditions = array_at(status, "conditions");
        const struct json *established = find_condition(conditions, "Established");
        bool was = established && strcmp(json_text_at(established, "status"), "True") == 0;

        judge(kinds, metadata_name(definition), json_get(definition, "spec"), &verdict);
        set_condition(conditions, "NamesAccepted", !verdict.reason,
                      verdict.reason ? verdict.reason : "NoConflicts",
                      verdict.reason ? strbuf_str(&verdict.message) : "no conflicts found", now_ms);
        if (!was)
                set_condition(conditions, "Established", !verdict.reason,
                              verdict.reason ? "NotAccepted" : "InitialNamesAccepted",
                              verdict.reason ? "not all names are accepted"
                                             : "the initial names have been accepted",
                              now_ms);
        json_set(status, "acceptedNames", verdict.accepted);
        strbuf_deinit(&verdict.message);
}
