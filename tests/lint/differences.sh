#!/usr/bin/env bash
# The differences from client-go that tests/vectors allows and those that docs/client-go.md gives a
# reason for are the same; no cell of its tables is empty.
. "$(dirname "$0")/lint.bash"

names_in_tests() {
        grep -hoE '\{ "[a-z0-9A-Z-]+", [a-zA-Z0-9_]+,' tests/vectors/*.c | cut -d '"' -f 2 | sort -u
}

# A name stands alone in the first cell.
names_in_docs() {
        # shellcheck disable=SC2016 # a backtick of Markdown
        sed -nE 's/^\| `([a-z0-9A-Z-]+)` \|.*/\1/p' docs/client-go.md | sort -u
}

{
        comm -23 <(names_in_tests) <(names_in_docs) |
                sed 's/^/docs\/client-go.md:1: differences: no row for /'
        comm -13 <(names_in_tests) <(names_in_docs) |
                sed 's/^/docs\/client-go.md:1: differences: no test has /'
        grep -nE '\|[[:space:]]*\|' docs/client-go.md |
                sed -E 's/^([0-9]+):.*/docs\/client-go.md:\1: differences: an empty cell/' || true
} | lint_verdict
