/*
 * Who asked for what, and what came of it: a line of JSON a request, as kube-apiserver's audit log
 * has them (audit.k8s.io/v1, level Metadata). A watch has one, when it begins.
 */
#pragma once

#include "serve/exchange.h"

/* Appends the line. */
void audit_write(const struct exchange *exchange, int64_t received_ms, struct strbuf *out);
