/*
 * Runs a fuzz target over every file of the directories given, and over nothing at all: what once
 * was found stays found, without a fuzzer.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fuzz.h"

enum { FILE_MAX = 1 << 20 };

/* Memory of just the right size, so that a sanitizer sees a byte too far. */
static void replay_bytes(const uint8_t *data, size_t size) {
        uint8_t *copy = calloc(1, size > 0 ? size : 1);

        must(copy);
        memcpy(copy, data, size);
        LLVMFuzzerTestOneInput(copy, size);
        free(copy);
}

static int replay_file(const char *path) {
        static uint8_t buffer[FILE_MAX];
        FILE *file = fopen(path, "rb");
        size_t size;

        if (!file) {
                fprintf(stderr, "%s: %s\n", path, strerror(errno));
                return -1;
        }
        size = fread(buffer, 1, sizeof(buffer), file);
        fclose(file);
        printf("%s: %zu bytes\n", path, size);
        fflush(stdout); /* names the culprit when the next line aborts */
        replay_bytes(buffer, size);
        return 0;
}

/* Returns how many files there were, or -1. */
static int replay_directory(const char *path) {
        DIR *directory = opendir(path);
        const struct dirent *entry;
        int n = 0;

        if (!directory) {
                fprintf(stderr, "%s: %s\n", path, strerror(errno));
                return -1;
        }
        while (n >= 0 && (entry = readdir(directory))) {
                char file[4096];

                if (entry->d_name[0] == '.')
                        continue;
                snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
                n = replay_file(file) < 0 ? -1 : n + 1;
        }
        closedir(directory);
        return n;
}

int main(int argc, char **argv) {
        replay_bytes((const uint8_t *)"", 0);
        for (int i = 1; i < argc; i++) {
                if (replay_directory(argv[i]) <= 0) {
                        fprintf(stderr, "%s: no corpus\n", argv[i]);
                        return EXIT_FAILURE;
                }
        }
        return EXIT_SUCCESS;
}
