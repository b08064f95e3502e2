#include "pager.h"

enum { CONTINUE_MAX = 16 * 1024 };

void pager_init(struct pager *pager) {
        *pager = (struct pager){
                .version = STRBUF_INIT(PAGER_VERSION_MAX),
                .continue_ = STRBUF_INIT(CONTINUE_MAX),
        };
}

void pager_deinit(struct pager *pager) {
        strbuf_deinit(&pager->version);
        strbuf_deinit(&pager->continue_);
}

void pager_begin(struct pager *pager) {
        strbuf_clear(&pager->version);
        strbuf_clear(&pager->continue_);
}

const char *pager_token(const struct pager *pager) {
        return pager->continue_.len > 0 ? strbuf_str(&pager->continue_) : NULL;
}

int pager_end_page(struct pager *pager, struct decoder *decoder, bool *ret_more, struct err *err) {
        struct bytes token;

        if (decoder_finish(decoder, err) < 0)
                return -1;
        token = decoder_list_continue(decoder);
        if (pager->version.len == 0)
                strbuf_append(&pager->version, decoder_list_resource_version(decoder));
        if (pager->version.len == 0)
                return err_set(err, ERR_PROTOCOL, "the list has no usable resourceVersion");
        if (token.len > CONTINUE_MAX)
                return err_set(err, ERR_TOO_LARGE, "the continue token has %zu bytes", token.len);
        if (token.len > 0 && bytes_equal(token, strbuf_bytes(&pager->continue_)))
                return err_set(err, ERR_PROTOCOL, "the list goes in circles");
        strbuf_clear(&pager->continue_);
        strbuf_append(&pager->continue_, token);
        *ret_more = token.len > 0;
        return 0;
}
