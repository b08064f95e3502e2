#include "fingerprint.h"

#include <assert.h>
#include <inttypes.h>

#include "llc/api/resource.h"
#include "llc/base/map.h"

/* Public and fixed for ever: with another seed an upgrade would end every quarantine. */
static const uint64_t FINGERPRINT_SEED[2] = { 0x66696e6765727072, 0x696e742d6f662d66 };

/* No failure depends on these members of spec, and changing one of them is no new attempt. */
static const char *const INDIFFERENT_MEMBERS[] = { "replicas", "paused", "owner", "description" };

static const char SPEC_OF_DEFAULTS[] = "{\"rolloutRef\":{\"name\":\"-\"}}";

enum {
        HASHED_MAX = 4 << 20,
        NESTING_MAX = 4, /* of objects in spec */
};

static uint64_t hash_of(const char *path, const struct json *value) {
        STRBUF_CLEANUP struct strbuf text = STRBUF_INIT(HASHED_MAX);

        strbuf_printf(&text, "%s=", path);
        json_write(value, &text);
        return siphash13(text.data, text.len, FINGERPRINT_SEED);
}

/*
 * A sum, so that the order of rows in a table does not matter; and without the members that have
 * their default, so that a release that adds a field changes no fingerprint.
 */
static uint64_t hash_members(const struct json *object, const struct json *defaults,
                             const char *prefix, int nesting, struct arena *arena) {
        const struct json *value;
        void *cursor = NULL;
        uint64_t sum = 0;
        const char *key;

        while (json_next(object, &cursor, &key, &value)) {
                const struct json *default_ = json_get(defaults, key);
                const char *path = arena_printf(arena, "%s.%s", prefix, key);

                if (default_ && json_equal(value, default_))
                        continue;
                if (json_kind(value) == JSON_OBJECT && nesting < NESTING_MAX)
                        sum += hash_members(value, default_, path, nesting + 1, arena);
                else
                        sum += hash_of(path, value);
        }
        return sum;
}

/* The encoded spec of a LongLivedCanary that says nothing. The caller owns the result. */
static struct json *spec_of_defaults(struct arena *arena) {
        JSON_CLEANUP struct json *tree = NULL;
        struct llc_spec spec;
        struct err err;
        int r;

        r = json_parse(bytes_of(SPEC_OF_DEFAULTS), &JSON_LIMITS_OBJECT, &tree, &err);
        assert(r == 0);
        r = desc_decode(&llc_spec_type, tree, arena, &spec, &err);
        assert(r == 0);
        (void)r;
        return desc_encode(&llc_spec_type, &spec);
}

const char *fingerprint_of(const struct llc *llc, struct arena *arena) {
        JSON_CLEANUP struct json *spec = desc_encode(&llc_spec_type, llc->spec);
        JSON_CLEANUP struct json *defaults = spec_of_defaults(arena);
        const char *resume = meta_annotation(llc->meta, ANNOTATION_RESUME);
        uint64_t sum;

        for (size_t i = 0; i < sizeof(INDIFFERENT_MEMBERS) / sizeof(INDIFFERENT_MEMBERS[0]); i++)
                json_remove(spec, INDIFFERENT_MEMBERS[i]);
        sum = hash_members(spec, defaults, "spec", 0, arena);
        if (resume) {
                JSON_CLEANUP struct json *value = json_new_string(bytes_of(resume));

                sum += hash_of(ANNOTATION_RESUME, value);
        }
        return arena_printf(arena, "%016" PRIx64, sum);
}
