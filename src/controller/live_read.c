#include "live_read.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "llc/kube/decoder.h"

enum {
        /* All canaries of a Rollout may ask at once, and a page is a few hundred KiB. */
        PAGE_LIMIT = 100,
        /* So many PodDisruptionBudgets that no namespace has them. */
        PAGES_MAX = 100,
};

void live_read_forget(struct live_read *live) {
        json_freep(&live->tree);
        free(live->canary_uid);
        free(live->replicaset_name);
        free(live->budgets);
        free(live->next_page);
        arena_deinit(&live->arena);
        *live = (struct live_read){ .asked = 0 };
}

void live_read_deinit(struct live_read *live) {
        live_read_forget(live);
}

static void request_object(const struct resource *resource, const struct live_question *question,
                           struct request *ret_request) {
        const struct request_object object = {
                .resource = resource,
                .namespace_ = question->namespace_,
                .name = question->name,
        };

        request_get(&object, ret_request);
}

static void request_budgets(const struct live_read *live, const struct live_question *question,
                            struct request *ret_request) {
        const struct request_list_options options = {
                .resource = &RESOURCE_BUDGET,
                .namespace_ = question->namespace_,
                .continue_ = live->next_page,
                .limit = PAGE_LIMIT,
        };

        request_list(&options, ret_request);
}

void live_read_request(struct live_read *live, const struct live_question *question,
                       struct request *ret_request) {
        live->asked |= 1u << question->what;
        switch (question->what) {
        case PLAN_READ_NOTHING:
                assert(false);
                break;
        case PLAN_READ_CANARY:
                request_object(&RESOURCE_LLC, question, ret_request);
                break;
        case PLAN_READ_ROLLOUT:
                request_object(&RESOURCE_ROLLOUT, question, ret_request);
                break;
        case PLAN_READ_REPLICASET:
                free(live->replicaset_name);
                live->replicaset_name = strdup(question->name);
                request_object(&RESOURCE_REPLICASET, question, ret_request);
                break;
        case PLAN_READ_BUDGETS:
                request_budgets(live, question, ret_request);
                break;
        }
}

bool live_read_was_asked(const struct live_read *live, enum plan_read what) {
        return live->asked & (1u << what);
}

/* Who may not ask goes by the cache. */
static int answer_canary(struct live_read *live, struct bytes body, const struct err *answer,
                         struct err *err) {
        JSON_CLEANUP struct json *tree = NULL;
        const struct json *meta;

        if (answer && answer->code != ERR_NOT_FOUND && answer->code != ERR_NO_KIND &&
            answer->code != ERR_FORBIDDEN) {
                *err = *answer;
                return -1;
        }
        if (!answer) {
                if (json_parse(body, &JSON_LIMITS_OBJECT, &tree, err) < 0)
                        return -1;
                meta = json_get(tree, "metadata");
                free(live->canary_uid);
                live->canary_uid = strdup(json_text_at(meta, "uid"));
        }
        live->canary_gone = answer ? answer->code != ERR_FORBIDDEN
                                   : json_has(json_get(tree, "metadata"), "deletionTimestamp");
        live->canary_read = true;
        return 0;
}

static int answer_rollout(struct live_read *live, struct bytes body, const struct err *answer,
                          struct err *err) {
        JSON_CLEANUP struct json *tree = NULL;
        struct rollout *rollout;

        if (answer && answer->code != ERR_NOT_FOUND && answer->code != ERR_NO_KIND) {
                *err = *answer;
                return -1;
        }
        if (answer) {
                live->rollout_state = answer->code == ERR_NOT_FOUND ? WORLD_ROLLOUT_MISSING
                                                                    : WORLD_ROLLOUT_NO_KIND;
                live->rollout_read = true;
                return 0;
        }
        rollout = ARENA_NEW(&live->arena, struct rollout);
        if (json_parse(body, &JSON_LIMITS_OBJECT, &tree, err) < 0 ||
            desc_decode_foreign(&rollout_type, tree, &live->arena, rollout, err) < 0)
                return -1;
        live->rollout = rollout;
        live->rollout_state = WORLD_ROLLOUT_FOUND;
        live->rollout_read = true;
        return 0;
}

static int answer_replicaset(struct live_read *live, struct bytes body, const struct err *answer,
                             struct err *err) {
        struct replicaset *replicaset;

        if (answer && answer->code != ERR_NOT_FOUND) {
                *err = *answer;
                return -1;
        }
        if (answer) {
                live->template_state = WORLD_TEMPLATE_MISSING;
                live->replicaset_read = true;
                return 0;
        }
        json_freep(&live->tree);
        replicaset = ARENA_NEW(&live->arena, struct replicaset);
        if (json_parse(body, &JSON_LIMITS_OBJECT, &live->tree, err) < 0 ||
            desc_decode_foreign(&replicaset_type, live->tree, &live->arena, replicaset, err) < 0)
                return -1;
        live->replicaset = replicaset;
        live->template_state = WORLD_TEMPLATE_FOUND;
        live->replicaset_read = true;
        return 0;
}

/* One that can't be read is left out: it can't be touched either. */
static void on_budget(void *ctx, const struct decoder_item *item) {
        struct live_read *live = ctx;
        JSON_CLEANUP struct json *tree = NULL;
        struct budget *budget = ARENA_NEW(&live->arena, struct budget);
        struct err err;

        if (!item->readable || json_parse(item->json, &JSON_LIMITS_OBJECT, &tree, &err) < 0 ||
            desc_decode_foreign(&budget_type, tree, &live->arena, budget, &err) < 0)
                return;
        live->budgets =
                realloc(live->budgets, (live->n_budgets + 1) * sizeof(const struct budget *));
        live->budgets[live->n_budgets++] = budget;
}

static int answer_page(struct live_read *live, struct bytes body, struct err *err) {
        const struct decoder_options options = {
                .kind = DECODER_LIST,
                .projection = desc_projection(&budget_type, &live->arena),
                .on_item = on_budget,
                .ctx = live,
        };
        struct decoder *decoder = decoder_new(&options);
        struct bytes next;
        int result = -1;

        free(live->next_page);
        live->next_page = NULL;
        if (decoder_feed(decoder, body, err) == 0 && decoder_finish(decoder, err) == 0) {
                next = decoder_list_continue(decoder);
                live->next_page = next.len > 0 ? strndup(next.ptr, next.len) : NULL;
                result = 0;
        }
        decoder_free(decoder);
        return result;
}

static int answer_budgets(struct live_read *live, struct bytes body, const struct err *answer,
                          struct err *err) {
        if (answer && answer->code == ERR_FORBIDDEN) {
                live->budgets_state = WORLD_BUDGETS_REFUSED;
                return 0;
        }
        if (answer && answer->code != ERR_NOT_FOUND && answer->code != ERR_NO_KIND) {
                *err = *answer;
                return -1;
        }
        if (!answer && answer_page(live, body, err) < 0)
                return -1;
        if (!live->next_page) {
                live->budgets_state = WORLD_BUDGETS_FOUND;
        } else if (++live->n_pages == PAGES_MAX) { /* no try will change that: as if we might not */
                free(live->next_page);
                live->next_page = NULL;
                live->budgets_state = WORLD_BUDGETS_REFUSED;
        }
        return 0;
}

int live_read_answer(struct live_read *live, enum plan_read what, struct bytes body,
                     const struct err *answer, struct err *err) {
        switch (what) {
        case PLAN_READ_NOTHING:
                break;
        case PLAN_READ_CANARY:
                if (answer_canary(live, body, answer, err) < 0)
                        return err_wrap(err, "reading the LongLivedCanary");
                return 0;
        case PLAN_READ_ROLLOUT:
                if (answer_rollout(live, body, answer, err) < 0)
                        return err_wrap(err, "reading the Rollout");
                return 0;
        case PLAN_READ_REPLICASET:
                if (answer_replicaset(live, body, answer, err) < 0)
                        return err_wrap(err, "reading the stable ReplicaSet");
                return 0;
        case PLAN_READ_BUDGETS:
                if (answer_budgets(live, body, answer, err) < 0)
                        return err_wrap(err, "reading the PodDisruptionBudgets");
                return 0;
        }
        assert(false);
        return 0;
}
