#!/usr/bin/env bash
# Go files are as gofmt writes them.
. "$(dirname "$0")/lint.bash"

have_go || lint_skip "$no_go"

lint_files '\.go$' | xargs -r -d '\n' gofmt -l | sed 's/$/:1: gofmt: not as gofmt writes it/' |
        lint_verdict
