#!/usr/bin/env bash
# The machine's side of the `container` placement: one container is one "host", a Debian with systemd and sshd.
# Self-contained, as Pulumi feeds it to `bash -s -- VERB …`. stdout is the answer (for `up` one line), stderr the log.
#   up NAME IMAGE PUBKEY_BASE64 LABEL [--hostname H] [--volume HOST:CONT[:opts]]… [--reapply TEXT]   prints: IP PORT HOSTKEY
#   down NAME LABEL      removes the container, never its volumes
#   wake LABEL           starts the stopped containers of LABEL
#   purge LABEL          removes the containers AND the volumes of LABEL
#   list                 prints a line for each container and volume made here, of whatever stack: KIND LABEL
#   image                makes the default image, if it isn't there
#   engine               prints the command of the engine that would be used
# IMAGE "default" is the image made here. LABEL is "<project>/<stack>".
set -euo pipefail

readonly DEFAULT_IMAGE=localhost/pulumi-garage-host:bookworm-2
readonly NETWORK=pulumi-garage OWNER=pulumi-garage
readonly SSH_PORT=22 SSH_WAIT_SECONDS=60
readonly PACKAGES=systemd,systemd-sysv,dbus,openssh-server,curl,ca-certificates,openssl,jq,sudo,iproute2,procps
ENGINE=()

say() { printf 'container: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# --- engine -----------------------------------------------------------------------------------------------------------

find_engine() {
    if command -v podman >/dev/null && [ "$(id -u)" = 0 ]; then
        ENGINE=(podman)
        # crun refuses systemd on cgroups v1 and hybrid.
        if [ "$(stat -fc %T /sys/fs/cgroup)" != cgroup2fs ]; then
            command -v runc >/dev/null || die "this machine has cgroups v1, where podman needs runc: apt-get install runc"
            ENGINE=(podman --runtime "$(command -v runc)")
        fi
    elif command -v docker >/dev/null && docker info >/dev/null 2>&1; then
        ENGINE=(docker)
    elif [ "$(id -u)" != 0 ] && { command -v podman >/dev/null || ! command -v docker >/dev/null; }; then
        die "run as root (sudo -E npm start): podman's containers of an ordinary user have no address that can be reached"
    elif command -v docker >/dev/null; then
        die "docker is installed but doesn't answer: start it, or run as a user who may use it (see: docker info)"
    else
        die "neither podman nor docker found: apt-get install podman runc iptables netavark"
    fi
}

engine() { "${ENGINE[@]}" "$@" </dev/null; }
is_podman() { [ "${ENGINE[0]}" = podman ]; }

# Runs a command alone on this machine: images, networks and addresses are given out one at a time.
locked() {
    local lock
    if [ "$(id -u)" = 0 ]; then lock=/run/pulumi-garage-container.lock; else lock=/tmp/pulumi-garage-container-$(id -u).lock; fi
    (
        flock -w 900 9 || die "another run has held $lock for 15 minutes"
        "$@"
    ) 9>"$lock"
}

# --- image ------------------------------------------------------------------------------------------------------------

# What makes a bare Debian root a host; runs inside of it.
provision_script() {
    cat <<'PROVISION'
set -eu
export DEBIAN_FRONTEND=noninteractive
# Nothing a host of containers needs, and each costs time at boot.
systemctl mask -q getty.target console-getty.service systemd-logind.service apt-daily.timer apt-daily-upgrade.timer \
    dpkg-db-backup.timer e2scrub_all.timer fstrim.timer systemd-networkd.service systemd-timesyncd.service \
    systemd-udevd.service systemd-modules-load.service sys-fs-fuse-connections.mount sys-kernel-config.mount sys-kernel-debug.mount \
    sys-kernel-tracing.mount dev-hugepages.mount dev-mqueue.mount systemd-remount-fs.service systemd-pcrphase.service \
    systemd-update-utmp.service systemd-update-utmp-runlevel.service systemd-binfmt.service
systemctl disable -q ssh.socket
systemctl enable -q ssh.service
systemctl set-default -q multi-user.target
# Each container makes its own identity.
rm -f /etc/ssh/ssh_host_*
: >/etc/machine-id
mkdir -p /etc/systemd/system/ssh.service.d /etc/ssh/sshd_config.d /etc/systemd/journald.conf.d
cat >/etc/systemd/system/ssh.service.d/hostkey.conf <<'UNIT'
[Unit]
After=
After=basic.target
[Service]
ExecStartPre=
ExecStartPre=/bin/sh -c 'test -s /etc/ssh/ssh_host_ed25519_key || ssh-keygen -q -t ed25519 -N "" -f /etc/ssh/ssh_host_ed25519_key'
UNIT
cat >/etc/ssh/sshd_config.d/host.conf <<'SSHD'
HostKey /etc/ssh/ssh_host_ed25519_key
PermitRootLogin prohibit-password
PasswordAuthentication no
MaxStartups 100:30:200
MaxSessions 100
UseDNS no
SSHD
printf '[Journal]\nSystemMaxUse=64M\nRuntimeMaxUse=64M\nRateLimitIntervalSec=0\nReadKMsg=no\n' >/etc/systemd/journald.conf.d/host.conf
mkdir -p /var/lib/garage /var/lib/garage-backups /srv/garage-mirror
rm -rf /var/lib/apt/lists/* /var/cache/apt/archives/*.deb
PROVISION
}

containerfile() {
    cat <<CONTAINERFILE
FROM debian:bookworm
RUN apt-get update && apt-get install -y --no-install-recommends ${PACKAGES//,/ }
COPY provision.sh /root/provision.sh
RUN sh /root/provision.sh && rm /root/provision.sh
STOPSIGNAL SIGRTMIN+3
CMD ["/sbin/init"]
CONTAINERFILE
}

# The machine's own list of Debian mirrors where it is a bookworm itself (it may have no other way out); nothing
# where mmdebstrap's default will do.
debian_sources() {
    grep -ls '^deb .*bookworm\|^Suites:.*bookworm' /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list | head -n 1 || true
}

import_root() {
    command -v mmdebstrap >/dev/null ||
        die "no image registry is reached, and mmdebstrap, which can make the image, is missing: apt-get install mmdebstrap"
    say "no image registry is reached: making a Debian root with mmdebstrap (about a minute)"
    local work=$1 proxy sources options=()
    sources=$(debian_sources)
    for proxy in $(apt-config shell P Acquire::http::Proxy | sed -n "s/^P='\(.*\)'$/\1/p"); do
        options+=("--aptopt=Acquire::http::Proxy \"$proxy\"")
    done
    if apt-config dump | grep -q '^Acquire::Check-Valid-Until "false"'; then
        options+=('--aptopt=Acquire::Check-Valid-Until "false"')
    fi
    # shellcheck disable=SC2016 # mmdebstrap's own shell fills in $1
    mmdebstrap --quiet --variant=minbase --include="$PACKAGES" "${options[@]}" \
        --customize-hook='chroot "$1" sh -s <'"$work/provision.sh" \
        bookworm "$work/root.tar" ${sources:+"$sources"} </dev/null >&2
    engine import --change 'CMD ["/sbin/init"]' --change 'STOPSIGNAL SIGRTMIN+3' "$work/root.tar" "$DEFAULT_IMAGE" >/dev/null
}

image_exists() { engine image inspect "$1" >/dev/null 2>&1; }

make_image() {
    image_exists "$DEFAULT_IMAGE" && return
    local work started=$SECONDS
    work=$(mktemp -d)
    # shellcheck disable=SC2064 # the value of now
    trap "rm -rf '$work'" EXIT
    provision_script >"$work/provision.sh"
    containerfile >"$work/Containerfile"
    say "making the image $DEFAULT_IMAGE"
    if image_exists debian:bookworm || engine pull -q debian:bookworm >/dev/null 2>&1; then
        engine build -q -t "$DEFAULT_IMAGE" -f "$work/Containerfile" "$work" >/dev/null
    else
        import_root "$work"
    fi
    say "image $DEFAULT_IMAGE made in $((SECONDS - started)) s"
}

need_image() {
    image_exists "$1" && return
    if [ "$1" = "$DEFAULT_IMAGE" ]; then
        locked make_image
    else
        engine pull -q "$1" >/dev/null || die "image $1 is neither here nor to be pulled: name another one, or \"default\""
    fi
}

# --- network and addresses --------------------------------------------------------------------------------------------

make_network() {
    engine network inspect "$NETWORK" >/dev/null 2>&1 && return
    local third subnet routes options=(--label "$OWNER=network")
    routes=$(ip -4 route show table all 2>/dev/null || true)
    # Nobody looks for a name here, and a resolver of its own would want port 53.
    if is_podman; then options+=(--disable-dns); fi
    for third in {0..31}; do
        subnet=10.213.$third
        [[ $routes == *"$subnet."* ]] && continue
        if engine network create "${options[@]}" --subnet "$subnet.0/24" "$NETWORK" >/dev/null 2>&1; then return; fi
    done
    engine network create "${options[@]}" --subnet 10.213.0.0/24 "$NETWORK" >&2 || die "can't make the network $NETWORK"
}

network_prefix() {
    engine network inspect "$NETWORK" | grep -o '"[0-9.]*\.0/24"' | head -n 1 | sed 's/^"\(.*\)\.0\/24"$/\1/'
}

labels_of_all() { # KIND(container|volume) LABEL_KEY
    local ids path='.Config.Labels'
    if [ "$1" = volume ]; then
        path='.Labels'
        ids=$(engine volume ls -q --filter "label=$OWNER")
    else
        ids=$(engine ps -aq --filter "label=$OWNER")
    fi
    # A container that goes away between the two calls isn't a failure.
    # shellcheck disable=SC2086 # ids are words
    [ -z "$ids" ] || engine "$1" inspect --format "{{index $path \"$2\"}}" $ids 2>/dev/null || true
}

label_of() { # KIND NAME LABEL_KEY; fails where there is no such thing
    local path='.Config.Labels'
    if [ "$1" = volume ]; then path='.Labels'; fi
    engine "$1" inspect --format "{{index $path \"$3\"}}" "$2" 2>/dev/null
}

# An address nobody has: the one that the node's volumes were made with, else one that no volume waits for, else any.
free_address() { # NAME
    local prefix used reserved own last
    prefix=$(network_prefix)
    used=$(labels_of_all container "$OWNER-ip")
    own=$(label_of volume "$1-garage" "$OWNER-ip" || true)
    if [[ $own == "$prefix."* ]] && ! grep -qxF "$own" <<<"$used"; then printf '%s\n' "$own" && return; fi
    for reserved in "$(labels_of_all volume "$OWNER-ip")" ""; do
        for last in {10..250}; do
            if ! grep -qxF "$prefix.$last" <<<"$used"$'\n'"$reserved"; then printf '%s\n' "$prefix.$last" && return; fi
        done
    done
    die "no free address in $prefix.0/24: remove containers (${ENGINE[0]} ps -a --filter label=$OWNER)"
}

# The same for an address whoever has it: a new container is reached at once, whatever the others remember of the old one.
hardware_address() { # IP
    # shellcheck disable=SC2086 # four words
    printf '02:d5:%02x:%02x:%02x:%02x\n' ${1//./ }
}

# --- containers -------------------------------------------------------------------------------------------------------

make_volume() { # VOLUME LABEL IP
    local label
    if label=$(label_of volume "$1" "$OWNER"); then
        [ "$label" = "$2" ] || die "volume $1 belongs to \"$label\", not to \"$2\": remove it (${ENGINE[0]} volume rm $1) or take another name"
    else
        engine volume create --label "$OWNER=$2" --label "$OWNER-ip=$3" "$1" >/dev/null
    fi
}

limit_options() {
    local hard
    # The engine's own defaults are higher than what a machine with low limits may give; it cuts nproc further itself.
    hard=$(ulimit -Hn)
    if [ "$hard" != unlimited ] && [ "$hard" -lt 1048576 ]; then printf '%s\n' --ulimit "nofile=$hard:$hard"; fi
    hard=$(ulimit -Hu)
    if [ "$hard" != unlimited ] && [ "$hard" -lt 4194304 ]; then
        hard=$((hard < 16384 ? hard : 16384))
        printf '%s\n' --ulimit "nproc=$hard:$hard"
    fi
}

systemd_options() {
    # Hardened units need mount namespaces; ending a stopping daemon's idle connections (ss -K) needs to administer the container's network.
    printf '%s\n' --cap-add SYS_ADMIN --cap-add NET_ADMIN --security-opt seccomp=unconfined --security-opt apparmor=unconfined
    if is_podman; then
        printf '%s\n' --systemd=always
    else
        printf '%s\n' --cgroupns=host --volume /sys/fs/cgroup:/sys/fs/cgroup:rw --tmpfs /run --tmpfs /run/lock --tmpfs /tmp:exec
    fi
}

create_container() { # NAME IMAGE LABEL HOSTNAME VOLUME…
    local name=$1 image=$2 label=$3 hostname=$4 ip options=() volume
    shift 4
    make_network
    ip=$(free_address "$name")
    make_volume "$name-garage" "$label" "$ip"
    make_volume "$name-backups" "$label" "$ip"
    mapfile -t options < <(systemd_options && limit_options)
    for volume in "$name-garage:/var/lib/garage" "$name-backups:/var/lib/garage-backups" "$@"; do options+=(--volume "$volume"); done
    engine create --name "$name" --hostname "$hostname" --network "$NETWORK" --ip "$ip" \
        --mac-address "$(hardware_address "$ip")" --stop-signal SIGRTMIN+3 --label "$OWNER=$label" --label "$OWNER-ip=$ip" \
        --label "$OWNER-volumes=$*" "${options[@]}" "$image" /sbin/init >/dev/null
}

require_own() { # NAME LABEL; fails where there is no such container
    local label
    label=$(label_of container "$1" "$OWNER") || return 1
    [ "$label" = "$2" ] || die "container $1 belongs to \"$label\", not to \"$2\": it isn't touched; take another name, or remove it yourself"
}

is_running() { [ "$(engine container inspect --format '{{.State.Running}}' "$1")" = true ]; }

wait_for_ssh() { # NAME IP
    local deadline=$((SECONDS + SSH_WAIT_SECONDS)) banner
    while [ "$SECONDS" -lt "$deadline" ]; do
        if banner=$(timeout 2 bash -c "exec 3<>/dev/tcp/$2/$SSH_PORT && head -c 4 <&3" 2>/dev/null) && [ "$banner" = SSH- ]; then return; fi
        is_running "$1" || die "$1: stopped while it was booting; see: ${ENGINE[0]} logs $1"
        sleep 0.1
    done
    die "$1: sshd didn't answer on $2:$SSH_PORT within $SSH_WAIT_SECONDS s; see: ${ENGINE[0]} exec $1 journalctl -b"
}

# Puts the key in place (a rotated one too) and prints the host's own.
exchange_keys() { # NAME PUBKEY_BASE64
    # shellcheck disable=SC2016 # the container's shell fills in $1
    engine exec "$1" sh -ec 'umask 077; mkdir -p /root/.ssh; cd /root/.ssh
        key=$(printf "%s" "$1" | base64 -d) && printf "%s\n" "$key" >.new
        if cmp -s .new authorized_keys; then rm .new; else mv .new authorized_keys; fi
        cut -d " " -f 1,2 /etc/ssh/ssh_host_ed25519_key.pub' sh "$2"
}

up() {
    [ $# -ge 4 ] || die "usage: up NAME IMAGE PUBKEY_BASE64 LABEL [--hostname H] [--volume HOST:CONT[:opts]]… [--reapply TEXT]"
    local name=$1 image=$2 key=$3 label=$4 hostname=$1 volumes=() ip has volume at anew
    shift 4
    while [ $# -gt 0 ]; do
        case $1 in
            --volume) volumes+=("$2") ;;
            --hostname) hostname=$2 ;;
            --reapply) ;; # only makes another line of it, so that Pulumi calls this again
            *) die "up: unknown option \"$1\"; allowed: --hostname, --volume, --reapply" ;;
        esac
        shift 2
    done
    if [ "$image" = default ]; then image=$DEFAULT_IMAGE; fi
    if ! require_own "$name" "$label"; then
        need_image "$image"
        locked create_container "$name" "$image" "$label" "$hostname" "${volumes[@]}"
    else
        anew="to have it made anew: ${ENGINE[0]} rm -f $name (its volumes stay), then set nodes.$hostname.reapply to a new text and run pulumi up"
        has=" $(label_of container "$name" "$OWNER-volumes") "
        for volume in "${volumes[@]}"; do
            at=${volume#*:} at=${at%%:*}
            [[ $has == *" $volume "* || $volume == *:ro ]] || die "$name: was made without the volume $volume; it isn't touched. What lies in $at now lies in the container, and goes with it. One node after the other: ${ENGINE[0]} exec $name systemctl stop garage; ${ENGINE[0]} cp -a $name:$at/. ${volume%%:*}/; only then, $anew"
        done
        [ "$has" = " ${volumes[*]} " ] || say "$name: kept as it is, though it was made with other mounts; $anew"
    fi
    is_running "$name" || engine start "$name" >/dev/null
    ip=$(label_of container "$name" "$OWNER-ip")
    wait_for_ssh "$name" "$ip"
    printf '%s %s %s\n' "$ip" "$SSH_PORT" "$(exchange_keys "$name" "$key")"
}

remove_container() {
    engine stop -t 15 "$1" >/dev/null 2>&1 || true
    engine rm -f "$1" >/dev/null
}

down() {
    [ $# -eq 2 ] || die "usage: down NAME LABEL"
    if require_own "$1" "$2"; then
        remove_container "$1"
        say "$1: container removed"
    else
        say "$1: no such container, nothing to do"
    fi
    printf '%s: the data stay; to delete them for ever: %s volume rm %s-garage %s-backups\n' "$1" "${ENGINE[0]}" "$1" "$1"
}

wake_one() { # NAME
    is_running "$1" && return
    say "$1: starting"
    engine start "$1" >/dev/null
    wait_for_ssh "$1" "$(label_of container "$1" "$OWNER-ip")"
}

names_of() { engine ps -a --filter "label=$OWNER=$1" --format '{{.Names}}'; }

in_parallel() { # COMMAND WORD…
    local command=$1 word pids=() pid failed=0
    shift
    for word in "$@"; do
        "$command" "$word" &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do wait "$pid" || failed=1; done
    return "$failed"
}

wake() {
    [ $# -eq 1 ] || die "usage: wake LABEL"
    local names
    mapfile -t names < <(names_of "$1")
    [ "${#names[@]}" -eq 0 ] || in_parallel wake_one "${names[@]}"
}

purge() {
    [ "$#:${1:+given}" = 1:given ] || die "usage: purge LABEL"
    local names volumes
    mapfile -t names < <(names_of "$1")
    [ "${#names[@]}" -eq 0 ] || in_parallel remove_container "${names[@]}"
    mapfile -t volumes < <(engine volume ls -q --filter "label=$OWNER=$1")
    [ "${#volumes[@]}" -eq 0 ] || engine volume rm "${volumes[@]}" >/dev/null
    say "$1: ${#names[@]} containers and ${#volumes[@]} volumes removed"
}

list() {
    local kind
    for kind in container volume; do labels_of_all "$kind" "$OWNER" | sed "s/^/$kind /"; done
}

main() {
    local verb=${1:-}
    case $verb in
        up | down | wake | purge | list | image | engine) find_engine ;;
        *) die "unknown verb \"$verb\"; allowed: up, down, wake, purge, list, image, engine" ;;
    esac
    case $verb in
        image) need_image "$DEFAULT_IMAGE" ;;
        engine) printf '%s\n' "${ENGINE[*]}" ;;
        *) "$verb" "${@:2}" ;;
    esac
}

main "$@"
