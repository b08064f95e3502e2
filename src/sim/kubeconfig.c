/*
 * Somebody's ~/.kube/config may hold the only way to their clusters: what we did not write we do
 * not replace.
 */
#include "kubeconfig.h"

#include <string.h>
#include <unistd.h>

#include "llc/base/json.h"
#include "llc/base/strbuf.h"
#include "llc/sys/file.h"
#include "llc/sys/yaml.h"
#include "private_file.h"

enum { FILE_BYTES = 1024 * 1024 };

static const char MARK[] = "# written by llc-sim, which replaces it\n", NAME[] = "llc-sim";

/* list: [{name: llc-sim, MEMBER: {}}]; returns the member. */
static struct json *named(struct json *root, const char *list, const char *member) {
        struct json *item = json_new_object(), *items = json_new_array();
        struct json *value;

        json_set_str(item, "name", NAME);
        value = json_object_at(item, member);
        json_append(items, item);
        json_set(root, list, items);
        return value;
}

static struct json *kubeconfig_json(const struct kubeconfig *config) {
        struct json *root = json_new_object(), *cluster, *context, *user;

        json_set_str(root, "apiVersion", "v1");
        json_set_str(root, "kind", "Config");
        json_set_str(root, "current-context", NAME);
        cluster = named(root, "clusters", "cluster");
        json_set_str(cluster, "server", config->server);
        if (config->authority_base64)
                json_set_str(cluster, "certificate-authority-data", config->authority_base64);
        context = named(root, "contexts", "context");
        json_set_str(context, "cluster", NAME);
        json_set_str(context, "user", NAME);
        json_set_str(context, "namespace", config->namespace_);
        user = named(root, "users", "user");
        if (config->token)
                json_set_str(user, "token", config->token);
        return root;
}

static int kubeconfig_check(const char *path, struct err *err) {
        STRBUF_CLEANUP struct strbuf text = STRBUF_INIT(FILE_BYTES);

        if (access(path, F_OK) < 0)
                return 0;
        if (file_read(path, &text, err) < 0)
                return -1;
        if (strncmp(strbuf_str(&text), MARK, sizeof(MARK) - 1) == 0)
                return 0;
        return err_set(err, ERR_ALREADY_EXISTS, "%s: is there, and was not written by llc-sim",
                       path);
}

int kubeconfig_write(const char *path, const struct kubeconfig *config, struct err *err) {
        STRBUF_CLEANUP struct strbuf text = STRBUF_INIT(FILE_BYTES);
        JSON_CLEANUP struct json *root = NULL;

        if (kubeconfig_check(path, err) < 0)
                return -1;
        root = kubeconfig_json(config);
        strbuf_puts(&text, MARK);
        yaml_write(root, &text);
        return private_file_write(path, strbuf_bytes(&text), err);
}
