# shellcheck shell=bash
# shellcheck disable=SC2034  # LAST_SEEN is for the callers
# Where the volumes are mounted: each in /srv/garage/<role>, and of it the directories in their places. By units of systemd: a start of Garage asks
# for them anew each time, and none of them keeps a machine from booting. Their source is a link in /run, made by a service that looks for the
# volumes by id (`garage-node volumes`): a unit for a device waits for udev, and knows names only.

MOUNTS_BY="# Written by garage-node; lost at the next change."
MOUNTS_SERVICE=garage-node-volumes.service

# mounts_list VARIABLE: lines `<where> <what> <type>`, by the call.
mounts_list() {
    local _metadata _data _backups KV=""
    sheet_need metadata _metadata
    sheet_need data _data
    host_backups _backups
    KV+="$VOLUMES/metadata /run/garage-node/volumes/metadata ext4"$'\n'
    KV+="$VOLUMES/data /run/garage-node/volumes/data ext4"$'\n'
    KV+="$_metadata $VOLUMES/metadata/meta none"$'\n'
    KV+="$_backups $VOLUMES/metadata/backups none"$'\n'
    KV+="$_data $VOLUMES/data/data none"
    give "$KV" "$1"
}

# mounts_refuse_hidden: what lies in a directory would be out of sight below the volume.
mounts_refuse_hidden() {
    local where list names
    sheet_all data list
    case "$list" in *$'\n'*) fail volume-hides "this node has one volume for data, and the call names several data directories; nothing was touched: name one" ;; esac
    mounts_list list
    while read -r where _; do
        ! mount_find "$where" || continue
        names="$(content_of "$where")" || names="(nobody can look)"
        [ -z "$names" ] || fail volume-hides "$where is not empty (${names%%$'\n'*}), and a volume is to be mounted there, which would hide it; nothing was touched: move it away"
    done <<<"$list"
}

# mounts_make: all of them are mounted, now and at each boot.
mounts_make() {
    local where what type list unit units=() changed=no missing=no
    mounts_list list
    mounts_service changed
    while read -r where what type; do
        mount_unit "$where" unit
        units+=("$unit")
        mount_write "$unit" "$where" "$what" "$type" changed
        mount_find "$where" || missing=yes
        [ -d "$ROOT$where" ] || (umask 022 && mkdir -p "$ROOT$where")
    done <<<"$list"
    if [ "$changed" = yes ]; then
        systemctl daemon-reload
        systemctl enable "${units[@]}" >/dev/null 2>&1 || fail volume-mount "systemd could not enable the units of the volumes (${units[*]}): see systemctl status"
    fi
    [ "$missing" = yes ] || return 0
    volumes_link
    systemctl start "${units[@]}" >/dev/null 2>&1 || true
    while read -r where what type; do
        mount_unit "$where" unit
        mount_find "$where" || fail volume-mount "$where could not be mounted; see journalctl -u $unit, then run pulumi up again"
    done <<<"$list"
    mounts_hold "$list" || fail volume-mount "$LAST_SEEN; see systemctl status ${units[*]}"
}

# volumes_link: for the units of the volumes themselves.
volumes_link() {
    local role
    mkdir -p "$RUN/volumes"
    for role in "${!VOLUME_DEVICE[@]}"; do ln -sfn "${VOLUME_DEVICE[$role]}" "$RUN/volumes/$role"; done
}

# mounts_service CHANGED: sets CHANGED to yes where the unit is another one than before.
mounts_service() {
    local _text
    _text="$MOUNTS_BY
[Unit]
Description=The volumes of this Garage node, found by their ids
ConditionPathExists=/usr/bin/garage-node

[Service]
Type=oneshot
TimeoutStartSec=240
ExecStart=/usr/bin/garage-node volumes"
    mounts_put "$MOUNTS_SERVICE" "$_text" "$1"
}

# mount_write UNIT WHERE WHAT TYPE CHANGED. Without systemd's own dependencies: those of a mount come before all services, and this one waits for one.
mount_write() {
    local _text _needs="Wants=$MOUNTS_SERVICE"$'\n'"After=$MOUNTS_SERVICE" _options=nodev,nosuid,noexec,noatime _volume
    if [ "$4" = none ]; then
        _options=bind
        mount_unit "${3%/*}" _volume
        _needs="Requires=$_volume"$'\n'"After=$_volume"
    fi
    _text="$MOUNTS_BY
[Unit]
Description=$2, for Garage
DefaultDependencies=no
Conflicts=umount.target
Before=umount.target
$_needs

[Mount]
What=$3
Where=$2
Type=$4
Options=$_options
TimeoutSec=90

[Install]
WantedBy=multi-user.target"
    mounts_put "$1" "$_text" "$5"
}

mounts_put() {
    local _file="$ROOT/etc/systemd/system/$1" _old
    text_of "$_file" _old
    [ "$_old" != "$2" ] || return 0
    put_file "$_file" "$2" 644 || fail unwritable "can't write $_file; is the disk full?"
    give yes "$3"
}

# mount_unit PATH VARIABLE: the name of its unit.
mount_unit() {
    local _units
    mount_units "$1" _units
    give "${_units##* }" "$2"
}

# mounts_ours: sets UNITS to the names of the units that lie here.
mounts_ours() {
    local file line
    UNITS=()
    for file in "$ROOT"/etc/systemd/system/*.mount; do
        { IFS= read -r line <"$file"; } 2>/dev/null || continue
        [ "$line" != "$MOUNTS_BY" ] || UNITS+=("${file##*/}")
    done
    [ "${#UNITS[@]}" -gt 0 ]
}

# mounts_end: nothing of the volumes is mounted any more, wherever, for Garage has ended; else LAST_SEEN says what is. Their devices are noted before
# the stop: it may end the mount of a volume, and leave that of a directory of it.
mounts_end() {
    local UNITS MOUNTED where devices file="$RUN/let-go"
    mounts_ours || return 0
    text_of "$file" devices
    mounts_of_units
    for where in "${MOUNTED[@]}"; do
        if mount_find "$where" && ! among "$MOUNT_DEVICE" "$devices"; then devices+="${devices:+$'\n'}$MOUNT_DEVICE"; fi
    done
    put_file "$file" "$devices" || { LAST_SEEN="can't write $file (is /run full?), so nobody could tell whether they are let go"; return 1; }
    systemctl stop "${UNITS[@]}" >/dev/null 2>&1 || true
    mounts_gone "$devices" || return 1
    rm -f -- "$file"
}

# mounts_of_units: sets MOUNTED to where the UNITS mount something.
mounts_of_units() {
    local unit where
    MOUNTED=()
    for unit in "${UNITS[@]}"; do
        while IFS='=' read -r unit where; do
            [ "$unit" != Where ] || MOUNTED+=("$where")
        done <"$ROOT/etc/systemd/system/$unit"
    done
}

# mounts_gone DEVICES: none of them is mounted, and nothing in MOUNTED.
mounts_gone() {
    local device where table places
    printf -v places '%s\n' "${MOUNTED[@]}"
    [ -r "$ROOT/proc/self/mountinfo" ] || { LAST_SEEN="the mounts could not be looked at"; return 1; }
    text_of "$ROOT/proc/self/mountinfo" table
    while read -r _ _ device _ where _; do
        if [ -z "$where" ] || ! { among "$device" "$1" || among "$where" "$places"; }; then continue; fi
        LAST_SEEN="the volume in $where is still in use (lsof +f -- $where says by whom)"
        return 1
    done <<<"$table"
}

# mounts_remove: their units too. What lies on the volumes stays.
mounts_remove() {
    local UNITS unit
    mounts_ours || return 0
    systemctl disable "${UNITS[@]}" >/dev/null 2>&1 || true
    for unit in "${UNITS[@]}" "$MOUNTS_SERVICE"; do rm -f -- "$ROOT/etc/systemd/system/$unit"; done
    systemctl daemon-reload
}
