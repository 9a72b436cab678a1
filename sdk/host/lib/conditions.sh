# shellcheck shell=bash
# What must hold on this node before a hop may begin. Only looks; `stage` asks while everything still runs, on every node.

# hop_conditions DIR: DIR is the generation of the new series (binary, garage.toml, info).
hop_conditions() {
    local dir="$1" metadata engine asked extra=0
    metadata_path metadata
    ledger_get engine engine
    kv_get "$dir/info" engine asked
    # Once migrate has begun the database is on its way; once halt has passed the room was there.
    ! ledger_knows migrating || return 0
    database_exists "$engine" "$metadata" ||
        fail database-missing "there is no $engine database in $metadata, where the ledger says there is one; is the volume mounted?"
    condition_files "$metadata"
    condition_engine "$dir" "$engine" "$asked"
    condition_settings "$dir"
    if ledger_has passed halt && ledger_is hopstate open; then return 0; fi
    [ "$engine" = "$asked" ] || extra="$(database_kb "$engine" "$metadata")"
    # The snapshot before the stop lies beside the database.
    ! has_snapshots "$(ledger_get release)" || extra=$((extra + $(database_kb "$engine" "$metadata")))
    backup_space "$extra"
}

# The cold backup copies files and directories; a database behind a link would not be in it. The daemon runs, so files may go while they are
# looked at: errors count when the backup itself looks again (metadata_sums).
condition_files() {
    local odd
    odd="$(metadata_odd "$1" 2>/dev/null | head -n 1)" || true
    [ -z "$odd" ] ||
        fail metadata-links "$1/${odd#./} is neither a file nor a directory (or its name is no name): a backup would not hold what it leads to. Stop garage on this node alone, move what is there into its place, or mount it there; then run pulumi up again"
}

# `garage meta snapshot` came with 0.9.4 (garage-facts 3.1).
has_snapshots() {
    case "$(series_of "$1")" in
        0.7 | 0.8) return 1 ;;
        0.9) ! release_lower "$1" 0.9.4 ;;
    esac
}

# engine_known BINARY ENGINE: the binary has it compiled in. 0.7 says nothing, and has sled only.
engine_known() {
    local version
    version="$(as_garage timeout -k 2 15 "$1" --version 2>/dev/null)" || return 1
    case "$version" in
        *"[features:"*) case "${version//[\],]/ } " in *" $2 "*) return 0 ;; *) return 1 ;; esac ;;
        *) [ "$2" = sled ] ;;
    esac
}

condition_engine() {
    local dir="$1" engine="$2" asked="$3" converter
    case "$(kv_get "$dir/info" series):$asked" in
        1:sled | 2:sled)
            fail engine-unreadable "series $(kv_get "$dir/info" series) can't read sled; set dbEngine to \"lmdb\": the upgrade converts it"
            ;;
    esac
    engine_known "$dir/garage" "$asked" ||
        fail engine-unsupported "this build of Garage $(kv_get "$dir/info" release) has no $asked; use another build (binary), or set dbEngine to \"$engine\""
    [ "$engine" != "$asked" ] || return 0
    converter="$(hop_converter "$dir")"
    engine_known "$converter" "$engine" && engine_known "$converter" "$asked" && return 0
    fail engine-unsupported "dbEngine $engine → $asked: $converter, which would convert it, does not have both; use another build (binary)"
}

# The binary that converts: the old series' one, which surely reads the old data; 0.7 can't convert, so there it is the new one.
hop_converter() {
    case "$(ledger_get series)" in
        0.7) printf '%s\n' "$1/garage" ;;
        *) printf '%s\n' "$OPT/current/garage" ;;
    esac
}

# Garage itself reads the configuration: `node id` needs nothing else, and starts nothing. Its last lines name the setting and what is wrong.
condition_settings() {
    local dir="$1" said="" refused=no
    ! { [ "$(kv_get "$dir/info" series)" = 2 ] && grep -Eq '^[[:space:]]*"?replication_mode"?[[:space:]]*=' "$dir/garage.toml"; } ||
        fail setting-refused "settings.replication_mode: series 2 refuses it; remove it (replicationFactor says the same)"
    if adopt_runs_old; then condition_apart "$dir" dir; fi
    said="$(as_garage timeout -k 2 20 "$1/garage" -c "$dir/garage.toml" node id -q 2>&1)" || refused=yes
    rm -rf -- "$OPT/settings"
    [ "$refused" = no ] ||
        fail setting-refused "Garage $(kv_get "$1/info" release) refuses the configuration: $(tail -n 4 <<<"$said" | paste -sd ' ' -)"
}

# condition_apart DIR VARIABLE: the same configuration on a copy of the public key, for a user who can't reach the old daemon's directory yet (root's, or below
# /var/lib/private).
condition_apart() {
    local _apart="$OPT/settings" _metadata _text _key
    metadata_path _metadata
    # The old daemon's user may put a link there at any time: read with no more rights than his, from where only root may get to.
    _key="$(cd -P -- "$_metadata" && as_daemon timeout 10 head -c 32 -- ./node_key.pub | base64 -w 0)" || _key=""
    [ "${#_key}" = 44 ] || fail node-key "$_metadata/node_key.pub isn't a key that the old daemon's user can read; nothing was touched: put it back from a backup"
    _text="$(sed "s|^metadata_dir = .*|metadata_dir = \"$_apart\"|" "$1/garage.toml")"
    garage_user
    rm -rf -- "$_apart"
    { mkdir -m 711 -- "$_apart" && put_output "$_apart/node_key.pub" 400 "$GARAGE_UID:$GARAGE_GID" base64 -d <<<"$_key" &&
        put_file "$_apart/garage.toml" "$_text" 400 "$GARAGE_UID:$GARAGE_GID"; } || { rm -rf -- "$_apart" && fail unwritable "can't write to $OPT; is /opt full?"; }
    give "$_apart" "$2"
}
