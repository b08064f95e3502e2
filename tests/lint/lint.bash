# Sourced by every lint: the tree it looks at, its files, the verdict. A lint prints one line a
# finding, "file:line: rule: what", and fails when there is one.
set -euo pipefail
export LC_ALL=C

lint_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "${LINT_ROOT:-$lint_dir/../..}"

# lint_files REGEX: the files of the tree whose path matches. New files count, ignored ones don't.
lint_files() {
        local file
        { git ls-files --cached --others --exclude-standard 2>/dev/null ||
                find . -name .git -prune -o -path ./out -prune -o -type f -printf '%P\n'; } |
                sort -u | { grep -E -- "$1" || true; } |
                while IFS= read -r file; do [ ! -f "$file" ] || printf '%s\n' "$file"; done
}

# Passes the findings on; fails when there is one.
lint_verdict() {
        awk '{ print } END { exit NR > 0 }'
}

# lint_skip WHY: ctest shows the test as skipped; the reason is in its output.
lint_skip() {
        echo "skipped: $1"
        exit 77
}

# lint_places SYMBOL OBJECTS WHAT: the finding, at the place of the symbol in each of the sources that
# OBJECTS (lines "…/libllc_ROOM.a:FILE.c.o: …") were made from.
lint_places() {
        local archive object source line
        while IFS=: read -r archive object _; do
                archive=${archive##*/libllc_}
                source=$(find "src/${archive%.a}" -name "${object%.o}" | head -n 1)
                line=$(grep -nw -- "$1" "$source" | grep -v '#include' | head -n 1 | cut -d: -f1) || true
                echo "$source:${line:-1}: $3"
        done <<<"$2"
}

# For awk programs over C: code(line) is the line without comments and without what is inside of
# strings. To be called once for every line, in order.
# shellcheck disable=SC2034 # used by those who source this
lint_awk='
function code(line,    out, i, c, two, quote) {
        if (FNR == 1)
                in_comment = 0
        for (i = 1; i <= length(line); i++) {
                c = substr(line, i, 1)
                two = substr(line, i, 2)
                if (in_comment) {
                        if (two == "*/") {
                                in_comment = 0
                                i++
                        }
                } else if (quote != "") {
                        if (c == "\\")
                                i++
                        else if (c == quote) {
                                quote = ""
                                out = out c
                        }
                } else if (two == "/*") {
                        in_comment = 1
                        i++
                } else if (two == "//") {
                        break
                } else {
                        if (c == "\"" || c == "\047")
                                quote = c
                        out = out c
                }
        }
        return out
}
'

# Debian 12's own Go is older than the modules' and can't read their go.mod.
# shellcheck disable=SC2034 # used by those who source this
no_go="no go from 1.24.9 on"
have_go() {
        local version
        version=$(GOTOOLCHAIN=local go env GOVERSION 2>/dev/null) &&
                printf 'go1.24.9\n%s\n' "$version" | sort -V -C
}
