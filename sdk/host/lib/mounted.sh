# shellcheck shell=bash
# shellcheck disable=SC2034  # LAST_SEEN is for the callers
# What is mounted now, by the kernel's own word.

# mount_find PATH: something is mounted there. Sets MOUNT_DEVICE (its number) and MOUNT_ROOT (what of its file system), of what came last.
mount_find() {
    local device of where found=1 table
    MOUNT_DEVICE="" MOUNT_ROOT=""
    text_of "$ROOT/proc/self/mountinfo" table
    while read -r _ _ device of where _; do
        if [ "$where" = "$1" ]; then MOUNT_DEVICE="$device" MOUNT_ROOT="$of" found=0; fi
    done <<<"$table"
    return "$found"
}

# mounts_hold LIST: each directory is that of its volume. Else LAST_SEEN says which isn't.
mounts_hold() {
    local where what type volume device
    while read -r where what type; do
        [ "$type" = none ] || continue
        volume="${what%/*}"
        { mount_find "$volume" && [ "$MOUNT_ROOT" = / ]; } || { LAST_SEEN="no volume is mounted in $volume"; return 1; }
        device="$MOUNT_DEVICE"
        { mount_find "$where" && [ "$MOUNT_DEVICE $MOUNT_ROOT" = "$device /${what##*/}" ]; } ||
            { LAST_SEEN="$where isn't the directory ${what##*/} of the volume in $volume"; return 1; }
    done <<<"$1" || { LAST_SEEN="the mounts could not be looked at"; return 1; }
}

# volumes_hold: where this host has volumes, the node's directories lie on them, and they are the node's by their marks. For `admit`: it goes by
# claim and ledger.
volumes_hold() {
    local lines role list metadata backups paths path
    kv_all "$ETC/claim" volume lines
    volumes_named "$lines" || return 0
    claim_get metadata metadata
    claim_get backups backups
    list="$metadata $VOLUMES/metadata/meta none"$'\n'"$backups $VOLUMES/metadata/backups none"
    ledger_all data paths
    while read -r path; do [ -z "$path" ] || list+=$'\n'"$path $VOLUMES/data/data none"; done <<<"$paths"
    mounts_hold "$list" || return 1
    for role in "${!VOLUME_ID[@]}"; do volume_is_claimed "$role" || return 1; done
}

# volume_is_claimed ROLE: the mark of what is mounted says what the claim says.
volume_is_claimed() {
    local mark="$ROOT$VOLUMES/$1/garage-node.volume" key is claimed
    for key in cluster node; do
        claim_get "$key" claimed
        kv_get "$mark" "$key" is
        [ "$is" = "$claimed" ] || { LAST_SEEN="the volume in $VOLUMES/$1 is that of $key ${is:-(no mark)}, this host is of $claimed"; return 1; }
    done
    kv_get "$mark" volume is
    [ "$is" = "${VOLUME_ID[$1]}" ] || { LAST_SEEN="in $VOLUMES/$1 is the volume ${is:-(no mark)}, and this host has ${VOLUME_ID[$1]}"; return 1; }
}
