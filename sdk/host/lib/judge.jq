# Judges: from what is known of a cluster to the reasons why not. Their questions: judge.sh. Rows: tests/host/judge.

# --- a roll -------------------------------------------------------------------------------------------------------------

# What this node holds before it stops, to be found again by gate_after and counted.
def judge_figures:
    (if own.queues.resync == null then "stats" elif own.items == null then "items" else null end) as $lacks
    | if $lacks then verdict([reason("facts-unknown"; "this node doesn't tell its figures (\(own | why($lacks)))")])
      else verdict([]) + {keep: figures_kept} end;

# Who doesn't see whom isn't waited for as long as the rest, for another node is down: 15 s, since it was seen first. On a machine under load one
# look may miss an answer.
def blind_since: .kept.blind // fact("passed") | number;
def views_at_last: (fact_number("passed") - blind_since) as $blind | views("peers-unhealthy") | if $blind >= 15 then map(final) else . end;

# Of a node that is down or half-way only the others have to be well: `except` names it. `free`: MiB where its metadata lie. `figures`: they
# are asked for in the same look.
def judge_gate_before:
    (if yes("figures") then judge_figures else verdict([]) end) as $figures
    | blind_since as $since | views_at_last as $views
    | verdict(
        quorum + $views
            + (if fact("except") != "" then [] else
                layout_known + (layout_staged | map(waivable)) + (layout_settled | map(waivable)) + partitions("partitions") + every("sync-busy"; syncing)
                + if yes("canary") then every("resync-errors"; errors_of_blocks) else [] end
            end)
            + (if fact_number("free") >= 64 then [] else [reason("free-disk"; "less than 64 MiB are free where the metadata lie") | final | waivable] end)
            + $figures.reasons;
        views_seen) + {keep: ($figures.keep + if $views == [] then {} else {blind: $since} end), note: connects};

# Clients write on: a queue of some entries is no backlog.
def no_new_trouble:
    (fact("before") | words_object) as $before | own as $own
    | [("merkle", "insert") as $queue | ($before[$queue] // "0" | number) + 100 | select(($own.queues[$queue] // 0) > .)
        | reason("gate-failed"; "\($queue) is \($own.queues[$queue]), before it was at most \(.)")]
        + (($before.resync_errors // "0" | number) as $most
            | if $own.queues.resyncErrors > $most and ($own | needed_errors) > 0
              then [reason("gate-failed"; "resync_errors is \($own.queues.resyncErrors), before it was at most \($most)")] else [] end);

# The new process is that release on that engine, everybody sees it, with not less in its tables and no new trouble. Without `before` (the
# daemon was down) only the first can be said. `items`: the tables are compared here too (else by judge_counted).
def judge_gate_after:
    own as $own
    | verdict(
        views("gate-failed") + partitions("gate-failed")
            + (if $own.release == null then [reason("gate-failed"; "asked for its figures, the daemon says: \($own | why("stats"))")]
                elif $own.release != fact("release") then [reason("gate-failed"; "it says it is \($own.release), not \(fact("release"))")]
                elif $own.engine != fact("engine") then [reason("gate-failed"; "its engine is \($own.engine), not \(fact("engine"))")]
                elif fact("before") == "" then []
                else no_new_trouble end)
            + if yes("items") then items_held("gate-failed") else [] end;
        views_seen + " · " + partitions_seen) + {note: connects};

# --- layout -------------------------------------------------------------------------------------------------------------

# The layout that is, as notes (layoutRows.sh compares them): `role <16 hex> <zone> <capacity> <tags, sorted>`, and what is staged,
# `change …` or `change <16 hex> removed`.
def layout_line: .id[:16] + if .removed then " removed" else " \(.zone) \(.capacity | if . then whole else "gateway" end) \(.tags | map(split(",")[]) | sort | join(","))" end;

def layout_told:
    own.layout as $layout
    | {keep: {version: $layout.version, staged: (if $layout.staged then "yes" else "no" end)},
       note: (["role " + ($layout.roles[] | layout_line), "change " + ($layout.changes[] | layout_line)] | sort)};

def layout_unread:
    own.layout as $layout
    | if $layout.version == null or $layout.staged == null or $layout.roles == null then
        [reason("layout-unknown"; "the layout can't be read (\(own | why(if $layout.version then "roles" else "layout" end)))")] else [] end;

def judge_layout: layout_unread as $unread | if $unread != [] then verdict($unread) else verdict([]) + layout_told end;

# No node knows a newer layout than this one, and with `least` every node has that one.
def judge_layout_spread:
    own.layout.version as $mine | layout_unread as $unread
    | if $unread != [] then verdict($unread)
      elif fact("least") != "" then
        fact_number("least") as $least
        | verdict(every("layout-not-spread"; unless_told("layout"; .doc.layout.version; ""), (.doc.layout.version // $least | select(. < $least) | "still at layout \(.)"))) + layout_told
      else
        verdict(every("layout-unknown"; unless_told("layout"; .doc.layout.version; ""), (.doc.layout.version // 0 | select(. > $mine) | "has layout \(.), this node \($mine)"))) + layout_told
      end;

# Of a layout of which several versions live: its newest one, and how far each node is, as notes `tracker <16 hex> <ack> <sync>`.
def judge_layout_history:
    own.layout as $layout
    | if $layout.live == null or (($layout.live | length) > 1 and $layout.trackers == []) then
        verdict([reason("layout-unknown"; "the layout's history can't be read (\(own | why("history")))")])
      elif ($layout.live | length) == 1 then verdict([])
      else verdict([]) + {keep: {newest: ([$layout.live[].version] | max)}, note: [$layout.trackers[] | "tracker \(.id) \(.ack) \(.sync)"]} end;

# --- blocks -------------------------------------------------------------------------------------------------------------

# Gateways hold no blocks, and aren't asked.
def block_waits:
    if .member.role == "gateway" then empty else
    unless_told("stats"; .doc.queues.resync; ""),
    (.doc.queues | select(. and (.resync > 0 or .resyncErrors > 0)) | "\(.resync) blocks wait, \(.resyncErrors) with errors")
    end;

def block_due:
    if .member.role == "gateway" then empty
    elif .context.series == "0.7" then "blocks wait, and 0.7 doesn't tell for what: keep clients off for two minutes, after a deletion eleven"
    else
        errors_of_blocks,
        (if .doc.workers == null then "doesn't tell whether blocks are being copied" elif .doc | resync_busy > 0 then "copies blocks" else empty end)
    end;

# Every node has the blocks that it should have. Tables are in sync within seconds. The blocks of a node that has come in place of another are
# looked for only 2 × rpc_timeout_msec later, ten minutes, and `repair blocks` doesn't hasten that on 2.5.0 (tried). Tried too: three nodes
# replaced one after the other, each with all tables in sync, and no block was left anywhere. So either no block waits, twice: 2.5.0 shows
# what it has put into the queue only a second later. Or, where clients write all the time, `patience` s have passed since the first look:
# what was to be looked for before has been, when no worker is at it and none has failed.
def judge_blocks:
    every("blocks-missing"; block_waits) as $waiting
    | if $waiting == [] then
        (kept_number("good") + 1) as $good
        | verdict(if $good >= 2 then [] else [reason("blocks-missing"; "no block waits, seen once")] end) + {keep: {good: $good, again: 3}}
      elif fact_number("passed") >= fact_number("patience") then verdict(every("blocks-missing"; block_due)) + {keep: {good: 0}}
      else verdict($waiting) + {keep: {good: 0}} end;

def judge_blocks_wait: verdict(every("blocks-missing"; block_waits));
def judge_blocks_due: verdict(every("blocks-missing"; block_due));

# A release may keep the list of the blocks that a node lacks where older ones don't look. Below such a boundary an empty queue proves
# nothing until `repair blocks` has found again what is missing: in this very process, for rows of repairs go with it. Facts: `boundaries`, lines
# of releases; `debt`, the one that this node itself owes by its ledger.
def series_of: split(".") | if .[0] == "0" then "0." + .[1] else .[0] end;

def hides_blocks:
    .doc.release as $release | (.context | [fact("boundaries") | lines[]] | map(select(. != ""))) as $boundaries
    | ($boundaries + if .member.name == .context.self then [.context | fact("debt") | select(. != "")] else [] end) as $all
    | if $all == [] then empty
      elif $release == null then .doc | why("stats")
      elif any(.doc.workers // [] | .[]; (.name | ascii_downcase) == "block repair worker" and .state == "done") then empty
      else first($all[] | select((. | series_of) == ($release | series_of) and ($release | parts) < parts)) | "may not show which blocks it lacks, if it ever ran \(.)" end;

def judge_shows_blocks: verdict(every("blocks-missing"; hides_blocks));

# This very process has repaired its blocks; who isn't at it is to begin (`relaunch`). By metadata of which nothing is known it would delete them
# all: `compared`: they have been; else there must be some at least.
def judge_paid:
    .self as $self | [(own.workers // [])[] | select((.name | ascii_downcase) == "block repair worker") | .state] as $states | (own.workers != null and $states == []) as $idle
    | verdict(
        if own.workers == null then [reason("blocks-missing"; (own | why("workers")) + " about workers")]
        elif (yes("compared") | not) and (own.items.block_ref // 0) == 0 then
            [reason("blocks-missing"; "nothing was compared, and its table block_ref has \(own.items.block_ref // "no") entries") | final]
        elif any($states[]; . == "done") then []
        elif $states == [] then [reason("blocks-missing"; "repair blocks has not begun")]
        else [reason("blocks-missing"; "repair blocks is at work")] end)
    | .keep = {relaunch: (if $idle and all(.reasons[]; .final | not) then $self else "" end)};

# --- the others ---------------------------------------------------------------------------------------------------------

def judge_quorum: verdict(quorum);
def judge_views: verdict(views("views-incomplete"); views_seen) + {note: connects};
def judge_partitions: verdict(partitions("partitions-missing"); partitions_seen);
def judge_counted: verdict(items_held("gate-failed"));
def judge_layout_settled: verdict(layout_settled);
def judge_synced: verdict(every("sync-busy"; syncing));

# --- in and out ---------------------------------------------------------------------------------------------------------

# What the user has waived is said and doesn't count.
def judged(judge):
    (.facts.skipChecks // "" | [splits("[ ,]+")]) as $skipped
    | judge
    | .waived = [.reasons[] | select(.waivable and (.id | IN($skipped[])))] | .reasons -= .waived;

# For judge.sh: lines of cells; the last line says that all of them are there.
def spoken($name):
    [(.waived[] | ["waived", .id, .text]), (.reasons[] | [if .final then "final" else "reason" end, .id, .text]), ["seen", .seen],
        (.keep | to_entries[] | ["keep", .key, (.value | tostring)]), ((.note // [])[] | ["note", .]), ["judged", $name, (.reasons | length | tostring)]]
    | .[] | join("\t");

# Facts are words `key=value`, those of what the last look left behind with `kept.` before the key; or files, `fact:key`.
def facts:
    ([$ARGS.positional[] | index("=") as $at | {key: .[:$at], value: .[$at + 1:]}] | from_entries)
        + ($ARGS.named | with_entries(select(.key | startswith("fact:")) | .key |= .[5:]));

def peers:
    [$ARGS.named.peers | lines[] | select(. != "") | cells
        | {name: (.[0] | word), id: (.[1] | hex(64)), role: (.[3] | one_of(["storage", "gateway"])), part: (.[4] | one_of(["in", "without"]))}];

def known($self; $series; $answers; $limits):
    facts as $facts
    | {self: $self, series: $series, peers: peers, facts: ($facts | with_entries(select(.key | startswith("kept.") | not))),
       kept: ($facts | with_entries(select(.key | startswith("kept.")) | .key |= .[5:]))}
    | .nodes = (reduce (.peers[] | select(.part == "in") | .name) as $name ({}; .[$name] = daemon($answers[$name]; $series; $limits)));
