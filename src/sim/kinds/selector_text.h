/* A metav1.LabelSelector as the text of a query ("a=b,c in (d,e)"). */
#pragma once

#include "llc/base/json.h"
#include "llc/base/strbuf.h"

void selector_text_write(const struct json *label_selector, struct strbuf *out);
