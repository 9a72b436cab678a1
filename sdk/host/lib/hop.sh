# shellcheck shell=bash
# A major upgrade ("hop", `0.8-to-0.9`) on this node. Its attempts and steps: attempt.sh.
# Ledger keys beside those of every node and attempt: backup, stock (what the daemon held when `halt` stopped it, as figures), quietat, repairat, migrating, hoptool (the tool that it was begun with: `host`
# refuses another one meanwhile).

# hop_words HOP: sets HOP, HOP_FROM, HOP_TO.
hop_words() {
    HOP="$1"
    HOP_FROM="${HOP%%-to-*}"
    # shellcheck disable=SC2034  # the verbs use it
    HOP_TO="${HOP##*-to-}"
    { series_known "$HOP_FROM" && is_next "$HOP_FROM" "$HOP_TO" && [ "$HOP" = "$HOP_FROM-to-$HOP_TO" ]; } ||
        fail hop-unknown "\"$HOP\" is no major upgrade that Garage has; the series follow each other as 0.7, 0.8, 0.9, 1, 2"
}

# hop_phase PHASE HOP: true when there is something to do. False, and said why, when the ledger has it done: then nothing is touched.
# Sets HOP_OPENS=yes when the phase is to open an attempt (hop_open) before it changes anything.
hop_phase() {
    local phase="$1" state without
    hop_words "$2"
    HOP_OPENS=no
    HOP_SINCE="$SECONDS"
    require_ledger
    require_peers
    require_fresh
    hop_state state
    case "$state" in
        finished)
            say "$HOP finished on $(ledger_get hopdate); nothing to do"
            return 1
            ;;
        open)
            attempt_same "$HOP"
            ! attempt_behind "$phase" || {
                say "$HOP: $phase is behind this node (attempt $(ledger_get attempt)); nothing to do"
                return 1
            }
            ;;
        *) hop_may_open "$phase" ;;
    esac
    attempt_follows "$phase"
    # A host that died for good is left out only where every partition keeps its write quorum.
    peers_without without
    [ -z "$without" ] || gate_quorum
    return 0
}

# hop_state VARIABLE: what the ledger says of HOP.
hop_state() {
    attempt_state "$HOP" "$1"
}

# Upstream's way with little downtime goes without quiesce.
hop_short() {
    local STEPS
    steps_find
    case " ${STEPS[*]} " in *" quiesce:"*) return 1 ;; esac
}

hop_may_open() {
    local series
    ledger_get series series
    [ "$series" = "$HOP_FROM" ] ||
        fail hop-series "the data of this node are of series $series by its ledger; $HOP starts from $HOP_FROM"
    case "$1" in
        preflight | quiesce) ;;
        *) { [ "$1" = halt ] && hop_short; } || fail hop-order "$1: no attempt of $HOP is open on this node, and $1 isn't where one begins; run pulumi up without --target" ;;
    esac
    attempt_same "$HOP"
    HOP_OPENS=yes
}

# Opens the attempt in the ledger, if this phase is to.
hop_open() {
    [ "$HOP_OPENS" = yes ] || return 0
    attempt_open "$HOP" backup= stock= quietat= repairat= migrating= "hoptool=${HERE##*/}"
    HOP_OPENS=no
}

# hop_pass PHASE CHANGE…: the phase is done; CHANGEs join the same write.
hop_pass() {
    attempt_pass "$1" "$((SECONDS - HOP_SINCE))" "${@:2}"
}

# hop_needs PHASE: it must be behind this node.
hop_needs() {
    attempt_behind "$1" || fail hop-order "$1 of $HOP has not passed on this node; run pulumi up without --target"
}

# --- the cluster ------------------------------------------------------------------------------------------------------

# Of no nodes everything is true.
require_peers() {
    local peers
    peers_in peers
    [ -n "$peers" ] || fail sheet-incomplete "the call came without the cluster's nodes; run it through pulumi up"
}

require_views() {
    require_peers
    wait_judge healthTimeoutSeconds=120 "every node to see every node" views || refuse_judged " after $(option healthTimeoutSeconds 120) s"
    say "every node sees every node ($LAST_SEEN)"
}

# hop_daemon_down: no daemon runs. After a reboot systemd tries again and again to start a held node, and `admit` refuses: that is ended.
hop_daemon_down() {
    local pid
    daemon_stopped || {
        daemon_pid pid
        if daemon_active || [ -n "$pid" ]; then return 1; fi
        daemon_stop
    }
}

# hop_launch GENERATION: stops whatever runs, starts GENERATION, until its process answers.
hop_launch() {
    local limit
    daemon_stop
    activate "$1"
    daemon_start || fail daemon-not-started "Garage $(generation_info "$1" release) does not start; see journalctl -u garage"
    option healthTimeoutSeconds 120 limit
    wait_until "$limit" "the daemon's answer" daemon_answers ||
        fail daemon-silent "Garage $(generation_info "$1" release) does not answer after $limit s ($LAST_SEEN); see journalctl -u garage"
}

# hop_start GENERATION: the same, and it serves.
hop_start() {
    hop_launch "$1"
    wait_until healthTimeoutSeconds=120 "Garage to serve" serving ||
        fail not-serving "Garage $(generation_info "$1" release) runs, but $LAST_SEEN; see journalctl -u garage"
}

hop_start_quiet() {
    hop_launch "$1.quiet"
    wait_until 15 "S3 and web to be off" serving ||
        fail not-quiet "S3 and web are to be off on this node, and its peers and the admin API to be served, but $LAST_SEEN"
}

# hop_first_generation GENERATION VARIABLE: what the new series starts with: S3 off until verify has passed; the short way puts it on at once.
hop_first_generation() {
    if hop_short; then give "$1" "$2"; else give "$1.quiet" "$2"; fi
}

hop_start_first() {
    if hop_short; then hop_start "$1" && connect_back; else hop_start_quiet "$1"; fi
}
