#include "server_url.h"

enum { PREFIX_MAX_BYTES = 4096 };

static bool is_path(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               (c && strchr("/-._~%!$&'()*+,;=:@", c));
}

static int read_prefix(const char *at, struct server_url *url, struct err *err) {
        size_t len = strlen(at);

        if (*at != '\0' && *at != '/')
                return err_set(err, ERR_INVALID, "must be https://host[:port][/prefix]");
        if (len > PREFIX_MAX_BYTES)
                return err_set(err, ERR_INVALID, "the path is longer than %d bytes",
                               PREFIX_MAX_BYTES);
        for (size_t i = 0; i < len; i++)
                if (!is_path(at[i]))
                        return err_set(err, ERR_INVALID,
                                       "the path holds what no path of a URL may hold");
        while (len > 0 && at[len - 1] == '/')
                len--;
        url->prefix = (struct bytes){ at, len };
        return 0;
}

int server_url_parse(const char *text, struct server_url *ret_url, struct err *err) {
        struct server_url url = { .https = strncmp(text, "https://", 8) == 0 };

        if (!url.https && strncmp(text, "http://", 7) != 0)
                return err_set(err, ERR_INVALID, "must be https://host[:port][/prefix]");
        text += url.https ? 8 : 7;
        if (authority_read(&text, url.https ? 443 : 80, &url.at, err) < 0 ||
            read_prefix(text, &url, err) < 0)
                return -1;
        if (!url.https && !authority_is_loopback(&url.at))
                return err_set(err, ERR_INVALID, "plain http is for loopback hosts only");
        *ret_url = url;
        return 0;
}
