# shellcheck shell=bash
# admit: may the daemon start? Asked by systemd before every start, as root, read-only, without the lock. A daemon on
# another engine's or series' metadata comes up healthy, empty or both, and later destroys data: so it never starts.

verb_admit() {
    local generation
    admitted || fail "admit-${LAST_SEEN%%:*}" "garage must not start: ${LAST_SEEN#*:}"
    current_generation generation
    say "admitted: Garage $(generation_info "$generation" release), generation $generation"
}

# All of these: the daemon may start; else LAST_SEEN is the first reason as `<id>:<words>`.
admitted() {
    local generation
    volumes_hold || { LAST_SEEN="volume:$LAST_SEEN; run pulumi up, which mounts it"; return 1; }
    identity_holds || { LAST_SEEN="identity:$LAST_SEEN"; return 1; }
    ! left_find || { LAST_SEEN="left:this node has left its machine, which is to be changed or replaced; pulumi up brings it back"; return 1; }
    ! ledger_knows held || { LAST_SEEN="held:this node is held: $(ledger_get held); pulumi up goes on with it"; return 1; }
    current_generation generation
    if [ -z "$generation" ] || ! ledger_is generation "$generation"; then
        LAST_SEEN="generation:the active generation is ${generation:-none}, the ledger allows $(ledger_get generation); run pulumi up"
        return 1
    fi
    admit_generation "$generation" && admit_data
}

# The generation fits the ledger, and its files are what stage made.
admit_generation() {
    local dir="$GENERATIONS/$1" key has sum
    [ -f "$dir/info" ] || { LAST_SEEN="generation:generation $1 is gone; run pulumi up"; return 1; }
    for key in series engine metadata; do
        ledger_get "$key" has
        generation_is "$1" "$key" "$has" ||
            { LAST_SEEN="$key:generation $1 is for $key $(generation_info "$1" "$key"), the data here are $has; see docs/upgrading.md"; return 1; }
    done
    { file_sha256 "$dir/garage" sum && generation_is "$1" sha256 "$sum"; } ||
        { LAST_SEEN="binary:the binary $dir/garage is not the one that was staged; run pulumi up with another reapply for this node"; return 1; }
    has_facts "$1" ||
        { LAST_SEEN="configuration:generation $1 doesn't say all that it is, so nothing can be compared with it; run pulumi up with another reapply for this node"; return 1; }
    plain_files "$dir/garage.toml" || { LAST_SEEN="configuration:$LAST_SEEN"; return 1; }
    toml_as_recorded "$1" ||
        { LAST_SEEN="configuration:$dir/garage.toml was changed by hand; set the option in the program instead, then run pulumi up"; return 1; }
}

# The volumes are there, with the database that the ledger speaks of.
admit_data() {
    local path paths mark engine metadata
    ledger_all datamark paths
    while read -r path; do
        [ -n "$path" ] || continue
        plain_files "$ROOT$path/garage-node.data" || { LAST_SEEN="data:$LAST_SEEN"; return 1; }
        mark_of "$path" mark
        ledger_is id "$mark" ||
            { LAST_SEEN="data:$path is not this node's data directory (no garage-node.data with its id in it): mount the data volume"; return 1; }
    done <<<"$paths" || { LAST_SEEN="data:the data directories could not be looked at"; return 1; }
    ledger_is born yes || return 0
    ledger_get engine engine
    metadata_path metadata
    database_exists "$engine" "$metadata" ||
        { LAST_SEEN="database:there is no $engine database in $(ledger_get metadata), and this node has had one: Garage would start empty. Mount the volume, or put a backup back: garage-node restore"; return 1; }
}
