#include "verbs/checks.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "kinds/metadata.h"
#include "verbs/decode.h"
#include "verbs/scale.h"

enum { HTTP_INTERNAL = 500 };

struct resource {
        const char *group, *plural; /* plural NULL = all of the group */
};

/* Kinds that are built in whose updates must say a resourceVersion, as custom resources' must. */
static const struct resource VERSIONED[] = {
        { "policy", "poddisruptionbudgets" },
        { "coordination.k8s.io", NULL },
        { "apiextensions.k8s.io", NULL },
        { "admissionregistration.k8s.io", NULL },
        { "storage.k8s.io", "csidrivers" },
        { "storage.k8s.io", "csinodes" },
        { "node.k8s.io", NULL },
};

static const struct resource PUT_CREATES[] = {
        { "rbac.authorization.k8s.io", NULL },
        { "coordination.k8s.io", NULL },
        { "", "limitranges" },
        { "", "events" },
        { "events.k8s.io", "events" },
        { "", "services" },
        { "", "endpoints" },
        { "node.k8s.io", NULL },
};

static bool is_among(const struct kind *kind, const struct resource *resources, size_t n) {
        for (size_t i = 0; i < n; i++)
                if (strcmp(kind->group, resources[i].group) == 0 &&
                    (!resources[i].plural || strcmp(kind->plural, resources[i].plural) == 0))
                        return true;
        return false;
}

bool checks_put_creates(const struct kind *kind) {
        return is_among(kind, PUT_CREATES, sizeof(PUT_CREATES) / sizeof(*PUT_CREATES));
}

/* The real server names the resource in this one where else it names the kind. */
static int refuse_no_version(const struct write *write, const struct json *tree) {
        struct field_errors errors = { .arena = write->refusal->arena };
        struct json *zero JSON_CLEANUP = json_new_int(0);
        struct kind kind = { .group = write->kind->group, .name = write->kind->plural };

        field_error_add(&errors, FIELD_ERROR_INVALID, "metadata.resourceVersion", zero, "%s",
                        "must be specified for an update");
        return refuse_invalid(write->refusal, &kind, metadata_name(tree), &errors);
}

int checks_version(const struct write *write, const struct record *record,
                   const struct json *tree) {
        const char *text = json_text_at(json_get(tree, "metadata"), "resourceVersion");
        unsigned long long version = 0;

        if (text[0] != '\0') {
                char *end;

                version = strtoull(text, &end, 10);
                if (*end != '\0' || !isdigit((unsigned char)text[0]))
                        return refuse(write->refusal, HTTP_INTERNAL, "",
                                      "strconv.ParseUint: parsing \"%s\": invalid syntax", text);
        }
        if (version == 0) {
                if (write->kind->builtin &&
                    !is_among(write->kind, VERSIONED, sizeof(VERSIONED) / sizeof(*VERSIONED)))
                        return 0;
                return refuse_no_version(write, tree);
        }
        if (version != (unsigned long long)record->revision)
                return refuse_conflict(write->refusal, write->kind, metadata_name(tree),
                                       "the object has been modified; please apply your changes to "
                                       "the latest version and try again");
        return 0;
}

int checks_uid(const struct write *write, const struct json *tree, const char *uid) {
        const char *asked = json_text_at(json_get(tree, "metadata"), "uid");

        if (asked[0] == '\0' || strcmp(asked, uid) == 0)
                return 0;
        return refuse_conflict(
                write->refusal, write->kind, write->name,
                "StorageError: invalid object, Code: 4, Key: %s, ResourceVersion: 0, "
                "AdditionalErrorMsg: Precondition failed: UID in precondition: %s, UID "
                "in object meta: %s",
                commit_storage_key(write->kind, write->namespace_, write->name,
                                   write->refusal->arena),
                asked, uid);
}

/* A custom resource of another kind than its own is refused as that kind. */
static int check_type(const struct write *write, const struct json *tree) {
        static const char *const FIELDS[] = { "kind", "apiVersion" };
        const char *const wanted[] = { write->kind->name,
                                       kind_api_version(write->kind, write->refusal->arena) };
        struct field_errors errors = { .arena = write->refusal->arena };
        struct kind said = *write->kind;

        for (size_t i = 0; i < sizeof(FIELDS) / sizeof(*FIELDS); i++)
                if (strcmp(json_text_at(tree, FIELDS[i]), wanted[i]) != 0)
                        field_error_add(&errors, FIELD_ERROR_INVALID, FIELDS[i],
                                        json_get(tree, FIELDS[i]), "must be %s", wanted[i]);
        if (errors.n == 0)
                return 0;
        said.name = json_text_at(tree, "kind");
        return refuse_invalid(write->refusal, &said, metadata_name(tree), &errors);
}

/* prefer a domain-qualified name: the real server says so for custom resources alone. */
static void warn_finalizers(const struct write *write, const struct json *tree,
                            const struct json *before) {
        const struct json *finalizers = json_get(json_get(tree, "metadata"), "finalizers");
        const struct json *old = json_get(json_get(before, "metadata"), "finalizers");

        for (size_t i = 0; i < json_length(finalizers); i++) {
                const char *name = json_as_string(json_at(finalizers, i)).ptr;
                bool is_new = true;

                for (size_t k = 0; k < json_length(old); k++)
                        if (json_equal(json_at(finalizers, i), json_at(old, k)))
                                is_new = false;
                if (is_new && !strchr(name, '/') && strcmp(name, "orphan") != 0 &&
                    strcmp(name, "foregroundDeletion") != 0)
                        strings_add(write->options->warnings,
                                    "metadata.finalizers: \"%s\": prefer a domain-qualified "
                                    "finalizer name including a path (/) to avoid accidental "
                                    "conflicts with other finalizer writers",
                                    name);
        }
}

int checks_valid(const struct write *write, const struct json *tree, const struct json *before) {
        const struct kind *kind = write->kind;
        struct field_errors errors = { .arena = write->refusal->arena };
        size_t n_metadata;

        if (!kind->builtin && check_type(write, tree) < 0)
                return -1;
        metadata_validate(kind, tree, before, &errors);
        /* The real server checks the metadata of an update twice, and says so in its causes. */
        if (before && errors.n > 0)
                metadata_validate(kind, tree, before, &errors);
        n_metadata = errors.n;
        if (!kind->builtin && write->options->part == PART_STATUS)
                schema_validate_status(kind->schema, tree, before, &errors);
        else
                schema_validate(kind->schema, tree, before, &errors);
        for (size_t i = n_metadata; kind->builtin && i < errors.n; i++)
                if (errors.items[i].type == FIELD_ERROR_TYPE)
                        return decode_refuse_type(write, tree, &errors.items[i]);
        if (!kind->builtin && kind->scale)
                scale_validate(kind, tree, &errors);
        if (!kind->builtin)
                schema_validate_rules(kind->schema, tree, before, &errors);
        if (kind->hooks && kind->hooks->validate)
                kind->hooks->validate(write->shown ? write->shown : kind, tree, before,
                                      write->options->part, &errors);
        if (errors.n > 0)
                return refuse_invalid(write->refusal, kind, metadata_name(tree), &errors);
        if (!kind->builtin && write->options->warnings)
                warn_finalizers(write, tree, before);
        return 0;
}

int checks_admission(const struct write *write, const struct json *tree,
                     const struct json *before) {
        const struct kind_hooks *hooks = write->kind->hooks;
        const char *why;

        if (hooks && hooks->forbidden) {
                why = hooks->forbidden(write->kind, tree, before, write->refusal->arena);
                if (why)
                        return refuse_forbidden(write->refusal, write->kind, metadata_name(tree),
                                                "%s", why);
        }
        if (hooks && hooks->out_of_scope) {
                why = hooks->out_of_scope(write->kind, tree, before, write->refusal->arena);
                if (why)
                        return refuse_out_of_scope(write->refusal, "%s", why);
        }
        return 0;
}
