#!/usr/bin/env bash
# Sizes and names: a file, a function, a word must not grow beyond what a reader holds in mind.
. "$(dirname "$0")/lint.bash"

sources='\.(c|h|go|sh|bash|cmake)$|(^|/)(CMakeLists\.txt|dev|run)$'

file_lengths() {
        # shellcheck disable=SC2016 # awk's own $
        lint_files "$sources" | xargs -r awk '
        function verdict(file, lines) {
                if (lines > 800)
                        print file ":" lines ": file: " lines " lines, at most 800"
                else if (lines > 500)
                        print "note: " file ": " lines " lines, better at most 500" > "/dev/stderr"
        }
        FNR == 1 && NR > 1 { verdict(file, lines) }
        { file = FILENAME; lines = FNR }
        END { verdict(file, lines) }'
}

# A function is counted from the first line of its head to its closing brace.
function_lengths() {
        # shellcheck disable=SC2016 # awk's own $
        lint_files '^(src|include|tests)/.*\.[ch]$' | xargs -r awk "$lint_awk"'
        FNR == 1 { depth = 0; head = ""; macro = 0; most = FILENAME ~ /^tests\// ? 80 : 60 }
        {
                line = code($0)
                if (macro || line ~ /^[ \t]*#/) {
                        macro = line ~ /\\$/
                        next
                }
                if (depth == 0) {
                        if (head == "" && line ~ /[^ \t]/)
                                start = FNR
                        head = head line
                }
                opened = gsub(/\{/, "{", line)
                closed = gsub(/\}/, "}", line)
                depth += opened - closed
                if (depth > 0 || head == "")
                        next
                if (opened + closed > 0) {
                        if (head ~ /\)[ \t]*\{/ && head !~ /=/ && FNR - start + 1 > most) {
                                sub(/[ \t]*\(.*$/, "", head)
                                sub(/^.*[ \t*]/, "", head)
                                print FILENAME ":" start ": function: " head "() has " \
                                        FNR - start + 1 " lines, at most " most
                        }
                        head = ""
                } else if (line ~ /;[ \t]*$/) {
                        head = ""
                }
        }'
}

names() {
        lint_files '(^|[/_.-])(util|utils|helper|helpers|common|misc)([/_.-]|$)' |
                sed 's/$/:1: name: says nothing about what is in it/'
}

# grep exits 1 when nothing is found, which is what we want.
words() {
        lint_files '.' | xargs -r -d '\n' grep -HnIwE 'TOD[O]|FIXM[E]|XX[X]|HAC[K]' |
                sed 's/\(:[0-9]*:\).*/\1 word: do it, or write an issue/' || true
}

# What other programs said is kept byte for byte.
whitespace() {
        lint_files '.' | grep -vE '^LICENSE$|^tests/fuzz/corpora/|^tests/e2e/testdata/.*[.]txt$' |
                xargs -r -d '\n' grep -HnIE '[[:space:]]$' |
                sed 's/\(:[0-9]*:\).*/\1 whitespace: at the end of the line/' || true
        lint_files '\.[ch]$' | xargs -r -d '\n' grep -HnI $'\t' |
                sed 's/\(:[0-9]*:\).*/\1 whitespace: a tab in C/' || true
}

{
        file_lengths
        function_lengths
        names
        words
        whitespace
} | lint_verdict
