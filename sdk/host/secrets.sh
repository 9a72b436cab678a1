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

# What is printed is one word: the file is the user garage's, and more lines of it would pass for other secrets.
secrets_line() {
    local secret
    [ -e "$SECRETS/$2" ] || return 0
    secret_of "$2" secret || fail unreadable "$SECRETS/$2 holds no secret, or more than one word: what is there isn't shown. pulumi up writes it anew; where the stack is lost, take it from another node"
    printf '%s %s\n' "$1" "$secret"
}
