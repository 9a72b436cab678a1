# shellcheck shell=bash
# shellcheck disable=SC2034  # LAST_SEEN is for the callers
# Whose a volume is, looked at before anything is written to it.

# volume_look ROLE CLUSTER NODE: sets VOLUME_STATE: blank, ours, or half (formatted here, and cut short). Refuses what is somebody else's. Nothing
# is mounted for that: a journal would be replayed, which writes.
volume_look() {
    local role="$1" device="${VOLUME_DEVICE[$1]}" mark="$RUN/volumes/$1.volume" ledger="$RUN/volumes/$1.ledger"
    rm -f -- "$mark" "$ledger"
    if mount_find "$VOLUMES/$role"; then
        mark="$ROOT$VOLUMES/$role/garage-node.volume"
    elif volume_blank "$device"; then
        VOLUME_STATE["$role"]=blank
        return 0
    else
        debugfs -R "cat /garage-node.volume" "$device" >"$mark" 2>/dev/null || true
        # What isn't replayed yet may name a file of before. The mark has been there from the first day.
        ! volume_replayed "$device" || debugfs -R "cat /meta/garage-node.ledger" "$device" >"$ledger" 2>/dev/null || true
    fi
    if [ ! -s "$mark" ] && volume_is_half "$role"; then
        VOLUME_STATE["$role"]=half
        return 0
    fi
    volume_refuse_foreign "$role" "$mark" "$ledger" "$2" "$3"
    VOLUME_STATE["$role"]=ours
}

volume_refuse_foreign() {
    local role="$1" id="${VOLUME_ID[$1]}" of cluster node file
    [ -s "$2" ] ||
        fail volume-foreign "the volume $id ($role) isn't blank, and has no mark of this tool (garage-node.volume), so somebody else's data may lie on it; it was not written to: attach the right one, or a new one"
    for file in "$2" "$3"; do
        [ -s "$file" ] || continue
        kv_get "$file" cluster cluster
        kv_get "$file" node node
        [ "$cluster:$node" = "$4:$5" ] ||
            fail volume-foreign "the volume $id ($role) is that of node ${node:-(none)} of cluster ${cluster:-(none)}, not of $5 of $4; it was not written to: attach the right one. To go on with the data of a destroyed stack give clusterId and rpcSecret"
    done
    kv_get "$2" role of
    [ "$of" = "$role" ] || fail volume-foreign "the volume $id is the one for ${of:-(nothing)} of node $5, and is named as the one for $role; it was not written to: name each where it belongs"
    kv_get "$2" volume of
    [ "$of" = "$id" ] ||
        fail volume-copied "the volume $id ($role) says that it is ${of:-(none)}: it was made of a snapshot of that one, and two of a node must never run; it was not written to. If the other one is gone for good, docs/troubleshooting.md says how this one takes its place"
}

volume_replayed() {
    local said
    said="$(dumpe2fs -h "$1" 2>/dev/null)" || return 1
    case "$said" in *needs_recovery*) return 1 ;; esac
}

# Proven: nothing known begins on it, and both ends are zeros. What can't be read isn't.
volume_blank() {
    local said bytes code=0
    said="$(blkid -p "$1" 2>&1)" || code=$?
    if [ "$code" != 2 ] || [ -n "$said" ]; then return 1; fi
    if ! said="$(wipefs -n "$1" 2>&1)" || [ -n "$said" ]; then return 1; fi
    bytes="$(blockdev --getsize64 "$1")" || return 1
    cmp -s -n 1048576 -- "$1" /dev/zero && cmp -s -n 1048576 -i "$((bytes - 1048576)):0" -- "$1" /dev/zero
}

# volumes_refuse_blank NODE LEDGER: where the data of this node must be, no volume is blank.
volumes_refuse_blank() {
    local role other ledger="$2"
    [ ! -f "$ETC/claim" ] || ledger=yes
    for role in "${VOLUME_ROLES[@]}"; do
        [ "${VOLUME_STATE[$role]}" = blank ] || continue
        [ "$ledger" != yes ] ||
            fail volume-blank "the volume ${VOLUME_ID[$role]} ($role) is blank, and this node has had data; nothing was written, and no new key is made: attach the volume that it had. It is lost for good: give nodes.$1 new volumes, and replace: its old id"
        other=metadata
        [ "$role" != metadata ] || other=data
        volume_has_node "$other" ||
            continue
        fail volume-blank "the volume ${VOLUME_ID[$role]} ($role) is blank, and ${VOLUME_ID[$other]} ($other) is that of a node that has been set up; nothing was written: attach both volumes of the node. One is lost for good: give nodes.$1 two new ones, and replace: its old id"
    done
}

# volume_has_node ROLE: a node has been set up on it: there is a ledger, or the mark of a data directory.
volume_has_node() {
    local at=meta/garage-node.ledger said
    [ "${VOLUME_STATE[$1]:-}" = ours ] || return 1
    [ "$1" = metadata ] || at=data/garage-node.data
    if mount_find "$VOLUMES/$1"; then
        [ -e "$ROOT$VOLUMES/$1/$at" ]
    else
        said="$(debugfs -R "stat /$at" "${VOLUME_DEVICE[$1]}" 2>/dev/null)" || true
        [ -n "$said" ]
    fi
}
