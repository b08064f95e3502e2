# llc_room(base SOURCES a.c b.c [LINK llc_x pkg…]): one room, one static library llc_base. Its
# public headers are include/llc/base/; src/base/ holds the sources and private headers.
function(llc_room name)
        cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
        add_library(llc_${name} STATIC ${ARG_SOURCES})
        target_include_directories(llc_${name} PUBLIC "${PROJECT_SOURCE_DIR}/include")
        target_link_libraries(llc_${name} PUBLIC llc_flags ${ARG_LINK})
endfunction()

# llc_test_timeout(test_err 120): seconds after which a test is killed, LLC_SLOWDOWN times as many.
function(llc_test_timeout name seconds)
        math(EXPR seconds "${seconds} * ${LLC_SLOWDOWN}")
        set_tests_properties(${name} PROPERTIES TIMEOUT ${seconds})
endfunction()

# llc_test(test_err LABEL unit SOURCES test_err.c LINK llc_base): one test program, one ctest.
function(llc_test name)
        cmake_parse_arguments(ARG "" "LABEL" "SOURCES;LINK" ${ARGN})
        add_executable(${name} ${ARG_SOURCES})
        target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}/tests")
        target_compile_definitions(${name} PRIVATE
                LLC_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
        target_link_libraries(${name} PRIVATE llc_flags ${ARG_LINK} PkgConfig::CMOCKA)
        add_test(NAME ${name} COMMAND ${name})
        set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABEL}")
        llc_test_timeout(${name} 120)
        if(TARGET failing_malloc AND ARG_LABEL STREQUAL unit) # for tests/oom
                target_link_libraries(${name} PRIVATE llc_oom failing_malloc)
                set_property(GLOBAL APPEND PROPERTY llc_unit_programs "$<TARGET_FILE:${name}>")
        endif()
endfunction()
