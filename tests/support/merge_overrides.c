/*
 * Applies overrides to pod templates, for a judge that knows the answers: each line of the input
 * is {"podSpec": {…}, "spec": {…}} with the spec of a LongLivedCanary, each line of the output is
 * {"podSpec": {…}} or {"error": "…"}.
 */
#include <stdio.h>
#include <stdlib.h>

#include "overrides.h"

static int merge(const struct json *request, struct arena *arena, struct json *ret_pod_spec,
                 struct err *err) {
        struct llc_spec spec;

        if (desc_decode(&llc_spec_type, json_get(request, "spec"), arena, &spec, err) < 0)
                return -1;
        return overrides_apply(&spec, ret_pod_spec, err);
}

static struct json *answer_to(struct bytes line) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        JSON_CLEANUP struct json *request = NULL;
        struct json *answer = json_new_object();
        struct err err;

        if (json_parse(line, &JSON_LIMITS_OBJECT, &request, &err) == 0 &&
            merge(request, &arena, json_get_mut(request, "podSpec"), &err) == 0)
                json_set(answer, "podSpec", json_clone(json_get(request, "podSpec")));
        else
                json_set_str(answer, "error", err.msg);
        return answer;
}

int main(void) {
        char *line = NULL;
        size_t size = 0;
        ssize_t len;

        while ((len = getline(&line, &size, stdin)) > 0) {
                STRBUF_CLEANUP struct strbuf text = STRBUF_INIT(8 << 20);
                JSON_CLEANUP struct json *answer =
                        answer_to((struct bytes){ .ptr = line, .len = (size_t)len });

                json_write(answer, &text);
                if (puts(strbuf_str(&text)) == EOF)
                        break;
        }
        free(line);
        return ferror(stdin) || ferror(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}
