# shellcheck shell=bash
# Part of servers.sh: starting and stopping the daemons.

state_folder() {
  case $1 in
    lxd) say "${LXD_DIR:-/var/lib/lxd}" ;;
    incus) say "${INCUS_DIR:-/var/lib/incus}" ;;
  esac
}

log_file() { say "/var/log/tslxd-$1.log"; }

# Remembers what was started, so that `stop` leaves everything else alone.
pid_file() { say "/run/tslxd-$1.pid"; }

incusd_path() {
  command -v incusd || say /usr/libexec/incus/incusd
}

start_daemon() {
  local product=$1
  if [[ -d /run/systemd/system ]]; then
    systemctl start "$product.service"
    say systemd >"$(pid_file "$product")"
  else
    clear_dhcp_servers "$(state_folder "$product")"
    case $product in
      lxd) spawn lxd lxd --group "$(group lxd)" ;;
      incus)
        mkdir -p /var/log/incus
        spawn incus "$(incusd_path)" --group "$(group incus-admin)"
        ;;
    esac
  fi
  wait_for "$product"
}

group() {
  if getent group "$1" >/dev/null; then say "$1"; else say root; fi
}

# Nothing of the caller stays with the daemon: not its terminal, its folder, its pipes nor its limits.
spawn() (
  local product=$1
  shift
  cd /
  ulimit -n 1048576 2>/dev/null || ulimit -n "$(ulimit -Hn)"
  exec </dev/null >>"$(log_file "$product")" 2>&1
  for fd in /proc/self/fd/*; do
    fd=${fd##*/}
    ((fd > 2)) && exec {fd}>&-
  done
  setsid "$@" &
  say "$!" >"$(pid_file "$product")"
)

# A dead daemon's DHCP servers hold on to their addresses, and its notes of their process ids may by now, say
# after a reboot, name strangers, which the new daemon would kill.
clear_dhcp_servers() {
  local folder=$1 process
  for process in /proc/[0-9]*; do
    if grep -qsx dnsmasq "$process/comm" && grep -qsaF "$folder/networks/" "$process/cmdline"; then
      kill "${process#/proc/}" || true
    fi
  done
  rm -f "$folder"/networks/*/dnsmasq.pid
}

wait_for() {
  local product=$1 deadline=$((SECONDS + 90))
  until answering "$product" >/dev/null; do
    if ((SECONDS >= deadline)); then
      die "$product does not answer. $(log_file "$product") ends with: $(tail -n 5 "$(log_file "$product")" 2>/dev/null)"
    fi
    sleep 0.2
  done
}

stop_daemon() {
  local product=$1 file pid
  file=$(pid_file "$product")
  if [[ ! -e $file ]]; then
    say "$product: not started by this script, left alone"
    return
  fi
  pid=$(<"$file")
  if [[ $pid == systemd ]]; then
    systemctl stop "$product.service" "$product.socket"
  elif is_daemon "$pid" "$product"; then
    shut_down "$product" "$pid"
  fi
  rm -f "$file"
  say "$product: stopped"
}

is_daemon() {
  local program
  program=$(readlink "/proc/$1/exe") && [[ ${program##*/} =~ ^($2|$2d)$ ]]
}

# Its own shutdown stops the containers too; a daemon that cannot do that any more is killed.
shut_down() {
  local product=$1 pid=$2
  case $product in
    lxd) lxd shutdown --timeout 60 ;;
    incus) incus admin shutdown --timeout 60 ;;
  esac >>"$(log_file "$product")" 2>&1 || kill -KILL "$pid"
  for _ in {1..50}; do
    is_daemon "$pid" "$product" || return 0
    sleep 0.2
  done
  kill -KILL "$pid"
}
