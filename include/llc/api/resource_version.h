/*
 * resourceVersions are decimal strings that grow with each change of a resource type.
 * Source: KEP-5504 (comparable resource versions) and apimachinery util/resourceversion.
 */
#pragma once

/*
 * < 0, 0 or > 0 as a is older than, equal to or newer than b. "" is older than all. Strings that
 * are no decimal numbers compare by length, then bytes: they are never equal to others.
 */
int resource_version_compare(const char *a, const char *b);
