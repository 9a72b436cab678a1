# shellcheck shell=bash
# What a generation says of itself: its `info`, and the seal on its garage.toml there. No verb reads a fact out of garage.toml but facts_kept,
# once, in what 0.1.0 rendered.

# has_facts ID: it says all that today's verbs ask. One that doesn't is never taken for equal to another.
has_facts() {
    ! generation_is "$1" replicationfactor "" && ! generation_is "$1" rpctimeout "" && [ -f "$GENERATIONS/$1/template" ]
}

# The file is what `info` says; during a rewrite (toml_rewrite) info names both the old and the new one.
toml_as_recorded() {
    local sum
    small_sha256 "$GENERATIONS/$1/garage.toml" sum || return
    [ -n "$sum" ] && kv_has "$GENERATIONS/$1/info" tomlsha256 "$sum"
}

# toml_rewrite GENERATION TEXT: puts TEXT in the place of the generation's garage.toml. A crash at any point leaves a file that `info` knows.
toml_rewrite() {
    local file="$GENERATIONS/$1/garage.toml" old new
    small_sha256 "$file" old || true
    new="$(printf '%s\n' "$2" | sha256sum)"
    new="${new%% *}"
    if [ "$new" != "$old" ]; then
        garage_user
        toml_record "$1" "$old" "$new"
        put_file "$file" "$2" 400 "$GARAGE_UID:$GARAGE_GID" || fail unwritable "can't write $file; is the disk full?"
    fi
    toml_record "$1" "$new"
}

toml_record() {
    local file="$GENERATIONS/$1/info" text
    shift
    text="$(sed '/^tomlsha256 /d' "$file" && printf 'tomlsha256 %s\n' "$@")"
    info_write "$file" "$text"
}

# info_write FILE TEXT
info_write() {
    put_changed "$1" "$2" || fail unwritable "can't write $1; is the disk full?"
}

# info_facts ID: the lines of its info that say what it is; all others say how it came here.
info_facts() {
    grep -E "^$FACTS " "$GENERATIONS/$1/info"
}
FACTS='(release|series|engine|metadata|data|replicationfactor|rpctimeout|[a-z0-9]+port|[a-z0-9]+bind)'

# facts_write ID TEMPLATE FACTS
facts_write() {
    local dir="$GENERATIONS/$1" text
    info_write "$dir/template" "$2"
    text="$(printf '%s\n' "$3" && grep -v -E "^$FACTS " "$dir/info")"
    info_write "$dir/info" "$text"
}

# The generations of 0.1.0 that lie here get their facts, and all of them to the user garage, should he have another number now.
setup_facts() {
    local dir id
    garage_user
    find "$GENERATIONS" -mindepth 2 -maxdepth 2 -name garage.toml ! -user "$GARAGE_UID" -exec chown "$GARAGE_UID:$GARAGE_GID" {} +
    for dir in "$GENERATIONS"/*/; do
        id="${dir%/}"
        id="${id##*/}"
        case "$id" in *.tmp | *.old | "*") continue ;; esac
        has_facts "$id" || facts_kept "$id" || say "note: generation $id doesn't say what it is, and its garage.toml isn't as it was staged; it is not used until it is staged again"
    done
}

# facts_kept ID: from its own garage.toml, where that is what stage made and sealed, and says of the data what info says. 1 where it isn't.
facts_kept() {
    local dir="$GENERATIONS/$1" line lines=() template="" copies="" timeout=300000 section="" engine="" metadata="" addresses=0 k2v="" facts
    [ -f "$dir/info" ] && plain_files "$dir/garage.toml" && toml_as_recorded "$1" || return 1
    mapfile -t lines <"$dir/garage.toml"
    for line in ${lines[@]+"${lines[@]}"}; do
        case "$section:$line" in
            *:\[*) section="$line" ;;
            :"bootstrap_peers = ["*"]") line='bootstrap_peers = [@BOOTSTRAP_PEERS@]' addresses=$((addresses + 1)) ;;
            :'rpc_public_addr = "'*'"') line='rpc_public_addr = "@RPC_PUBLIC_ADDR@"' addresses=$((addresses + 1)) ;;
            :"replication_factor = "*) copies="${line#*= }" ;;
            :'replication_mode = "'*'"') copies="${line#*\"}" copies="${copies%%[\"-]*}" ;;
            :"rpc_timeout_msec = "*) timeout="${line#*= }" ;;
            :'db_engine = "'*'"') engine="${line#*\"}" engine="${engine%\"}" ;;
            :'metadata_dir = "'*'"') metadata="${line#*\"}" metadata="${metadata%\"}" ;;
            "[k2v_api]:api_bind_addr = "'"'*:*'"') k2v="${line#*\"}" k2v="${k2v%\"}" ;;
        esac
        template+="$line"$'\n'
    done
    # 0.7 has sled only, and no such key.
    ! generation_is "$1" series 0.7 || generation_info "$1" engine engine
    [ "$addresses" = 2 ] && fits number "$copies" && fits number "$timeout" && generation_is "$1" engine "$engine" && generation_is "$1" metadata "$metadata" || return 1
    fits number "${k2v##*:}" || k2v=""
    facts="$(info_facts "$1" | grep -v -E '^(replicationfactor|rpctimeout|k2vport|k2vbind) ')"
    facts+=$'\n'"replicationfactor $copies"$'\n'"rpctimeout $timeout"${k2v:+$'\n'"k2vport ${k2v##*:}"$'\n'"k2vbind ${k2v%:*}"}
    facts_write "$1" "${template%$'\n'}" "$facts"
}
