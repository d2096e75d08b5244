#!/bin/bash
# Real LXD and Incus daemons for the specs, on Debian, as root:
#
#   spec/real/servers.sh start  [lxd|incus]...   installs what is missing, starts and prepares both
#   spec/real/servers.sh stop   [lxd|incus]...   stops what `start` started, and the containers in it
#   spec/real/servers.sh status [lxd|incus]...   says what answers
#
# A daemon that answers already is left running and only gets what it lacks. Logs: /var/log/tslxd-*.log
set -Eeuo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'echo "spec/real/servers.sh: failed: $BASH_COMMAND (see /var/log/tslxd-*.log)" >&2' ERR

say() { printf '%s\n' "$*"; }
warn() { printf 'warning: %s\n' "$*" >&2; }
die() {
  printf 'spec/real/servers.sh: %s\n' "$*" >&2
  exit 1
}

# Prints the socket on which a product answers; fails if none does.
answering() { node "$here/probe.js" "$1"; }

source "$here/servers-install.sh"
source "$here/servers-daemon.sh"
source "$here/servers-prepare.sh"

require_root() {
  [[ $EUID -eq 0 ]] || die "needs root, since it installs packages and starts daemons: run it with sudo"
}

start() {
  require_root
  for product in "$@"; do
    if ! answering "$product" >/dev/null; then
      install_product "$product"
      start_daemon "$product"
    fi
    prepare "$product" "$(answering "$product")"
  done
  status "$@"
}

stop() {
  require_root
  for product in "$@"; do stop_daemon "$product"; done
}

status() {
  node "$here/probe.js" --text "$@"
}

command -v node >/dev/null || die "needs Node.js 20.19 or newer"
action=${1:-}
shift || true
[[ $# -gt 0 ]] || set -- lxd incus
for product in "$@"; do
  [[ $product =~ ^(lxd|incus)$ ]] || die "unknown server '$product': lxd or incus"
done
case $action in
  start | stop | status) "$action" "$@" ;;
  *) die "usage: spec/real/servers.sh start|stop|status [lxd|incus]..." ;;
esac
