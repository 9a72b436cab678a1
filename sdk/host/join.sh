# shellcheck shell=bash
# join: every node knows every other one, and sees it. Those that don't are told to connect by id and address.
# Ledger: `asked <digest> <token>`: the layout that the last call was for.

verb_join() {
    local token
    require_identity
    if ledger_is hopstate open; then
        say "the major upgrade $(ledger_get hop) is open: nodes may be down; nothing was touched"
    elif judge views; then
        say "every node sees every node ($(peers_in | wc -l)); nothing to do"
    else
        say "joining $(peers_in | wc -l) nodes ($LAST_SEEN)"
        require_views
    fi
    join_token token
    answer "$token $(peers_in | wc -l) nodes"
}

# join_token VARIABLE: changes with the layout that is asked for, and `layout` waits for it. So one that is set back is looked at again: it
# may have been applied though its call failed, and then nothing in the stack's state differs.
join_token() {
    local asked last
    sheet_get layout asked
    ledger_get asked last
    if [ -z "$last" ] || [ "${last% *}" != "$asked" ]; then
        random_word last
        last="$asked $last"
        ledger_update "asked=$last"
    fi
    give "${last##* }" "$1"
}
