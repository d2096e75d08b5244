# shellcheck shell=bash
# Part of servers.sh and .ci/fresh-machine, which define `say` and `die`: the Debian packages that they need.

apt_log=/var/log/tslxd-apt.log

install_product() {
  case $1 in
    lxd) command -v lxd >/dev/null || install_lxd ;;
    incus) [[ -x $(incusd_path) ]] || install_incus ;;
  esac
}

install_lxd() {
  install_packages lxd lxd-client btrfs-progs dnsmasq-base iproute2 iptables nftables
}

install_incus() {
  apt_get update
  if apt-cache policy incus-base | grep -q 'Candidate: [0-9]'; then
    install_packages incus-base incus-client dnsmasq-base iproute2 nftables
  else
    local suite
    suite="$(codename)-backports"
    add_suite "$suite"
    install_packages -t "$suite" incus-base incus-client dnsmasq-base iproute2 nftables
  fi
}

# Debian's stable releases got Incus in their backports; they are taken from the mirror that the machine uses.
add_suite() {
  local suite=$1 keyring=/usr/share/keyrings/debian-archive-keyring.gpg options=''
  local format="\$(RELEASE) \$(COMPONENT) \$(REPO_URI)"
  if apt-get indextargets --format "$format" | grep -q "^$suite "; then return; fi
  [[ -e $keyring ]] && options="[signed-by=$keyring] "
  say "deb $options$(mirror) $suite main" >/etc/apt/sources.list.d/tslxd-backports.list
  apt_get update
}

# The URL from which apt gets this release of Debian.
mirror() {
  local release url
  release=$(codename)
  url=$(apt-get indextargets --format "\$(RELEASE) \$(COMPONENT) \$(REPO_URI)" |
    awk -v release="$release" '$1 == release && $2 == "main" && !found++ { print $3 }')
  [[ -n $url ]] || die "no apt source for $release found"
  say "$url"
}

install_packages() {
  say "installing $*"
  # A container image may come without package lists.
  apt-cache show "${@: -1}" >/dev/null 2>&1 || apt_get update
  apt_get install -y --no-install-recommends "$@"
}

apt_get() {
  command -v apt-get >/dev/null || die "can install LXD and Incus on Debian only; start them yourself, then run this again"
  DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 "$@" </dev/null >>"$apt_log" 2>&1 ||
    die "apt-get $* failed: $(tail -n 3 "$apt_log")"
}

codename() (
  source /etc/os-release
  [[ ${ID:-} == debian ]] || die "knows Debian's packages only, not ${ID:-this system}'s; start LXD and Incus yourself"
  say "$VERSION_CODENAME"
)
