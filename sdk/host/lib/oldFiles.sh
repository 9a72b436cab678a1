# shellcheck shell=bash
# shellcheck disable=SC2034  # LAST_SEEN is for the callers
# What the old daemon's files are: handed over once it is gone, and handed back. Each step looks first: whoever was cut short does it again.

# old_places_whole: a rename that was cut short leaves no name in /var/lib, and with it the ledger would seem lost.
old_places_whole() {
    local tops top
    [ -f "$ADOPTED/service.adopted" ] || return 0
    kv_all "$ADOPTED/service.adopted" private tops
    while read -r top; do
        [ -n "$top" ] || continue
        if [ -e "$ROOT$top" ] || [ -L "$ROOT$top" ] || [ ! -d "$ROOT$(hidden "$top")" ]; then continue; fi
        ln -s "private/${top##*/}" "$ROOT$top"
    done <<<"$tops"
}

# hidden TOP: where DynamicUser keeps it.
hidden() {
    printf '%s\n' "/var/lib/private/${1##*/}"
}

# old_record: owners, modes and links as they are before the first is changed.
old_record() {
    local file="$ADOPTED/before.adopted" text path paths
    [ ! -f "$file" ] || return 0
    text="$(old_does recorded)" && old_data paths || return 1
    for path in $paths "$(claim_get metadata)"{,/node_key,/node_key.pub}; do
        text+="${text:+$'\n'}own $(stat -c '%u:%g %a' -- "$ROOT$path") $path" || return 1
    done
    kv_all "$ADOPTED/service.adopted" private paths
    for path in $paths; do text+=$'\n'"own $(stat -c '%u:%g %a' -- "$ROOT$(hidden "$path")") $path" || return 1; done
    put_file "$file" "$text"
}

# shellcheck disable=SC2120  # take.sh says it
# old_alone [besides]: nobody, besides the old service where that is said, runs as the old daemon's user, or is a daemon of Garage that
# could open the database: he could put something else in the place of what is handed over. What others call garage must keep nothing down.
old_alone() {
    local uid dir value comm pids=""
    garage_user
    old_get uid uid
    for dir in "$ROOT"/proc/[0-9]*; do
        # Garage's command line, asked by a verb: the system's own unit, which no user can make.
        if grep -qs '/system\.slice/garage-node-[a-z]*\.' "$dir/cgroup" && ! grep -qs '/user\.slice/' "$dir/cgroup"; then continue; fi
        if [ -n "${1:-}" ] && old_does own "$dir"; then continue; fi
        process_uid "$dir" value
        case "$value" in 0 | "${uid:-none}" | "${GARAGE_UID:-none}") ;; *) continue ;; esac
        comm=""
        { IFS= read -r comm <"$dir/comm"; } 2>/dev/null || true
        if { [ "$uid" != 0 ] && [ "$value" = "$uid" ]; } || garage_server "$dir"; then
            pids+="${pids:+, }${dir##*/} (${comm//[![:print:]]/})"
        fi
    done
    [ -z "$pids" ] || { LAST_SEEN="processes of the old daemon's user, or other daemons of Garage, run here: $pids"; return 1; }
}

# old_is_gone: the service has ended, and nobody of its user is left.
old_is_gone() {
    # shellcheck disable=SC2119
    daemon_gone && old_alone
}

# files_over: to our user. 1 with the reason in LAST_SEEN.
files_over() {
    local paths path metadata id
    old_data paths && places_over && user_over || return 1
    garage_user
    claim_get metadata metadata
    for path in $paths "$metadata"; do
        # A link in the place of it would give something else to us.
        [ "$(readlink -f "$ROOT$path")" = "$ROOT$path" ] || { LAST_SEEN="$path is, or leads through, a link"; return 1; }
        walk "$path" "$(old_get uid)" "$(old_get gid)" "$GARAGE_UID" "$GARAGE_GID" || return 1
        setup_directory "$path"
    done
    # Now nobody else can put another one there.
    ledger_usable || return 1
    own_key "$ROOT$metadata/node_key"
    own_key "$ROOT$metadata/node_key.pub"
    claim_get id id
    for path in $paths; do
        setup_mark "$path" "$id"
        ledger_has datamark "$path" || ledger_update "+datamark=$path"
    done
}

places_over() {
    local tops top
    kv_all "$ADOPTED/service.adopted" private tops
    while read -r top; do
        if [ -z "$top" ] || [ ! -d "$ROOT$(hidden "$top")" ]; then continue; fi
        [ ! -L "$ROOT$top" ] || rm -f -- "$ROOT$top"
        mv -T -- "$ROOT$(hidden "$top")" "$ROOT$top" || { LAST_SEEN="can't rename $(hidden "$top") to $top"; return 1; }
        # Who runs Garage could replace what lies in it; and StateDirectoryMode= may have closed it to all but its owner.
        chown "$EUID" "$ROOT$top" && chmod go+x "$ROOT$top"
    done <<<"$tops"
    sync "$ROOT/var/lib"
}

places_back() {
    local tops top
    kv_all "$ADOPTED/service.adopted" private tops
    while read -r top; do
        if [ -z "$top" ] || [ -L "$ROOT$top" ]; then continue; fi
        if [ -d "$ROOT$top" ]; then mv -T -- "$ROOT$top" "$ROOT$(hidden "$top")" || { LAST_SEEN="can't rename $top to $(hidden "$top")"; return 1; }; fi
        ln -s "private/${top##*/}" "$ROOT$top" || return 1
    done <<<"$tops"
    sync "$ROOT/var/lib"
}

# systemd lets go of a name of its own only once the service has ended.
user_over() {
    old_user_is made || return 0
    wait_until 10 "systemd to let go of the user garage" user_made
}

user_made() {
    [ -z "$(listed passwd garage)" ] || return 0
    LAST_SEEN="the user garage can't be made with the number $GARAGE_UID"
    [ -n "$(listed group garage)" ] || groupadd --system --gid "$GARAGE_GID" garage >/dev/null 2>&1 || return 1
    useradd --system --uid "$GARAGE_UID" --gid "$GARAGE_GID" --no-create-home --home-dir /nonexistent --shell "$(nologin)" garage >/dev/null 2>&1
}

user_back() {
    old_user_is made || return 0
    [ -z "$(listed passwd garage)" ] || userdel garage >/dev/null 2>&1 || { LAST_SEEN="the user garage can't be taken away"; return 1; }
    [ -z "$(listed group garage)" ] || groupdel garage >/dev/null 2>&1 || true
}

# walk PATH UID GID TO_UID TO_GID: what is in PATH and belongs to UID, but for what is this tool's own; nothing where that is the same user.
walk() {
    [ "$2" != "$4" ] || return 0
    find "$ROOT$1" -mindepth 1 -user "$2" ! -path "$ROOT$1/garage-node.*" ! -path "$ROOT$1/node_key*" ! -path "$ROOT$1/lost+found" \
        -execdir chown -h --from="$2" "$4:$5" {} + || { LAST_SEEN="not all of $1 can be handed over"; return 1; }
}

# files_back: as `before.adopted` has them.
files_back() {
    local paths path lines owner mode metadata
    garage_user
    old_data paths || return 1
    claim_get metadata metadata
    for path in $paths "$metadata"; do
        walk "$path" "$GARAGE_UID" "$GARAGE_GID" "$(old_get uid)" "$(old_get gid)" || return 1
    done
    # With what a write that was cut short has left.
    for path in $paths; do rm -f -- "$ROOT$path"/garage-node.data{,.??????}; done
    rm -f -- "$ROOT$metadata"/node_key{,.pub}.??????
    ! ledger_knows datamark || ledger_update datamark=
    old_owners lines
    while read -r owner mode path; do
        # What a link leads to again, or still, is as it was.
        if [ -z "$path" ] || [ "$(readlink -f "$ROOT$path")" != "$ROOT$path" ]; then continue; fi
        own_again "$owner" "$mode" "$ROOT$path" || { LAST_SEEN="owner and mode of $path can't be put back"; return 1; }
    done <<<"$lines"
    places_back && user_back
}

# old_owners VARIABLE: lines `owner mode path`, what lies in a directory before it: whoever has that again could put something else there.
old_owners() {
    local all
    kv_all "$ADOPTED/before.adopted" own all
    give "$(LC_ALL=C sort -r -k 3 <<<"$all")" "$1"
}

# own_again OWNER MODE PATH: by the very directory, which no link can be put in the place of; a key as nobody's program, whatever it was. `take` has
# changed a key only where it is root's now, in a directory that is too: anything else is as it was, or somebody has put it there meanwhile.
own_again() (
    local name="./${3##*/}"
    case "$name" in
        ./node_key | ./node_key.pub)
            at_place "${3%/*}" || exit 1
            roots_here "$name" || exit 0
            chmod "${2: -3}" "$name" && chown -h "$1" "$name"
            ;;
        *) at_place "$3" && chmod "$2" . && chown "$1" . ;;
    esac
)

# roots_here FILE: a file of root's in this very directory, where nobody else can exchange it.
roots_here() {
    [ -O . ] && [ -k . ] || return 1
    case "$(stat -c '%h %u %f' -- "$1")" in "1 $EUID 8"*) ;; *) return 1 ;; esac
}

