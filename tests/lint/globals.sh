#!/usr/bin/env bash
# No mutable globals, static ones included, but those in globals-allowed.txt. globals.sh ARCHIVE…
. "$(dirname "$0")/lint.bash"
allowed=${LINT_ALLOWED:-$lint_dir/globals-allowed.txt}
name=${allowed##*/}

# "libllc_sys.a:log.c.o: log_level" for each object in .data, .bss and their thread-local kin;
# .data.rel.ro is constant after relocation.
mutable() {
        objdump -t "$@" | awk '
        /^In archive/ { archive = $3 }
        /file format/ { object = $1 }
        / O (\.t?(data|bss)|\*COM\*)[^A-Za-z]/ && !/ O \.data\.rel\.ro/ {
                sub(/\.[0-9]+$/, "", $NF)
                print archive object, $NF
        }'
}

{
        { grep -vnE '^(#|$)|^[a-z]+/[a-z_/]+\.c [A-Za-z_0-9]+: .' "$allowed" || true; } |
                sed "s|^\([0-9]*\):.*|$name:\1: globals: write ROOM/FILE.c SYMBOL: REASON|"
        mutable "$@" | while read -r object symbol; do
                lint_places "$symbol" "$object" "globals: $symbol is mutable and outlives its function"
        done
} | awk -v allowed="$allowed" -v name="$name" '
BEGIN {
        while ((getline line < allowed) > 0) {
                n++
                if (line !~ /^#/ && line ~ /: /) {
                        sub(/: .*/, "", line)
                        allow[line] = n
                }
        }
}
{
        file = $1
        sub(/^src\//, "", file)
        sub(/:.*/, "", file)
        if ($2 == "globals:" && (file " " $3) in allow)
                used[file " " $3] = 1
        else
                print
}
END {
        for (entry in allow)
                if (!(entry in used))
                        print name ":" allow[entry] ": globals: there is no " entry
}' | lint_verdict
