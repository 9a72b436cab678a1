# shellcheck shell=bash
# Garage's own CLI, always the binary and configuration of the running generation: another series' CLI can't talk to it.

# garage_cli ARGS…: asks this node's daemon.
garage_cli() {
    local OWN_RPC
    own_rpc_find
    garage_at "$OWN_RPC" "$@"
}

# garage_at ID@ADDR ARGS…: the same, asking a peer. stderr is shown only when the call fails.
garage_at() {
    local errors code=0
    { errors="$(exec_garage "$@" 2>&1 1>&3 3>&-)" || code=$?; } 3>&1
    [ "$code" -eq 0 ] || printf '%s\n' "$errors" | tail -n 3 | plain_text >&2
    return "$code"
}

# Seconds for one question, as `OPTION=DEFAULT`; some have a limit of their own.
ASK_LIMIT="cliTimeoutSeconds=20"

# exec_garage ID@ADDR ARGS…: ends the (sub)shell that calls it: a process less for the most frequent of all calls.
exec_garage() {
    local limit
    rpc_secret_08
    option "${ASK_LIMIT%%=*}" "${ASK_LIMIT#*=}" limit
    # By the environment, so that neither the binary's default nor argv decides; RUST_LOG keeps 0.7 quiet.
    export GARAGE_RPC_HOST="$1" RUST_LOG=error
    shift
    garage_words
    exec setpriv "${AS_GARAGE[@]}" timeout -k 2 "$limit" "$OPT/current/garage" -c "$OPT/current/garage.toml" "$@"
}

# The CLI of 0.8 doesn't read the file that garage.toml names for the secret (tried with 0.8.7; 0.9 does).
rpc_secret_08() {
    unset GARAGE_RPC_SECRET
    runs_series 0.8 || return 0
    GARAGE_RPC_SECRET="$(<"$SECRETS/rpc_secret_0.8")"
    export GARAGE_RPC_SECRET
}

# The user owns the files of the daemon, so what runs on them does it as that user.
garage_words() {
    AS_GARAGE=(--reuid garage --regid garage --init-groups --no-new-privs --)
    # Until `take` makes the user, with this number.
    ! garage_is_made || AS_GARAGE=(--reuid "$GARAGE_UID" --regid "$GARAGE_GID" --clear-groups --no-new-privs --)
}

as_garage() {
    garage_words
    setpriv "${AS_GARAGE[@]}" "$@"
}

# garage_alone WHAT BINARY WORDS…: what works on the files of a stopped daemon, and takes as long as the database is large.
garage_alone() {
    local limit what="$1"
    option repairTimeoutSeconds 3600 limit
    shift
    watched "$limit" "$what (repairTimeoutSeconds)" as_garage timeout --kill-after=10 "$limit" "$@"
}

# own_rpc_find: sets OWN_RPC to <own id>@<where this node's RPC listens>: the bind address, or the loopback when that is a wildcard.
own_rpc_find() {
    local KV LEDGER_FILE
    own_place rpc OWN_RPC
    ledger_find || true
    kv_find "$LEDGER_FILE" id
    OWN_RPC="$KV@$OWN_RPC"
}

# admin_get PATH: the admin API of this host; fails on anything but 200. The token never stands in argv, and nobody but the daemon gets it.
admin_get() {
    local ADMIN_URL ADMIN_TOKEN
    # Of a service of before it isn't known which of its processes listens.
    adopt_runs_old || daemon_takes admin || return 1
    admin_find || return 1
    printf 'header = "Authorization: Bearer %s"\n' "$ADMIN_TOKEN" |
        curl --silent --fail --noproxy '*' --max-time 10 --config - "$ADMIN_URL$1"
}
