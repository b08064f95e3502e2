#include "bearer.h"

#include <stdlib.h>

#include "llc/base/strbuf.h"
#include "llc/sys/file.h"

enum {
        TOKEN_MAX_BYTES = 64 << 10,
        TOKEN_MAX_AGE_MS = 60 * 1000,
};

bool bearer_is_token(struct bytes text) {
        for (size_t i = 0; i < text.len; i++)
                if (text.ptr[i] <= ' ' || text.ptr[i] > '~')
                        return false;
        return text.len > 0;
}

static void token_replace(char **token, char *new) {
        if (*token)
                explicit_bzero(*token, strlen(*token));
        free(*token);
        *token = new;
}

static struct bytes trim(struct bytes text) {
        while (text.len > 0 && strchr(" \t\r\n", text.ptr[0])) {
                text.ptr++;
                text.len--;
        }
        while (text.len > 0 && strchr(" \t\r\n", text.ptr[text.len - 1]))
                text.len--;
        return text;
}

static int token_read(const char *path, char **token, struct err *err) {
        struct strbuf content = STRBUF_INIT(TOKEN_MAX_BYTES);
        struct bytes text;
        int r = file_read(path, &content, err);

        if (r == 0) {
                text = trim(strbuf_bytes(&content));
                if (bearer_is_token(text))
                        token_replace(token, strndup(text.ptr, text.len));
                else
                        r = err_set(err, ERR_INVALID, "%s: holds no token", path);
        }
        if (content.data)
                explicit_bzero(content.data, content.cap);
        strbuf_deinit(&content);
        return r;
}

void bearer_init(struct bearer *bearer, const char *token, const char *file) {
        *bearer = (struct bearer){
                .token = token ? strdup(token) : NULL,
                .file = file ? strdup(file) : NULL,
                .stale = true,
        };
}

void bearer_deinit(struct bearer *bearer) {
        token_replace(&bearer->token, NULL);
        free(bearer->file);
        bearer->file = NULL;
}

/* While it can't be read, the token that is known stays. */
static void bearer_read(struct bearer *bearer, struct err *err) {
        char *token = NULL;

        if (token_read(bearer->file, &token, err) < 0)
                return;
        bearer->generation += !text_equal(token, bearer->token);
        token_replace(&bearer->token, token);
}

int bearer_get(struct bearer *bearer, int64_t now_ms, const char **ret_token, struct err *err) {
        if (bearer->file && (bearer->stale || now_ms - bearer->read_ms >= TOKEN_MAX_AGE_MS)) {
                bearer_read(bearer, err);
                if (!bearer->token)
                        return -1;
                bearer->read_ms = now_ms;
                bearer->stale = false;
        }
        *ret_token = bearer->token;
        return 0;
}

void bearer_refused(struct bearer *bearer) {
        bearer->stale = true;
}

int bearer_check_file(const char *path, struct err *err) {
        char *token = NULL;
        int r = token_read(path, &token, err);

        token_replace(&token, NULL);
        return r;
}
