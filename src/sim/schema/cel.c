#include "schema/cel.h"

#include <string.h>

#include "llc/base/strbuf.h"
#include "schema/cel_eval.h"

enum { RULES_MAX = 256, PATH_MAX_BYTES = 1024, MESSAGE_MAX = 5 * 1024 };

struct cel_rule {
        const char *text, *message; /* without space around them; message "" = none */
        const struct cel_node *root;
        const struct cel_node *message_expression; /* NULL = none */
        const char *field;                         /* "image", "labels[a]"; "" = the value itself */
        enum field_error_type reason;
        bool uses_old_self, optional_old_self;
};

/* "" when there is no such member, or it is no text. */
static struct bytes text_of(const struct json *object, const char *key) {
        const struct json *value = json_get(object, key);

        return value && json_kind(value) == JSON_STRING ? json_as_string(value) : bytes_of("");
}

static struct bytes trimmed(struct bytes text) {
        while (text.len > 0 && strchr(" \t\n\v\f\r", text.ptr[0]))
                text = (struct bytes){ text.ptr + 1, text.len - 1 };
        while (text.len > 0 && strchr(" \t\n\v\f\r", text.ptr[text.len - 1]))
                text.len--;
        return text;
}

/* ".spec.labels['a.b']" as a path of errors: "spec.labels[a.b]". */
static int field_path(struct bytes path, struct arena *arena, const char **ret, struct err *err) {
        struct strbuf out STRBUF_CLEANUP = STRBUF_INIT(PATH_MAX_BYTES);
        size_t at = 0, start;

        while (at < path.len) {
                if (path.ptr[at] == '.') {
                        start = ++at;
                        while (at < path.len && path.ptr[at] != '.' && path.ptr[at] != '[')
                                at++;
                        strbuf_puts(&out, out.len > 0 ? "." : "");
                        strbuf_append(&out, (struct bytes){ path.ptr + start, at - start });
                        if (at == start)
                                break;
                } else {
                        start = at + 2;
                        for (at = start; at < path.len && path.ptr[at] != '\'';)
                                at++;
                        if (start > path.len || path.ptr[start - 2] != '[' ||
                            path.ptr[start - 1] != '\'' || at + 1 >= path.len ||
                            path.ptr[at + 1] != ']')
                                break;
                        strbuf_printf(&out, "[%.*s]", (int)(at - start), path.ptr + start);
                        at += 2;
                        continue;
                }
        }
        if (at < path.len || !strbuf_ok(&out))
                return err_set(err, ERR_INVALID, "invalid fieldPath %.*s", (int)path.len, path.ptr);
        *ret = arena_copy(arena, strbuf_bytes(&out));
        return 0;
}

static int reason_of(struct bytes reason, enum field_error_type *ret, struct err *err) {
        static const enum field_error_type types[] = {
                FIELD_ERROR_INVALID,
                FIELD_ERROR_REQUIRED,
                FIELD_ERROR_FORBIDDEN,
                FIELD_ERROR_DUPLICATE,
        };

        for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
                if (reason.len > 0 && !bytes_is(reason, field_error_reason(types[i])))
                        continue;
                *ret = types[i];
                return 0;
        }
        return err_set(err, ERR_INVALID, "invalid reason %.*s", (int)reason.len, reason.ptr);
}

static int rule_compile(const struct json *json, struct arena *arena, struct cel_rule *rule,
                        struct err *err) {
        struct bytes text = text_of(json, "rule"), expression = text_of(json, "messageExpression");
        const struct json *optional = json_get(json, "optionalOldSelf");
        bool uses_old_self = false;

        rule->text = arena_copy(arena, trimmed(text));
        rule->message = arena_copy(arena, trimmed(text_of(json, "message")));
        rule->optional_old_self =
                optional && json_kind(optional) == JSON_BOOL && json_as_bool(optional);
        if (rule->text[0] == '\0')
                return err_set(err, ERR_INVALID, "there is no rule");
        if (cel_parse(text, arena, &rule->root, &rule->uses_old_self, err) < 0)
                return -1;
        if (expression.len > 0 &&
            cel_parse(expression, arena, &rule->message_expression, &uses_old_self, err) < 0)
                return -1;
        rule->uses_old_self |= uses_old_self;
        if (field_path(text_of(json, "fieldPath"), arena, &rule->field, err) < 0)
                return -1;
        return reason_of(text_of(json, "reason"), &rule->reason, err);
}

int cel_rules_compile(const struct json *validations, struct arena *arena,
                      const struct cel_rule **ret_rules, size_t *ret_n, struct err *err) {
        struct cel_rule *rules;
        size_t n;

        if (validations && json_kind(validations) != JSON_ARRAY)
                return err_set(err, ERR_INVALID, "x-kubernetes-validations is no list");
        n = json_length(validations);
        if (n > RULES_MAX)
                return err_set(err, ERR_INVALID, "more than %d rules", RULES_MAX);
        rules = n > 0 ? ARENA_NEW_ARRAY(arena, struct cel_rule, n) : NULL;
        for (size_t i = 0; i < n; i++) {
                const struct json *json = json_at(validations, i);

                if (rule_compile(json, arena, &rules[i], err) < 0)
                        return err_wrap(err, "rule %.200s",
                                        arena_copy(arena, text_of(json, "rule")));
        }
        *ret_rules = rules;
        *ret_n = n;
        return 0;
}

/* The schema's type, which the API server shows in place of the value. */
static const char *type_shown(const struct schema *schema) {
        switch (schema->type) {
        case SCHEMA_OBJECT:
                return "object";
        case SCHEMA_ARRAY:
                return "array";
        case SCHEMA_STRING:
                return "string";
        case SCHEMA_INTEGER:
                return "integer";
        case SCHEMA_NUMBER:
                return "number";
        case SCHEMA_BOOLEAN:
                return "boolean";
        case SCHEMA_ANY:
        case SCHEMA_INT_OR_STRING:
                break;
        }
        return "";
}

static struct cel_value old_self_of(struct cel_run *run, const struct cel_rule *rule,
                                    const struct schema *schema, const struct json *before) {
        struct cel_value value = { .type = CEL_ERROR }, *item;

        if (before)
                value = cel_of_json(run, before, schema);
        if (!rule->optional_old_self)
                return value;
        item = ARENA_NEW(run->arena, struct cel_value);
        *item = value;
        return (struct cel_value){ .type = CEL_OPTIONAL, .items = item, .n = before ? 1 : 0 };
}

/* What the expression for the message gives, when it is a text of one line; else the message. */
static const char *message_of(struct cel_run *run, const struct cel_rule *rule,
                              const struct cel_value *self, const struct cel_value *old_self) {
        struct cel_value value;
        struct bytes text;

        if (rule->message_expression) {
                value = cel_evaluate(run, rule->message_expression, self, old_self);
                text = value.type == CEL_STRING ? trimmed(value.text) : bytes_of("");
                if (text.len > 0 && text.len <= MESSAGE_MAX && !memchr(text.ptr, '\n', text.len))
                        return arena_copy(run->arena, text);
        }
        if (rule->message[0] != '\0')
                return rule->message;
        return arena_printf(run->arena, "failed rule: %s", rule->text);
}

static const char *error_field(struct arena *arena, const struct cel_rule *rule,
                               const char *field) {
        if (rule->field[0] == '\0')
                return field[0] != '\0' ? field : "<nil>";
        return arena_printf(arena, "%s%s%s", field,
                            field[0] != '\0' && rule->field[0] != '[' ? "." : "", rule->field);
}

static void rule_fails(const struct cel_rule *rule, const struct json *shown, const char *field,
                       const char *message, struct field_errors *errors) {
        switch (rule->reason) {
        case FIELD_ERROR_REQUIRED:
        case FIELD_ERROR_FORBIDDEN:
                field_error_add(errors, rule->reason, field, NULL, "%s", message);
                break;
        case FIELD_ERROR_DUPLICATE:
                field_error_add(errors, rule->reason, field, shown, "%s", "");
                break;
        case FIELD_ERROR_INVALID:
        case FIELD_ERROR_NOT_SUPPORTED:
        case FIELD_ERROR_TOO_LONG:
        case FIELD_ERROR_TOO_MANY:
        case FIELD_ERROR_TYPE:
        case FIELD_ERROR_NOT_FOUND:
                field_error_add(errors, FIELD_ERROR_INVALID, field, shown, "%s", message);
                break;
        }
}

/* An evaluation that came to nothing, in the API server's words. */
static const char *failure_text(struct arena *arena, const struct cel_rule *rule,
                                const struct cel_value *value) {
        const char *shown = rule->message[0] != '\0' ? rule->message : rule->text;
        const char *error = arena_copy(arena, value->text);

        if (strncmp(error, "no such overload", 16) == 0)
                return arena_printf(arena,
                                    "'%s': call arguments did not match a supported operator, "
                                    "function or macro signature for rule: %s",
                                    error, shown);
        if (strncmp(error, "operation cancelled", 19) == 0)
                return arena_printf(arena,
                                    "'%s': no further validation rules will be run due to call "
                                    "cost exceeds limit for rule: %s",
                                    error, shown);
        return arena_printf(arena, "%s evaluating rule: %s", error, shown);
}

static void rule_check(const struct cel_rule *rule, const struct schema *schema,
                       const struct json *value, const struct json *before, const char *field,
                       struct field_errors *errors) {
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        struct cel_run run = { .arena = &arena, .cost_left = CEL_COST_MAX };
        struct json *shown JSON_CLEANUP = NULL;
        struct cel_value self, old_self, result;
        const char *message;

        self = cel_of_json(&run, value, schema);
        old_self = old_self_of(&run, rule, schema, before);
        result = cel_evaluate(&run, rule->root, &self, &old_self);
        if (result.type == CEL_BOOL && result.truth)
                return;
        shown = json_new_string(bytes_of(type_shown(schema)));
        if (result.type == CEL_ERROR) {
                field_error_add(errors, FIELD_ERROR_INVALID, field[0] != '\0' ? field : "<nil>",
                                shown, "%s", failure_text(&arena, rule, &result));
                return;
        }
        message = message_of(&run, rule, &self, &old_self);
        rule_fails(rule, shown, error_field(&arena, rule, field), message, errors);
}

void cel_rules_check(const struct cel_rule *rules, size_t n, const struct schema *schema,
                     const struct json *value, const struct json *before, const char *field,
                     struct field_errors *errors) {
        bool unchanged = n > 0 && before && json_equal(value, before);

        for (size_t i = 0; i < n; i++) {
                if (rules[i].uses_old_self ? !before && !rules[i].optional_old_self : unchanged)
                        continue;
                rule_check(&rules[i], schema, value, before, field, errors);
        }
}
