#!/usr/bin/env bash
# The planted bugs (tests/faults/bugs) are patches of the product that apply, say what is wrong, and
# are in the table of their README.
. "$(dirname "$0")/lint.bash"

bugs=tests/faults/bugs

lint_bug() {
        local patch=$1 name
        name=$(basename "$patch" .patch)
        GIT_CEILING_DIRECTORIES=$PWD/.. git apply --check "$patch" 2>/dev/null ||
                echo "$patch:1: bugs: does not apply"
        case "$(head -n 1 "$patch")" in
        '' | diff*) echo "$patch:1: bugs: does not say what is wrong" ;;
        esac
        # shellcheck disable=SC2016 # awk's own $
        awk -v patch="$patch" '/^\+\+\+ / && !/^\+\+\+ b\/(src|include)\// {
                print patch ":" FNR ": bugs: changes something else than the product" }' "$patch"
        grep -qF "\`$name\`" "$bugs/README.md" || echo "$patch:1: bugs: is not in the README"
}

for patch in "$bugs"/[0-9][0-9]-*.patch; do
        lint_bug "$patch"
done | lint_verdict
