# shellcheck shell=bash
# shellcheck disable=SC2034  # LEDGER_LOST is for ledger_find
# ledger show|rebuild|forget-hold: for people, when the record itself is the trouble.

verb_ledger() {
    case "${1:-show}" in
        show) ledger_show ;;
        rebuild) ledger_rebuild "${@:2}" ;;
        forget-hold) ledger_forget_hold ;;
        *) fail unknown-verb "garage-node ledger show | rebuild | forget-hold" ;;
    esac
}

ledger_show() {
    local LEDGER_FILE history
    if [ "$EUID" != 0 ] && [ -z "$ROOT" ]; then fail not-root "the ledger is root's: sudo garage-node ledger show"; fi
    ! ledger_find || plain_files "$LEDGER_FILE" || fail unreadable "$LAST_SEEN; see garage-node ledger rebuild"
    ledger_exists || fail ledger-missing "there is no ledger here"
    ledger_find && cat "$LEDGER_FILE"
    history_file history
    [ ! -f "$history" ] || sed 's/^/history /' "$history"
}

ledger_forget_hold() {
    local held
    require_identity
    ledger_get held held
    if left_find; then
        answer "lifted: had left its machine ($LEFT)"
        left_forget "lifted by hand: had left its machine ($LEFT)"
        return
    fi
    [ -n "$held" ] || { answer "this node is not held" && return; }
    ! ledger_is hopstate open ||
        fail hop-open "the major upgrade $(ledger_get hop) is open and holds this node ($held): go on, or back, by pulumi up; a hold of it is never lifted by hand"
    ledger_update held= "@hold lifted by hand: $held"
    answer "lifted: $held"
}

# The facts come from the files and the daemon; what only a person can know has to be said.
ledger_rebuild() {
    local cluster="" node="" series="" engine="" metadata id generation release="" born=no
    while [ $# -gt 0 ]; do
        [ $# -ge 2 ] || fail rebuild-words "$1 has no value"
        case "$1" in
            --cluster) cluster="$2" ;;
            --node) node="$2" ;;
            --series) series="$2" ;;
            --engine) engine="$2" ;;
            --metadata) LEDGER_METADATA="$2" ;;
            *) fail rebuild-words "ledger rebuild does not know $1" ;;
        esac
        shift 2
    done
    if [ -z "$cluster" ] || [ -z "$node" ] || ! series_known "$series"; then
        fail rebuild-words "say what only you can know: garage-node ledger rebuild --cluster ID --node NAME --series 0.7|0.8|0.9|1|2 [--engine ENGINE] [--metadata DIRECTORY]"
    fi
    ledger_readable || LEDGER_LOST=yes
    current_generation generation
    metadata="$(rebuild_metadata "$generation")"
    LEDGER_METADATA="$metadata"
    ledger_readable || LEDGER_LOST=yes
    rebuild_refuse "$cluster" "$node"
    id="$(node_id_of "$ROOT$metadata")"
    [ "${#id}" = 64 ] || fail node-key "there is no node_key.pub in $metadata: mount the metadata volume first"
    engine="$(rebuild_engine "$ROOT$metadata" "$generation" "$engine")"
    if [ -n "$engine" ]; then
        born=yes
    elif [ -n "$generation" ]; then
        fail rebuild-engine "there is no database in $metadata, though Garage has been set going here: it would start empty. Mount the metadata volume, or put a backup's metadata back; if they are lost, set up an empty host in its place (replace)"
    fi
    release="$(rebuild_release "$series" "$generation")"
    rebuild_write "$cluster" "$node" "$series" "$engine" "$id" "$generation" "$release" "$born"
}

rebuild_metadata() {
    local found="${LEDGER_METADATA:-}"
    [ -n "$found" ] || found="$(claim_get metadata)"
    [ -n "$found" ] || found="$(generation_info "$1" metadata)"
    if [ -z "$found" ] || [ ! -d "$ROOT$found" ]; then fail rebuild-words "where are the metadata? Add --metadata DIRECTORY"; fi
    printf '%s\n' "$found"
}

rebuild_refuse() {
    ! ledger_usable || fail ledger-fine "there is a ledger in $LEDGER_METADATA, and it can be read: nothing to rebuild (garage-node ledger show)"
    [ ! -f "$ETC/claim" ] || { [ "$(claim_get cluster)" = "$1" ] && [ "$(claim_get node)" = "$2" ]; } ||
        fail claim-foreign "this host is claimed for node $(claim_get node) of cluster $(claim_get cluster)"
}

# The engine of the database that is there; with more than one, the one that the active configuration names.
rebuild_engine() {
    local engine found=()
    for engine in sled lmdb sqlite fjall; do
        if database_exists "$engine" "$1"; then found+=("$engine"); fi
    done
    [ -z "$3" ] || found=("$3")
    if [ "${#found[@]}" -gt 1 ]; then
        generation_info "$2" engine engine
        case " ${found[*]} " in *" ${engine:--} "*) found=("$engine") ;; esac
    fi
    [ "${#found[@]}" -le 1 ] || fail rebuild-engine "there are databases of several engines (${found[*]}): say which one is in use, --engine ENGINE, and move the others aside"
    [ -z "$3" ] || database_exists "$3" "$1" || fail rebuild-engine "there is no database of $3 in $1"
    printf '%s\n' "${found[*]}"
}

# The release that the active binary says; it must be of the series that was given.
rebuild_release() {
    local text release
    [ -x "$OPT/current/garage" ] || return 0
    text="$(cd / && as_garage timeout -k 2 15 "$OPT/current/garage" --version 2>/dev/null | head -n 1)" || true
    release="$(release_in "$text")"
    [ -z "$release" ] || [ "$(series_of "$release")" = "$1" ] ||
        fail rebuild-series "the binary that is active here is Garage $release, not of series $1: if a major upgrade was under way, put the backup back instead (garage-node restore)"
    printf '%s\n' "$release"
}

rebuild_write() {
    local LEDGER_FILE path mark changes=()
    LEDGER_LOST=""
    ledger_find
    { [ ! -e "$LEDGER_FILE" ] && [ ! -L "$LEDGER_FILE" ]; } || mv -fT "$LEDGER_FILE" "$LEDGER_FILE.broken-$(date -u +%Y%m%dT%H%M%SZ)"
    # `host` has marked every directory before a generation named it. So where the mark isn't seen now, no daemon is to start.
    while read -r path; do
        [ -n "$path" ] || continue
        changes+=("+data=$path" "+datamark=$path")
        mark_of "$path" mark
        [ "$mark" = "$5" ] ||
            say "$path has no mark of this node (garage-node.data): mount the data volume; Garage won't start without it"
    done <<<"$(kv_all "$GENERATIONS/$6/info" data)"
    ledger_update "cluster=$1" "node=$2" "id=$5" "metadata=$LEDGER_METADATA" "series=$3" "engine=$4" "generation=$6" "release=$7" \
        "born=$8" ${changes[@]+"${changes[@]}"} "@rebuilt by hand as series $3"
    if [ ! -f "$ETC/claim" ]; then
        mkdir -p "$ETC"
        setup_claim "$1" "$2" "$LEDGER_METADATA"
    fi
    answer "rebuilt: node $2, id $5, series $3, engine ${4:-none yet}, release ${7:-unknown}; now run pulumi up"
}
