#!/usr/bin/env bash
# Shell scripts are as shellcheck wants them, Go modules as gofmt and go vet do.
. "$(dirname "$0")/lint.bash"

# Those named .sh or .bash, and those with a shell in their first line.
shell_scripts() {
        lint_files '\.(sh|bash)$'
        lint_files '(^|/)[^./]+$' | while IFS= read -r file; do
                ! head -c 64 "$file" | head -n 1 | grep -aqE '^#!.*[/ ](ba)?sh' || echo "$file"
        done
}

check_shell() {
        command -v shellcheck >/dev/null || { echo "note: no shellcheck, skipped" >&2; return; }
        shell_scripts | sort -u | xargs -r -d '\n' shellcheck -x -P SCRIPTDIR -f gcc || true
}

# Only with what is already here: a lint neither downloads modules nor compiles Kubernetes (the
# one package controlplane does). The flags are those of the builds: what they have compiled is not
# compiled again.
vet() (
        export GOPROXY=off GOTOOLCHAIN=local GOWORK=off CGO_ENABLED=0
        export GOFLAGS='-mod=readonly -trimpath -buildvcs=false'
        packages=$(go list ./... 2>&1 | grep -v /controlplane$) || return 0
        status=0
        # shellcheck disable=SC2086 # one word a package
        timeout 60 go vet $packages 2>&1 || status=$?
        [ $status -ne 124 ] || echo "its packages are not compiled yet"
)

check_go() {
        local module
        have_go || { echo "note: no go from 1.24.9 on, gofmt and go vet skipped" >&2; return; }
        lint_files '\.go$' | xargs -r -d '\n' gofmt -l | sed 's/$/:1: gofmt: not as gofmt writes it/'
        lint_files '(^|/)go\.mod$' | while IFS= read -r module; do
                module=$(dirname "$module")
                [ -n "$(find "$module" -name '*.go')" ] || continue
                (cd "$module" && vet) | awk -v module="$module" '
                        /GOPROXY=off|toolchain not available|requires go >=|not compiled yet/ {
                                print "note: go vet skipped in " module ": " $0 > "/dev/stderr"
                                exit
                        }
                        /^#/ { next }
                        { print module "/" $0 }' || true
        done
}

{
        check_shell
        check_go
} | lint_verdict
