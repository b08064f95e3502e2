/*
 * What a client wants to read: the Accept header. JSON or YAML, and in which form: the objects
 * themselves, a table of them (kubectl get), or their metadata only.
 */
#pragma once

#include <stdbool.h>

#include "llc/base/arena.h"
#include "verbs/refusal.h"

enum form {
        FORM_OBJECT,
        FORM_TABLE,         /* as=Table */
        FORM_METADATA,      /* as=PartialObjectMetadata */
        FORM_METADATA_LIST, /* as=PartialObjectMetadataList */
        FORM_DISCOVERY,     /* as=APIGroupDiscoveryList, of /api and /apis */
};

struct accept {
        enum form form;
        bool yaml;
};

/* What is read: the forms that there are differ. */
enum accept_of { ACCEPT_ONE, ACCEPT_MANY, ACCEPT_DISCOVERY };

/* header NULL or "" = anything. 406 when there is nothing that it accepts. */
int accept_parse(const char *header, enum accept_of of, struct accept *ret_accept,
                 struct refusal *refusal);
