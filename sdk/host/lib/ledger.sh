# shellcheck shell=bash
# Claim (root disk) and ledger (with the metadata): who this node is and what was done to its data.

claim_get() {
    kv_get "$ETC/claim" "$1"
}

# Sets LEDGER_FILE, where the ledger lies: with the metadata that the claim names; `host` sets LEDGER_METADATA before there is a claim.
ledger_find() {
    local KV="${LEDGER_METADATA:-}"
    [ -n "$KV" ] || kv_find "$ETC/claim" metadata
    LEDGER_FILE="$ROOT$KV/garage-node.ledger"
    [ -n "$KV" ]
}

ledger_file() {
    local LEDGER_FILE
    ledger_find || return 1
    printf '%s\n' "$LEDGER_FILE"
}

ledger_exists() {
    local LEDGER_FILE
    ledger_find && [ -f "$LEDGER_FILE" ]
}

ledger_get() {
    local LEDGER_FILE
    ledger_find || return 0
    kv_get "$LEDGER_FILE" "$1"
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

ledger_all() {
    local LEDGER_FILE
    ledger_find || return 0
    kv_all "$LEDGER_FILE" "$1"
}

# ledger_has KEY VALUE: one of the lines of KEY has exactly that value.
ledger_has() {
    local LEDGER_FILE
    ledger_find && kv_has "$LEDGER_FILE" "$1" "$2"
}

# Why the ledger can't be used, in words; nothing when it can.
ledger_trouble() {
    local LEDGER_FILE KV file key header=""
    ledger_find || { echo "no metadata directory is claimed" && return; }
    file="$LEDGER_FILE"
    [ -f "$file" ] || { echo "there is no ledger $file" && return; }
    IFS= read -r header <"$file" || true
    case "$header" in
        "ledger 1") ;;
        "ledger "*) echo "the ledger $file was written by a newer garage-node" && return ;;
        *) echo "the ledger $file is corrupt" && return ;;
    esac
    for key in cluster node id metadata born; do
        kv_find "$file" "$key"
        [ -n "$KV" ] || { echo "the ledger $file is corrupt (no $key)" && return; }
    done
}

require_ledger() {
    local trouble
    trouble="$(ledger_trouble)"
    [ -z "$trouble" ] ||
        fail ledger-unusable "$trouble; mount the metadata volume, or see garage-node ledger rebuild"
}

# ledger_update key=value… : one atomic write; `key=` deletes, `+key=value` appends, `key=value` replaces all of that key.
ledger_update() {
    local file temp
    case "$*" in *$'\n'*) fail ledger-unwritable "a ledger value has more than one line" ;; esac
    file="$(ledger_file)" || fail ledger-unusable "no metadata directory is claimed"
    temp="$(mktemp "$file.XXXXXX")" || fail ledger-unwritable "can't write beside $file; is the metadata volume mounted read-write, or full?"
    if ! {
        ledger_changed "$file" "$@" >"$temp" &&
            sync "$temp" && mv -fT "$temp" "$file" && sync "${file%/*}"
    }; then
        rm -f "$temp"
        fail ledger-unwritable "can't write $file; is the metadata volume full?"
    fi
}

# The names of what a first set-up left that was cut short in ledger_update: `mktemp`'s, and never of a node that has had data.
ledger_leftovers() {
    local file x="[A-Za-z0-9]"
    for file in "$(ledger_file)".$x$x$x$x$x$x; do
        [ ! -f "$file" ] || kv_has "$file" born yes || printf '%s\n' "${file##*/}"
    done
}

ledger_changed() {
    local file="$1" change key
    shift
    echo "ledger 1" || return 1
    ledger_without "$file" "$@" || return 1
    for change in "$@"; do
        key="${change%%=*}"
        [ -z "${change#*=}" ] || printf '%s %s\n' "${key#+}" "${change#*=}" || return 1
    done
}

# The lines of FILE but for the header and the keys that the changes replace.
ledger_without() {
    local file="$1" key value change replaced=" "
    shift
    for change in "$@"; do
        case "$change" in
            +*) ;;
            *) replaced="$replaced${change%%=*} " ;;
        esac
    done
    [ -f "$file" ] || return 0
    while read -r key value || [ -n "$key" ]; do
        case "$replaced ledger " in
            *" $key "*) ;;
            *) [ -z "$key" ] || printf '%s %s\n' "$key" "$value" || return 1 ;;
        esac
    done <"$file"
}

# `+history=$(history_line TEXT)` joins a line of history to another change in the same write.
history_line() {
    local stack package
    stack="$(sheet_get stack)"
    package="$(sheet_get package)"
    printf '%s %s %s %s\n' "$(now_iso)" "${stack:--}" "${package:--}" "$*"
}

ledger_history() {
    ledger_update "+history=$(history_line "$*")"
}

# Whether claim, ledger and node key speak of one node; why not, in words, else nothing.
identity_trouble() {
    local LEDGER_FILE KV key trouble id claimed
    [ -f "$ETC/claim" ] || { echo "this host is claimed by no cluster; pulumi up sets it up" && return; }
    trouble="$(ledger_trouble)"
    [ -z "$trouble" ] || {
        echo "$trouble; mount the metadata volume $(claim_get metadata), or see garage-node ledger rebuild" && return
    }
    ledger_find || return
    for key in cluster node id metadata; do
        kv_find "$ETC/claim" "$key"
        claimed="$KV"
        kv_find "$LEDGER_FILE" "$key"
        [ "$claimed" = "$KV" ] || {
            echo "the ledger's $key is $KV, this host is claimed for $claimed: a copied or swapped disk? attach the right one" && return
        }
    done
    id="$(node_id_of "$(metadata_path)")"
    [ "$id" = "$(ledger_get id)" ] || {
        echo "the node key in $(ledger_get metadata) is of node ${id:-(none)}, the ledger is of $(ledger_get id): put the right node_key and node_key.pub back"
    }
}

require_identity() {
    local trouble
    trouble="$(identity_trouble)"
    [ -z "$trouble" ] || fail identity "$trouble"
}

metadata_path() {
    local LEDGER_FILE KV=""
    ! ledger_find || kv_find "$LEDGER_FILE" metadata
    [ -n "$KV" ] || kv_find "$ETC/claim" metadata
    rooted "$KV"
}

backups_dir() {
    local KV
    kv_find "$ETC/claim" backups
    rooted "${KV:-/var/lib/garage-backups}"
}

# The database of ENGINE in metadata directory DIR (both as they lie on disk).
database_path() {
    case "$1" in
        sled) printf '%s\n' "$2/db" ;;
        lmdb) printf '%s\n' "$2/db.lmdb" ;;
        sqlite) printf '%s\n' "$2/db.sqlite" ;;
        fjall) printf '%s\n' "$2/db.fjall" ;;
        *) return 1 ;;
    esac
}

# There is a database of ENGINE in DIR that a daemon once wrote to.
database_exists() {
    local path
    path="$(database_path "$1" "$2")" || return 1
    case "$1" in
        lmdb) [ -s "$path/data.mdb" ] ;;
        sqlite) [ -s "$path" ] ;;
        *) [ -d "$path" ] && [ -n "$(ls -A "$path")" ] ;;
    esac
}

# The hex of the node's public key in metadata directory DIR; nothing when there is none.
node_id_of() {
    local hex
    [ -r "$1/node_key.pub" ] || return 0
    hex="$(od -An -v -tx1 "$1/node_key.pub")" || return
    printf '%s' "${hex//[$' \n']/}"
}
