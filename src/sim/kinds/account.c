#include "kinds/cells.h"
#include "kinds/hooks.h"
#include "kinds/member.h"

static void cells(const struct kind *kind, const struct json *object, int64_t now_ms,
                  struct json *cells) {
        (void)kind;
        cells_name(object, cells);
        cells_int(cells, (int64_t)json_length(member_array(object, "secrets")));
        cells_age(object, now_ms, cells);
}

const struct kind_hooks SERVICE_ACCOUNT_HOOKS = { .cells = cells };
