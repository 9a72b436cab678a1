# shellcheck shell=bash
# What of the old service has to be so that it can be stopped, put away and brought back: who keeps it, its user, its directories.

# old_keeper_fits: sets OLD_KIND.
old_keeper_fits() {
    OLD_KIND="$(jq -r '.daemons[0].keeper.kind' <<<"$OLD_LOOK")"
    case "$OLD_KIND" in
        unit) old_unit_fits ;;
        container) old_container_fits ;;
        *)
            OLD_KIND=commands
            old_commands_fits
            ;;
    esac
}

# Ours gets that name.
old_name_free() {
    local file dir
    for dir in etc lib usr/lib usr/local/lib; do
        file="$ROOT/$dir/systemd/system/garage.service"
        if [ ! -e "$file" ] || unit_is_ours "$file"; then continue; fi
        fail adopt-unit-unfit "there is a unit garage.service here (${file#"$ROOT"}), and it isn't what runs Garage; nothing was touched: take it away, and inspect again"
    done
}

# old_unit_fits: systemd can stop it, start it again, and nothing else goes with it.
old_unit_fits() {
    local unit shown pid key value
    unit="$(jq -r '.daemons[0].keeper.unit.name // ""' <<<"$OLD_LOOK")"
    fits unit "$unit" || fail adopt-unit-unfit "the unit \"$unit\" has a name that this tool can't handle; nothing was touched: give it another one, and inspect again"
    shown="$(systemctl show "$unit" -p MainPID -p FragmentPath -p NeedDaemonReload -p TriggeredBy -p RequiredBy -p BoundBy -p ConsistsOf 2>/dev/null)" || shown=""
    pid="$(jq -r '.daemons[0].pid' <<<"$OLD_LOOK")"
    while IFS='=' read -r key value; do
        case "$key:$value" in
            MainPID:"$pid" | NeedDaemonReload:no | *:) ;;
            FragmentPath:/etc/systemd/system/* | FragmentPath:/lib/systemd/system/* | FragmentPath:/usr/lib/systemd/system/* | FragmentPath:/usr/local/lib/systemd/system/*) ;;
            FragmentPath:*) fail adopt-unit-unfit "$unit lies in $value, from where this tool can't put it aside for good; nothing was touched: put it into /etc/systemd/system itself, and inspect again" ;;
            MainPID:*) fail adopt-unit-unfit "the main process of $unit is $value, not the daemon ($pid): a shell starts it? Nothing was touched: have ExecStart= start Garage itself, and inspect again" ;;
            NeedDaemonReload:*) fail adopt-unit-unfit "$unit was changed, and systemd doesn't know it yet, so another service would come back; nothing was touched: systemctl daemon-reload, restart it, and inspect again" ;;
            TriggeredBy:* | RequiredBy:* | BoundBy:* | ConsistsOf:*)
                fail adopt-unit-unfit "$value goes with $unit ($key), and would be stopped, or would start it; nothing was touched: take that away first, and inspect again"
                ;;
        esac
    done <<<"$shown"
    case $'\n'"$shown" in *$'\n'FragmentPath=/*) ;; *) fail adopt-unit-unfit "systemd doesn't say where $unit lies; nothing was touched: inspect again" ;; esac
}

# old_user_fits: sets OLD_USER to what becomes of the owner: `same` (the user garage is whom the files belong to), `made` (he will be made, with
# that number), `other` (the files are handed over, one by one); and OLD_PRIVATE to the directories that DynamicUser has hidden.
old_user_fits() {
    local uid gid entry dynamic
    uid="$(jq -r '.daemons[0].uid' <<<"$OLD_LOOK")"
    gid="$(jq -r '.daemons[0].gid' <<<"$OLD_LOOK")"
    dynamic="$(jq -r '.daemons[0].keeper.unit.dynamicUser' <<<"$OLD_LOOK")"
    { fits number "$uid" && fits number "$gid"; } || fail adopt-user-unfit "the number of the daemon's user can't be seen; nothing was touched"
    entry="$(listed passwd garage)"
    if [ -n "$entry" ] && [ "$(cut -d: -f3 <<<"$entry")" = "$uid" ]; then
        OLD_USER=same
    elif [ "$uid" = 0 ] || [ -n "$entry" ] || [ "$dynamic" != true ]; then
        OLD_USER=other
        { [ -n "$entry" ] || [ -z "$(getent passwd garage)" ]; } ||
            fail adopt-user-unfit "the user garage of this host is in no list of its own (LDAP?), so nobody knows whether he stays; nothing was touched: make one in /etc/passwd"
    else
        OLD_USER=made
        [ -z "$(listed passwd "" "$uid")$(listed group garage)$(listed group "" "$gid")" ] ||
            fail adopt-user-unfit "the number $uid of the daemon's user, its group's, or the name garage belong to somebody else in /etc/passwd or /etc/group; nothing was touched: take that one away"
    fi
    OLD_PRIVATE=""
    old_places_fit "$dynamic"
}

# listed passwd|group NAME [NUMBER]: this host's own line of that name, else of that number. DynamicUser's are in no file.
listed() {
    awk -F: -v name="$2" -v number="${3:-}" '(name != "" && $1 == name) || (number != "" && $3 == number) { print; exit }' "$ROOT/etc/$1"
}

# The directories lie where their paths say, or where DynamicUser has put them: /var/lib/NAME is a link to private/NAME, and a rename undoes it.
old_places_fit() {
    local path real name top
    while IFS=$'\t' read -r path real; do
        fits_path "$path" || fail path-unfit "\"$path\" can't be used as a directory of Garage; nothing was touched"
        case "$real" in
            "$path") place_reached "$path" && continue ;;
            /var/lib/private/*) ;;
            *) fail adopt-place-unfit "$path leads to $real by a link; nothing was touched: write $real into the configuration, restart the daemon, and inspect again" ;;
        esac
        name="${real#/var/lib/private/}"
        top="/var/lib/${name%%/*}"
        { [ "$1" = true ] && [ "$path" = "/var/lib/$name" ] && [ -L "$ROOT$top" ] && [ "$ROOT$top" -ef "$ROOT/var/lib/private/${name%%/*}" ]; } ||
            fail adopt-place-unfit "$path lies in $real, and not as DynamicUser puts it; nothing was touched"
        { ! mount_find /var/lib/private && ! mounted_below "/var/lib/private/${name%%/*}" && [ "$(stat -c %d "$ROOT/var/lib")" = "$(stat -c %d "$ROOT/var/lib/private/${name%%/*}")" ]; } ||
            fail adopt-place-unfit "something is mounted in /var/lib/private/${name%%/*}, so it can't be renamed to $top; nothing was touched: mount it elsewhere, name that place in the configuration, and inspect again"
        case $'\n'"$OLD_PRIVATE" in *$'\n'"$top"$'\n'*) ;; *) OLD_PRIVATE+="$top"$'\n' ;; esac
    done < <(jq -r '.directories[] | "\(.path)\t\(.real)"' <<<"$OLD_NODE")
}

# place_reached PATH: the user garage can go into each directory above it: as its owner, if he has the daemon's number, or as anybody.
place_reached() {
    local above="$1" mode uid gid may
    while above="${above%/*}" && [ -n "$above" ]; do
        read -r mode uid gid < <(stat -c '%a %u %g' -- "$ROOT$above") || mode=0
        may=1
        if [ "$OLD_USER" != other ]; then
            case "$(jq -r '.daemons[0] | "\(.uid):\(.gid)"' <<<"$OLD_LOOK")" in "$uid":*) may=64 ;; *:"$gid") may=8 ;; esac
        fi
        [ $((8#$mode & may)) -eq 0 ] || continue
        fail adopt-place-unfit "$above lets nobody but its owner in (mode $mode), so the user garage couldn't reach $1; nothing was touched: chmod o+x $above"
    done
}

# mounted_below PATH: something is mounted there, or below.
mounted_below() {
    BELOW="$1/" awk 'index($5 "/", ENVIRON["BELOW"]) == 1 { found = 1 } END { exit !found }' "$ROOT/proc/self/mountinfo"
}

# adopt_note: root's own record of what was looked at. Keys: kind (absent: unit) with those of that kind, uid, gid, user (old_user_fits), private.
adopt_note() {
    local text path
    case "$OLD_KIND" in
        unit) text="$(jq -r '.daemons[0].keeper.unit | "unit \(.name)", "fragment \(.file)"' <<<"$OLD_LOOK")" ;;
        container) text="kind container"$'\n'"$(jq -r '.daemons[0].keeper.container | "keeper \(.engine)", "container \(.id)", "name \(.name)"' <<<"$OLD_LOOK")" ;;
        commands) text="kind commands"$'\n'"$(old_commands_lines)" ;;
    esac
    text+=$'\n'"uid $(jq -r '.daemons[0].uid' <<<"$OLD_LOOK")"$'\n'"gid $(jq -r '.daemons[0].gid' <<<"$OLD_LOOK")"
    text+=$'\n'"series $(seen_value .series)"$'\n'"engine $(seen_value .engine)"
    text+=$'\n'"user $OLD_USER"$'\n'"configuration $(jq -r '.daemons[0].config.path' <<<"$OLD_LOOK")"
    while read -r path; do [ -z "$path" ] || text+=$'\n'"private $path"; done <<<"$OLD_PRIVATE"
    [ -d "$ETC" ] || (umask 022 && mkdir -p "$ETC")
    roots_dir "$ADOPTED" || fail unwritable "can't make $ADOPTED; is the disk full?"
    { put_file "$ADOPTED/seen.json" "$OLD_SEEN" && put_file "$ADOPTED/service.adopted" "$text"; } || fail unwritable "can't write to $ADOPTED; is the disk full?"
}
