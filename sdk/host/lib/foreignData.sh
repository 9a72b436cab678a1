# shellcheck shell=bash
# What lies in the directories of a node before it is set up, and whose it is.

# Without a ledger the directories must be empty: an empty Garage beside somebody's blocks deletes them in its next repair.
host_refuse_foreign_data() {
    local path paths id x="??????"
    ledger_exists || host_refuse_content "$1" "node_key|node_key.pub|node_key.new|node_key.$x|node_key.pub.$x|$(ledger_leftovers | tr '\n' '|')"
    node_id_of "$ROOT$1" id
    sheet_all data paths
    while read -r path; do
        { ledger_exists && ledger_has datamark "$path"; } || host_refuse_unmarked "$path" "$id"
    done <<<"$paths"
}

# A directory that the ledger doesn't call marked: a new one, or one of a ledger that was rebuilt. Only this node's mark tells its data
# volume from the empty mount point under one that isn't mounted.
host_refuse_unmarked() {
    local path="$1" mark
    mark_of "$path" mark
    [ -z "$mark" ] || [ "$mark" = "$2" ] ||
        fail data-foreign "$path is the data directory of another node (garage-node.data in it says ${mark:0:64}): attach the right volume, or move it all aside"
    if ledger_exists && ledger_is born yes; then
        [ -z "$mark" ] || return 0
        if ledger_has data "$path" || [ -z "$(ledger_all data)" ]; then
            fail data-unmarked "$path has no mark of this node (garage-node.data), and the ledger was rebuilt, so nothing tells whether it is the right volume, or one that isn't mounted: mount the data volume. Only where it is mounted, and nothing but its mark is lost: write $2 into $path/garage-node.data"
        fi
    fi
    host_refuse_content "$path" "garage-node.data|garage-node.data.??????"
}

# host_refuse_content PATH PATTERN|PATTERN…: nothing else is in it.
host_refuse_content() {
    local name names allowed
    names="$(content_of "$1")" || fail path-unfit "neither root nor the user garage can look into $1, so nobody knows whether it is empty"
    IFS='|' read -ra allowed <<<"lost+found|$2"
    while read -r name; do
        [ -z "$name" ] || like_one "$name" "${allowed[@]}" ||
            fail data-foreign "$1 is not empty ($name), and no ledger says whose it is: mount the right volumes, or garage-node ledger rebuild if these are this node's own, or move it all aside"
    done <<<"$names"
}

host_refuse_removed_data() {
    local path paths
    ledger_all data paths
    while read -r path; do
        [ -z "$path" ] || sheet_has data "$path" ||
            fail data-removed "the data directory $path was left out; blocks may lie in it: put it back (read_only: true empties it in time)"
    done <<<"$paths"
}

like_one() {
    local pattern
    for pattern in "${@:2}"; do
        # shellcheck disable=SC2053 # a pattern
        if [[ "$1" == $pattern ]]; then return 0; fi
    done
    return 1
}
