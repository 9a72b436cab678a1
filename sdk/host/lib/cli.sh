# shellcheck shell=bash
# Garage's own CLI, always the binary and configuration of the running generation: another series' CLI can't talk to it.

# garage_cli ARGS…: asks this node's daemon.
garage_cli() {
    garage_at "$(own_rpc)" "$@"
}

# garage_at ID@ADDR ARGS…: the same, asking a peer. stderr is shown only when the call fails.
garage_at() {
    local host="$1" errors code=0
    shift
    { errors="$(garage_as_user "$host" "$@" 2>&1 1>&3 3>&-)" || code=$?; } 3>&1
    [ "$code" -eq 0 ] || printf '%s\n' "$errors" | tail -n 3 >&2
    return "$code"
}

garage_as_user() {
    local host="$1"
    shift
    rpc_secret_08
    # By the environment, so that neither the binary's default nor argv decides; RUST_LOG keeps 0.7 quiet.
    GARAGE_RPC_HOST="$host" RUST_LOG=error as_garage timeout -k 2 "$(option cliTimeoutSeconds 20)" \
        "$OPT/current/garage" -c "$OPT/current/garage.toml" "$@"
}

# The CLI of 0.8 doesn't read the file that garage.toml names for the secret (tried with 0.8.7; 0.9 does).
rpc_secret_08() {
    unset GARAGE_RPC_SECRET
    [ "$(generation_info "$(current_generation)" series)" = 0.8 ] || return 0
    GARAGE_RPC_SECRET="$(<"$SECRETS/rpc_secret_0.8")"
    export GARAGE_RPC_SECRET
}

# The user owns the files of the daemon, so what runs on them does it as that user.
as_garage() {
    setpriv --reuid garage --regid garage --init-groups --no-new-privs -- "$@"
}

# <own id>@<where this node's RPC listens>: the bind address, or the loopback when that is a wildcard.
own_rpc() {
    local generation bind
    generation="$(current_generation)"
    bind="$(generation_info "$generation" rpcbind)"
    case "$bind" in
        "" | "[::]" | "::" | 0.0.0.0) bind=127.0.0.1 ;;
        *:*) bind="[${bind//[\[\]]/}]" ;;
    esac
    printf '%s@%s:%s\n' "$(ledger_get id)" "$bind" "$(generation_info "$generation" rpcport)"
}
