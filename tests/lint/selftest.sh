#!/usr/bin/env bash
# A lint finds what it is there for, and nothing in a good tree: each case is a small tree of
# its own. selftest.sh LINT CC
# shellcheck disable=SC2016 # a dollar in a sample is the sample's
. "$(dirname "$0")/lint.bash"
here=$lint_dir
lint=$1
cc=${2:-cc}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LINT_ROOT=$work/tree
failures=0
cases=0

# tree FILE TEXT [FILE TEXT]…: a fresh tree of these files.
tree() {
        rm -rf "$LINT_ROOT"
        mkdir -p "$LINT_ROOT"
        while [ $# -gt 0 ]; do
                mkdir -p "$LINT_ROOT/$(dirname "$1")"
                printf '%b\n' "$2" >"$LINT_ROOT/$1"
                shift 2
        done
}

fail() {
        echo "tests/lint/selftest.sh: $*"
        failures=$((failures + 1))
}

# finds TEXT LINT [ARG…]: the lint fails, and a line of what it prints begins with TEXT.
finds() {
        local expected=$1 output status=0 line
        shift
        cases=$((cases + 1))
        output=$("$here/$1.sh" "${@:2}" 2>&1) || status=$?
        [ "$status" -eq 1 ] || fail "$1: exit status $status: $expected: $output"
        while IFS= read -r line; do
                [[ $line != "$expected"* ]] || return 0
        done <<<"$output"
        fail "$1: expected \"$expected\", got: $output"
}

# passes LINT [ARG…]: no finding.
passes() {
        local output
        cases=$((cases + 1))
        output=$("$here/$1.sh" "${@:2}" 2>&1) || fail "$1: unexpected: $output"
}

# skips LINT: it says that it cannot run here.
skips() {
        local status=0
        cases=$((cases + 1))
        "$here/$1.sh" >/dev/null 2>&1 || status=$?
        [ "$status" -eq 77 ] || fail "$1: exit status $status, not 77"
}

layering() {
        tree src/api/pod.c '#include "llc/api/pod.h"\n#include "llc/base/err.h"\n#include "table.h"' \
                src/api/table.h '' include/llc/api/pod.h '#include "llc/base/err.h"' \
                src/kube/a.c '#include "llc/api/meta.h"\n#include <netinet/in.h>' \
                src/base/json.c '#include <json-c/json.h>\n// #include "llc/kube/client.h"' \
                src/api/crdgen/main.c '#include "llc/sys/log.h"' \
                tests/unit/api/test_table.c '#include "../../src/api/table.h"'
        passes layering
        tree src/base/a.c '\n#include "llc/sys/log.h"'
        finds 'src/base/a.c:2: layering: base may not include llc/sys/log.h' layering
        tree src/canary/a.c '#include  "llc/kube/client.h"'
        finds 'src/canary/a.c:1: layering: canary may not' layering
        tree include/llc/api/a.h '# include "llc/sys/clock.h"'
        finds 'include/llc/api/a.h:1: layering: api may not' layering
        tree src/kube/a.c '#include "llc/api/llc.h"'
        finds 'src/kube/a.c:1: layering: kube may not include llc/api/llc.h' layering
        tree src/sim/a.c '#include "llc/kube/client.h"'
        finds 'src/sim/a.c:1: layering: sim may not' layering
        tree src/attic/a.c ''
        finds 'src/attic/a.c:1: layering: no such room' layering
        tree src/base/a.c '#include <llc/base/err.h>'
        finds 'src/base/a.c:1: layering: ours is included with quotes' layering
        tree src/base/a.c '#include "../api/table.h"' src/api/table.h ''
        finds 'src/base/a.c:1: layering: private to another folder' layering
        tree src/base/a.c '#include "table.h"' src/api/table.h ''
        finds 'src/base/a.c:1: layering: not of this room' layering
        tree tests/unit/kube/test_a.c '#include "../../src/api/table.h"'
        finds 'tests/unit/kube/test_a.c:1: layering: private' layering
        tree include/llc/base/a.h '#include "b.h"' include/llc/base/b.h ''
        finds 'include/llc/base/a.h:1: layering: a public header' layering
        tree src/kube/json.c '#include <json-c/json.h>'
        finds 'src/kube/json.c:1: third-party: json-c/json.h is for src/base/json.c' layering
        tree src/kube/a.c '#include <openssl/ssl.h>' src/kube/b.c '#include <openssl/evp.h>'
        finds 'src/kube/b.c:1: third-party: openssl/evp.h is seen by src/kube/a.c' layering
        tree src/runtime/httpd.c '#include <microhttpd.h>' src/sim/http.c '#include <microhttpd.h>'
        passes layering
        tree src/sim/a.c '#include <microhttpd.h>'
        finds 'src/sim/a.c:1: third-party: microhttpd.h is for src/runtime/httpd.c src/sim/http.c' layering
        tree include/llc/kube/a.h '#include <curl/curl.h>'
        finds 'include/llc/kube/a.h:1: third-party: a header includes' layering
}

banned() {
        tree src/base/a.c 'int n = strtol(s); /* atoi( */\nputs("sprintf(");\nv->signal(1);' \
                src/base/b.c 'my_atoi(s);\ntypedef int (*fn)(void);' \
                src/base/c.c 'sleep(1); /* lint: allow sleep because it is a child */' \
                src/base/d.c '/* lint: allow sleep because it is a child */\nsleep(1);' \
                tests/unit/a.c 'setenv("A", "b", 1);'
        passes banned
        tree src/base/a.c '\n        return atoi (s);'
        finds 'src/base/a.c:2: banned: atoi()' banned
        tree src/base/a.c '/* a\n b */ strcpy(a, b);'
        finds 'src/base/a.c:2: banned: strcpy()' banned
        tree tests/unit/a.c 'x = f(sprintf(a, "%s", "\\""), strtok(a, ","));'
        finds 'tests/unit/a.c:1: banned: strtok()' banned
        tree src/base/a.c 'signal(SIGTERM, handler);'
        finds 'src/base/a.c:1: banned: signal()' banned
        tree src/base/a.c 'sleep(1); /* lint: allow sleep */'
        finds 'src/base/a.c:1: banned: write' banned
        tree src/base/a.c 'f(1); /* lint: allow sleep because of nothing */'
        finds 'src/base/a.c:1: banned: allows sleep without need' banned
        tree src/base/a.c '/* lint: allow sleep because it is a child */\nf();\nsleep(1);'
        finds 'src/base/a.c:2: banned: allows sleep without need' banned
        finds 'src/base/a.c:3: banned: sleep()' banned
        tree src/base/a.c 'setenv("A", "b", 1);'
        finds 'src/base/a.c:1: banned: setenv()' banned
        tree include/llc/base/a.h 'typedef struct a { int b; } a;'
        finds 'include/llc/base/a.h:1: typedef' banned
}

# lines N TEXT: N times.
lines() {
        local i
        for ((i = 0; i < $1; i++)); do
                printf '%s\\n' "$2"
        done
}

sizes() {
        tree src/base/a.c "int f(int a,\n      int b) {\n$(lines 57 ' x;')}\nint x[] = {\n$(lines 90 '1,')};" \
                tests/a.c "int f(void) {\n$(lines 78 ' x;')}" README.md 'a todo list' \
                src/base/b.c 'char path[] = "/tmp/aXXXXXX";'
        passes sizes
        tree src/base/a.c "\n\nint f(int a,\n      int b) {\n$(lines 58 ' x;')}"
        finds 'src/base/a.c:3: function: f() has 61 lines' sizes
        tree tests/a.c "static void *g(void) {\n$(lines 79 ' if (x) { y; }')}"
        finds 'tests/a.c:1: function: g() has 81 lines' sizes
        tree src/base/a.c "$(lines 799 'int x;')"
        passes sizes
        tree src/base/a.c "$(lines 800 'int x;')"
        finds 'src/base/a.c:801: file: 801 lines' sizes
        tree src/base/a.sh "$(lines 900 ':')" src/base/b.c 'int x;'
        finds 'src/base/a.sh:901: file: 901 lines' sizes
        tree src/base/string_util.c ''
        finds 'src/base/string_util.c:1: name' sizes
        tree src/common/a.c ''
        finds 'src/common/a.c:1: name' sizes
        tree src/base/a.c '\n/* TO''DO: later */'
        finds 'src/base/a.c:2: word' sizes
        tree README.md 'text '
        finds 'README.md:1: whitespace' sizes
        tree src/base/a.c '\tint x;'
        finds 'src/base/a.c:1: whitespace: a tab' sizes
}

headers() {
        tree include/llc/base/a.h '#pragma once\n#include <stddef.h>\nstruct a { size_t n; };' \
                src/base/b.h '#pragma once\n#include "c.h"\n#include "llc/base/a.h"\nstruct b { struct a a; };' \
                src/base/c.h '#pragma once'
        passes headers "$cc"
        tree include/llc/base/a.h '#pragma once\n\nsize_t f(void);'
        finds 'include/llc/base/a.h:3: header' headers "$cc"
        tree src/base/a.h 'struct a { int n; };'
        finds 'src/base/a.h:1: header' headers "$cc"
}

format() {
        command -v clang-format-14 >/dev/null || return 0
        tree .clang-format 'BasedOnStyle: LLVM' src/base/a.c 'int x;'
        passes format
        tree .clang-format 'BasedOnStyle: LLVM' src/base/a.c 'int  x;'
        finds 'src/base/a.c:1:' format
}

# compile FILE FLAG…: FILE of the tree to FILE.o.
compile() {
        "$cc" "${@:2}" -c -o "$LINT_ROOT/$1.o" "$LINT_ROOT/$1"
}

archive() {
        compile src/base/a.c -fPIC -fno-builtin
        ar rcD "$work/libllc_base.a" "$LINT_ROOT/src/base/a.c.o"
}

purity() {
        export LINT_ALLOWED=$work/allowed.txt
        printf 'memcpy\nstrlen\n' >"$LINT_ALLOWED"
        rm -f "$work/libllc_base.a"
        tree src/base/a.c '#include <string.h>\nunsigned long f(char *s) { return strlen(s); }'
        archive
        passes purity "$work/libllc_base.a"
        tree src/base/a.c '#include <time.h>\nlong f(void) { return\ntime(0); }'
        archive
        finds 'src/base/a.c:3: purity: time is not in' purity "$work/libllc_base.a"
        printf 'strlen\ntime\n' >"$LINT_ALLOWED"
        finds 'allowed.txt:2: purity: time is no pure' purity "$work/libllc_base.a"
        printf 'time\nstrlen\n' >"$LINT_ALLOWED"
        finds 'allowed.txt:1: purity: sort' purity "$work/libllc_base.a"
        unset LINT_ALLOWED
}

globals() {
        export LINT_ALLOWED=$work/allowed.txt
        printf '# none\n' >"$LINT_ALLOWED"
        rm -f "$work/libllc_base.a"
        tree src/base/a.c 'const char *f(int i) { static const char *const n[] = { "a" }; return n[i]; }'
        archive
        passes globals "$work/libllc_base.a"
        tree src/base/a.c '\nint f(void) { static int calls; return ++calls; }\nint total = 1;'
        archive
        finds 'src/base/a.c:2: globals: calls is mutable' globals "$work/libllc_base.a"
        finds 'src/base/a.c:3: globals: total is mutable' globals "$work/libllc_base.a"
        printf 'base/a.c calls: a reason\nbase/a.c total: a reason\n' >"$LINT_ALLOWED"
        passes globals "$work/libllc_base.a"
        printf 'base/a.c gone: a reason\n' >>"$LINT_ALLOWED"
        finds 'allowed.txt:3: globals: there is no base/a.c gone' globals "$work/libllc_base.a"
        printf 'base/a.c calls\n' >"$LINT_ALLOWED"
        finds 'allowed.txt:1: globals: write' globals "$work/libllc_base.a"
        unset LINT_ALLOWED
}

shell() {
        command -v shellcheck >/dev/null || lint_skip "no shellcheck"
        tree dev '#!/usr/bin/env bash\necho "$1"' README.md 'echo $1'
        passes shell
        tree dev '#!/usr/bin/env bash\nrm $1'
        finds 'dev:2:' shell
        tree tests/a.sh '#!/bin/sh\ncd /tmp\n'
        finds 'tests/a.sh:2:' shell
}

gofmt() {
        have_go || lint_skip "$no_go"
        tree a.go 'package a\n\nvar x int'
        passes gofmt
        tree a.go 'package a\nvar  x int'
        finds 'a.go:1: gofmt' gofmt
}

govet() {
        local hash="47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
        have_go || lint_skip "$no_go"
        # go remembers what vet said of a file, with the folder that it was in then.
        tree go.mod 'module a\n\ngo 1.19' a.go \
                "package a\n\nimport \"fmt\"\n\nfunc f() {\n\tfmt.Printf(\"%d\", \"$work\")\n}"
        finds './a.go:6:' govet
        tree go.mod 'module a\n\ngo 1.19' a.go 'package a'
        passes govet
        tree go.mod 'module a\n\ngo 1.19\n\nrequire example.com/b v1.0.0' \
                go.sum "example.com/b v1.0.0 h1:$hash\nexample.com/b v1.0.0/go.mod h1:$hash" \
                a.go 'package a\n\nimport _ "example.com/b"'
        skips govet
}

dependencies() {
        tree cmake/dependencies.cmake 'pkg_check_modules(A REQUIRED IMPORTED_TARGET json-c>=0.15)' \
                CONTRIBUTING.md 'json-c: to parse'
        passes dependencies
        tree cmake/dependencies.cmake '        pkg_check_modules(A REQUIRED IMPORTED_TARGET json-c)' \
                CONTRIBUTING.md 'no json-cake'
        finds 'CONTRIBUTING.md:1: dependencies: no reason for json-c' dependencies
}

differences() {
        tree tests/vectors/a.c '        { "odd-one", is_odd, NULL },' \
                docs/client-go.md '| name | why |\n|---|---|\n| `odd-one` | a reason |\n| else | b |'
        passes differences
        tree tests/vectors/a.c '{ "odd-one", is_odd, NULL },' docs/client-go.md '| odd-one | a reason |'
        finds 'docs/client-go.md:1: differences: no row for odd-one' differences
        tree tests/vectors/a.c '' docs/client-go.md '| `gone` | a reason |'
        finds 'docs/client-go.md:1: differences: no test has gone' differences
        tree tests/vectors/a.c '{ "odd-one", is_odd, NULL },' docs/client-go.md '| `odd-one` | |'
        finds 'docs/client-go.md:1: differences: an empty cell' differences
}

bugs() {
        local patch=tests/faults/bugs/01-wrong.patch readme='| `01-wrong` |'
        local diff='--- a/src/x.c\n+++ b/src/x.c\n@@ -1 +1 @@\n-right\n+wrong'
        tree src/x.c right tests/faults/bugs/README.md "$readme" "$patch" "It is wrong.\n\n$diff"
        passes bugs
        tree src/x.c moved tests/faults/bugs/README.md "$readme" "$patch" "It is wrong.\n\n$diff"
        finds "$patch:1: bugs: does not apply" bugs
        tree src/x.c right tests/faults/bugs/README.md "$readme" "$patch" "\n$diff"
        finds "$patch:1: bugs: does not say" bugs
        tree src/x.c right tests/faults/bugs/README.md '' "$patch" "It is wrong.\n\n$diff"
        finds "$patch:1: bugs: is not in the README" bugs
        tree tests/x.c right tests/faults/bugs/README.md "$readme" \
                "$patch" "It is wrong.\n\n${diff//src/tests}"
        finds "$patch:4: bugs: changes something else" bugs
}

secrets() {
        tree README.md 'https://go.dev/ /var/workspace/ out/work/ $HOME/root/'
        passes secrets
        tree dev 'cd /ro''ot/x'
        finds 'dev:1: secrets: a path' secrets
        tree a.c '\nf("/wo''rk/x");'
        finds 'a.c:2: secrets: a path' secrets
        tree dev 'export GOPROXY=http''s://x.example'
        finds 'dev:1: secrets: a package mirror' secrets
        tree Dockerfile 'RUN get http''s://artifactory.example/a'
        finds 'Dockerfile:1: secrets: a package mirror' secrets
        tree a.c 'char key[] = "-----BEGIN PRIVATE KEY-----\\nsecret\\n";'
        passes secrets
        tree a.pem '-----BEGIN EC PRIVATE'' KEY-----'
        finds 'a.pem:1: secrets: a key' secrets
}

# program FLAG…: the tree's a.c as an executable.
program() {
        "$cc" "$@" -o "$work/program" "$LINT_ROOT/a.c"
}

hardening() {
        local good=(-O2 -fPIE -pie -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-all
                "-Wl,-z,relro" "-Wl,-z,now" "-Wl,-z,noexecstack")
        tree a.c '#include <stdio.h>\nint main(int argc, char **argv) {\n  char b[9];
                snprintf(b, (unsigned)argc, "%s", argv[0]);\n  puts(b);\n}'
        program "${good[@]}" -s
        passes hardening Release "$work/program"
        program "${good[@]}"
        passes hardening Debug "$work/program"
        finds "$work/program:1: hardening: not stripped" hardening Release "$work/program"
        program "${good[@]}" -no-pie -fno-pie
        finds "$work/program:1: hardening: not position-independent" hardening Debug "$work/program"
        program "${good[@]}" -Wl,-z,norelro
        finds "$work/program:1: hardening: no RELRO" hardening Debug "$work/program"
        program "${good[@]}" -Wl,-z,lazy
        finds "$work/program:1: hardening: not bound at start" hardening Debug "$work/program"
        program "${good[@]}" -Wl,-z,execstack
        finds "$work/program:1: hardening: executable stack" hardening Debug "$work/program"
        program "${good[@]}" -Wl,-rpath,/opt
        finds "$work/program:1: hardening: RPATH" hardening Debug "$work/program"
        program "${good[@]}" -s -fno-stack-protector
        finds "$work/program:1: hardening: no stack protector" hardening Release "$work/program"
        program "${good[@]}" -s -U_FORTIFY_SOURCE
        finds "$work/program:1: hardening: no FORTIFY" hardening Release "$work/program"
}

"$lint"
echo "$cases cases, $failures failures"
[ "$failures" -eq 0 ]
