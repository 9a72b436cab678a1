# What can be said of a cluster, from its nodes' documents (report.jq) and the facts of a procedure. Pure: nothing here asks or waits.
# `.` is always {self, series, peers, nodes, facts, kept}. A reason is {id, text, node?, final?, waivable?}: `final` is what no waiting mends.
# What isn't known is a reason, never a yes. Reasons stand in the order of their weight: the later ones may only follow from the first.

def fact($key): .facts[$key] // "";
def fact_number($key): fact($key) | if digits then number else error("the fact \($key) is no number") end;
def yes($key): fact($key) == "yes";
def kept_number($key): .kept[$key] // "0" | number;

def reason($id; $text): {id: $id, text: $text};
def reason_of($id; $node; $text): {id: $id, node: $node, text: $text};
def final: . + {final: true};
def waivable: . + {waivable: true};

def members: [.peers[] | select(.part == "in")];
def left_out: [.peers[] | select(.part != "in")];
def own: .nodes[.self];

# why($question): in words, why a document hasn't what that question was asked for.
def why($question): first((.errors // [])[] | select(.question == $question) | .why) // "no answer";

# every(f): `f` gives a text for each node that isn't as it should be; `.` is {member, doc, context}. One reason with all of them.
def every($id; f):
    . as $context
    | [members[] | {member: ., doc: $context.nodes[.name], context: $context} | {name: .member.name, text: f}]
    | if $context | members == [] then [reason($id; "no nodes were named") | final]
      elif length == 0 then []
      else [reason($id; map("\(.name): \(.text)") | join(", ")) + if length == 1 then {node: .[0].name} else {} end] end;

def verdict($reasons): {reasons: $reasons, seen: "", keep: {}};
def verdict($reasons; $seen): verdict($reasons) + {seen: $seen};

# "1.10.0" is more than "1.9.0". Of what stands behind the three numbers nothing is known.
def parts: split(".")[:3] | map(sub("[^0-9].*"; "") | if . == "" then 0 else number end);

# --- who sees whom ------------------------------------------------------------------------------------------------------

# HEALTHY in `status` isn't enough: a node that restarts within some seconds stays HEALTHY for up to 15 s while the connection to its old
# process is dead (seen in all series). So each node that has a role must also answer through the node asked. `stats -a` of 0.7 gives
# nothing as soon as one node fails: where a node is left out that is no news, and `status` has to do.
def seen_by($member; $lax):
    (.answersThrough // []) as $through
    | if $through == [] and $lax then [.sees[].id]
      else (if $through == [] then [$member.id[:16]] else $through end) as $through
        | [.sees[] | select((.role | not) or (.id | IN($through[]))) | .id] end;

# All but the node that the fact `except` names.
def looked_at: fact("except") as $except | [members[] | select(.name != $except)];

# Those that don't see all of them: whom each lacks (ids), or why it doesn't say.
def blind:
    . as $context | looked_at as $all | [$all[].id[:16]] as $ids
    | (.series == "0.7" and (fact("except") != "" or left_out != [])) as $lax
    | [$all[] | . as $member | $context.nodes[.name] as $doc
        | if $doc.sees == null then {name, why: ($doc | why("status") | if . == "no answer" then "doesn't answer" else . end)}
          else {name, lacks: ($ids - ($doc | seen_by($member; $lax)))} | select(.lacks != []) end];

def views($id):
    fact("except") as $except | (looked_at | length) as $all | blind
    | if $all == 0 and $except == "" then [reason($id; "no nodes were named") | final]
      elif length == 0 then []
      else [reason($id; "not every node sees every node (\(map("\(.name) \(.why // "sees \($all - (.lacks | length)) of \($all)")") | join(", ")))")
        + if length == 1 then {node: .[0].name} else {} end] end;

# Notes for whoever waits: who is to connect to whom now.
def connects: looked_at as $all | [blind[] | .name as $by | (.lacks // []) as $lacks | $all[] | select(.id[:16] | IN($lacks[])) | "connect \($by) \(.name)"];

def views_seen: looked_at | length | "seen by \(.) of \(.)";

# Nodes that are left out count as down: every partition must keep its write quorum without them. `leaves`: and without this one, which is
# to be away for as long as its machine takes.
def quorum:
    . as $context
    | (if fact("factor") == "" then 3 else fact_number("factor") end) as $factor
    | ($factor - (($factor / 2 | floor) + 1)) as $most
    | any(members[]; .name == $context.self and .role == "storage") as $stores
    | [left_out[] | select(.role == "storage")] | length
    | if . > $most then [reason("without-quorum"; "without leaves out \(.) storage nodes; with replicationFactor \($factor) only \($most) may be missing, or partitions lose their write quorum") | final]
      elif . > 0 and . + 1 > $most and $stores and ($context | yes("leaves")) then
        [reason("without-quorum"; "without leaves out \(.) storage nodes, and this one would be away until its machine is back; with replicationFactor \($factor) only \($most) may be missing, or partitions lose their write quorum") | final]
      else [] end;

# --- partitions, layout -------------------------------------------------------------------------------------------------

# All replicas of all; with storage nodes left out, a write quorum of all. Without a layout 1.x calls all partitions well, of no quorum.
def lacks_storage: left_out | any(.role == "storage");
def partitions_seen: own.partitions as $p | if .series == "0.7" then "partitions not told by 0.7" else "partitions \(if lacks_storage then $p.quorum else $p.ok end)/\($p.all)" end;

def partitions($id):
    own.partitions as $p
    | if .series == "0.7" or ($p and $p.all > 0 and $p.quorum == $p.all and (lacks_storage or $p.ok == $p.all)) then []
      else [reason($id; "not every partition has all its copies (\(if $p then partitions_seen else "\(own | why("health")) about partitions" end))")] end;

def layout_known:
    own.layout as $layout
    | if $layout.version == null or $layout.staged == null then [reason("layout-unknown"; "the layout can't be read (\(own | why("layout")))")]
      elif $layout.version == 0 then [reason("layout-missing"; "no layout is applied") | final]
      else [] end;

def layout_staged:
    if own.layout.staged == true then [reason("layout-staged"; "changes of the layout are staged and not applied") | final] else [] end;

# From 1.0 on a change lives beside the old version until each node of either one has acknowledged it (ack) and has sent on all that it holds
# (sync), and knows that of all others (syncAck). What each has sent is there: so syncAck alone may trail. That is only bookkeeping, which a
# single node never ends (tried on 1.2.0, 1.3.0, 2.5.0). Garage counts no blocks in this.
def layout_settled:
    own as $own | own.layout as $layout
    | if .series | startswith("0.") then []
      elif $layout.live == null then [reason("layout-unsettled"; "whether a change of the layout is under way isn't told (\($own | why("history")))")]
      elif ($layout.live | length) == 1 then []
      else
        ([$layout.live[].version] | max) as $newest
        | [$layout.trackers[] | select(.ack != $newest or .sync != $newest)]
        | if $layout.trackers == [] then [reason("layout-unsettled"; "the layout's history can't be read")]
          elif length == 0 then []
          else [reason("layout-unsettled"; "layout \($newest) is not everywhere yet: \(.[0].id) (ack \(.[0].ack), sync \(.[0].sync))\(if length > 1 then " and \(length - 1) more" else "" end) behind")] end
      end;

# --- queues, workers, errors: texts of one node -------------------------------------------------------------------------

def unless_told($question; $value; $what): if $value == null then (.doc | why($question)) + $what else empty end;

# Nothing left to compare between the tables' replicas. 0.7 has no such list: Merkle queue 0, as near as it gets.
def syncing:
    if .context.series == "0.7" then
        unless_told("stats"; .doc.queues.merkle; ""), (.doc.queues.merkle // 0 | select(. > 0) | "Merkle queue \(.)")
    else
        unless_told("workers"; .doc.workers; " about workers"),
        ([(.doc.workers // [])[] | select((.name | endswith(" sync")) and (.queue > 0 or .state == "busy"))]
            | select(length > 0)
            | "\(.[0].name) (\(.[0].state), queue \(.[0].queue))\(if length > 1 then " and \(length - 1) more" else "" end) at work")
    end;

# Blocks that can't be had and are needed (garage.jq). 0.7 doesn't tell them apart.
def needed_errors: .queues.resyncErrors as $all | if $all == null or $all == 0 then $all else .blockErrors.needed // $all end;

def errors_of_blocks:
    unless_told("stats"; .doc.queues.resyncErrors; ""), (.doc | needed_errors // 0 | select(. > 0) | "\(.) blocks with resync errors");

def resync_busy: [.workers[] | select((.name | startswith("Block resync worker")) and .state == "busy")] | length;

# --- who stays away -----------------------------------------------------------------------------------------------------

# away(f): nodes of which `f` isn't told, by name, since when (`passed`, the seconds since the first look). Who hasn't answered for
# longer than a host takes to come back from a reboot isn't waited for.
def away(f):
    . as $context | fact_number("passed") as $passed
    | [members[].name | select($context.nodes[.] | f == null) | {key: "away.\(.)", value: (($context.kept["away.\(.)"] // "\($passed)") | number)}] | from_entries;

def gone_for_good($id; $away):
    ([fact_number("health"), 300] | max) as $patience | fact_number("passed") as $passed
    | [$away | to_entries[] | select($passed - .value >= $patience) | .key[5:]
        | reason_of($id; .; "\(.) has not answered for \($patience) s. Bring that host back, and run pulumi up again; is it lost for good, leave it out (without)") | final];

# --- figures: what a node held before, as words `key=value` -------------------------------------------------------------

def words_object: [split(" ")[] | select(. != "") | split("=") | {key: .[0], value: (.[1:] | join("="))}] | from_entries;

# gone.<table>: how many entries garbage collection may take away meanwhile: a table's entry leaves a node when whichever node holds its
# tombstone says so.
def figures:
    . as $context | own as $own
    | [members[].name | $context.nodes[.].queues.gc | select(. != null) | to_entries[]] | group_by(.key)
    | map("gone.\(.[0].key)=\(map(.value) | add)") as $gone
    | ["engine=\($own.engine)", "merkle=\($own.queues.merkle)", "resync_errors=\($own.queues.resyncErrors)"]
        + (if $own.queues.insert == null then [] else ["insert=\($own.queues.insert)"] end)
        + [($own.items // {}) | to_entries[] | "items.\(.key)=\(.value)"] + $gone
    | join(" ");

def figures_kept: if own.queues.resync == null or own.items == null then {} else {figures: figures} end;

# How many entries of a table may be fewer than before, with nothing lost. Only garbage collection takes entries away: a tombstone goes a day
# after its deletion, from every node at the word of the one that has it in its queue. So never more than all nodes' queues held. That alone
# proves little: where clients delete much, a queue is as long as its table, and one entry of a million would pass. So besides, in a roll and
# after a major upgrade: what comes due of the queue in the time between is about hours/24 of it; twice that is granted, and for bursts a
# hundredth of the table (of a small one half, up to 100 entries); and never more than half of the table. In a conversion nothing runs: a
# thousandth of the queue, which comes due in a minute and a half, for the moment between the daemon's last word and its stop. More than
# that, and no more than the queues held, passes only where the user has said so (skipChecks: items-fewer), and in a roll not even then: its
# next try has new figures.
def explained($had; $queue; $hours):
    ([([$had / 2, 100] | min), $had / 100] | max) as $burst | [$queue * $hours / 12 + $burst, $queue, $had / 2] | min | floor;
def explained_in_conversion($queue): $queue / 1000 | floor;
def explained_by_waiver($had; $queue): [$queue, $had - 1] | min | if . < 0 then 0 else . end;
def fewer_waived: fact("skipChecks") | [splits("[ ,]+")] | index("items-fewer") != null;

# fewer($before; $items; f): the first table that has lost more than it may; `.` of f is {had, queue}.
def fewer($before; $items; f):
    first($before | to_entries[] | select(.key | startswith("items.")) | .key[6:] as $table | (.value | number) as $had
        | ($had - ({had: $had, queue: ($before["gone." + $table] // "0" | number)} | f)) as $least
        | select(($items[$table] // 0) < $least) | "table \($table) has \($items[$table] // 0) entries, it had \($had)") // null;

def items_held($id):
    (fact("before") | words_object) as $before
    | if fact("before") == "" then []
      elif own.items == null then [reason($id; "its tables can't be counted: \(own | why(if [(.errors // [])[].question] | index("items") then "items" else "stats" end))")]
      else fewer($before; own.items; explained(.had; .queue; 0)) as $fewer | if $fewer then [reason($id; $fewer)] else [] end end;
