# shellcheck shell=bash
# restore BACKUP [even-if-finished]: puts metadata, binary, configuration and ledger of a stopped node back as its backup has them.
# What was there is kept aside. For people; every node of the cluster has to be restored before one is started.

verb_restore() {
    local backup="${1:-}" metadata
    [ -n "$backup" ] || fail restore-usage "garage-node restore BACKUP: which one? There are: $(restore_list)"
    case "$backup" in */*) ;; *) backup="$(backups_dir)/$backup" ;; esac
    [ -f "$backup/manifest" ] || fail restore-usage "$backup is no backup; there are: $(restore_list)"
    restore_fits "$backup"
    hop_daemon_down || fail daemon-running "Garage runs on this node; stop it on every node first: systemctl stop garage"
    restore_may "$backup" "${2:-}"
    backup_proven "$backup" || fail backup-broken "the backup $backup is not as it was written ($LAST_SEEN)"
    metadata="$ROOT$(kv_get "$backup/manifest" metadata)"
    restore_copy "$backup" "$metadata"
    restore_generations "$backup"
    restore_ledger "$backup" "$metadata/restore-new/garage-node.ledger"
    { printf '%s\n' "$backup" >"$ETC/restoring" && sync "$ETC/restoring" "$ETC"; } || fail restore-failed "can't write $ETC/restoring; nothing was changed"
    restore_swap "$metadata"
    garage_user
    own_key "$metadata/node_key"
    own_key "$metadata/node_key.pub"
    rm -f "$ETC/restoring"
    activate "$(ledger_get generation)"
    history_add "restored from $backup"
    say "restored; nothing was started. When all nodes are restored: set version to $(kv_get "$backup/manifest" release) and run pulumi up"
    answer "$(ledger_get node) $(ledger_get release)"
}

restore_list() {
    local list
    list="$(cd "$(backups_dir)" 2>/dev/null && find . -mindepth 2 -maxdepth 2 -name manifest -printf '%h ' | sed 's|\./||g')"
    echo "${list:-none in $(backups_dir)}"
}

restore_fits() {
    local key of claimed
    for key in cluster node id metadata; do
        kv_get "$1/manifest" "$key" of
        claim_get "$key" claimed
        [ "$of" = "$claimed" ] ||
            fail restore-foreign "the backup is of $key \"$of\", this host is of \"$claimed\"; nothing was touched"
    done
}

# Where S3 was on since the backup clients have written again: what is newer than the backup would be gone.
restore_may() {
    if [ "$2" = even-if-finished ] || restore_goes_on "$1" || restore_own_attempt "$1" || backup_is_current "$1"; then return 0; fi
    fail restore-loses "this backup is of $(kv_get "$1/manifest" taken), and S3 may have been on since: what was written after it would be lost to clients. If that is what you want: garage-node restore $1 even-if-finished (what is here is kept aside)"
}

# The very attempt that is open here took it, and S3 has been off since: from quiesce to resume; never on the short way.
restore_own_attempt() {
    local id
    kv_get "$1/manifest" attemptid id
    [ -n "$id" ] && ledger_is attemptid "$id" && ledger_is hop "$(kv_get "$1/manifest" hop)" && ledger_is hopstate open &&
        [[ "$(ledger_get generation)" = *.quiet ]]
}

# A restore of it was cut short while it moved files: the ledger has left and not come back, so nothing has run since.
restore_goes_on() {
    ! ledger_exists && [ "$(text_of "$ETC/restoring")" = "$1" ]
}

restore_copy() {
    local need free
    need="$(du -sk -- "$1/metadata" | awk '{ printf "%.0f", $1 * 11 / 10 + 1024 }')"
    rm -rf -- "$2/restore-source" "$2/restore-new"
    free="$(free_kb "$2")"
    [ "$free" -ge "$need" ] || fail space-restore "no space in $2: $((need / 1024)) MiB needed, $((free / 1024)) MiB free"
    say "copying $1 to $2"
    # Made anew by us: into a link that somebody laid there meanwhile nothing is copied.
    { mkdir -- "$2/restore-new" && cp -a --reflink=auto -- "$1/metadata/." "$2/restore-new"; } || fail restore-failed "can't copy to $2/restore-new; nothing was changed"
    sync_tree "$2" || fail restore-failed "the copy can't be written to the disk of $2; nothing was changed"
    sums_same "$(manifest_sums "$1")" "$(metadata_sums "$2/restore-new")" ||
        fail restore-failed "the copy in $2/restore-new is not the backup ($LAST_SEEN differs); nothing was changed"
}

# The backup's ledger, gone back from its attempt and free to be started by the old release, with S3 on: the backup was taken of the quiet one.
restore_ledger() {
    local file="$2" id
    kv_get "$1/manifest" generation id
    [ ! -f "$GENERATIONS/${id%.quiet}/info" ] || id="${id%.quiet}"
    { sed -e '/^\(held\|epoch\|asked\|migrating\|act\|hopstate\|generation\) /d' "$file" &&
        echo "generation $id" && echo "redraw yes" && echo "hopstate withdrawn"; } >"$file.restored" &&
        mv -fT "$file.restored" "$file" && return 0
    fail restore-failed "can't write $file; nothing was changed"
}

restore_generations() {
    local dir
    for dir in "$1"/generations/*/; do
        dir="${dir%/}"
        [ -f "$GENERATIONS/${dir##*/}/info" ] || cp -a -- "$dir" "$GENERATIONS/" || fail restore-failed "can't put $(basename "$dir") back"
        # A backup may be older than what generations say of themselves today.
        has_facts "${dir##*/}" || facts_kept "${dir##*/}" || say "note: generation ${dir##*/} doesn't say all that it is; stage makes it anew"
    done
}

# restore_still_down METADATA ASIDE: from here `admit` refuses; who was started while it copied has the files open.
restore_still_down() {
    ! hop_daemon_down || return 0
    [ -f "$2/garage-node.ledger" ] || fail daemon-running "Garage runs on this node, though there is no ledger; stop it (systemctl stop garage), then run restore again"
    mv -- "$2/garage-node.ledger" "$1/" || fail restore-failed "Garage was started meanwhile, and the ledger can't be moved back from $2; stop Garage and run restore again"
    sync_tree "$1" || say "$1 can't be written to its disk; is that well?"
    rmdir -- "$2"
    rm -f "$ETC/restoring"
    fail daemon-running "Garage was started meanwhile; nothing was changed: stop it on every node (systemctl stop garage), then run restore again"
}

# The ledger goes first and comes last: a claim without a ledger starts nothing.
restore_swap() {
    local aside entry here new
    # Names, each with a NUL behind it: whoever was the daemon may have put any there.
    [ -f "$1/restore-new/garage-node.ledger" ] || fail restore-failed "the copy has no ledger"
    { mapfile -d '' -t here < <(metadata_entries "$1" '%f\0') && wait "$!" && mapfile -d '' -t new < <(metadata_entries "$1/restore-new" '%f\0') && wait "$!"; } || fail restore-failed "can't list $1; nothing was changed"
    aside="$(mktemp -d "$1/before-restore-$(date -u +%Y%m%dT%H%M%SZ)-XXXX")" || fail restore-failed "can't make a directory in $1"
    { [ ! -f "$1/garage-node.ledger" ] || mv -- "$1/garage-node.ledger" "$aside/"; } || fail restore-failed "can't move $1/garage-node.ledger aside"
    restore_still_down "$1" "$aside"
    for entry in ${here[@]+"${here[@]}"}; do
        [ "$entry" != garage-node.ledger ] || continue
        mv -T -- "$1/$entry" "$aside/$entry" || fail restore-failed "can't move ${entry//[[:cntrl:]]/?} aside; run restore again"
    done
    sync_tree "$1" || fail restore-failed "$1 can't be written to its disk; run restore again"
    for entry in ${new[@]+"${new[@]}"}; do
        [ "$entry" = garage-node.ledger ] || mv -T -- "$1/restore-new/$entry" "$1/$entry" || fail restore-failed "can't move $entry in; run restore again"
    done
    sync_tree "$1" || fail restore-failed "$1 can't be written to its disk; run restore again"
    mv -- "$1/restore-new/garage-node.ledger" "$1/"
    sync_tree "$1" || fail restore-failed "$1 can't be written to its disk; run restore again"
    rmdir "$1/restore-new" 2>/dev/null || true
    say "what was there is kept in $aside"
}
