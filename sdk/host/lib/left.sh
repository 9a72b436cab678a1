# shellcheck shell=bash
# A node that has left its machine, which is about to be changed or replaced: its daemon is down, its volumes are let go, and nothing but `back`
# brings it up again. Ledger keys: `left <shape> <nonce>`, from before the stop until `back` starts it; `nonce <nonce>` stays: with it an answer
# is the same when nothing has happened, and another one when something has. `left` stands on the root disk too, where it is read while the
# volumes are away. A shape is the digest of what a machine shall be; that of this one stands in its claim.

# left_find: sets LEFT; 1 where this node hasn't left.
left_find() {
    kv_get "$ETC/left" left LEFT
    [ -n "$LEFT" ] || ! ledger_exists || ledger_get left LEFT
    [ -n "$LEFT" ]
}

# left_refuse VERB: only what knows of it goes on.
left_refuse() {
    case "$1" in leave | back | host | uninstall | ledger) return 0 ;; esac
    ! left_find ||
        fail node-left "this node has left its machine, which is to be changed or replaced, and comes back by that (back): nothing was touched; run pulumi up without --target"
}

# left_nonce VARIABLE: of the last time.
left_nonce() {
    local KV="" _nonce
    if left_find; then KV="${LEFT##* }"; else ledger_get nonce _nonce && KV="$_nonce"; fi
    give "${KV:-none}" "$1"
}

# left_note SHAPE BEFORE: from here on nothing starts this node.
left_note() {
    local nonce
    if left_find; then nonce="${LEFT##* }"; else random_word nonce; fi
    ledger_update "left=$1 $nonce" "nonce=$nonce" "before=$2" "@leaves its machine, which is to be $1"
    put_file "$ETC/left" "left $1 $nonce" || fail unwritable "can't write $ETC/left; is the disk full?"
}

# left_lift TEXT: it may be started again.
left_lift() {
    ! ledger_knows left || ledger_update left= "@$1"
    [ ! -e "$ETC/left" ] || { rm -f -- "$ETC/left" && sync "$ETC"; }
}

# left_forget TEXT: the same by other ways than `back`: nobody will ask for what it held when it left.
left_forget() {
    left_find || return 0
    ledger_knows act || ledger_update before=
    left_lift "$1"
}
