# shellcheck shell=bash
# shellcheck disable=SC2034  # LAST_SEEN is for wait_until
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
    local KV _word
    sheet_find ports
    for _word in $KV; do
        case "$_word" in "$1="*) give "${_word#*=}" "$2" && return ;; esac
    done
    current_info "${1}port"
    give "$KV" "$2"
}

# host_of HOST:PORT VARIABLE; the host may stand in brackets.
host_of() {
    local KV="${1%:*}"
    give "${KV//[\[\]]/}" "$2"
}

# daemon_listeners: `address(hex) port` of every socket that the daemon listens on.
daemon_listeners() {
    local pid inodes=" " link address
    daemon_pid pid
    [ -n "$pid" ] || return 1
    # As its user: root in a container may not look into another user's process.
    while read -r link; do inodes="$inodes$link "; done < <(as_garage find "$ROOT/proc/$pid/fd" -lname 'socket:*' -printf '%l\n' 2>/dev/null | tr -dc '0-9\n')
    tcp_sockets |
        awk -v inodes="$inodes" '$4 == "0A" && index(inodes, " " $10 " ") { print $2 }' |
        while IFS=: read -r address link; do printf '%s %d\n' "$address" "0x$link"; done
}

# daemon_is_quiet: the daemon listens for nobody but its peers and the admin API. 0.7 can't do without S3 and web: there they are
# bound to the loopback (garage-facts 6).
daemon_is_quiet() {
    local address port listeners rpc admin series generation peers=no
    current_generation generation
    generation_info "$generation" rpcport rpc
    generation_info "$generation" adminport admin
    generation_info "$generation" series series
    listeners="$(daemon_listeners)" || { LAST_SEEN="no process runs"; return 1; }
    while read -r address port; do
        [ -z "$port" ] || [ "$port" != "$rpc" ] || peers=yes
        case " $rpc $admin " in *" $port "*) continue ;; esac
        case "$series:$address" in
            "$series:" | 0.7:0100007F | 0.7:*01000000 | 0.7:*FFFF00000100007F) ;;
            *) LAST_SEEN="the daemon listens on port $port"; return 1 ;;
        esac
    done <<<"$listeners"
    # It serves its peers at least: a list without that says that nobody could look.
    [ "$peers" = yes ] || { LAST_SEEN="the daemon's own RPC port $rpc is not among the ports that it is seen to listen on"; return 1; }
}
