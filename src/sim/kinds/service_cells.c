#include "kinds/service_cells.h"

#include <string.h>

#include "kinds/cells.h"
#include "kinds/member.h"

enum { TEXT_MAX = 64 * 1024 };

static void add(struct strbuf *text, const char *what) {
        strbuf_printf(text, "%s%s", text->len > 0 ? "," : "", what);
}

static void add_ways_in(const struct json *status, struct strbuf *text) {
        const struct json *ways = member_array(json_get(status, "loadBalancer"), "ingress");

        for (size_t i = 0; i < json_length(ways); i++) {
                const struct json *way = json_at(ways, i);

                if (*json_text_at(way, "ip"))
                        add(text, json_text_at(way, "ip"));
                else if (*json_text_at(way, "hostname"))
                        add(text, json_text_at(way, "hostname"));
        }
}

static void cell_external(const struct json *spec, const struct json *status, struct json *cells) {
        const struct json *addresses = member_array(spec, "externalIPs");
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(TEXT_MAX);
        const char *type = json_text_at(spec, "type");
        bool balanced = strcmp(type, "LoadBalancer") == 0;

        if (strcmp(type, "ExternalName") == 0) {
                cells_text(cells, json_text_at(spec, "externalName"));
                return;
        }
        if (balanced)
                add_ways_in(status, &text);
        for (size_t i = 0; i < json_length(addresses); i++)
                if (json_kind(json_at(addresses, i)) == JSON_STRING)
                        add(&text, json_as_string(json_at(addresses, i)).ptr);
        cells_text_or(cells, strbuf_str(&text), balanced ? "<pending>" : "<none>");
}

static void cell_ports(const struct json *ports, struct json *cells) {
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(TEXT_MAX);

        for (size_t i = 0; i < json_length(ports); i++) {
                const struct json *port = json_at(ports, i);
                int64_t node_port = json_int_at(port, "nodePort", 0);

                strbuf_printf(&text, "%s%lld", i > 0 ? "," : "",
                              (long long)json_int_at(port, "port", 0));
                if (node_port > 0)
                        strbuf_printf(&text, ":%lld", (long long)node_port);
                strbuf_printf(&text, "/%s", json_text_at(port, "protocol"));
        }
        cells_text_or(cells, strbuf_str(&text), "<none>");
}

void service_cells(const struct kind *kind, const struct json *service, int64_t now_ms,
                   struct json *cells) {
        const struct json *spec = json_get(service, "spec");

        (void)kind;
        cells_name(service, cells);
        cells_text(cells, json_text_at(spec, "type"));
        cells_text_or(cells, json_text_at(spec, "clusterIP"), "<none>");
        cell_external(spec, json_get(service, "status"), cells);
        cell_ports(member_array(spec, "ports"), cells);
        cells_age(service, now_ms, cells);
        cells_labels(member_object(spec, "selector"), cells);
}
