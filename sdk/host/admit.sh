# shellcheck shell=bash
# admit: may the daemon start? Asked by systemd before every start, as root, read-only, without the lock. A daemon on
# another engine's or series' metadata comes up healthy, empty or both, and later destroys data: so it never starts.

verb_admit() {
    local trouble
    trouble="$(admit_trouble)"
    [ -z "$trouble" ] || fail "admit-${trouble%%:*}" "garage must not start: ${trouble#*:}"
    say "admitted: Garage $(generation_info "$(current_generation)" release), generation $(current_generation)"
}

# Prints the first reason as `<id>:<words>`; nothing when the daemon may start.
admit_trouble() {
    local generation trouble
    trouble="$(identity_trouble)"
    [ -z "$trouble" ] || { echo "identity:$trouble" && return; }
    ! ledger_knows held || { echo "held:this node is held: $(ledger_get held); pulumi up goes on with it" && return; }
    generation="$(current_generation)"
    if [ -z "$generation" ] || [ "$generation" != "$(ledger_get generation)" ]; then
        echo "generation:the active generation is ${generation:-none}, the ledger allows $(ledger_get generation); run pulumi up" && return
    fi
    trouble="$(admit_generation "$generation")"
    [ -z "$trouble" ] || { echo "$trouble" && return; }
    admit_data
}

# Does the generation fit the ledger, and are its files what stage made?
admit_generation() {
    local dir="$GENERATIONS/$1" key
    [ -f "$dir/info" ] || { echo "generation:generation $1 is gone; run pulumi up" && return; }
    for key in series engine metadata; do
        generation_is "$1" "$key" "$(ledger_get "$key")" || {
            echo "$key:generation $1 is for $key $(generation_info "$1" "$key"), the data here are $(ledger_get "$key"); see docs/upgrading.md" && return
        }
    done
    [ "$(file_sha256 "$dir/garage")" = "$(generation_info "$1" sha256)" ] ||
        { echo "binary:the binary $dir/garage is not the one that was staged; run pulumi up with another reapply for this node" && return; }
    toml_as_recorded "$1" ||
        { echo "configuration:$dir/garage.toml was changed by hand; set the option in the program instead, then run pulumi up" && return; }
    admit_toml "$1" "$dir/garage.toml"
}

# The lines that decide which data are opened, read from the file itself.
admit_toml() {
    local engine metadata
    engine="$(toml_string "$2" db_engine)"
    # 0.7 has sled only, and no such key.
    ! generation_is "$1" series 0.7 || engine="$(generation_info "$1" engine)"
    [ "$engine" = "$(generation_info "$1" engine)" ] ||
        { echo "engine:garage.toml says db_engine \"$engine\", the data here are $(ledger_get engine); run pulumi up" && return; }
    metadata="$(toml_string "$2" metadata_dir)"
    [ "$metadata" = "$(generation_info "$1" metadata)" ] ||
        { echo "metadata:garage.toml says metadata_dir \"$metadata\", the ledger $(ledger_get metadata); run pulumi up" && return; }
    [ "$(toml_data_dirs "$2" | sort)" = "$(kv_all "$GENERATIONS/$1/info" data | sort)" ] ||
        echo "data:garage.toml's data_dir is not what was staged; run pulumi up"
}

# Are the volumes there, with the database that the ledger speaks of?
admit_data() {
    local path id
    id="$(ledger_get id)"
    while read -r path; do
        [ -z "$path" ] || [ "$(text_of "$ROOT$path/garage-node.data")" = "$id" ] ||
            { echo "data:$path is not this node's data directory (no garage-node.data with its id in it): mount the data volume" && return; }
    done <<<"$(ledger_all datamark)"
    ledger_is born yes || return 0
    database_exists "$(ledger_get engine)" "$(metadata_path)" ||
        echo "database:there is no $(ledger_get engine) database in $(ledger_get metadata), and this node has had one: Garage would start empty. Mount the volume, or put a backup back: garage-node restore"
}
