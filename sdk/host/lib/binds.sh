# shellcheck shell=bash
# May this host bind what a generation says? Asked by `stage`: from 0.9 on Garage runs on, healthy, where S3 could not bind.

# stage_ports: refuses, while nothing has been stopped, an address that this host hasn't, and a port that somebody else holds. What this
# node's own daemon holds it gives free by stopping, so services may change places.
stage_ports() {
    local service bound address
    binds_refuse_ipv6
    for service in rpc admin s3 web k2v; do
        binds_word binds "$service" bound
        case "$bound" in "" | /*) continue ;; esac
        address_hex "$bound" address ||
            fail address-missing "$(binds_option "$service"): \"$bound\" is no IP address; Garage could not listen there. Nothing was stopped"
        host_has_address "$address" ||
            fail address-missing "$(binds_option "$service"): this host has no address $bound, so Garage could not listen there; all nodes listen on the same one: \"[::]\" and \"0.0.0.0\" stand for whatever addresses each has. Nothing was stopped"
    done
    binds_refuse_taken
}

# binds_word binds|ports SERVICE VARIABLE: what that line of the sheet says for SERVICE.
binds_word() {
    local _words
    sheet_get "$1" _words
    word_of "$2" "$_words" "$3"
}

# binds_option SERVICE [port]: the option as the user typed it.
binds_option() {
    case "$1:${2:-}" in
        k2v:*) echo "settings.k2v_api.api_bind_addr" ;;
        *:port) echo "${1}Port" ;;
        *) echo "${1}BindAddress" ;;
    esac
}

# A kernel without IPv6 (ipv6.disable=1) has no such list; Garage would panic on [::], which is the default.
binds_refuse_ipv6() {
    local service bound options=""
    if [ ! -e "$ROOT/proc/net/tcp" ] || [ -e "$ROOT/proc/net/tcp6" ]; then return 0; fi
    for service in rpc admin s3 web k2v; do
        binds_word binds "$service" bound
        case "$bound" in \[*) options+="${options:+, }$(binds_option "$service")" ;; esac
    done
    [ -z "$options" ] ||
        fail ipv6-off "this host has no IPv6 (ipv6.disable=1?), and Garage is to listen on IPv6 addresses: $options. Set each of them to \"0.0.0.0\", or turn IPv6 on; nothing was stopped"
}

# host_has_address HEX: it is this host's, or the kernel lets anybody bind to any.
host_has_address() {
    local family=ipv4 any
    case "$1" in 00000000 | "$IPV6_WILDCARD") return 0 ;; esac
    [ "${#1}" -eq 8 ] || family=ipv6
    text_of "$ROOT/proc/sys/net/$family/ip_nonlocal_bind" any
    [ "$any" != 1 ] || return 0
    # What can't be looked at is for the start to prove.
    if [ "$family" = ipv6 ]; then host_has_ipv6 "$1"; else host_has_ipv4 "$1"; fi
}

# The kernel's table of routes: `|-- 10.0.0.5`, and below it `/32 host LOCAL`. All of 127.0.0.0/8 is local.
host_has_ipv4() {
    local word place="" rest hex bits
    [ -r "$ROOT/proc/net/fib_trie" ] || return 0
    while read -r word rest; do
        case "$word $rest" in
            "|-- "*) place="$rest" ;;
            /*" host LOCAL")
                address_hex "$place" hex || continue
                bits=$((32 - 10#${word#/}))
                [ $((16#$hex >> bits)) -ne $((16#$1 >> bits)) ] || return 0
                ;;
        esac
    done <"$ROOT/proc/net/fib_trie"
    return 1
}

# Lines `address bits … flags device`; RTF_LOCAL is the highest flag. A link-local address (fe80::/10) can't be bound without naming its
# link, and Garage has no word for that.
host_has_ipv6() {
    local place bits flags digits
    case "$1" in FE[89AB]*) return 1 ;; esac
    [ -r "$ROOT/proc/net/ipv6_route" ] || return 0
    while read -r place bits _ _ _ _ _ _ flags _; do
        case "$flags" in [89a-f]???????) ;; *) continue ;; esac
        digits=$((16#$bits / 4))
        [ "${place:0:digits}" != "$(tr 'A-F' 'a-f' <<<"${1:0:digits}")" ] || return 0
    done <"$ROOT/proc/net/ipv6_route"
    return 1
}

# Whoever listens on that port, at that address or one that covers it or is covered, and isn't the daemon.
binds_refuse_taken() {
    local own=" " service bound port address listened taken inode name
    if daemon_inodes own && [ "$own" = " " ]; then
        say "nobody can see here which ports are the daemon's own, so those are not looked at"
        return 0
    fi
    while read -r listened taken inode; do
        case "$own" in *" $inode "*) continue ;; esac
        for service in rpc admin s3 web k2v; do
            binds_word ports "$service" port
            [ "$port" = "$taken" ] || continue
            binds_word binds "$service" bound
            address_hex "$bound" address || continue
            if binds_meet "$listened" "$address"; then
                service_name "$service" name
                fail port-taken "port $port, which is to be for $name, is held by $(socket_holder "$inode"): Garage would not serve there. Free it, or set another one ($(binds_option "$service" port)); nothing was stopped"
            fi
        done
    done < <(tcp_listeners)
}

# binds_meet THEIRS OURS: only one of them can be bound. Theirs on [::] is taken to hold IPv4 too: the kernel doesn't tell.
binds_meet() {
    local alone
    text_of "$ROOT/proc/sys/net/ipv6/bindv6only" alone
    address_covers "$1" "$2" || { address_covers "$2" "$1" && ! { [ "$alone" = 1 ] && [ "${#1}" -ne "${#2}" ]; }; }
}

# socket_holder INODE: whose socket it is, as far as this host tells.
socket_holder() {
    local fd pid name
    fd="$(find "$ROOT"/proc/[0-9]*/fd -lname "socket:\[$1\]" -print -quit 2>/dev/null)" || true
    pid="${fd%/fd/*}"
    pid="${pid##*/}"
    if [ -z "$pid" ]; then
        echo "another process"
        return
    fi
    name="$({ tr -cd '[:print:]' <"$ROOT/proc/$pid/comm"; } 2>/dev/null)" || name=""
    echo "${name:-a program} (process $pid)"
}
