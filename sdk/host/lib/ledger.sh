# shellcheck shell=bash
# Claim (root disk) and ledger (with the metadata): who this node is and what was done to its data.

claim_get() {
    kv_get "$ETC/claim" "$1"
}

# Where the ledger lies: with the metadata that the claim names; `host` sets LEDGER_METADATA before there is a claim.
ledger_file() {
    local metadata="${LEDGER_METADATA:-}"
    [ -n "$metadata" ] || metadata="$(claim_get metadata)"
    [ -n "$metadata" ] || return 1
    printf '%s\n' "$ROOT$metadata/garage-node.ledger"
}

ledger_exists() {
    local file
    file="$(ledger_file)" && [ -f "$file" ]
}

ledger_get() {
    local file
    file="$(ledger_file)" || return 0
    kv_get "$file" "$1"
}

ledger_all() {
    local file
    file="$(ledger_file)" || return 0
    kv_all "$file" "$1"
}

# Why the ledger can't be used, in words; nothing when it can.
ledger_trouble() {
    local file key
    file="$(ledger_file)" || { echo "no metadata directory is claimed" && return; }
    [ -f "$file" ] || { echo "there is no ledger $file" && return; }
    case "$(head -n 1 "$file")" in
        "ledger 1") ;;
        "ledger "*) echo "the ledger $file was written by a newer garage-node" && return ;;
        *) echo "the ledger $file is corrupt" && return ;;
    esac
    for key in cluster node id metadata born; do
        [ -n "$(kv_get "$file" "$key")" ] || { echo "the ledger $file is corrupt (no $key)" && return; }
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
            sync "$temp" && mv -fT "$temp" "$file" && sync "$(dirname "$file")"
    }; then
        rm -f "$temp"
        fail ledger-unwritable "can't write $file; is the metadata volume full?"
    fi
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
    local key trouble id
    [ -f "$ETC/claim" ] || { echo "this host is claimed by no cluster; pulumi up sets it up" && return; }
    trouble="$(ledger_trouble)"
    [ -z "$trouble" ] || {
        echo "$trouble; mount the metadata volume $(claim_get metadata), or see garage-node ledger rebuild" && return
    }
    for key in cluster node id metadata; do
        [ "$(claim_get "$key")" = "$(ledger_get "$key")" ] || {
            echo "the ledger's $key is $(ledger_get "$key"), this host is claimed for $(claim_get "$key"): a copied or swapped disk? attach the right one" && return
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
    local metadata
    metadata="$(ledger_get metadata)"
    [ -n "$metadata" ] || metadata="$(claim_get metadata)"
    rooted "$metadata"
}

backups_dir() {
    local dir
    dir="$(claim_get backups)"
    rooted "${dir:-/var/lib/garage-backups}"
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
    [ -r "$1/node_key.pub" ] || return 0
    od -An -v -tx1 "$1/node_key.pub" | tr -d ' \n'
}
