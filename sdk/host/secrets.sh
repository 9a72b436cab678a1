# shellcheck shell=bash
# secrets: what takes a lost stack up again. For root only.

verb_secrets() {
    if [ "$EUID" != 0 ] && [ -z "$ROOT" ]; then fail not-root "secrets are root's: sudo garage-node secrets"; fi
    [ -f "$ETC/claim" ] || fail not-set-up "this host is claimed by no cluster"
    printf 'clusterId %s\n' "$(claim_get cluster)"
    secrets_line rpcSecret rpc_secret
    ! { ledger_readable && ledger_is series 0.8; } || secrets_line rpcSecret08 rpc_secret_0.8
    secrets_line adminToken admin_token
    secrets_line metricsToken metrics_token
}

secrets_line() {
    [ ! -f "$SECRETS/$2" ] || printf '%s %s\n' "$1" "$(cat "$SECRETS/$2")"
}
