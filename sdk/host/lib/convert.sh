# shellcheck shell=bash
# Another database engine inside a series (dbEngine, class *converting*): `roll` calls this with the daemon stopped. The old database is
# kept aside as <database>.before-<time>; nobody but the user removes it. Tried: an engine changed without this passes every health
# check and leaves an empty store.
# Ledger key: `converted <old engine> <where the old database is kept>`, from the change until the roll is done.

# convert_needed TARGET: it has another engine than the data.
convert_needed() {
    local engine
    ledger_get engine engine
    ! generation_is "$1" engine "$engine"
}

# convert_may TARGET: a binary that reads both is here, and there is room. Refuses while nothing has been stopped. Sets CONVERT_HAD to the
# figures of the daemon, if it runs: its last word, as near to the stop as it gets.
convert_may() {
    local from to need free
    CONVERT_HAD=""
    [ "$GATE_UP" = no ] || gate_figures CONVERT_HAD
    ledger_get engine from
    generation_info "$1" engine to
    [ -n "$(convert_binary "$1")" ] ||
        fail engine-unsupported "dbEngine $from → $to: neither the Garage that runs nor the new one has both compiled in; use another build (binary); nothing was touched"
    need=$(($(database_kb "$from" "$(metadata_path)") * 11 / 10))
    free="$(free_kb "$(metadata_path)")"
    [ "$free" -ge "$need" ] ||
        fail space-convert "dbEngine $from → $to: the new database needs up to $need KiB beside the old one, $free KiB are free in $(ledger_get metadata); nothing was touched"
}

# The binary that converts: the one that wrote the old database, else the new one.
convert_binary() {
    local id binary from to
    ledger_get engine from
    generation_info "$1" engine to
    for id in "$(ledger_get rollfrom)" "$(current_generation)" "$1"; do
        binary="$GENERATIONS/$id/garage"
        if [ -n "$id" ] && [ -x "$binary" ] && engine_known "$binary" "$from" && engine_known "$binary" "$to"; then
            printf '%s\n' "$binary"
            return 0
        fi
    done
}

# convert_database TARGET BEFORE: converts, compares with what the daemon had (CONVERT_HAD; BEFORE, where it was down already), puts the old
# database aside. May be called again after it was cut short: until the ledger names the new engine, what has been made so far is made anew. 1
# with the reason in LAST_SEEN.
convert_database() {
    local from to metadata source goal binary counts aside
    if ! convert_needed "$1"; then
        convert_aside
        return 0
    fi
    ledger_get engine from
    generation_info "$1" engine to
    metadata_path metadata
    source="$(database_path "$from" "$metadata")"
    goal="$(database_path "$to" "$metadata")"
    binary="$(convert_binary "$1")"
    database_exists "$from" "$metadata" || { LAST_SEEN="there is no $from database in $(ledger_get metadata)"; return 1; }
    say "converting the database from $from to $to"
    convert_remove "$goal.converting"
    counts="$(garage_alone "the conversion" "$binary" convert-db -a "$from" -i "$source" -b "$to" -o "$goal.converting")" ||
        { LAST_SEEN="converting the database from $from to $to failed"; return 1; }
    convert_whole "${CONVERT_HAD:-$2}" "$counts" skipChecks= || { LAST_SEEN="after converting from $from to $to $LAST_SEEN"; return 1; }
    # It takes minutes; a daemon that somebody started meanwhile writes to the old database.
    daemon_stopped || { LAST_SEEN="garage was started meanwhile"; return 1; }
    { convert_move "$goal" "$goal.left-$(date -u +%Y%m%dT%H%M%SZ)" && convert_move "$goal.converting" "$goal"; } ||
        { LAST_SEEN="the new $to database can't be moved into its place"; return 1; }
    sync_tree "$metadata" || { LAST_SEEN="the new $to database can't be written to its disk"; return 1; }
    aside="$source.before-$(date -u +%Y%m%dT%H%M%SZ)"
    ledger_update "engine=$to" "converted=$from $aside" "@converted the database from $from to $to"
    convert_aside
}

# `object:table: finished importing, 30 items` → `items.object=30`
convert_items() {
    sed -nE 's/^(bucket_v2|key|object|version|block_ref):table: finished importing, ([0-9]+) items$/items.\1=\2/p' | sed 's/^items.bucket_v2=/items.bucket=/'
}

# convert_whole HAD COUNTS [FACT]: by what the conversion says of each table, in COUNTS, nothing is missing of what the daemon HAD (words
# `items.<table>=N`, `gone.<table>=N`). Else 1, and LAST_SEEN says what. Without figures (the daemon was down, the verb cut short) it must at
# least speak of tables. FACT `skipChecks=`: whatever the user has waived.
convert_whole() {
    local counts
    counts="$(convert_items <<<"$2")" || counts=""
    judge converted "had=$1" "counts=${counts//$'\n'/ }" ${3+"$3"}
}

convert_aside() {
    local from aside source metadata
    ledger_get converted from
    read -r from aside <<<"$from"
    [ -n "$from" ] || return 0
    metadata_path metadata
    source="$(database_path "$from" "$metadata")"
    [ -e "$source" ] || return 0
    # Where it is, it is in nobody's way.
    convert_move "$source" "$aside" || { say "the old database can't be moved aside, it stays: $source"; return 0; }
    sync_tree "$metadata" || say "$metadata can't be written to its disk; is that well?"
    say "the old database is kept: $aside (remove it when you like)"
}

# convert_undo: the roll goes back, and with it the database as it was when the daemon was stopped; what was written meanwhile comes from
# the other nodes, as after any outage.
convert_undo() {
    local from aside engine metadata
    read -r from aside <<<"$(ledger_get converted)"
    [ -n "$from" ] || return 0
    metadata_path metadata
    ledger_get engine engine
    [ ! -e "$aside" ] || convert_move "$aside" "$(database_path "$from" "$metadata")" ||
        fail database-missing "the old $from database can't be moved back from $aside; nothing was started"
    database_exists "$from" "$metadata" || fail database-missing "the old $from database is neither in place nor in $aside; nothing was started"
    ledger_update "engine=$from" converted= "@put the $from database back"
    convert_move "$(database_path "$engine" "$metadata")" "$(database_path "$engine" "$metadata").left-$(date -u +%Y%m%dT%H%M%SZ)" ||
        say "the $engine database can't be moved aside, it stays"
    say "the database of before, $from, is in place again"
}

# SQLite may have two files beside the database. Asked in conditions, where errexit is off.
convert_move() {
    local end
    for end in "" -wal -shm; do
        [ ! -e "$1$end" ] || mv -T -- "$1$end" "$2$end" || return 1
    done
}

convert_remove() {
    rm -rf -- "$1" "$1-wal" "$1-shm"
}
