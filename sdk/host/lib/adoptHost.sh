# shellcheck shell=bash
# `host` of a node whose Garage runs already: claimed, with ledger, secrets and tool, while the old service runs on. Nothing gets the name
# garage.service, and no file or directory of the old daemon's another owner or mode: that is `take`'s.

# host_adopts: this call is to claim it, or finds it claimed and not taken over yet.
host_adopts() {
    local asked
    sheet_get adopt asked
    if adopt_waits; then
        [ -n "$asked" ] ||
            fail adopt-open "the Garage that ran here before is claimed, and not taken over yet (its old service runs on): put adopt back into the program and run pulumi up. To leave it as it was, remove the component: that touches no old service which wasn't taken over"
        return 0
    fi
    [ -n "$asked" ] && ! ledger_exists
}

host_adopt() {
    local node="$1" tool="$2" backups
    host_refuse_before_adoption "$node"
    host_refuse_other_tool "$tool"
    host_refuse_other_secrets
    # Half-way through `take` the old service may be down, or put away.
    if ! adopt_half_way; then
        adopt_look
        # What was noted before its turn came may be another service by now.
        rm -f -- "$ADOPTED/before.adopted"
        adopt_note
        # shellcheck disable=SC2034  # garage_user asks anew
        GARAGE_UID="" GARAGE_GID=""
    fi
    ! old_kind_is commands || old_commands_again
    rm -f -- "$ETC/disowned"
    setup_packages
    old_user_is made || setup_user
    (umask 022 && mkdir -p "$GENERATIONS")
    host_backups backups
    setup_backups "$backups"
    adopt_ledger "$node"
    setup_claim "$CLUSTER" "$node" "$METADATA"
    setup_secrets
    setup_launchers
    setup_facts
    setup_tool "$tool"
}

# What speaks against it whatever runs here.
host_refuse_before_adoption() {
    [ ! -f "$ETC/claim" ] || host_refuse_lost_ledger "$1" "$METADATA"
    host_refuse_planted "$METADATA"
    host_refuse_foreign_ledger "$CLUSTER" "$1"
}

# The ledger says what the data are; nothing of ours may run yet. Until its turn comes the old service may become another one, which was looked at.
adopt_ledger() {
    local id path paths now was changes=()
    if adopt_half_way; then return 0; fi
    changes=("series=$(seen_value .series)" "release=$(seen_value .release)" "engine=$(seen_value .engine)")
    sheet_all data paths
    if adopt_waits; then
        now="${changes[*]} $paths"
        was="series=$(ledger_get series) release=$(ledger_get release) engine=$(ledger_get engine) $(ledger_all data)"
        if [ "$now" = "$was" ] && ! ledger_knows act; then return 0; fi
        changes+=("data=" act= "@the service of before was looked at again")
    else
        node_id_of "$ROOT$METADATA" id
        changes+=("cluster=$CLUSTER" "node=$1" "id=$id" "metadata=$METADATA" born=yes adopted=waiting "@claimed while the service of before runs on")
    fi
    while read -r path; do [ -z "$path" ] || changes+=("+data=$path"); done <<<"$paths"
    ledger_update "${changes[@]}"
}

# What an adoption that came to nothing has left: who would be the user garage is asked of this host again.
adopt_forget() {
    if [ ! -e "$ADOPTED" ] || ledger_knows adopted; then return 0; fi
    rm -rf -- "$ADOPTED"
    # shellcheck disable=SC2034  # garage_user asks anew
    GARAGE_UID="" GARAGE_GID=""
}

# host_goes_back NODE: its service of before comes back, or has: this call sets nothing up. Answers the id.
host_goes_back() {
    local id
    id="$(seen_now | jq -r '.id // ""')" || id=""
    fits id "$id" || fail sheet-unfit "what the call says was seen here can't be read; nothing was touched: run pulumi up again"
    if [ -f "$ETC/claim" ]; then
        host_refuse_foreign_claim "$CLUSTER" "$1" "$METADATA"
    else
        say "this host is claimed by no cluster, and stays so"
        rm -rf "$TOOLS"
    fi
    answer "$id"
}
