# shellcheck shell=bash
# What the nodes' ports look like from here, all of them tried at once: behind a firewall that drops, one takes three seconds to say nothing.
# Such a look proves no port shut: `silent` may be a firewall. The proof is each host's own word, by its kernel (quiesce, halt). So a port
# that is open refuses, and one that can't be tried does; no more.

# ports_look LIST: LIST has lines `name host port`; sets PORTS_SEEN to lines `name host port state`, in the same order.
ports_look() {
    local line said state
    said="$(ports_try "$1")" || said=""
    PORTS_SEEN=""
    while IFS= read -r line; do
        state=unknown
        case $'\n'"$said"$'\n' in *$'\n'"$line "*) state=$'\n'"$said" && state="${state#*$'\n'"$line "}" && state="${state%%$'\n'*}" ;; esac
        case "$state" in open | closed | silent) ;; *) state=unknown ;; esac
        PORTS_SEEN+="${PORTS_SEEN:+$'\n'}$line $state"
    done <<<"$1"
}

# Each line is written at once, so none comes between the letters of another.
ports_try() {
    local name host port
    trap - ERR
    while read -r name host port; do
        echo "$name $host $port $(tcp_state "$host" "$port")" &
    done <<<"$1"
    wait
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
