# Documents, as docs/report.md has them, from what ask.sh was told.

# What is merged later wins: 2.x tells its insert queue in stats, the others in the list of workers.
def questions: ["status", "through", "workers", "stats", "items", "errors", "layout", "roles", "history", "health", "buckets", "keys", "scrub"];

# One line after the other, of all files: `answers(…)["<node>"]["<question>"]` is {text, code}. An answer that was cut short has no end.
def answers($asked; $mark):
    [inputs as $line | [input_filename, $line]] | group_by(.[0])
    | map({key: (.[0][0] | split("/") | last), value: map(.[1])}) | from_entries
    | . as $said
    | reduce ($asked | cells)[] as $file ({};
        ($said[$file] // [""]) as $lines
        | ($lines | last | if startswith($mark + " ") then .[($mark | length) + 1:] else "" end) as $code
        | setpath($file | split("."); if $code | digits then {text: ($lines[:-1] | join("\n")), code: ($code | tonumber)} else {text: "", code: 1} end));

# 2.x prints a node's figures and fails behind them before the first layout; `stats -a` fails with any node that is down.
def half_is_enough: IN("through", "stats", "items");

# 28 is curl's, which asks the admin API.
def why($code; $limit):
    if $code == 124 or $code == 137 then "does not answer within \($limit) s" elif $code == 28 then "does not answer within 10 s" else "no answer" end;

def part_of($question; $series): try answer_to($question; $series) catch null;

# daemon($answers; $series; $limits): one daemon's document; null when nothing was asked.
def daemon($answers; $series; $limits):
    [questions[] | select($answers[.])] as $asked
    | reduce $asked[] as $question ({series: $series, errors: []};
        $answers[$question] as $answer
        | (if $answer.code == 0 or ($question | half_is_enough) then $answer.text | part_of($question; $series) else null end) as $part
        | if $part then . * $part else . end
        | why($answer.code; if $question == "items" then $limits.count else $limits.cli end) as $why
        | if $answer.code == 0 and $part == null then .errors += [{question: $question, why: "answers what isn't understood"}]
          elif $part == null or ($why | startswith("does not")) then .errors += [{question: $question, why: $why}]
          else . end)
    | if $asked == [] then null else . end;

# --- this host ----------------------------------------------------------------------------------------------------------

def values($key): [lines[] | select(startswith($key + " ")) | ltrimstr($key + " ")];
def value($key): values($key) | last;
def typed(f): try f catch null;

def hex_byte: explode | map(if . >= 97 then . - 87 elif . >= 65 then . - 55 else . - 48 end) | .[0] * 16 + .[1];
def ipv4: "\(.[0:2] | hex_byte).\(.[2:4] | hex_byte).\(.[4:6] | hex_byte).\(.[6:8] | hex_byte)";

# As ports.sh gives it: an IPv4 address in eight digits, whatever the socket's family.
def address:
    if length == 8 then ipv4
    elif . == "0" * 32 then "::"
    else ascii_downcase as $hex | [range(0; 32; 4) as $at | $hex[$at:$at + 4]] | join(":") end;

def listener: cells | {address: (.[0] | if test("\\A[0-9A-Fa-f]+\\z") and (length | IN(8, 32)) then address else nonsense end), port: (.[1] | number)};
def disk: split(" ") | {use: .[0], path: (.[2:] | join(" ") | plain), freeMiB: (.[1] | number)};

def unit:
    (values("unit") | map(split("=") | {key: .[0], value: (.[1:] | join("="))}) | from_entries)
    | {state: (.ActiveState // "unknown"), pid: (.MainPID // "0" | typed(number) | if . == 0 then null else . end),
       since: (.ActiveEnterTimestamp // "" | if . == "" then null else typed(plain) end), restarts: (.NRestarts // "" | typed(number))};

def host:
    {
        tool: (value("tool") | typed(word)), systemd: (value("systemd") | typed(number)), generation: (value("generation") | typed(word)),
        unit: unit, listeners: [values("listener")[] | typed(listener) | select(.)], disk: [values("disk")[] | typed(disk) | select(.)]
    };

# Keys that may stand there more than once are lists. The history isn't a part of it.
def ledger:
    [values("ledger")[] | split(" ") | {key: .[0], value: (.[1:] | join(" ") | typed(plain))}]
    | if length == 0 then null else
        reduce .[] as $each ({}; if $each.key | IN("data", "passed") then .[$each.key] += [$each.value] else .[$each.key] = $each.value end)
      end;

# report($answers; $series; $limits): this node's own document. `own` are lines of this host; `from` is when it was begun, in milliseconds.
def report($answers; $series; $limits):
    $ARGS.named.own
    | {
        report: 1, at: (now | floor | todate), took: ((now * 1000 - ($ARGS.named.from | number) | floor) / 1000),
        node: {name: (value("name") | typed(word)), id: (value("id") | typed(hex(64))), cluster: (value("cluster") | typed(plain))},
        trouble: (value("trouble") | typed(plain)), host: host, ledger: ledger, daemon: daemon($answers.self; $series; $limits)
      };
