#!/usr/bin/env bash
# What the pure rooms call of the outside is in purity-allowed.txt, and nothing there can read a
# clock, a file, the environment or chance. purity.sh ARCHIVE…
. "$(dirname "$0")/lint.bash"
allowed=${LINT_ALLOWED:-$lint_dir/purity-allowed.txt}
name=${allowed##*/}

impure='time|clock|sleep|open|creat$|read$|write$|close|socket|connect|send|recv|env|rand|pid$'
impure+='|^v?f?printf|^_*v?f?printf_chk|^f?puts|^std(in|out|err)|thread|signal|exec|fork|stat$'
impure+='|_file|_fd$'

combined=$(mktemp)
trap 'rm -f "$combined"' EXIT
ld -r -o "$combined" --whole-archive "$@"
{
        sort -c "$allowed" 2>&1 | sed "s|^|$name:1: purity: |"
        { grep -nE "$impure" "$allowed" || true; } |
                sed "s|^\([0-9]*\):\(.*\)|$name:\1: purity: \2 is no pure function|"
        nm -uP "$combined" | cut -d' ' -f1 | sort -u | comm -23 - "$allowed" |
                while IFS= read -r symbol; do
                        lint_places "$symbol" "$(nm -uA "$@" | grep -w "$symbol")" \
                                "purity: $symbol is not in $name"
                done
} | lint_verdict
