/*
 * Thompson's way: the expression becomes a program, and all places where a match may stand are
 * carried along together, so that no expression can make a match slow. POSIX regcomp would need
 * another syntax, other classes and a free(); a program in the arena needs none of them.
 */
#include "schema/pattern.h"

#include <string.h>

#include "schema/pattern_syntax.h"
#include "schema/rune.h"

enum { PROGRAM_MAX = 50000 };

enum op { OP_SET, OP_ASSERT, OP_SPLIT, OP_JUMP, OP_MATCH };

struct step {
        enum op op;
        uint32_t to, or_to;              /* SPLIT both, JUMP to; the others go to the next step */
        const struct pattern_node *node; /* SET, ASSERT */
};

struct pattern {
        struct step *steps;
        uint32_t n;
        bool from_start; /* begins with \A: nothing to be tried further on */
};

/* A set of steps that can be emptied at once (Briggs and Torczon). */
struct places {
        uint32_t *dense, *sparse, n;
};

struct match {
        const struct pattern *pattern;
        struct places now, then;
        uint32_t *stack;
};

/* How many steps a node takes; more than PROGRAM_MAX once it is too many. */
static size_t node_steps(const struct pattern_node *node) {
        size_t n = node->type == PATTERN_SEQUENCE ? 0 : 1;

        for (size_t i = 0; i < node->n_items && n <= PROGRAM_MAX; i++)
                n += node_steps(node->items[i]) + (node->type == PATTERN_CHOICE ? 2 : 0);
        if (n > PROGRAM_MAX)
                return PROGRAM_MAX + 1;
        if (node->type == PATTERN_REPEAT)
                n = (n + 1) * (size_t)(node->max > node->min ? node->max : node->min + 1) + 1;
        return n;
}

static struct step *step_add(struct pattern *pattern, enum op op) {
        struct step *step = &pattern->steps[pattern->n++];

        step->op = op;
        return step;
}

static void emit(struct pattern *pattern, const struct pattern_node *node);

/* Each item but the last: "this, or what follows", and after it a jump to the end of all. */
static void emit_choice(struct pattern *pattern, const struct pattern_node *node) {
        uint32_t jumps = 0; /* the jumps to mend, linked through their targets, from 1 */
        uint32_t next;
        struct step *split, *jump;

        for (size_t i = 0; i + 1 < node->n_items; i++) {
                split = step_add(pattern, OP_SPLIT);
                split->to = pattern->n;
                emit(pattern, node->items[i]);
                jump = step_add(pattern, OP_JUMP);
                jump->to = jumps;
                jumps = pattern->n;
                split->or_to = pattern->n;
        }
        emit(pattern, node->items[node->n_items - 1]);
        for (; jumps > 0; jumps = next) {
                next = pattern->steps[jumps - 1].to;
                pattern->steps[jumps - 1].to = pattern->n;
        }
}

static void emit_repeat(struct pattern *pattern, const struct pattern_node *node) {
        uint32_t splits = 0, next, loop;
        struct step *split;

        for (int i = 0; i < node->min; i++)
                emit(pattern, node->items[0]);
        if (node->max < 0) {
                loop = pattern->n;
                split = step_add(pattern, OP_SPLIT);
                split->to = pattern->n;
                emit(pattern, node->items[0]);
                step_add(pattern, OP_JUMP)->to = loop;
                split->or_to = pattern->n;
                return;
        }
        for (int i = node->min; i < node->max; i++) {
                split = step_add(pattern, OP_SPLIT);
                split->to = pattern->n;
                split->or_to = splits;
                splits = pattern->n;
                emit(pattern, node->items[0]);
        }
        for (; splits > 0; splits = next) {
                next = pattern->steps[splits - 1].or_to;
                pattern->steps[splits - 1].or_to = pattern->n;
        }
}

static void emit(struct pattern *pattern, const struct pattern_node *node) {
        switch (node->type) {
        case PATTERN_SET:
                step_add(pattern, OP_SET)->node = node;
                break;
        case PATTERN_ASSERT:
                step_add(pattern, OP_ASSERT)->node = node;
                break;
        case PATTERN_SEQUENCE:
                for (size_t i = 0; i < node->n_items; i++)
                        emit(pattern, node->items[i]);
                break;
        case PATTERN_CHOICE:
                emit_choice(pattern, node);
                break;
        case PATTERN_REPEAT:
                emit_repeat(pattern, node);
                break;
        }
}

int pattern_compile(struct bytes text, struct arena *arena, const struct pattern **ret_pattern,
                    struct err *err) {
        const struct pattern_node *root;
        struct pattern *pattern;
        size_t steps;

        if (pattern_syntax_parse(text, arena, &root, err) < 0)
                return -1;
        steps = node_steps(root) + 1;
        if (steps > PROGRAM_MAX)
                return err_set(err, ERR_INVALID,
                               "error parsing regexp: expression too large: `%.*s`",
                               (int)(text.len < 128 ? text.len : 128), text.ptr);
        pattern = ARENA_NEW(arena, struct pattern);
        pattern->steps = ARENA_NEW_ARRAY(arena, struct step, steps);
        emit(pattern, root);
        step_add(pattern, OP_MATCH);
        pattern->from_start = pattern->steps[0].op == OP_ASSERT &&
                              pattern->steps[0].node->place == PLACE_TEXT_START;
        *ret_pattern = pattern;
        return 0;
}

size_t pattern_size(const struct pattern *pattern) {
        return pattern->n;
}

static bool places_add(struct places *places, uint32_t step) {
        uint32_t at = places->sparse[step];

        if (at < places->n && places->dense[at] == step)
                return false;
        places->sparse[step] = places->n;
        places->dense[places->n++] = step;
        return true;
}

static bool is_word(uint32_t rune) {
        return (rune >= '0' && rune <= '9') || (rune >= 'A' && rune <= 'Z') || rune == '_' ||
               (rune >= 'a' && rune <= 'z');
}

/* before and after: the code points on both sides, UINT32_MAX at an end of the text. */
static bool holds(enum pattern_place place, uint32_t before, uint32_t after) {
        switch (place) {
        case PLACE_TEXT_START:
                return before == UINT32_MAX;
        case PLACE_TEXT_END:
                return after == UINT32_MAX;
        case PLACE_LINE_START:
                return before == UINT32_MAX || before == '\n';
        case PLACE_LINE_END:
                return after == UINT32_MAX || after == '\n';
        case PLACE_WORD_EDGE:
                return is_word(before) != is_word(after);
        case PLACE_NO_WORD_EDGE:
                return is_word(before) == is_word(after);
        }
        return false;
}

/* Adds a step and all that it leads to without reading; true when the match is there. */
static bool follow(struct match *match, struct places *places, uint32_t first, uint32_t before,
                   uint32_t after) {
        uint32_t waiting = 0;

        match->stack[waiting++] = first;
        while (waiting > 0) {
                uint32_t at = match->stack[--waiting];
                const struct step *step = &match->pattern->steps[at];

                if (!places_add(places, at))
                        continue;
                switch (step->op) {
                case OP_MATCH:
                        return true;
                case OP_SET:
                        break;
                case OP_ASSERT:
                        if (holds(step->node->place, before, after))
                                match->stack[waiting++] = at + 1;
                        break;
                case OP_JUMP:
                        match->stack[waiting++] = step->to;
                        break;
                case OP_SPLIT:
                        match->stack[waiting++] = step->or_to;
                        match->stack[waiting++] = step->to;
                        break;
                }
        }
        return false;
}

static bool node_has(const struct pattern_node *node, uint32_t rune) {
        for (size_t i = 0; i < node->n_ranges; i++)
                if (rune >= node->ranges[i].first && rune <= node->ranges[i].last)
                        return !node->negated;
        return node->negated;
}

static bool match_run(struct match *match, struct bytes text) {
        uint32_t before = UINT32_MAX, rune = UINT32_MAX;
        struct places swap;
        size_t at = 0;

        if (text.len > 0)
                rune = rune_next(text, &at);
        if (follow(match, &match->now, 0, before, rune))
                return true;
        while (rune != UINT32_MAX) {
                uint32_t after = at < text.len ? rune_next(text, &at) : UINT32_MAX;

                match->then.n = 0;
                for (uint32_t i = 0; i < match->now.n; i++) {
                        uint32_t place = match->now.dense[i];
                        const struct step *step = &match->pattern->steps[place];

                        if (step->op == OP_SET && node_has(step->node, rune) &&
                            follow(match, &match->then, place + 1, rune, after))
                                return true;
                }
                if (!match->pattern->from_start && follow(match, &match->then, 0, rune, after))
                        return true;
                if (match->then.n == 0 && match->pattern->from_start)
                        return false;
                swap = match->now;
                match->now = match->then;
                match->then = swap;
                rune = after;
        }
        return false;
}

bool pattern_matches(const struct pattern *pattern, struct bytes text) {
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        uint32_t *room = ARENA_NEW_ARRAY(&arena, uint32_t, (size_t)pattern->n * 6 + 2);
        size_t n = pattern->n;
        struct match match = {
                .pattern = pattern,
                .now = { .dense = room, .sparse = room + n },
                .then = { .dense = room + 2 * n, .sparse = room + 3 * n },
                .stack = room + 4 * n, /* each step is taken up once, and adds two at most */
        };

        return match_run(&match, text);
}
