# shellcheck shell=bash
# halted HOP (on one node): every node has a backup, and none answers any more. Between 0.8 and 0.9 nothing else keeps the series apart
# at this point but the derived secret.

verb_halted() {
    hop_phase halted "$1" || {
        attempt_answer "all nodes are down"
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
    attempt_answer "all nodes are down"
}

# `passed halt <name> <name> <backup> <attempt>`: the name twice, the second one is the host's own word (attempt_follows).
halted_backup() {
    local name="$1" who backup answers found=""
    sheet_all "passed halt" answers
    while read -r who _ backup _; do
        [ "$who" != "$name" ] || found="$backup"
    done <<<"$answers"
    case "$found" in
        */"$HOP"-*) ;;
        *) fail halted-unproven "$name has not said where its backup of $HOP is; run pulumi up without --target" ;;
    esac
}

# Each node has said so itself (halt). Whatever answers on the ports of RPC and S3 of any node stops this.
halted_silent() {
    local peers list s3
    peer_port s3 s3
    peers_in peers
    ports_list "$peers" rpc "$s3" list
    ports_refuse_open "$list" still-running " (try $1); stop what runs there: systemctl stop garage" "it is down"
}
