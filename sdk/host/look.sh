# shellcheck shell=bash
# look NODE tool=ID: may the Garage that runs here be taken over, as adopt.json says? With `adoptback`: may its service of before come back? Answers
# `same WORD`, or `ours EPOCH` where this host is this node's already; refuses else. Whenever a look answers something else all that is behind it
# runs again: where nobody claims the host, and `ours EPOCH again` where what was staged last isn't what stands. Reads only, and leaves
# nothing: it comes before the first `host` of any node. What was sent for it stays in the login's home.

verb_look() {
    sheet_read
    sheet_whole
    load_verb host
    host_call "$1"
    if sheet_is adoptback yes; then
        look_back "$1"
        return
    fi
    host_refuse_machine
    host_refuse_paths
    host_refuse_foreign_claim "$CLUSTER" "$1" "$METADATA"
    if [ ! -f "$ETC/claim" ]; then
        host_refuse_before_adoption "$1"
        adopt_look
    fi
    look_answer
}

# look_back NODE: is it claimed, then by this cluster, and it may go back. A rename that was cut short has hidden the ledger: `untake` undoes it
# first, and asks the same.
look_back() {
    if [ -f "$ETC/claim" ]; then
        host_refuse_foreign_claim "$CLUSTER" "$1" "$METADATA"
        if ledger_exists; then
            untake_may || fail adopt-back-unfit "this node can't go back to its service of before: $LAST_SEEN; nothing was touched"
        fi
    fi
    look_answer
}

look_answer() {
    local epoch="" again="" word
    random_word word
    if [ ! -f "$ETC/claim" ]; then
        answer_shown "same $word"
        return
    fi
    if ledger_exists; then
        ledger_get epoch epoch
        ! ledger_knows redraw || again=" again"
    fi
    answer_shown "ours ${epoch:-none}$again"
}
