#include "actors/writer.h"

#include "storage/record.h"

static void written_drop(struct written *written) {
        record_unref(written->record);
}

int writer_create(const struct writer *writer, const struct kind *kind, const char *namespace_,
                  struct json *tree) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        struct refusal refusal = { .arena = &arena };
        const struct write_options options = { .manager = writer->manager };
        struct written written;
        int r = verb_create(writer->sim, kind, namespace_, tree, &options, &written, &refusal);

        if (r == 0)
                written_drop(&written);
        refusal_deinit(&refusal);
        return r;
}

int writer_patch(const struct writer *writer, const struct kind *kind, const char *namespace_,
                 const char *name, enum part part, struct json *patch) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        struct refusal refusal = { .arena = &arena };
        const struct write_options options = { .manager = writer->manager, .part = part };
        struct written written;
        int r = verb_patch(writer->sim, kind, namespace_, name, PATCH_MERGE, patch, &options,
                           &written, &refusal);

        if (r == 0)
                written_drop(&written);
        refusal_deinit(&refusal);
        json_free(patch);
        return r;
}

int writer_delete(const struct writer *writer, const struct kind *kind, const char *namespace_,
                  const char *name, const char *uid) {
        const struct delete_options options = { .grace_s = -1, .uid = uid };

        return writer_delete_as(writer, kind, namespace_, name, &options);
}

int writer_delete_as(const struct writer *writer, const struct kind *kind, const char *namespace_,
                     const char *name, const struct delete_options *options) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        struct refusal refusal = { .arena = &arena };
        struct record *record;
        bool gone;
        int r = verb_delete(writer->sim, kind, namespace_, name, options, &record, &gone, &refusal);

        if (r == 0)
                record_unref(record);
        refusal_deinit(&refusal);
        return r;
}
