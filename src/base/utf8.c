#include "utf8.h"

size_t utf8_length(const void *text, size_t left) {
        const unsigned char *p = text;
        size_t n = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
        unsigned char low = 0x80, high = 0xbf;

        if (p[0] >= 0x80 && (p[0] < 0xc2 || p[0] > 0xf4))
                return 0;
        if (n > left)
                return 0;
        if (p[0] == 0xe0)
                low = 0xa0; /* overlong */
        else if (p[0] == 0xed)
                high = 0x9f; /* surrogates */
        else if (p[0] == 0xf0)
                low = 0x90;
        else if (p[0] == 0xf4)
                high = 0x8f;
        for (size_t i = 1; i < n; i++, low = 0x80, high = 0xbf)
                if (p[i] < low || p[i] > high)
                        return 0;
        return n;
}
