#include "llc/sys/log_quota.h"

bool log_quota_take(struct log_quota *quota, int64_t now_ms, uint64_t *ret_unsaid) {
        if (quota->said == 0 || now_ms - quota->since_ms >= LOG_QUOTA_MS) {
                quota->since_ms = now_ms;
                quota->said = 0;
        }
        if (quota->said >= LOG_QUOTA_LINES) {
                quota->unsaid++;
                return false;
        }
        quota->said++;
        *ret_unsaid = quota->unsaid;
        quota->unsaid = 0;
        return true;
}
