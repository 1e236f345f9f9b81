#!/usr/bin/env bash
# Starts a PostgreSQL of Debian's package in a folder of its own, on a free port of this machine, and prints what names it to the tests:
#
#   eval "$(testdata/postgres.sh)"     then: go test ./stdlib/postgres
#   testdata/postgres.sh stop          ends it and takes its folder away
#
# It needs `apt-get install postgresql`, or initdb and pg_ctl in the path. Run by root, the server runs as the user postgres.
set -euo pipefail
home=${TOPO_POSTGRES_HOME:-/tmp/topo-postgres-$(id -u)}
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1 || true)
PATH=${bin:+$bin:}$PATH
command -v initdb >/dev/null && command -v pg_ctl >/dev/null || { echo "echo 'no PostgreSQL: apt-get install postgresql' >&2"; exit 1; }
as() { if [[ $(id -u) == 0 ]]; then setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; else "$@"; fi; }
if [[ ${1:-} == stop ]]; then
    as pg_ctl -D "$home/data" -m immediate stop >/dev/null 2>&1 || true
    rm -rf "$home"
    exit 0
fi
if ! as pg_ctl -D "$home/data" status >/dev/null 2>&1; then
    rm -rf "$home"
    mkdir -p "$home"
    if [[ $(id -u) == 0 ]]; then chown postgres "$home"; fi
    as initdb -D "$home/data" -U topo -A trust -E UTF8 --locale=C >"$home/log" 2>&1
    # A port that nobody has: the kernel names one.
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    echo "$port" >"$home/port"
    (cd "$home" && as pg_ctl -D data -w -l data/server.log -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories=''" start >>"$home/log" 2>&1)
fi
echo "export TOPO_POSTGRES='postgres://topo@127.0.0.1:$(cat "$home/port")/postgres?sslmode=disable'"
