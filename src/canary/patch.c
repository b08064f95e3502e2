#include "patch.h"

struct json *patch_new(const char *uid) {
        struct json *patch = json_new_object();

        json_set_str(json_object_at(patch, "metadata"), "uid", uid);
        return patch;
}

struct json *patch_labels(struct json *patch) {
        return json_object_at(json_object_at(patch, "metadata"), "labels");
}

struct json *patch_annotations(struct json *patch) {
        return json_object_at(json_object_at(patch, "metadata"), "annotations");
}
