#include <stddef.h>

#include "llc/base/timestamp.h"
#include "llc/canary/plan.h"

enum {
        BODY_MAX = 16 << 20, /* of one action, as compact text */
        BODY_INDENT = 4,
};

static void print_newline(struct strbuf *out, int indent) {
        strbuf_append_char(out, '\n');
        for (int i = 0; i < indent; i++)
                strbuf_append_char(out, ' ');
}

static bool is_opening(char c) {
        return c == '{' || c == '[';
}

static bool is_closing(char c) {
        return c == '}' || c == ']';
}

/*
 * Breaks compact JSON into lines. Works on the text, so that no depth of the tree can exhaust the
 * stack: brackets outside strings open and close a level, "{}" and "[]" stay together.
 */
static void print_indented(struct bytes text, struct strbuf *out) {
        bool in_string = false;
        int indent = BODY_INDENT;

        print_newline(out, indent);
        for (size_t i = 0; i < text.len; i++) {
                char c = text.ptr[i];
                char next = i + 1 < text.len ? text.ptr[i + 1] : '\0';

                if (in_string && c == '\\' && next != '\0') {
                        strbuf_append_char(out, c);
                        strbuf_append_char(out, next);
                        i++;
                        continue;
                }
                if (c == '"')
                        in_string = !in_string;
                if (!in_string && is_closing(c) && !is_opening(text.ptr[i - 1]))
                        print_newline(out, indent -= 2);
                strbuf_append_char(out, c);
                if (in_string)
                        continue;
                if (c == ':')
                        strbuf_append_char(out, ' ');
                else if (c == ',')
                        print_newline(out, indent);
                else if (is_opening(c) && !is_closing(next))
                        print_newline(out, indent += 2);
                else if (is_opening(c))
                        strbuf_append_char(out, text.ptr[++i]);
        }
}

static void print_action(const struct action *action, struct strbuf *out) {
        strbuf_printf(out, "%s %s", action_kind_name(action->kind), action->name);
        if (action->uid)
                strbuf_printf(out, " (uid %s)", action->uid);
        strbuf_printf(out, ": %s", action->reason);
        if (action->body) {
                STRBUF_CLEANUP struct strbuf text = STRBUF_INIT(BODY_MAX);

                json_write(action->body, &text);
                print_indented(strbuf_bytes(&text), out);
        }
        strbuf_append_char(out, '\n');
}

static void print_time(int64_t ms, struct strbuf *out) {
        char text[TIMESTAMP_SIZE];

        strbuf_puts(out, timestamp_format(ms, text));
}

static void print_condition(const struct condition *condition, struct strbuf *out) {
        strbuf_printf(out, "  %-15s %-7s since ", condition->type,
                      condition_status_name(condition->status));
        print_time(condition->last_transition_time, out);
        strbuf_printf(out, " generation %lld, %s", (long long)condition->observed_generation,
                      condition->reason);
        if (condition->message[0] != '\0')
                strbuf_printf(out, ": %s", condition->message);
        strbuf_append_char(out, '\n');
}

/* Every field but the conditions, so that new ones are never forgotten here. */
static void print_fields(const struct llc_status *status, struct strbuf *out) {
        JSON_CLEANUP struct json *encoded = desc_encode(&llc_status_type, status);
        const struct json *value;
        void *cursor = NULL;
        const char *key;

        json_remove(encoded, "conditions");
        while (json_next(encoded, &cursor, &key, &value)) {
                strbuf_printf(out, "  %s: ", key);
                if (json_kind(value) == JSON_STRING)
                        strbuf_append(out, json_as_string(value));
                else
                        json_write(value, out);
                strbuf_append_char(out, '\n');
        }
}

static void print_status(const struct plan *plan, struct strbuf *out) {
        strbuf_puts(out, plan->has_status ? "status, to be written" : "status, not to be written");
        if (plan->has_status && plan->reserves)
                strbuf_puts(out, " with the resourceVersion");
        if (plan->has_status && plan->tell_now)
                strbuf_puts(out, " in this pass");
        strbuf_puts(out, ":\n");
        print_fields(&plan->status, out);
        for (size_t i = 0; i < plan->status.n_conditions; i++)
                print_condition(&plan->status.conditions[i], out);
        for (size_t i = 0; i < plan->n_events; i++)
                strbuf_printf(out, "event %s %s (%s): %s\n",
                              plan->events[i].warning ? "Warning" : "Normal",
                              plan->events[i].reason, plan->events[i].action, plan->events[i].note);
}

void plan_print(const struct plan *plan, struct strbuf *out) {
        for (size_t i = 0; i < plan->n_actions; i++)
                print_action(&plan->actions[i], out);
        switch (plan->read) {
        case PLAN_READ_NOTHING:
                break;
        case PLAN_READ_CANARY:
                strbuf_puts(out, "then read the LongLivedCanary and decide again\n");
                break;
        case PLAN_READ_ROLLOUT:
                strbuf_puts(out, "then read the Rollout and decide again\n");
                break;
        case PLAN_READ_REPLICASET:
                strbuf_printf(out, "then read ReplicaSet %s and decide again\n",
                              plan->replicaset_name);
                break;
        case PLAN_READ_BUDGETS:
                strbuf_puts(out, "then read the PodDisruptionBudgets and decide again\n");
                break;
        }
        print_status(plan, out);
        if (plan->has_deadline) {
                strbuf_puts(out, "look again at ");
                print_time(plan->deadline, out);
                strbuf_append_char(out, '\n');
        }
}
