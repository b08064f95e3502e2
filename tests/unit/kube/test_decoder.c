#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "llc/kube/decoder.h"
#include "support/decoder_run.h"

#define N(array) (sizeof(array) / sizeof(*(array)))

static const struct projection METADATA[] = {
        { .key = "name" },
        { .key = "labels" },
};
static const struct projection CONTAINER[] = {
        { .key = "name" },
        { .key = "image" },
};
static const struct projection SPEC[] = {
        { .key = "a" },
        { .key = "containers", .children = CONTAINER, .n_children = N(CONTAINER) },
};
static const struct projection MEMBERS[] = {
        { .key = "metadata", .children = METADATA, .n_children = N(METADATA) },
        { .key = "spec", .children = SPEC, .n_children = N(SPEC) },
};
static const struct projection PROJECTION = { .children = MEMBERS, .n_children = N(MEMBERS) };

/* In every chunking the same comes out. */
static void check(enum decoder_kind kind, const char *text, const char *expected) {
        static const uint8_t SIZES[] = { 0, 1, 2, 3, 5, 7, 16, 61 };

        for (size_t i = 0; i < N(SIZES); i++) {
                STRBUF_CLEANUP struct strbuf out = STRBUF_INIT(1u << 20);

                decoder_run(
                        &(struct decoder_run){
                                .kind = kind,
                                .projection = &PROJECTION,
                                .chunks = &SIZES[i],
                                .n_chunks = i > 0,
                        },
                        bytes_of(text), &out);
                assert_string_equal(strbuf_str(&out), expected);
        }
}

static void check_list(const char *text, const char *expected) {
        check(DECODER_LIST, text, expected);
}

static void check_watch(const char *text, const char *expected) {
        check(DECODER_WATCH, text, expected);
}

static void test_decoder__list_hands_out_projected_items(void **state) {
        (void)state;
        check_list(
                "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":"
                "\"42\",\"continue\":\"next\"},\"items\":["
                "{\"metadata\":{\"name\":\"a\",\"namespace\":\"n\",\"uid\":\"u\","
                "\"resourceVersion\":\"1\",\"labels\":{\"x\":\"y\"},\"managedFields\":[{},{}]},"
                "\"spec\":{\"a\":[1,{\"b\":null}],\"containers\":[{\"name\":\"c\",\"env\":[],"
                "\"image\":\"i\"},7],\"z\":1},\"status\":{}},{\"metadata\":{\"name\":\"b\"}}]}\n",
                "ADDED n/a uid=u rv=1 {\"metadata\":{\"name\":\"a\",\"labels\":{\"x\":\"y\"}},"
                "\"spec\":{\"a\":[1,{\"b\":null}],\"containers\":[{\"name\":\"c\","
                "\"image\":\"i\"},7]}}\n"
                "ADDED b {\"metadata\":{\"name\":\"b\"}}\n"
                "end rv=42 continue=next\n");
}

static void test_decoder__list_members_come_in_any_order(void **state) {
        (void)state;
        check_list("{\"items\":[{\"spec\":{},\"metadata\":{\"labels\":{},\"name\":\"a\"}}],"
                   "\"metadata\":{\"continue\":\"\",\"resourceVersion\":\"9\"},\"kind\":\"L\"}",
                   "ADDED a {\"spec\":{},\"metadata\":{\"labels\":{},\"name\":\"a\"}}\nend rv=9\n");
}

static void test_decoder__list_may_be_empty_or_null(void **state) {
        (void)state;
        check_list("{\"items\":[]}", "end\n");
        check_list(" \r\n\t{ \"items\" : null , \"metadata\" : { \"resourceVersion\" : \"3\" } } ",
                   "end rv=3\n");
        check_list("\xef\xbb\xbf{\"items\":[ ]}", "end\n");
}

/* A list that is not one must never look empty: everything would seem deleted. */
static void test_decoder__list_without_items_is_an_error(void **state) {
        (void)state;
        check_list("{}", "end Protocol: list: has no items\n");
        check_list("{\"kind\":\"Status\",\"code\":500}", "end Protocol: list: has no items\n");
        check_list("{\"items\":{}}",
                   "end Protocol: list: byte 9: items or continue of another type\n");
        check_list("{\"items\":\"\"}",
                   "end Protocol: list: byte 9: items or continue of another type\n");
        check_list("{\"items\":0}",
                   "end Protocol: list: byte 10: items or continue of another type\n");
        check_list("{\"items\":[],\"metadata\":{\"continue\":7}}",
                   "end Protocol: list: byte 36: items or continue of another type\n");
        check_list("{\"items\":[],\"metadata\":{\"continue\":[]}}",
                   "end Protocol: list: byte 35: items or continue of another type\n");
        check_list("{\"items\":[],\"metadata\":{\"continue\":\"\\q\"}}",
                   "end Protocol: list: byte 38: continue is too long or malformed\n");
        check_list("[]", "end Protocol: list: byte 0: not a JSON object\n");
        check_list("<html>", "end Protocol: list: byte 0: not a JSON object\n");
        check_list("", "end Protocol: list: ended before its end\n");
}

static void test_decoder__list_items_before_the_break_are_good(void **state) {
        (void)state;
        check_list("{\"items\":[{\"metadata\":{\"name\":\"a\"}},{\"metadata\":{\"name\":\"b\"}",
                   "ADDED a {\"metadata\":{\"name\":\"a\"}}\n"
                   "end Protocol: list: ended before its end\n");
        check_list("{\"items\":[{\"metadata\":{\"name\":\"a\"}}{",
                   "ADDED a {\"metadata\":{\"name\":\"a\"}}\n"
                   "end Protocol: list: byte 35: not JSON\n");
        check_list("{\"items\":[{},]}", "ADDED {}\nend Protocol: list: byte 13: not JSON\n");
        check_list("{\"items\":[{\"x\":[}]}]}",
                   "end Protocol: list: byte 16: brackets do not match\n");
        check_list("{\"items\":[]}x", "end Protocol: list: byte 12: something behind the list\n");
}

static void test_decoder__list_survives_items_that_are_no_objects(void **state) {
        (void)state;
        check_list("{\"items\":[1,null,\"x\",[{}],{\"metadata\":{\"name\":\"a\"}}]}",
                   "ADDED unreadable: Invalid: byte 0: not an object\n"
                   "ADDED unreadable: Invalid: byte 0: not an object\n"
                   "ADDED unreadable: Invalid: byte 0: not an object\n"
                   "ADDED unreadable: Invalid: byte 0: not an object\n"
                   "ADDED a {\"metadata\":{\"name\":\"a\"}}\nend\n");
}

static void test_decoder__list_survives_syntax_errors_in_items(void **state) {
        (void)state;
        check_list("{\"items\":["
                   "{\"spec\":{\"a\":tru,\"b\":[1 2]},\"metadata\":{\"name\":\"a\",\"uid\":\"u\"}},"
                   "{\"metadata\":{\"name\":\"b\",\"labels\":{\"x\" 1,\"y\":[}]},"
                   "\"resourceVersion\":\"7\"}},"
                   "{\"metadata\":{\"name\":\"c\"}}]}",
                   "ADDED a uid=u unreadable: Invalid: byte 16: not JSON\n"
                   "end Protocol: list: byte 118: brackets do not match\n");
        check_list("{\"items\":["
                   "{\"metadata\":{\"name\":\"b\",\"labels\":{\"x\" 1,\"y\":[{}]},"
                   "\"resourceVersion\":\"7\"},\"spec\":{\"a\":01}},"
                   "{:,\"metadata\":{,\"name\":\"c\"}},"
                   "{\"metadata\":{\"name\":\"d\",}},"
                   "{\"metadata\":{\"name\":\"e\"},\"spec\":{\"a\":[1,]}}]}",
                   "ADDED b rv=7 unreadable: Invalid: byte 38: not JSON\n"
                   "ADDED c unreadable: Invalid: byte 1: not JSON\n"
                   "ADDED d unreadable: Invalid: byte 24: not JSON\n"
                   "ADDED e unreadable: Invalid: byte 40: not JSON\n"
                   "end\n");
}

static void test_decoder__watch_hands_out_events(void **state) {
        (void)state;
        check_watch("{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"a\","
                    "\"resourceVersion\":\"1\"}}}\n"
                    "{\"type\":\"MODIFIED\",\"object\":{\"metadata\":{\"name\":\"a\","
                    "\"resourceVersion\":\"2\"},\"status\":[[]]}}\n\n"
                    " {\"type\":\"DELETED\",\"object\":{\"metadata\":{\"name\":\"a\","
                    "\"resourceVersion\":\"3\"}}}{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{"
                    "\"resourceVersion\":\"4\"}}}\r\n",
                    "ADDED a rv=1 {\"metadata\":{\"name\":\"a\"}}\n"
                    "MODIFIED a rv=2 {\"metadata\":{\"name\":\"a\"}}\n"
                    "DELETED a rv=3 {\"metadata\":{\"name\":\"a\"}}\n"
                    "BOOKMARK rv=4 {\"metadata\":{}}\nend\n");
        check_watch("", "end\n");
}

static void test_decoder__watch_tells_the_end_of_initial_events(void **state) {
        (void)state;
        check_watch("{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"annotations\":{\"a\":\"b\","
                    "\"k8s.io/initial-events-end\":\"true\"},\"resourceVersion\":\"9\"}}}\n"
                    "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"annotations\":{"
                    "\"k8s.io/initial-events-end\":\"true\"}}}}\n"
                    "{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"annotations\":{"
                    "\"k8s.io/initial-events-end\":\"false\"}}}}\n"
                    "{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{}}}\n",
                    "BOOKMARK rv=9 initial-events-end {\"metadata\":{}}\n"
                    "ADDED {\"metadata\":{}}\nBOOKMARK {\"metadata\":{}}\n"
                    "BOOKMARK {\"metadata\":{}}\nend\n");
}

static void test_decoder__watch_keeps_errors_whole(void **state) {
        (void)state;
        check_watch("{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\", \"metadata\":{},"
                    "\"code\":410,\"reason\":\"Expired\"}}\n",
                    "ERROR {\"kind\":\"Status\",\"metadata\":{},\"code\":410,"
                    "\"reason\":\"Expired\"}\nend\n");
}

static void test_decoder__watch_object_may_come_before_type(void **state) {
        (void)state;
        check_watch("{\"object\":{\"metadata\":{\"name\":\"a\"},\"x\":[1]},\"type\":\"DELETED\"}\n"
                    "{\"object\":{\"kind\":\"Status\",\n \"code\":410},\"type\":\"ERROR\"}\n"
                    "{\"object\":{\"kind\":\"Status\",\"x\":01},\"type\":\"ERROR\"}\n"
                    "{\"object\":{\"metadata\":{\"name\":\"b\"}},\"type\":\"ADDED\"}\n",
                    "DELETED a {\"metadata\":{\"name\":\"a\"}}\n"
                    "ERROR {\"kind\":\"Status\",\"code\":410}\n"
                    "ERROR unreadable: Invalid: byte 23: not JSON\n"
                    "ADDED b {\"metadata\":{\"name\":\"b\"}}\nend\n");
}

static void test_decoder__watch_events_of_another_shape_are_unreadable(void **state) {
        (void)state;
        check_watch("{\"type\":\"ADDED\"}\n{}\n{\"type\":\"NEW\",\"object\":{}}\n"
                    "{\"type\":5,\"object\":{\"metadata\":{\"name\":\"a\"}}}\n"
                    "{\"type\":\"DELETED\",\"object\":null}\n"
                    "{\"type\":\"ERROR\",\"object\":{},\"type\":\"ADDED\"}\n"
                    "{\"type\":\"ADDED\",\"object\":{},\"type\":\"ERROR\"}\n",
                    "ADDED unreadable: Protocol: event without an object\n"
                    "MODIFIED unreadable: Protocol: event without an object\n"
                    "MODIFIED unreadable: Protocol: event of an unknown type\n"
                    "MODIFIED a unreadable: Protocol: event of an unknown type\n"
                    "DELETED unreadable: Invalid: byte 0: not an object\n"
                    "ADDED unreadable: Protocol: event of two types\n"
                    "ERROR unreadable: Protocol: event of two types\nend\n");
}

static void test_decoder__watch_goes_on_behind_a_broken_line(void **state) {
        (void)state;
        check_watch("no JSON {[\"\n"
                    "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"a\"},\"x\":[}}\n"
                    "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"b\"},\"x\":\"\n"
                    "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"c\n"
                    "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"d\\\n"
                    "}\n{\"type\":\"ADDED\" \"object\":{}}\n"
                    "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"e\"}}}x\n"
                    "{\"type\":\"ADDED\",\"object\":{}}\n",
                    "MODIFIED unreadable: Invalid: byte 0: not a JSON object\n"
                    "ADDED a unreadable: Invalid: byte 30: brackets do not match\n"
                    "ADDED b unreadable: Invalid: byte 30: a newline in a string\n"
                    "ADDED unreadable: Invalid: byte 22: a newline in a string\n"
                    "ADDED unreadable: Invalid: byte 23: a newline in a string\n"
                    "MODIFIED unreadable: Invalid: byte 0: not a JSON object\n"
                    "ADDED unreadable: Invalid: byte 16: not JSON\n"
                    "ADDED e {\"metadata\":{\"name\":\"e\"}}\n"
                    "MODIFIED unreadable: Invalid: byte 0: not a JSON object\n"
                    "ADDED {}\nend\n");
}

/* Whatever the line was in the middle of is forgotten. */
static void test_decoder__watch_begins_each_event_afresh(void **state) {
        (void)state;
        check_watch("{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"a\"},\"x\":[[[}\n"
                    "{\"type\":\"ADDED\",\"object\":{\"x\":[],\"metadata\":{\"uid\":\"u\"}}}\n"
                    "{\"type\":\"MODIFIED\"}\n"
                    "{\"type\":\"ADDED\",\"object\":{\"spec\":{\"a\":[[\"x\n"
                    "{\"object\":{\"spec\":{\"a\":[1]}},\"type\":\"ADDED\"}\n"
                    "{\"object\":{\"spec\":{}}}\n",
                    "ADDED a unreadable: Invalid: byte 32: brackets do not match\n"
                    "ADDED uid=u {\"metadata\":{}}\n"
                    "MODIFIED unreadable: Protocol: event without an object\n"
                    "ADDED unreadable: Invalid: byte 17: a newline in a string\n"
                    "ADDED {\"spec\":{\"a\":[1]}}\n"
                    "MODIFIED unreadable: Protocol: event of an unknown type\nend\n");
}

/* Nothing in a line that was cut off can be told from space but the line that follows. */
static void test_decoder__watch_goes_on_behind_a_line_cut_off(void **state) {
        (void)state;
        check_watch("{\"type\":\"DELETED\",\"object\":{\"metadata\":{\"name\":\"a\"},\"x\":[1,\n"
                    "{\"type\":\"ADDED\",\"object\":{\"spec\":{\"a\":[\n"
                    "{\"type\":\"BOOKMARK\",\"object\":\n"
                    "{\"type\":\"ERROR\",\"object\":{\"a\":\"b\"}}\n",
                    "DELETED a unreadable: Invalid: byte 33: cut off at a newline\n"
                    "ADDED unreadable: Invalid: byte 15: cut off at a newline\n"
                    "BOOKMARK unreadable: Invalid: byte 29: cut off at a newline\n"
                    "ERROR {\"a\":\"b\"}\nend\n");
}

static void test_decoder__watch_half_a_line_is_not_handed_out(void **state) {
        (void)state;
        check_watch("{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"a\"}}",
                    "end Protocol: watch: ended within an event\n");
        check_watch("{}]", "MODIFIED unreadable: Protocol: event without an object\n"
                           "end Protocol: watch: ended within an event\n");
        check_watch("{\n{\"type\":\"ADDED\"",
                    "MODIFIED unreadable: Invalid: byte 2: cut off at a newline\n"
                    "end Protocol: watch: ended within an event\n");
        check_watch("{\n", "end Protocol: watch: ended within an event\n");
}

static void test_decoder__space_may_be_everywhere(void **state) {
        (void)state;
        check_watch("\n{ \"type\" :\n\"ADDED\" ,\n\n\t\"object\"\n: \r\n{ \"spec\" : { \"a\" : [ 1 "
                    ",\n{ \"type\" : \"ADDED\" , \"b\" : [ ] } , \" x \" , true ] ,\n\"containers\""
                    ": [\n{ \"image\" : \"i\" } , null\n] } , \"x\"\n: [\n{ }\n,\n{\"type\":\"X\"}"
                    ",\n \"\" ] , \"metadata\" : { \"name\" : \"a\" } }\n}\n",
                    "ADDED a {\"spec\":{\"a\":[1,{\"type\":\"ADDED\",\"b\":[]},\" x \",true],"
                    "\"containers\":[{\"image\":\"i\"},null]},\"metadata\":{\"name\":\"a\"}}\n"
                    "end\n");
}

static void test_decoder__escapes_in_keys_and_identities_count(void **state) {
        (void)state;
        check_watch("{\"\\u0074ype\":\"ADD\\u0045D\",\"obj\\u0065ct\":{\"m\\u0065tadata\":{"
                    "\"\\u006eame\":\"\\u0061\\/\\u00e9\\ud83d\\ude00\\ud800\",\"n\\ame\":1,"
                    "\"uid\":\"\\x\",\"namespace\":\"\\\"\\\\\"}}}\n",
                    "ADDED \"\\/a/\xc3\xa9\xf0\x9f\x98\x80\xef\xbf\xbd "
                    "{\"metadata\":{\"name\":\"\\u0061\\/\\u00e9\\ud83d\\ude00\\ud800\"}}\nend\n");
}

static void test_decoder__of_members_with_one_name_the_last_counts(void **state) {
        (void)state;
        check_watch("{\"type\":\"ADDED\",\"type\":\"DELETED\",\"object\":{\"metadata\":{"
                    "\"name\":\"a\",\"name\":\"b\",\"uid\":\"u\",\"uid\":7}}}\n"
                    "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"a\",\"uid\":\"u\"},"
                    "\"metadata\":{\"uid\":\"v\"}}}\n"
                    "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"a\"},\"spec\":{\"a\":"
                    "x}},\"object\":{\"metadata\":{\"uid\":\"w\"}}}\n",
                    "DELETED b {\"metadata\":{\"name\":\"a\",\"name\":\"b\"}}\n"
                    "ADDED uid=v {\"metadata\":{\"name\":\"a\"},\"metadata\":{}}\n"
                    "ADDED uid=w {\"metadata\":{}}\nend\n");
}

static void test_decoder__identity_is_only_looked_for_in_its_place(void **state) {
        (void)state;
        check_watch("{\"type\":\"ADDED\",\"object\":{\"name\":\"x\",\"spec\":{\"metadata\":{"
                    "\"name\":\"y\"}},\"metadata\":{\"labels\":{\"name\":\"z\"},\"ownerReferences\""
                    ":[{\"name\":\"o\",\"uid\":\"u\"}],\"namespace\":[\"n\"]}}}\n",
                    "ADDED {\"spec\":{},\"metadata\":{\"labels\":{\"name\":\"z\"}}}\nend\n");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_decoder__list_hands_out_projected_items),
                cmocka_unit_test(test_decoder__list_members_come_in_any_order),
                cmocka_unit_test(test_decoder__list_may_be_empty_or_null),
                cmocka_unit_test(test_decoder__list_without_items_is_an_error),
                cmocka_unit_test(test_decoder__list_items_before_the_break_are_good),
                cmocka_unit_test(test_decoder__list_survives_items_that_are_no_objects),
                cmocka_unit_test(test_decoder__list_survives_syntax_errors_in_items),
                cmocka_unit_test(test_decoder__watch_hands_out_events),
                cmocka_unit_test(test_decoder__watch_tells_the_end_of_initial_events),
                cmocka_unit_test(test_decoder__watch_keeps_errors_whole),
                cmocka_unit_test(test_decoder__watch_object_may_come_before_type),
                cmocka_unit_test(test_decoder__watch_events_of_another_shape_are_unreadable),
                cmocka_unit_test(test_decoder__watch_goes_on_behind_a_broken_line),
                cmocka_unit_test(test_decoder__watch_begins_each_event_afresh),
                cmocka_unit_test(test_decoder__watch_goes_on_behind_a_line_cut_off),
                cmocka_unit_test(test_decoder__watch_half_a_line_is_not_handed_out),
                cmocka_unit_test(test_decoder__space_may_be_everywhere),
                cmocka_unit_test(test_decoder__escapes_in_keys_and_identities_count),
                cmocka_unit_test(test_decoder__of_members_with_one_name_the_last_counts),
                cmocka_unit_test(test_decoder__identity_is_only_looked_for_in_its_place),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
