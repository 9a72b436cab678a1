# shellcheck shell=bash
# What must hold before a node is stopped for a roll, and after it has started again.

# --- before -----------------------------------------------------------------------------------------------------------

# gate_before canary|"" TARGET: may this node go down? Refuses, with nothing touched. Sets GATE_UP: its daemon answers, and figures were
# taken (gate_facts); and GATE_EXCEPT: whom the views need not hold, this node while it is what is repaired.
gate_before() {
    local act
    gate_quorum
    ledger_get act act
    [ -n "$act" ] || gate_ask
    if daemon_answers; then GATE_UP=yes; else GATE_UP=no; fi
    if [ "$GATE_UP" = no ] || [ -n "$act" ]; then
        # This node is what is to be repaired: only the others have to be well.
        ledger_get node GATE_EXCEPT
        gate_views "$GATE_EXCEPT"
        say "the other nodes see each other; this one $([ "$GATE_UP" = yes ] && echo "is half-way" || echo "is down") and is repaired"
        [ "$GATE_UP" = no ] || gate_look
    else
        GATE_EXCEPT=""
        gate_views ""
        [ "$GATE_LOOKS" -eq 1 ] || gate_ask
        gate_layout
        gate_partitions
        gate_look_back
        gate_rest "$1"
    fi
    check free-disk "less than 64 MiB are free where the metadata lie; nothing was touched" gate_disk
    if convert_needed "$2"; then convert_may "$2"; fi
}

# Nodes that are left out count as down: every partition must keep its write quorum without them.
gate_quorum() {
    local factor out=0 most role
    sheet_get replicationfactor factor
    factor="${factor:-3}"
    most=$((factor - (factor / 2 + 1)))
    while read -r _ _ _ role; do [ "$role" != storage ] || out=$((out + 1)); done < <(peers_without)
    [ "$out" -le "$most" ] ||
        fail without-quorum "without leaves out $out storage nodes; with replicationFactor $factor only $most may be missing, or partitions lose their write quorum; nothing was touched"
    [ "$out" -eq 0 ] || say "$out storage node(s) are left out: while a node restarts, some partitions can be neither read nor written"
}

# gate_views EXCEPT: every node but EXCEPT sees every node but EXCEPT.
gate_views() {
    gate_views_hold "$1" || fail peers-unhealthy "$(gate_views_say)"
}

gate_views_hold() {
    # shellcheck disable=SC2034  # peers_in reads it
    local PEERS_EXCEPT="$1"
    # The only node is to be repaired: there are no others.
    if [ -n "$1" ] && [ -z "$(peers_in)" ]; then return 0; fi
    gate_wait_views 15
}

gate_views_say() {
    echo "not every node sees every node ($LAST_SEEN); nothing was touched: repair that first, or leave a dead host out by without"
}

# gate_wait_views SECONDS: sets GATE_LOOKS to how often it had to look. After more than once, what was asked ahead is asked again: it may
# be old.
gate_wait_views() {
    GATE_LOOKS=0
    wait_until "$1" "every node to see every node" _gate_views
}

_gate_views() {
    GATE_LOOKS=$((GATE_LOOKS + 1))
    views_or_connect
}

# What gate_layout, gate_partitions and gate_look_back look at, asked for at once.
gate_ask() {
    ahead layout layout_observed
    ahead settled layout_settled
    ahead partitions partitions_ok
    ahead look each_peer _gate_look
}

gate_layout() {
    local seen version staged
    awaited layout || AWAITED="$(layout_observed)" || fail layout-unknown "the layout can't be read; nothing was touched"
    seen="$AWAITED"
    fact version "$seen" version
    [ "$version" -gt 0 ] || fail layout-missing "no layout is applied; nothing was touched: run pulumi up without --target"
    fact staged "$seen" staged
    check layout-staged "changes of the layout are staged and not applied; nothing was touched: garage-manage layout show, then apply or revert them" \
        [ "$staged" = no ]
    check layout-unsettled "a change of the layout is still under way (garage-manage layout history); nothing was touched" gate_settled
}

# A daemon that has just started compares its tables first.
gate_settled() {
    awaited settled || wait_until healthTimeoutSeconds=120 "the layout to be settled" layout_settled
}

gate_partitions() {
    awaited partitions || gate_wait partitions "not every partition has all its copies" partitions_ok
}

# gate_wait ID TEXT FUNCTION ARGS…: it may take healthTimeoutSeconds to hold. Never waived: going on would take a second copy away.
gate_wait() {
    local id="$1" text="$2" limit
    shift 2
    option healthTimeoutSeconds 120 limit
    wait_until "$limit" "$id" "$@" || fail "$id" "$text after $limit s ($LAST_SEEN); nothing was touched"
}

# Tables are in sync; before the first node of a roll also: no errors anywhere, tables repaired.
gate_rest() {
    ! gate_differs sync idle || gate_wait sync-busy "tables are still being synced" on_all _tables_done
    [ -n "$1" ] || return 0
    ! gate_differs resync_errors 0 || gate_wait resync-errors "blocks can't be resynced" on_all _no_resync_errors
    if ! waived repair-tables; then
        repair_tables
        gate_look
    fi
}

# One look at every node, for speed: GATE_LOOK has lines `name rc key=value…`: node_facts, and sync.
gate_look() {
    ahead look each_peer _gate_look
    gate_look_back
}

gate_look_back() {
    # Half an answer is none: then every question is asked anew.
    awaited look || AWAITED=""
    GATE_LOOK="${AWAITED//$'\t'/ }"
}

_gate_look() {
    local facts sync=busy
    facts="$(node_facts "$1")" || { echo "$facts" && return 1; }
    ! sync_idle "$1" || sync=idle
    facts_words "$facts" facts
    printf '%s\nsync=%s\n' "$facts" "$sync"
}

# facts_words TEXT VARIABLE: lines as node_facts has them, as lines `key=value`.
facts_words() {
    local KV="" _key _value
    while read -r _key _value _; do KV+="${KV:+$'\n'}$_key=$_value"; done <<<"$1"
    give "$KV" "$2"
}

# gate_differs KEY VALUE: some node says another value, or none.
gate_differs() {
    local line
    while read -r line; do
        case " $line " in *" $1=$2 "*) ;; *) return 0 ;; esac
    done <<<"$GATE_LOOK" || return 0
    return 1
}

# A block that nothing refers to any more (RC 0) only waits to be deleted. Before that Garage asks every node of the layout, which fails
# while a lost one is in it. It is no copy less: a node that needs it has an entry of its own. 0.7 doesn't tell them apart.
_no_resync_errors() {
    local errors list
    errors="$(node_facts "$1")" || { echo "$errors" && return 1; }
    fact resync_errors "$errors" errors
    [ "${errors:-unknown}" != 0 ] || return 0
    if [ -n "$errors" ] && ! runs_series 0.7 && list="$(_ask "$1" block list-errors)"; then
        errors="$(awk '$1 == "Hash" && $2 == "RC" { told = 1; next } NF && $2 != "0" { n++ } END { if (told) print n + 0 }' <<<"$list")"
    fi
    [ "${errors:-unknown}" = 0 ] || { echo "${errors:-unknown number of} blocks with resync errors" && return 1; }
}

gate_disk() {
    local path free
    metadata_path path
    free_mib "$path" free
    [ "$free" -ge 64 ]
}

# --- facts ------------------------------------------------------------------------------------------------------------

# gate_facts: this node's figures before the stop, as one line of words `key=value`; else it prints why not, and fails. gone.<table>: how
# many entries garbage collection may take away meanwhile (a table's entry leaves a node when whichever node holds its tombstone says so).
gate_facts() {
    local self items=""
    ledger_get node self
    if gate_counts; then
        items="$(node_items)" || { echo "$items" && return 1; }
        facts_words "$items" items
    fi
    awk -v self="$self" '
        FILENAME == "-" {
            for (i = 3; i <= NF; i++) {
                split($i, part, "=")
                if (part[1] ~ /^gc\./) gone[substr(part[1], 4)] += part[2]
                else if ($1 == self && part[1] ~ /^(items\..*|merkle|insert|resync_errors|engine)$/) line = line $i " "
            }
            next
        }
        /^items\./ { line = line $1 " " }
        END {
            if (line == "") exit 1
            for (table in gone) line = line "gone." table "=" gone[table] " "
            print line
        }' - <(printf '%s\n' "$items") <<<"$GATE_LOOK"
}

# gate_counts: the tables' entries are a question of its own (node_items): the generation that is active runs on sled.
gate_counts() {
    local KV
    current_info engine
    [ "$KV" = sled ]
}

# gate_items BEFORE: words `items.<table>=N` on stdin are not fewer than before. LAST_SEEN says which.
gate_items() {
    # By the exit code as well: a comparison that couldn't be made has nothing to say either.
    LAST_SEEN="$(awk -v before="$1" "$FEWER"'
        BEGIN {
            n = split(before, word, " ")
            for (i = 1; i <= n; i++) { split(word[i], part, "="); was[part[1]] = part[2] }
        }
        { split($0, part, "="); now[part[1]] = part[2] }
        END {
            for (key in was) if (key ~ /^items\./) {
                table = substr(key, 7); least = was[key] - fewer_explained(was[key], was["gone." table], 0)
                if (now[key] + 0 < least) { print "table " table " has " now[key] + 0 " entries, it had " was[key]; exit }
            }
        }')" || { LAST_SEEN="tables could not be compared"; return 1; }
    [ -z "$LAST_SEEN" ]
}

# gate_facts_hold BEFORE RELEASE ENGINE: the new process is that release on that engine, with not less in its tables and no new trouble.
# Without BEFORE (the daemon was down) only the first two can be said. Where gate_counts, the tables are left to gate_counted.
gate_facts_hold() {
    local now key most have word words
    now="$(node_facts)" || { LAST_SEEN="asked for its figures, the daemon says: $now"; return 1; }
    fact release "$now" have
    [ "$have" = "$2" ] || { LAST_SEEN="it says it is $have, not $2"; return 1; }
    fact engine "$now" have
    [ "$have" = "$3" ] || { LAST_SEEN="its engine is $have, not $3"; return 1; }
    [ -n "$1" ] || return 0
    if ! gate_counts; then
        facts_words "$now" words
        gate_items "$1" <<<"$words" || return 1
    fi
    for key in merkle insert resync_errors; do
        most=""
        for word in $1; do [ "${word%%=*}" != "$key" ] || most="${word#*=}"; done
        # Clients write on: a queue of some entries is no backlog.
        [ "$key" = resync_errors ] || most=$((${most:-0} + 100))
        fact "$key" "$now" have
        [ "${have:-0}" -le "${most:-0}" ] || { [ "$key" = resync_errors ] && _no_resync_errors "" >/dev/null; } ||
            { LAST_SEEN="$key is $have, before it was at most $most"; return 1; }
    done
}

# --- after ------------------------------------------------------------------------------------------------------------

# gate_after TARGET BEFORE: the process that runs now answers and serves, every node reaches every node through it and the others, and
# nothing got less. 1 with the reason in LAST_SEEN.
gate_after() {
    local target="$1" before="$2" limit until now crashes
    option healthTimeoutSeconds 120 limit
    clock now
    until=$((now + limit))
    daemon_show NRestarts crashes || true
    wait_until "$limit" "the daemon's answer" gate_answers "${crashes:-0}" || return 1
    [ "$GATE_CRASHED" = no ] || return 1
    connect_back
    gate_after_ask "$target" "$before"
    clock now
    gate_wait_views $((until - now)) || return 1
    GATE_SEEN="$LAST_SEEN"
    [ "$GATE_LOOKS" -eq 1 ] || gate_after_ask "$target" "$before"
    gate_after_rest "$target" "$before" "$until"
}

gate_after_ask() {
    ahead serving serving
    ahead partitions _partitions_say
    ahead figures gate_figures "$@"
}

_partitions_say() {
    partitions_ok && echo "$LAST_SEEN"
}

gate_figures() {
    local release engine
    generation_info "$1" release release
    generation_info "$1" engine engine
    gate_facts_hold "$2" "$release" "$engine"
}

# gate_after_rest TARGET BEFORE UNTIL
gate_after_rest() {
    local now
    clock now
    awaited serving || wait_until $(($3 - now)) "Garage to serve" serving || return 1
    clock now
    if awaited partitions; then
        LAST_SEEN="$AWAITED"
    else
        wait_until $(($3 - now)) "all partitions" partitions_ok || return 1
    fi
    GATE_SEEN="$GATE_SEEN · $LAST_SEEN"
    if ! awaited figures; then
        clock now
        wait_until $(($3 - now)) "the figures" gate_figures "$1" "$2" || return 1
    fi
    gate_counted "$2"
}

# gate_counted BEFORE: what gate_facts_hold could not say of the tables. Last, and once: counting may take minutes.
gate_counted() {
    local items
    if [ -z "$1" ] || ! gate_counts; then return 0; fi
    items="$(node_items)" || { LAST_SEEN="its tables can't be counted: $items"; return 1; }
    facts_words "$items" items
    gate_items "$1" <<<"$items"
}

# True as well when there is nothing to wait for: systemd gave up, or the process crashed twice.
gate_answers() {
    local restarts state
    GATE_CRASHED=no
    if daemon_answers; then return 0; fi
    daemon_show NRestarts restarts || true
    daemon_show ActiveState state || true
    if [ "$state" = failed ] || [ $((${restarts:-0} - $1)) -ge 2 ]; then
        GATE_CRASHED=yes
        LAST_SEEN="the daemon crashes"
        return 0
    fi
    return 1
}
