#!/usr/bin/env bash
# Shell scripts are as shellcheck wants them.
. "$(dirname "$0")/lint.bash"

command -v shellcheck >/dev/null || lint_skip "no shellcheck"

# Those named .sh or .bash, and those with a shell in their first line.
shell_scripts() {
        lint_files '\.(sh|bash)$'
        lint_files '(^|/)[^./]+$' | while IFS= read -r file; do
                ! head -c 64 "$file" | head -n 1 | grep -aqE '^#!.*[/ ](ba)?sh' || echo "$file"
        done
}

{ shell_scripts | sort -u | xargs -r -d '\n' shellcheck -x -P SCRIPTDIR -f gcc || true; } | lint_verdict
