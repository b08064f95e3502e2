/*
 * Requests to a small populated server: "METHOD TARGET", headers, an empty line, a body; one after
 * the other, with a line "###" between. Every answer is what it says it is, and afterwards the store
 * is as it should be.
 */
#include <stdio.h>

#include "fuzz.h"
#include "llc/sys/yaml.h"
#include "serve/access.h"
#include "serve/roles.h"
#include "serve/serve.h"
#include "serve/watch.h"
#include "verbs/agenda.h"

enum {
        OBJECTS_MAX = 256,
        INPUTS_MAX = 500,
        REQUESTS_MAX = 24,
        TAKE_MAX = 4096,
        ANSWER_MAX = 256 << 20,
        SECOND_MS = 1000
};

static const struct json_limits LIMITS = { .max_bytes = ANSWER_MAX,
                                           .max_depth = 256,
                                           .max_nodes = 64u << 20 };

static const char DEFINITIONS[] = "customresourcedefinitions";
static const char TOKENS[] = "root,root,1,system:masters\njane,jane,2,dev\n";

/* What there is: apiVersion, kind, namespace, object. */
static const char *const OBJECTS[][4] = {
        { "v1", "Namespace", "", "{metadata: {name: default}}" },
        { "v1", "Namespace", "", "{metadata: {name: other, finalizers: [a/b]}}" },
        { "apiextensions.k8s.io/v1", "CustomResourceDefinition", "",
          "{metadata: {name: things.example.dev}, spec: {group: example.dev, scope: Namespaced, "
          "names: {plural: things, singular: thing, kind: Thing, listKind: ThingList}, versions: "
          "[{name: v1, served: true, storage: true, subresources: {status: {}, scale: "
          "{specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas}}, schema: "
          "{openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: "
          "{replicas: {type: integer}, size: {type: integer, maximum: 9}, list: {type: array, "
          "items: {type: string}}}}, status: {type: object, properties: {replicas: {type: "
          "integer}}}}}}}]}}" },
        { "v1", "ServiceAccount", "default", "{metadata: {name: sa}}" },
        { "v1", "ConfigMap", "default", "{metadata: {name: a, labels: {x: v}}, data: {k: v}}" },
        { "v1", "ConfigMap", "default", "{metadata: {name: b, finalizers: [a/b]}}" },
        { "v1", "Pod", "default",
          "{metadata: {name: p, labels: {app: x}}, spec: {containers: [{name: c, image: i}]}}" },
        { "v1", "Service", "default",
          "{metadata: {name: s}, spec: {selector: {app: x}, ports: "
          "[{port: 80}]}}" },
        { "apps/v1", "Deployment", "default",
          "{metadata: {name: d}, spec: {selector: {matchLabels: {app: x}}, template: {metadata: "
          "{labels: {app: x}}, spec: {containers: [{name: c, image: i}]}}}}" },
        { "rbac.authorization.k8s.io/v1", "RoleBinding", "default",
          "{metadata: {name: r}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, "
          "name: edit}, subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: "
          "jane}]}" },
        { "example.dev/v1", "Thing", "default",
          "{apiVersion: example.dev/v1, kind: Thing, metadata: {name: t}, spec: {replicas: 1}}" },
};

static void put(struct sim *sim, const char *const object[4]) {
        const struct kind *kind = kinds_find_name(sim->kinds, object[0], object[1]);
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        struct refusal refusal = { .arena = &arena };
        const struct write_options options = { .manager = "fuzz" };
        struct json *tree = NULL;
        struct written written;
        struct err err;

        must(kind && yaml_parse(bytes_of(object[3]), &tree, &err) == 0);
        must(verb_create(sim, kind, object[2], tree, &options, &written, &refusal) == 0);
        record_unref(written.record);
}

static struct server *server_new(void) {
        struct server *server = calloc(1, sizeof *server);
        struct sim *sim = calloc(1, sizeof *sim);
        struct err err;

        must(server && sim);
        sim->agenda = agenda_new(&(struct agenda_options){
                .is_virtual = true, .start_ms = INT64_C(1772366400000), .seed = 1 });
        sim->storage = storage_new(
                &(struct storage_limits){ .history_changes = 32, .history_bytes = 1 << 20 });
        must(kinds_new(sim->storage, &sim->kinds, &err) == 0);
        must(roles_create(sim, &err) == 0);
        for (size_t i = 0; i < sizeof OBJECTS / sizeof OBJECTS[0]; i++)
                put(sim, OBJECTS[i]);
        server->sim = sim;
        server->access = access_new(sim);
        must(access_read_tokens(server->access, bytes_of(TOKENS), &err) == 0);
        return server;
}

static void server_free(struct server *server) {
        struct sim *sim = server->sim;

        access_free(server->access);
        kinds_free(sim->kinds);
        storage_free(sim->storage);
        agenda_free(sim->agenda);
        free(sim);
        free(server);
}

/*
 * The kinds take long to make, so one server serves many inputs: what an input did to its objects is
 * undone, behind the back of the verbs.
 */
struct kept {
        char kind[128]; /* "apps deployments" */
        struct record *record;
};

static struct server *the_server;
static struct kept kept[OBJECTS_MAX];
static size_t n_kept, n_inputs;

struct gathering {
        struct record *records[OBJECTS_MAX];
        size_t n;
};

static bool gather(void *ctx, struct record *record) {
        struct gathering *gathering = ctx;

        if (gathering->n < OBJECTS_MAX)
                gathering->records[gathering->n++] = record_ref(record);
        return true;
}

static void forget(struct sim *sim, const struct kind *kind, const struct record *record) {
        if (strcmp(kind->plural, DEFINITIONS) == 0)
                kinds_undefine(sim->kinds, record->name);
        storage_remove(sim->storage, kind->objects, record->namespace_, record->name, NULL);
}

/* Calls fn with each object; fn may change the store. */
static void each_object(struct sim *sim, void (*fn)(struct sim *sim, const struct kind *kind,
                                                    struct record *record)) {
        const struct kind *kind;
        size_t cursor = 0;

        while (kinds_next(sim->kinds, &cursor, &kind)) {
                struct gathering gathering = { .n = 0 };

                if (kind->stored_as)
                        continue;
                collection_walk(kind->objects, "", "", "", gather, &gathering);
                for (size_t i = 0; i < gathering.n; i++) {
                        fn(sim, kind, gathering.records[i]);
                        record_unref(gathering.records[i]);
                }
        }
}

static void keep(struct sim *sim, const struct kind *kind, struct record *record) {
        struct kept *one = &kept[n_kept++];

        (void)sim;
        must(n_kept < OBJECTS_MAX);
        snprintf(one->kind, sizeof one->kind, "%s %s", kind->group, kind->plural);
        one->record = record_ref(record);
}

static bool is_kept(const struct record *record) {
        for (size_t i = 0; i < n_kept; i++) {
                if (kept[i].record == record)
                        return true;
        }
        return false;
}

static void drop_foreign(struct sim *sim, const struct kind *kind, struct record *record) {
        if (!is_kept(record))
                forget(sim, kind, record);
}

static void restore(struct sim *sim, struct kept *one) {
        const char *plural = strchr(one->kind, ' ') + 1;
        char group[sizeof one->kind];
        const struct kind *kind;
        struct json *tree;
        struct err err;

        snprintf(group, sizeof group, "%.*s", (int)(plural - one->kind) - 1, one->kind);
        kind = kinds_find(sim->kinds, group, NULL, plural);
        must(kind);
        if (collection_get(kind->objects, one->record->namespace_, one->record->name) ==
            one->record)
                return;
        tree = record_tree(one->record);
        record_unref(one->record);
        one->record = record_ref(storage_put(sim->storage, kind->objects, tree));
        if (strcmp(plural, DEFINITIONS) == 0)
                must(kinds_define(sim->kinds, tree, &err) == 0);
        json_free(tree);
}

static bool is_definition(const struct kept *one) {
        return strcmp(strchr(one->kind, ' ') + 1, DEFINITIONS) == 0;
}

static void server_end(void) {
        if (!the_server)
                return;
        while (n_kept > 0)
                record_unref(kept[--n_kept].record);
        server_free(the_server);
        the_server = NULL;
}

static struct server *server_get(void) {
        if (n_inputs == 0)
                must(atexit(server_end) == 0); /* or valgrind takes some of it for lost */
        if (n_inputs++ % INPUTS_MAX == 0)
                server_end();
        if (!the_server) {
                the_server = server_new();
                each_object(the_server->sim, keep);
        }
        return the_server;
}

static void server_reset(struct sim *sim) {
        each_object(sim, drop_foreign);
        for (size_t i = 0; i < n_kept; i++) {
                if (is_definition(&kept[i]))
                        restore(sim, &kept[i]);
        }
        for (size_t i = 0; i < n_kept; i++) {
                if (!is_definition(&kept[i]))
                        restore(sim, &kept[i]);
        }
}

static void check_json(struct bytes text) {
        struct json *tree JSON_CLEANUP = NULL;
        struct err err;

        must(json_parse(text, &LIMITS, &tree, &err) == 0);
        must(json_kind(tree) == JSON_OBJECT);
}

static void check_failure(const struct http_response *response) {
        struct json *tree JSON_CLEANUP = NULL;
        struct err err;

        must(json_parse(strbuf_bytes(&response->body), &LIMITS, &tree, &err) == 0);
        must(bytes_is(bytes_of(json_text_at(tree, "kind")), "Status"));
        must(json_int_at(tree, "code", 0) == response->status);
        must(json_text_at(tree, "message")[0] != '\0');
}

static void check_watch(struct watch *watch) {
        struct strbuf out STRBUF_CLEANUP = STRBUF_INIT(ANSWER_MAX);
        const char *at;

        for (int i = 0; i < 3; i++)
                (void)watch_take(watch, TAKE_MAX, &out);
        for (at = strbuf_str(&out); *at;) {
                size_t n = strcspn(at, "\n");

                must(at[n] == '\n');
                check_json((struct bytes){ at, n });
                at += n + 1;
        }
}

static void check_response(const struct http_response *response) {
        const char *type = response->content_type;

        must(strbuf_ok(&response->body));
        must(response->status >= 200 && response->status < 600);
        must(type || response->body.len == 0);
        for (size_t i = 0; i < response->n_headers; i++)
                must(!strpbrk(response->headers[i].value, "\r\n"));
        if (response->watch) {
                must(response->status == 200 && response->body.len == 0);
                check_watch(response->watch);
        } else if (type && strncmp(type, "application/json", 16) == 0) {
                check_json(strbuf_bytes(&response->body));
                if (response->status >= 400)
                        check_failure(response);
        }
}

struct walk {
        int64_t revision; /* the newest there is */
        struct record *before;
};

static void check_object(const struct record *record) {
        struct json *tree JSON_CLEANUP = record_tree(record);
        const struct json *metadata = json_get(tree, "metadata");
        char version[24];

        must(strcmp(json_text_at(metadata, "name"), record->name) == 0);
        must(strcmp(json_text_at(metadata, "namespace"), record->namespace_) == 0);
        must(strcmp(json_text_at(metadata, "uid"), record->uid) == 0 && record->uid[0] != '\0');
        snprintf(version, sizeof version, "%lld", (long long)record->revision);
        must(strcmp(json_text_at(metadata, "resourceVersion"), version) == 0);
        must(json_has(metadata, "deletionTimestamp") == record->deleting);
}

static bool check_record(void *ctx, struct record *record) {
        struct walk *walk = ctx;

        must(record->revision <= walk->revision);
        if (walk->before) {
                int order = strcmp(walk->before->namespace_, record->namespace_);

                must(order < 0 || (order == 0 && strcmp(walk->before->name, record->name) < 0));
        }
        walk->before = record;
        if (!is_kept(record))
                check_object(record);
        return true;
}

static void check_storage(const struct sim *sim) {
        const struct kind *kind;
        size_t cursor = 0;

        while (kinds_next(sim->kinds, &cursor, &kind)) {
                struct walk walk = { .revision = storage_revision(sim->storage) };

                collection_walk(kind->objects, "", "", "", check_record, &walk);
        }
}

/* Cuts text at the first end; *text goes on after it. */
static char *cut(char **text, const char *end) {
        char *part = *text, *at = strstr(part, end);

        if (at)
                *at = '\0';
        *text = at ? at + strlen(end) : part + strlen(part);
        return part;
}

static void set_header(struct http_request *request, char *line) {
        const char *name = cut(&line, ": ");

        if (strcmp(name, "Accept") == 0)
                request->accept = line;
        else if (strcmp(name, "Content-Type") == 0)
                request->content_type = line;
        else if (strcmp(name, "Authorization") == 0)
                request->authorization = line;
        else if (strcmp(name, "User-Agent") == 0)
                request->user_agent = line;
        else if (strcmp(name, "If-None-Match") == 0)
                request->if_none_match = line;
}

static void ask(struct server *server, char *text) {
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        struct http_response response = { .arena = &arena };
        struct http_request request = { .authorization = "Bearer root" };
        char *first = cut(&text, "\n");

        request.method = cut(&first, " ");
        request.target = first;
        while (*text && *text != '\n')
                set_header(&request, cut(&text, "\n"));
        request.body = bytes_of(*text == '\n' ? text + 1 : text);
        serve(server, &request, &response);
        check_response(&response);
        agenda_advance(server->sim->agenda, SECOND_MS);
        http_response_deinit(&response);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        struct server *server = server_get();
        char *text = calloc(1, size + 1), *at = text;

        must(text);
        if (size > 0)
                memcpy(text, data, size);
        for (int i = 0; i < REQUESTS_MAX && *at; i++)
                ask(server, cut(&at, "\n###\n"));
        check_storage(server->sim);
        server_reset(server->sim);
        free(text);
        return 0;
}
