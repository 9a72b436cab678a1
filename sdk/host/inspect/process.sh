# shellcheck shell=bash
# Processes of Garage on this host, and what keeps each of them running. Reads only.

# fact NAME: what comes by stdin, as a line `NAME <base64>`.
fact() {
    printf '%s %s\n' "$1" "$(base64 -w 0)"
}

fact_text() {
    printf '%s' "$2" | fact "$1"
}

# garage_processes: ids of all daemons. A container's too: this host runs it.
garage_processes() {
    local dir comm words
    for dir in "$ROOT"/proc/[0-9]*; do
        { IFS= read -r comm <"$dir/comm"; } 2>/dev/null || continue
        # NixOS wraps it: .garage-wrapped. The rule is that of garage_server (lib/daemon.sh).
        case "$comm" in garage-node | garage-manage) continue ;; garage* | .garage*) ;; *) continue ;; esac
        { mapfile -d '' words <"$dir/cmdline"; } 2>/dev/null || continue
        case $'\n'"$(printf '%s\n' "${words[@]:1}")"$'\n' in *$'\n'server$'\n'*) printf '%s\n' "${dir##*/}" ;; esac
    done
}

# process_find PID: sets PROC, P_PID, P_UID, P_GID, P_GROUPS, P_TICKS, and P_NET where its network isn't this host's.
process_find() {
    local value own=""
    P_PID="$1" PROC="$ROOT/proc/$1" P_NET=""
    process_ids || return 1
    P_TICKS="$(process_ticks)"
    own="$(readlink "$ROOT/proc/self/ns/net")" || own=""
    value="$(of_process readlink "$PROC/ns/net")" || value=""
    if [ -n "$value" ] && [ "$value" != "$own" ]; then P_NET=yes; fi
}

# process_ids: its user and groups; 1 unless all four ids are the same: a setuid program is of root, and does what whoever started it wants.
process_ids() {
    local key first rest
    P_UID="" P_GID="" P_GROUPS=""
    while read -r key first rest; do
        rest="${rest//$'\t'/ }"
        case "$key" in Uid: | Gid:) [ "$rest" = "$first $first $first" ] || return 1 ;; esac
        case "$key" in Uid:) P_UID="$first" ;; Gid:) P_GID="$first" ;; Groups:) P_GROUPS="$first${rest:+,${rest// /,}}" ;; esac
    done 2>/dev/null <"$PROC/status"
    [ -n "$P_UID" ] && [ -n "$P_GID" ]
}

# process_same: it still is the process that was found, of the same user.
process_same() (
    found="$P_UID $P_GID $P_TICKS"
    process_ids && [ "$P_UID $P_GID $(process_ticks)" = "$found" ]
)

# of_process COMMAND…: on what the kernel says of it. As root, else as its user: in a container root may not look into other users' processes.
of_process() {
    "$@" 2>/dev/null || as_process "$@" 2>/dev/null
}

# as_process COMMAND…: as its user, who gains nothing by it, in its network. Root counts the time: its user may stop what is his.
as_process() {
    local words=(timeout -k 2 "$LIMIT") groups=(--clear-groups)
    [ -z "$P_NET" ] || words+=(nsenter --target "$P_PID" --net --)
    [ -z "$P_GROUPS" ] || groups=(--groups "$P_GROUPS")
    [ "$P_UID" = 0 ] || words+=(setpriv --reuid "$P_UID" --regid "$P_GID" "${groups[@]}" --no-new-privs --)
    "${words[@]}" "$@"
}

# by_process COMMAND… PATH: on a file that the process named, as its user alone: root would read anybody's for him. From its own root directory
# (a container's, a unit's with DynamicUser), into which he may not look where the daemon has more rights than he.
by_process() (
    path="${*: -1}"
    if cd "$PROC/root"; then
        path="./$path"
    elif as_process test -e "$PROC/root/"; then
        path="$PROC/root/$path"
    else
        path="$ROOT/$path"
    fi
    as_process "${@:1:$#-1}" "$path"
) 2>/dev/null

# process_ticks: when it was started, since the machine was. With its id it is this process and no other one.
process_ticks() {
    local text words
    { text="$(<"$PROC/stat")"; } 2>/dev/null || return 1
    # The name, in brackets, may hold anything.
    read -ra words <<<"${text##*) }"
    printf '%s' "${words[19]}"
}

# process_start: seconds since 1970; one more or less, as the kernel makes the time of its boot anew from a clock that is set right meanwhile.
process_start() {
    local boot=0 key value
    while read -r key value _; do [ "$key" != btime ] || boot="$value"; done <"$ROOT/proc/stat"
    printf '%s' $((boot + $(process_ticks) / $(getconf CLK_TCK)))
}

# garage_run WORDS…: Garage's own command line, by the very file that runs; a file of that path may be another one by now. It is opened before
# its process is looked at once more: root runs nothing that somebody else has put in its place. Where root may not open it, only its user runs it.
garage_run() (
    file=/proc/self/fd/9
    if { exec 9<"$PROC/exe"; } 2>/dev/null; then
        process_same && [ "$PROC/exe" -ef "$file" ] || return 1
    else
        [ "$P_UID" != 0 ] || return 1
        file="$PROC/exe"
        as_process test -x "$file" || file="$(of_process readlink "$file")"
    fi
    as_process "$file" "$@"
)

# exe_sum: nothing where its file is larger than any Garage: a sparse one would be read for days.
exe_sum() {
    [ "$(of_process timeout 10 stat -L -c %s "$PROC/exe")" -le 536870912 ] 2>/dev/null || return 0
    of_process timeout 60 sha256sum "$PROC/exe" | cut -d' ' -f1 | tr -d '\n'
}

# config_path: as Garage looks for it.
config_path() {
    local words at path="" line
    mapfile -d '' words <"$PROC/cmdline"
    for ((at = 1; at < ${#words[@]}; at++)); do
        case "${words[at]}" in
            -c | --config) path="${words[at + 1]:-}" ;;
            --config=*) path="${words[at]#--config=}" ;;
            -c?*) path="${words[at]#-c}" ;;
        esac
    done
    if [ -z "$path" ]; then
        while IFS= read -r -d '' line; do case "$line" in GARAGE_CONFIG_FILE=?*) path="${line#*=}" ;; esac done < <(of_process cat "$PROC/environ")
    fi
    case "${path:=/etc/garage.toml}" in /*) ;; *) path="$(of_process readlink "$PROC/cwd")/$path" ;; esac
    printf '%s' "$path"
}

# small_file PATH: its text, where it is a file, and as far as it may be one that a daemon reads at its start.
small_file() {
    by_process test -f "$1" && by_process head -c 1048576 "$1"
}

# keeper_find: sets K_UNIT, K_CONTAINER (`<engine> <id>`) and K_SHOWN (what its engine says of it) by the process's cgroups: the innermost of each.
# Where cgroups of version 1 don't agree with one another, one with a container that its engine knows counts.
keeper_find() {
    local line apart=yes asked=""
    K_UNIT="" K_CONTAINER="" K_SHOWN=""
    # The container that this host itself may be.
    [ "$(of_process readlink "$PROC/ns/pid")" != "$(readlink "$ROOT/proc/self/ns/pid")" ] || apart=no
    while IFS= read -r line; do
        keeper_line "$line"
        [ "$apart" = yes ] || K_CONTAINER=""
        if [ -z "$K_CONTAINER" ] || [ "$K_CONTAINER" = "$asked" ]; then continue; fi
        asked="$K_CONTAINER"
        case "$asked" in docker* | podman*) K_SHOWN="$(timeout 30 "${asked%% *}" inspect -- "${asked#* }" 2>/dev/null)" || K_SHOWN="" ;; esac
        [ -z "$K_SHOWN" ] || return 0
    done <"$PROC/cgroup"
}

# keeper_line LINE: one line of its cgroups. Who has cgroups of his own gives them any name, such as an option's.
keeper_line() {
    local line="$1" part parts before="$K_UNIT"
    K_UNIT=""
    IFS=/ read -ra parts <<<"${line#*:*:}"
    for part in ${parts[@]+"${parts[@]}"}; do
        case "$part" in
            *.service) K_UNIT="$part" K_CONTAINER="" ;;
            docker-*.scope) part="${part#docker-}" && K_CONTAINER="docker ${part%.scope}" ;;
            libpod-payload-*) K_CONTAINER="podman ${part#libpod-payload-}" ;;
            libpod-*) part="${part#libpod-}" && K_CONTAINER="podman ${part%.scope}" ;;
            cri-containerd-*.scope | crio-*.scope) part="${part##*-}" && K_CONTAINER="kubernetes ${part%.scope}" ;;
            *.scope) K_UNIT="" before="" ;;
            *) [[ ! "$part" =~ ^[0-9a-f]{64}$ ]] || K_CONTAINER="docker $part" ;;
        esac
    done
    [[ "$K_UNIT" =~ ^[A-Za-z0-9][A-Za-z0-9:_.@\\-]*$ ]] || K_UNIT=""
    [[ "${K_CONTAINER#* }" =~ ^[0-9a-f]{64}$ ]] || K_CONTAINER=""
    [ -n "$K_UNIT$K_CONTAINER" ] || K_UNIT="$before"
}

# keeper_facts: a unit counts only where systemd holds that process, or its parent, for the unit's own: who starts a daemon by hand over SSH
# leaves it in sshd's.
keeper_facts() {
    local shown main parent
    keeper_find
    if [ -n "$K_CONTAINER" ]; then
        fact_text "$P_PID.container" "$K_CONTAINER"
        [ -z "$K_SHOWN" ] || fact_text "$P_PID.container_json" "$K_SHOWN"
        # Docker can always; podman from 5.1 on.
        case "$K_CONTAINER" in podman*) podman update --help 2>/dev/null | grep -q -- --restart || fact_text "$P_PID.container_fixed" yes ;; esac
    fi
    [ -n "$K_UNIT" ] || return 0
    shown="$(timeout 30 systemctl show -p Id -p FragmentPath -p DropInPaths -p UnitFileState -p User -p DynamicUser -p MainPID -p Restart -- "$K_UNIT" 2>/dev/null)" || return 0
    main="$(sed -n 's/^MainPID=//p' <<<"$shown")"
    parent="$(sed -n 's/^PPid:[[:space:]]*//p' "$PROC/status")"
    case "$K_UNIT:$main" in ssh*.service:*) return 0 ;; *":$P_PID" | *":$parent") ;; *) [ -n "$K_CONTAINER" ] || return 0 ;; esac
    fact_text "$P_PID.unit_show" "$shown"
}

# The kernel's list of the network that the process is in (ports.sh asks).
tcp_sockets() {
    cat "$PROC/net/tcp" "$PROC/net/tcp6" 2>/dev/null || true
}

# process_listeners: lines `address port` of the TCP sockets that it listens on.
process_listeners() {
    local inodes=" " inode address port
    while read -r inode; do inodes+="$inode "; done < <(of_process find "$PROC/fd" -lname 'socket:*' -printf '%l\n' | tr -dc '0-9\n')
    while read -r address port inode; do
        case "$inodes" in *" $inode "*) printf '%s %s\n' "$address" "$port" ;; esac
    done < <(tcp_listeners)
}

# own_user UID: his name in this host's own list; nss-systemd's names (DynamicUser) are gone with the daemon.
own_user() {
    awk -F: -v uid="$1" '$3 == uid { print $1; exit }' "$ROOT/etc/passwd"
}

# secret_facts: what a secret of the daemon may stand in. Never leaves this host as it is.
secret_facts() {
    local path
    fact cmdline <"$PROC/cmdline"
    of_process cat "$PROC/environ" | fact environ
    path="$(config_path)"
    small_file "$path" | fact config
}

# secrets_find: sets SECRETS_FOUND, from which secret_of reads: lines `<name> =<base64 of its text> =<base64 of the file that has it>`.
secrets_find() {
    SECRETS_FOUND="$(secret_facts | jq -nRr "$(secret_program) facts | secrets | to_entries[] | [.key, (.value[] | . // \"\" | \"=\" + @base64)] | join(\" \")")"
}

# secret_of NAME: the daemon's rpc_secret, admin_token or metrics_token; nothing where it has none.
secret_of() {
    local name text path
    while read -r name text path; do [ "$name" != "$1" ] || break; done <<<"$SECRETS_FOUND"
    text="$(base64 -d <<<"${text#=}")"
    path="$(base64 -d <<<"${path#=}")"
    if [ -z "$text" ] && [ -n "$path" ]; then
        text="$(small_file "$path")" || text=""
    fi
    printf '%s' "${text%$'\n'}"
}
