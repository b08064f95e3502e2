#!/usr/bin/env bash
# What the linker and compiler were asked for is in the executables. hardening.sh BUILD-TYPE FILE…
. "$(dirname "$0")/lint.bash"
build_type=$1
shift

check() {
        local file=$1 dynamic segments symbols
        finding() { echo "$file:1: hardening: $1"; }

        dynamic=$(readelf -dW "$file")
        segments=$(readelf -lW "$file")
        symbols=$(readelf --dyn-syms -W "$file")
        grep -q 'FLAGS_1.* PIE' <<<"$dynamic" || finding "not position-independent (PIE)"
        grep -q 'GNU_RELRO' <<<"$segments" || finding "no RELRO segment"
        grep -qE 'BIND_NOW|FLAGS_1.* NOW' <<<"$dynamic" || finding "not bound at start (full RELRO)"
        grep -qE 'GNU_STACK.* RW +0x' <<<"$segments" || finding "executable stack"
        ! grep -qE 'LOAD.* RWE ' <<<"$segments" || finding "a segment both writable and executable"
        ! grep -qE '\((RPATH|RUNPATH|TEXTREL)\)' <<<"$dynamic" || finding "RPATH, RUNPATH or TEXTREL"

        [ "$build_type" = Release ] || return 0
        ! readelf -SW "$file" | grep -q ' \.symtab ' || finding "not stripped"
        grep -q '__stack_chk_fail' <<<"$symbols" || finding "no stack protector"
        grep -v '__stack_chk_fail' <<<"$symbols" | grep -q '__[a-z0-9_]*_chk' || finding "no FORTIFY_SOURCE"
}

for file in "$@"; do
        check "$file"
done | lint_verdict
