#!/usr/bin/env bash
# llc-sim as a process: how it begins, ends and refuses. llc_sim.sh PROGRAM
set -euo pipefail
program=$1
work=$(mktemp -d)
pid=
failures=0

finish() {
        [ -z "$pid" ] || kill -9 "$pid" 2>/dev/null || true
        rm -rf "$work"
}
trap finish EXIT

fail() {
        echo "llc_sim.sh: $*"
        failures=$((failures + 1))
}

# ends STATUS TEXT ARG…: exits so, and says the text.
ends() {
        local wanted=$1 text=$2 status=0 output
        shift 2
        output=$(timeout 20 "$program" "$@" 2>&1) || status=$?
        [ "$status" -eq "$wanted" ] || fail "$*: exit status $status, not $wanted: $output"
        [[ $output == *"$text"* ]] || fail "$*: \"$text\" is not in: $output"
}

# begin ARG…: starts it and waits for its line.
begin() {
        rm -f "$work/said"
        mkfifo "$work/said"
        "$program" --listen 127.0.0.1:0 --dir "$work/state" "$@" >"$work/said" 2>"$work/errors" &
        pid=$!
        read -r -t 20 line <"$work/said" || fail "$*: not ready: $(cat "$work/errors")"
}

# end SIGNAL: it ends in order.
end() {
        local status=0
        kill "-$1" "$pid"
        wait "$pid" || status=$?
        pid=
        [ "$status" -eq 0 ] || fail "SIG$1: exit status $status: $(cat "$work/errors")"
}

ends 0 'Usage: llc-sim' --help
ends 0 'llc-sim ' --version
ends 64 'unknown flag --wrong' --wrong
ends 64 'want 127.0.0.1:PORT' --dir "$work/a" --listen 0.0.0.0:0
ends 64 'no controller "none"; there are namespace-controller' --dir "$work/a" --no-actors none
ends 66 "$work/none" --dir "$work/a" --listen 127.0.0.1:0 --token-auth-file "$work/none"
echo 'half a line' >"$work/tokens"
ends 65 'line 1' --dir "$work/a" --listen 127.0.0.1:0 --token-auth-file "$work/tokens"
ends 73 '/dev/null/x' --dir /dev/null/x
ends 73 '/dev/null/x' --dir "$work/a" --listen 127.0.0.1:0 --audit-log /dev/null/x
echo 'apiVersion: v1' >"$work/config"
ends 73 'was not written by llc-sim' --dir "$work/a" --listen 127.0.0.1:0 --kubeconfig "$work/config"

begin
[[ $line == "llc-sim is ready at https://127.0.0.1:"*"; export KUBECONFIG=$work/state/kubeconfig" ]] ||
        fail "said: $line"
[ "$(stat -c %a "$work/state" "$work/state"/* | sort -u | tr '\n' ' ')" = '600 700 ' ] ||
        fail "others may read: $(ls -l "$work/state")"
address=${line#*https://}
ends 69 "${address%%;*}" --dir "$work/b" --listen "${address%%;*}"
token=$(grep token: "$work/state/kubeconfig")
end TERM
begin --http --virtual-time 2001-01-01T00:00:00Z --seed 1
[[ $line == "llc-sim is ready at http://127.0.0.1:"* ]] || fail "said: $line"
! grep -q token: "$work/state/kubeconfig" || fail 'a token for plain HTTP'
end INT
begin
[ "$(grep token: "$work/state/kubeconfig")" = "$token" ] || fail 'the token is another one'
end TERM
[ "$failures" -eq 0 ]
