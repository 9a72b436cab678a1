# shellcheck shell=bash
# repair HOP (on one node): all nodes quiet and in every view, then Garage's repairs of tables and blocks, seen to their end everywhere.
# Answers `repair began <ISO time> <attempt>`: from there on `halt` reads each node's journal.

verb_repair() {
    local began
    if hop_phase repair "$1"; then
        require_views
        hop_short || repair_all_quiet
        ledger_update "repairat=$(now_iso)"
        repair_tables
        REPAIR_RESYNC=yes repair_rows blocks
        deep_checks
        require_no_errors
        hop_pass repair
    fi
    ledger_get repairat began
    attempt_answer "repair began ${began:--}"
}

# Each node has said so of its own listeners (quiesce). Whatever else answers there, as a client would see it, stops this.
repair_all_quiet() {
    local peers list s3 web state name host port
    peer_port s3 s3
    peer_port web web
    peers_in peers
    ports_list "$peers" "$s3" "$web" list
    ports_look "$list"
    while read -r name host port state; do
        case "$state" in
            open) fail not-quiet "$name still answers on $host, port $port; its quiesce has to pass first (or something else serves there)" ;;
            unknown) fail address-unknown "the address $host of $name can't be resolved, or tried, from here, so nobody can say whether S3 is off there" ;;
        esac
    done <<<"$PORTS_SEEN"
    say "S3 and web are off on all nodes"
}
