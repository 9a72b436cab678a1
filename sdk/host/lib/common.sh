# shellcheck shell=bash
# shellcheck disable=SC2034  # what is set here is used by the other files
# What every verb uses: paths, talking, options, waiting.

set_paths() {
    # Tests use a fake root; sudo strips the variable, so that nobody can point a real run elsewhere.
    ROOT="${GARAGE_NODE_ROOT:-}"
    ETC="$ROOT/etc/garage-node"
    OPT="$ROOT/opt/garage"
    GENERATIONS="$OPT/generations"
    RUN="$ROOT/run/garage-node"
    ADOPTED="$ETC/adopted"
    TOOLS="$ROOT/opt/garage-node"
    SECRETS="$ETC/secrets"
    VOLUMES=/srv/garage
    KEEP="$VOLUMES/metadata/kept"
    OPTIONS="$OPT/options"
    SHEET_LINES=()
    SHEET_TEXT=""
    declare -gA SHEET=() SHEET_ALL=()
    SHEET_ENDS=no
    NODE_NAME=""
    LAST_SEEN=""
    SAME_RELEASE=""
    LEDGER_LOST=""
    LEFT=""
    # bash 5.2 would read & in a replacement as the match.
    shopt -u patsub_replacement 2>/dev/null || true
    # Up to 5.0 bash writes a here-string to a file, secrets too: in memory then, not in /tmp. Where that can't be written it takes /tmp.
    export -n TMPDIR="$ROOT/run"
    export LC_ALL=C
    umask 077
}

# give VALUE [VARIABLE]: sets VARIABLE, which takes no process, or prints VALUE for a `$(…)`, which takes one. The last argument of all
# that answer by `give`; VARIABLE is the caller's own, never KV.
give() {
    if [ -n "${2:-}" ]; then printf -v "$2" '%s' "$1"; else printf '%s\n' "$1"; fi
}

# random_word VARIABLE: eight hex digits.
random_word() {
    local _word
    _word="$(od -An -N4 -tx4 /dev/urandom)"
    give "${_word//[$' \n']/}" "$1"
}

# As `give`, for lines that each have their newline: in VARIABLE the last one goes without, and no line prints nothing.
give_lines() {
    if [ -n "${2:-}" ]; then printf -v "$2" '%s' "${1%$'\n'}"; else printf '%s' "$1"; fi
}

# text_of FILE [VARIABLE]: what it holds, without the newlines at its end; nothing when it can't be read.
text_of() {
    local KV=""
    # A pipe has no end. Not `$(<FILE)`: where errexit is on, a FILE that is gone ends the shell, whatever stands behind it (bash 5.2).
    # In another user's directory one may have come behind the look.
    if [ -f "$1" ] && [ -O "${1%/*}" ]; then
        IFS= read -rd '' KV <"$1" || true
    elif [ -f "$1" ]; then
        IFS= read -rd '' KV < <(timeout 10 cat -- "$1" || true) || true
    fi 2>/dev/null
    while [ "${KV%$'\n'}" != "$KV" ]; do KV="${KV%$'\n'}"; done
    give "$KV" "${2:-}"
}

# free_mib PATH [VARIABLE]: free space of the file system that holds PATH.
free_mib() {
    local KV
    KV="$(df -Pm "$1")"
    read -r _ _ _ KV _ <<<"${KV##*$'\n'}"
    give "$KV" "${2:-}"
}

# now_iso [VARIABLE]
now_iso() {
    local KV
    TZ=UTC0 printf -v KV '%(%Y-%m-%dT%H:%M:%SZ)T' -1
    give "$KV" "${1:-}"
}

# ── talking ──────────────────────────────────────────────────────────────────────────────────────
# Sets NODE_NAME as far as it is known: the sheet's, else the claim's, else the machine's.
node_name_find() {
    local KV
    [ -z "$NODE_NAME" ] || return 0
    sheet_get node KV
    [ -n "$KV" ] || kv_find "$ETC/claim" node
    NODE_NAME="${KV:-$(uname -n)}"
}

say() {
    node_name_find
    printf '%s: %s\n' "$NODE_NAME" "$*" >&2
}

answer() {
    printf '%s\n' "$*"
}

# fail ID TEXT: the id is stable, so that it can be looked up (docs/troubleshooting.md).
fail() {
    local id="$1"
    shift
    say "$* [$id]"
    [ -z "${JOB:-}" ] || : >"$JOB/failed"
    exit 1
}

# ── options and waivers ──────────────────────────────────────────────────────────────────────────
# option NAME DEFAULT [VARIABLE]: what `stage` wrote; these never stand in a command line.
option() {
    local KV
    kv_find "$OPTIONS" "$1"
    give "${KV:-$2}" "${3:-}"
}

# waived ID: the user named this check in skipChecks (words separated by commas or spaces).
waived() {
    local list
    option skipChecks "" list
    case " ${list//,/ } " in *" $1 "*) return 0 ;; esac
    return 1
}

# check ID TEXT COMMAND…: a check that may be waived by its id.
check() {
    local id="$1" text="$2"
    shift 2
    if "$@"; then return 0; fi
    if waived "$id"; then
        say "$text (waived by skipChecks) [$id]"
        return 0
    fi
    fail "$id" "$text"
}

# ── waiting ──────────────────────────────────────────────────────────────────────────────────────
# clock VARIABLE: seconds that only ever go on. bash's SECONDS follow the time of day, which may jump: hours would seem to have passed.
clock() {
    local KV=""
    { read -r KV _ </proc/uptime; } 2>/dev/null || true
    KV="${KV%%.*}"
    give "${KV:-$SECONDS}" "$1"
}

# clock_ms VARIABLE: the time of day in milliseconds. bash has known them itself since 5.0.
clock_ms() {
    local KV="${EPOCHREALTIME:-$(date +%s.%6N)}"
    KV="${KV/[!0-9]/}"
    give "${KV%???}" "$1"
}

# nap SECONDS: without a process; nothing ever comes through that pipe.
nap() {
    [ -n "${NAP_PIPE:-}" ] || exec {NAP_PIPE}<> <(:)
    read -rt "$1" -u "$NAP_PIPE" || true
}

# wait_until SECONDS|OPTION=DEFAULT WHAT FUNCTION ARGS…: polls until FUNCTION succeeds; 1 at the limit. FUNCTION sets LAST_SEEN.
# What is nearly there is waited for in short naps.
wait_until() {
    local limit="$1" what="$2" from now told naps=(0.2 0.1 0.05 0.05 0.05 0.05) left=5
    case "$limit" in *=*) option "${limit%%=*}" "${limit#*=}" limit ;; esac
    shift 2
    clock from
    told="$from"
    while ! "$@"; do
        clock now
        [ $((now - from)) -lt "$limit" ] || return 1
        if [ $((now - told)) -ge 10 ]; then
            told="$now"
            say "waiting for $what, $((now - from)) of at most $limit s${LAST_SEEN:+ ($LAST_SEEN)}"
        fi
        nap "${naps[left]}"
        [ "$left" -eq 0 ] || left=$((left - 1))
    done
}

# watched SECONDS WHAT COMMAND…: COMMAND, which `timeout` ends after SECONDS, works in silence: that it still does is said as of a wait, and its end.
watched() {
    local limit="$1" what="$2" pid code=0 from now LAST_SEEN=""
    shift 2
    clock from
    "$@" || exit "$?" &
    pid=$!
    wait_until "$limit" "$what" watched_ended "$pid" || true
    wait "$pid" || code=$?
    clock now
    if [ "$code" -eq 137 ] && [ $((now - from)) -lt "$limit" ]; then
        say "$what: killed; for want of memory? See journalctl -k"
    elif [ "$code" -eq 124 ] || [ "$code" -eq 137 ]; then
        say "$what: not done after $limit s, and ended"
    fi
    return "$code"
}

watched_ended() {
    ! kill -0 "$1" 2>/dev/null
}

# load_verb NAME: its functions; 1 where there is no such verb.
load_verb() {
    case "$1" in
        *[!a-z-]* | install | "") return 1 ;;
    esac
    [ -f "$HERE/$1.sh" ] || return 1
    # shellcheck disable=SC1090
    source "$HERE/$1.sh"
}

# ── the barrier ──────────────────────────────────────────────────────────────────────────────────
# Every node's stage has answered with the same release and, per architecture, the same bytes; else nothing is touched.
# Sets SAME_RELEASE.
require_same_release() {
    local name epoch release binary peer_id addr role part seen="" binaries=" " arch peers lines
    SAME_RELEASE=""
    sheet_all peer peers
    sheet_all line lines
    while read -r name peer_id addr role part; do
        if [ -z "$name" ] || [ "$part" != in ]; then continue; fi
        case $'\n'"$lines" in
            *$'\n'"$name "*) ;;
            *) fail stage-incomplete "$name has not staged yet; nothing was touched: run pulumi up without --target" ;;
        esac
    done <<<"$peers"
    while read -r name epoch release binary; do
        if [ -z "$epoch" ] || ! is_in "$name"; then continue; fi
        [ -n "$seen" ] || seen="$name has $release"
        [ -n "$SAME_RELEASE" ] || SAME_RELEASE="$release"
        [ "$release" = "$SAME_RELEASE" ] ||
            fail stage-differs "the nodes were not staged for one release ($seen, $name has $release); nothing was touched: run pulumi up without --target"
        arch="${binary%%:*}"
        case "$binaries" in
            *" $binary "*) ;;
            *" $arch:"*) fail binary-differs "Garage $release for $arch is not the same file on all nodes ($name got another one than the first); nothing was touched: check the download" ;;
            *) binaries="$binaries$binary " ;;
        esac
    done <<<"$lines"
    [ -n "$SAME_RELEASE" ] || fail stage-incomplete "no node's stage has answered; nothing was touched: run pulumi up"
    require_fresh
}

# is_in NAME: the node takes part (it isn't in `without`).
is_in() {
    local line
    for line in ${SHEET_LINES[@]+"${SHEET_LINES[@]}"}; do
        case "$line" in "peer $1 "*" without") return 1 ;; esac
    done
}
