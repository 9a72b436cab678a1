# shellcheck shell=bash
# Who listens where: on peers as a client would see it, on this node by the kernel's word.

# tcp_state HOST PORT: open, closed (refused), silent (nobody says anything), or unknown (the name doesn't resolve, or this host has no
# way to try).
tcp_state() {
    local said code=0
    # shellcheck disable=SC2016
    said="$(timeout 3 bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$1" "$2" 2>&1)" || code=$?
    [ "$code" -ne 0 ] || { echo open && return; }
    case "$code:$said" in
        *"Connection refused"*) echo closed ;;
        12[567]:* | *"No such file"*) echo unknown ;;
        *"Name or service"* | *resolution* | *"invalid host"* | *"No address"*) echo unknown ;;
        *) echo silent ;;
    esac
}

# peer_port KEY VARIABLE: of the sheet's `ports` line, else of the generation that is current (all nodes have the same).
peer_port() {
    local KV
    binds_word ports "$1" "$2"
    [ -z "${!2}" ] || return 0
    current_info "${1}port"
    give "$KV" "$2"
}

# host_of HOST:PORT VARIABLE; the host may stand in brackets.
host_of() {
    local KV="${1%:*}"
    give "${KV//[\[\]]/}" "$2"
}

# ── addresses, as eight or thirty-two hex digits ─────────────────────────────────────────────────
# address_hex ADDRESS VARIABLE: of an IPv4 address, or an IPv6 one with or without brackets; 1 for anything else. An IPv4 address that is
# written as an IPv6 one (::ffff:10.0.0.5) is the IPv4 one.
address_hex() {
    local KV="" _text="${1//[\[\]]/}" _front _back=""
    case "$_text" in
        *:*.*) _dotted_hex "${_text##*:}" && _text="${_text%:*}:${KV%????}:${KV#????}" ;;
        *.*) _dotted_hex "$_text" ;;
    esac
    case "$_text" in *:*)
        case "$_text" in *::*) _back="${_text#*::}" ;; esac
        _words_hex "${_text%%::*}" && _front="$KV" && _words_hex "$_back" && _back="$KV" || return 1
        printf -v KV '%*s' $((32 - ${#_front} - ${#_back})) ""
        case "$_text" in *::*) ;; *) [ -z "$KV" ] || return 1 ;; esac
        KV="$_front${KV// /0}$_back"
        ;;
    esac
    case "${#KV}" in 8 | 32) give "${KV#00000000000000000000FFFF}" "$2" ;; *) return 1 ;; esac
}

# Sets KV: `10.0.0.5` → 0A000005.
_dotted_hex() {
    local word words
    KV=""
    IFS=. read -ra words <<<"$1"
    for word in "${words[@]}"; do
        case "$word" in *[!0-9]* | "" | ????*) return 1 ;; esac
        printf -v word '%02X' "$((10#$word))"
        KV+="$word"
    done
}

# Sets KV: `fd00:5` → FD000005.
_words_hex() {
    local word words
    KV=""
    IFS=: read -ra words <<<"$1"
    for word in ${words[@]+"${words[@]}"}; do
        case "$word" in *[!0-9a-fA-F]* | "" | ?????*) return 1 ;; esac
        printf -v word '%04X' "0x$word"
        KV+="$word"
    done
}

IPV6_WILDCARD=00000000000000000000000000000000

# address_covers BOUND ADDRESS: who is bound to BOUND gets what comes for ADDRESS (both in hex).
address_covers() {
    case "$1" in
        "$2" | "$IPV6_WILDCARD") return 0 ;;
        00000000) [ "${#2}" -eq 8 ] ;;
        *) return 1 ;;
    esac
}

# own_address ADDRESS VARIABLE: at which this host reaches who is bound to ADDRESS: a wildcard by the loopback. Where `bindv6only` is set,
# `[::]` takes no IPv4.
own_address() {
    local KV
    case "$1" in
        "[::]" | "::" | "")
            KV=127.0.0.1
            text_of "$ROOT/proc/sys/net/ipv6/bindv6only" "$2"
            [ "${!2}" != 1 ] || KV="[::1]"
            ;;
        0.0.0.0) KV=127.0.0.1 ;;
        *:*) KV="[${1//[\[\]]/}]" ;;
        *) KV="$1" ;;
    esac
    give "$KV" "$2"
}

# own_place SERVICE VARIABLE: `host:port` at which this host reaches SERVICE of the active generation.
own_place() {
    local KV _port
    current_info "${1}port"
    _port="$KV"
    current_info "${1}bind"
    own_address "$KV" "$2"
    give "${!2}:$_port" "$2"
}

# ── listeners ────────────────────────────────────────────────────────────────────────────────────
# tcp_listeners: lines `address port inode` of all sockets that listen on this host, by the kernel's word.
tcp_listeners() {
    local place inode address i text
    while read -r place inode; do
        address=""
        text="${place%:*}"
        # The kernel shows words of four bytes in the processor's order: the last one first.
        for ((i = 0; i < ${#text}; i += 8)); do
            address+="${text:i+6:2}${text:i+4:2}${text:i+2:2}${text:i:2}"
        done
        printf '%s %d %s\n' "${address#00000000000000000000FFFF}" "0x${place##*:}" "$inode"
    done < <(tcp_sockets | awk '$4 == "0A" { print $2, $10 }')
}

# daemon_inodes VARIABLE: the sockets that the daemon has open, with a space before and behind each.
daemon_inodes() {
    local KV=" " _process _inode
    daemon_pid _process
    [ -n "$_process" ] || return 1
    # As its user: root in a container may not look into another user's process.
    while read -r _inode; do KV+="$_inode "; done < <(as_daemon find "$ROOT/proc/$_process/fd" -lname 'socket:*' -printf '%l\n' 2>/dev/null | tr -dc '0-9\n')
    give "$KV" "$1"
}

# daemon_listeners: lines `address port` of every TCP socket that the daemon itself listens on, and `path unix` of every other one.
daemon_listeners() {
    local inodes address port inode
    daemon_inodes inodes || return 1
    while read -r address port inode; do
        case "$inodes" in *" $inode "*) printf '%s %s\n' "$address" "$port" ;; esac
    done < <(tcp_listeners)
    awk -v inodes="$inodes" '$4 == "00010000" && index(inodes, " " $7 " ") && $8 ~ /^\// { print $8, "unix" }' "$ROOT/proc/net/unix" 2>/dev/null || true
}
