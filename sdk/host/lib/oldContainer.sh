# shellcheck shell=bash
# shellcheck disable=SC2034  # LAST_SEEN is for the callers
# The old service is a container of root's docker or podman (oldKeeper.sh). Its id stays whatever it is called: by that it is spoken of. It is put
# away by another name and no restart policy, so that neither its engine nor a script that starts it by its name does so; never removed.

BEFORE=-before-garage-node

old_container_named() {
    give "the container $(old_get name) of $(old_get keeper)" "$1"
}

# old_container_found: it is there, and nothing else has its name of before.
old_container_found() {
    local name C_STATE C_PID C_RESTARTS C_NAME C_POLICY C_SINCE
    old_get name name
    old_container_look || { LAST_SEEN="$LAST_SEEN: is it gone?"; return 1; }
    [ "$C_NAME" = "$name" ] || ! old_engine 30 inspect "$name" >/dev/null 2>&1 ||
        { LAST_SEEN="another container is called $name by now: give it another name"; return 1; }
}

old_container_says() {
    give "$(old_get keeper) logs $(old_get container)" "$1"
}

# old_engine SECONDS WORDS…
old_engine() {
    local engine limit="$1"
    shift
    old_get keeper engine
    timeout -k 5 "$limit" "$engine" "$@"
}

# old_container_look: what its engine says now. Sets C_STATE, C_PID, C_RESTARTS, C_SINCE, C_NAME, C_POLICY; 1 where it says nothing.
old_container_look() {
    local said id
    C_STATE="" C_PID="" C_RESTARTS="" C_SINCE="" C_NAME="" C_POLICY=""
    old_get container id
    said="$(old_engine 30 inspect "$id" 2>/dev/null | jq -r --arg id "$id" '
        .[0] | select(.Id == $id)
        | (.HostConfig.RestartPolicy | if (.Name // "") == "" then "no" elif .Name == "on-failure" and (.MaximumRetryCount // 0) > 0 then "on-failure:\(.MaximumRetryCount)" else .Name end) as $policy
        | [.State.Status, .State.Pid // 0, .RestartCount // 0, (.Name | ltrimstr("/")), $policy, .State.StartedAt] | map(tostring) | join(" ")')" || said=""
    read -r C_STATE C_PID C_RESTARTS C_NAME C_POLICY C_SINCE <<<"$said"
    { [ -n "$C_SINCE" ] && fits number "$C_PID" && fits number "$C_RESTARTS" && fits word "$C_NAME" && fits word "$C_POLICY"; } ||
        { LAST_SEEN="$(old_get keeper) doesn't say what its container is like"; return 1; }
}

old_container_shown() {
    local C_STATE C_PID C_RESTARTS C_SINCE C_NAME C_POLICY each
    old_container_look || return 1
    case "$C_STATE" in
        running) C_STATE=active ;;
        created | configured | initialized | stopped | exited | dead) C_STATE=inactive ;;
    esac
    for each; do
        case "$each" in
            ActiveState) printf 'ActiveState=%s\n' "$C_STATE" ;;
            MainPID) printf 'MainPID=%s\n' "$C_PID" ;;
            NRestarts) printf 'NRestarts=%s\n' "$C_RESTARTS" ;;
            ActiveEnterTimestamp) printf 'ActiveEnterTimestamp=%s\n' "$C_SINCE" ;;
        esac
    done
}

# Podman's own process of it, which watches it, may stay where it was started.
old_container_start() {
    local engine said
    old_get keeper engine
    if said="$(apart 90 "$engine" start "$(old_get container)" 2>&1)"; then return 0; fi
    LAST_SEEN="$engine could not start it: $(tail -n 1 <<<"$said" | plain_text)"
    say "$LAST_SEEN"
    return 1
}

# By SIGINT: up to 0.7 only that lets Garage write out what it holds, and later ones know it too. Its engine would take the end of it for a crash,
# so first nothing starts it again.
old_container_told() {
    old_container_unattended && old_engine 30 kill --signal INT "$(old_get container)" >/dev/null 2>&1
}

old_container_stop() {
    local id
    old_get container id
    if ! daemon_stopped; then old_container_told || true; fi
    wait_until "$1" "the container's end" daemon_stopped || true
    old_engine $(($1 + 30)) stop -t 1 "$id" >/dev/null 2>&1 || true
    daemon_stopped || old_engine 30 kill "$id" >/dev/null 2>&1 || true
}

# old_container_unattended: its engine doesn't start it again. Only once its policy of before is written down.
old_container_unattended() {
    local C_STATE C_PID C_RESTARTS C_SINCE C_NAME C_POLICY
    old_container_look || return 1
    [ "$C_POLICY" != no ] || return 0
    [ -f "$ADOPTED/before.adopted" ] || return 0
    old_container_policy no
}

# old_container_policy POLICY
old_container_policy() {
    old_engine 30 update --restart "$1" "$(old_get container)" >/dev/null 2>&1 || { LAST_SEEN="$(old_get keeper) could not set the restart policy of its container to $1"; return 1; }
}

old_container_journal() {
    local since=()
    [ -z "${DAEMON_SINCE:-}" ] || since=(--since "$DAEMON_SINCE")
    old_engine 20 logs ${since[@]+"${since[@]}"} --tail 1000 "$(old_get container)" 2>&1 || true
}

# old_container_own DIR
old_container_own() {
    grep -qsF -- "$(old_get container)" "$1/cgroup"
}

old_container_recorded() {
    local C_STATE C_PID C_RESTARTS C_SINCE C_NAME C_POLICY
    old_container_look || return 1
    printf 'restart %s\n' "$C_POLICY"
}

old_container_away() {
    local name C_STATE C_PID C_RESTARTS C_SINCE C_NAME C_POLICY
    old_get name name
    old_container_unattended && old_container_look || return 1
    [ "$C_NAME" != "$name$BEFORE" ] || return 0
    [ "$C_NAME" = "$name" ] || { LAST_SEEN="somebody has renamed its container to $C_NAME"; return 1; }
    old_container_rename "$name$BEFORE"
}

# old_container_rename NAME
old_container_rename() {
    old_engine 30 rename "$(old_get container)" "$1" >/dev/null 2>&1 || { LAST_SEEN="$(old_get keeper) could not rename its container to $1"; return 1; }
}

old_container_back() {
    local name policy C_STATE C_PID C_RESTARTS C_SINCE C_NAME C_POLICY
    our_unit_away || { LAST_SEEN="can't take the new unit away"; return 1; }
    systemctl daemon-reload
    old_get name name
    kv_get "$ADOPTED/before.adopted" restart policy
    old_container_look || return 1
    [ "$C_NAME" = "$name" ] || old_container_rename "$name" || return 1
    [ "$C_POLICY" = "${policy:-no}" ] || old_container_policy "$policy"
}

old_container_script() {
    local engine id name policy
    old_get keeper engine
    old_get container id
    old_get name name
    kv_get "$ADOPTED/before.adopted" restart policy
    echo "$engine inspect $name >/dev/null 2>&1 || $engine rename $id $name"
    [ "${policy:-no}" = no ] || echo "$engine update --restart $policy $id"
    echo "$engine start $id"
}
