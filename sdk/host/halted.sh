# shellcheck shell=bash
# halted HOP (on one node): every node has a backup, and none answers any more. Between 0.8 and 0.9 nothing else keeps the series apart
# at this point but the derived secret.

verb_halted() {
    if hop_phase halted "$1"; then
        hop_needs halt
        # From migrate on the only way back is a restore; and verify, which runs here too, needs what drain noted.
        proof_there || fail proof-missing "$LAST_SEEN, and verify will need it; no data were changed yet. $PROOF_WAY: set version back, run pulumi up, then go forward again"
        local try
        for try in 1 2 3; do
            [ "$try" = 1 ] || nap 0.5
            halted_look "$try"
        done
        say "all $(peers_in | wc -l) nodes are down and backed up"
        hop_pass halted
    fi
    attempt_answer "all nodes are down"
}

# Each node has said so itself: `passed halt <name> <name> <backup> <attempt>`, the name twice, the second one is the host's own word
# (attempt_follows). Whatever answers on the ports of RPC and S3 of any node stops this.
halted_look() {
    local peers list s3 answers way=""
    peer_port s3 s3
    peers_in peers
    ports_list "$peers" rpc "$s3" list
    ports_look "$list"
    sheet_all "passed halt" answers
    if judge halted "hop=$HOP" "halted=$answers" "ports=$PORTS_SEEN"; then return 0; fi
    case "${REASONS%%$'\t'*}" in
        halted-unproven) way="; run pulumi up without --target" ;;
        still-running) way=" (try $1); stop what runs there: systemctl stop garage" ;;
    esac
    refuse_judged "$way"
}
