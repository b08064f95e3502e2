/*
 * A value by itself, whatever is in it: type, enum, length, pattern, format, range. Private to the
 * folder.
 */
#pragma once

#include "schema/findings.h"

void check_type(struct findings *findings, const struct spot *spot);
void check_allowed(struct findings *findings, const struct spot *spot);
void check_text(struct findings *findings, const struct spot *spot);
void check_number(struct findings *findings, const struct spot *spot);
