# shellcheck shell=bash
# Wall 3: what this node's ledger says to a release. Pure but for the ledger; every refusal says the way.

# stage_consent RELEASE SV DOWNGRADE
stage_consent() {
    local release="$1" sv="$2" series have
    series_of "$release" series
    ledger_get series have
    series_known "$series" || fail release-unknown "Garage $release is of no series that this tool knows (0.7, 0.8, 0.9, 1, 2)"
    series_known "$sv" || fail release-unknown "stateVersion \"$sv\" is none of 0.7, 0.8, 0.9, 1, 2"
    if [ "$series" != "$sv" ] && ! is_next "$sv" "$series"; then
        consent_refuse_jump "$release" "$series" "$sv"
    fi
    if [ -z "$have" ] || stage_never_started; then
        [ "$series" = "$sv" ] ||
            fail new-host-series "this node is new and has no data: it can't take part in the way from $sv to $series. Start it with version and stateVersion of one series: where the other nodes have finished the upgrade, stateVersion: \"$series\" in this same run"
    elif ledger_is hopstate open; then
        consent_in_hop "$release" "$series" "$sv" "$have" "$3"
    elif [ "$have" = "$sv" ]; then
        consent_from_here "$release" "$series" "$sv" "$3"
    elif is_next "$sv" "$have"; then
        consent_after_hop "$release" "$series" "$sv" "$have"
    else
        consent_refuse_state_version "$sv" "$have"
    fi
}

# No daemon has ever answered here and there is no database: whatever the ledger says, there are no data yet.
stage_never_started() {
    local engine metadata
    ! ledger_is born yes || return 1
    metadata_path metadata
    for engine in sled lmdb sqlite fjall; do
        ! database_exists "$engine" "$metadata" || return 1
    done
}

consent_refuse_jump() {
    local next
    series_next "$3" next
    release_lower "$2.0.0" "$3.0.0" &&
        fail series-downgrade "Garage $1 is older than the series of the data, $3: a series never goes back. Older metadata come back only with their backup: garage-node restore"
    fail series-skip "Garage $1 skips a series: from $3 the next one is $next. Go to a release of $next first, then on"
}

consent_refuse_state_version() {
    release_lower "$1.0.0" "$2.0.0" &&
        fail state-version-behind "stateVersion says $1, but this node's data are of series $2: set stateVersion: \"$2\""
    fail state-version-ahead "stateVersion says $1, but this node's data are still of series $2. stateVersion states what is; version asks: leave it at \"$2\" and set version to a release of $(series_next "$2")"
}

# The data are of series sv: a patch upgrade, or the way into the next series.
consent_from_here() {
    if [ "$2" != "$3" ]; then
        ! ledger_is hop "$3-to-$2" || ! ledger_is hopstate finished ||
            fail hop-finished "the ledger says that $3 → $2 was finished on $(ledger_get hopdate), yet the data are of $3: nothing is safe to assume; see garage-node ledger show"
        return 0
    fi
    consent_not_lower "$1" "$4"
}

# consent_not_lower RELEASE DOWNGRADE: inside a series.
consent_not_lower() {
    local last undo=""
    ledger_get release last
    if [ -z "$last" ] || ! release_lower "$1" "$last"; then return 0; fi
    [ "$2" != allowed ] || return 0
    # Back to what ran before, while the whole cluster has reached nothing higher: an unfinished roll is undone.
    ! ledger_is previous "$1" || undo=yes
    if [ -n "$undo" ] && ! release_lower "$1" "$(ledger_get reached)" && reached_is_told; then return 0; fi
    fail release-lower "$1 is older than $last, which ran here. Set version to $last or newer, or allowPatchDowngrade: true"
}

# The data are one series ahead of stateVersion: only a release of theirs that isn't older may be asked for.
consent_after_hop() {
    [ "$2" = "$4" ] ||
        fail series-downgrade "this node's data are of series $4 already; Garage $1 can't read them. Set version to $(ledger_get release) and stateVersion: \"$4\""
    consent_ran_newer "$1" "$4" "$4"
}

# A major upgrade is open on this node: on, with the same or a newer release of the target; or back, while that is possible.
consent_in_hop() {
    local hop from to
    ledger_get hop hop
    from="${hop%-to-*}"
    to="${hop#*-to-}"
    if [ "$3" = "$from" ] && [ "$2" = "$to" ]; then
        ! ledger_knows target || ! release_lower "$1" "$(ledger_get target)" ||
            fail release-lower "the major upgrade $from → $to was begun with $(ledger_get target); $1 is older. Set version to $(ledger_get target) or newer"
        consent_ran_newer "$1" "$4" "$to"
    elif [ "$3" = "$from" ] && [ "$2" = "$from" ]; then
        ! hop_has_migrated "$4" "$from" ||
            fail hop-begun "the major upgrade $from → $to has already changed this node's data, so $1 can't run on them. On: set version to $(ledger_get target). Back: garage-node restore $(ledger_get backup) on each node (all stopped), see docs/upgrading.md"
        consent_not_lower "$1" "$5"
    else
        fail hop-open "the major upgrade $from → $to is open on this node (attempt $(ledger_get attempt)): leave stateVersion at \"$from\" and set version to $(ledger_get target) or newer to go on, or back to $(ledger_get release)"
    fi
}

consent_ran_newer() {
    [ "$2" = "$3" ] || return 0
    ! ledger_knows release || ! release_lower "$1" "$(ledger_get release)" ||
        fail release-lower "$1 is older than $(ledger_get release), which ran here: set version to $(ledger_get release) or newer"
}

# hop_has_migrated SERIES FROM: `migrate` has begun here.
hop_has_migrated() {
    [ "$1" = "$2" ] || return 0
    ! ledger_knows migrating || return 0
    ledger_has passed migrate
}
