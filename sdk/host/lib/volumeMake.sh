# shellcheck shell=bash
# shellcheck disable=SC2034,SC2153  # LAST_SEEN is for wait_until; VOLUME_ID is volumes.sh's
# The file system of a volume: made on one that is proven blank, grown with it, never anything else.

# volume_format ROLE CLUSTER NODE: with its mark in it from the beginning. That it was proven blank is noted on the root disk: what is on it
# after a formatting that was cut short is known by its UUID.
volume_format() {
    local role="$1" id="${VOLUME_ID[$1]}" dir="$RUN/volumes/new" uuid note="$ETC/formatting-$1" spare=0
    [ -d "$ETC" ] || (umask 022 && mkdir -p "$ETC")
    [ "${VOLUME_STATE[$role]}" = half ] || text_of /proc/sys/kernel/random/uuid uuid
    if [ -n "${uuid:-}" ]; then put_file "$note" "volume $id"$'\n'"uuid $uuid" || fail unwritable "can't write $note; is the disk full?"; fi
    kv_get "$note" uuid uuid
    rm -rf -- "$dir"
    if [ "$role" = data ]; then
        (umask 022 && mkdir -p "$dir/data")
    else
        # Room for root's own records, however much Garage writes.
        spare=2
        (umask 022 && mkdir -p "$dir/meta")
        mkdir "$dir/backups" "$dir/kept"
    fi
    put_file "$dir/garage-node.volume" "volume $id"$'\n'"cluster $2"$'\n'"node $3"$'\n'"role $role" || fail temp-files "can't write below $RUN (is /run full, or read-only?); nothing was touched"
    chmod 755 "$dir"
    say "formatting the volume $id ($role), which is blank"
    mkfs.ext4 -q -m "$spare" -U "$uuid" -d "$dir" "${VOLUME_DEVICE[$role]}" </dev/null >&2 ||
        fail volume-format "could not make a file system on the volume $id ($role), which is blank: see above; run pulumi up again"
    sync "${VOLUME_DEVICE[$role]}"
    rm -rf -- "$dir"
    volume_look "$role" "$2" "$3"
    [ "${VOLUME_STATE[$role]}" = ours ] || fail volume-format "the file system on the volume $id ($role) isn't what was written; is the volume well? Run pulumi up again"
    rm -f -- "$note"
}

# volume_is_half ROLE: this host has begun to format it, and on it is nothing, or what it began.
volume_is_half() {
    local note="$ETC/formatting-$1" uuid said
    [ -f "$note" ] && [ "$(kv_get "$note" volume)" = "${VOLUME_ID[$1]}" ] || return 1
    kv_get "$note" uuid uuid
    said="$(blkid -p -o value -s UUID "${VOLUME_DEVICE[$1]}")" || true
    [ -n "$uuid" ] && { [ -z "$said" ] || [ "$said" = "$uuid" ]; }
}

# volume_grow ROLE: a volume that has grown shows it some seconds later; its file system grows while it is in use. It never shrinks.
volume_grow() {
    local role="$1" device="${VOLUME_DEVICE[$1]}" before after
    [ -z "${VOLUME_GIB[$role]}" ] || wait_until 120 "the size of the volume" volume_shows "$role" ||
        fail volume-size "the volume ${VOLUME_ID[$role]} ($role) is to have ${VOLUME_GIB[$role]} GiB, and $LAST_SEEN after 120 s: does AWS still change it (EC2, Volumes)? Run pulumi up again"
    volume_blocks "$device" before
    resize2fs "$device" >"$RUN/volumes/resize" 2>&1 || {
        cat "$RUN/volumes/resize" >&2
        fail volume-size "the file system of the volume ${VOLUME_ID[$role]} ($role) could not grow: see above; it is as it was. Run pulumi up again"
    }
    volume_blocks "$device" after
    [ "$before" = "$after" ] || say "the file system on the volume ${VOLUME_ID[$role]} ($role) has grown with it"
}

volume_shows() {
    local bytes
    bytes="$(blockdev --getsize64 "${VOLUME_DEVICE[$1]}")" || bytes=0
    LAST_SEEN="shows $((bytes / 1073741824))"
    [ $((bytes / 1073741824)) -ge "${VOLUME_GIB[$1]}" ]
}

# volume_blocks DEVICE VARIABLE: of its file system.
volume_blocks() {
    local KV
    KV="$(dumpe2fs -h "$1" 2>/dev/null | sed -n 's/^Block count: *//p')" || KV=""
    give "$KV" "$2"
}
