/*
 * /healthz, /readyz and /metrics of the controller.
 */
#pragma once

#include "controller.h"
#include "llc/runtime/httpd.h"

/* The routes for httpd_new; their ctx is the controller. */
extern const struct httpd_route endpoints_routes[];
extern const unsigned endpoints_n_routes;
