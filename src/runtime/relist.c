#include "relist.h"

enum informer_relist relist_of(enum err_code code) {
        switch (code) {
        case ERR_GONE:
                return INFORMER_RELIST_EXPIRED;
        case ERR_NO_KIND:
                return INFORMER_RELIST_NO_KIND;
        case ERR_UNAUTHORIZED:
        case ERR_FORBIDDEN:
        case ERR_TERMINATING:
                return INFORMER_RELIST_REFUSED;
        case ERR_INVALID:
        case ERR_TOO_LARGE:
        case ERR_PROTOCOL:
                return INFORMER_RELIST_INVALID;
        case ERR_NONE:
        case ERR_NOT_FOUND:
        case ERR_ALREADY_EXISTS:
        case ERR_CONFLICT:
        case ERR_THROTTLED:
        case ERR_UNREACHABLE:
        case ERR_UNAVAILABLE:
        case ERR_TIMEOUT:
        case ERR_AMBIGUOUS:
        case ERR_IO:
                break;
        }
        return INFORMER_RELIST_UNAVAILABLE;
}

const char *informer_relist_name(enum informer_relist cause) {
        static const char *const names[INFORMER_RELISTS] = {
                [INFORMER_RELIST_EXPIRED] = "expired",
                [INFORMER_RELIST_NO_KIND] = "no_kind",
                [INFORMER_RELIST_REFUSED] = "refused",
                [INFORMER_RELIST_INVALID] = "invalid",
                [INFORMER_RELIST_UNAVAILABLE] = "unavailable",
                [INFORMER_RELIST_DRIFT] = "drift",
        };

        return names[cause];
}
