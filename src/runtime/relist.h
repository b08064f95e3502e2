/*
 * Which error makes a list begin anew for which cause, as metrics name it.
 */
#pragma once

#include "llc/runtime/informer.h"

enum informer_relist relist_of(enum err_code code);
