# shellcheck shell=bash
# What must hold before a node is stopped for a roll, and after it has started again.

# --- before -----------------------------------------------------------------------------------------------------------

# gate_before canary|"" TARGET: may this node go down? Refuses, with nothing touched.
gate_before() {
    gate_quorum
    if [ -n "$(ledger_get act)" ] || ! daemon_answers; then
        # This node is what is to be repaired: only the others have to be well.
        gate_views "$(ledger_get node)"
        say "the other nodes see each other; this one $(daemon_active && echo "is half-way" || echo "is down") and is repaired"
    else
        gate_views ""
        gate_layout
        gate_partitions
        gate_wait sync-busy "tables are still being synced" on_all _tables_done
        [ -z "$1" ] || gate_canary
    fi
    check free-disk "less than 64 MiB are free where the metadata lie; nothing was touched" gate_disk
    if convert_needed "$2"; then convert_may "$2"; fi
}

# Nodes that are left out count as down: every partition must keep its write quorum without them.
gate_quorum() {
    local factor out most
    factor="$(sheet_get replicationfactor)"
    factor="${factor:-3}"
    most=$((factor - (factor / 2 + 1)))
    out="$(peers_without | grep -c ' storage$' || true)"
    [ "$out" -le "$most" ] ||
        fail without-quorum "without leaves out $out storage nodes; with replicationFactor $factor only $most may be missing, or partitions lose their write quorum; nothing was touched"
    [ "$out" -eq 0 ] || say "$out storage node(s) are left out: while a node restarts, some partitions may take no writes"
}

# gate_views EXCEPT: every node but EXCEPT sees every node but EXCEPT.
gate_views() {
    # shellcheck disable=SC2034  # peers_in reads it
    local PEERS_EXCEPT="$1"
    wait_until 15 "every node to see every node" views_or_connect ||
        fail peers-unhealthy "not every node sees every node ($LAST_SEEN); nothing was touched: repair that first, or leave a dead host out by without"
}

gate_layout() {
    local seen
    seen="$(layout_observed)" || fail layout-unknown "the layout can't be read; nothing was touched"
    [ "$(fact version <<<"$seen")" -gt 0 ] || fail layout-missing "no layout is applied; nothing was touched: run pulumi up without --target"
    check layout-staged "changes of the layout are staged and not applied; nothing was touched: garage-manage layout show, then apply or revert them" \
        [ "$(fact staged <<<"$seen")" = no ]
    check layout-unsettled "a change of the layout is still under way (garage-manage layout history); nothing was touched" layout_settled
}

# Not waivable: going on would take a second copy away.
gate_partitions() {
    local limit
    limit="$(option healthTimeoutSeconds 120)"
    wait_until "$limit" "all partitions" partitions_ok ||
        fail partitions "not every partition has all its copies after $limit s ($LAST_SEEN); nothing was touched"
}

# gate_wait ID TEXT FUNCTION ARGS…: it may take healthTimeoutSeconds to hold; waivable.
gate_wait() {
    local id="$1" text="$2" limit
    shift 2
    limit="$(option healthTimeoutSeconds 120)"
    waived "$id" || wait_until "$limit" "$id" "$@" || fail "$id" "$text after $limit s ($LAST_SEEN); nothing was touched"
}

# Before the first node of a roll: no errors anywhere, tables repaired.
gate_canary() {
    gate_wait resync-errors "blocks can't be resynced" on_all _no_resync_errors
    waived repair-tables || repair_tables
}

_no_resync_errors() {
    local errors
    errors="$(node_facts "$1" | fact resync_errors)"
    [ "${errors:-unknown}" = 0 ] || { echo "${errors:-unknown number of} blocks with resync errors" && return 1; }
}

gate_disk() {
    [ "$(free_mib "$(metadata_path)")" -ge 64 ]
}

# --- facts ------------------------------------------------------------------------------------------------------------

# gate_facts: this node's figures before the stop, as one line of words `key=value`. gone.<table>: how many entries garbage collection
# may take away meanwhile (a table's entry leaves a node when whichever node holds its tombstone says so).
gate_facts() {
    local own dues
    own="$(node_facts)" || return 1
    dues="$(each_peer _gate_dues)"
    {
        awk '$1 ~ /^items\./ || $1 == "merkle" || $1 == "insert" || $1 == "resync_errors" || $1 == "engine" { print $1 "=" $2 }' <<<"$own"
        tr '\t' ' ' <<<"$dues" | tr ' ' '\n' | awk -F'[.=]' '/^gc\./ { sum[$2] += $3 } END { for (table in sum) print "gone." table "=" sum[table] }' | sort
    } | tr '\n' ' '
}

_gate_dues() {
    node_facts "$1" | awk '$1 ~ /^gc\./ { print $1 "=" $2 }'
}

# gate_items BEFORE: words `items.<table>=N` on stdin are not fewer than before. LAST_SEEN says which.
gate_items() {
    LAST_SEEN="$(awk -v before="$1" '
        BEGIN {
            n = split(before, word, " ")
            for (i = 1; i <= n; i++) { split(word[i], part, "="); was[part[1]] = part[2] }
        }
        { split($0, part, "="); now[part[1]] = part[2] }
        END {
            for (key in was) if (key ~ /^items\./) {
                table = substr(key, 7); least = was[key] - was["gone." table]
                if (was[key] > 0 && least < 1) least = 1
                if (now[key] + 0 < least) { print "table " table " has " now[key] + 0 " entries, it had " was[key]; exit }
            }
        }')"
    [ -z "$LAST_SEEN" ]
}

# gate_facts_hold BEFORE RELEASE ENGINE: the new process is that release on that engine, with not less in its tables and no new trouble.
# Without BEFORE (the daemon was down) only the first two can be said.
gate_facts_hold() {
    local now key most have
    now="$(node_facts)" || { LAST_SEEN="the daemon doesn't tell its figures" && return 1; }
    [ "$(fact release <<<"$now")" = "$2" ] || { LAST_SEEN="it says it is $(fact release <<<"$now"), not $2" && return 1; }
    [ "$(fact engine <<<"$now")" = "$3" ] || { LAST_SEEN="its engine is $(fact engine <<<"$now"), not $3" && return 1; }
    [ -n "$1" ] || return 0
    gate_items "$1" < <(awk '{ print $1 "=" $2 }' <<<"$now") || return 1
    for key in merkle insert resync_errors; do
        most="$(tr ' ' '\n' <<<"$1" | awk -F= -v key="$key" '$1 == key { print $2 + 0 }')"
        # Clients write on: a queue of some entries is no backlog.
        [ "$key" = resync_errors ] || most=$((${most:-0} + 100))
        have="$(fact "$key" <<<"$now")"
        [ "${have:-0}" -le "${most:-0}" ] || { LAST_SEEN="$key is $have, before it was at most $most" && return 1; }
    done
}

# --- after ------------------------------------------------------------------------------------------------------------

# gate_after TARGET BEFORE: the process that runs now answers, every node reaches every node through it and the others, and nothing
# got less. 1 with the reason in LAST_SEEN.
gate_after() {
    local target="$1" before="$2" limit from="$SECONDS" crashes
    limit="$(option healthTimeoutSeconds 120)"
    crashes="$(daemon_show NRestarts)"
    wait_until "$limit" "the daemon's answer" gate_answers "${crashes:-0}" || return 1
    [ "$GATE_CRASHED" = no ] || return 1
    connect_back
    wait_until $((limit - (SECONDS - from))) "every node to see every node" views_or_connect || return 1
    GATE_SEEN="$LAST_SEEN"
    gate_after_rest "$target" "$before" $((limit - (SECONDS - from)))
}

gate_after_rest() {
    local until=$((SECONDS + $3))
    wait_until $((until - SECONDS)) "all partitions" partitions_ok || return 1
    GATE_SEEN="$GATE_SEEN · $LAST_SEEN"
    wait_until $((until - SECONDS)) "the figures" gate_facts_hold "$2" "$(generation_info "$1" release)" "$(generation_info "$1" engine)" || return 1
}

# True as well when there is nothing to wait for: systemd gave up, or the process crashed twice.
gate_answers() {
    local restarts
    GATE_CRASHED=no
    if daemon_answers; then return 0; fi
    restarts="$(daemon_show NRestarts)"
    if [ "$(daemon_show ActiveState)" = failed ] || [ $((${restarts:-0} - $1)) -ge 2 ]; then
        GATE_CRASHED=yes
        LAST_SEEN="the daemon crashes"
        return 0
    fi
    return 1
}
