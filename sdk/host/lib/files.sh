# shellcheck shell=bash
# shellcheck disable=SC2034  # LAST_SEEN and the numbers are for the callers
# Files in directories where the user garage may write too, who may be whoever has taken over the daemon. What root relies on is a plain file,
# in a directory in which only root can take it away; what root writes comes under a name that nobody could know, and gets its owner and mode
# by its descriptor.

# garage_user: sets GARAGE_UID and GARAGE_GID; empty before the user is made.
garage_user() {
    local entry
    [ -z "${GARAGE_GID:-}" ] || return 0
    ! garage_is_made || return 0
    entry="$(getent passwd garage)" || entry=""
    IFS=: read -r _ _ GARAGE_UID _ <<<"$entry"
    entry="$(getent group garage)" || entry=""
    IFS=: read -r _ _ GARAGE_GID _ <<<"$entry"
}

# put_file FILE TEXT [MODE [OWNER]]: TEXT is what FILE holds now, whole and on the disk, or nothing has changed. OWNER as for chown, by
# numbers.
put_file() {
    put_output "$1" "${3:-600}" "${4:-}" printf '%s\n' "$2"
}

# put_changed FILE TEXT [MODE [OWNER]]: the same, where FILE holds something else.
put_changed() {
    local have
    text_of "$1" have
    [ "$2" = "$have" ] || put_file "$@"
}

# put_output FILE MODE OWNER COMMAND…: the same of what COMMAND prints.
put_output() {
    local file="$1" mode="$2" owner="$3" temp
    shift 3
    kv_regular "$file"
    temp="$(mktemp -u -- "$file.XXXXXX")" || return 1
    if (
        umask 077
        # A name that is there already is a refusal, also if it is a link.
        set -C
        exec >"$temp" || exit 1
        [ -z "$owner" ] || chown "$owner" /proc/self/fd/1 || exit 1
        [ "$mode" = 600 ] || chmod "$mode" /proc/self/fd/1 || exit 1
        "$@"
    ) && sync "$temp" && mv -fT "$temp" "$file" && sync "${file%/*}"; then return 0; fi
    rm -f -- "$temp"
    return 1
}

# odd_find FILE: sets KV to what lies there in the place of a file, if anything does. Without a process.
odd_find() {
    KV=""
    if [ -L "$1" ]; then
        KV="a link"
    elif [ -d "$1" ]; then
        KV="a directory"
    elif [ -e "$1" ] && [ ! -f "$1" ]; then
        KV="a pipe or a device"
    fi
}

# plain_files FILE…: each one isn't there, or is a file that has no other name. Else LAST_SEEN says what it is.
plain_files() {
    local KV file links name there=()
    for file in "$@"; do
        odd_find "$file"
        [ -z "$KV" ] || { LAST_SEEN="$file is $KV, and no plain file (who put it there?)"; return 1; }
        [ ! -f "$file" ] || there+=("$file")
    done
    [ "${#there[@]}" -gt 0 ] || return 0
    while read -r links name; do
        [ "$links" = 1 ] || { LAST_SEEN="$name is a hard link: the file has another name somewhere (who made it?)"; return 1; }
    done < <(stat -c '%h %n' -- "${there[@]}")
}

# at_place DIR: goes there, through no link, by the kernel's own word: bash's `pwd -P` looks the path up once more.
at_place() {
    cd -P -- "$1" && [ "$(readlink /proc/self/cwd)" = "$1" ]
}

# roots_own FILE: in a directory of root's it is root's too, so nobody else has put it there.
roots_own() {
    if [ ! -O "${1%/*}" ] || [ ! -e "$1" ] || [ -O "$1" ]; then return 0; fi
    LAST_SEEN="$1 doesn't belong to root, so somebody else may have written it; where it is the right one (after a chown -R): chown root:root $1"
    return 1
}

# run_note NAME TEXT: TEXT stands in that file below $RUN, or no such file is left there, and LAST_SEEN says why. Callers stand where errexit is off.
run_note() {
    if { mkdir -p "$RUN" && printf '%s\n' "$2" >"$RUN/$1"; } 2>/dev/null; then return 0; fi
    rm -f -- "$RUN/$1"
    LAST_SEEN="can't write below $RUN (is /run full, or read-only?)"
    return 1
}

# secret_of NAME VARIABLE: that secret; 1 where it is none. Its file is the user garage's, as Garage wants it, so anything may stand in it, such
# as a second line for who puts the first one into a configuration.
secret_of() {
    text_of "$SECRETS/$1" "$2"
    case "${!2}" in "" | *[[:space:][:cntrl:]]*) give "" "$2" && return 1 ;; esac
}

# quoted TEXT VARIABLE: as it stands between the quotes of garage.toml and of curl's configuration.
quoted() {
    local KV="${1//\\/\\\\}"
    KV="${KV//\"/\\\"}"
    # A line more would be a setting of its own.
    KV="${KV//$'\n'/\\n}"
    give "${KV//$'\r'/\\r}" "$2"
}

# roots_dir DIR: a directory of root's own, made where there is nothing: what lies in it nobody else can change.
roots_dir() {
    mkdir -- "$1" 2>/dev/null || { [ -d "$1" ] && [ ! -L "$1" ] && [ -O "$1" ]; }
}

# room_to_start: what comes behind a stop is written to the root disk and beside the metadata (ledger, the link to the generation, the unit's
# drop-in). Asked while the daemon still runs.
room_to_start() {
    local dir metadata free
    ! daemon_stopped || return 0
    metadata_path metadata
    for dir in "$OPT" "$ROOT/etc" "$metadata"; do
        free_mib "$dir" free
        [ "$free" -ge 4 ] ||
            fail disk-space "only $free MiB are free in ${dir#"$ROOT"}, where what comes behind the stop is written; nothing was stopped: make room, then run pulumi up again"
    done
}

# file_sha256 FILE [VARIABLE]: empty, and 1, when it can't be read. For what may be large: openssl knows the processor's own instructions
# for it, five times as fast as sha256sum on most machines, and takes several times as long to start.
file_sha256() {
    local KV code=0
    { KV="$(openssl dgst -sha256 -r "$1")" || KV="$(sha256sum "$1")"; } 2>/dev/null || { code=1 && KV=""; }
    give "${KV%% *}" "${2:-}"
    return "$code"
}

# small_sha256 FILE [VARIABLE]: the same for a file that is small.
small_sha256() {
    local KV code=0
    KV="$(sha256sum "$1" 2>/dev/null)" || { code=1 && KV=""; }
    give "${KV%% *}" "${2:-}"
    return "$code"
}
