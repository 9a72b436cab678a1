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
    file_sha256 "$dir.tmp/garage" sum
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
    local sum
    [ -f "$GENERATIONS/$1/info" ] && [ -f "$GENERATIONS/$1/garage.toml" ] &&
        file_sha256 "$GENERATIONS/$1/garage" sum && generation_is "$1" sha256 "$sum"
}

# An id stands for one set of plain values; the addresses and secrets in it may change, nothing else.
generation_refuse_other() {
    local asked has
    asked="$(generation_facts | sort)"
    has="$(grep -E '^(release|series|engine|metadata|data|[a-z0-9]+port|[a-z0-9]+bind) ' "$GENERATIONS/$1/info" | sort)"
    # A tool of before didn't write down where K2V listens. The id stands for garage.toml, so for that as well.
    if [ "$asked" != "$has" ] && [ "$(sed '/^k2v/d' <<<"$asked")" = "$has" ]; then
        generation_learn "$1" "$(sed -n '/^k2v/p' <<<"$asked")"
        generation_learn "$1.quiet" "$(sed -n '/^k2v/p' <<<"$asked")"
        return 0
    fi
    [ "$asked" = "$has" ] ||
        fail generation-differs "generation $1 lies here with other values than those asked for; it was not touched (was $GENERATIONS/$1/info edited?)"
}

# generation_learn ID FACTS: beside what its info says already.
generation_learn() {
    local file="$GENERATIONS/$1/info"
    { sed '/^k2v/d' "$file" && printf '%s\n' "$2"; } >"$file.new"
    chmod 600 "$file.new"
    sync "$file.new"
    mv -fT "$file.new" "$file"
}

# A generation that is broken is made anew; the one that runs keeps its place until the new one is whole.
generation_place() {
    [ ! -e "$GENERATIONS/$1.old" ] || rm -rf "$GENERATIONS/$1.old"
    [ ! -d "$GENERATIONS/$1" ] || mv -T "$GENERATIONS/$1" "$GENERATIONS/$1.old"
    mv -T "$GENERATIONS/$1.tmp" "$GENERATIONS/$1"
    [ ! -e "$GENERATIONS/$1.old" ] || rm -rf "$GENERATIONS/$1.old"
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
    local key value word
    for key in release series engine metadata; do
        sheet_need "$key" value
        printf '%s %s\n' "$key" "$value"
    done
    sheet_all data value
    [ -z "$value" ] || printf 'data %s\n' "${value//$'\n'/$'\n'data }"
    for key in port bind; do
        sheet_need "${key}s" value
        for word in $value; do printf '%s%s %s\n' "${word%%=*}" "$key" "${word#*=}"; done
    done
}

generation_describe() {
    local sum mark
    small_sha256 "$1/garage.toml" sum
    mark="$(download_mark "$3")"
    generation_facts
    printf 'sha256 %s\ntomlsha256 %s\narch %s\nquiet %s\nsource %s\n' "$4" "$sum" "$3" "$2" "$mark"
}

# ── configuration ────────────────────────────────────────────────────────────────────────────────
# render toml|quiet: the template of the sheet with this node's addresses and secrets. Runs in a substitution, where errexit is off.
render() {
    local text own public peers series secret rpc=rpc_secret
    sheet_need "$1" text
    sheet_need series series
    sheet_need public own
    text="$(base64 -d <<<"$text")" || return 1
    [ "$series" != 0.8 ] || rpc=rpc_secret_0.8
    address "$own" "$series" public
    bootstrap_peers "$series" peers
    text=${text//'"@BOOTSTRAP_PEERS@"'/"$peers"}
    text=${text//@BOOTSTRAP_PEERS@/"$peers"}
    text=${text//@RPC_PUBLIC_ADDR@/"$public"}
    toml_escaped "$rpc" secret
    text=${text//@RPC_SECRET@/"$secret"}
    toml_escaped admin_token secret
    text=${text//@ADMIN_TOKEN@/"$secret"}
    toml_escaped metrics_token secret
    text=${text//@METRICS_TOKEN@/"$secret"}
    printf '%s\n' "$text"
}

# toml_escaped SECRET VARIABLE
toml_escaped() {
    local KV
    text_of "$SECRETS/$1" "$2"
    KV=${!2//\\/\\\\}
    give "${KV//\"/\\\"}" "$2"
}

# bootstrap_peers SERIES VARIABLE: all nodes of the cluster, so that a full stop of all of them heals by itself.
bootstrap_peers() {
    local _id _addr _list="" _peers
    sheet_all peer _peers
    while read -r _ _id _addr _; do
        [ -n "$_addr" ] || continue
        address "$_addr" "$1" _addr
        _list="$_list${_list:+, }\"$_id@$_addr\""
    done <<<"$_peers"
    give "$_list" "$2"
}

# address HOST:PORT SERIES VARIABLE: 0.7 refuses names where an address belongs; from 0.8 on they are resolved by Garage itself.
address() {
    local KV="${1%:*}"
    if [ "$2" != 0.7 ] || is_ip "$KV"; then
        give "$1" "$3"
        return
    fi
    KV="$(getent ahostsv4 "$KV" | awk 'NR == 1 { print $1 }')" || true
    [ -n "$KV" ] || fail address "Garage 0.7 needs an IP address, and ${1%:*} can't be resolved here"
    give "$KV:${1##*:}" "$3"
}

is_ip() {
    case "$1" in
        \[*\]) return 0 ;;
        *[!0-9.]* | "") return 1 ;;
    esac
}

# New addresses reach the generation that runs too (Garage reads them at its next start), but nothing else of it changes.
stage_addresses() {
    local id current allowed seen=" $1 $1.quiet " text
    current_generation current
    ledger_get generation allowed
    for id in "$current" "$allowed"; do
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
    generation_info "$1" series series
    sheet_need public own
    address "$own" "$series" public
    bootstrap_peers "$series" peers
    awk -v peers="bootstrap_peers = [ $peers ]" -v public="rpc_public_addr = \"$public\"" '
        /^\[/ { below = 1 }
        !below && /^bootstrap_peers *=.*\]/ { print peers; next }
        !below && /^rpc_public_addr *=/ { print public; next }
        { print }
    ' "$GENERATIONS/$1/garage.toml"
}
