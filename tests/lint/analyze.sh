#!/usr/bin/env bash
# Static analysis of src without a finding: clang-tidy (.clang-tidy), cppcheck, gcc's -fanalyzer.
# analyze.sh [tidy] [cppcheck] [gcc]; all by default. Part of ./dev lint, not of ctest: minutes.
set -euo pipefail
cd "$(dirname "$0")/../.."
out=$PWD/out/analyze
jobs=${LLC_JOBS:-$(nproc)}
mkdir -p "$out"

gcc_flags=(
        -fanalyzer
        # Executables abort when memory is short (src/sys/oom.c), so no result is checked.
        -Wno-analyzer-possible-null-dereference
        -Wno-analyzer-possible-null-argument
        # gcc 12 loses sight of what is handed over through a struct; LeakSanitizer and valgrind
        # see every test.
        -Wno-analyzer-malloc-leak
)
cppcheck_flags=("--enable=warning,performance,portability" --error-exitcode=1 --inline-suppr
        --std=c11 --quiet --template=gcc)

configure() {
        cmake -S . -B "$out/$1" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DLLC_TESTS=OFF -DLLC_HARDEN=OFF \
                -DLLC_WATCHDOG=50 -DLLC_WERROR=ON -DCMAKE_EXPORT_COMPILE_COMMANDS=ON "${@:2}" >"$out/$1.log" 2>&1 ||
                { cat "$out/$1.log"; return 1; }
}

# What is generated is there, and not looked at.
configure_clang() {
        configure clang -DCMAKE_C_COMPILER=clang-14 &&
                cmake --build "$out/clang" --target src/sim/definitions.c >>"$out/clang.log" 2>&1
}

run_tidy() {
        configure_clang || return 1
        sed -nE 's/^ *"file": "(.*)",?$/\1/p' "$out/clang/compile_commands.json" | sort -u |
                grep -v "^$out/" |
                xargs -P "$jobs" -n 1 clang-tidy-14 -p "$out/clang" --quiet 2>"$out/tidy.log"
}

run_cppcheck() {
        configure_clang || return 1
        cppcheck --project="$out/clang/compile_commands.json" -i "$out" -j "$jobs" "${cppcheck_flags[@]}"
}

run_gcc() {
        configure gcc -DCMAKE_C_COMPILER=gcc -DCMAKE_C_FLAGS="${gcc_flags[*]}" || return 1
        cmake --build "$out/gcc" --parallel "$jobs" -- -k 0 >"$out/gcc.log" ||
                { grep -vE '^\[[0-9]+/[0-9]+\]' "$out/gcc.log"; return 1; }
}

# A tool that finds nothing here is not looking.
probe() {
        local sample=$out/probe.c
        cat >"$sample" <<'C'
#include <stdlib.h>
int f(const int *p);
int f(const int *p) {
        int *copy = malloc(4), last[2] = { 0, 1 };

        if (!p)
                last[0] = *p;
        free(copy);
        free(copy);
        return last[2];
}
C
        case $1 in
        tidy) clang-tidy-14 --config-file=.clang-tidy --quiet "$sample" -- ;;
        cppcheck) cppcheck "${cppcheck_flags[@]}" "$sample" ;;
        gcc) gcc "${gcc_flags[@]}" -Werror -c -o /dev/null "$sample" ;;
        esac >/dev/null 2>&1
}

[ $# -gt 0 ] || set -- tidy cppcheck gcc
failed=()
for tool in "$@"; do
        echo "analyze: $tool"
        if probe "$tool"; then
                echo "analyze: $tool finds nothing in $out/probe.c"
                failed+=("$tool")
        elif ! "run_$tool"; then
                failed+=("$tool")
        fi
done
[ ${#failed[@]} -eq 0 ] || { echo "analyze: findings of: ${failed[*]}"; exit 1; }
echo "analyze: 0 findings"
