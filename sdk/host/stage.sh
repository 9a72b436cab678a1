# shellcheck shell=bash
# stage GENERATION sv=SERIES [downgrade=allowed] [reapply=TEXT]: consents to a release by the ledger (wall 3), or refuses in
# words; then lays binary and configuration ready. Changes nothing that runs, and nothing of an open attempt.

verb_stage() {
    local generation="$1" sv="" downgrade="" reapply="" word release series its_series arch sum epoch
    for word in "${@:2}"; do
        case "$word" in
            sv=*) sv="${word#sv=}" ;;
            downgrade=allowed) downgrade=allowed ;;
            reapply=*) reapply="${word#reapply=}" ;;
            *) fail sheet-incomplete "stage does not know the word $word" ;;
        esac
    done
    sheet_need release release
    sheet_need series series
    series_of "$release" its_series
    [ "$its_series" = "$series" ] || fail sheet-incomplete "Garage $release is not of series $series"
    arch="$(uname -m)"
    require_identity
    stage_refuse_other_node
    stage_consent "$release" "$sv" "$downgrade"
    stage_adopts "$release"
    stage_refuse_together "$reapply"
    stage_refuse_other_data
    stage_refuse_other_factor "$generation"
    stage_ports
    stage_options_asked
    stage_generation "$generation" "$release" "$arch"
    adopt_point "$generation"
    # In the new release's own words, before anything stops.
    condition_settings "$GENERATIONS/$generation"
    stage_hop_conditions "$generation"
    stage_addresses "$generation"
    stage_options
    stage_record "$generation" "$release" "$sv" "$reapply"
    kept_stage "$(stage_kept)"
    stage_prune
    generation_info "$generation" sha256 sum
    ledger_get epoch epoch
    answer "$epoch $release $arch:${sum:0:12}"
}

stage_refuse_other_node() {
    local name id rest self peers
    sheet_need cluster self
    sheet_need node self
    fence_own_host
    ledger_get node self
    sheet_all peer peers
    while read -r name id rest; do
        [ "$name" != "$self" ] || ledger_is id "$id" ||
            fail id-differs "the stack knows this node as $id, but it is $(ledger_get id): another host or disk is at this address now. Set nodes.$name.reapply to a new text, so that the host is set up again ($rest)"
    done <<<"$peers"
}

# What is taken over is what runs: one thing at a time.
stage_adopts() {
    ! adopt_waits || ledger_is release "$1" ||
        fail adopt-release "the Garage that runs here, $(ledger_get release), isn't taken over yet, and $1 is asked for; nothing was touched: set version to \"$(ledger_get release)\", run pulumi up, and change it afterwards"
}

stage_refuse_other_data() {
    local KV engine asked metadata ports
    ledger_get engine engine
    sheet_need engine asked
    sheet_need metadata metadata
    sheet_need ports ports
    [ -z "$engine" ] || stage_never_started || [ "$engine" = "$asked" ] || stage_converts ||
        fail engine-differs "this node's data are in $engine, not $(sheet_get engine): a daemon on another engine starts empty. Set dbEngine: \"$engine\"; to have the database converted, where Garage can, write dbEngine: \"$(sheet_get engine)\" out"
    ledger_is metadata "$metadata" ||
        fail claim-metadata "the metadata of this node are in $(ledger_get metadata); set metadataDir back"
    current_info rpcport
    [ -z "$KV" ] || case " $ports " in
        *" rpc=$KV "*) ;;
        *) fail rpc-port-changed "this node talks to the others on port $KV, and the ports $ports are asked for; all nodes would have to change at once: set rpcPort back to $KV" ;;
    esac
    host_refuse_removed_data
}

# Garage refuses to start on a layout of another factor (tried: 0.8.7 to 2.5.0), in a major upgrade with all nodes down.
stage_refuse_other_factor() {
    local have asked
    current_find
    if [ ! -f "$GENERATIONS/${CURRENT:-none}/info" ] || [ "${CURRENT%.quiet}" = "$1" ] || stage_never_started; then return 0; fi
    has_facts "$CURRENT" ||
        fail facts-missing "generation $CURRENT, which is active here, doesn't say how many copies this cluster keeps (was its garage.toml changed by hand?), so nothing is compared with it. Set version and all options back to what they were with it and run pulumi up, which puts it right; then go on"
    generation_info "$CURRENT" replicationfactor have
    sheet_need replicationfactor asked
    [ "$have" = "$asked" ] ||
        fail replication-factor-changed "this cluster keeps $have copies, and $asked are asked for: there is no procedure yet that changes it. Set replicationFactor back to $have"
}

# The engine may differ where a procedure converts: in a hop (hop_conditions judges), or by `roll` inside a series.
# Only where the user has named the engine: a default must not convert anybody's database.
stage_converts() {
    local series asked
    sheet_is convert allowed || return 1
    ledger_get series series
    sheet_get series asked
    ! is_next "$series" "$asked" || return 0
    # On the way back, or on, in a hop nothing converts inside a series.
    ! ledger_is hopstate open || return 1
    case "$series $(ledger_get engine) $(sheet_get engine)" in
        "0.7 "*) return 1 ;;
        *" sled lmdb" | *" sled sqlite" | *" lmdb sqlite" | *" sqlite lmdb") return 0 ;;
    esac
    return 1
}

# A hop's own conditions (engine, settings, space), judged before anything is asked to stop.
stage_hop_conditions() {
    local series asked
    ledger_get series series
    sheet_get series asked
    if is_next "$series" "$asked" && ! stage_never_started; then
        hop_conditions "$GENERATIONS/$1"
    fi
}

# This call is judged by the options that it brings; a call that is refused leaves those that are.
stage_options_asked() {
    local asked name value
    sheet_all option asked
    while read -r name value; do
        case "$name" in *Seconds) fits number "$value" || fail sheet-unfit "what the call says of the option \"$name\" is no number; nothing was touched: run pulumi up again" ;; esac
    done <<<"$asked"
    OPTIONS="$RUN/options.asked"
    printf '%s\n' "$asked" >"$OPTIONS"
}

stage_options() {
    local asked
    rm -f "$OPTIONS"
    OPTIONS="$OPT/options"
    sheet_all option asked
    put_changed "$OPTIONS" "$asked" || fail unwritable "can't write $OPTIONS; is the disk full?"
    balancer_ready
    # How long a daemon gets to stop holds for the one that runs, whoever stops it.
    current_find
    [ ! -f "$GENERATIONS/${CURRENT:-none}/info" ] || write_drop_in "$CURRENT"
}

# The token changes with every change of what is asked for: then all that waits for it runs again. Whether something is half done can't
# be known here: a roll whose connection was lost ends by itself, and leaves nothing open; set back, it would be skipped as unchanged.
stage_record() {
    local changes=() epoch series KV
    if ! ledger_knows epoch || ledger_knows redraw || ! ledger_is staged "$1"; then
        random_word epoch
        changes+=("epoch=$epoch" redraw=)
    fi
    ledger_is staged "$1" || changes+=("staged=$1" "@staged $1")
    series_of "$2" series
    if is_next "$3" "$series" && ! ledger_is target "$2"; then changes+=("target=$2"); fi
    # Who doesn't look after the cluster now doesn't hear what it reaches, and must not judge by it once it does again.
    sheet_get record KV
    if { [ -z "$KV" ] || record_again "$4"; } && ledger_knows record; then changes+=("record="); fi
    ! record_again "$4" || changes+=("again=$4")
    [ "${#changes[@]}" -eq 0 ] || ledger_update "${changes[@]}"
}

# Three generations are kept, and whatever is active, allowed, staged, or named by a backup.
stage_prune() {
    local keep id count=0
    ! ledger_is hopstate open || return 0
    keep=" $(stage_kept) "
    while read -r id; do
        case "$id" in *.quiet | *.tmp | *.old | "") continue ;; esac
        count=$((count + 1))
        if [ "$count" -le 3 ]; then continue; fi
        case "$keep" in *" $id "* | *" $id.quiet "*) continue ;; esac
        rm -rf "${GENERATIONS:?}/$id" "${GENERATIONS:?}/$id.quiet"
    done < <(ls -t "$GENERATIONS")
}

stage_kept() {
    local KV key id manifest backups
    current_find
    printf '%s ' "$CURRENT"
    for key in generation staged rollfrom; do
        ledger_get "$key" id
        printf '%s ' "$id"
    done
    backups_dir backups
    for manifest in "$backups"/*/manifest; do
        [ ! -f "$manifest" ] || { kv_find "$manifest" generation && printf '%s ' "$KV"; }
    done
}
