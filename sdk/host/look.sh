# shellcheck shell=bash
# look NODE tool=ID: may the Garage that runs here be taken over, as adopt.json says? Answers `same`, or `ours` where this host is this node's
# already; refuses else. Reads only, and leaves nothing: it comes before the first `host` of any node, so that a refusal leaves nothing anywhere.

verb_look() {
    sheet_read
    sheet_whole
    # shellcheck disable=SC1091
    source "$HERE/host.sh"
    host_call "$1"
    host_refuse_machine
    host_refuse_paths
    host_refuse_foreign_claim "$CLUSTER" "$1" "$METADATA"
    if [ -f "$ETC/claim" ]; then
        answer_shown ours
    else
        host_refuse_before_adoption "$1"
        adopt_look
        answer_shown same
    fi
}
