# shellcheck shell=bash
# migrate HOP GENERATION: this node's data to the new series: conversion or offline migration, ledger, first start with S3 off
# (strategy short: on).
# Every step may be cut short and run again; `migrating` in the ledger says which one was begun. Answers `<node> <series> <attempt>`.

verb_migrate() {
    local generation="${2:-}" state
    if hop_phase migrate "$1"; then
        require_same_release
        migrate_generation "$generation"
        hop_needs halt
        migrate_data "$generation"
        migrate_first_start "$generation"
        hop_pass migrate migrating=
    else
        hop_state state
        [ "$state" != open ] || migrate_patch "$generation"
    fi
    attempt_answer "$(ledger_get node) $HOP_TO"
}

migrate_generation() {
    require_staged "$1"
    [ -f "$GENERATIONS/${1:-none}/info" ] || fail generation-missing "generation ${1:-(none)} does not lie here; run pulumi up, so that stage lays it ready"
    generation_is "$1" series "$HOP_TO" || fail hop-target "generation $1 is not of series $HOP_TO"
    generation_is "$1" release "$SAME_RELEASE" ||
        fail stage-differs "generation $1 is of release $(generation_info "$1" release), the nodes have staged $SAME_RELEASE; run pulumi up without --target"
    [ -f "$GENERATIONS/$1.quiet/info" ] || fail generation-missing "generation $1 has no variant with S3 off; run pulumi up again"
}

# --- the data ---------------------------------------------------------------------------------------------------------

migrate_data() {
    local step
    ledger_get migrating step
    MIGRATE_AGAIN=no
    case "$step" in
        "")
            hop_daemon_down || fail daemon-running "Garage runs on this node, though it is held down; stop it (systemctl stop garage). If it has changed the database, set version back and go forward again"
            migrate_backup_fits
            migrate_backup_counts "$1"
            migrate_old_ones_down
            ledger_update migrating=convert
            ;;
        *)
            say "going on with the step: $step"
            MIGRATE_AGAIN=yes
            ;;
    esac
    ! ledger_is migrating convert || migrate_convert "$1"
    ! ledger_is migrating offline || migrate_offline "$1"
    ledger_is migrating raised || migrate_raise "$1"
}

# Whoever got a daemon started after the backup has written, or received, data that no backup has.
migrate_backup_fits() {
    local backup
    ledger_get backup backup
    backup_proven "$backup" || fail backup-broken "the backup $backup can't be relied on ($LAST_SEEN); set version back to $(ledger_get release) and run pulumi up, then go forward again: that makes a new one"
    backup_is_current "$backup" ||
        fail database-changed "the metadata have changed since the backup $backup ($LAST_SEEN); set version back to $(ledger_get release) and run pulumi up, then go forward again: that makes a new backup"
}

# A conversion is compared with what the daemon held; where the backup doesn't say that, what the conversion loses nobody would miss.
migrate_backup_counts() {
    local had engine
    ledger_get engine engine
    if generation_is "$1" engine "$engine"; then return 0; fi
    migrate_had had || had=""
    case " $had" in *" items."*) return 0 ;; esac
    fail backup-broken "the backup $(ledger_get backup) doesn't say what the daemon held when it was stopped, so its database, converted, could be compared with nothing; set version back to $(ledger_get release) and run pulumi up, then go forward again: that makes a new one. Where that is refused, as other nodes have begun: garage-node restore on all of them"
}

# The old binary with the old secret gets an answer only from an old daemon. All whose port is open are asked at once.
migrate_old_ones_down() {
    local peers list name state said old=()
    peers="$(peers_other)"
    [ -n "$peers" ] || return 0
    ports_list "$peers" rpc list
    ports_look "$list"
    ask_begin
    while read -r name _ _ state; do
        [ "$state" = open ] || continue
        ask "$name" "$(peer_target "$name")" status
        old+=("$name")
    done <<<"$PORTS_SEEN"
    (ask_all)
    for name in ${old[@]+"${old[@]}"}; do
        text_of "$ASKED/$name.status" said
        case "$said" in
            *"$ASK_MARK 0") fail still-running "$name still runs series $HOP_FROM; nothing was started here: stop Garage there, then run pulumi up again" ;;
            *"$ASK_MARK "*) ;;
            *) fail still-running "$name could not be asked, so nobody can say whether it still runs series $HOP_FROM; nothing was started here: run pulumi up again" ;;
        esac
    done
    ask_done
}

# Another engine, where asked for.
migrate_convert() {
    local from to metadata source target converter repair counts had
    ledger_get engine from
    generation_info "$1" engine to
    metadata_path metadata
    if [ "$from" != "$to" ]; then
        source="$(database_path "$from" "$metadata")"
        target="$(database_path "$to" "$metadata")"
        converter="$(hop_converter "$GENERATIONS/$1")"
        [ "$MIGRATE_AGAIN" = no ] || migrate_source_again "$source"
        say "converting the database from $from to $to"
        convert_remove "$target"
        counts="$(garage_alone "the conversion" "$converter" convert-db -a "$from" -i "$source" -b "$to" -o "$target")" ||
            fail convert-failed "converting the database from $from to $to failed; nothing was started: run pulumi up again, or restore $(ledger_get backup)"
        database_exists "$to" "$metadata" || fail convert-failed "converting from $from to $to left no database"
        # Nothing is missing of what the daemon had when it was stopped, by the manifest of the backup.
        { migrate_had had && convert_whole "$had" "$counts"; } ||
            fail convert-failed "after converting from $from to $to $LAST_SEEN; nothing was started: run pulumi up again, or restore $(ledger_get backup). Have clients deleted that much a day before: skipChecks items-fewer"
        migrate_aside "$source" "$metadata/before-$HOP"
    fi
    # Where the hop counts objects anew (0.7 → 0.8); on sled that counts wrong, so once more when sled is left (garage-facts 1.10).
    sheet_need offlinerepair repair
    if [ "$repair" != none ] || [ "$from:${to/sled/}" = "sled:$to" ]; then
        ledger_update "engine=$to" migrating=offline
    else
        ledger_update "engine=$to" migrating=ready
    fi
}

# migrate_had VARIABLE: the figures in the manifest, as words.
migrate_had() {
    local _backup _had
    ledger_get backup _backup
    _had="$(awk '$1 ~ /^(items|gone)\./ { printf "%s=%s ", $1, $2 }' "$_backup/manifest")" || { LAST_SEEN="the manifest of $_backup can't be read"; return 1; }
    give "$_had" "$1"
}

# An earlier try was cut short, and sled changes what it opens: the source comes out of the backup. Copied into a directory that nobody else may
# enter, as the user garage writes in the metadata: in the place itself he could lay links under the copy.
migrate_source_again() {
    local backup part copy="${1%/*}/restore-source"
    ledger_get backup backup
    backup_proven "$backup" || fail backup-broken "the backup $backup can't be relied on ($LAST_SEEN); the way is garage-node restore of another one"
    { rm -rf -- "$copy" && mkdir -m 700 -- "$copy"; } || fail convert-failed "can't make $copy"
    for part in "$1" "$1-wal" "$1-shm"; do
        rm -rf -- "$part"
        [ ! -e "$backup/metadata/${part##*/}" ] ||
            { cp -aT --reflink=auto -- "$backup/metadata/${part##*/}" "$copy/${part##*/}" && mv -T -- "$copy/${part##*/}" "$part"; } ||
            fail convert-failed "can't copy ${part##*/} out of the backup"
    done
    rmdir -- "$copy"
}

migrate_aside() {
    local aside="$2/${1##*/}"
    roots_dir "$2" || fail convert-failed "$2 is not root's own directory (who made it?); nothing was started: move it away, then run pulumi up again"
    convert_remove "$aside"
    convert_move "$1" "$aside"
    sync_tree "$2" || fail convert-failed "the new database can't be written to its disk; nothing was started: is the disk well? Then run pulumi up again, or restore $(ledger_get backup)"
    say "the old database is kept in $2: remove it when you like"
}

migrate_offline() {
    local dir what all
    dir="$GENERATIONS/$1"
    sheet_need offlinerepair all
    [ "$all" != none ] || all=object_counters
    for what in $all; do
        say "offline-repair $what with Garage $(generation_info "$1" release)"
        garage_alone "offline-repair $what" "$dir/garage" -c "$dir/garage.toml" offline-repair --yes "$what" >&2 ||
            fail offline-repair-failed "offline-repair $what failed; nothing was started: run pulumi up again; the backup is $(ledger_get backup)"
    done
    ledger_update migrating=ready
}

# From here the data are of the new series, whatever happens: the ledger says so before the first start.
migrate_raise() {
    local before release first
    ledger_is migrating ready || fail ledger-unusable "the ledger's step \"$(ledger_get migrating)\" is none of migrate's"
    ledger_get release before
    generation_info "$1" release release
    hop_first_generation "$1" first
    ledger_update migrating=raised "series=$HOP_TO" "previous=$before" "release=$release" "generation=$first" held= \
        "@$HOP: data raised to series $HOP_TO, Garage $release"
    say "the ledger says series $HOP_TO now"
}

# --- the daemon -------------------------------------------------------------------------------------------------------

migrate_first_start() {
    local release
    generation_info "$1" release release
    ledger_is release "$release" || migrate_release "$1"
    hop_start_first "$1"
    say "Garage $release runs"
}

# Another patch release than the one that the ledger was raised to: only a higher one.
migrate_release() {
    local before release first
    ledger_get release before
    generation_info "$1" release release
    hop_first_generation "$1" first
    release_lower "$before" "$release" || fail release-lower "this node's data were opened by, or raised to, $before; $release is lower"
    ledger_update "previous=$before" "release=$release" "generation=$first"
}

# migrate has passed; a higher patch release, because the first one is broken. The ledger names it from before the old one's stop, so what runs decides.
migrate_patch() {
    ! migrate_runs "$1" || return 0
    require_same_release
    migrate_generation "$1"
    ledger_is release "$(generation_info "$1" release)" || migrate_release "$1"
    say "$1 of series $HOP_TO is asked for, and doesn't run here"
    ! hop_short || migrate_turn
    hop_start_first "$1"
    history_add "$HOP: switched to $1"
}

# On the short way clients are on, so all others are let go first, in the order of their names. One that doesn't come isn't waited for longer
# than it may take: what is asked for may be what mends it.
migrate_turn() {
    local limit peers name self before=0
    ledger_get node self
    peers_in peers
    while read -r name _ && [ "$name" != "$self" ]; do before=$((before + 1)); done <<<"$peers"
    option healthTimeoutSeconds 120 limit
    waits_only wait_judge $((limit * before)) "this node's turn" turn "release=$SAME_RELEASE" || say "goes on ($LAST_SEEN)"
}

# migrate_runs GENERATION: it serves, with S3 off, or on where `resume` was cut short.
migrate_runs() {
    current_find
    case "$CURRENT" in "$1" | "$1.quiet") ;; *) return 1 ;; esac
    ledger_is generation "$CURRENT" && wait_until cliTimeoutSeconds=20 "Garage to serve" daemon_serves
}
