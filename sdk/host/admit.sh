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
    identity_holds || { LAST_SEEN="identity:$LAST_SEEN"; return 1; }
    ! ledger_knows held || { LAST_SEEN="held:this node is held: $(ledger_get held); pulumi up goes on with it"; return 1; }
    current_generation generation
    if [ -z "$generation" ] || ! ledger_is generation "$generation"; then
        LAST_SEEN="generation:the active generation is ${generation:-none}, the ledger allows $(ledger_get generation); run pulumi up"
        return 1
    fi
    admit_generation "$generation" && admit_toml "$generation" "$GENERATIONS/$generation/garage.toml" && admit_data
}

# The generation fits the ledger, and its files are what stage made.
admit_generation() {
    local dir="$GENERATIONS/$1" key has sum
    [ -f "$dir/info" ] || { LAST_SEEN="generation:generation $1 is gone; run pulumi up"; return 1; }
    for key in series engine metadata; do
        ledger_get "$key" has
        generation_is "$1" "$key" "$has" || {
            LAST_SEEN="$key:generation $1 is for $key $(generation_info "$1" "$key"), the data here are $has; see docs/upgrading.md"
            return 1
        }
    done
    { file_sha256 "$dir/garage" sum && generation_is "$1" sha256 "$sum"; } ||
        { LAST_SEEN="binary:the binary $dir/garage is not the one that was staged; run pulumi up with another reapply for this node"; return 1; }
    plain_files "$dir/garage.toml" || { LAST_SEEN="configuration:$LAST_SEEN"; return 1; }
    toml_as_recorded "$1" ||
        { LAST_SEEN="configuration:$dir/garage.toml was changed by hand; set the option in the program instead, then run pulumi up"; return 1; }
}

# The lines that decide which data are opened, read from the file itself.
admit_toml() {
    local engine metadata data staged
    toml_string "$2" db_engine engine
    # 0.7 has sled only, and no such key.
    ! generation_is "$1" series 0.7 || generation_info "$1" engine engine
    generation_is "$1" engine "$engine" ||
        { LAST_SEEN="engine:garage.toml says db_engine \"$engine\", the data here are $(ledger_get engine); run pulumi up"; return 1; }
    toml_string "$2" metadata_dir metadata
    generation_is "$1" metadata "$metadata" ||
        { LAST_SEEN="metadata:garage.toml says metadata_dir \"$metadata\", the ledger $(ledger_get metadata); run pulumi up"; return 1; }
    { data="$(toml_data_dirs "$2")" && lines_sorted "$data" data && kv_all "$GENERATIONS/$1/info" data staged && lines_sorted "$staged" staged &&
        [ "$data" = "$staged" ]; } ||
        { LAST_SEEN="data:garage.toml's data_dir is not what was staged; run pulumi up"; return 1; }
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
    done <<<"$paths" || {
        LAST_SEEN="data:the data directories could not be looked at"
        return 1
    }
    ledger_is born yes || return 0
    ledger_get engine engine
    metadata_path metadata
    database_exists "$engine" "$metadata" || {
        LAST_SEEN="database:there is no $engine database in $(ledger_get metadata), and this node has had one: Garage would start empty. Mount the volume, or put a backup back: garage-node restore"
        return 1
    }
}
