#include "serve/access.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "llc/base/map.h"
#include "serve/rbac.h"
#include "verbs/agenda.h"

enum { TOKEN_BYTES = 24, FIELDS_MAX = 4 };

static const char *const ADMIN_GROUPS[] = { "system:masters", "system:authenticated", NULL };
static const char *const ANONYMOUS_GROUPS[] = { "system:unauthenticated", NULL };

const struct user ACCESS_ADMIN = { .name = "system:admin", .uid = "", .groups = ADMIN_GROUPS };
static const struct user ANONYMOUS = { .name = "system:anonymous",
                                       .uid = "",
                                       .groups = ANONYMOUS_GROUPS };

struct token {
        struct arena arena; /* holds all texts */
        const char *text;
        struct user user;
        /* Of a ServiceAccount; namespace_ NULL = a static one. */
        const char *namespace_, *account;
        int64_t expires_ms;
};

struct access {
        struct sim *sim;
        const struct kind *accounts;
        struct rbac *rbac;
        struct map tokens; /* by their text */
};

struct access *access_new(struct sim *sim) {
        struct access *access = calloc(1, sizeof *access);
        uint64_t seed[2];

        if (!access)
                abort();
        access->sim = sim;
        access->accounts = kinds_find(sim->kinds, "", "v1", "serviceaccounts");
        access->rbac = rbac_new(sim);
        agenda_random(sim->agenda, seed, sizeof seed);
        map_init(&access->tokens, seed);
        return access;
}

static void token_free(struct token *token) {
        struct arena arena;

        if (!token)
                return;
        arena = token->arena; /* the token is in it, too */
        arena_deinit(&arena);
}

void access_free(struct access *access) {
        void *token;
        size_t cursor = 0;
        const char *key;

        if (!access)
                return;
        while (map_next(&access->tokens, &cursor, &key, &token))
                token_free(token);
        map_deinit(&access->tokens);
        rbac_free(access->rbac);
        free(access);
}

static struct token *token_new(void) {
        struct arena arena = ARENA_INIT;
        struct token *token = ARENA_NEW(&arena, struct token);

        token->arena = arena;
        return token;
}

static void add_token(struct access *access, struct token *token) {
        token_free(map_put(&access->tokens, token->text, token));
}

bool user_in_group(const struct user *user, const char *group) {
        for (const char *const *text = user->groups; *text; text++) {
                if (strcmp(*text, group) == 0)
                        return true;
        }
        return false;
}

/* One field of a line of comma-separated values (RFC 4180, without line breaks in it). */
static const char *csv_field(struct bytes *line, struct arena *arena) {
        char *out = arena_alloc(arena, line->len + 1);
        size_t i = 0, n = 0;
        bool quoted = line->len > 0 && line->ptr[0] == '"';

        for (i = quoted; i < line->len; i++) {
                char c = line->ptr[i];

                if (quoted && c == '"') {
                        if (i + 1 < line->len && line->ptr[i + 1] == '"')
                                i++;
                        else
                                break;
                } else if (!quoted && c == ',') {
                        break;
                }
                out[n++] = c;
        }
        while (i < line->len && line->ptr[i] != ',')
                i++;
        i += i < line->len;
        line->ptr += i;
        line->len -= i;
        return out;
}

/* "group1,group2", and what everybody with a token is in. */
static const char *const *parse_groups(const char *text, struct arena *arena) {
        const char **groups;
        size_t n = 3;

        for (const char *c = text; *c; c++)
                n += *c == ',';
        groups = ARENA_NEW_ARRAY(arena, const char *, n);
        n = 0;
        while (*text) {
                size_t len = strcspn(text, ",");

                if (len > 0)
                        groups[n++] = arena_copy(arena, (struct bytes){ text, len });
                text += len;
                text += *text == ',';
        }
        groups[n] = "system:authenticated";
        return groups;
}

static int read_line(struct access *access, struct bytes line, unsigned number, struct err *err) {
        const char *fields[FIELDS_MAX] = { "", "", "", "" };
        struct token *token;
        size_t n = 0;

        if (line.len > 0 && line.ptr[line.len - 1] == '\r')
                line.len--;
        if (line.len == 0 || line.ptr[0] == '#')
                return 0;
        token = token_new();
        while (line.len > 0 && n < FIELDS_MAX)
                fields[n++] = csv_field(&line, &token->arena);
        if (n < 3 || fields[0][0] == '\0' || fields[1][0] == '\0' || line.len > 0) {
                token_free(token);
                return err_set(err, ERR_INVALID,
                               "line %u: not token,user,uid or token,user,uid,\"group1,group2\"",
                               number);
        }
        token->text = fields[0];
        token->user = (struct user){ .name = fields[1],
                                     .uid = fields[2],
                                     .groups = parse_groups(fields[3], &token->arena) };
        add_token(access, token);
        return 0;
}

int access_read_tokens(struct access *access, struct bytes text, struct err *err) {
        for (unsigned number = 1; text.len > 0; number++) {
                const char *end = memchr(text.ptr, '\n', text.len);
                size_t n = end ? (size_t)(end - text.ptr) : text.len;

                if (read_line(access, (struct bytes){ text.ptr, n }, number, err) < 0)
                        return -1;
                text.ptr += n + (end != NULL);
                text.len -= n + (end != NULL);
        }
        return 0;
}

const char *access_issue(struct access *access, const struct record *account, int64_t expires_ms,
                         struct arena *arena) {
        struct token *token = token_new();
        unsigned char bytes[TOKEN_BYTES];
        const char **groups = ARENA_NEW_ARRAY(&token->arena, const char *, 4);
        char *text = arena_alloc(&token->arena, 2 * sizeof bytes + sizeof "sa-");
        size_t n = 3;

        agenda_random(access->sim->agenda, bytes, sizeof bytes);
        memcpy(text, "sa-", n);
        for (size_t i = 0; i < sizeof bytes; i++) {
                text[n++] = "0123456789abcdef"[bytes[i] >> 4];
                text[n++] = "0123456789abcdef"[bytes[i] & 15];
        }
        token->text = text;
        token->namespace_ = arena_strdup(&token->arena, account->namespace_);
        token->account = arena_strdup(&token->arena, account->name);
        token->expires_ms = expires_ms;
        groups[0] = "system:serviceaccounts";
        groups[1] = arena_printf(&token->arena, "system:serviceaccounts:%s", account->namespace_);
        groups[2] = "system:authenticated";
        token->user = (struct user){
                .name = arena_printf(&token->arena, "system:serviceaccount:%s:%s",
                                     account->namespace_, account->name),
                .uid = arena_strdup(&token->arena, account->uid),
                .groups = groups,
        };
        add_token(access, token);
        return arena_strdup(arena, text);
}

/* A ServiceAccount's token ends with its time, and with the account. */
static bool is_valid(const struct access *access, const struct token *token) {
        const struct record *account;

        if (!token->namespace_)
                return true;
        if (agenda_now_ms(access->sim->agenda) >= token->expires_ms)
                return false;
        account = collection_get(access->accounts->objects, token->namespace_, token->account);
        return account && strcmp(account->uid, token->user.uid) == 0;
}

static struct user user_copy(const struct user *user, struct arena *arena) {
        struct user copy = { .name = arena_strdup(arena, user->name),
                             .uid = arena_strdup(arena, user->uid) };
        const char **groups;
        size_t n = 0;

        while (user->groups[n])
                n++;
        groups = ARENA_NEW_ARRAY(arena, const char *, n + 1);
        for (size_t i = 0; i < n; i++)
                groups[i] = arena_strdup(arena, user->groups[i]);
        copy.groups = groups;
        return copy;
}

bool access_authenticate_token(struct access *access, const char *text, struct arena *arena,
                               struct user *ret_user) {
        struct token *token = map_get(&access->tokens, text);

        if (!token)
                return false;
        if (!is_valid(access, token)) {
                map_remove(&access->tokens, text);
                token_free(token);
                return false;
        }
        *ret_user = user_copy(&token->user, arena);
        return true;
}

bool access_authenticate(struct access *access, const char *authorization, struct arena *arena,
                         struct user *ret_user) {
        static const char scheme[] = "bearer ";
        const char *token;

        if (!authorization || strncasecmp(authorization, scheme, sizeof scheme - 1) != 0) {
                *ret_user = ANONYMOUS;
                return true;
        }
        token = authorization + sizeof scheme - 1;
        token += strspn(token, " ");
        return access_authenticate_token(access,
                                         arena_copy(arena,
                                                    (struct bytes){ token, strcspn(token, " ") }),
                                         arena, ret_user);
}

bool access_allows(struct access *access, const struct user *user, const struct attempt *attempt,
                   struct arena *arena, const char **ret_reason) {
        *ret_reason = "";
        if (!access || user_in_group(user, "system:masters"))
                return true;
        return rbac_allows(access->rbac, user, attempt, arena, ret_reason);
}

struct json *access_rules(struct access *access, const struct user *user, const char *namespace_) {
        return rbac_rules(access->rbac, user, namespace_);
}

struct json *access_role_rules(struct access *access, const char *namespace_, const char *name) {
        return rbac_role_rules(access->rbac, namespace_, name);
}
