# shellcheck shell=bash
# Who this node is: its key, ledger, claim and secrets. As all of `host`, each step looks first, and only does what isn't done.

# node_key: the last 32 bytes of an ed25519 private key in DER and of its public one; every series keeps such a key.
setup_node_key() {
    local dir="$ROOT$1" private public
    garage_user
    # Without a ledger an empty file is no key: a power loss in the first set-up left it.
    if [ -s "$dir/node_key" ] || { [ -f "$dir/node_key" ] && ledger_exists; }; then
        own_key "$dir/node_key"
        own_key "$dir/node_key.pub"
        [ "$(tail -c 32 "$dir/node_key" | base64)" = "$(base64 <"$dir/node_key.pub")" ] ||
            fail node-key "node_key and node_key.pub in $1 don't belong together"
        return 0
    fi
    ! ledger_exists || fail node-key "node_key is missing in $1, and with a new one this would be another node: put it back from a backup"
    private="$(openssl genpkey -algorithm ed25519 -outform DER | base64 -w 0)"
    public="$(base64 -d <<<"$private" | openssl pkey -inform DER -pubout -outform DER | tail -c 32 | base64 -w 0)"
    private="$({ base64 -d <<<"$private" | tail -c 32 && base64 -d <<<"$public"; } | base64 -w 0)"
    [ "${#private}" = 88 ] || fail node-key "openssl made no usable key; is it 1.1.1 or newer?"
    put_key "$dir/node_key.pub" "$public"
    put_key "$dir/node_key" "$private"
    rm -f -- "$dir/node_key.new"
}

# put_key FILE BASE64: root's own, for Garage to read; the daemon's own where root can't give it to the group.
put_key() {
    put_output "$1" 440 "$EUID:$GARAGE_GID" base64 -d <<<"$2" 2>/dev/null || base64 -d <<<"$2" | garage_puts "$1" ||
        fail node-key "can't write $1; is the metadata volume full, or read-only?"
}

# own_key FILE: up to 0.1.0 it was Garage's, who could put anything in its place. Read with no more rights than its owner has.
own_key() {
    local key
    [ -f "$1" ] && [ -O "${1%/*}" ] && [ "$(stat -c '%u:%g %a' -- "$1")" != "$EUID:$GARAGE_GID 440" ] || return 0
    # A link, or another name of a file of root's, he could have put there; in the place of root's own he can't.
    case "$(stat -c '%h %u %f' -- "$1")" in
        "1 $EUID 8"*) key="$(base64 -w 0 -- "$1")" ;;
        *) key="$(as_garage timeout 10 base64 -w 0 -- "$1")" ;;
    esac || fail node-key "can't read $1"
    put_key "$1" "$key"
}

# The ledger before the claim: a run that was cut short between them finds a ledger of its own, not a lost one.
setup_ledger() {
    local changes=() path name id paths mark
    node_id_of "$ROOT$3" id
    if ! ledger_exists; then
        while read -r name; do
            [ -z "$name" ] || rm -f -- "$ROOT$3/$name"
        done <<<"$(ledger_leftovers)"
        changes=("cluster=$1" "node=$2" "id=$id" "metadata=$3" "born=no" "@set up")
    fi
    sheet_all data paths
    while read -r path; do
        [ -n "$path" ] || continue
        if ledger_has datamark "$path"; then
            # Never a new one: that would be a mount point without its volume.
            mark_of "$path" mark
            [ "$mark" != "$id" ] || setup_mark "$path" "$id"
            continue
        fi
        setup_mark "$path" "$id"
        ledger_has data "$path" || changes+=("+data=$path")
        changes+=("+datamark=$path")
    done <<<"$paths"
    [ "${#changes[@]}" -eq 0 ] || ledger_update "${changes[@]}"
}

setup_claim() {
    local id backups owner old text lines
    ledger_get id id
    host_backups backups
    sheet_get owner owner
    claim_get owner old
    [ -z "$old" ] || [ "$old" = "$owner" ] || say "taken over from $old: whatever becomes of that one, it leaves this host alone"
    owner="${owner:-$old}"
    printf -v text 'cluster %s\nnode %s\nid %s\nmetadata %s\nbackups %s' "$1" "$2" "$id" "$3" "$backups"
    text+="${owner:+$'\n'owner $owner}"
    setup_machine lines
    text+="$lines"
    put_changed "$ETC/claim" "$text" || fail unwritable "can't write $ETC/claim; is the disk full?"
}

# setup_machine VARIABLE: the claim's lines of a machine that the cluster made. What it was made as (`shape`, a digest) is said by who made it, and
# stays, until `back` says another word: CLAIM_SHAPE, where it is set; empty while nothing is proven.
setup_machine() {
    local KV="" _machine _shape _lines _line
    sheet_get machine _machine
    [ -n "$_machine" ] || { give "" "$1" && return; }
    sheet_get shape _shape
    if kv_has "$ETC/claim" machine "$_machine"; then
        claim_get shape _line
        _shape="${_line:-$_shape}"
    fi
    _shape="${CLAIM_SHAPE-$_shape}"
    KV=$'\n'"machine $_machine${_shape:+$'\n'shape $_shape}"
    sheet_all volume _lines
    volumes_only_ids "$_lines" _lines
    give "$KV${_lines:+$'\n'volume ${_lines//$'\n'/$'\n'volume }}" "$1"
}

# Garage refuses a secret that its group may read, so these are its user's own; what lies there is root's to say.
setup_secrets() {
    local name value old lines right
    garage_user
    sheet_all secret lines
    [ -d "$SECRETS" ] || mkdir "$SECRETS"
    if [ "$(stat -c '%u:%g %a' "$SECRETS")" != "$EUID:$GARAGE_GID 750" ]; then chmod 750 "$SECRETS" && chown "$EUID:$GARAGE_GID" "$SECRETS"; fi
    right="$(stat -c '%u:%g %a %n' -- "$SECRETS"/* 2>/dev/null)" || true
    while read -r name value; do
        [ -n "$value" ] || continue
        text_of "$SECRETS/$name" old
        # The same in the other case: garage.toml of before 0.8.2 holds it as it was.
        case "$name" in rpc_secret*) [ "${old,,}" != "${value,,}" ] || value="$old" ;; esac
        if [ "$old" = "$value" ] && among "$GARAGE_UID:$GARAGE_GID 400 $SECRETS/$name" "$right"; then continue; fi
        put_file "$SECRETS/$name" "$value" 400 "$GARAGE_UID:$GARAGE_GID" || fail unwritable "can't write $SECRETS/$name; is the disk full?"
    done <<<"$lines"
}
