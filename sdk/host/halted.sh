# shellcheck shell=bash
# halted HOP (on one node): every node has a backup, and none answers any more. Between 0.8 and 0.9 nothing else keeps the series apart
# at this point but the derived secret.

verb_halted() {
    hop_phase halted "$1" || {
        answer "all nodes are down"
        return
    }
    hop_needs halt
    local name address
    while read -r name _ address _; do
        halted_backup "$name"
        halted_silent "$name" "$(host_of "$address")" "${address##*:}"
        halted_silent "$name" "$(host_of "$address")" "$(peer_port s3)"
        say "$name is down and backed up"
    done < <(peers_in)
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

halted_silent() {
    local try state
    for try in 1 2 3; do
        state="$(tcp_state "$2" "$3")"
        case "$state" in
            open) fail still-running "$1 still answers on $2, port $3 (attempt $try to connect); stop what runs there: systemctl stop garage" ;;
            unknown) fail address-unknown "the address $2 of $1 can't be resolved here, so nobody can say whether it is down" ;;
        esac
        [ "$try" = 3 ] || sleep 1
    done
}
