# shellcheck shell=bash
# Questions to daemons and to this host, side by side, each by a process of its own, into a directory that is gone afterwards. Nothing here
# reads an answer: report.jq does. Which series can be asked what: garage-facts 3 and 5.

# question QUESTION SERIES: sets WORDS to what asks it: words of Garage's CLI, or a path of the admin API; to none where that series can't tell.
question() {
    WORDS=()
    case "$1:$2" in
        workers:0.7 | errors:0.7 | scrub:0.7 | roles:0.[78] | roles:2 | history:0.* | health:0.7) ;;
        status:*) WORDS=(status) ;;
        through:*) WORDS=(stats -a) ;;
        # Sled counts every entry for the details, 5.7 s for 500,000 objects (garage-facts 11).
        items:0.7) WORDS=(stats -d) ;;
        items:0.[89]) WORDS=(stats --detailed) ;;
        stats:* | items:*) WORDS=(stats) ;;
        workers:*) WORDS=(worker list) ;;
        errors:*) WORDS=(block list-errors) ;;
        scrub:*) WORDS=(worker get scrub-corruptions_detected) ;;
        layout:2) WORDS=(json-api GetClusterLayout) ;;
        layout:*) WORDS=(layout show) ;;
        roles:*) WORDS=(/v1/layout) ;;
        history:*) WORDS=(layout history) ;;
        health:0.8) WORDS=(/v0/health) ;;
        health:2) WORDS=(json-api GetClusterHealth) ;;
        health:*) WORDS=(/v1/health) ;;
        buckets:2) WORDS=(json-api ListBuckets) ;;
        buckets:*) WORDS=(bucket list) ;;
        keys:*) WORDS=(key list) ;;
        # No question: an order to that daemon alone (repairs.sh). With --all-nodes exit codes lie (garage-facts 1.12).
        repair:*) read -ra WORDS <<<"repair --yes $REPAIR" ;;
        *) fail unexpected "nobody asks $1" ;;
    esac
}

# ask_begin: there are no questions yet; ASKED is a directory for their answers. What a process left that was killed goes.
ask_begin() {
    local old
    for old in "$RUN"/asked.*; do
        [ -d "/proc/${old##*.}" ] || rm -rf "$old"
    done
    ASKED="$RUN/asked.$BASHPID"
    { mkdir -p "$RUN" && rm -rf "$ASKED" && mkdir "$ASKED"; } || fail temp-files "can't write below $RUN (is /run full, or read-only?); nothing was touched"
    QUESTIONS=()
    # What a daemon says can't end its own answer.
    ASK_MARK="answered $RANDOM$RANDOM$RANDOM"
}

# ask NAME id@addr|"" QUESTION…: is to be asked of the node NAME (without an address, of this one).
ask() {
    local KV name="$1" target="$2" each WORDS
    shift 2
    current_info series
    for each in "$@"; do
        question "$each" "$KV"
        [ "${#WORDS[@]}" -eq 0 ] || QUESTIONS+=("$name.$each $target"$'\n'"${WORDS[*]}")
    done
}

# ask_all: asks until the last one has answered or hit its limit. Says nothing itself: whoever reads its output knows by its end that the answers are
# there.
ask_all() {
    trap - ERR
    exec 2>/dev/null
    side_by_side ask_question ${QUESTIONS[@]+"${QUESTIONS[@]}"}
}

ask_question() {
    ask_into "${1%% *}" "${1#* }" >"$ASKED/${1%% *}"
}

# ask_done: the answers were read.
ask_done() {
    rm -rf "$ASKED"
}

# ask_into NODE.QUESTION TARGET<newline>WORDS: what was said, and a last line with the exit code.
ask_into() {
    local target="${2%%$'\n'*}" words code=0 OWN_RPC
    read -ra words <<<"${2#*$'\n'}"
    # What a peer says is no more than that: it doesn't fill /run. Only what lists blocks (110 bytes each), buckets or keys may be long.
    case "$1" in *.buckets | *.keys) ulimit -f 65536 ;; *.errors) ulimit -f 16384 ;; *) ulimit -f 4096 ;; esac
    # shellcheck disable=SC2034  # exec_garage reads it
    case "$1" in *.items) ASK_LIMIT="countTimeoutSeconds=600" ;; esac
    if [ -z "$target" ]; then
        own_rpc_find
        target="$OWN_RPC"
    fi
    case "$1:${words[0]}" in
        *:/*) admin_get "${words[0]}" ;;
        *.through:*) ask_through "$target" "${words[@]}" ;;
        *.repair:*) (exec_garage "$target" "${words[@]}" 2>&1) ;;
        *) (exec_garage "$target" "${words[@]}") ;;
    esac || code=$?
    printf '\n%s %s\n' "$ASK_MARK" "$code"
}

# The first request on a dead connection only hangs; the second one finds it closed and ends both, so a second follows when the first is slow.
ask_through() {
    local second code=0
    (nap 0.3 && exec_garage "$@" >/dev/null) &
    second=$!
    (exec_garage "$@") || code=$?
    kill "$second" 2>/dev/null || true
    wait "$second" 2>/dev/null || true
    return "$code"
}

# --- this host --------------------------------------------------------------------------------------------------------

# ask_host: sets HOST_LINES to what report.jq is to know of this host. Works as far as there is something: no claim, no ledger, no daemon.
ask_host() {
    local key path text
    HOST_LINES=""
    ask_ledger
    current_find
    [ -z "${HERE:-}" ] || HOST_LINES+="tool ${HERE##*/}"$'\n'
    for key in node id cluster; do
        claim_get "$key" text
        [ -z "$text" ] || HOST_LINES+="${key/#node/name} $text"$'\n'
    done
    [ -z "$CURRENT" ] || HOST_LINES+="generation $CURRENT"$'\n'
    text="$(systemctl --version 2>/dev/null)" || text=""
    read -r _ text _ <<<"$text"
    [ -z "$text" ] || HOST_LINES+="systemd ${text%%[!0-9]*}"$'\n'
    text="$(daemon_shown ActiveState MainPID NRestarts ActiveEnterTimestamp)" || text=""
    [ -z "$text" ] || HOST_LINES+="unit ${text//$'\n'/$'\n'unit }"$'\n'
    text="$(daemon_listeners)" || text=""
    [ -z "$text" ] || HOST_LINES+="listener ${text//$'\n'/$'\n'listener }"$'\n'
    ask_disk metadata "$(claim_get metadata)"
    while read -r path; do ask_disk data "$path"; done < <(ledger_all data)
}

# ask_ledger: but for its history. `trouble` where it doesn't say who this node is.
ask_ledger() {
    local key text
    if [ ! -f "$ETC/claim" ]; then
        HOST_LINES+="trouble this host is claimed by no cluster"$'\n'
        return
    fi
    if ! ledger_readable; then
        LEDGER_LOST=yes
        HOST_LINES+="trouble the ledger in $(claim_get metadata) can't be read: see garage-node ledger rebuild"$'\n'
    elif ! identity_holds; then
        HOST_LINES+="trouble $LAST_SEEN"$'\n'
    fi
    [ -z "$LEDGER_LOST" ] || return 0
    for key in series release previous reached engine metadata data generation staged adopted born held left act hop attempt hopstate hopdate target passed backup epoch; do
        ledger_all "$key" text
        [ -z "$text" ] || HOST_LINES+="ledger $key ${text//$'\n'/$'\n'ledger $key }"$'\n'
    done
}

# ask_disk USE PATH
ask_disk() {
    local free
    if [ -z "$2" ] || [ ! -d "$ROOT$2" ]; then return 0; fi
    free_mib "$ROOT$2" free || return 0
    HOST_LINES+="disk $1 $free $2"$'\n'
}
