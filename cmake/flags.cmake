# One place for language, warnings, hardening and sanitizers: the interface target llc_flags.
include(CheckCCompilerFlag)
include(CheckLinkerFlag)

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_EXTENSIONS ON) # gnu11: the cleanup attribute and typeof
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
include(CheckPIESupported)
check_pie_supported(LANGUAGES C)

add_library(llc_flags INTERFACE)

# Adds each flag that this compiler has. clang only warns of flags it ignores, hence -Werror.
function(llc_compile_flags)
        set(CMAKE_REQUIRED_FLAGS -Werror)
        foreach(flag IN LISTS ARGN)
                string(MAKE_C_IDENTIFIER "has${flag}" var)
                check_c_compiler_flag("${flag}" "${var}")
                if(${var})
                        target_compile_options(llc_flags INTERFACE "${flag}")
                endif()
        endforeach()
endfunction()

function(llc_link_flags)
        foreach(flag IN LISTS ARGN)
                string(MAKE_C_IDENTIFIER "links${flag}" var)
                check_linker_flag(C "${flag}" "${var}")
                if(${var})
                        target_link_options(llc_flags INTERFACE "${flag}")
                endif()
        endforeach()
endfunction()

llc_compile_flags(
        -Wall -Wextra -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes
        -Wmissing-prototypes -Wold-style-definition -Wvla -Wformat=2 -Wimplicit-fallthrough
        -Wswitch-enum -Wundef -Wcast-qual -Wwrite-strings -Wpointer-arith -Wnull-dereference
        -Wtrampolines -Wbidi-chars=any
        -Werror=format-security -Werror=implicit -Werror=incompatible-pointer-types
        -Werror=int-conversion
        -fno-strict-aliasing -fno-delete-null-pointer-checks -fno-strict-overflow
        -fno-common)

if(LLC_WERROR)
        llc_compile_flags(-Werror)
endif()

if(LLC_HARDEN)
        # OpenSSF compiler hardening guide, as far as this toolchain goes.
        llc_compile_flags(
                -fstack-protector-strong -fstack-clash-protection -fcf-protection=full
                -mbranch-protection=standard -ftrivial-auto-var-init=zero
                -fstrict-flex-arrays=3 -fzero-init-padding-bits=all)
        llc_link_flags(
                -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,-z,nodlopen -Wl,--as-needed
                -Wl,--no-copy-dt-needed-entries)
        # FORTIFY needs optimisation, glibc warns without it.
        target_compile_options(llc_flags INTERFACE
                "$<$<CONFIG:Release>:-U_FORTIFY_SOURCE;-D_FORTIFY_SOURCE=3>")
endif()
target_compile_options(llc_flags INTERFACE "$<$<CONFIG:Release>:-UNDEBUG>") # asserts stay on
target_link_options(llc_flags INTERFACE "$<$<CONFIG:Release>:-s>")

if(LLC_SANITIZE)
        target_compile_options(llc_flags INTERFACE
                -fsanitize=${LLC_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
        target_link_options(llc_flags INTERFACE -fsanitize=${LLC_SANITIZE})
endif()
if(LLC_FUZZ)
        target_compile_options(llc_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
