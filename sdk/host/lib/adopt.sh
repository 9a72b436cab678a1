# shellcheck shell=bash
# shellcheck disable=SC2034  # the numbers and LAST_SEEN are for the callers
# A node whose Garage ran before this package came. Ledger: `adopted waiting`: it is claimed, and its old service runs on until `take`;
# `adopted taken`: it runs under our unit. What root knows of the old service lies in /etc/garage-node/adopted: `service.adopted`, by `host`
# (keys below, adopt_note); `seen.json`, all that was looked at then; `before.adopted`, owners, links and policy of before, from the moment when `take`
# is about to change the first one until all is back; and an old unit's own files, once `take` has put them there.

# The node is claimed, and not taken over yet.
adopt_waits() {
    ledger_is adopted waiting
}

# What serves, or is to serve, is the old service: nothing of ours is active.
adopt_runs_old() {
    adopt_waits && ledger_is generation ""
}

# adopt_half_way: `take`, or its way back, was cut short. By root's own record too: until `take` the ledger lies where the old daemon's user may
# put another one.
adopt_half_way() {
    [ -f "$ADOPTED/before.adopted" ] && ledger_knows act
}

# old_data VARIABLE: the data directories, for the same reason by what `host` has noted itself. 1 where that is lost, and LAST_SEEN says it.
old_data() {
    local KV
    KV="$(jq -er '.directories[1:][].path' "$ADOPTED/seen.json" 2>/dev/null)" || { LAST_SEEN="what was seen here before is lost ($ADOPTED/seen.json)"; return 1; }
    give "$KV" "$1"
}

# old_get KEY [VARIABLE]
old_get() {
    kv_get "$ADOPTED/service.adopted" "$1" "${2:-}"
}

# daemon_unit VARIABLE: the unit that runs the daemon.
daemon_unit() {
    local KV=garage.service
    ! adopt_runs_old || kv_find "$ADOPTED/service.adopted" unit
    give "${KV:-garage.service}" "$1"
}

# old_user_is same|made|other: what becomes of the old daemon's user (old_user_fits).
old_user_is() {
    local KV
    kv_find "$ADOPTED/service.adopted" user
    [ "$KV" = "$1" ]
}

# garage_is_made: `take` makes the user garage, with the number of the old daemon's, who is in no list of this host (DynamicUser): until then
# his name may be one that only nss-systemd knows. Sets GARAGE_UID and GARAGE_GID.
garage_is_made() {
    local KV
    old_user_is made || return 1
    kv_find "$ADOPTED/service.adopted" uid
    GARAGE_UID="$KV"
    kv_find "$ADOPTED/service.adopted" gid
    GARAGE_GID="$KV"
}

# as_daemon COMMAND…: as the user whom the daemon runs as.
as_daemon() {
    local uid gid
    if ! adopt_runs_old; then
        as_garage "$@"
        return
    fi
    old_get uid uid
    old_get gid gid
    if [ "$uid" = 0 ]; then "$@"; else setpriv --reuid "$uid" --regid "$gid" --clear-groups --no-new-privs -- "$@"; fi
}

# adopt_other_runs: beside ours the Garage of before runs again, by hand: 0, and LAST_SEEN says it. Two of them on one database destroy it.
adopt_other_runs() {
    ledger_is adopted taken && old_runs_elsewhere || return 1
    LAST_SEEN+=", which isn't this tool's: the one of before, started by hand? Stop it, and start it never again"
}

# old_runs_elsewhere: a Garage runs that isn't garage.service: 0, and LAST_SEEN says it. Only of a user who can open the database.
old_runs_elsewhere() {
    local dir uid old
    garage_user
    old_get uid old
    for dir in "$ROOT"/proc/[0-9]*; do
        if ! old_server "$dir" || grep -qs '/garage\.service\(/\|$\)' "$dir/cgroup"; then continue; fi
        process_uid "$dir" uid
        case "$uid" in "" | 0 | "$old" | "$GARAGE_UID") ;; *) continue ;; esac
        LAST_SEEN="another Garage runs here (process ${dir##*/})"
        return 0
    done
    return 1
}

# process_uid /proc/PID VARIABLE: the number of its user; nothing where it is gone.
process_uid() {
    local _key KV=""
    while read -r _key KV _; do [ "$_key" != Uid: ] || break; done 2>/dev/null <"$1/status" || KV=""
    give "$KV" "$2"
}

# old_server /proc/PID: a daemon of Garage; where the old one was a container, one in a container too.
old_server() {
    if old_kind_is container; then garage_server "$1"; else garage_server_here "$1"; fi
}

# adopt_point: Garage's command line that asks the old daemon is that of the generation staged here: the same release, with the same secret.
adopt_point() {
    adopt_runs_old || return 0
    ln -sfn "generations/$1" "$OPT/current.new"
    mv -fT "$OPT/current.new" "$OPT/current"
    current_find
}

# adopt_refuse VERB: what isn't meant for a node that waits changes nothing there.
adopt_refuse() {
    case "$1" in host | stage | start | join | layout | take | untake | disown | uninstall | ledger) return 0 ;; esac
    ! adopt_waits ||
        fail adopt-waits "the Garage that ran here before isn't taken over yet, so $1 has nothing to do here; nothing was touched: run pulumi up without --target"
}
