/*
 * The pages of one list: which version it is of, and where the next page begins.
 */
#pragma once

#include <stdbool.h>

#include "llc/base/err.h"
#include "llc/base/strbuf.h"
#include "llc/kube/decoder.h"

enum {
        PAGER_LIMIT = 500, /* items of a page, as client-go asks for them */
        PAGER_VERSION_MAX = 128,
};

struct pager {
        struct strbuf version;   /* of the first page: that of the whole list; empty = none yet */
        struct strbuf continue_; /* token of the next page; empty = the first, or none is left */
};

void pager_init(struct pager *pager);
void pager_deinit(struct pager *pager);

/* Forgets: the next page is the first one. */
void pager_begin(struct pager *pager);
/* For the request of the next page; NULL = the first. */
const char *pager_token(const struct pager *pager);
/* Takes over what a page said that has come to its end. Is there another one? */
int pager_end_page(struct pager *pager, struct decoder *decoder, bool *ret_more, struct err *err);
