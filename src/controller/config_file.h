/*
 * The configuration file: the same settings as the flags, as YAML (libcyaml).
 *
 *   consistencyRelistInterval: 5m
 *   httpAddress: ":8080"
 *   kubeconfig: /etc/llc/kubeconfig
 *   logFormat: json
 *   logLevel: info
 *   namespaces: [shop, payments]
 */
#pragma once

#include "options.h"

/* Overwrites what the file sets. Errors name file, line and key; an unknown key is one. */
int config_file_load(const char *path, struct arena *arena, struct options *options,
                     struct err *err);
