# shellcheck shell=bash
# How `start` takes a node out of a major upgrade that was called off, before `migrate` has begun anywhere.

# start_withdraw STAGED: to the release that ran. Another one that is asked for has `roll`, which follows, with its canary: here all nodes go at once.
start_withdraw() {
    local generation release hop
    generation_info "$1" release release
    ledger_get hop hop
    start_switches "$1" ||
        fail hop-open "the major upgrade $hop is being called off on this node, and Garage $release does not fit its data (series $(ledger_get series), $(ledger_get engine)); nothing was touched. Set version and dbEngine to what ran before, run pulumi up, then go on"
    withdraw_to "$1" generation
    generation_info "$generation" release release
    case "$(ledger_get act)" in
        withdraw*) ;;
        *)
            say "the major upgrade $hop is called off: back to Garage $release"
            attempt_withdraw "act=withdraw $generation" held=
            ;;
    esac
    if [ "$(current_generation)" != "$generation" ] || ! daemon_serves; then
        start_stop_what_crashes
        activate "$generation"
        if ! start_try; then
            [ "$generation" != "$1" ] || start_failed
            say "generation $generation does not start ($LAST_SEEN); the one asked for now takes its place"
            generation_info "$1" release release
            start_stop_what_crashes
            activate "$1"
            start_and_prove
        fi
    fi
    ledger_update act= held= "release=$release"
    hook_back_or_fail
    say "started Garage $release, S3 is on again"
}

# withdraw_to STAGED VARIABLE: the generation that ran, with S3 on; STAGED where that is gone (a new root disk).
withdraw_to() {
    local _id
    ledger_get generation _id
    _id="${_id%.quiet}"
    if [ ! -f "$GENERATIONS/$_id/info" ] || ! start_switches "$_id"; then _id="$1"; fi
    give "$_id" "$2"
}
