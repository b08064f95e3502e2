/*
 * Values as Go prints them in the API server's errors: %q for texts, %v for numbers, JSON for the
 * rest.
 */
#pragma once

#include "llc/base/json.h"
#include "llc/base/strbuf.h"

void shown_value(const struct json *value, struct strbuf *out);
/* encoding/json: members in the order of their names */
void shown_json(const struct json *value, struct strbuf *out);
/* strconv.Quote */
void shown_text(struct bytes text, struct strbuf *out);
/* The shortest text that reads as the same number; an exponent below 1e-4 and from 1e6 on. */
void shown_number(double number, struct strbuf *out);
