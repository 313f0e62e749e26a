# What up, down and test share. Sourced.
# shellcheck shell=bash

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
postgres_bin=/usr/lib/postgresql/15/bin
service_user=traject # who runs PostgreSQL and the daemon when root starts them
namespace=''         # the network namespace that root has as_service run in; deploy/ha/demo names one

# What building and running need, of Debian's packages.
# shellcheck disable=SC2034 # up and test use it
packages=(build-essential cmake pkg-config libevent-dev libpq-dev libprotobuf-c-dev protobuf-c-compiler
    protobuf-compiler libprotobuf-dev libssl-dev libseccomp-dev libconfuse-dev libcsv-dev libexpat1-dev libunistring-dev zlib1g-dev postgresql-15
    postgresql-client-15 openssl python3 gettext file libncurses-dev libedit-dev)

say() { printf '\n\033[1m%s\033[0m\n' "$*" | if [[ -t 1 ]]; then cat; else sed 's/\x1b\[[0-9;]*m//g'; fi; }
fail() {
    echo "$(basename "$0"): $*" >&2
    exit 1
}

as_root() {
    if ((EUID == 0)); then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        fail "this needs root for: $*; run it as root, or install sudo"
    fi
}

# What deploy/ha/demo needs beside them. Patroni speaks TLS through python3-idna, which its package does not ask for.
# shellcheck disable=SC2034 # demo and test use it
ha_packages=(patroni python3-idna etcd-server etcd-client procps)

# Installs the packages that are missing. PostgreSQL's own start-up is told to make no cluster, and etcd and Patroni
# start neither now nor with the machine.
install_packages() {
    local package missing=() quiet=() no_cluster=/etc/postgresql-common/createcluster.d/traject.conf
    for package in "$@"; do
        dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
    done
    ((${#missing[@]})) || return 0
    say "Installing: ${missing[*]}"
    if [[ " ${missing[*]} " == *" postgresql-15 "* ]]; then
        as_root mkdir -p "$(dirname "$no_cluster")"
        as_root sh -c "echo 'create_main_cluster = false' > $no_cluster"
    fi
    [[ " ${missing[*]} " != *" etcd-server "* ]] || quiet+=(etcd)
    [[ " ${missing[*]} " != *" patroni "* ]] || quiet+=(patroni)
    as_root apt-get update -qq
    # shellcheck disable=SC2016 # expanded by that shell
    as_root env DEBIAN_FRONTEND=noninteractive sh -ec '
        policy=/usr/sbin/policy-rc.d
        if [ -n "$0" ] && [ ! -e $policy ]; then
            trap "exit 1" HUP INT TERM
            trap "rm -f $policy" EXIT
            printf "#!/bin/sh\nexit 101\n" >$policy
            chmod 755 $policy
        fi
        apt-get install -y -qq --no-install-recommends "$@" >/dev/null </dev/null' "${quiet[*]}" "${missing[@]}"
    as_root rm -f "$no_cluster"
    # Where systemd runs.
    [[ ! -d /run/systemd/system ]] || ((!${#quiet[@]})) || as_root systemctl --quiet disable "${quiet[@]}"
}

# Sets `home`, the folder of all state: .traject, or TRAJECT_HOME. Root's services run as another user, who
# may not be able to enter the clone's folder (like one under /root); then .traject is a link to /var/lib.
find_home() {
    home=$(realpath -m -- "${TRAJECT_HOME:-$repository/.traject}")
    [[ $home != *[\'\"\\\$\`,[:cntrl:]]* ]] || fail "the path $home holds a quote, a comma or the like; set another TRAJECT_HOME"
}

# Everything deploy/up puts into `home`; nothing else in there is ever removed.
# shellcheck disable=SC2034 # down uses it
state=(pg pg.new run log tls signed keys keys.new keys.retired demo config build trajectd.conf traject)

is_state() { grep -qs '^# Made by deploy/up:' "$home/traject"; }

# The state of one user cannot be run by another: half of it would change hands, root's included.
check_owner() {
    local owner
    is_state || return 0
    owner=$(stat -c %U "$home/traject")
    [[ $owner == "$(id -un)" ]] || fail "$home belongs to $owner; run deploy/$(basename "$0") as $owner$1"
}

# Runs a command as whoever the services run as, in a folder that they can enter: root's may be closed to them.
as_service() (
    cd /
    if ((EUID == 0)); then
        exec ${namespace:+ip netns exec "$namespace"} setpriv --reuid "$service_user" --regid "$service_user" --clear-groups --reset-env -- "$@"
    else
        "$@"
    fi
)

# The daemon's process, when it runs.
daemon_pid() {
    local pid
    [[ -f $home/run/trajectd.pid ]] && pid=$(<"$home/run/trajectd.pid") &&
        [[ $(tr '\0' '\n' 2>/dev/null <"/proc/$pid/cmdline" | head -n 1) == "$home/build/daemon/trajectd" ]] && echo "$pid"
}

stop_daemon() {
    local pid
    pid=$(daemon_pid) || return 0
    kill "$pid"
    tail --pid="$pid" -s 0.1 -f /dev/null
    rm -f "$home/run/trajectd.pid"
}

database_runs() { as_service "$postgres_bin/pg_ctl" -D "$home/pg" status >/dev/null 2>&1; }
