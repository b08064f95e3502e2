/*
 * What is asked of the server itself: is it well, which version, which APIs. Private to sim/serve.
 */
#pragma once

#include "serve/exchange.h"

int about_serve(struct exchange *exchange);
