# shellcheck shell=bash
# garage.toml out of its template: this node's addresses and secrets.

# template_asked toml|quiet VARIABLE: the sheet's template. It says of the data what the sheet says: on another engine or directory a daemon
# starts healthy and empty.
template_asked() {
    local _text _value _path _paths _series
    sheet_need "$1" _value
    _text="$(base64 -d <<<"$_value")" || fail sheet-incomplete "the configuration in the call can't be read; nothing was touched: run pulumi up again"
    sheet_need series _series
    sheet_need metadata _value
    template_says "$_text" "metadata_dir = \"$_value\""
    sheet_need engine _value
    # 0.7 has sled only, and no such key.
    [ "$_series" = 0.7 ] || template_says "$_text" "db_engine = \"$_value\""
    sheet_all data _paths
    while read -r _path; do
        [ -z "$_path" ] || case $'\n'"$_text"$'\n' in
            *[\ $'\n']"data_dir = \"$_path\""$'\n'* | *[\ $'\n']"path = \"$_path\""[,\ $'\n']*) ;;
            *) template_unfit "$_path" ;;
        esac
    done <<<"$_paths"
    give "$_text" "$2"
}

template_says() {
    among "$2" "$1" || template_unfit "$2"
}

template_unfit() {
    fail sheet-incomplete "the configuration in the call doesn't say $1, as the call itself does; nothing was touched: use one version of the package"
}

# render TEMPLATE SERIES: runs in a substitution, where errexit is off.
render() {
    local text="$1" own public peers secret rpc=rpc_secret
    [ "$2" != 0.8 ] || rpc=rpc_secret_0.8
    sheet_need public own
    address "$own" "$2" public
    bootstrap_peers "$2" peers
    text=${text//'"@BOOTSTRAP_PEERS@"'/"$peers"}
    text=${text//@BOOTSTRAP_PEERS@/"$peers"}
    text=${text//@RPC_PUBLIC_ADDR@/"$public"}
    secret_quoted "$rpc" secret
    text=${text//@RPC_SECRET@/"$secret"}
    secret_quoted admin_token secret
    text=${text//@ADMIN_TOKEN@/"$secret"}
    secret_quoted metrics_token secret
    text=${text//@METRICS_TOKEN@/"$secret"}
    printf '%s\n' "$text"
}

# secret_quoted NAME VARIABLE: nothing where it is no secret; `host` puts it right.
secret_quoted() {
    secret_of "$1" "$2" || true
    quoted "${!2}" "$2"
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
    local id current allowed seen=" $1 $1.quiet " template series text
    current_generation current
    ledger_get generation allowed
    for id in "$current" "$allowed"; do
        case "$seen" in *" $id "*) continue ;; esac
        seen="$seen$id "
        if [ -z "$id" ] || ! has_facts "$id" || ! generation_whole "$id" || ! toml_as_recorded "$id"; then continue; fi
        text_of "$GENERATIONS/$id/template" template
        generation_info "$id" series series
        text="$(render "$template" "$series")" || exit 1
        toml_rewrite "$id" "$text"
    done
}
