# shellcheck shell=bash
# shellcheck disable=SC2154 # scratch and root are servers.sh's
# Part of servers.sh: what the specs expect of a server. Only what is missing is added.

alias_name=tslxd-busybox
net_profile=tslxd-net

# The product's own client, through the given socket and without the user's settings and default remote.
cli() {
  local product=$1 socket=$2
  shift 2
  case $product in
    lxd) LXD_SOCKET=$socket LXD_CONF=$scratch/lxd lxc "$@" ;;
    incus) INCUS_SOCKET=$socket INCUS_CONF=$scratch/incus incus "$@" ;;
  esac 2>>"$(log_file "$product")" </dev/null
}

prepare() {
  local -A client=([lxd]=lxc [incus]=incus)
  command -v "${client[$1]}" >/dev/null || die "$1 answers, but its command line client ${client[$1]} is missing"
  prepare_storage "$@"
  prepare_https "$@"
  prepare_network "$@"
  prepare_image "$@"
}

prepare_storage() {
  cli "$@" storage show default >/dev/null || cli "$@" storage create default dir >/dev/null
  cli "$@" profile device get default root path >/dev/null ||
    cli "$@" profile device add default root disk path=/ pool=default >/dev/null
}

prepare_https() {
  local -A usual_port=([lxd]=18443 [incus]=28443)
  [[ -z $(cli "$@" config get core.https_address) ]] || return 0
  cli "$@" config set "core.https_address=127.0.0.1:$(first_free_port "${usual_port[$1]}")"
}

first_free_port() {
  local port=$1
  while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do ((port += 1)); done
  say "$port"
}

# In a profile of its own, so that containers that need no network start without one. Not every machine can
# have a bridge; the specs that need one skip themselves then.
prepare_network() {
  local bridge subnet device
  if cli "$@" profile show "$net_profile" >/dev/null; then return; fi
  case $1 in
    lxd) bridge=lxdbr0 subnet=10.77.0.1/24 ;;
    incus) bridge=incusbr0 subnet=10.78.0.1/24 ;;
  esac
  if ! cli "$@" query "/1.0/networks/$bridge" | grep -q '"managed": true' &&
    ! cli "$@" network create "$bridge" "ipv4.address=$subnet" ipv4.nat=true ipv6.address=none >/dev/null; then
    warn "$1: no network, since the bridge $bridge cannot be made: $(tail -n 1 "$(log_file "$1")")"
    return
  fi
  device="{\"type\": \"nic\", \"name\": \"eth0\", \"network\": \"$bridge\"}"
  cli "$@" query -X POST -d "{\"name\": \"$net_profile\", \"devices\": {\"eth0\": $device}}" /1.0/profiles
}

# The alias follows the builder: a changed builder makes another image.
prepare_image() {
  local image=$scratch/tiny-image.tar.gz fingerprint current
  if ! build_image "$image"; then
    warn "$1: no image $alias_name, since it could not be built; the specs build it themselves"
    return
  fi
  fingerprint=$(sha256sum "$image" | cut -d ' ' -f 1)
  current=$(cli "$@" query "/1.0/images/aliases/$alias_name" | grep -oE '[0-9a-f]{64}') || true
  [[ $current != "$fingerprint" ]] || return 0
  cli "$@" image show "$fingerprint" >/dev/null || cli "$@" image import "$image" >/dev/null
  [[ -z $current ]] || cli "$@" image alias delete "$alias_name" >/dev/null
  cli "$@" image alias create "$alias_name" "$fingerprint" >/dev/null
}

build_image() {
  [[ ! -e $1 ]] || return 0
  command -v busybox >/dev/null || install_packages busybox-static
  (cd "$root" && npx --yes tsx examples/support/tiny-image.ts "$1") >>/var/log/tslxd-image.log 2>&1
}
