#!/usr/bin/env bash
# Functions with a better choice, and typedefs of structs. A use that has to be says so on its line
# or alone on the line above: /* lint: allow NAME because … */
. "$(dirname "$0")/lint.bash"

# shellcheck disable=SC2016 # awk's own $
lint_files '^(src|include|tests)/.*\.[ch]$' | xargs -r awk "$lint_awk"'
function ban(names, why,    list, i, n) {
        n = split(names, list, " ")
        for (i = 1; i <= n; i++)
                banned[list[i]] = why
}
BEGIN {
        ban("atoi atol atoll atof", "hides errors: strtol with checks")
        ban("sprintf vsprintf strcpy stpcpy strcat strncat gets", "no bound: strbuf, snprintf")
        ban("strncpy", "may not terminate: memcpy with a length, snprintf")
        ban("strtok", "hidden state: struct bytes")
        ban("alloca", "no bound: arena")
        ban("system popen", "a shell: posix_spawn with a list")
        ban("setenv putenv unsetenv clearenv", "global state") # but of a test, which is the process
        ban("rand srand random srandom drand48 rand_r", "predictable: llc/sys/random.h")
        ban("localtime gmtime ctime asctime", "hidden state: llc/base/timestamp.h")
        ban("signal", "unclear semantics: sigaction, or the loop")
        ban("sleep usleep nanosleep", "blocks the loop: a timer")
        ban("setjmp longjmp sigsetjmp siglongjmp", "hidden control flow")
        ban("tmpnam tempnam mktemp", "a race: mkstemp")
}
{
        rest = code($0)
        if (rest ~ /(^|[^A-Za-z0-9_])typedef[ \t]+(struct|union|enum)([^A-Za-z0-9_]|$)/)
                print FILENAME ":" FNR ": typedef: write struct x"
        allowed = above
        above = ""
        if (match($0, /\/\* lint: allow [a-z0-9_]+ because [^*]+\*\//)) {
                allowed = substr($0, RSTART, RLENGTH)
                sub(/^\/\* lint: allow /, "", allowed)
                sub(/ .*$/, "", allowed)
                if (rest ~ /^[ \t]*$/) {
                        above = allowed
                        next
                }
        } else if ($0 ~ /lint: allow/ && FILENAME ~ /\.[ch]$/)
                print FILENAME ":" FNR ": banned: write /* lint: allow NAME because … */"
        used = 0
        before = ""
        while (match(rest, /[A-Za-z_][A-Za-z0-9_]*[ \t]*\(/)) {
                name = substr(rest, RSTART, RLENGTH)
                before = before substr(rest, 1, RSTART - 1)
                sub(/[ \t]*\($/, "", name)
                member = before ~ /(\.|->)$/
                before = before substr(rest, RSTART, RLENGTH)
                rest = substr(rest, RSTART + RLENGTH)
                if (!(name in banned) || member || (name ~ /^(un)?setenv$/ && FILENAME ~ /^tests\//))
                        continue
                if (name == allowed)
                        used = 1
                else
                        print FILENAME ":" FNR ": banned: " name "(): " banned[name]
        }
        if (allowed != "" && !used)
                print FILENAME ":" FNR ": banned: allows " allowed " without need"
}' | lint_verdict
