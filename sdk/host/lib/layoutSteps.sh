# shellcheck shell=bash
# Which changes of the layout go into the next version: rows as in layoutRows.sh, `<id> removed` for a node that goes.
# From 1.0 on all of them at once: Garage reads from the old version until the new one has its data. Up to 0.9 it reads from the newest one
# only, and a partition of which more than one copy moves answers 404, or can't be read, until the data have followed (tried on 0.9.4, 3 → 6
# nodes: half of all reads for ten minutes). So one storage node a version, and tables and blocks follow before the next one.

# layout_by_steps: one storage node after the other. The first layout of all moves nothing.
layout_by_steps() {
    case "$LAYOUT_SERIES" in 0.*) [ "$LAYOUT_VERSION" != 0 ] ;; *) return 1 ;; esac
}

# layout_step VARIABLE: the rows of the next version; none when all is as asked.
layout_step() {
    local KV
    if layout_by_steps; then
        KV="$(layout_one_step)" || fail layout-unknown "the next change of the layout can't be worked out; nothing was touched"
        give "$KV" "$1"
    else
        layout_to_stage "$1"
    fi
}

# layout_to_stage VARIABLE: rows of the changes that lead from what is to what is asked, sorted.
layout_to_stage() {
    local _row ROWS=()
    while IFS= read -r _row; do [ -z "$_row" ] || ROWS+=("$_row"); done <<<"$LAYOUT_DIFF"
    while read -r _row _; do [ -z "$_row" ] || ROWS+=("$_row removed"); done <<<"$LAYOUT_GONE"
    rows_sort
    rows_give "$1"
}

# What moves no data (gateways, tags) goes with whatever comes first. Then, one a version: a replacement takes exactly the place of the
# lost node; a node that moves to another zone; a node that is new or has another capacity.
# 0.9 fills zones as far as the smallest one allows. A node more in each of three zones would wait empty for the last one, and then all
# three copies of a partition move at once (tried). So each node first gets its share of what its zone has now, taken from those of the
# zone that have more than their share; the zones grow afterwards, one a version, and then hardly anything moves.
layout_one_step() {
    {
        labelled has "$LAYOUT_HAS"
        labelled want "$LAYOUT_WANTED"
        labelled gone "$LAYOUT_GONE"
        labelled replace "$(sheet_all replace)"
        labelled asked "$LAYOUT_ASKED"
        labelled diff "$LAYOUT_DIFF"
    } | awk -v series="$LAYOUT_SERIES" '
        function row(id, where, size) { print id, where, size, tags[id] }
        $1 == "has" { old_zone[$2] = $3; old[$2] = $4; if ($4 != "gateway") total[$3] += $4 }
        $1 == "want" { ids[++n] = $2; zone[$2] = $3; want[$2] = $4; tags[$2] = $5; if ($4 != "gateway") { goal[$3] += $4; if (!($3 in seen)) { seen[$3] = 1; zones[++z] = $3 } } }
        $1 == "gone" { if ($4 == "gateway") print $2, "removed"; else lost[$2] = 1 }
        $1 == "replace" { replaces[$2] = substr($3, 1, 16) }
        $1 == "asked" { name[substr($3, 1, 16)] = $2 }
        $1 == "diff" { diff[$2] = 1 }
        END {
            for (i = 1; i <= n; i++) {
                id = ids[i]
                if (!(id in diff)) continue
                if (want[id] == "gateway" || (zone[id] == old_zone[id] && want[id] == old[id])) { row(id, zone[id], want[id]); delete diff[id] }
            }
            for (i = 1; i <= n; i++) {
                id = ids[i]; gone = replaces[name[id]]
                if (!(id in diff) || gone == "" || !(gone in lost)) continue
                row(id, zone[id], old_zone[gone] == zone[id] ? old[gone] : want[id]); print gone, "removed"; exit
            }
            for (i = 1; i <= n; i++) {
                id = ids[i]
                if (!(id in diff)) continue
                if (series != "0.9" || ((id in old) && old[id] != "gateway" && zone[id] != old_zone[id]) || !total[zone[id]]) { row(id, zone[id], want[id]); exit }
            }
            for (k = 1; k <= z; k++) {
                area = zones[k]
                for (i = 1; i <= n; i++) {
                    id = ids[i]
                    if (zone[id] != area || want[id] == "gateway") continue
                    more[id] = want[id] / goal[area] - share(id)
                }
                for (i = 1; i <= n; i++) {
                    id = ids[i]
                    if (zone[id] == area && (id in diff) && more[id] > 1 / 2048) { give_share(id); exit }
                }
            }
            for (k = 1; k <= z; k++) {
                some = 0
                for (i = 1; i <= n; i++) if (zone[ids[i]] == zones[k] && (ids[i] in diff)) { row(ids[i], zone[ids[i]], want[ids[i]]); some = 1 }
                if (some) exit
            }
        }
        function share(id) { return (id in old) && old[id] != "gateway" && old_zone[id] == zone[id] ? old[id] / total[zone[id]] : 0 }
        function give_share(id,    i, other, spare) {
            row(id, zone[id], sprintf("%.0f", total[area] * want[id] / goal[area]))
            for (i = 1; i <= n; i++) if (zone[ids[i]] == area && more[ids[i]] < 0) spare -= more[ids[i]]
            for (i = 1; i <= n; i++) {
                other = ids[i]
                if (zone[other] == area && more[other] < 0) row(other, area, sprintf("%.0f", total[area] * (share(other) + more[id] * more[other] / spare)))
            }
        }' | LC_ALL=C sort
}

# labelled WORD LINES
labelled() {
    local line
    while IFS= read -r line; do [ -z "$line" ] || printf '%s %s\n' "$1" "$line"; done <<<"$2"
}

# layout_after STEP VARIABLE: what the layout will be with it.
layout_after() {
    local _row _id _rest ROWS=()
    while read -r _id _rest; do
        case $'\n'"$1" in *$'\n'"$_id "*) ;; *) [ -z "$_id" ] || ROWS+=("$_id $_rest") ;; esac
    done <<<"$LAYOUT_HAS"
    while IFS= read -r _row; do
        case "$_row" in *" removed" | "") ;; *) ROWS+=("$_row") ;; esac
    done <<<"$1"
    rows_sort
    rows_give "$2"
}

# --- until the data have followed, up to 0.9 ---------------------------------------------------------------------------

# Whoever is asked for a partition now has its entries.
layout_follow() {
    say "layout $LAYOUT_VERSION: the tables follow"
    repair_tables
    # Of a single copy nothing else is left to be read.
    [ "$LAYOUT_RF" -gt 1 ] || layout_blocks_follow
}

# A block is looked for on the nodes of the newest version only: if all that have it are left behind, it can't be read for ten minutes.
# `repair blocks` makes a node look now for what it lacks (tried on 0.9.4).
layout_blocks_follow() {
    ! judge blocks-wait || return 0
    if waived blocks-missing; then
        say "layout $LAYOUT_VERSION: the blocks aren't waited for (waived by skipChecks): what moves may not be read for ten minutes [blocks-missing]"
        return 0
    fi
    say "layout $LAYOUT_VERSION: the blocks follow"
    REPAIR_RESYNC=yes repair_rows blocks
    runs_series 0.7 || waits_only wait_judge repairTimeoutSeconds=3600 "the blocks to follow" blocks-due ||
        fail blocks-missing "not every node has the blocks that came to it with layout $LAYOUT_VERSION ($LAST_SEEN), so no other node is changed now. Errors: garage-manage block list-errors there; run pulumi up again later"
}
