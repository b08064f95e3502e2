#include "bootstrap.h"

#include "serve/roles.h"

static const char *const NAMESPACES[] = { "default", "kube-node-lease", "kube-public",
                                          "kube-system" };

/* Takes tree. */
static int create(struct sim *sim, const char *api_version, const char *kind_name,
                  struct json *tree, struct err *err) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        const struct kind *kind = kinds_find_name(sim->kinds, api_version, kind_name);
        const struct write_options options = { .manager = "llc-sim" };
        struct refusal refusal = { .arena = &arena };
        struct written written;

        if (verb_create(sim, kind, "", tree, &options, &written, &refusal) < 0) {
                err_set(err, ERR_INVALID, "%s", refusal.message);
                refusal_deinit(&refusal);
                return -1;
        }
        record_unref(written.record);
        return 0;
}

static int create_namespace(struct sim *sim, const char *name, struct err *err) {
        struct json *tree = json_new_object();

        json_set_str(tree, "apiVersion", "v1");
        json_set_str(tree, "kind", "Namespace");
        json_set_str(json_object_at(tree, "metadata"), "name", name);
        return create(sim, "v1", "Namespace", tree, err);
}

int bootstrap(struct sim *sim, struct err *err) {
        const struct json *definitions = kinds_shipped_definitions(sim->kinds);

        for (size_t i = 0; i < sizeof(NAMESPACES) / sizeof(NAMESPACES[0]); i++)
                if (create_namespace(sim, NAMESPACES[i], err) < 0)
                        return -1;
        for (size_t i = 0; i < json_length(definitions); i++)
                if (create(sim, "apiextensions.k8s.io/v1", "CustomResourceDefinition",
                           json_clone(json_at(definitions, i)), err) < 0)
                        return -1;
        return roles_create(sim, err);
}
