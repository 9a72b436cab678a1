# shellcheck shell=bash
# shellcheck disable=SC2034  # LAST_SEEN is for wait_until
# A daemon serves when it does what its generation says, not when it runs: from 0.9 on Garage lives on, healthy, when S3, web or (on 2.x)
# the admin API could not bind (seen). Every start is proven by this.

# daemon_serves: the process that runs is the active generation's, answers, and serves.
daemon_serves() {
    daemon_answers && serving
}

# serving: each address of the active generation is among the daemon's own listeners, and S3 answers a request. While quiet: its peers and
# the admin API are served, and nobody else. Else LAST_SEEN says what is missing.
serving() {
    serving_listens || return 1
    case "$CURRENT" in *.quiet) daemon_is_quiet ;; *) serving_s3 ;; esac
}

# serving_listens: the first half of it. What isn't bound soon after the start never will be: Garage tries only then.
serving_listens() {
    local listeners service services=(rpc admin s3 web k2v)
    current_find
    listeners="$(daemon_listeners)" || { LAST_SEEN="no process runs"; return 1; }
    case "$CURRENT" in *.quiet) services=(rpc admin) ;; esac
    for service in "${services[@]}"; do
        serving_has "$service" "$listeners" || return 1
    done
}

# serving_has SERVICE LISTENERS: one of them takes what comes for SERVICE, at the very address or at all of them. True for a service that
# this generation doesn't have.
serving_has() {
    local KV port bound address="" listened name
    current_info "${1}port"
    port="$KV"
    current_info "${1}bind"
    bound="$KV"
    case "$bound" in
        /*) port=unix address="$bound" ;;
        *) address_hex "$bound" address || true ;;
    esac
    [ -n "$port" ] || return 0
    while read -r listened KV; do
        # Where it binds isn't told by generations of an older tool.
        if [ "$KV" = "$port" ] && { [ -z "$address" ] || address_covers "$listened" "$address"; }; then return 0; fi
    done <<<"$2"
    service_name "$1" name
    LAST_SEEN="Garage doesn't listen for $name on ${bound:-port}:$port"
    LAST_SEEN="${LAST_SEEN%:unix}"
    return 1
}

# daemon_takes SERVICE: what is sent there comes to the daemon. While it is down anybody on the host may take its port, and would get its token.
daemon_takes() {
    local listeners
    listeners="$(daemon_listeners)" || listeners=""
    serving_has "$1" "$listeners"
}

# An unsigned request is refused by S3 itself: any answer of HTTP will do.
serving_s3() {
    local place
    own_place s3 place
    [ -n "${place##*:}" ] || return 0
    curl --silent --globoff --output /dev/null --noproxy '*' --max-time 5 "http://$place/" ||
        { LAST_SEEN="S3 doesn't answer on $place"; return 1; }
}

# service_name SERVICE VARIABLE: as people know it.
service_name() {
    case "$1" in
        rpc) give "its peers (RPC)" "$2" ;;
        s3) give S3 "$2" ;;
        web) give "websites" "$2" ;;
        admin) give "the admin API" "$2" ;;
        *) give "${1^^}" "$2" ;;
    esac
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
            "$series:" | 0.7:7F000001 | "0.7:${IPV6_WILDCARD%?}1") ;;
            *) LAST_SEEN="the daemon listens on port $port"; return 1 ;;
        esac
    done <<<"$listeners"
    # It serves its peers at least: a list without that says that nobody could look.
    [ "$peers" = yes ] || { LAST_SEEN="the daemon's own RPC port $rpc is not among the ports that it is seen to listen on"; return 1; }
}
