# shellcheck shell=bash
# The directories of metadata and data belong to root, and the group garage may write in them (1770): Garage makes its files there, and can't
# put one in the place of root's own (ledger, node key, marks, proofs).

setup_directories() {
    local path paths backups
    host_backups backups
    (umask 022 && mkdir -p "$ETC" "$GENERATIONS")
    garage_user
    setup_backups "$backups"
    sheet_all data paths
    hand_over "$1" "$paths"
    while read -r path; do
        [ -z "$path" ] || setup_directory "$path"
    done <<<"$1"$'\n'"$paths"
    [ -w "$ROOT$1" ] || fail path-unfit "root can't write in $1 (is it read-only, or NFS with root_squash?), where this tool's own record of the node belongs: take a disk of this host, or export it with no_root_squash"
}

setup_backups() {
    local REAL dir="$ROOT$1"
    backups_fit "$dir" || fail path-unfit "$LAST_SEEN; nothing was touched there: name another backupsDir, in a directory of root's, or give it to root (chown root:root)"
    make_directory "$1"
    # Not of what a link has led to meanwhile.
    (at_place "$REAL" && chmod 700 .) 2>/dev/null || say "note: $1 can't be closed to other users (NFS with root_squash?), and the backups in it hold the node's key"
    [ -w "$ROOT$1" ] || say "note: root can't write in $1, so a major upgrade could take no backup there: set backupsDir"
}

# backups_fit DIR: it is root's, or root's to make, and nobody has put a link in its place. One where root may not write (NFS with root_squash) holds
# no backups. Sets REAL.
backups_fit() {
    link_of_others "$1" || return 1
    if [ ! -d "$REAL" ] || [ -O "$REAL" ] || [ ! -w "$REAL" ]; then return 0; fi
    LAST_SEEN="$1 doesn't belong to root, and the backups in it hold the node's key"
    return 1
}

make_directory() {
    [ -d "$ROOT$1" ] || (umask 022 && mkdir -p "$ROOT$1") || fail path-unfit "can't make $1 (is its disk read-only, or NFS with root_squash?): make it yourself, for the user garage, or name another one"
}

setup_directory() {
    local REAL dir="$ROOT$1"
    make_directory "$1"
    link_of_others "$dir" || fail path-unfit "$LAST_SEEN; nothing was touched there: give the directory that it lies in to root, or name the real one"
    # In this order: a daemon that runs makes files there all the time.
    if [ "$(stat -Lc '%u:%g %a' "$dir")" != "$EUID:$GARAGE_GID 1770" ]; then
        (at_place "$REAL" && chown ":$GARAGE_GID" . && chmod 1770 . && chown "$EUID" .) 2>/dev/null ||
            say "note: $1 can't be given to root (NFS with root_squash, or a file system without owners?), so who takes over Garage here could replace what this tool keeps in it"
    fi
    as_garage test -w "$dir" || fail path-unfit "the user garage can't reach $1: one of the directories above it is closed"
    while dir="${dir%/*}" && [ -n "$dir" ]; do
        [ -O "$dir" ] || [ -k "$dir" ] || ! as_garage test -w "$dir" ||
            say "note: the user garage may write in ${dir#"$ROOT"}, so who takes over Garage here could replace all of $1: give it to root (chown root:root), if nothing speaks against it"
    done
}

# link_of_others PATH: 1 where a link on its way lies where the user garage may write: he could have given to him what is anybody's. Sets REAL,
# where the others lead.
link_of_others() {
    local left="${1#/}" part target count=0
    REAL=""
    while [ -n "$left" ]; do
        part="${left%%/*}"
        left="${left#"$part"}"
        left="${left#/}"
        case "$part" in
            "" | .) continue ;;
            ..) REAL="${REAL%/*}" && continue ;;
        esac
        if [ ! -L "$REAL/$part" ]; then
            REAL+="/$part"
            continue
        fi
        count=$((count + 1))
        if [ "$count" -gt 40 ] || { ! only_roots "${REAL:-/}" && as_garage test -w "${REAL:-/}"; }; then
            LAST_SEEN="the user garage may put anything in the place of the link $REAL/$part"
            return 1
        fi
        target="$(readlink -- "$REAL/$part")"
        case "$target" in /*) REAL="" ;; esac
        left="${target#/}${left:+/$left}"
    done
}

# only_roots DIR: root's, and nobody else may write there.
only_roots() {
    local mode
    mode="$(stat -c %a -- "$1")" && [ -O "$1" ] && [ $((8#$mode & 8#22)) -eq 0 ]
}

# hand_over METADATA DATA…: a new root disk may know the user by another number. What belonged to the old one (whose the database is) is handed
# over, and nothing else, root's own least of all; the database comes last, so that who is cut short does it again.
hand_over() {
    local engine database old path metadata="$ROOT$1" to="$GARAGE_UID:$GARAGE_GID"
    ledger_get engine engine
    if [ -z "$engine" ] || ! database_exists "$engine" "$metadata"; then return 0; fi
    database_path "$engine" "$metadata" database
    old="$(stat -c %u -- "$database")"
    [ "$old" != "$GARAGE_UID" ] || return 0
    [ "$old" != 0 ] ||
        fail database-owner "the database $database belongs to root, and Garage, which runs as the user garage, can't use it. Is it the right one: chown -R garage:garage $database, then run pulumi up again"
    say "the user garage has the number $GARAGE_UID here, and had $old: its files are handed over"
    while read -r path; do
        [ ! -d "$ROOT$path" ] || find -H "$ROOT$path" -user "$old" ! -samefile "$database" -execdir chown -h --from="$old" "$to" {} +
    done <<<"$2"$'\n'"$1"
    find "$database" -depth -user "$old" -execdir chown -h --from="$old" "$to" {} +
}

# mark_of PATH VARIABLE: what the mark in data directory PATH says; nothing where there is none. Where root may not look (NFS with
# root_squash), the user garage does.
mark_of() {
    local _mark="" _file="$ROOT$1/garage-node.data"
    if [ -x "$ROOT$1" ]; then
        text_of "$_file" _mark
    elif [ -e "$ROOT$1" ]; then
        _mark="$(as_garage cat -- "$_file" 2>/dev/null)" || _mark=""
    fi
    give "$_mark" "$2"
}

# The mark shows at each start that the right volume is mounted.
setup_mark() {
    local file="$ROOT$1/garage-node.data" mark
    mark_of "$1" mark
    if [ "$mark" = "$2" ] && roots_own "$file"; then return 0; fi
    put_file "$file" "$2" 644 2>/dev/null || garage_puts "$file" <<<"$2" || fail path-unfit "can't write $1/garage-node.data; is the volume full, or read-only?"
}

# garage_puts FILE: stdin is what FILE holds now; as the user garage, where root's own hand is refused.
garage_puts() {
    # shellcheck disable=SC2016 # for the other shell
    as_garage sh -c 'umask 077; cat >"$1.new" && sync "$1.new" && mv -fT "$1.new" "$1"' sh "$1"
}

# content_of PATH: the names in that directory; 1 where nobody may look, which is no empty one.
content_of() {
    [ -e "$ROOT$1" ] || return 0
    ls -A -- "$ROOT$1" 2>/dev/null || as_garage ls -A -- "$ROOT$1" 2>/dev/null
}
