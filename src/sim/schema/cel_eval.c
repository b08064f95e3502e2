/*
 * Values are as in the API server's CEL: int is 64 bits and overflows with an error; 1 == 1.0;
 * values of different types are not equal rather than an error; && and || pass over an error when
 * the other side decides (github.com/google/cel-spec, doc/langdef.md).
 */
#include "schema/cel_eval.h"

#include <inttypes.h>
#include <math.h>

#include "schema/cel_functions.h"
#include "schema/cel_time.h"

struct evaluation {
        struct cel_run *run;
        struct cel_value variables[CEL_VARIABLES_MAX];
};

static struct cel_value evaluate(struct evaluation *evaluation, const struct cel_node *node);

static bool is_error(const struct cel_value *value) {
        return value->type == CEL_ERROR;
}

/* As in "no such key: x". */
static struct cel_value no_such_key(struct cel_run *run, const struct cel_value *key) {
        if (key->type == CEL_STRING)
                return cel_error(run, "no such key: %.*s", (int)key->text.len, key->text.ptr);
        if (key->type == CEL_INT)
                return cel_error(run, "no such key: %" PRId64, key->number);
        return cel_error(run, "no such key");
}

static bool field_find(struct evaluation *evaluation, const struct cel_node *node,
                       const struct cel_value *of, struct cel_value *ret_value) {
        struct cel_value key = cel_string(bytes_of(node->name));

        if (cel_map_find(evaluation->run, of, &key, ret_value))
                return true;
        if (!node->unescaped)
                return false;
        key = cel_string(bytes_of(node->unescaped));
        return cel_map_find(evaluation->run, of, &key, ret_value);
}

static struct cel_value evaluate_field(struct evaluation *evaluation, const struct cel_node *node) {
        struct cel_value of = evaluate(evaluation, node->items[0]), value;
        bool found;

        if (is_error(&of))
                return of;
        if (of.type != CEL_MAP)
                return cel_no_overload();
        found = field_find(evaluation, node, &of, &value);
        if (node->type == CEL_NODE_HAS)
                return cel_bool(found);
        return found ? value : cel_error(evaluation->run, "no such key: %s", node->name);
}

static struct cel_value evaluate_index(struct evaluation *evaluation, const struct cel_node *node) {
        struct cel_value of = evaluate(evaluation, node->items[0]), index, value;

        if (is_error(&of))
                return of;
        index = evaluate(evaluation, node->items[1]);
        if (is_error(&index))
                return index;
        if (of.type == CEL_MAP)
                return cel_map_find(evaluation->run, &of, &index, &value)
                               ? value
                               : no_such_key(evaluation->run, &index);
        if (of.type != CEL_LIST || index.type != CEL_INT)
                return cel_no_overload();
        if (index.number < 0 || (uint64_t)index.number >= cel_length(&of))
                return cel_error(evaluation->run, "index out of bounds: %" PRId64, index.number);
        return cel_list_at(evaluation->run, &of, (size_t)index.number);
}

static struct cel_value evaluate_items(struct evaluation *evaluation, const struct cel_node *node) {
        struct cel_value *items;

        items = ARENA_NEW_ARRAY(evaluation->run->arena, struct cel_value, node->n_items + 1);
        for (size_t i = 0; i < node->n_items; i++) {
                items[i] = evaluate(evaluation, node->items[i]);
                if (is_error(&items[i]))
                        return items[i];
        }
        if (node->type == CEL_NODE_LIST)
                return cel_list(items, node->n_items);
        for (size_t i = 2; i < node->n_items; i += 2)
                for (size_t j = 0; j < i; j += 2)
                        if (cel_equal(evaluation->run, &items[i], &items[j]))
                                return cel_error(evaluation->run, "Failed with repeated key");
        return (struct cel_value){ .type = CEL_MAP, .items = items, .n = node->n_items / 2 };
}

/* All items are true (&&), or none is false-like (||): decides says what ends it at once. */
static struct cel_value evaluate_logic(struct evaluation *evaluation, const struct cel_node *node) {
        bool decides = node->type == CEL_NODE_OR;
        struct cel_value result = cel_bool(!decides), item;

        for (size_t i = 0; i < node->n_items; i++) {
                item = evaluate(evaluation, node->items[i]);
                if (item.type == CEL_BOOL && item.truth == decides)
                        return item;
                if (item.type != CEL_BOOL && !is_error(&result))
                        result = is_error(&item) ? item : cel_no_overload();
        }
        return result;
}

static struct cel_value evaluate_conditional(struct evaluation *evaluation,
                                             const struct cel_node *node) {
        struct cel_value condition = evaluate(evaluation, node->items[0]);

        if (is_error(&condition))
                return condition;
        if (condition.type != CEL_BOOL)
                return cel_no_overload();
        return evaluate(evaluation, node->items[condition.truth ? 1 : 2]);
}

static struct cel_value evaluate_sign(struct evaluation *evaluation, const struct cel_node *node) {
        struct cel_value of = evaluate(evaluation, node->items[0]);

        if (is_error(&of))
                return of;
        if (node->type == CEL_NODE_NOT)
                return of.type == CEL_BOOL ? cel_bool(!of.truth) : cel_no_overload();
        if (of.type == CEL_DOUBLE)
                return cel_double(-of.real);
        if (of.type != CEL_INT)
                return cel_no_overload();
        if (of.number == INT64_MIN)
                return cel_error(evaluation->run, "integer overflow");
        return cel_int(-of.number);
}

/* In a list of type map, entries with the same keys are the same entry. */
static bool same_entry(struct cel_run *run, const struct schema *schema, const struct cel_value *a,
                       const struct cel_value *b) {
        if (schema->list == LIST_SET)
                return cel_equal(run, a, b);
        for (size_t i = 0; i < schema->n_list_keys; i++) {
                struct cel_value key = cel_string(bytes_of(schema->list_keys[i])), of_a, of_b;

                if (a->type != CEL_MAP || b->type != CEL_MAP ||
                    !cel_map_find(run, a, &key, &of_a) || !cel_map_find(run, b, &key, &of_b) ||
                    !cel_equal(run, &of_a, &of_b))
                        return false;
        }
        return true;
}

/* a + b; in a list of type set or map, an entry of b takes the place of the same one of a. */
static struct cel_value add_lists(struct cel_run *run, const struct cel_value *a,
                                  const struct cel_value *b) {
        size_t n = cel_length(a), n_b = cel_length(b), n_a = n, at;
        bool merges = a->schema && a->schema->list != LIST_ATOMIC;
        struct cel_value *items, sum;

        if (!cel_charge(run, n + n_b))
                return cel_no_overload();
        items = ARENA_NEW_ARRAY(run->arena, struct cel_value, n + n_b + 1);
        for (size_t i = 0; i < n; i++)
                items[i] = cel_list_at(run, a, i);
        for (size_t i = 0; i < n_b; i++) {
                struct cel_value item = cel_list_at(run, b, i);

                for (at = 0; merges && at < n_a; at++)
                        if (same_entry(run, a->schema, &items[at], &item))
                                break;
                if (merges && at < n_a)
                        items[at] = item;
                else
                        items[n++] = item;
        }
        sum = cel_list(items, n);
        sum.schema = a->schema;
        return sum;
}

static struct cel_value add_texts(struct cel_run *run, struct bytes a, struct bytes b) {
        char *text;

        if (!cel_charge(run, (a.len + b.len) / 10))
                return cel_no_overload();
        text = arena_alloc(run->arena, a.len + b.len + 1);
        if (a.len > 0)
                memcpy(text, a.ptr, a.len);
        if (b.len > 0)
                memcpy(text + a.len, b.ptr, b.len);
        return cel_string((struct bytes){ text, a.len + b.len });
}

static struct cel_value calculate_ints(struct cel_run *run, enum cel_operator operator, int64_t a,
                                       int64_t b) {
        int64_t result = 0;
        bool overflows = false;

        if (operator== CEL_ADD)
                overflows = __builtin_add_overflow(a, b, &result);
        else if (operator== CEL_SUBTRACT)
                overflows = __builtin_sub_overflow(a, b, &result);
        else if (operator== CEL_MULTIPLY)
                overflows = __builtin_mul_overflow(a, b, &result);
        else if (b == 0)
                return cel_error(run, operator== CEL_DIVIDE ? "division by zero"
                                                            : "modulus by zero");
        else if (a == INT64_MIN && b == -1)
                overflows = true;
        else
                result = operator== CEL_DIVIDE ? a / b : a % b;
        return overflows ? cel_error(run, "integer overflow") : cel_int(result);
}

static struct cel_value calculate_doubles(enum cel_operator operator, double a, double b) {
        if (operator== CEL_ADD)
                return cel_double(a + b);
        if (operator== CEL_SUBTRACT)
                return cel_double(a - b);
        if (operator== CEL_MULTIPLY)
                return cel_double(a * b);
        return operator== CEL_DIVIDE ? cel_double(a / b) : cel_no_overload();
}

static bool is_time(const struct cel_value *value) {
        return value->type == CEL_DURATION || value->type == CEL_TIMESTAMP;
}

static struct cel_value calculate(struct cel_run *run, enum cel_operator operator,
                                  const struct cel_value * a, const struct cel_value *b) {
        bool adds = operator== CEL_ADD;

        if ((adds || operator== CEL_SUBTRACT) && is_time(a) && is_time(b))
                return cel_time_add(run, a, b, adds ? 1 : -1);
        if (a->type != b->type)
                return cel_no_overload();
        if (a->type == CEL_INT)
                return calculate_ints(run, operator, a->number, b->number);
        if (a->type == CEL_DOUBLE)
                return calculate_doubles(operator, a->real, b->real);
        if (adds && a->type == CEL_STRING)
                return add_texts(run, a->text, b->text);
        if (adds && a->type == CEL_LIST)
                return add_lists(run, a, b);
        return cel_no_overload();
}

static struct cel_value is_in(struct cel_run *run, const struct cel_value *item,
                              const struct cel_value *of) {
        struct cel_value value;

        if (of->type == CEL_MAP)
                return cel_bool(cel_map_find(run, of, item, &value));
        if (of->type != CEL_LIST)
                return cel_no_overload();
        for (size_t i = 0; i < cel_length(of); i++) {
                value = cel_list_at(run, of, i);
                if (cel_equal(run, item, &value))
                        return cel_bool(true);
        }
        return cel_bool(false);
}

static bool is_nan(const struct cel_value *value) {
        return value->type == CEL_DOUBLE && isnan(value->real);
}

static struct cel_value order(enum cel_operator operator, const struct cel_value * a,
                              const struct cel_value *b) {
        int sign;

        if (is_nan(a) || is_nan(b))
                return (struct cel_value){ .type = CEL_ERROR,
                                           .text = bytes_of("NaN values cannot be ordered") };
        if (!cel_compare(a, b, &sign))
                return cel_no_overload();
        return cel_bool(operator== CEL_LESS          ? sign < 0 :
                        operator== CEL_LESS_OR_EQUAL ? sign <= 0
                        :
                        operator== CEL_GREATER ? sign > 0
                                               : sign >= 0);
}

static struct cel_value evaluate_operator(struct evaluation *evaluation,
                                          const struct cel_node *node) {
        struct cel_value a = evaluate(evaluation, node->items[0]), b;

        if (is_error(&a))
                return a;
        b = evaluate(evaluation, node->items[1]);
        if (is_error(&b))
                return b;
        switch (node->operator) {
        case CEL_EQUALS:
                return cel_bool(cel_equal(evaluation->run, &a, &b));
        case CEL_DIFFERS:
                return cel_bool(!cel_equal(evaluation->run, &a, &b));
        case CEL_IN:
                return is_in(evaluation->run, &a, &b);
        case CEL_LESS:
        case CEL_LESS_OR_EQUAL:
        case CEL_GREATER:
        case CEL_GREATER_OR_EQUAL:
                return order(node->operator, & a, &b);
        case CEL_ADD:
        case CEL_SUBTRACT:
        case CEL_MULTIPLY:
        case CEL_DIVIDE:
        case CEL_MODULO:
                break;
        }
        return calculate(evaluation->run, node->operator, & a, &b);
}

static struct cel_value evaluate_call(struct evaluation *evaluation, const struct cel_node *node) {
        struct cel_value args[CEL_ARGS_MAX];

        for (size_t i = 0; i < node->n_items; i++) {
                args[i] = evaluate(evaluation, node->items[i]);
                if (is_error(&args[i]))
                        return args[i];
        }
        return node->function->call(evaluation->run, node, args);
}

/* all and exists: as && and || over the items. */
static struct cel_value evaluate_quantifier(struct evaluation *evaluation,
                                            const struct cel_node *node,
                                            const struct cel_value *list) {
        bool decides = node->type == CEL_NODE_EXISTS;
        struct cel_value result = cel_bool(!decides), item;

        for (size_t i = 0; i < cel_length(list); i++) {
                evaluation->variables[node->variable] = cel_list_at(evaluation->run, list, i);
                item = evaluate(evaluation, node->items[1]);
                if (item.type == CEL_BOOL && item.truth == decides)
                        return item;
                if (item.type != CEL_BOOL && !is_error(&result))
                        result = is_error(&item) ? item : cel_no_overload();
        }
        return result;
}

/* exists_one, filter and map: the items that pass, themselves or what is made of them. */
static struct cel_value evaluate_selection(struct evaluation *evaluation,
                                           const struct cel_node *node,
                                           const struct cel_value *list) {
        bool maps = node->type == CEL_NODE_MAPPED;
        const struct cel_node *filter = !maps               ? node->items[1]
                                        : node->n_items > 2 ? node->items[2]
                                                            : NULL;
        struct cel_value *items, item, passes;
        size_t n = 0;

        if (!cel_charge(evaluation->run, cel_length(list)))
                return cel_no_overload();
        items = ARENA_NEW_ARRAY(evaluation->run->arena, struct cel_value, cel_length(list) + 1);
        for (size_t i = 0; i < cel_length(list); i++) {
                item = cel_list_at(evaluation->run, list, i);
                evaluation->variables[node->variable] = item;
                passes = filter ? evaluate(evaluation, filter) : cel_bool(true);
                if (passes.type != CEL_BOOL)
                        return is_error(&passes) ? passes : cel_no_overload();
                if (!passes.truth)
                        continue;
                if (maps)
                        item = evaluate(evaluation, node->items[1]);
                if (is_error(&item))
                        return item;
                items[n++] = item;
        }
        return node->type == CEL_NODE_EXISTS_ONE ? cel_bool(n == 1) : cel_list(items, n);
}

static struct cel_value evaluate_macro(struct evaluation *evaluation, const struct cel_node *node) {
        struct cel_value list = evaluate(evaluation, node->items[0]);

        if (is_error(&list))
                return list;
        if (list.type == CEL_MAP)
                list = cel_map_keys(evaluation->run, &list);
        if (list.type != CEL_LIST)
                return cel_no_overload();
        return node->type == CEL_NODE_ALL || node->type == CEL_NODE_EXISTS
                       ? evaluate_quantifier(evaluation, node, &list)
                       : evaluate_selection(evaluation, node, &list);
}

static struct cel_value evaluate(struct evaluation *evaluation, const struct cel_node *node) {
        if (!cel_charge(evaluation->run, 1))
                return cel_no_overload();
        switch (node->type) {
        case CEL_NODE_LITERAL:
                return node->literal;
        case CEL_NODE_VARIABLE:
                return evaluation->variables[node->variable];
        case CEL_NODE_LIST:
        case CEL_NODE_MAP:
                return evaluate_items(evaluation, node);
        case CEL_NODE_FIELD:
        case CEL_NODE_HAS:
                return evaluate_field(evaluation, node);
        case CEL_NODE_INDEX:
                return evaluate_index(evaluation, node);
        case CEL_NODE_NOT:
        case CEL_NODE_NEGATIVE:
                return evaluate_sign(evaluation, node);
        case CEL_NODE_AND:
        case CEL_NODE_OR:
                return evaluate_logic(evaluation, node);
        case CEL_NODE_CONDITIONAL:
                return evaluate_conditional(evaluation, node);
        case CEL_NODE_OPERATOR:
                return evaluate_operator(evaluation, node);
        case CEL_NODE_CALL:
                return evaluate_call(evaluation, node);
        case CEL_NODE_ALL:
        case CEL_NODE_EXISTS:
        case CEL_NODE_EXISTS_ONE:
        case CEL_NODE_MAPPED:
        case CEL_NODE_FILTER:
                return evaluate_macro(evaluation, node);
        }
        return cel_no_overload();
}

struct cel_value cel_evaluate(struct cel_run *run, const struct cel_node *root,
                              const struct cel_value *self, const struct cel_value *old_self) {
        struct evaluation evaluation = {
                .run = run, .variables = { [CEL_SELF] = *self, [CEL_OLD_SELF] = *old_self }
        };
        struct cel_value value = evaluate(&evaluation, root);

        if (run->cost_left < 0) /* what came of it means nothing */
                return cel_error(run, "operation cancelled: actual cost limit exceeded");
        return value;
}
