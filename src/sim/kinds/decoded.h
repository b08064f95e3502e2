/*
 * What the real server does by decoding into a Go struct and encoding it again: members that are
 * null or zero vanish where the struct says omitempty, amounts and times take their canonical form.
 * Here the schema says so (x-llc-zero; format: quantity, date-time, date-time-micro, byte).
 */
#pragma once

#include "schema/schema.h"

/* In place. ERR_INVALID, in the decoder's words, for a text that is no amount, time or base64. Values
 * of a wrong type are left as they are. */
int decoded_object(const struct schema *schema, struct json *object, struct err *err);
