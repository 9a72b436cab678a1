# shellcheck shell=bash
# repair HOP (on one node): all nodes quiet and in every view, then Garage's repairs of tables and blocks, seen to their end everywhere.
# Answers `repair began <ISO time>`: from there on `halt` reads each node's journal.

verb_repair() {
    hop_phase repair "$1" || {
        repair_answer
        return
    }
    require_views
    hop_short || repair_all_quiet
    ledger_update "repairat=$(now_iso)"
    repair_tables
    REPAIR_RESYNC=yes repair_rows blocks
    deep_checks
    require_no_errors
    hop_pass repair
    repair_answer
}

repair_answer() {
    local began
    ledger_get repairat began
    answer "repair began ${began:--}"
}

# Seen from here, as a client would: nobody answers on the ports of S3 and web of any node.
repair_all_quiet() {
    local name address host port state s3 web
    peer_port s3 s3
    peer_port web web
    while read -r name _ address _; do
        host_of "$address" host
        for port in "$s3" "$web"; do
            state="$(tcp_state "$host" "$port")"
            [ "$state" != unknown ] || fail address-unknown "the address $host of $name can't be resolved, or tried, from here, so nobody can say whether S3 is off there"
            [ "$state" != open ] || fail not-quiet "$name still answers on $host, port $port; its quiesce has to pass first (or something else serves there)"
        done
    done < <(peers_in)
    say "S3 and web are off on all nodes"
}
