#include "actors/namespace_content.h"

#include <stdlib.h>
#include <string.h>

#include "llc/base/strbuf.h"
#include "llc/base/timestamp.h"

enum { MESSAGE_MAX = 256 * 1024, FINALIZER_ESTIMATE_S = 15 };

enum condition {
        DISCOVERY_FAILURE, /* never so here, nor the next */
        PARSING_FAILURE,
        CONTENT_FAILURE,
        CONTENT_REMAINING,
        FINALIZERS_REMAINING,
        CONDITIONS
};

static const struct {
        const char *type, *good_reason, *good_message, *bad_reason;
} TEXTS[CONDITIONS] = {
        [DISCOVERY_FAILURE] = { "NamespaceDeletionDiscoveryFailure", "ResourcesDiscovered",
                                "All resources successfully discovered", "DiscoveryFailed" },
        [PARSING_FAILURE] = { "NamespaceDeletionGroupVersionParsingFailure", "ParsedGroupVersions",
                              "All legacy kube types successfully parsed",
                              "GroupVersionParsingFailed" },
        [CONTENT_FAILURE] = { "NamespaceDeletionContentFailure", "ContentDeleted",
                              "All content successfully deleted, may be waiting on finalization",
                              "ContentDeletionFailed" },
        [CONTENT_REMAINING] = { "NamespaceContentRemaining", "ContentRemoved",
                                "All content successfully removed", "SomeResourcesRemain" },
        [FINALIZERS_REMAINING] = { "NamespaceFinalizersRemaining", "ContentHasNoFinalizers",
                                   "All content-preserving finalizers finished",
                                   "SomeFinalizersRemain" },
};

void namespace_content_init(struct namespace_content *content, struct arena *arena) {
        *content = (struct namespace_content){
                .arena = arena,
                .remaining = { .arena = arena },
                .errors = { .arena = arena },
        };
}

static void count_finalizer(struct namespace_content *content, const char *name) {
        struct finalizer_count *grown;

        for (size_t i = 0; i < content->n_finalizers; i++)
                if (strcmp(content->finalizers[i].name, name) == 0) {
                        content->finalizers[i].n++;
                        return;
                }
        grown = ARENA_NEW_ARRAY(content->arena, struct finalizer_count, content->n_finalizers + 1);
        if (content->n_finalizers > 0)
                memcpy(grown, content->finalizers, content->n_finalizers * sizeof(*grown));
        grown[content->n_finalizers++] =
                (struct finalizer_count){ arena_strdup(content->arena, name), 1 };
        content->finalizers = grown;
}

struct counting {
        struct namespace_content *content;
        bool pods;
        size_t n, n_finalizers;
        int64_t grace_s; /* the longest of a pod that runs */
};

static bool count_object(void *ctx, struct record *record) {
        struct counting *counting = ctx;
        JSON_CLEANUP struct json *tree = record_tree(record);
        const struct json *finalizers = json_get(json_get(tree, "metadata"), "finalizers");
        const char *phase = json_text_at(json_get(tree, "status"), "phase");
        int64_t grace_s = json_int_at(json_get(tree, "spec"), "terminationGracePeriodSeconds", 0);

        counting->n++;
        for (size_t i = 0; i < json_length(finalizers); i++) {
                count_finalizer(counting->content, json_as_string(json_at(finalizers, i)).ptr);
                counting->n_finalizers++;
        }
        if (counting->pods && strcmp(phase, "Succeeded") != 0 && strcmp(phase, "Failed") != 0 &&
            grace_s > counting->grace_s)
                counting->grace_s = grace_s;
        return true;
}

size_t namespace_content_count(struct namespace_content *content, const struct kind *kind,
                               const char *namespace_, int64_t waited_s) {
        struct counting counting = {
                .content = content,
                .pods = kind->group[0] == '\0' && strcmp(kind->plural, "pods") == 0,
        };
        int64_t estimate_s;

        collection_walk(kind->objects, namespace_, "", "", count_object, &counting);
        if (counting.n == 0)
                return 0;
        strings_add(&content->remaining, "%s.%s has %zu resource instances", kind->plural,
                    kind->group, counting.n);
        estimate_s = waited_s < counting.grace_s ? counting.grace_s : 0;
        if (estimate_s == 0 && counting.n_finalizers > 0)
                estimate_s = FINALIZER_ESTIMATE_S;
        if (estimate_s == 0)
                strings_add(&content->errors,
                            "unexpected items still remain in namespace: %s for gvr: %s/%s, "
                            "Resource=%s",
                            namespace_, kind->group, kind->version, kind->plural);
        if (estimate_s > content->estimate_s)
                content->estimate_s = estimate_s;
        return counting.n;
}

static int text_compare(const void *a, const void *b) {
        const char *const *x = a, *const *y = b;

        return strcmp(*x, *y);
}

/* Sorted, so that the same content gives the same message. */
static const char *joined(const struct strings *texts, const char *prefix) {
        struct strbuf message STRBUF_CLEANUP = STRBUF_INIT(MESSAGE_MAX);

        qsort(texts->items, texts->n, sizeof(*texts->items), text_compare);
        strbuf_puts(&message, prefix);
        for (size_t i = 0; i < texts->n; i++)
                strbuf_printf(&message, "%s%s", i > 0 ? ", " : "", texts->items[i]);
        return arena_copy(texts->arena, strbuf_bytes(&message));
}

static const char *finalizers_message(const struct namespace_content *content) {
        struct strings texts = { .arena = content->arena };

        for (size_t i = 0; i < content->n_finalizers; i++)
                strings_add(&texts, "%s in %zu resource instances", content->finalizers[i].name,
                            content->finalizers[i].n);
        return joined(&texts, "Some content in the namespace has finalizers remaining: ");
}

/* What is wrong, or NULL. */
static const char *trouble(const struct namespace_content *content, enum condition condition,
                           bool totals) {
        switch (condition) {
        case CONTENT_FAILURE:
                if (content->errors.n == 0)
                        return NULL;
                return joined(&content->errors,
                              arena_printf(content->arena,
                                           "Failed to delete all resource types, %zu remaining: ",
                                           content->errors.n));
        case CONTENT_REMAINING:
                if (!totals || content->remaining.n == 0)
                        return NULL;
                return joined(&content->remaining, "Some resources are remaining: ");
        case FINALIZERS_REMAINING:
                return totals && content->n_finalizers > 0 ? finalizers_message(content) : NULL;
        case DISCOVERY_FAILURE:
        case PARSING_FAILURE:
        case CONDITIONS:
                return NULL;
        }
        return NULL;
}

static struct json *find_type(struct json *conditions, const char *type) {
        for (size_t i = 0; i < json_length(conditions); i++)
                if (strcmp(json_text_at(json_at(conditions, i), "type"), type) == 0)
                        return json_at_mut(conditions, i);
        return NULL;
}

struct json *namespace_content_conditions(const struct namespace_content *content,
                                          const struct json *before, bool totals, int64_t now_ms) {
        struct json *conditions = before ? json_clone(before) : json_new_array();
        char now[TIMESTAMP_SIZE];

        timestamp_format(now_ms, now);
        for (size_t i = 0; i < CONDITIONS; i++) {
                const char *bad = trouble(content, (enum condition)i, totals);
                const char *status = bad ? "True" : "False";
                struct json *condition = find_type(conditions, TEXTS[i].type);

                if (!condition) {
                        condition = json_new_object();
                        json_append(conditions, condition);
                        json_set_str(condition, "type", TEXTS[i].type);
                }
                if (strcmp(json_text_at(condition, "status"), status) != 0)
                        json_set_str(condition, "lastTransitionTime", now);
                json_set_str(condition, "status", status);
                json_set_str(condition, "reason", bad ? TEXTS[i].bad_reason : TEXTS[i].good_reason);
                json_set_str(condition, "message", bad ? bad : TEXTS[i].good_message);
        }
        if (!json_equal(conditions, before))
                return conditions;
        json_free(conditions);
        return NULL;
}
