#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "serve/accept.h"

#define TABLE     "application/json;as=Table;v=v1;g=meta.k8s.io"
#define DISCOVERY "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"

static void test_accept__takes_the_best_it_can_serve(void **state) {
        static const struct {
                const char *header;
                enum accept_of of;
                enum form form;
                bool yaml;
        } rows[] = {
                { NULL, ACCEPT_ONE, FORM_OBJECT, false },
                { "*/*", ACCEPT_ONE, FORM_OBJECT, false },
                { "application/json, */*", ACCEPT_MANY, FORM_OBJECT, false },
                { "application/yaml", ACCEPT_ONE, FORM_OBJECT, true },
                { TABLE ",application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json",
                  ACCEPT_MANY, FORM_TABLE, false },
                { "application/json;as=Foo;v=v1;g=meta.k8s.io,application/json", ACCEPT_MANY,
                  FORM_OBJECT, false },
                { "application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,"
                  "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json",
                  ACCEPT_ONE, FORM_METADATA, false },
                { "application/yaml;q=0.5, application/json ; q=0.8", ACCEPT_ONE, FORM_OBJECT,
                  false },
                { DISCOVERY ",application/json;g=apidiscovery.k8s.io;v=v2beta1;"
                            "as=APIGroupDiscoveryList,application/json",
                  ACCEPT_DISCOVERY, FORM_DISCOVERY, false },
                { "application/json", ACCEPT_DISCOVERY, FORM_OBJECT, false },
        };

        (void)state;
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
                struct arena arena ARENA_CLEANUP = ARENA_INIT;
                struct refusal refusal = { .arena = &arena };
                struct accept accept;

                assert_int_equal(accept_parse(rows[i].header, rows[i].of, &accept, &refusal), 0);
                assert_int_equal(accept.form, rows[i].form);
                assert_int_equal(accept.yaml, rows[i].yaml);
        }
}

static void test_accept__is_refused_in_the_real_words(void **state) {
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        struct refusal refusal = { .arena = &arena };
        struct accept accept;

        (void)state;
        assert_int_equal(accept_parse("text/plain", ACCEPT_ONE, &accept, &refusal), -1);
        assert_int_equal(refusal.code, 406);
        assert_string_equal(refusal.message,
                            "406: Not Acceptable\n\nAvailable representations: application/json, "
                            "application/yaml, application/vnd.kubernetes.protobuf");

        assert_int_equal(accept_parse("application/json;as=Table;v=v2;g=meta.k8s.io", ACCEPT_ONE,
                                      &accept, &refusal),
                         -1);
        assert_string_equal(refusal.message,
                            "only the following media types are accepted: application/json, "
                            "application/yaml, application/vnd.kubernetes.protobuf");

        assert_int_equal(accept_parse("application/vnd.kubernetes.protobuf", ACCEPT_ONE, &accept,
                                      &refusal),
                         -1);
        assert_int_equal(refusal.code, 501);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_accept__takes_the_best_it_can_serve),
                cmocka_unit_test(test_accept__is_refused_in_the_real_words),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
