# Judges of a major upgrade.

# Every node runs what the facts `release` and, if given, `engine` say.
def runs:
    fact("release") as $release | fact("engine") as $engine
    | every("release-differs";
        if .doc.release == null then .doc | why("stats")
        elif .doc.release != $release then "runs \(.doc.release), not \($release)"
        elif $engine != "" and .doc.engine != $engine then "has engine \(.doc.engine), not \($engine)"
        else empty end);

# `oldest`: the release from which the hop was tried.
def new_enough:
    fact("oldest") as $oldest
    | if $oldest == "" or (fact("release") | parts) >= ($oldest | parts) then []
      else [reason("min-from"; "Garage \(fact("release")) is older than \($oldest), from which this was tried") | final | waivable] end;

# All on one release, one layout that nobody is changing, all copies there. No waiting ends a roll.
def preflight:
    (runs | map(.id = "releases-differ" | final)) + new_enough + layout_known + layout_staged + layout_settled + partitions("partitions-missing");

# --- repairs ------------------------------------------------------------------------------------------------------------

# A deleted block that only a lost node keeps from going is no error that would ever end (garage.jq), and stays in the queue.
def never_ends: if .context | lacks_storage then .doc.blockErrors.unneeded // 0 else 0 end;
def errors_that_count: .doc.queues.resyncErrors - never_ends;

def errors_of_all_blocks:
    unless_told("stats"; .doc.queues.resyncErrors; ""), (select(.doc.queues.resyncErrors) | errors_that_count | select(. > 0) | "\(.) blocks with resync errors");

def troubles:
    errors_of_all_blocks,
    (if .context.series == "0.7" then empty else
        unless_told("workers"; .doc.workers; " about workers"),
        first((.doc.workers // [])[] | select(.consecutive > 0) | "\(.name) fails (\(.consecutive) times in a row)")
    end);

def repair_rows: [.workers[] | select(.name | ascii_downcase | endswith(" repair worker"))];

# A repair lives in the daemon that was told: with the process it is gone, and a host that comes back from a reboot has nothing left to end. Of
# a peer's process only its list of workers speaks: each repair has a row there, until the daemon ends. So a node whose rows have gone, or that
# was away and shows none of ours, is to be told again (twice does no harm): `relaunch` names them, and whoever can't tell one keeps `away.<node>`.
# Facts: `own`: yes: the repair has a row of its own; scrub: it shows in the row of the scrub; falls: 0.7, which tells nothing: what is left in the
# resync queue waits for its time (a minute, ten after a deletion) when it falls no more; else it is that of tables, which shows in the rows that
# sync. `rows.<node>`: how many rows of repairs it showed before it was told: an old one that says done is no end of the new one. `resync`: also
# until no block is being copied. Kept: `most.<node>`, the most rows seen since; `away.<node>`; of who is told again `rows.<node>`, and `told.<node>`,
# when, as `passed`.
def rows_of: if .series == "0.7" then 0 else repair_rows | length end;

def rows_before($context): ("rows." + .name) as $key | $context.kept[$key] // ($context | fact($key)) | if . == "" then 0 else number end;

def told_since($context): ("told." + .name) as $key | $context | fact_number("passed") - kept_number($key);

def lost_there($context):
    .name as $name | .rows as $rows | rows_before($context) as $before
    | ($context.kept["most." + $name] // "\($before)" | number) as $most
    | ($context.kept["away." + $name] != null) as $was_away
    | if $rows < $most then true
      elif $context | yes("own") | not then $was_away
      else $rows <= $before and ($was_away or told_since($context) >= 30) end;

def repair_left($context):
    if .rows <= rows_before($context) then "not begun"
    else .doc
        | first((repair_rows[] | select(.state != "done")), (if $context | yes("resync") then .workers[] | select((.name | startswith("Block resync worker")) and .state == "busy") else empty end))
        | "\(.name) (\(.state))" end;

def scrub_left:
    (first(.doc.workers[] | select(.name == "Block scrub worker")) // null) as $row
    | if $row == null then "doesn't tell about the scrub" elif $row.state == "busy" then "scrub at work" else empty end;

def left_to_do($context):
    ($context | fact("own")) as $own
    # Rows fill within 0.3 s.
    | if $context.kept["told." + .name] != null and told_since($context) < 2 then "launched again a moment ago"
      elif $own == "yes" then repair_left($context)
      elif $own == "scrub" then scrub_left
      elif $own == "falls" then empty
      else {doc, context: $context} | syncing end;

# Where nothing is left: how often in a row it has to be seen so, and what is kept for that. Rows that sync fill within 0.3 s: twice idle, a
# second apart, is idle.
def seen_often:
    if fact("own") == "falls" then
        ([members[].name as $name | .nodes[$name].queues.resync] | add) as $sum
        | {need: 3, good: (if .kept.sum == null or $sum < kept_number("sum") then 0 else kept_number("good") + 1 end), sum: $sum, again: 3, text: "\($sum) blocks wait, and may still be fewer"}
    elif fact("own") == "" then {need: 2, good: (kept_number("good") + 1), again: 1, text: "nothing is left, seen once"}
    else {need: 1, good: 1} end;

def judge_repaired:
    . as $context | fact_number("passed") as $passed
    | away(if .series == "0.7" then .queues.resync else .workers end) as $away
    | [members[].name | select($away["away." + .] == null) | {name: ., doc: $context.nodes[.]} | .rows = (.doc | rows_of)] as $there
    | [$there[] | select(lost_there($context))] as $lost
    | (($away | to_entries | map("\(.key[5:]): no answer for \($passed - .value) s"))
        + [$there[] | .name as $name | if any($lost[]; .name == $name) then "\($name): was away, or its daemon has started anew" else left_to_do($context) | "\($name): \(.)" end]) as $left
    | (if $left == [] then seen_often else {good: 0} end) as $often
    | {reasons: (gone_for_good("repair-unfinished"; $away)
            + (if members == [] then [reason("repair-unfinished"; "no nodes were named") | final]
                elif $left != [] then [reason("repair-unfinished"; $left | join(", "))] elif $often.good < $often.need then [reason("repair-unfinished"; $often.text)] else [] end)),
        seen: "",
        keep: ((if $passed >= 5 then {again: 1} else {} end) + ($often | del(.need, .text)) + $away + (.kept | with_entries(select(.key | startswith("rows.") or startswith("told."))))
            + ($there | map({key: "most.\(.name)", value: ([.rows, ($context.kept["most." + .name] // "0" | number)] | max)}) | from_entries)
            + ($lost | map({key: "most.\(.name)", value: .rows}, {key: "rows.\(.name)", value: .rows}, {key: "told.\(.name)", value: $passed}) | from_entries)
            + {relaunch: ($lost | map(.name) | join(" "))})}
    | if .reasons == [] and ($context | yes("figures")) then .keep += ($context | figures_kept) else . end;

# How many rows of repairs each node shows.
def judge_rows:
    . as $context
    | verdict(every("repair-not-launched"; unless_told("workers"; .doc.workers; " about workers")))
    | if .reasons == [] then .keep = ($context | [members[].name as $name | {key: "rows.\($name)", value: (.nodes[$name] | rows_of)}] | from_entries) else . end;

# How many corrupt blocks each node knows; not more than before, where `corrupt.<node>` says how many those were.
def judge_scrubbed:
    . as $context
    | verdict(every("scrub-corruptions"; .member.name as $name | .doc.scrub.corruptions as $now | (.context | fact("corrupt." + $name)) as $had
        | if $now == null then (.doc | why("scrub")) + " about corrupt blocks" elif $had != "" and $had != "\($now)" then "\($now) corrupt blocks, before \($had)" else empty end))
    | .keep = ($context | [members[].name as $name | {key: "corrupt.\($name)", value: .nodes[$name].scrub.corruptions}] | from_entries);

# --- drain --------------------------------------------------------------------------------------------------------------

# Facts: `mode`, empty or settled; `short`.
def undrained:
    .doc.queues as $queues | .context as $context | never_ends as $stay
    | if $queues.resync == null then .doc | why("stats")
      elif .doc.workers == null and $context.series != "0.7" then (.doc | why("workers")) + " about workers"
      elif errors_that_count > 0 then "\(errors_that_count) blocks with resync errors"
      elif $queues.merkle > 0 or ($queues.insert // 0) > 0 then "\($queues.merkle) entries in Merkle queues, \($queues.insert // 0) to insert"
      elif ($context | fact("mode")) == "empty" and $queues.resync > $stay then "\($queues.resync) blocks in the resync queue"
      elif ($context | fact("mode") == "settled" and (yes("short") | not) and .series != "0.7") and (.doc | resync_busy > 0) then "\(.doc | resync_busy) resync workers at work"
      else empty end;

# Seconds until the last blocks written before S3 went off (`quietat`; `now`: at the first look) are due: 2 × the RPC timeout of 300 s, 610 s after a deletion.
def time_left:
    if fact("mode") == "empty" and fact("quietat") != "" then fact_number("quietat") + 613 - fact_number("now") - fact_number("passed") | if . > 0 then "; about \(.) s to go" else "" end else "" end;

# Twice in a row, 2 s apart; for `settled` three times, with a resync queue that never grew.
def judge_drained:
    . as $context
    | every("drain-timeout"; undrained) as $bad
    | away(if .workers == null and .series != "0.7" then null else .queues.resync end) as $away
    | if $bad != [] then {reasons: (gone_for_good("drain-timeout"; $away) + ($bad | map(.text += ($context | time_left)))), seen: "", keep: ({good: 0, again: 2} + $away)}
      else
        ([members[].name | $context.nodes[.].queues.resync] | add) as $sum
        | (fact("mode") == "settled") as $settled
        | (if kept_number("good") == 0 then $sum else kept_number("first") end) as $first
        | ($settled and $sum > $first and (yes("short") | not)) as $grows
        | (if $grows then 1 else kept_number("good") + 1 end) as $good
        | (if $grows then "the resync queue grows, from \($first) to \($sum)" else "\($sum) blocks wait for their time" end) as $seen
        | {reasons: (if $good >= (if $settled then 3 else 2 end) then [] else [reason("drain-timeout"; $seen)] end), seen: $seen,
           keep: {good: $good, first: (if $grows then $sum else $first end), again: 2}}
      end;

# --- all down -----------------------------------------------------------------------------------------------------------

# Facts: `halted`, lines `<name> <name> <backup>`, the second name being the host's own word; `ports`, lines `<name> <host> <port> <state>` as
# tcp_state has it.
def backed_up($hop):
    [fact("halted") | lines[] | cells | select(length > 0)] as $said
    | [members[].name | . as $name
        | [$said[] | select(.[0] == $name)]
        | (first(.[] | select(.[1] != $name)) // null) as $other
        | if $other then reason_of("halted-unproven"; $name; "the halt of \($name) answered for \"\($other[1])\"") | final
          elif (last // []) | .[2:] | join(" ") | test("/" + $hop + "-[^/]*\\z") then empty
          else reason_of("halted-unproven"; $name; "\($name) has not said where its backup of \($hop) is") | final end];

def silent:
    [fact("ports") | lines[] | cells | select(length == 4)] as $ports
    | [members[].name | . as $name
        | [$ports[] | select(.[0] == $name)]
        | if length == 0 then reason_of("address-unknown"; $name; "whether \($name) still answers was not tried")
          else .[]
            | if .[3] == "open" then reason_of("still-running"; $name; "\($name) still answers on \(.[1]), port \(.[2])")
              elif .[3] | IN("closed", "silent") then empty
              else reason_of("address-unknown"; $name; "the address \(.[1]) of \($name) can't be resolved, or tried, from here, so nobody can say whether it is down") end
          end];

def halted: backed_up(fact("hop")) as $reasons | if $reasons == [] then silent else $reasons end;

def judge_runs: verdict(runs);

# Those before this node, in the order of the sheet, run what the fact `release` says.
def judge_turn:
    (.self as $self | members | map(.name) | .[:index($self)]) as $before
    | verdict(every("release-differs"; select(.member.name | IN($before[])) | if .doc.release == (.context | fact("release")) then empty else "its turn is before" end));
def judge_preflight: verdict(preflight; "all nodes run Garage \(fact("release"))");
def judge_well: verdict(every("worker-errors"; troubles));
def judge_halted: verdict(halted);
