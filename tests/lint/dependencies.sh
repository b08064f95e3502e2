#!/usr/bin/env bash
# Every library the build asks for has its reason in CONTRIBUTING.md.
. "$(dirname "$0")/lint.bash"

sed -nE 's/^ *pkg_check_modules\([A-Z]+ REQUIRED (IMPORTED_TARGET )?([^)]*)\).*/\2/p' \
        cmake/dependencies.cmake | tr ' ' '\n' | sed 's/[<>=].*//' |
        while IFS= read -r module; do
                grep -qwF -- "$module" CONTRIBUTING.md ||
                        echo "CONTRIBUTING.md:1: dependencies: no reason for $module"
        done | lint_verdict
