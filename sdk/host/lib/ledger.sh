# shellcheck shell=bash
# Claim (root disk) and ledger (with the metadata): who this node is and what was done to its data.

# claim_get KEY [VARIABLE]
claim_get() {
    kv_get "$ETC/claim" "$1" "${2:-}"
}

# Sets LEDGER_FILE, where the ledger lies: with the metadata that the claim names; `host` sets LEDGER_METADATA before there is a claim.
# Where LEDGER_LOST is set there is none to be read; the node's id (own_rpc_find) stands in the claim too.
ledger_find() {
    local KV="${LEDGER_METADATA:-}"
    [ -n "$KV" ] || kv_find "$ETC/claim" metadata
    LEDGER_FILE="$ROOT$KV/garage-node.ledger"
    [ -z "$LEDGER_LOST" ] || { LEDGER_FILE="$ETC/claim" && return 1; }
    [ -n "$KV" ]
}

# Else each question of it ends the verb; those that go on without one (status, ledger rebuild) set LEDGER_LOST.
ledger_readable() {
    (unset JOB && ledger_get cluster >/dev/null) 2>/dev/null
}

ledger_exists() {
    local LEDGER_FILE
    ledger_find && [ -f "$LEDGER_FILE" ]
}

# ledger_get KEY [VARIABLE]
ledger_get() {
    local LEDGER_FILE KV=""
    ! ledger_find || kv_find "$LEDGER_FILE" "$1"
    give "$KV" "${2:-}"
}

# ledger_is KEY VALUE: the last value of KEY is VALUE; an empty one is as good as none. Without a process, as ledger_knows.
ledger_is() {
    local LEDGER_FILE KV=""
    ! ledger_find || kv_find "$LEDGER_FILE" "$1"
    [ "$KV" = "$2" ]
}

# ledger_knows KEY: it has a value.
ledger_knows() {
    ! ledger_is "$1" ""
}

# ledger_all KEY [VARIABLE]
ledger_all() {
    local LEDGER_FILE VALUES=""
    ! ledger_find || kv_values "$LEDGER_FILE" "$1"
    give_lines "$VALUES" "${2:-}"
}

# ledger_has KEY VALUE: one of the lines of KEY has exactly that value.
ledger_has() {
    local LEDGER_FILE
    ledger_find && kv_has "$LEDGER_FILE" "$1" "$2"
}

# ledger_usable: else LAST_SEEN says why not.
ledger_usable() {
    local LEDGER_FILE KV key header=""
    ledger_find || { LAST_SEEN="no metadata directory is claimed"; return 1; }
    plain_files "$LEDGER_FILE" && roots_own "$LEDGER_FILE" || return 1
    [ -f "$LEDGER_FILE" ] || { LAST_SEEN="there is no ledger $LEDGER_FILE"; return 1; }
    IFS= read -r header <"$LEDGER_FILE" || true
    case "$header" in
        "ledger 1") ;;
        "ledger "*) LAST_SEEN="the ledger $LEDGER_FILE was written by a newer garage-node"; return 1 ;;
        *) LAST_SEEN="the ledger $LEDGER_FILE is corrupt"; return 1 ;;
    esac
    for key in cluster node id metadata born; do
        kv_find "$LEDGER_FILE" "$key"
        [ -n "$KV" ] || { LAST_SEEN="the ledger $LEDGER_FILE is corrupt (no $key)"; return 1; }
    done
}

require_ledger() {
    ledger_usable || fail ledger-unusable "$LAST_SEEN; mount the metadata volume, or see garage-node ledger rebuild"
}

# ledger_update key=value… : one atomic write; `key=` deletes, `+key=value` appends, `key=value` replaces all of that key, `@text` adds a line
# to the history, a file of its own.
ledger_update() {
    local LEDGER_FILE KV_LINES KV KV_KEY text change changes=() told=()
    ledger_find || fail ledger-unusable "no metadata directory is claimed"
    for change in "$@"; do
        case "$change" in @*) told+=("${change#@}") && continue ;; esac
        kv_split "${change%%=*} ${change#*=}"
        KV_KEY="${KV_KEY#+}"
        # What is written has to be read again.
        ! kv_unfit ledger || fail ledger-unwritable "\"$KV\" can't be meant as $KV_KEY; nothing was written"
        changes+=("$change")
    done
    kv_lines "$LEDGER_FILE"
    { history_moved && text="$(ledger_changed ${changes[@]+"${changes[@]}"})" && put_file "$LEDGER_FILE" "$text"; } ||
        fail ledger-unwritable "can't write $LEDGER_FILE; is the metadata volume mounted read-write, or full?"
    history_add ${told[@]+"${told[@]}"}
}

# The names of what a first set-up left that was cut short in ledger_update: `mktemp`'s, and never of a node that has had data.
ledger_leftovers() {
    local LEDGER_FILE file x="[A-Za-z0-9]"
    ledger_find || return 1
    for file in "$LEDGER_FILE".$x$x$x$x$x$x "${LEDGER_FILE%.ledger}".history.$x$x$x$x$x$x; do
        [ ! -f "$file" ] || kv_has "$file" born yes || printf '%s\n' "${file##*/}"
    done
}

# ledger_changed CHANGE…: KV_LINES but for the keys that the changes replace, and behind them what they add.
ledger_changed() {
    local line key change replaced=" ledger "
    for change in "$@"; do
        case "$change" in +*) ;; *) replaced+="${change%%=*} " ;; esac
    done
    echo "ledger 1" || return 1
    for line in ${KV_LINES[@]+"${KV_LINES[@]}"}; do
        line="${line#"${line%%[![:blank:]]*}"}"
        key="${line%%[[:blank:]]*}"
        case "$replaced" in *" $key "*) ;; *) [ -z "$key" ] || printf '%s\n' "$line" || return 1 ;; esac
    done
    for change in "$@"; do
        key="${change%%=*}"
        [ -z "${change#*=}" ] || printf '%s %s\n' "${key#+}" "${change#*=}" || return 1
    done
}

# identity_holds: claim, ledger and node key speak of one node; else LAST_SEEN says why not.
identity_holds() {
    local LEDGER_FILE KV key claimed metadata
    [ -f "$ETC/claim" ] || { LAST_SEEN="this host is claimed by no cluster; pulumi up sets it up"; return 1; }
    ledger_usable || { LAST_SEEN="$LAST_SEEN; mount the metadata volume $(claim_get metadata), or see garage-node ledger rebuild"; return 1; }
    ledger_find || return 1
    for key in cluster node id metadata; do
        kv_find "$ETC/claim" "$key"
        claimed="$KV"
        kv_find "$LEDGER_FILE" "$key"
        [ "$claimed" = "$KV" ] ||
            { LAST_SEEN="the ledger's $key is $KV, this host is claimed for $claimed: a copied or swapped disk? attach the right one"; return 1; }
    done
    metadata_path metadata
    node_key_holds "$metadata" && ! adopt_other_runs
}

# node_key_holds DIR: both files of the ledger's node key are there. Garage reads node_key, the secret and behind it the public half; where
# it is missing, it makes a new pair and is another node.
node_key_holds() {
    local keys id
    plain_files "$1/node_key" "$1/node_key.pub" || return 1
    keys="$(od -An -v -tx1 "$1/node_key" "$1/node_key.pub" 2>/dev/null)" || keys=""
    keys="${keys//[$' \n']/}"
    if [ "${#keys}" = 192 ] && [ "${keys:64:64}" = "${keys:128}" ] && ledger_is id "${keys:128}"; then return 0; fi
    node_id_of "$1" id
    LAST_SEEN="node_key in $(ledger_get metadata) is missing, or isn't the private key of node_key.pub: put it back from a backup"
    ledger_is id "$id" ||
        LAST_SEEN="the node key in $(ledger_get metadata) is of node ${id:-(none)}, the ledger is of $(ledger_get id): put the right node_key and node_key.pub back"
    return 1
}

require_identity() {
    identity_holds || fail identity "$LAST_SEEN"
}

# metadata_path [VARIABLE]: where the metadata lie on disk.
metadata_path() {
    local LEDGER_FILE KV=""
    ! ledger_find || kv_find "$LEDGER_FILE" metadata
    [ -n "$KV" ] || kv_find "$ETC/claim" metadata
    give "$ROOT$KV" "${1:-}"
}

# backups_dir [VARIABLE]
backups_dir() {
    local KV
    kv_find "$ETC/claim" backups
    give "$ROOT${KV:-/var/lib/garage-backups}" "${1:-}"
}

# database_path ENGINE DIR [VARIABLE]: the database of ENGINE in metadata directory DIR (both as they lie on disk).
database_path() {
    case "$1" in
        sled) give "$2/db" "${3:-}" ;;
        lmdb | sqlite | fjall) give "$2/db.$1" "${3:-}" ;;
        *) return 1 ;;
    esac
}

# There is a database of ENGINE in DIR that a daemon once wrote to.
database_exists() {
    local path
    database_path "$1" "$2" path || return 1
    case "$1" in
        lmdb) [ -s "$path/data.mdb" ] ;;
        sqlite) [ -s "$path" ] ;;
        *) [ -d "$path" ] && [ -n "$(ls -A "$path")" ] ;;
    esac
}

# node_id_of DIR [VARIABLE]: the hex of the node's public key in metadata directory DIR; nothing when there is none.
node_id_of() {
    local KV=""
    [ ! -f "$1/node_key.pub" ] || KV="$(od -An -v -tx1 "$1/node_key.pub")" || KV=""
    give "${KV//[$' \n']/}" "${2:-}"
}
