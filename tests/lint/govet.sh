#!/usr/bin/env bash
# Go modules are as go vet wants them. Only with what is already here: a lint neither downloads
# modules nor compiles Kubernetes (the one package controlplane does); where that is not enough, the
# whole is skipped, unless there are findings.
. "$(dirname "$0")/lint.bash"

have_go || lint_skip "$no_go"

# The flags are those of the builds: what they have compiled is not compiled again.
vet() (
        export GOPROXY=off GOTOOLCHAIN=local GOWORK=off CGO_ENABLED=0
        export GOFLAGS='-mod=readonly -trimpath -buildvcs=false'
        packages=$(go list ./... 2>&1 | grep -v /controlplane$) || return 0
        status=0
        # shellcheck disable=SC2086 # one word a package
        timeout 60 go vet $packages 2>&1 || status=$?
        [ $status -ne 124 ] || echo "its packages are not compiled yet"
)

findings=
unvetted=()
while IFS= read -r module; do
        module=$(dirname "$module")
        [ -n "$(find "$module" -name '*.go')" ] || continue
        said=$(cd "$module" && vet) || true
        lacking=$(grep -m 1 -E 'GOPROXY=off|toolchain not available|requires go >=|not compiled yet' <<<"$said") || true
        if [ -n "$lacking" ]; then
                unvetted+=("$module: $lacking")
        else
                findings+=$(awk -v module="$module" 'NF && !/^#/ { print module "/" $0 }' <<<"$said")
        fi
done < <(lint_files '(^|/)go\.mod$')

[ -z "$findings" ] || { echo "$findings"; exit 1; }
[ ${#unvetted[@]} -eq 0 ] || lint_skip "${unvetted[*]}"
