# shellcheck shell=bash
# What the nodes' ports look like from here, all of them tried at once: behind a firewall that drops, one takes three seconds to say nothing.
# Such a look proves no port shut: `silent` may be a firewall. The proof is each host's own word, by its kernel (quiesce, halt). So a port
# that is open refuses, and one that can't be tried does; no more.

# ports_look LIST: LIST has lines `name host port`; sets PORTS_SEEN to `state name host port`, in the same order.
ports_look() {
    local at=0 line lines
    PORTS_SEEN=""
    mapfile -t lines <<<"$1"
    for line in "${lines[@]}"; do
        read -r _ host port <<<"$line"
        ahead "port-$at" tcp_state "$host" "$port"
        at=$((at + 1))
    done
    at=0
    for line in "${lines[@]}"; do
        awaited "port-$at" || AWAITED=unknown
        PORTS_SEEN+="${PORTS_SEEN:+$'\n'}${AWAITED:-unknown} $line"
        at=$((at + 1))
    done
}

# ports_list PEERS PORT… VARIABLE: lines for ports_look of the PEERS (lines `name id host:port role`); a PORT is a number, or `rpc`: the
# node's own.
ports_list() {
    local _name _address _host _port _list=""
    while read -r _name _ _address _; do
        [ -n "$_name" ] || continue
        host_of "$_address" _host
        for _port in "${@:2:$#-2}"; do
            [ "$_port" != rpc ] || _port="${_address##*:}"
            _list+="${_list:+$'\n'}$_name $_host $_port"
        done
    done <<<"$1"
    printf -v "${!#}" '%s' "$_list"
}

# ports_refuse_open LIST ID WAY WHAT: refuses with ID, and the WAY out, where a port of LIST is open; and where nobody can say WHAT, for it
# can't be tried.
ports_refuse_open() {
    local state name host port
    ports_look "$1"
    while read -r state name host port; do
        case "$state" in
            open) fail "$2" "$name still answers on $host, port $port$3" ;;
            unknown) fail address-unknown "the address $host of $name can't be resolved, or tried, from here, so nobody can say whether $4" ;;
        esac
    done <<<"$PORTS_SEEN"
}
