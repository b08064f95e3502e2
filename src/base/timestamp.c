#include "llc/base/timestamp.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

/* Days since 1970-01-01 in the proleptic Gregorian calendar; month is 1..12. */
static int64_t days_from_civil(int64_t year, int64_t month, int64_t day) {
        int64_t era, year_of_era, day_of_year;

        year -= month <= 2;
        era = (year >= 0 ? year : year - 399) / 400;
        year_of_era = year - era * 400;
        day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
        return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
               day_of_year - 719468;
}

static void civil_from_days(int64_t days, int64_t *year, int64_t *month, int64_t *day) {
        int64_t era, day_of_era, year_of_era, day_of_year, shifted;

        days += 719468;
        era = (days >= 0 ? days : days - 146096) / 146097;
        day_of_era = days - era * 146097;
        year_of_era =
                (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
        day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        shifted = (5 * day_of_year + 2) / 153;
        *day = day_of_year - (153 * shifted + 2) / 5 + 1;
        *month = shifted + (shifted < 10 ? 3 : -9);
        *year = year_of_era + era * 400 + (*month <= 2);
}

static int64_t days_in_month(int64_t year, int64_t month) {
        static const int64_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
        bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

        return days[month - 1] + (month == 2 && leap);
}

/* Takes exactly n digits. */
static bool take_number(struct bytes *text, size_t n, int64_t *ret) {
        int64_t value = 0;

        if (text->len < n)
                return false;
        for (size_t i = 0; i < n; i++) {
                if (!isdigit((unsigned char)text->ptr[i]))
                        return false;
                value = value * 10 + (text->ptr[i] - '0');
        }
        text->ptr += n;
        text->len -= n;
        *ret = value;
        return true;
}

static bool take_char(struct bytes *text, char c) {
        if (text->len == 0 || text->ptr[0] != c)
                return false;
        text->ptr++;
        text->len--;
        return true;
}

/* ".123456" → 123; at least one digit. */
static bool take_fraction(struct bytes *text, int64_t *ret_ms) {
        int64_t ms = 0, digit;
        int scale = 100;

        if (!take_number(text, 1, &digit))
                return false;
        do {
                ms += digit * scale;
                scale /= 10;
        } while (take_number(text, 1, &digit));
        *ret_ms = ms;
        return true;
}

/* "Z" or "+02:00": minutes east of UTC. */
static bool take_offset(struct bytes *text, int64_t *ret_minutes) {
        int64_t hours, minutes;
        int64_t sign = 1;

        if (take_char(text, 'Z') || take_char(text, 'z')) {
                *ret_minutes = 0;
                return true;
        }
        if (take_char(text, '-'))
                sign = -1;
        else if (!take_char(text, '+'))
                return false;
        if (!take_number(text, 2, &hours) || !take_char(text, ':') ||
            !take_number(text, 2, &minutes) || hours > 23 || minutes > 59)
                return false;
        *ret_minutes = sign * (hours * 60 + minutes);
        return true;
}

static int timestamp_fail(struct bytes text, const char *what, struct err *err) {
        return err_set(err, ERR_INVALID, "%s: \"%.*s\"", what, (int)(text.len < 64 ? text.len : 64),
                       text.ptr ? text.ptr : "");
}

int timestamp_parse(struct bytes text, int64_t *ret_ms, struct err *err) {
        int64_t year, month, day, hour, minute, second, ms = 0, offset;
        struct bytes rest = text;

        if (!take_number(&rest, 4, &year) || !take_char(&rest, '-') ||
            !take_number(&rest, 2, &month) || !take_char(&rest, '-') ||
            !take_number(&rest, 2, &day) || !(take_char(&rest, 'T') || take_char(&rest, 't')) ||
            !take_number(&rest, 2, &hour) || !take_char(&rest, ':') ||
            !take_number(&rest, 2, &minute) || !take_char(&rest, ':') ||
            !take_number(&rest, 2, &second) ||
            (take_char(&rest, '.') && !take_fraction(&rest, &ms)) || !take_offset(&rest, &offset) ||
            rest.len != 0)
                return timestamp_fail(text, "not an RFC 3339 time", err);
        if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month) || hour > 23 ||
            minute > 59 || second > 59)
                return timestamp_fail(text, "no such time", err);
        *ret_ms = ((days_from_civil(year, month, day) * 24 + hour) * 60 + minute - offset) * 60000 +
                  second * 1000 + ms;
        return 0;
}

/* RFC 3339 has four digits for the year: the nearest time it can say. */
static int64_t seconds_clamped(int64_t seconds) {
        const int64_t first = -62167219200, last = 253402300799;

        return seconds < first ? first : seconds > last ? last : seconds;
}

static char *put_number(char *out, size_t n, int64_t value) {
        for (size_t i = n; i-- > 0; value /= 10)
                out[i] = (char)('0' + value % 10);
        return out + n;
}

/* "2006-01-02T15:04:05"; returns its end. */
static char *put_seconds(int64_t seconds, char *out) {
        static const char after[] = "--T::";
        int64_t days = seconds / 86400 - (seconds % 86400 < 0);
        int64_t rest = seconds - days * 86400;
        int64_t parts[] = { 0, 0, 0, rest / 3600, rest / 60 % 60, rest % 60 };

        civil_from_days(days, &parts[0], &parts[1], &parts[2]);
        for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
                out = put_number(out, i == 0 ? 4 : 2, parts[i]);
                *out = after[i];
                out += after[i] != '\0';
        }
        return out;
}

const char *timestamp_format(int64_t ms, char out[static TIMESTAMP_SIZE]) {
        char *end = put_seconds(seconds_clamped(ms / 1000 - (ms % 1000 < 0)), out);

        memcpy(end, "Z", sizeof("Z"));
        return out;
}

const char *timestamp_format_micro(int64_t ms, char out[static TIMESTAMP_SIZE]) {
        char *end = put_seconds(seconds_clamped(ms / 1000 - (ms % 1000 < 0)), out);

        *end++ = '.';
        end = put_number(end, 3, (ms % 1000 + 1000) % 1000);
        memcpy(end, "000Z", sizeof("000Z"));
        return out;
}
