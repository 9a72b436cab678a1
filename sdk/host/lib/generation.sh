# shellcheck shell=bash
# How stage makes a generation: one immutable pair of binary and configuration, there whole or not at all.

stage_generation() {
    local id="$1" release="$2" arch="$3" dir sum text quiet
    case "$id" in *[!A-Za-z0-9.-]* | "" | .* | *.quiet | *.tmp) fail sheet-incomplete "\"$id\" is no generation" ;; esac
    dir="$GENERATIONS/$id"
    if generation_whole "$id" && generation_whole "$id.quiet"; then
        generation_refuse_other "$id"
        text="$(render toml)" && quiet="$(render quiet)" || exit 1
        toml_rewrite "$id" "$text"
        toml_rewrite "$id.quiet" "$quiet"
        return 0
    fi
    rm -rf "$dir.tmp" "$dir.quiet.tmp"
    install -d -m 755 "$GENERATIONS" "$dir.tmp" "$dir.quiet.tmp"
    stage_binary "$dir.tmp/garage" "$release" "$arch"
    sum="$(file_sha256 "$dir.tmp/garage")"
    ln "$dir.tmp/garage" "$dir.quiet.tmp/garage"
    generation_fill "$dir.tmp" toml no "$arch" "$sum"
    generation_fill "$dir.quiet.tmp" quiet yes "$arch" "$sum"
    generation_place "$id"
    generation_place "$id.quiet"
    sync "$GENERATIONS"
    say "staged Garage $release ($id)"
}

# Both files are there and are what info says.
generation_whole() {
    [ -f "$GENERATIONS/$1/info" ] &&
        [ "$(file_sha256 "$GENERATIONS/$1/garage")" = "$(generation_info "$1" sha256)" ] &&
        [ -f "$GENERATIONS/$1/garage.toml" ]
}

# An id stands for one set of plain values; the addresses and secrets in it may change, nothing else.
generation_refuse_other() {
    [ "$(generation_facts)" = "$(grep -E '^(release|series|engine|metadata|data|[a-z0-9]+port|[a-z0-9]+bind) ' "$GENERATIONS/$1/info")" ] ||
        fail generation-differs "generation $1 lies here with other values than those asked for; it was not touched (was $GENERATIONS/$1/info edited?)"
}

# A generation that is broken is made anew; the one that runs keeps its place until the new one is whole.
generation_place() {
    rm -rf "$GENERATIONS/$1.old"
    [ ! -d "$GENERATIONS/$1" ] || mv -T "$GENERATIONS/$1" "$GENERATIONS/$1.old"
    mv -T "$GENERATIONS/$1.tmp" "$GENERATIONS/$1"
    rm -rf "$GENERATIONS/$1.old"
}

generation_fill() {
    local dir="$1" template="$2" quiet="$3" arch="$4" sum="$5" text
    text="$(render "$template")" || exit 1
    printf '%s\n' "$text" >"$dir/garage.toml"
    own_secret_file "$dir/garage.toml"
    generation_describe "$dir" "$quiet" "$arch" "$sum" >"$dir/info"
    chmod 600 "$dir/info"
    sync "$dir/garage" "$dir/garage.toml" "$dir/info" "$dir"
}

generation_facts() {
    local key word path
    for key in release series engine metadata; do
        printf '%s %s\n' "$key" "$(sheet_need "$key")"
    done
    while IFS= read -r path; do printf 'data %s\n' "$path"; done < <(sheet_all data)
    for word in $(sheet_need ports); do
        printf '%sport %s\n' "${word%%=*}" "${word#*=}"
    done
    for word in $(sheet_need binds); do
        printf '%sbind %s\n' "${word%%=*}" "${word#*=}"
    done
}

generation_describe() {
    generation_facts
    printf 'sha256 %s\ntomlsha256 %s\narch %s\nquiet %s\nsource %s\n' \
        "$4" "$(file_sha256 "$1/garage.toml")" "$3" "$2" "$(download_mark "$3")"
}

# ── configuration ────────────────────────────────────────────────────────────────────────────────
# render toml|quiet: the template of the sheet with this node's addresses and secrets. Runs in a substitution, where errexit is off.
render() {
    local text own public peers series rpc=rpc_secret
    text="$(sheet_need "$1" | base64 -d)" && series="$(sheet_need series)" && own="$(sheet_need public)" || return 1
    [ "$series" != 0.8 ] || rpc=rpc_secret_0.8
    public="$(address "$own" "$series")" && peers="$(bootstrap_peers "$series")" || return 1
    text=${text//'"@BOOTSTRAP_PEERS@"'/"$peers"}
    text=${text//@BOOTSTRAP_PEERS@/"$peers"}
    text=${text//@RPC_PUBLIC_ADDR@/"$public"}
    text=${text//@RPC_SECRET@/"$(toml_escaped "$rpc")"}
    text=${text//@ADMIN_TOKEN@/"$(toml_escaped admin_token)"}
    text=${text//@METRICS_TOKEN@/"$(toml_escaped metrics_token)"}
    printf '%s\n' "$text"
}

toml_escaped() {
    local value
    value="$(text_of "$SECRETS/$1")"
    value=${value//\\/\\\\}
    printf '%s\n' "${value//\"/\\\"}"
}

# bootstrap_peers SERIES: all nodes of the cluster, so that a full stop of all of them heals by itself.
bootstrap_peers() {
    local id addr rest list=""
    while read -r _ id addr rest; do
        [ -n "$addr" ] || continue
        addr="$(address "$addr" "$1")" || return 1
        list="$list${list:+, }\"$id@$addr\""
    done <<<"$(sheet_all peer)"
    printf '%s\n' "$list"
}

# address HOST:PORT SERIES: 0.7 refuses names where an address belongs; from 0.8 on they are resolved by Garage itself.
address() {
    local host="${1%:*}" ip
    if [ "$2" != 0.7 ] || is_ip "$host"; then
        printf '%s\n' "$1"
        return
    fi
    ip="$(getent ahostsv4 "$host" | awk 'NR == 1 { print $1 }')" || true
    [ -n "$ip" ] || fail address "Garage 0.7 needs an IP address, and $host can't be resolved here"
    printf '%s:%s\n' "$ip" "${1##*:}"
}

is_ip() {
    case "$1" in
        \[*\]) return 0 ;;
        *[!0-9.]* | "") return 1 ;;
    esac
}

# New addresses reach the generation that runs too (Garage reads them at its next start), but nothing else of it changes.
stage_addresses() {
    local id seen=" $1 $1.quiet " text
    for id in "$(current_generation)" "$(ledger_get generation)"; do
        case "$seen" in *" $id "*) continue ;; esac
        seen="$seen$id "
        if [ -z "$id" ] || ! generation_whole "$id" || ! toml_as_recorded "$id"; then continue; fi
        text="$(addresses_replaced "$id")" || exit 1
        toml_rewrite "$id" "$text"
    done
}

# addresses_replaced GENERATION: its garage.toml, with addresses as its own series takes them.
addresses_replaced() {
    local own public peers series
    series="$(generation_info "$1" series)" && own="$(sheet_need public)" || return 1
    public="$(address "$own" "$series")" && peers="$(bootstrap_peers "$series")" || return 1
    awk -v peers="bootstrap_peers = [ $peers ]" -v public="rpc_public_addr = \"$public\"" '
        /^\[/ { below = 1 }
        !below && /^bootstrap_peers *=.*\]/ { print peers; next }
        !below && /^rpc_public_addr *=/ { print public; next }
        { print }
    ' "$GENERATIONS/$1/garage.toml"
}
