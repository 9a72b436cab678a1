# shellcheck shell=bash
# Cold backups of a node's metadata: <backups>/<hop>-<attempt>-<time>/{manifest,metadata/,generations/}.
# Manifest: kv lines, and `file <sha256> <path below metadata>` for each file.

# What of the metadata directory DIR is its content: not snapshots, what was put aside, or the file system's own. DIR may be a link.
metadata_entries() {
    find -H "$1" -mindepth 1 -maxdepth 1 ! -name snapshots ! -name 'before-*' ! -name 'restore-*' ! -name lost+found \
        ! -name 'garage-node.ledger.*' ! -name 'garage-node.history.*' -printf "${2:-%f\n}"
}

# metadata_odd DIR: names one of its content that a backup couldn't hold: behind a link lies what neither copy nor sums would have, and a name
# with a line's end or a backslash in it is another one in a list of sums. 1 when not all of it could be looked at.
metadata_odd() (
    local entries code=0
    cd "$1" || exit 1
    find . -mindepth 1 -maxdepth 1 \( -name $'*\n*' -o -name '*\\*' \) -printf '%p\n' -quit || code=1
    entries="$(metadata_entries .)" || exit 1
    [ -n "$entries" ] || exit "$code"
    mapfile -t entries <<<"$entries"
    # By ./NAME, or a file called -delete would be an order.
    find "${entries[@]/#/./}" \( ! -type f ! -type d -o -name $'*\n*' -o -name '*\\*' \) -printf '%p\n' -quit || code=1
    exit "$code"
)

# metadata_sums DIR: `<sha256> *<path>` of every file that counts, sorted by path. By openssl where it works, as file_sha256: S3 may be
# off meanwhile.
metadata_sums() (
    local sums=(sha256sum -b --) entries odd
    cd "$1" || exit 1
    ! openssl dgst -sha256 -r /dev/null >/dev/null 2>&1 || sums=(openssl dgst -sha256 -r)
    odd="$(metadata_odd .)" || exit 1
    [ -z "$odd" ] || exit 1
    entries="$(metadata_entries .)" || exit 1
    [ -n "$entries" ] || exit 0
    mapfile -t entries <<<"$entries"
    find "${entries[@]/#/./}" -type f -print0 | xargs -0 -r "${sums[@]}" | sed 's| \*\./| *|' | LC_ALL=C sort -k2
)

# The files that make up the data: not the ledger (written at every step), nor LMDB's lock (readers write it; not needed).
data_sums() {
    grep -v -e ' \*garage-node\.[a-z]' -e '/lock\.mdb$' || [ $? -eq 1 ]
}

# As metadata_sums wrote them.
manifest_sums() {
    sed -n 's/^file \([0-9a-f]\{64\}\) /\1 */p' "$1/manifest"
}

# Kilobytes that the backup takes; that the database of ENGINE takes; that are free where PATH is or will be. By printf: mawk's `print` makes
# 3e+09 of a whole number from 2^31 on, and every awk's 1.3e+07 of a broken one.
metadata_kb() {
    local dir="$1"
    # A name that is none doesn't count here; metadata_odd names it.
    metadata_entries "$dir" | (cd "$dir" && { xargs -r -d '\n' du -skc -- 2>/dev/null || true; }) | awk 'END { printf "%.0f\n", $1 }'
}

database_kb() {
    du -sk -- "$(database_path "$1" "$2")" | awk '{ printf "%.0f\n", $1 }'
}

free_kb() {
    df -Pk -- "$(existing_parent "$1")" | awk 'NR == 2 { print $4 }'
}

file_system_of() {
    stat -c %d -- "$(existing_parent "$1")"
}

existing_parent() {
    local path="$1"
    while [ ! -e "$path" ]; do path="$(dirname "$path")"; done
    printf '%s\n' "$path"
}

# backup_space [EXTRA_KB]: room for the backup, and for EXTRA_KB beside the metadata (a converted database, a snapshot).
backup_space() {
    local extra="${1:-0}" metadata backups need free
    metadata_path metadata
    backups="$(backups_dir)"
    backups_need_fit "nothing was stopped"
    # A tenth more, and the binary with its configuration.
    need=$(($(metadata_kb "$metadata") * 11 / 10 + 200000))
    if [ "$(file_system_of "$metadata")" = "$(file_system_of "$backups")" ]; then
        say "note: backups go to $backups, which is the file system of the metadata: they won't outlive its disk"
        need=$((need + extra))
        extra=0
    fi
    free="$(free_kb "$backups")"
    [ "$free" -ge "$need" ] ||
        fail space-backup "no space for the backup in $backups: $((need / 1024)) MiB needed, $((free / 1024)) MiB free; make room, or set backupsDir"
    free="$(free_kb "$metadata")"
    [ "$free" -ge "$extra" ] ||
        fail space-convert "no space for a second database in $metadata: $((extra / 1024)) MiB needed, $((free / 1024)) MiB free"
}

# backups_need_fit WORDS: looked at before the stop, and once more before it is written to.
backups_need_fit() {
    # shellcheck disable=SC2034  # backups_fit sets it
    local REAL
    backups_fit "$(backups_dir)" || fail path-unfit "$LAST_SEEN; $1: give it, and the directory that it lies in, to root (chown root:root)"
}

# backup_make: copies everything, proves the copy, and prints its path. The daemon is stopped.
backup_make() {
    local name target part metadata entry
    daemon_stopped || fail daemon-running "a backup is taken only while the daemon is stopped"
    backups_need_fit "no backup was taken"
    metadata_path metadata
    name="$HOP-$(ledger_get attempt)-$(date -u +%Y%m%dT%H%M%SZ)"
    target="$(backups_dir)/$name"
    part="$(backups_dir)/.partial-$HOP"
    rm -rf -- "$part"
    mkdir -p "$part/metadata" "$part/generations" || fail backup-failed "can't write to $(backups_dir)"
    say "backup of $metadata ($(($(metadata_kb "$metadata") / 1024)) MiB) to $target"
    while IFS= read -r entry; do
        cp -a --reflink=auto -- "$metadata/$entry" "$part/metadata/" || fail backup-failed "can't copy $metadata/$entry to $(backups_dir)"
    done < <(metadata_entries "$metadata")
    backup_generations "$part/generations" || fail backup-failed "can't copy the generation to $(backups_dir)"
    backup_manifest "$metadata" >"$part/manifest" || fail backup-failed "can't read $metadata, or write to $(backups_dir)"
    sync_tree "$part" || fail backup-failed "the backup can't be written to the disk of $(backups_dir)"
    backup_proven "$part" || fail backup-failed "the backup does not read back as it was written ($LAST_SEEN); check the disk of $(backups_dir)"
    mv -T -- "$part" "$target" || fail backup-failed "can't write $target"
    sync_tree "$target" || fail backup-failed "the backup can't be written to the disk of $(backups_dir)"
    printf '%s\n' "$target"
}

# Binary and configuration: what runs, and with a quiet one the full one beside it.
backup_generations() {
    local id
    current_generation id
    for id in "$id" "${id%.quiet}"; do
        [ ! -d "$GENERATIONS/$id" ] || [ -d "$1/$id" ] || cp -a --reflink=auto -- "$GENERATIONS/$id" "$1/" || return 1
    done
}

backup_manifest() {
    local key generation stock
    current_generation generation
    ledger_get stock stock
    echo "manifest 1"
    for key in cluster node id series release engine metadata hop attempt attemptid; do echo "$key $(ledger_get "$key")"; done
    echo "generation $generation"
    echo "taken $(now_iso)"
    echo "binary $(file_sha256 "$GENERATIONS/$generation/garage")"
    echo "config $(small_sha256 "$GENERATIONS/$generation/garage.toml")"
    for key in $stock; do echo "${key/=/ }"; done
    metadata_sums "$1" | sed 's/^\([0-9a-f]*\) \*/file \1 /'
}

# sync_tree DIR: 1 when it can't be written to its disk. Older coreutils know no `sync -f`, of any place.
sync_tree() {
    sync -f "$1" 2>/dev/null || { ! sync -f / 2>/dev/null && sync; }
}

# sums_same A B: two lists of sums are the same, and there are any. Else LAST_SEEN names a file. `diff` only finds the word: on a host that
# has none, its silence must not be a yes.
sums_same() {
    LAST_SEEN=""
    if [ -n "$1" ] && [ "$1" = "$2" ]; then return 0; fi
    LAST_SEEN="$(diff <(printf '%s\n' "$1") <(printf '%s\n' "$2") 2>/dev/null | sed -n '/^[<>]/{s/^. [0-9a-f]* \*//;p;q}')" || true
    LAST_SEEN="${LAST_SEEN:-a file}"
    return 1
}

# backup_proven DIR: every file of the manifest, and no other, is there as it was.
backup_proven() {
    local written found part sum generation has first=""
    { IFS= read -r first <"$1/manifest" || true; } 2>/dev/null
    [ "$first" = "manifest 1" ] || { LAST_SEEN="no manifest"; return 1; }
    # The ledger and the node key at least: a list of nothing proves nothing.
    written="$(manifest_sums "$1")"
    [ -n "$written" ] || { LAST_SEEN="the manifest names no files"; return 1; }
    found="$(metadata_sums "$1/metadata")" || { LAST_SEEN="its files can't be read"; return 1; }
    sums_same "$written" "$found" || { LAST_SEEN="$LAST_SEEN differs"; return 1; }
    database_path "$(kv_get "$1/manifest" engine)" "" part || { LAST_SEEN="the manifest names no engine"; return 1; }
    case "$written"$'\n' in
        *" *${part#/}"$'\n'* | *" *${part#/}/"*) ;;
        *) LAST_SEEN="it holds no database ${part#/}"; return 1 ;;
    esac
    kv_get "$1/manifest" generation generation
    for part in binary:garage config:garage.toml; do
        kv_get "$1/manifest" "${part%:*}" sum
        { file_sha256 "$1/generations/$generation/${part#*:}" has && [ -n "$sum" ] && [ "$has" = "$sum" ]; } ||
            { LAST_SEEN="the ${part#*:} of its generation differs"; return 1; }
    done
}

# backup_is_current DIR: the data are still what DIR holds.
backup_is_current() {
    local now path
    metadata_path path
    now="$(metadata_sums "$path")" || { LAST_SEEN="the metadata can't be read"; return 1; }
    sums_same "$(manifest_sums "$1" | data_sums)" "$(data_sums <<<"$now")"
}
