/*
 * A client without a server: a test links fake_client.c instead of the client's own source. Calls
 * stay open until the test answers them, in any order and in any pieces.
 */
#pragma once

#include "llc/kube/client.h"

/* The open call that was started first, or NULL. */
struct client_call *fake_client_call(struct client *client);
/* The one started after it, or NULL. */
struct client_call *fake_call_next(const struct client_call *call);
/* The open call whose "METHOD target" contains text, or NULL. */
struct client_call *fake_client_find(struct client *client, const char *text);
unsigned fake_client_open(const struct client *client); /* number of open calls */

const char *fake_call_target(const struct client_call *call); /* "GET /api/v1/pods?limit=500" */
struct bytes fake_call_body(const struct client_call *call);

/* More of a streamed body. When the receiver refuses it, the call ends with its error: false. */
bool fake_call_data(struct client_call *call, const char *text);
/* Ends the call: with code ERR_NONE as HTTP says, body being the whole answer if not streamed. */
void fake_call_end(struct client_call *call, enum err_code code, const char *body_or_message);
void fake_call_fail(struct client_call *call, const struct err *err);

/* But for requests, only what the test puts there. */
struct client_counters *fake_client_counters(struct client *client);
