# shellcheck shell=bash
# A host whose service of before runs, and is nobody's node any more: what of this tool is there goes, and nothing else.

# Once the ledger is gone nothing else tells that garage.service isn't ours: whoever was cut short goes on. A host that is set up again since
# (`host`) is handed back no more.
disown_begun() {
    [ -f "$ETC/disowned" ] && ! ledger_is adopted taken
}

disown_host() {
    local paths path metadata
    claim_get metadata metadata
    # Once they are done it is gone, and the rest goes on.
    old_data paths || paths=""
    { : >"$ETC/disowned" && sync "$ETC"; } || fail unwritable "can't write to $ETC; is the disk full?"
    rm -rf "$OPT" "$ROOT/usr/bin/garage-manage" "$ROOT/usr/bin/garage-node"
    # The ledger comes last.
    for path in $paths "$metadata"; do rm -rf -- "$ROOT$path"/garage-node.*; done
    rm -rf -- "$ADOPTED" "$SECRETS"
    rm -f -- "$ETC/claim"
    rm -rf "$ETC" "$TOOLS"
}
