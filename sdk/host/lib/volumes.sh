# shellcheck shell=bash
# shellcheck disable=SC2034  # LAST_SEEN is for wait_until
# The volumes of a machine that the cluster makes itself (aws): `volume <role> <id> [<GiB>]` in the sheet, without the size in the claim. The one
# for the metadata also holds what must outlive the machine. A volume is found by its id alone: the names of devices change with each boot.
# In its root lies its mark, garage-node.volume: whose it is.

declare -gA VOLUME_ID=() VOLUME_GIB=() VOLUME_DEVICE=() VOLUME_STATE=()
VOLUME_ROLES=(metadata data)

# volumes_named LINES: sets VOLUME_ID and VOLUME_GIB, by role. 1 where there are none.
volumes_named() {
    local role id gib
    VOLUME_ID=() VOLUME_GIB=()
    while read -r role id gib; do
        [ -z "$id" ] || { VOLUME_ID[$role]="$id" && VOLUME_GIB[$role]="$gib"; }
    done <<<"$1"
    [ "${#VOLUME_ID[@]}" -gt 0 ]
}

# volumes_look CLUSTER NODE: which they are, by the call, where they are, and that none is somebody else's. Nothing is written to them.
volumes_look() {
    local lines role
    sheet_all volume lines
    volumes_refuse_other "$lines"
    volumes_named "$lines" || return 0
    for role in "${VOLUME_ROLES[@]}"; do
        [ -n "${VOLUME_ID[$role]:-}" ] || fail sheet-incomplete "the call names no volume for $role; run it through pulumi up"
    done
    volumes_programs
    mkdir -p "$RUN/volumes"
    volumes_wait
    for role in "${VOLUME_ROLES[@]}"; do volume_look "$role" "$1" "$2"; done
}

# volumes_take CLUSTER NODE LEDGER: they are mounted where metadata, data and backups belong, or nothing has been written to any of them. A blank
# one is formatted; where LEDGER is yes, or this host is claimed, there must be a ledger, and a blank one is refused.
volumes_take() {
    local role
    [ "${#VOLUME_ID[@]}" -gt 0 ] || return 0
    volumes_refuse_blank "$2" "$3"
    mounts_refuse_hidden
    for role in "${VOLUME_ROLES[@]}"; do
        [ "${VOLUME_STATE[$role]}" = ours ] || volume_format "$role" "$1" "$2"
    done
    mounts_make
    for role in "${VOLUME_ROLES[@]}"; do volume_grow "$role"; done
}

# This machine keeps the volumes that it has.
volumes_refuse_other() {
    local had asked id
    [ -f "$ETC/claim" ] || return 0
    claim_get machine id
    sheet_get machine asked
    [ -z "$id" ] || [ "$id" = "$asked" ] ||
        fail machine-differs "this host was set up as machine $id, and the call is for ${asked:-none}: another machine answers at this address, or its root disk is a copy. Nothing was touched: start a machine from an image that no node has run on"
    kv_all "$ETC/claim" volume had
    volumes_only_ids "$1" asked
    asked="${asked//$'\n'/, }"
    had="${had//$'\n'/, }"
    [ -z "$had" ] || [ "$had" = "$asked" ] ||
        fail volume-differs "this node's volumes are $had, and the call names ${asked:-none}; nothing was touched: a volume of a node can't be changed for another one. Set it back"
}

# volumes_only_ids LINES VARIABLE: without the sizes.
volumes_only_ids() {
    local KV="" _role _id
    while read -r _role _id _; do
        [ -z "$_id" ] || KV+="${KV:+$'\n'}$_role $_id"
    done <<<"$1"
    give "$KV" "$2"
}

volumes_programs() {
    if command -v mkfs.ext4 >/dev/null && command -v debugfs >/dev/null && command -v resize2fs >/dev/null; then return 0; fi
    packages_install e2fsprogs || fail packages "could not install e2fsprogs, which makes and reads the volumes' file systems; nothing was touched: install it by hand, then run pulumi up again"
}

# They are attached while the machine boots, or after.
volumes_wait() {
    wait_until 180 "the volumes" volumes_there ||
        fail volume-missing "$LAST_SEEN after 180 s; nothing was touched: is it attached to this machine (AWS console, EC2, Volumes)? Then run pulumi up again"
}

volumes_there() {
    local role device
    for role in "${!VOLUME_ID[@]}"; do
        volume_find "${VOLUME_ID[$role]}" device || { LAST_SEEN="the volume ${VOLUME_ID[$role]} ($role) isn't there"; return 1; }
        VOLUME_DEVICE[$role]="$device"
    done
}

# volume_find ID VARIABLE: its device: by udev's link, else by the serial number that it tells, which is the id without its dash.
volume_find() {
    local _serial="${1/-/}" _said _dir _file
    _file="$ROOT/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_$_serial"
    if [ -e "$_file" ]; then
        give "$(readlink -f "$_file")" "$2"
        return
    fi
    for _dir in "$ROOT"/sys/block/*; do
        text_of "$_dir/device/serial" _said
        _file="$ROOT/dev/${_dir##*/}"
        if [ "${_said//[[:blank:]]/}" = "$_serial" ] && [ -e "$_file" ]; then
            give "$_file" "$2"
            return
        fi
    done
    return 1
}
