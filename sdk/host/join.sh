# shellcheck shell=bash
# join: every node knows every other one, and sees it. Those that don't are told to connect by id and address.

verb_join() {
    require_identity
    if ledger_is hopstate open; then
        say "the major upgrade $(ledger_get hop) is open: nodes may be down; nothing was touched"
    elif views_complete; then
        say "every node sees every node ($(peers_in | wc -l)); nothing to do"
    else
        say "joining $(peers_in | wc -l) nodes ($LAST_SEEN)"
        require_views
    fi
    answer "$(peers_in | wc -l) nodes"
}
