#!/usr/bin/env bash
# All C is as clang-format 14 writes it.
. "$(dirname "$0")/lint.bash"
command -v clang-format-14 >/dev/null || lint_skip "no clang-format-14"

lint_files '\.[ch]$' | xargs -r -d '\n' clang-format-14 --dry-run -Werror 2>&1 |
        { grep -E ': (error|warning): ' || true; } | lint_verdict
