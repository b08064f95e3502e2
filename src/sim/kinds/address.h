/*
 * The addresses and node ports that Services are given: from the ranges of a real cluster, each to
 * one Service. Which one follows from the Service's name, so that a run repeats exactly.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "kinds/kind.h"

enum { ADDRESS_SIZE = 16, NODE_PORT_FIRST = 30000, NODE_PORT_LAST = 32767 };

/* A free address of 10.96.0.0/16; returns out. */
const char *address_allocate(const struct kind *services, const struct json *service,
                             char out[static ADDRESS_SIZE]);
bool address_in_range(const char *address);
/* Does another Service than this one have it? */
bool address_taken(const struct kind *services, const struct json *service, const char *address);
/* A free node port; index: the place among the Service's own. */
int64_t address_node_port(const struct kind *services, const struct json *service, size_t index);
