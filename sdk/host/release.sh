# shellcheck shell=bash
# release VERSION key=value…: every node reports the release asked for; only then it counts as reached. The other words are for
# the next preview, which compares them; and for the next stage on this node (lib/record.sh).

verb_release() {
    local version="$1"
    require_identity
    ! ledger_is hopstate open ||
        fail hop-open "the major upgrade $(ledger_get hop) is still open on this node; $version is not reached: run pulumi up without --target"
    release_as_staged "$version"
    require_views
    wait_judge 15 "every node to report $version" runs "release=$version" ||
        fail release-differs "not every node runs $version: $LAST_SEEN; run pulumi up without --target"
    if ledger_is reached "$version" && ledger_is record "$*"; then
        say "every node runs $version; reached before"
    else
        reached_note "$version"
        ledger_is record "$*" || ledger_update "record=$*"
        say "every node runs $version"
    fi
    answer "$version"
}

# Where the call brings the stages' answers, they are for this release.
release_as_staged() {
    [ -n "$(sheet_get line)" ] || return 0
    require_same_release
    [ "$SAME_RELEASE" = "$1" ] ||
        fail stage-differs "the nodes were staged for $SAME_RELEASE, and $1 was asked for; run pulumi up without --target"
}
