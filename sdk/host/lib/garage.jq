# Garage's output, read here and nowhere else: each question's answer becomes a part of a node's document, or an error.
# answer_<question>: of the text that was said. Shapes: tests/host/cluster/fixtures (captured from 0.7.0, 0.8.7, 0.9.4, 1.3.0, 2.5.0). Questions and series: ask.sh.

# --- status: whom the node asked is connected to ------------------------------------------------------------------------

# Without a role yet: up to 0.9 in the place of the tags, later of the capacity.
def roleless: startswith("NO ROLE ASSIGNED") or startswith("(pending)") or startswith("pending...");

def status_row($tags):
    {id: (cells[0] | hex(16)), role: (.[$tags:] | trimmed | roleless | not)};

def answer_status($series):
    reduce lines[] as $line ({};
        if $line | startswith("====") then
            .tags = null
            | .part = (if $line | startswith("==== HEALTHY") then "sees" elif $line | startswith("==== FAILED") then "down" else null end)
            | if .part then .[.part] = [] else . end
        elif .part == null then .
        # What stands behind a table are words: from 1.0 on, that a node which is gone is waited for.
        elif $line == "" then .part = null
        elif .tags == null then .tags = ($line | column("Tags"))
        else .tags as $tags | .[.part] += [$line | status_row($tags)] end)
    | if .sees then {sees: .sees, down: ((.down // []) | map(.id))} else nonsense end;

# --- stats -a: who answers through it -----------------------------------------------------------------------------------

def answer_through($series):
    reduce lines[] as $line ({through: []};
        if $line | test("\\AStats for node [0-9a-f]{16}:") then .id = $line[15:31]
        elif $line | test("\\A==== NODE \\[[0-9a-f]{16}\\] ====") then .id = $line[11:27]
        elif .id and ($line | startswith("Garage version:")) then .through += [.id] | .id = null
        else . end)
    | {answersThrough: .through};

# --- stats --------------------------------------------------------------------------------------------------------------

# "cargo:0.9.4", "git:v0.9.4", "v0.9.4 [features…]" → 0.9.4
def release:
    cells | (.[0] // nonsense) | split(":") | last | ltrimstr("v")
    | if test("\\A[0-9][A-Za-z0-9.+-]{0,63}\\z") then . else nonsense end;

# As in garage.toml.
def engine:
    ascii_downcase
    | if test("sled") then "sled" elif test("lmdb|heed") then "lmdb" elif test("sqlite") then "sqlite" elif test("fjall") then "fjall"
      else trimmed | word end;

def after_colon: .[index(":") + 1:];
def table: if . == "bucket_v2" then "bucket" else word end;

def stats_row($heading):
    cells as $cells
    | ($heading | to_entries | map({key: .value, value: $cells[.key]}) | from_entries)
    | {table: (.Table | table), items: .Items, merkle: (.MklTodo | number), insert: .InsQueue, gc: (.GcTodo | number)};

def tables_wanted: ["bucket", "key", "object", "version", "block_ref"];

# What the tables are asked for, by table; NC is sled's "not counted".
def counted:
    map(select((.table | IN(tables_wanted[])) and .items != null and .items != "NC") | {key: .table, value: (.items | number)}) | from_entries;

def rows_of_stats:
    reduce lines[] as $line ({rows: []};
        if $line | startswith("Garage version:") then .release = ($line | after_colon | release)
        elif $line | startswith("Database engine:") then .engine = ($line | after_colon | engine)
        # Up to 0.7 a paragraph a table.
        elif $line | startswith("Table stats for ") then .rows += [{table: ($line[16:] | table), items: null, merkle: 0, insert: null, gc: 0}] | .in = "table"
        elif $line | startswith("Table stats:") then .in = "tables" | .heading = null
        elif $line | startswith("  ") | not then .in = null
        elif .in == "tables" then
            if .heading then .heading as $heading | .rows += [$line | stats_row($heading)] else .heading = ($line | cells) end
        elif .in == "table" then
            ($line | cells | last) as $value
            | if $line | test("number of items:") then .rows[-1].items = $value
              elif $line | test("Merkle updater todo queue length:") then .rows[-1].merkle = ($value | number)
              elif $line | test("GC todo queue length:") then .rows[-1].gc = ($value | number)
              else . end
        elif $line | startswith("  resync queue length:") then .resync = ($line | cells | last | number)
        elif $line | startswith("  blocks with resync errors:") then .resyncErrors = ($line | cells | last | number)
        else . end)
    | if .release and .resync != null and .resyncErrors != null and (tables_wanted - [.rows[].table] | length == 0) then . else nonsense end;

def answer_stats($series):
    rows_of_stats
    | {
        release, engine: (.engine // (if $series == "0.7" then "sled" else nonsense end)),
        queues: ({resync, resyncErrors, merkle: ([.rows[].merkle] | add), gc: (.rows | map(select(.table | IN(tables_wanted[])) | {key: .table, value: .gc}) | from_entries)}
            + if all(.rows[]; .insert != null) then {insert: ([.rows[].insert | number] | add)} else {} end)
      };

def answer_items($series):
    rows_of_stats.rows | counted | if length == (tables_wanted | length) then {items: .} else nonsense end;

# --- worker list --------------------------------------------------------------------------------------------------------

def dash_or_number: if . == "-" then 0 else number end;

# By their columns, as a heading begins: what is done may be two words ("1190 (0)", of `repair versions`), as may be when the last error was.
def worker_row($at):
    (.[:$at.name] | cells) as [$id, $state]
    | {
        id: ($id | number), state: ($state | ascii_downcase | rtrimstr("*") | one_of(["busy", "idle", "done"])),
        name: (.[$at.name:$at.tranq] | trimmed | plain), queue: (.[$at.queue:$at.errors] | trimmed | dash_or_number),
        errors: (.[$at.errors:$at.consec] | trimmed | dash_or_number), consecutive: (.[$at.consec:$at.last] | trimmed | dash_or_number)
      };

# `insert`: 2.x says it in stats, per table.
def answer_workers($series):
    lines as [$heading]
    | ($heading | {name: column("Name"), tranq: column("Tranq"), queue: column("Queue"), errors: column("Errors"), consec: column("Consec"), last: column("Last")}) as $at
    | [lines[1:][] | select(. != "") | worker_row($at)]
    | if length == 0 then nonsense else . end
    | {workers: ., queues: {insert: (map(select(.name | endswith(" queue")) | .queue) | add // 0)}};

# --- block list-errors --------------------------------------------------------------------------------------------------

# A block that nothing refers to any more (RC 0) only waits to be deleted. Before that Garage asks every node of the layout, which fails
# while a lost one is in it. It is no copy less: a node that needs it has an entry of its own.
def answer_errors($series):
    lines as [$heading] | ($heading | cells) as $heading
    | if $heading[:2] == ["Hash", "RC"] then . else nonsense end
    | [lines[1:][] | select(. != "") | cells | {hash: (.[0] | hex(64)), references: (.[1] | number)}]
    | {blockErrors: {needed: (map(select(.references > 0)) | length), unneeded: (map(select(.references == 0)) | length)}};

# --- layout -------------------------------------------------------------------------------------------------------------

def layout_row($at):
    if test("REMOVED$") then {id: (cells[0] | hex(16)), removed: true}
    else {
        id: (cells[0] | hex(16)), zone: (.[$at.zone:$at.capacity] | trimmed | plain),
        capacity: (.[$at.capacity:] | cells[0] | if . == "gateway" then null else number end),
        tags: (.[$at.tags:$at.zone] | trimmed | plain | listed(","))
    } end;

# Up to 0.8: capacities are relative numbers, ids are cut.
def layout_text($series):
    ($series | IN("0.7", "0.8")) as $whole
    | reduce lines[] as $line ({role: [], change: [], staged: false};
        if $line | startswith("====") then
            .at = null
            | if $line | startswith("==== CURRENT CLUSTER LAYOUT") then .part = "role"
              elif $line | startswith("==== STAGED ROLE CHANGES") then .part = "change" | .staged = true
              else .part = null end
        elif $line | startswith("Current cluster layout version:") then .version = ($line | after_colon | trimmed | number)
        elif .part == null or $whole == false then .
        # What stands behind a table are words.
        elif $line == "" then .at = null
        elif $line | startswith("ID ") then .at = ($line | {tags: column("Tags"), zone: column("Zone"), capacity: column("Capacity")})
        elif .at then .at as $at | .[.part] += [$line | layout_row($at)]
        else . end)
    | if .version == null then nonsense else . end
    | {layout: ({version, staged} + if $whole then {roles: (.role | sort_by(.id)), changes: (.change | sort_by(.id))} else {} end)};

def role_of_json:
    if .remove == true then {id: (.id | hex(64)), removed: true}
    else {id: (.id | hex(64)), zone: (.zone | plain), capacity: (.capacity | if . == null then . else natural end), tags: (.tags | map(plain))} end;

# The admin API's, in 0.9 and 1, says nothing of staged parameters: `layout show` does.
def layout_json:
    fromjson
    | {layout: {version: (.version | natural), roles: (.roles | map(role_of_json) | sort_by(.id)), changes: (.stagedRoleChanges | map(role_of_json) | sort_by(.id))}}
        * {layout: (
            if (.stagedRoleChanges | length) > 0 or .stagedParameters != null then {staged: true}
            elif has("stagedParameters") then {staged: false}
            else {} end)};

def answer_layout($series): if $series == "2" then layout_json else layout_text($series) end;
def answer_roles($series): layout_json;

def version_number: if startswith("#") then .[1:] | number else nonsense end;

def version_row: cells | {version: (.[0] | version_number), status: (.[1] | ascii_downcase | word), storage: (.[2] | number), gateways: (.[3] | number)};
def tracker_row: cells | {id: (.[0] | hex(16)), ack: (.[1] | version_number), sync: (.[2] | version_number), syncAck: (.[3] | version_number)};

# From 1.0 on a change lives beside the old layout until its data are synced; what is historical doesn't count.
def answer_history($series):
    reduce lines[] as $line ({live: [], trackers: []};
        if $line | startswith("Version ") then .part = "live"
        elif $line | startswith("Node ") then .part = "trackers"
        elif $line == "" then .part = null
        elif .part == "live" then .live += [$line | version_row]
        elif .part == "trackers" then .trackers += [$line | tracker_row]
        else . end)
    | .live |= map(select(.status != "historical"))
    | if .live == [] then nonsense else {layout: {live, trackers}} end;

# --- the rest -----------------------------------------------------------------------------------------------------------

def answer_health($series):
    fromjson
    | {partitions: {
        all: (.partitions | natural), ok: (.partitionsAllOk // .partitions_all_ok | natural), quorum: (.partitionsQuorum // .partitions_quorum | natural)
    }};

# Below a heading.
def rows: [lines[1:][] | select(. != "") | cells];
def answer_buckets($series): {buckets: (if $series == "2" then fromjson | map(.id | hex(64)) else [rows[] | last | hex(64)] end | sort)};
def answer_keys($series): {keys: ([rows[][0] | plain] | sort)};

# One row; whether there is a heading doesn't matter.
def answer_scrub($series): {scrub: {corruptions: ([lines[] | select(. != "")] | last // nonsense | cells | last | number)}};
