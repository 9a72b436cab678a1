# shellcheck shell=bash
# Who kept the Garage of before running: service.adopted's `kind`; absent, as tools before have written it: unit. Each kind is a file with the same
# functions: old_KIND_shown PROPERTY… (as systemd says them of a unit), _start, _told (it is told to end, and nobody waits), _stop GRACE, _journal,
# _own DIR (that process is the service's), _recorded (lines of before.adopted), _away (nobody starts it any more), _back, _script (as plain
# commands), _named VARIABLE, _says VARIABLE (where its log is), _found (it can be started again). Each step looks first: whoever was cut short does it again.

# old_kind VARIABLE
old_kind() {
    local KV
    kv_find "$ADOPTED/service.adopted" kind
    give "${KV:-unit}" "$1"
}

old_kind_is() {
    local _kind
    old_kind _kind
    [ "$_kind" = "$1" ]
}

# old_does FUNCTION WORDS…: the one of its kind.
old_does() {
    local _kind _function="$1"
    shift
    old_kind _kind
    "old_${_kind}_$_function" "$@"
}

# kept_elsewhere: what serves, or is to serve, is an old service that systemd doesn't keep.
kept_elsewhere() {
    adopt_runs_old && ! old_kind_is unit
}

# apart SECONDS COMMAND…: what it leaves running outlives this verb, whose processes end with it.
apart() {
    local limit="$1"
    shift
    timeout -k 5 "$limit" systemd-run --quiet --scope --collect -- "$@"
}

# our_unit_away: nothing of ours has the name garage.service.
our_unit_away() {
    local dir="$ROOT$UNITS_DIR"
    unit_is_ours "$dir/garage.service" || return 0
    rm -rf -- "$dir/garage.service" "$dir/garage.service.d" "$dir/multi-user.target.wants/garage.service"
}
