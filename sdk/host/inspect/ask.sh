# shellcheck shell=bash
# ask: what lies in the directories of one daemon, and what it says of itself and its cluster. What is asked for stands in facts().

# wanted KEY: values of that key, one a line.
wanted() {
    facts | sed -n "s/^$1 //p"
}

# same_process: the one that was looked at still runs.
same_process() {
    local pid
    pid="$(wanted pid)"
    process_find "$pid" && [ "$(process_ticks)" = "$(wanted ticks)" ]
}

ask_node() {
    local metadata daemon=null
    if ! same_process; then
        echo '{"inspect":1,"gone":true}'
        return
    fi
    metadata="$(wanted metadata)"
    ID="$(node_id "$metadata")"
    SERIES="$(wanted series)"
    secrets_find
    if [ -n "$ID" ]; then ask_questions; fi
    # shellcheck disable=SC2086,SC2016  # the names of the answers; jq's own variables
    [ -z "$ASKED" ] || daemon="$(cd "$WORK" && inspect_jq 'answers($asked; $mark) as $answers | daemon($answers.self // {}; $series; {cli: $limit, count: $limit}) | failing' $ASKED)"
    node_facts "$metadata" | inspect_jq "node(${daemon:-null})"
}

# in_directory DIRECTORY NAME BYTES: the head of a file there, as the daemon's user: he may have put a link to somebody else's in its place.
# Root goes in: with DynamicUser it lies in /var/lib/private.
in_directory() (
    cd "$ROOT$1" && as_process test -f "./$2" && as_process head -c "$3" "./$2"
) 2>/dev/null

# node_id METADATA: 64 hex digits. The private key isn't read.
node_id() {
    local hex
    hex="$(in_directory "$1" node_key.pub 64 | od -An -v -tx1)" || hex=""
    hex="${hex//[$' \n']/}"
    [ "${#hex}" -ne 64 ] || printf '%s' "$hex"
}

node_facts() {
    local metadata="$1" engine layout found="" at=0 path name value
    [ -z "$ID" ] || fact_text id "$ID"
    for engine in sled:db lmdb:db.lmdb sqlite:db.sqlite fjall:db.fjall; do
        [ ! -e "$ROOT$metadata/${engine#*:}" ] || found+="${engine%:*} "
    done
    fact_text engines "$found"
    layout="$(in_directory "$metadata" cluster_layout 4194304 | base64 -w 0)"
    [ -z "$layout" ] || printf 'layout %s\n' "$layout"
    while IFS= read -r path; do
        fact_text "path.$at" "$path"
        directory_facts "$path" "$at"
        at=$((at + 1))
    done < <(wanted metadata && wanted data)
    fact_text paths "$at"
    # Whether all nodes have the same, without saying which.
    for name in rpc_secret admin_token metrics_token; do
        value="$(secret_of "$name")"
        [ -n "$value" ] || continue
        fact_text "mark.$name" "$(printf '%s %s' "$(wanted salt)" "$value" | sha256sum | cut -c1-64)"
        # As adminToken and metricsToken have to be.
        [[ "$value" =~ ^[A-Za-z0-9._~+/=-]{16,}$ ]] || fact_text "mark.$name.unfit" yes
    done
}

# directory_facts PATH NUMBER: its own line, its user, and owners of what lies right in it: blocks are too many to be looked at one by one.
directory_facts() {
    local real line
    [ -d "$ROOT$1" ] || return 0
    real="$(readlink -f "$ROOT$1")"
    line="$(stat -c '%u %g %a' "$real") $(free_mib "$real") $(stat -f -c %T "$real" | tr -d ' ') ${real#"$ROOT"}"
    fact_text "line.$2" "$line"
    fact_text "user.$2" "$(own_user "${line%% *}")"
    find "$real" -xdev -maxdepth 1 ! -name lost+found -printf '%U:%G\n' | sort -u | fact "owners.$2"
}

# --- questions ----------------------------------------------------------------------------------------------------------

# All at once; what only the admin API tells isn't asked for: it may be off, and its token is nobody's business here.
ask_questions() {
    local each WORDS pids=()
    ASKED="" MARK_ANSWER="answered $RANDOM$RANDOM$RANDOM"
    GARAGE_RPC_SECRET="$(secret_of rpc_secret)"
    # What its file holds goes to that process's program: a secret, and nothing else.
    [[ "$GARAGE_RPC_SECRET" =~ ^[0-9a-fA-F]{64}$ ]] || return 0
    for each in status through stats workers errors layout history health; do
        question "$each" "$SERIES"
        case "${WORDS[0]:-/}" in /*) continue ;; esac
        ask_one "$each" "${WORDS[@]}" >"$WORK/self.$each" </dev/null 2>/dev/null &
        pids+=("$!")
        ASKED+="self.$each "
    done
    wait "${pids[@]}" || true
}

# ask_one QUESTION WORDS…: secret and address by the environment, so that Garage reads no configuration, and nothing stands in a command line.
ask_one() {
    local code=0
    # Only what lists blocks may be long.
    case "$1" in errors) ulimit -f 16384 ;; *) ulimit -f 4096 ;; esac
    shift
    export GARAGE_RPC_SECRET RUST_LOG=error
    GARAGE_RPC_HOST="$ID@$(wanted rpc)"
    export GARAGE_RPC_HOST
    garage_run "$@" || code=$?
    printf '\n%s %s\n' "$MARK_ANSWER" "$code"
}
