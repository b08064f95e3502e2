/*
 * libcyaml tells what is wrong through its log callback only: an error line, then a backtrace
 * whose first line has the position. Both are gathered into our error. For an unknown key that
 * position is the one of the value before it, so its line is looked up.
 */
#include "config_file.h"

#include <cyaml/cyaml.h>
#include <stdio.h>
#include <string.h>

#include "llc/sys/file.h"

enum { CONFIG_FILE_MAX = 64 * 1024 };

struct config_values {
        char *consistency, *http_address, *kubeconfig;
        enum log_format *log_format;
        enum log_level *log_level;
        char **namespaces;
        unsigned n_namespaces;
};

static const cyaml_strval_t log_format_names[] = { { "text", LOG_TEXT }, { "json", LOG_JSON } };

static const cyaml_strval_t log_level_names[] = {
        { "debug", LOG_DEBUG },
        { "info", LOG_INFO },
        { "warn", LOG_WARN },
        { "error", LOG_ERROR },
};

static const cyaml_schema_value_t namespace_value = {
        CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, 63),
};

static const cyaml_schema_field_t config_fields[] = {
        CYAML_FIELD_STRING_PTR("consistencyRelistInterval",
                               CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct config_values,
                               consistency, 1, 32),
        CYAML_FIELD_STRING_PTR("httpAddress", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
                               struct config_values, http_address, 0, 256),
        CYAML_FIELD_STRING_PTR("kubeconfig", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
                               struct config_values, kubeconfig, 1, 4096),
        CYAML_FIELD_ENUM_PTR("logFormat",
                             CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT,
                             struct config_values, log_format, log_format_names,
                             CYAML_ARRAY_LEN(log_format_names)),
        CYAML_FIELD_ENUM_PTR("logLevel",
                             CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT,
                             struct config_values, log_level, log_level_names,
                             CYAML_ARRAY_LEN(log_level_names)),
        CYAML_FIELD_SEQUENCE_COUNT("namespaces", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
                                   struct config_values, namespaces, n_namespaces, &namespace_value,
                                   0, OPTIONS_NAMESPACES_MAX),
        CYAML_FIELD_END,
};

static const cyaml_schema_value_t config_schema = {
        CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct config_values, config_fields),
};

/* The first two lines that libcyaml logs: what is wrong, and where. */
struct config_complaint {
        char lines[2][128];
        unsigned n;
};

static void complaint_add(cyaml_log_t level, void *ctx, const char *fmt, va_list args)
        __attribute__((format(printf, 3, 0)));

static void complaint_add(cyaml_log_t level, void *ctx, const char *fmt, va_list args) {
        struct config_complaint *complaint = ctx;
        char *line;

        if (level < CYAML_LOG_ERROR || complaint->n == 2)
                return;
        line = complaint->lines[complaint->n];
        vsnprintf(line, sizeof(complaint->lines[0]), fmt, args);
        line[strcspn(line, "\n")] = '\0';
        if (strcmp(line, "Load: Backtrace:") != 0) /* a heading, not a fact */
                complaint->n++;
}

static int config_take(const struct config_values *values, struct arena *arena,
                       struct options *options, struct err *err) {
        if (values->consistency && options_set_consistency(options, values->consistency, err) < 0)
                return err_wrap(err, "consistencyRelistInterval");
        if (values->http_address)
                options->http_address = arena_strdup(arena, values->http_address);
        if (values->kubeconfig)
                options->kubeconfig = arena_strdup(arena, values->kubeconfig);
        if (values->log_format)
                options->log_format = *values->log_format;
        if (values->log_level)
                options->log_level = *values->log_level;
        if (values->n_namespaces > 0) {
                const char **names = ARENA_NEW_ARRAY(arena, const char *, values->n_namespaces);

                for (unsigned i = 0; i < values->n_namespaces; i++)
                        names[i] = arena_strdup(arena, values->namespaces[i]);
                options->namespaces = names;
                options->n_namespaces = values->n_namespaces;
        }
        return 0;
}

/* The line, from 1, that a block-style key begins; 0 when there is none. */
static unsigned key_line(struct bytes text, const char *key) {
        size_t len = strlen(key);
        unsigned line = 1;

        for (size_t i = 0; i < text.len; line++) {
                const char *start = text.ptr + i;
                const char *end = memchr(start, '\n', text.len - i);
                size_t indent = strspn(start, " \"'");

                if (strncmp(start + indent, key, len) == 0 && strchr(" \"':", start[indent + len]))
                        return line;
                i = end ? (size_t)(end - text.ptr) + 1 : text.len;
        }
        return 0;
}

static int config_file_refused(const char *path, struct bytes text, cyaml_err_t code,
                               const struct config_complaint *complaint, struct err *err) {
        static const char unknown_key[] = "Load: Unexpected key: ";
        const char *first = complaint->lines[0];

        if (strncmp(first, unknown_key, strlen(unknown_key)) == 0) {
                const char *key = first + strlen(unknown_key);

                return err_set(err, ERR_INVALID, "--config %s: line %u: unknown key \"%s\"", path,
                               key_line(text, key), key);
        }
        return err_set(err, ERR_INVALID, "--config %s: %s%s%s", path,
                       complaint->n > 0 ? first : cyaml_strerror(code), complaint->n > 1 ? ";" : "",
                       complaint->n > 1 ? complaint->lines[1] : "");
}

int config_file_load(const char *path, struct arena *arena, struct options *options,
                     struct err *err) {
        STRBUF_CLEANUP struct strbuf text = STRBUF_INIT(CONFIG_FILE_MAX);
        struct config_complaint complaint = { .n = 0 };
        struct config_values *values = NULL;
        cyaml_config_t config = {
                .log_fn = complaint_add,
                .log_ctx = &complaint,
                .log_level = CYAML_LOG_ERROR,
                .mem_fn = cyaml_mem,
                .flags = CYAML_CFG_NO_ALIAS,
        };
        cyaml_err_t code;
        int r;

        if (file_read(path, &text, err) < 0)
                return err_wrap(err, "--config");
        if (text.len == 0)
                return 0;
        code = cyaml_load_data((const uint8_t *)text.data, text.len, &config, &config_schema,
                               (cyaml_data_t **)&values, NULL);
        if (code != CYAML_OK)
                return config_file_refused(path, strbuf_bytes(&text), code, &complaint, err);
        r = config_take(values, arena, options, err);
        cyaml_free(&config, &config_schema, values, 0);
        return r < 0 ? err_wrap(err, "--config %s", path) : 0;
}
