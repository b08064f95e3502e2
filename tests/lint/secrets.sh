#!/usr/bin/env bash
# Nothing of the machine it was written on: no home, no package mirror, no key. What only looks like
# one says so on its line: lint: allow SECRET because …
. "$(dirname "$0")/lint.bash"

places='(^|[^A-Za-z0-9_.$}/-])/(root|work)/'
mirrors='(GOPROXY|GONOSUMDB|GOSUMDB|PIP_INDEX_URL|NPM_CONFIG_REGISTRY|https?_proxy|HTTPS?_PROXY)=["'\'']?https?:'
mirrors+='|https?://[A-Za-z0-9.-]*(proxy|registry|mirror|artifactory|nexus)[A-Za-z0-9.-]*\.'
mirrors+='|//[A-Za-z0-9.-]+\.(internal|corp|lan|intranet)[:/]'
keys='-----BEGIN [A-Z ]*PRIVATE KEY-----(\\n)?([A-Za-z0-9+/]{16}|$)|eyJ[A-Za-z0-9_-]{20,}\.eyJ|AKIA[0-9A-Z]{16}'
keys+='|gh[pousr]_[A-Za-z0-9]{36}|client-key-data: [A-Za-z0-9+/]{40}'

search() {
        lint_files '.' | grep -vE '(^|/)go\.sum$|^tests/lint/secrets\.sh$' |
                xargs -d '\n' grep -HnIE -- "$2" | grep -v 'lint: allow SECRET because' |
                sed "s/\(:[0-9]*:\).*/\1 secrets: $1/" || true
}

{
        search 'a path of one machine' "$places"
        search 'a package mirror' "$mirrors"
        search 'a key or token' "$keys"
} | lint_verdict
