#!/usr/bin/env bash
# Every header compiles alone, and twice. headers.sh CC
. "$(dirname "$0")/lint.bash"
cc=${1:-cc}

lint_files '^(src|include)/.*\.h$' | while IFS= read -r header; do
        printf '#include "%s"\n#include "%s"\n' "$header" "$header" |
                "$cc" -std=gnu11 -fsyntax-only -Wall -Wextra -Wundef -Wstrict-prototypes -Werror \
                        -I. -Iinclude -I"$(cut -d/ -f1-2 <<<"$header")" -x c - 2>&1 |
                sed -n 's/^\([^ ]*:[0-9]*\):[0-9]*: \(.*error: .*\)/\1: header: \2/p'
done | lint_verdict
