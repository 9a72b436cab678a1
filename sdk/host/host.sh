# shellcheck shell=bash
# host NODE tool=ID: makes this machine a node of the cluster (user, unit, secrets, claim, node key), or refuses before
# anything is changed. Prints the node's id, so that all ids are known before the first start.

verb_host() {
    local node="$1" tool="${2#tool=}"
    host_call "$node"
    if sheet_is adoptback yes; then
        host_goes_back "$node"
        return
    fi
    host_refuse_machine
    host_refuse_paths
    host_refuse_foreign_claim "$CLUSTER" "$node" "$METADATA"
    # Where its node has left this machine `back` brings it up. On a new one, of another stack, `host` does.
    [ ! -f "$ETC/claim" ] || left_refuse ""
    volumes_look "$CLUSTER" "$node"
    volumes_take "$CLUSTER" "$node" ""
    if host_adopts; then
        host_adopt "$node" "$tool"
    else
        host_refuse_strangers "$node" "$tool"
        host_set_up "$node" "$tool"
    fi
    left_forget "set up on another machine"
    answer "$(ledger_get id)"
}

# host_call NODE: what it is about. Sets CLUSTER, METADATA and LEDGER_METADATA, for all that is asked of the ledger.
host_call() {
    CLUSTER="" METADATA=""
    sheet_need cluster CLUSTER
    sheet_need metadata METADATA
    sheet_is node "$1" || fail sheet-incomplete "the call is for node $(sheet_get node)"
    LEDGER_METADATA="$METADATA"
}

# host_refuse_strangers NODE TOOL: what lies in the directories, once the volumes are mounted.
host_refuse_strangers() {
    host_refuse_planted "$METADATA"
    host_refuse_lost_ledger "$1" "$METADATA"
    host_refuse_foreign_ledger "$CLUSTER" "$1"
    host_refuse_other_tool "$2"
    host_refuse_foreign_garage
    host_refuse_foreign_data "$METADATA"
    host_refuse_other_secrets
}

# host_set_up NODE TOOL
host_set_up() {
    rm -f -- "$ETC/disowned"
    adopt_forget
    setup_packages
    setup_user
    setup_directories "$METADATA"
    # Only now it can be told whether the ledger is root's own.
    ! ledger_exists || require_ledger
    setup_node_key "$METADATA"
    setup_ledger "$CLUSTER" "$1" "$METADATA"
    setup_claim "$CLUSTER" "$1" "$METADATA"
    setup_secrets
    setup_unit
    setup_imds
    setup_facts
    setup_tool "$2"
}

host_refuse_machine() {
    local free systemd
    case "$(uname -m)" in
        x86_64 | aarch64) ;;
        *) fail architecture "this host is $(uname -m); Garage is set up on x86_64 and aarch64 only: take another host" ;;
    esac
    read -r _ systemd _ <<<"$(systemctl --version)"
    systemd="${systemd%%[!0-9]*}"
    [ "${systemd:-0}" -ge 239 ] ||
        fail no-systemd "this host has systemd ${systemd:-of no version that it tells}, and this tool needs 239 or newer (Debian 10, Ubuntu 20.04, RHEL 8, Amazon Linux 2023): take a newer host, or upgrade it"
    free_mib "$ROOT/opt" free
    [ "$free" -ge 300 ] || fail disk-space "only $free MiB are free in /opt, at least 300 are needed for Garage's binaries: make room, then run pulumi up again"
}

# What the user garage could have put in the place of what root reads.
host_refuse_planted() {
    local path paths files=("$ETC/claim" "$OPT/options" "$SECRETS"/* "$ROOT$1"/{node_key,node_key.pub,garage-node.ledger,garage-node.history})
    sheet_all data paths
    while read -r path; do files+=("$ROOT$path/garage-node.data"); done <<<"$paths"
    plain_files "${files[@]}" || fail unreadable "$LAST_SEEN; nothing was changed"
}

host_refuse_foreign_claim() {
    local old_cluster old_node old_metadata old_backups backups
    [ -f "$ETC/claim" ] || return 0
    claim_get cluster old_cluster
    claim_get node old_node
    claim_get metadata old_metadata
    [ "$old_cluster" = "$1" ] ||
        fail claim-foreign "this host is node $old_node of another cluster ($old_cluster). A component that was only renamed needs the option aliases; a lost stack is taken up with clusterId and rpcSecret (sudo garage-node secrets); to free the host, remove the node there first"
    [ "$old_node" = "$2" ] ||
        fail claim-foreign "this host is node \"$old_node\" of this cluster, not \"$2\". A node's name can't be changed: call it $old_node again (a renamed component needs the option aliases)"
    [ "$old_metadata" = "$3" ] ||
        fail claim-metadata "the metadata of this node are in $old_metadata; they can't be moved to $3: set metadataDir back"
    claim_get backups old_backups
    host_backups backups
    [ -z "$old_backups" ] || [ "$old_backups" = "$backups" ] || say "new backups go to $backups; older ones stay in $old_backups"
}

host_refuse_lost_ledger() {
    if [ ! -f "$ETC/claim" ] || ledger_exists; then return 0; fi
    ! disown_begun ||
        fail adopt-open "this host was being handed back to the service that ran before, which runs here, when that was cut short; nothing was touched: put adopt with back: true into the program, and run pulumi up, which ends it"
        fail ledger-missing "this host is claimed for node $1, but $2 has no ledger: the metadata volume is not mounted, or lost. Mount it and run pulumi up again. Only the ledger is lost: garage-node ledger rebuild. All is lost: set up a new host, with nodes.$1.replace: \"$(claim_get id)\""
}

host_refuse_foreign_ledger() {
    local id old
    ledger_exists || return 0
    ledger_usable || fail ledger-unusable "$LAST_SEEN; see garage-node ledger rebuild"
    if ! ledger_is cluster "$1" || ! ledger_is node "$2"; then
        ! ledger_is node "$2" ||
            fail ledger-foreign "the metadata in $LEDGER_METADATA are those of $2 of another cluster. To go on with these data give its id: clusterId: \"$(ledger_get cluster)\". Else attach the right volume; an empty one only to begin anew"
        fail ledger-foreign "the metadata in $LEDGER_METADATA are those of node $(ledger_get node) of cluster $(ledger_get cluster), not of $2 of $1: attach the right volume, or another empty one"
    fi
    claim_get id old
    if [ -f "$ETC/claim" ] && ! ledger_is id "$old"; then
        fail ledger-foreign "the metadata in $LEDGER_METADATA are of node id $(ledger_get id), this host is claimed for $old: a copied or swapped disk? Attach the right one"
    fi
    node_id_of "$ROOT$LEDGER_METADATA" id
    ledger_is id "$id" ||
        fail node-key "the node key in $LEDGER_METADATA is of ${id:-nobody (the file is missing)}, the ledger is of $(ledger_get id): put the right node_key and node_key.pub back from a backup"
    [ -z "$id" ] || ! sheet_is replace "$id" ||
        fail replace-same "nodes.$2.replace names $id, but that is the node on this very host: give the new host an empty metadata volume"
    host_refuse_removed_data
}

# A procedure ends with the tool that it was begun with: no call of it ever meets another one.
host_refuse_other_tool() {
    local begun
    ledger_is hopstate open || return 0
    ledger_get hoptool begun
    [ -n "$begun" ] || begun="$(readlink "$TOOLS/current" 2>/dev/null)" || begun=""
    [ -z "$begun" ] || [ "$begun" = "$1" ] ||
        fail tool-in-hop "the major upgrade $(ledger_get hop) is open on this node, and was begun with version ${begun%-*} of this package (garage-node $begun); the call is of version ${1%-*} ($1). Nothing was touched: finish the upgrade, or go back, with version ${begun%-*}; then take the newer package"
}

# A Garage that isn't ours: its service, or a daemon that runs from elsewhere (containers' own don't count).
host_refuse_foreign_garage() {
    local file dir exe
    for file in etc lib usr/lib; do
        file="$ROOT/$file/systemd/system/garage.service"
        [ ! -f "$file" ] || head -n 1 "$file" | grep -q 'Installed by garage-node' ||
            fail garage-foreign "there is already a Garage on this host ($file), set up by somebody else: its data were not touched; take another host, or remove it first"
    done
    for dir in "$ROOT"/proc/[0-9]*; do
        garage_server_here "$dir" || continue
        # In a container root may not see another user's exe; the command line says it too.
        exe="$(readlink "$dir/exe" 2>/dev/null || tr '\0' '\n' <"$dir/cmdline" | head -n 1)"
        case "$exe" in "" | "$GENERATIONS/"* | "$OPT/current/garage") ;; *) fail garage-foreign "a Garage that this tool did not start runs here (process ${dir##*/}, $exe); stop and remove it first, or take another host" ;; esac
    done
}

host_refuse_paths() {
    local path metadata paths backups
    sheet_get metadata metadata
    sheet_all data paths
    host_backups backups
    while read -r path; do
        case "$path/" in
            *[$' \t"\\']* | *//* | */../* | */./*) fail path-unfit "\"$path\" can't be used as a directory of Garage" ;;
            /root/* | /tmp/* | /var/tmp/* | /dev/* | /proc/* | /sys/* | /run/*) fail path-unfit "$path is no place to keep data" ;;
            /*/*/) ;;
            *) fail path-unfit "\"$path\" must be absolute and at least two levels deep, as /var/lib/garage" ;;
        esac
    done <<<"$metadata${paths:+$'\n'$paths}"$'\n'"$backups"
}

# host_backups [VARIABLE]
host_backups() {
    local KV
    sheet_get backups KV
    give "${KV:-/var/lib/garage-backups}" "${1:-}"
}

host_refuse_other_secrets() {
    local name value old lines own="" of08="" option
    sheet_all secret lines
    while read -r name value; do
        case "$name" in
            "") ;;
            rpc_secret | rpc_secret_0.8)
                if [ "$name" = rpc_secret ]; then own="${value,,}" option=rpcSecret; else of08="${value,,}" option="rpcSecret08, or by the rpcSecret that it was made from,"; fi
                # A power loss may have left it empty. Hex digits mean the same in either case.
                text_of "$SECRETS/$name" old
                [ -z "$old" ] || { [ "$name" != rpc_secret ] && host_is_past_08; } || [ "${old,,}" = "${value,,}" ] ||
                    fail secret-differs "this node has another $name: with a new one it could not talk to the others, and there is no procedure yet that changes it. Give the old one by $option (sudo garage-node secrets shows it)"
                ;;
            admin_token | metrics_token)
                text_of "$SECRETS/$name" old
                [ -z "$old" ] || [ "$old" = "$value" ] ||
                    fail secret-differs "this node has another $name: Garage would go on with the old one until its next start, and there is no procedure yet that changes it. Give the old one by ${name/_t/T} (sudo garage-node secrets shows it)"
                ;;
            *) fail sheet-incomplete "unknown secret $name" ;;
        esac
    done <<<"$lines"
    [ -z "$of08" ] || [ "$own" != "$of08" ] ||
        fail secrets-not-apart "rpcSecret08 is the same as rpcSecret: daemons of 0.8 and 0.9 with one secret destroy each other's data; nothing was touched. Give the one that runs on 0.8 as rpcSecret08, and leave rpcSecret out"
}

# No daemon here will need the secret of 0.8 any more.
host_is_past_08() {
    ! ledger_is hopstate open || return 1
    case "$(ledger_get series)" in 0.9 | 1 | 2) return 0 ;; esac
    return 1
}
