# shellcheck shell=bash
# halted HOP (on one node): every node has a backup, and none answers any more. Between 0.8 and 0.9 nothing else keeps the series apart
# at this point but the derived secret.

verb_halted() {
    hop_phase halted "$1" || {
        answer "all nodes are down"
        return
    }
    hop_needs halt
    # From migrate on the only way back is a restore; and verify, which runs here too, needs what drain noted.
    [ -r "$(proof_file)" ] || fail proof-missing "$(proof_file) does not lie here, and verify will need it; no data were changed yet. The node that ran drain has it, with its metadata and in its backup: copy it here. Is that node lost for good: set version back, run pulumi up, then go forward again"
    local name try
    while read -r name _; do halted_backup "$name"; done < <(peers_in)
    for try in 1 2 3; do
        [ "$try" = 1 ] || sleep 0.5
        halted_silent "$try"
    done
    say "all $(peers_in | wc -l) nodes are down and backed up"
    hop_pass halted
    answer "all nodes are down"
}

# `halted <name> <name> <backup>`: the name twice, the second one is the host's own word.
halted_backup() {
    local name="$1" who said backup found=""
    while read -r who said backup; do
        [ "$who" = "$name" ] || continue
        [ "$said" = "$name" ] || fail halted-unproven "the halt of $name answered for \"$said\""
        found="$backup"
    done < <(sheet_all halted)
    case "$found" in
        */"$HOP"-*) ;;
        *) fail halted-unproven "$name has not said where its backup of $HOP is; run pulumi up without --target" ;;
    esac
}

# Nobody answers on the ports of RPC and S3 of any node.
halted_silent() {
    local name address host port state s3
    peer_port s3 s3
    while read -r name _ address _; do
        host_of "$address" host
        for port in "${address##*:}" "$s3"; do
            state="$(tcp_state "$host" "$port")"
            case "$state" in
                open) fail still-running "$name still answers on $host, port $port (try $1); stop what runs there: systemctl stop garage" ;;
                unknown) fail address-unknown "the address $host of $name can't be resolved, or tried, from here, so nobody can say whether it is down" ;;
            esac
        done
    done < <(peers_in)
}
