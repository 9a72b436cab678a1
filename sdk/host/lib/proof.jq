# What the cluster holds, noted and found again: proof.sh says why, and has the lines. Ids of nodes are cut: up to 0.8 no more is shown.

def unread($id):
    own as $own
    | (if .series | IN("0.9", "1") then "roles" else "layout" end) as $roles
    | [ {question: $roles, value: $own.layout.roles}, {question: "layout", value: $own.layout.version}, {question: "buckets", value: $own.buckets},
        {question: "keys", value: $own.keys} ]
    | map(select(.value == null) | . as $each | "\($own | why($each.question)) about its \($each.question)")
    | if length == 0 then [] else [reason($id; "what the cluster holds can't be read (\(.[0]))")] end;

def uncounted($id):
    every($id; unless_told(if .doc.queues.gc == null then "stats" else "items" end; if .doc.queues.gc == null then null else .doc.items end; " about its tables"));

def layout_lines:
    own.layout | ["layout \(.version)"] + ([.roles[] | ["role", .id[:16], .zone, (.capacity // "gateway" | tostring), (.tags | join(","))] | join(" ") | rtrimstr(" ")] | sort);

def note:
    . as $context
    | layout_lines + (own.buckets | map("bucket " + .)) + (own.keys | map("key " + .))
        + [members[].name | . as $name | $context.nodes[.] | (.items | to_entries[] | "items \($name) \(.key) \(.value)"), (.queues.gc | to_entries[] | "gc \($name) \(.key) \(.value)")];

# What this node holds, for its backup, and what garbage collection could still take away: each node has its share of the queue.
def judge_stock:
    own as $own | (members | length) as $nodes
    | if $own.items == null or $own.queues.gc == null
      then verdict([reason("facts-unknown"; "this node doesn't tell how much is in its tables (\($own | why(if $own.queues.gc == null then "stats" else "items" end)))")])
      else verdict([]) + {note: [($own.items | to_entries[] | "items.\(.key) \(.value)"), ($own.queues.gc | to_entries[] | "gone.\(.key) \(.value * $nodes)")]} end;

def judge_noted:
    (unread("proof-failed") + uncounted("proof-failed")) as $reasons
    | if $reasons == [] then {reasons: [], seen: "", keep: {}, note: note} else {reasons: $reasons, seen: "", keep: {}} end;

def of_note($key): [fact("note") | lines[] | select(startswith($key + " ")) | .[($key | length) + 1:]];

def gone($key; $now):
    ($now | map({key: ., value: true}) | from_entries) as $there
    | (of_note($key) | map(select($there[.] | not))) as $gone
    | if $gone == [] then [] else [reason("data-missing"; "\($gone | length) of the \($key)s that were there are gone, the first is \($gone | sort | .[0])")] end;

def without_capacity: cells | if .[0] == "role" and .[3] != "gateway" then .[3] = "storage" else . end | join(" ");

# Where the hop turns capacities from relative numbers into bytes (`units` change); all else of a layout stays in every hop (garage-facts 7.2).
def layout_same:
    (fact("units") == "change") as $change
    | def plainly: map(if $change then without_capacity else . end);
    ([fact("note") | lines[] | select(startswith("layout ") or startswith("role "))] | plainly) as $before
    | (layout_lines | plainly) as $now
    | if $before != [] and $before == $now then []
      else [reason("data-missing"; "the layout changed: \([(($before - $now)[0] // empty | "< " + .), (($now - $before)[0] // empty | "> " + .)] | join(" "))")] end;

def numbers_of_note($key): [of_note($key)[] | cells | {key: "\(.[0]) \(.[1])", value: (.[2] | number)}] | from_entries;

# Hours since the note was taken; those of older tools don't say when.
def hours_since: (of_note("taken") | last) as $taken | if $taken == null then 0 else [(fact_number("now") - ($taken | number)) / 3600, 0] | max end;

# On every node that takes part: not fewer than before, but for what garbage collection explains.
def items_same:
    . as $context
    | numbers_of_note("items") as $had | hours_since as $hours | fewer_waived as $waived
    | ([of_note("gc")[] | cells | {table: .[1], n: (.[2] | number)}] | group_by(.table) | map({key: .[0].table, value: (map(.n) | add)}) | from_entries) as $queues
    | [members[].name | select(. as $name | any(tables_wanted[]; $had["\($name) \(.)"] == null))] as $unknown
    | if $had == {} then [reason("data-missing"; "the note has no table items")]
      elif $unknown != [] then [reason("data-missing"; "the note doesn't say what \($unknown | join(", ")) held")]
      else
        first(members[].name | . as $name | tables_wanted[] | . as $table
            | $had["\($name) \($table)"] as $before | ($context.nodes[$name].items[$table] // 0) as $now | ($queues[$table] // 0) as $queue
            | (if $waived then explained_by_waiver($before; $queue) else explained($before; $queue; $hours) end) as $gone
            | select($now < $before - $gone)
            | (if $now > 0 and $before - $now <= $queue then "; garbage collection had \($queue) to take away, if so much was deleted a day before, say so: skipChecks items-fewer" else "" end) as $way
            | [reason_of("data-missing"; $name; "\($name) has \($now) entries in its table \($table), it had \($before)\($way)")]) // []
      end;

# Facts: `had`, figures as before a roll; `counts`, words `items.<table>=N` of what the conversion says of each table. It must at least speak of
# tables.
def converted:
    (fact("had") | words_object) as $had | (fact("counts") | words_object | with_entries(.key |= .[6:] | .value |= number)) as $counts | fewer_waived as $waived
    | if $counts == {} then [reason("convert-failed"; "nothing was said of any table")]
      else fewer($had; $counts; if $waived then explained_by_waiver(.had; .queue) else explained_in_conversion(.queue) end) as $fewer
        | if $fewer then [reason("convert-failed"; "the \($fewer)")] else [] end end;

def everything_kept:
    (unread("data-missing") + uncounted("data-missing")) as $unread
    | if $unread != [] then $unread
      else first((gone("bucket"; own.buckets), gone("key"; own.keys), layout_same, items_same) | select(. != [])) // [] end;

def judge_kept: verdict(everything_kept);
def judge_converted: verdict(converted);
